"""The first tables.

Revision ID: 0001
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision: str | None = None
branch_labels = None
depends_on = None


def _number(name: str, **more: Any) -> sa.Column[int]:
    kind = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    return sa.Column(name, kind, **{"nullable": False, "autoincrement": False, **more})


def _words(name: str, *, nullable: bool = False) -> sa.Column[str]:
    kind = sa.Text().with_variant(sa.TEXT(collation="C"), "postgresql")
    return sa.Column(name, kind, nullable=nullable)


def _bytes(name: str) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary(), nullable=False)


def upgrade() -> None:
    op.create_table(
        "anchors",
        _number("id"),
        _number("policy_version"),
        _number("old_size"),
        _number("size"),
        _bytes("root"),
        _bytes("proof"),
        _words("state"),
        _words("created_at"),
        _words("tx_hash", nullable=True),
        _number("block_number", nullable=True),
        _words("block_hash", nullable=True),
        _words("block_time", nullable=True),
        _number("gas_used", nullable=True),
        _words("problem", nullable=True),
        sa.CheckConstraint("size > old_size", name="anchors_grows"),
        sa.PrimaryKeyConstraint("id", name="anchors_pk"),
    )
    op.create_index("anchors_by_policy_version_size", "anchors", ["policy_version", "size"])
    op.create_table(
        "attachments",
        _bytes("digest"),
        _words("media_type"),
        _words("name"),
        _words("organisation"),
        _bytes("body"),
        _words("created_at"),
        sa.PrimaryKeyConstraint("digest", name="attachments_pk"),
    )
    op.create_table(
        "checkpoints",
        _number("size"),
        _number("previous"),
        _bytes("root"),
        _words("note"),
        _words("signed_at"),
        sa.CheckConstraint("size > previous", name="checkpoints_grows"),
        sa.PrimaryKeyConstraint("size", name="checkpoints_pk"),
        sa.UniqueConstraint("previous", name="checkpoints_previous_once"),
    )
    op.create_table(
        "destinations",
        _number("object"),
        _number("party"),
        _number("records"),
        sa.PrimaryKeyConstraint("object", "party", name="destinations_pk"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "edges",
        _number("idx"),
        _number("after_idx"),
        sa.PrimaryKeyConstraint("idx", "after_idx", name="edges_pk"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "extenders",
        _number("object"),
        _number("owner"),
        sa.PrimaryKeyConstraint("object", "owner", name="extenders_pk"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "jobs",
        _number("seq", autoincrement=True),
        _words("id"),
        _words("organisation"),
        _words("role"),
        _words("state"),
        _bytes("request"),
        _number("total"),
        _number("done"),
        _words("indices"),
        _bytes("errors"),
        _words("created_at"),
        _words("finished_at", nullable=True),
        _words("holder", nullable=True),
        sa.Column("until", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="jobs_pk"),
        sa.UniqueConstraint("id", name="jobs_id_once"),
    )
    op.create_index("jobs_by_organisation_seq", "jobs", ["organisation", "seq"])
    op.create_index("jobs_by_state_seq", "jobs", ["state", "seq"])
    op.create_table(
        "kept_keys",
        _words("kid"),
        _words("organisation"),
        _words("role"),
        _bytes("sealed"),
        _words("created_at"),
        sa.PrimaryKeyConstraint("kid", name="kept_keys_pk"),
    )
    op.create_table(
        "leases",
        _words("name"),
        _words("holder"),
        sa.Column("until", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="leases_pk"),
    )
    op.create_table(
        "objects",
        _number("id"),
        _words("uri"),
        sa.PrimaryKeyConstraint("id", name="objects_pk"),
        sa.UniqueConstraint("uri", name="objects_uri_once"),
    )
    op.create_table(
        "organisations",
        _words("id"),
        _words("name_zh"),
        _words("name_en"),
        _words("county"),
        _words("created_at"),
        sa.PrimaryKeyConstraint("id", name="organisations_pk"),
    )
    op.create_table(
        "policies",
        _number("version"),
        _bytes("policy"),
        _words("since"),
        sa.PrimaryKeyConstraint("version", name="policies_pk"),
    )
    op.create_table(
        "records",
        _number("idx"),
        _words("record_time"),
        _words("kind"),
        _bytes("leaf_hash"),
        _bytes("content_digest"),
        _words("kid"),
        _words("owner"),
        _bytes("link"),
        _bytes("entry"),
        sa.CheckConstraint("idx >= 0", name="records_counted"),
        sa.CheckConstraint("length(record_time) = 24", name="records_timed"),
        sa.PrimaryKeyConstraint("idx", name="records_pk"),
    )
    op.create_index(
        "records_keys",
        "records",
        ["idx"],
        sqlite_where=sa.text("kind = 'key'"),
        postgresql_where=sa.text("kind = 'key'"),
    )
    op.create_table(
        "remembered",
        _words("owner"),
        _words("key"),
        _bytes("request_digest"),
        _words("indices"),
        sa.PrimaryKeyConstraint("owner", "key", name="remembered_pk"),
    )
    op.create_table(
        "state", _words("name"), _words("value"), sa.PrimaryKeyConstraint("name", name="state_pk")
    )
    op.create_table(
        "tiles", _number("spot"), _bytes("nodes"), sa.PrimaryKeyConstraint("spot", name="tiles_pk")
    )
    op.create_table(
        "tokens",
        _words("id"),
        _bytes("digest"),
        _words("organisation"),
        _words("role"),
        _words("label"),
        _words("created_at"),
        _words("revoked_at", nullable=True),
        sa.PrimaryKeyConstraint("id", name="tokens_pk"),
        sa.UniqueConstraint("digest", name="tokens_digest_once"),
    )
    op.create_table(
        "touches",
        _number("object"),
        sa.Column("extends", sa.SmallInteger(), nullable=False),
        _number("idx"),
        sa.PrimaryKeyConstraint("object", "extends", "idx", name="touches_pk"),
        sqlite_with_rowid=False,
    )
    op.create_index("touches_by_idx", "touches", ["idx"])
    op.create_table(
        "anchor_txs",
        _number("anchor"),
        _number("position"),
        _words("tx_hash"),
        _bytes("raw"),
        _number("nonce"),
        _words("max_fee"),
        _words("tip"),
        _words("signed_at"),
        _words("sent_at", nullable=True),
        sa.ForeignKeyConstraint(["anchor"], ["anchors.id"], name="anchor_txs_anchor_of_anchors"),
        sa.PrimaryKeyConstraint("anchor", "position", name="anchor_txs_pk"),
        sa.UniqueConstraint("anchor", "tx_hash", name="anchor_txs_anchor_tx_hash_once"),
    )
    op.create_table(
        "attachment_records",
        _bytes("digest"),
        _number("record"),
        sa.ForeignKeyConstraint(
            ["record"], ["records.idx"], name="attachment_records_record_of_records"
        ),
        sa.PrimaryKeyConstraint("digest", "record", name="attachment_records_pk"),
        sqlite_with_rowid=False,
    )
    op.create_index("attachment_records_by_record", "attachment_records", ["record"])
    op.create_table(
        "contents",
        _number("idx"),
        _bytes("content"),
        _bytes("disclosures"),
        sa.ForeignKeyConstraint(["idx"], ["records.idx"], name="contents_idx_of_records"),
        sa.PrimaryKeyConstraint("idx", name="contents_pk"),
    )
    op.create_table(
        "erasures",
        _number("record"),
        _number("erasure"),
        sa.ForeignKeyConstraint(["erasure"], ["records.idx"], name="erasures_erasure_of_records"),
        sa.ForeignKeyConstraint(["record"], ["records.idx"], name="erasures_record_of_records"),
        sa.PrimaryKeyConstraint("record", name="erasures_pk"),
    )
    op.create_table(
        "events",
        _number("idx"),
        _words("event_id", nullable=True),
        _words("event_hash"),
        _words("event_type"),
        _words("biz_step"),
        _words("event_time"),
        _bytes("same_as"),
        _number("owner"),
        _words("parties"),
        sa.ForeignKeyConstraint(["idx"], ["records.idx"], name="events_idx_of_records"),
        sa.PrimaryKeyConstraint("idx", name="events_pk"),
    )
    op.create_index("events_by_biz_step_idx", "events", ["biz_step", "idx"])
    op.create_index("events_by_event_id", "events", ["event_id"])
    op.create_index("events_by_owner_idx", "events", ["owner", "idx"])
    op.create_table(
        "serials",
        _words("lot"),
        _words("serial"),
        _words("salt"),
        _number("position", nullable=True),
        _number("record", nullable=True),
        _number("count", nullable=True),
        sa.ForeignKeyConstraint(["record"], ["records.idx"], name="serials_record_of_records"),
        sa.PrimaryKeyConstraint("lot", "serial", name="serials_pk"),
        sa.UniqueConstraint("record", "position", name="serials_record_position_once"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "records_leaf_hash_once", "records", [sa.text("substr(leaf_hash, 1, 8)")], unique=True
    )
    op.create_index(
        "records_content_digest_once",
        "records",
        [sa.text("substr(content_digest, 1, 8)")],
        unique=True,
    )
    op.create_index("events_by_event_hash", "events", [sa.text("substr(event_hash, 15, 16)")])
    op.create_index("events_by_same_as", "events", [sa.text("substr(same_as, 1, 8)")])
