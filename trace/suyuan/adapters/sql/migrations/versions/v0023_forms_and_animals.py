"""Forms that were sent. Animals brought into a group are no input by that alone: rule 8 counts them,
rule 5 what was bought.

Revision ID: 0023
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision: str | None = "0022"
branch_labels = None
depends_on = None

_STOCKED = "put = 1 AND idx IN (SELECT idx FROM deeds WHERE kind = 'stocking')"
_KEY = "owner, own, item, unit, col, other"


def upgrade() -> None:
    op.create_table(
        "forms",
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="forms_pk"),
    )
    op.create_index("forms_by_at", "forms", ["at"])
    op.execute(
        "UPDATE tallies SET count = count - (SELECT count(*) FROM moves "  # noqa: S608
        "WHERE moves.owner = tallies.owner AND moves.item = tallies.name "
        f"AND moves.col NOT IN ('bought', 'counted') AND {_STOCKED}) WHERE what = 'input'"
    )
    op.execute("DELETE FROM tallies WHERE count <= 0")
    same = " AND ".join(f"moves.{one} = month_sums.{one}" for one in _KEY.split(", "))
    of = f"{same} AND substr(moves.day, 1, 7) = month_sums.month AND wrong = 0 AND {_STOCKED}"
    op.execute(
        "UPDATE month_sums SET amount = amount - (SELECT count(*) FROM moves "  # noqa: S608
        f"WHERE {of}) WHERE part = 'put'"
    )
    op.execute("DELETE FROM month_sums WHERE part = 'put' AND amount = 0")
    op.execute(f"UPDATE moves SET put = 0 WHERE {_STOCKED}")  # noqa: S608
