"""A database as an older version of the program left it."""

from __future__ import annotations

from store.conftest import run_sql

_SINCE_2 = (
    *(f"DROP TABLE {name}" for name in ("marks", "season_days", "moves", "month_sums", "tallies")),
    *(f"DROP TABLE {name}" for name in ("certificates", "certificate_prints", "check_in_links")),
    "DROP TABLE drills",
    "DROP TABLE flows",
    "DROP TABLE wrongs",
    *(f"DROP TABLE {name}" for name in ("code_acts", "scans", "scan_days", "scan_cases")),
    *(f"DROP TABLE {name}" for name in ("laboratories", "sign_requests", "cases", "case_files")),
    "DROP TABLE label_jobs",
    "DROP TABLE label_supplies",
    "DROP TABLE imports",
    "DROP TABLE import_plans",
    "DROP TABLE forms",
    "DROP TABLE drafts",
    "DROP TABLE draft_attachments",
    "DROP TABLE deeds",
    "DROP TABLE deed_things",
    *(f"DROP TABLE {name}" for name in ("persons", "person_names", "person_roles")),
    "DROP TABLE sessions",
    "DROP TABLE attempts",
    "DROP TABLE cosignatures",
    "DROP INDEX records_masters",
    "DROP INDEX serials_by_serial",
    "DROP TABLE subscriptions",
    "DROP TABLE known",
    "ALTER TABLE events DROP COLUMN known",
    "ALTER TABLE jobs DROP COLUMN behaviour",
    "UPDATE alembic_version SET version_num = '0002'",
)
"""What came after version 2, taken away again."""


def as_version_2(url: str) -> None:
    """Its rows stay; what they filled since then is gone."""
    run_sql(url, *_SINCE_2)


SINCE_22 = (
    "DROP INDEX serials_by_serial",
    "ALTER TABLE label_jobs DROP COLUMN certificate",
    "ALTER TABLE label_jobs DROP COLUMN copy",
    "DROP TABLE forms",
    "UPDATE alembic_version SET version_num = '0022'",
)
"""What came after version 22, taken away again: statements of a test that has more of them."""
