"""The books: an index of deeds, and drafts.

Revision ID: 0008
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

from suyuan.core.farm.index import DeedIndex, index_deed
from suyuan.core.private import reveal

revision = "0008"
down_revision: str | None = "0007"
branch_labels = None
depends_on = None

AT_ONCE = 5_000
_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    deeds = op.create_table(
        "deeds",
        sa.Column("owner", _NUMBER, autoincrement=False, nullable=False),
        _words("day"),
        sa.Column("idx", _NUMBER, autoincrement=False, nullable=False),
        _words("kind"),
        _words("text"),
        sa.ForeignKeyConstraint(["idx"], ["records.idx"], name="deeds_idx_of_records"),
        sa.PrimaryKeyConstraint("owner", "day", "idx", name="deeds_pk"),
        sqlite_with_rowid=False,
    )
    op.create_index("deeds_by_idx", "deeds", ["idx"])
    op.create_index("deeds_by_owner_kind_day_idx", "deeds", ["owner", "kind", "day", "idx"])
    things = op.create_table(
        "deed_things",
        sa.Column("owner", _NUMBER, autoincrement=False, nullable=False),
        _words("thing"),
        _words("day"),
        sa.Column("idx", _NUMBER, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("owner", "thing", "day", "idx", name="deed_things_pk"),
        sqlite_with_rowid=False,
    )
    op.create_index("deed_things_by_idx", "deed_things", ["idx"])
    for part in _indexed(op.get_bind()):
        op.bulk_insert(
            deeds,
            [
                {"idx": idx, "owner": owner, "kind": d.kind, "day": d.day, "text": d.text}
                for idx, owner, d in part
            ],
        )
        op.bulk_insert(
            things,
            [
                {"owner": owner, "thing": thing, "day": d.day, "idx": idx}
                for idx, owner, d in part
                for thing in d.things
            ],
        )
    op.create_table(
        "drafts",
        _words("id"),
        _words("organisation"),
        _words("form"),
        sa.Column("values", sa.LargeBinary(), nullable=False),
        _words("created_at"),
        _words("changed_at"),
        sa.Column("version", _NUMBER, nullable=False),
        sa.Column("filed", _NUMBER, nullable=True),
        sa.PrimaryKeyConstraint("id", name="drafts_pk"),
    )
    op.create_index(
        "drafts_by_organisation_changed_at_id", "drafts", ["organisation", "changed_at", "id"]
    )
    op.create_table(
        "draft_attachments",
        _words("draft"),
        sa.Column("position", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("draft", "position", name="draft_attachments_pk"),
    )
    op.create_index("draft_attachments_by_digest", "draft_attachments", ["digest"])


def _indexed(connection: sa.Connection) -> Iterator[list[tuple[int, int, DeedIndex]]]:
    """(index, number of the owner, deed) of the events recorded so far, each read once."""
    query = sa.text(
        "SELECT e.idx, e.owner, c.content, c.disclosures FROM events e JOIN contents c "
        "ON c.idx = e.idx WHERE e.idx > :after ORDER BY e.idx LIMIT :most"
    )
    after = -1
    while found := connection.execute(query, {"after": after, "most": AT_ONCE}).all():
        after = found[-1].idx
        yield [
            (idx, owner, index_deed(_revealed(content, disclosures)))
            for idx, owner, content, disclosures in found
        ]


def _revealed(content: Any, disclosures: Any) -> dict[str, Any]:
    event: dict[str, Any] = json.loads(bytes(content))["event"]
    lines = bytes(disclosures).decode()
    return reveal(event, lines.split("\n")) if lines else event


def _words(name: str) -> sa.Column[str]:
    kind = sa.Text().with_variant(sa.TEXT(collation="C"), "postgresql")
    return sa.Column(name, kind, nullable=False)
