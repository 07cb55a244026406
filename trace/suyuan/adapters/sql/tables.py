"""All tables of one log.

Text compares bytewise on both databases (so order is code point order, and no change of a system's
collation can break an index). Hashes are 32 raw bytes. Everything about objects is keyed by a small
number, since one object is named by many records.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ColumnElement,
    Dialect,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    func,
    literal_column,
    text,
)
from sqlalchemy.dialects import postgresql

metadata = MetaData(
    naming_convention={
        "pk": "%(table_name)s_pk",
        "ix": "%(table_name)s_by_%(column_0_N_name)s",
        "uq": "%(table_name)s_%(column_0_N_name)s_once",
        "ck": "%(table_name)s_%(constraint_name)s",
        "fk": "%(table_name)s_%(column_0_name)s_of_%(referred_table_name)s",
    }
)

NUMBER = BigInteger().with_variant(Integer, "sqlite")
"""64 bits. SQLite makes only an INTEGER primary key the key of the table itself."""
FLAG = SmallInteger()
HASH_START = 8
WORDS = Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


class Bytes(LargeBinary):
    """Bytes, also where somebody put text into the column with a tool of his own.

    SQLite keeps what it is given; a tampered value must arrive and be found out by its hash.
    """

    cache_ok = True

    def result_processor(
        self, dialect: Dialect, coltype: object
    ) -> Callable[[Any], bytes | None] | None:
        return as_bytes


def as_bytes(value: Any) -> bytes | None:
    """What Bytes does, for rows that came straight from the driver."""
    if value is None or type(value) is bytes:
        return value
    return value.encode() if isinstance(value, str) else bytes(str(value), "ascii")


def _table(name: str, *items: Any, clustered: bool = False) -> Table:
    """``clustered``: rows live in the primary key's own tree (SQLite's WITHOUT ROWID)."""
    return Table(name, metadata, *items, sqlite_with_rowid=not clustered)


def _number(name: str, *items: Any, **more: Any) -> Column[int]:
    return Column(name, NUMBER, *items, autoincrement=more.pop("autoincrement", False), **more)


def _words(name: str, **more: Any) -> Column[str]:
    return Column(name, WORDS, nullable=more.pop("nullable", False), **more)


def _bytes(name: str, **more: Any) -> Column[bytes]:
    return Column(name, Bytes(), nullable=more.pop("nullable", False), **more)


def start_of(column: Column[Any], skip: int = 0, length: int = HASH_START) -> ColumnElement[Any]:
    """A short part of a hash, for its index: such an index is written at random places, and the
    shorter its rows, the fewer pages each append makes dirty. Whoever looks up by it compares the
    whole hash; where it is unique, two hashes that begin alike would need 2^32 rows.
    """
    return func.substr(
        column, literal_column(str(skip + 1)), literal_column(str(length)), type_=column.type
    )


# ---- the log -------------------------------------------------------------------------------------

records = _table(
    "records",
    _number("idx", primary_key=True),
    _words("record_time"),
    _words("kind"),
    _bytes("leaf_hash"),
    _bytes("content_digest"),
    _words("kid"),
    _words("owner"),
    _bytes("link"),
    _bytes("entry"),
    CheckConstraint("idx >= 0", name="counted"),
    # They are compared as text, which is right for one form only: 2026-09-10T00:00:00.000Z.
    CheckConstraint("length(record_time) = 24", name="timed"),
)
Index(
    "records_keys",
    records.c.idx,
    sqlite_where=text("kind = 'key'"),
    postgresql_where=text("kind = 'key'"),
)

leaf_hash_start = start_of(records.c.leaf_hash)
content_digest_start = start_of(records.c.content_digest)
Index("records_leaf_hash_once", leaf_hash_start, unique=True)
Index("records_content_digest_once", content_digest_start, unique=True)

contents = _table(
    "contents",
    _number("idx", ForeignKey("records.idx"), primary_key=True),
    _bytes("content"),
    _words("disclosures"),
)
"""What an erasure deletes. Disclosures stand one a line."""

edges = _table(
    "edges",
    _number("idx"),
    _number("after_idx"),
    PrimaryKeyConstraint("idx", "after_idx"),
    clustered=True,
)

erasures = _table(
    "erasures",
    _number("record", ForeignKey("records.idx"), primary_key=True),
    _number("erasure", ForeignKey("records.idx"), nullable=False),
)

# ---- objects: what records touch; survives erasure -----------------------------------------------

objects = _table("objects", _number("id", primary_key=True), _words("uri", unique=True))

touches = _table(
    "touches",
    _number("object"),
    Column("extends", FLAG, nullable=False),
    _number("idx"),
    PrimaryKeyConstraint("object", "extends", "idx"),
    Index(None, "idx"),
    clustered=True,
)
"""extends 1: extended (and so rested on); 0: rested on only. The tip is the greatest idx of 1."""

extenders = _table(
    "extenders",
    _number("object"),
    _number("owner"),
    PrimaryKeyConstraint("object", "owner"),
    clustered=True,
)
"""Who ever extended an object: touches and records say it too, but not in one look.

