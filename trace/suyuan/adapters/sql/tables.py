"""All tables of one log.

Text compares bytewise on both databases (so order is code point order, and no change of a system's
collation can break an index). Hashes are 32 raw bytes. Everything about objects is keyed by a small
number, since one object is named by many records.
"""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    Index,
    PrimaryKeyConstraint,
    SmallInteger,
    UniqueConstraint,
    text,
)

from suyuan.adapters.sql.columns import number, octets, start_of, table, words

# ---- the log -------------------------------------------------------------------------------------

records = table(
    "records",
    number("idx", primary_key=True),
    words("record_time"),
    words("kind"),
    octets("leaf_hash"),
    octets("content_digest"),
    words("kid"),
    words("owner"),
    octets("link"),
    octets("entry"),
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
Index(
    "records_masters",
    records.c.idx,
    sqlite_where=text("kind = 'master'"),
    postgresql_where=text("kind = 'master'"),
)

leaf_hash_start = start_of(records.c.leaf_hash)
content_digest_start = start_of(records.c.content_digest)
Index("records_leaf_hash_once", leaf_hash_start, unique=True)
Index("records_content_digest_once", content_digest_start, unique=True)

contents = table(
    "contents",
    number("idx", ForeignKey("records.idx"), primary_key=True),
    octets("content"),
    octets("disclosures"),
)
"""What an erasure deletes. Disclosures stand one a line (bytes: any tampering can be read back)."""

edges = table(
    "edges",
    number("idx"),
    number("after_idx"),
    PrimaryKeyConstraint("idx", "after_idx"),
    clustered=True,
)

erasures = table(
    "erasures",
    number("record", ForeignKey("records.idx"), primary_key=True),
    number("erasure", ForeignKey("records.idx"), nullable=False),
)

# ---- objects: what records touch; survives erasure -----------------------------------------------

objects = table("objects", number("id", primary_key=True), words("uri", unique=True))

touches = table(
    "touches",
    number("object"),
    Column("extends", SmallInteger(), nullable=False),
    number("idx"),
    PrimaryKeyConstraint("object", "extends", "idx"),
    Index(None, "idx"),
    clustered=True,
)
"""extends 1: extended (and so rested on); 0: rested on only. The tip is the greatest idx of 1."""

extenders = table(
    "extenders",
    number("object"),
    number("owner"),
    PrimaryKeyConstraint("object", "owner"),
    clustered=True,
)
"""Who ever extended an object: touches and records say it too, but not in one look.

Here and below, organisations are numbered among the objects: all are URIs."""

# ---- the search index: erased with the content ---------------------------------------------------

events = table(
    "events",
    number("idx", ForeignKey("records.idx"), primary_key=True),
    words("event_id", nullable=True),
    words("event_hash"),
    words("event_type"),
    words("biz_step"),
    words("event_time"),
    octets("same_as"),
    number("owner", nullable=False),
    words("parties"),
    words("known", server_default="[]"),
    Index(None, "event_id"),
    Index(None, "biz_step", "event_time", "idx"),
    Index(None, "event_time", "idx"),
    Index(None, "owner", "idx"),
)

event_hash_start = start_of(events.c.event_hash, skip=14, length=16)
same_as_start = start_of(events.c.same_as)


def hash_digits(event_hash: str) -> str:
    """16 hex digits of ``ni:///sha-256;…``, as they are indexed."""
    return event_hash[14:30]


Index("events_by_event_hash", event_hash_start)
Index("events_by_same_as", same_as_start)

destinations = table(
    "destinations",
    number("object"),
    number("party"),
    number("records", nullable=False),
    PrimaryKeyConstraint("object", "party"),
    clustered=True,
)
"""Organisations named in the destinationList of an event that touched the object, and in how many:
an erasure takes its own away."""

known = table(
    "known",
    words("resource"),
    words("value"),
    Column("trade", SmallInteger(), nullable=False),
    number("owner"),
    number("party"),
    number("records", nullable=False),
    PrimaryKeyConstraint("resource", "value", "trade", "owner", "party"),
    clustered=True,
)
"""Words and places that events name, and in how many records; an erasure takes its own away.

Of trade one row for each organisation named in it, and one with party 0 for its signer."""

deeds = table(
    "deeds",
    number("owner"),
    words("day"),
    number("idx", ForeignKey("records.idx")),
    words("kind"),
    words("text"),
    PrimaryKeyConstraint("owner", "day", "idx"),
    Index(None, "idx"),
    Index(None, "owner", "kind", "day", "idx"),
    clustered=True,
)
"""The books (ports.books): one line each event, in the order in which they are listed and searched."""

deed_things = table(
    "deed_things",
    number("owner"),
    words("thing"),
    words("day"),
    number("idx"),
    PrimaryKeyConstraint("owner", "thing", "day", "idx"),
    Index(None, "idx"),
    clustered=True,
)
"""What each deed names. By name, not by number: a plot or a product is no object that is touched."""

marks = table(
    "marks",
    words("mark"),
    words("day"),
    number("idx", ForeignKey("records.idx")),
    number("owner", nullable=False),
    number("days", nullable=False),
    PrimaryKeyConstraint("mark", "day", "idx"),
    Index(None, "idx"),
    Index(None, "owner", "mark", "day", "idx"),
    clustered=True,
)
"""Deeds that a regulator looks for. Late ones (``days`` from the deed to its record) are all of more
than a day: which are too late, the tables of the rules say, and these change."""

season_days = table(
    "season_days",
    number("owner"),
    words("season"),
    words("day"),
    number("idx", ForeignKey("records.idx")),
    Column("harvest", SmallInteger(), nullable=False),
    PrimaryKeyConstraint("owner", "season", "day", "idx"),
    Index(None, "idx"),
    clustered=True,
)
"""Deeds by which a season goes on, or ends."""

moves = table(
    "moves",
    number("owner"),
    Column("own", SmallInteger()),
    words("item"),
    words("unit"),
    words("col"),
    words("day"),
    number("idx", ForeignKey("records.idx")),
    number("n"),
    words("holder"),
    words("other"),
    words("at"),
    number("whole", nullable=False),
    number("rest", nullable=False),
    number("packs", nullable=True),
    Column("put", SmallInteger(), nullable=False),
    Column("wrong", SmallInteger(), nullable=False),
    PrimaryKeyConstraint("owner", "own", "item", "unit", "col", "day", "idx", "n"),
    Index(None, "idx"),
    Index(None, "owner", "day"),
    Index(None, "owner", "holder", "item", "unit", "col"),
    Index(
        "moves_seen",
        "owner",
        "col",
        "day",
        sqlite_where=text("col IN ('counted', 'empties')"),
        postgresql_where=text("col IN ('counted', 'empties')"),
    ),
    clustered=True,
)
"""What deeds move of whose stock (core.rules.moves), in the order in which it is added up.

An amount is ``whole`` · 10⁻⁶ + ``rest`` · 10⁻¹⁸ base units, so that sums are exact on any database.
``wrong``: the record was declared an error. ``at`` sorts as the moves followed each other."""

month_sums = table(
    "month_sums",
    number("owner"),
    Column("own", SmallInteger()),
    words("item"),
    words("unit"),
    words("col"),
    words("other"),
    words("month"),
    words("part"),
    number("amount", nullable=False),
    PrimaryKeyConstraint("owner", "own", "item", "unit", "col", "other", "month", "part"),
    clustered=True,
)
"""The moves that hold, summed up by the month of their day (``2026-09``), holders of one organisation
together. ``part``: ``n`` how many, the columns ``whole``, ``rest``, ``packs``, ``put`` of moves."""

tallies = table(
    "tallies",
    number("owner"),
    words("what"),
    words("name"),
    number("count", nullable=False),
    PrimaryKeyConstraint("owner", "what", "name"),
    clustered=True,
)
"""How many deeds an organisation recorded (``deed``), and moves of each member (``holder``) and each
input (``input``); an erasure takes its own away."""

flows = table(
    "flows",
    number("thing"),
    Column("way", SmallInteger(), nullable=False),
    number("idx"),
    number("place"),
    number("joint", nullable=True),
    number("other", nullable=True),
    number("lot", nullable=True),
    words("amount", nullable=True),
    words("unit", nullable=True),
    Column("trade", SmallInteger(), nullable=False),
    PrimaryKeyConstraint("thing", "way", "idx", "place"),
    Index(None, "idx"),
    clustered=True,
)
"""What went into what (core.lineage.flows, docs/decisions/0017): one line each thing of an event.

thing: an object's number, 0 for what no object is (a product without a lot). joint: the step that used
or made it: the event's idx, or minus the number of the transformationID that joins several events.
other: number of the carton or organisation that the line names beside the thing. lot: of a pack whose
lot is named with it (AI 10 beside AI 21) or for which its serial was issued, on one of its lines in the
event."""
for _name in ("joint", "other", "lot"):
    Index(
        f"flows_by_{_name}",
        flows.c[_name],
        flows.c.way,
        sqlite_where=text(f"{_name} IS NOT NULL"),
        postgresql_where=text(f"{_name} IS NOT NULL"),
    )

wrongs = table(
    "wrongs",
    number("idx"),
    number("declaration"),
    PrimaryKeyConstraint("idx", "declaration"),
    Index(None, "declaration"),
    clustered=True,
)
"""Events that their own organisation declared an error (EPCIS 2.0 §7.4.1.2), and the declaration."""

# ---- beside the records --------------------------------------------------------------------------

serials = table(
    "serials",
    words("lot"),
    words("serial"),
    words("salt"),
    number("position"),
    number("record", ForeignKey("records.idx")),
    number("count"),
    PrimaryKeyConstraint("lot", "serial"),
    UniqueConstraint("record", "position"),
    Index(None, "serial"),
    clustered=True,
)

code_acts = table(
    "code_acts",
    number("target"),
    number("idx"),
    number("place"),
    words("act"),
    number("first", nullable=False),
    number("last", nullable=False),
    words("lot"),
    words("authorisation"),
    number("owner", nullable=False),
    PrimaryKeyConstraint("target", "idx", "place"),
    Index(None, "lot"),
    Index(None, "authorisation"),
    Index(None, "act", "idx"),
    Index(None, "owner", "idx"),
    clustered=True,
)
"""What became of codes (core.brand.codes): ``target`` is the record that issued them. Counts and a lot's
id: they stay when the record is erased, or erasing would give codes back."""

scans = table(
    "scans",
    words("code", primary_key=True),
    words("lot"),
    words("owner"),
    words("first_at"),
    words("last_at"),
    number("seen", nullable=False),
)
"""Of each code that was scanned: first, last, how often. ``owner`` issued it."""

scan_days = table(
    "scan_days",
    words("code"),
    words("day"),
    words("county"),
    number("seen", nullable=False),
    words("first_hour"),
    words("last_hour"),
    PrimaryKeyConstraint("code", "day", "county"),
    clustered=True,
)
"""The same by day and by the county that readers told ("" where they did not)."""

scan_cases = table(
    "scan_cases",
    words("code", primary_key=True),
    words("id", unique=True),
    words("lot"),
    words("owner"),
    words("reasons"),
    words("opened_at"),
    words("newest_at"),
    words("state"),
    words("person"),
    words("note"),
    words("closed_at", nullable=True),
    Index(None, "owner", "state", "opened_at"),
)
"""One case a code, however often it is scanned."""

remembered = table(
    "remembered",
    words("owner"),
    words("key"),
    octets("request_digest"),
    words("indices"),
    PrimaryKeyConstraint("owner", "key"),
)

queries = table(
    "queries",
    words("organisation"),
    words("name"),
    octets("query"),
    words("created_at"),
    PrimaryKeyConstraint("organisation", "name"),
)

subscriptions = table(
    "subscriptions",
    words("id", primary_key=True),
    words("organisation"),
    words("query"),
    words("dest"),
    octets("terms"),
    octets("secret", nullable=True),
    words("token"),
    Column("stream", SmallInteger(), nullable=False),
    words("created_at"),
    number("cursor", nullable=False),
    Column("due", Double(), nullable=False),
    words("notified_at", nullable=True),
    number("failures", nullable=False),
    words("problem", nullable=True),
    words("holder", nullable=True),
    Column("until", Double(), nullable=False),
    number("batch", nullable=False, server_default="500"),
    number("number", nullable=False, server_default="0"),
    number("pending", nullable=True),
    words("skipped", server_default="[]"),
    words("run_at", nullable=True),
    Index(None, "organisation", "query", "id"),
)

forms = table(
    "forms",
    octets("key", primary_key=True),
    Column("at", Double(), nullable=False, index=True),
    octets("answer"),
)
"""Forms of the desk that were sent lately, so that one that is sent twice is worked on once."""

drafts = table(
    "drafts",
    words("id", primary_key=True),
    words("organisation"),
    words("form"),
    octets("values"),
    words("created_at"),
    words("changed_at"),
    number("version", nullable=False),
    number("filed", nullable=True),
    Index(None, "organisation", "changed_at", "id"),
)

draft_attachments = table(
    "draft_attachments",
    words("draft"),
    number("position"),
    octets("digest"),
    PrimaryKeyConstraint("draft", "position"),
    Index(None, "digest"),
)

imports = table(
    "imports",
    words("id", primary_key=True),
    words("organisation"),
    words("name"),
    words("created_at"),
    octets("body"),
    words("plans"),
    words("job", nullable=True),
    words("places"),
    words("outcome"),
    Index(None, "organisation", "created_at", "id"),
    Index(None, "created_at"),
)

import_plans = table(
    "import_plans",
    words("organisation"),
    octets("headings"),
    words("plan"),
    words("used_at"),
    PrimaryKeyConstraint("organisation", "headings"),
)

drills = table(
    "drills",
    words("id", primary_key=True),
    words("organisation"),
    words("person"),
    words("at"),
    words("report"),
    Index(None, "organisation", "at"),
)
"""Reports of recall drills, which the log knows nothing of."""

certificates = table(
    "certificates",
    # Given by the database, in the order of adding.
    number("seq", primary_key=True, autoincrement=True),
    words("code", unique=True),
    words("organisation"),
    words("lot"),
    words("state"),
    words("values"),
    # None before the first attempt to issue it: as many drafts as there are may have none.
    words("number", nullable=True),
    number("record", nullable=True),
    number("voided", nullable=True),
    words("created_at"),
    words("changed_at"),
    number("version", nullable=False),
    UniqueConstraint("organisation", "number", name="certificates_organisation_number_once"),
    Index(None, "organisation", "seq"),
    Index(None, "lot"),
)
"""Drafts and numbers of certificates, and where their records are."""

certificate_prints = table(
    "certificate_prints",
    words("code"),
    number("copy", nullable=False),
    words("at"),
    words("person"),
    words("way"),
    PrimaryKeyConstraint("code", "copy"),
    clustered=True,
)
"""Each time that one was printed."""

check_in_links = table(
    "check_in_links",
    words("id", primary_key=True),
    octets("digest", unique=True),
    words("organisation", index=True),
    words("market"),
    words("person"),
    words("created_at"),
    words("until"),
    words("revoked_at", nullable=True),
    number("used", nullable=False),
    words("used_at"),
)
"""Links by which a market checks goods in; of their tokens only digests."""

attachments = table(
    "attachments",
    octets("digest", primary_key=True),
    words("media_type"),
    words("name"),
    words("organisation"),
    octets("body"),
    words("created_at"),
)

attachment_records = table(
    "attachment_records",
    octets("digest"),
    number("record", ForeignKey("records.idx")),
    PrimaryKeyConstraint("digest", "record"),
    Index(None, "record"),
    clustered=True,
)

# ---- the tree ------------------------------------------------------------------------------------

checkpoints = table(
    "checkpoints",
    number("size", primary_key=True),
    # Two checkpoints cannot follow one and the same: the database itself refuses the fork.
    number("previous", nullable=False, unique=True),
    octets("root"),
    words("note"),
    words("signed_at"),
    CheckConstraint("size > previous", name="grows"),
)

cosignatures = table(
    "cosignatures",
    number("size", ForeignKey("checkpoints.size")),
    words("witness"),
    words("line"),
    words("at"),
    PrimaryKeyConstraint("size", "witness"),
    clustered=True,
)

tiles = table("tiles", number("spot", primary_key=True), octets("nodes"))
"""Full tiles, by ``spot``: one number for level and number of a tile, so that one list finds many."""


HEIGHT = 48
"""A tree has at most 2^48 leaves (design/anchoring.md)."""


def spot(level: int, number: int) -> int:
    """Tiles of one level lie side by side."""
    return (level << HEIGHT) + number


state = table("state", words("name", primary_key=True), words("value"))
"""Damage found, and how far the scrub is."""

# ---- anchors -------------------------------------------------------------------------------------

policies = table(
    "policies",
    number("version", primary_key=True),
    octets("policy"),
    words("since"),
)

anchors = table(
    "anchors",
    number("id", primary_key=True),
    number("policy_version", nullable=False),
    number("old_size", nullable=False),
    number("size", nullable=False),
    octets("root"),
    octets("proof"),
    words("state"),
    words("created_at"),
    words("tx_hash", nullable=True),
    number("block_number", nullable=True),
    words("block_hash", nullable=True),
    words("block_time", nullable=True),
    number("gas_used", nullable=True),
    words("problem", nullable=True),
    CheckConstraint("size > old_size", name="grows"),
    Index(None, "policy_version", "size"),
)

anchor_txs = table(
    "anchor_txs",
    number("anchor", ForeignKey("anchors.id")),
    number("position"),
    words("tx_hash"),
    octets("raw"),
    number("nonce", nullable=False),
    # Wei: as decimal text, for they may pass 64 bits.
    words("max_fee"),
    words("tip"),
    words("signed_at"),
    words("sent_at", nullable=True),
    PrimaryKeyConstraint("anchor", "position"),
    UniqueConstraint("anchor", "tx_hash"),
)

leases = table(
    "leases",
    words("name", primary_key=True),
    words("holder"),
    Column("until", Double(), nullable=False),
)

# ---- accounts and jobs ---------------------------------------------------------------------------

organisations = table(
    "organisations",
    words("id", primary_key=True),
    words("name_zh"),
    words("name_en"),
    words("county"),
    words("created_at"),
)

tokens = table(
    "tokens",
    words("id", primary_key=True),
    octets("digest", unique=True),
    words("organisation"),
    words("role"),
    words("label"),
    words("created_at"),
    words("revoked_at", nullable=True),
)

kept_keys = table(
    "kept_keys",
    words("kid", primary_key=True),
    words("organisation"),
    words("role"),
    octets("sealed"),
    words("created_at"),
)

persons = table(
    "persons",
    words("id", primary_key=True),
    octets("details"),
    octets("secrets"),
    words("created_at"),
    words("disabled_at", nullable=True),
    number("version", nullable=False),
)

person_names = table(
    "person_names",
    octets("digest", primary_key=True),
    words("person", index=True),
    clustered=True,
)

person_roles = table(
    "person_roles",
    words("person"),
    words("organisation"),
    words("role"),
    PrimaryKeyConstraint("person", "organisation", "role"),
    Index(None, "organisation", "person"),
    clustered=True,
)

sessions = table(
    "sessions",
    octets("digest", primary_key=True),
    words("person", index=True),
    words("organisation"),
    words("stage"),
    words("means"),
    Column("created", Double(), nullable=False),
    Column("seen", Double(), nullable=False),
    Column("until", Double(), nullable=False),
    words("device"),
)

attempts = table(
    "attempts",
    octets("key", primary_key=True),
    number("tries", nullable=False),
    Column("until", Double(), nullable=False),
    Column("gone", Double(), nullable=False, index=True),
)
"""Tries to log in: how many under a key, until when the next one waits, and when all is forgotten."""

jobs = table(
    "jobs",
    # Given by the database, in the order of adding: the oldest is claimed first.
    number("seq", primary_key=True, autoincrement=True),
    words("id", unique=True),
    words("organisation"),
    words("role"),
    words("state"),
    octets("request"),
    number("total", nullable=False),
    number("done", nullable=False),
    words("indices"),
    octets("errors"),
    words("created_at"),
    words("finished_at", nullable=True),
    words("holder", nullable=True),
    Column("until", Double(), nullable=False),
    words("behaviour", server_default="rollback"),
    Index(None, "organisation", "seq"),
    Index(None, "state", "seq"),
)

label_jobs = table(
    "label_jobs",
    number("seq", primary_key=True, autoincrement=True),
    words("id", unique=True),
    words("organisation"),
    words("person"),
    words("lot"),
    number("record", nullable=True, index=True),
    number("first", nullable=False),
    number("count", nullable=False),
    words("way"),
    words("stock"),
    words("printer"),
    words("wire"),
    words("state"),
    number("printed", nullable=False),
    number("sent", nullable=False),
    number("again", nullable=False),
    words("trouble"),
    words("doubts"),
    words("created_at"),
    words("finished_at", nullable=True),
    words("holder", nullable=True),
    Column("until", Double(), nullable=False),
    words("certificate", nullable=True),
    number("copy", nullable=True),
    Index(None, "organisation", "seq"),
    Index(None, "state", "seq"),
)

label_supplies = table(
    "label_supplies",
    words("kind"),
    words("organisation"),
    words("id"),
    words("document"),
    PrimaryKeyConstraint("kind", "organisation", "id"),
    clustered=True,
)
"""Stock and printers of an organisation."""

laboratories = table(
    "laboratories",
    words("organisation", primary_key=True),
    words("number"),
    octets("contact"),
    words("added_at"),
)

sign_requests = table(
    "sign_requests",
    words("id", primary_key=True),
    octets("token", unique=True),
    words("organisation"),
    words("laboratory"),
    words("purpose"),
    words("subject", index=True),
    words("asked"),
    words("person"),
    words("created_at"),
    words("until"),
    words("state"),
    words("answered_at"),
    words("answer"),
    Index(None, "organisation", "created_at"),
    Index(None, "laboratory", "created_at"),
)
"""Links by which laboratories sign; of each token the SHA-256."""

cases = table(
    "cases",
    words("number", primary_key=True),
    octets("code"),
    octets("once", unique=True),
    words("organisation"),
    words("county"),
    words("subject", index=True),
    words("serial"),
    words("kind"),
    octets("words"),
    words("state"),
    words("outcome"),
    words("at"),
    words("receive_by"),
    words("answer_by"),
    words("received_at"),
    words("answered_at"),
    words("closed_at"),
    words("answer"),
    words("records"),
    words("history"),
    number("version", nullable=False),
    Index(None, "organisation", "at"),
    Index(None, "state", "closed_at"),
)
"""What strangers reported: beside the log, erasable."""

case_files = table(
    "case_files",
    words("case"),
    words("name"),
    words("media_type"),
    octets("body"),
    PrimaryKeyConstraint("case", "name"),
)