Here and below, organisations are numbered among the objects: all are URIs."""

# ---- the search index: erased with the content ---------------------------------------------------

events = _table(
    "events",
    _number("idx", ForeignKey("records.idx"), primary_key=True),
    _words("event_id", nullable=True),
    _words("event_hash"),
    _words("event_type"),
    _words("biz_step"),
    _words("event_time"),
    _bytes("same_as"),
    _number("owner", nullable=False),
    _words("parties"),
    Index(None, "event_id"),
    Index(None, "biz_step", "idx"),
    Index(None, "owner", "idx"),
)

event_hash_start = start_of(events.c.event_hash, skip=14, length=16)
same_as_start = start_of(events.c.same_as)


def hash_digits(event_hash: str) -> str:
    """16 hex digits of ``ni:///sha-256;…``, as they are indexed."""
    return event_hash[14:30]


Index("events_by_event_hash", event_hash_start)
Index("events_by_same_as", same_as_start)

destinations = _table(
    "destinations",
    _number("object"),
    _number("party"),
    _number("records", nullable=False),
    PrimaryKeyConstraint("object", "party"),
    clustered=True,
)
"""Organisations named in the destinationList of an event that touched the object, and in how many:
an erasure takes its own away."""

# ---- beside the records --------------------------------------------------------------------------

serials = _table(
    "serials",
    _words("lot"),
    _words("serial"),
    _words("salt"),
    _number("position"),
    _number("record", ForeignKey("records.idx")),
    _number("count"),
    PrimaryKeyConstraint("lot", "serial"),
    UniqueConstraint("record", "position"),
    clustered=True,
)

remembered = _table(
    "remembered",
    _words("owner"),
    _words("key"),
    _bytes("request_digest"),
    _words("indices"),
    PrimaryKeyConstraint("owner", "key"),
)

attachments = _table(
    "attachments",
    _bytes("digest", primary_key=True),
    _words("media_type"),
    _words("name"),
    _words("organisation"),
    _bytes("body"),
    _words("created_at"),
)

attachment_records = _table(
    "attachment_records",
    _bytes("digest"),
    _number("record", ForeignKey("records.idx")),
    PrimaryKeyConstraint("digest", "record"),
    Index(None, "record"),
    clustered=True,
)

# ---- the tree ------------------------------------------------------------------------------------

checkpoints = _table(
    "checkpoints",
    _number("size", primary_key=True),
    # Two checkpoints cannot follow one and the same: the database itself refuses the fork.
    _number("previous", nullable=False, unique=True),
    _bytes("root"),
    _words("note"),
    _words("signed_at"),
    CheckConstraint("size > previous", name="grows"),
)

tiles = _table("tiles", _number("spot", primary_key=True), _bytes("nodes"))
"""Full tiles, by ``spot``: one number for level and number of a tile, so that one list finds many."""


def spot(level: int, number: int) -> int:
    """Tiles of one level lie side by side. A tree has at most 2^48 leaves (design/anchoring.md)."""
    return (level << 48) + number


state = _table("state", _words("name", primary_key=True), _words("value"))
"""Damage found, and how far the scrub is."""

# ---- anchors -------------------------------------------------------------------------------------

policies = _table(
    "policies",
    _number("version", primary_key=True),
    _bytes("policy"),
    _words("since"),
)

anchors = _table(
    "anchors",
    _number("id", primary_key=True),
    _number("policy_version", nullable=False),
    _number("old_size", nullable=False),
    _number("size", nullable=False),
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
    CheckConstraint("size > old_size", name="grows"),
    Index(None, "policy_version", "size"),
)

anchor_txs = _table(
    "anchor_txs",
    _number("anchor", ForeignKey("anchors.id")),
    _number("position"),
    _words("tx_hash"),
    _bytes("raw"),
    _number("nonce", nullable=False),
    # Wei: as decimal text, for they may pass 64 bits.
    _words("max_fee"),
    _words("tip"),
    _words("signed_at"),
    _words("sent_at", nullable=True),
    PrimaryKeyConstraint("anchor", "position"),
    UniqueConstraint("anchor", "tx_hash"),
)

leases = _table(
    "leases",
    _words("name", primary_key=True),
    _words("holder"),
    Column("until", Double(), nullable=False),
)

# ---- accounts and jobs ---------------------------------------------------------------------------

organisations = _table(
    "organisations",
    _words("id", primary_key=True),
    _words("name_zh"),
    _words("name_en"),
    _words("county"),
    _words("created_at"),
)

tokens = _table(
    "tokens",
    _words("id", primary_key=True),
    _bytes("digest", unique=True),
    _words("organisation"),
    _words("role"),
    _words("label"),
    _words("created_at"),
    _words("revoked_at", nullable=True),
)

kept_keys = _table(
    "kept_keys",
    _words("kid", primary_key=True),
    _words("organisation"),
    _words("role"),
    _bytes("sealed"),
    _words("created_at"),
)

jobs = _table(
    "jobs",
    # Given by the database, in the order of adding: the oldest is claimed first.
    _number("seq", primary_key=True, autoincrement=True),
    _words("id", unique=True),
    _words("organisation"),
    _words("role"),
    _words("state"),
    _bytes("request"),
    _number("total", nullable=False),
    _number("done", nullable=False),
    _words("indices"),
    _bytes("errors"),
    _words("created_at"),
    _words("finished_at", nullable=True),
    _words("holder", nullable=True),
    Column("until", Double(), nullable=False),
    Index(None, "organisation", "seq"),
    Index(None, "state", "seq"),
)
