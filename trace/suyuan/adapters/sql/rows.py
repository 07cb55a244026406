"""How a record lies in the tables: one insert per table for all records of a block."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, delete, exists, func, or_, select

from suyuan.adapters.sql.booked import Listed, take_away, write_deeds
from suyuan.adapters.sql.columns import HASH_START
from suyuan.adapters.sql.connections import insert_rows
from suyuan.adapters.sql.issued import lots_of
from suyuan.adapters.sql.lookup import Lookup, chunks
from suyuan.adapters.sql.tables import (
    attachment_records,
    attachments,
    code_acts,
    contents,
    destinations,
    edges,
    erasures,
    events,
    extenders,
    flows,
    known,
    leaf_hash_start,
    objects,
    records,
    touches,
    wrongs,
)
from suyuan.core.epcis.own_fields import DOCUMENT
from suyuan.core.errors import Conflict
from suyuan.core.lineage.flows import Flow, Way, with_lots
from suyuan.ports.log import EventIndex, NewRecord

_NUMBERS = Lookup(select(objects.c.uri, objects.c.id), objects.c.uri)


def write_records(
    connection: Connection, new: Sequence[NewRecord], there: dict[str, int | None]
) -> None:
    """All rows of these records; then what erasures among them delete.

    ``there``: as ``look_up`` has it; the objects that come into being are added.
    """
    insert_rows(
        connection,
        records,
        [record_row(r) for r in new],
    )
    insert_rows(
        connection,
        contents,
        [(r.index, r.content, "\n".join(r.disclosures).encode()) for r in new],
    )
    insert_rows(connection, edges, [(r.index, after) for r in new for after in sorted(r.after)])
    numbers = _numbers(connection, dict.fromkeys(uri for r in new for uri in _uris(r)), there)
    _write_touches(connection, new, numbers)
    _count_known(
        connection, [(e, numbers[r.owner]) for r in new if (e := r.event) is not None], numbers
    )
    insert_rows(
        connection,
        events,
        [event_row(r, e, numbers) for r in new if (e := r.event) is not None],
    )
    write_deeds(
        connection,
        [
            Listed(r.index, numbers[r.owner], r.owner, r.record_time, e.deed)
            for r in new
            if (e := r.event) is not None and e.deed is not None
        ],
    )
    write_flows(
        connection,
        [(r.index, r.owner, e, r.rests_on) for r in new if (e := r.event) is not None],
        numbers,
    )
    write_codes(connection, new, numbers)
    refer(connection, [(digest, r.index) for r in new for digest in r.attachments])
    for record in new:
        if record.erases is not None:
            _erase(connection, record.erases, record.index)


def write_flows(
    connection: Connection,
    new: Sequence[tuple[int, str, EventIndex, Collection[str]]],
    numbers: Mapping[str, int],
) -> None:
    """(index, owner, event, what it rests on): lines of the lineage, and what is declared wrong."""
    rows: list[tuple[Any, ...]] = []
    packs = {
        name for _, _, event, rests in new if not event.flows.declares_error
        for name in rests if "/21/" in name
    }  # fmt: skip
    issued = lots_of(connection, packs) if packs else {}
    if issued:
        lots = {lot for found in issued.values() for lot in found}
        numbers = {**numbers, **dict(_NUMBERS.rows(connection, lots))}
    for index, _, event, rests in new:
        trade = int(event.flows.trade or event.trade)
        lines = event.flows.lines
        if issued and not event.flows.declares_error:
            lines = (*lines, *_by_their_codes(lines, rests, issued))
        # A line at a time through plain names: an event has a dozen, and all of them are written.
        for (thing, way, place, amount, unit, other, season, whole), lot in with_lots(lines):
            joins = way is Way.USED or way is Way.MADE
            rows.append((
                numbers[thing] if whole else 0, int(way), index, place,
                (index if season is None else -numbers[season]) if joins else None,
                None if other is None or way is Way.PACK_OF else numbers[other],
                None if lot is None else numbers[lot],
                amount, unit, trade,
            ))  # fmt: skip
    insert_rows(connection, flows, sorted(rows, key=itemgetter(0, 1, 2, 3)))
    wrong: set[tuple[int, int]] = set()
    for index, owner, event, _ in new:
        if event.flows.declares_error and event.event_id is not None:
            same = (
                select(events.c.idx)
                .join(records, records.c.idx == events.c.idx)
                .where(
                    events.c.event_id == event.event_id,
                    events.c.idx < index,
                    records.c.owner == owner,
                )
            )
            wrong.update((one, index) for one in connection.scalars(same))
    insert_rows(connection, wrongs, sorted(wrong), there="skip")


def _by_their_codes(
    lines: Sequence[Flow], rests: Collection[str], issued: Mapping[str, Sequence[str]]
) -> Iterator[Flow]:
    """Packs of lots by the codes that were issued, where the event does not name the lot itself."""
    named = {(line.thing, line.other) for line in lines if line.way is Way.PACK_OF}
    for pack in rests:
        for number, lot in enumerate(issued.get(pack, ()), 1):
            if (pack, lot) not in named:
                # The event's own places are not below zero.
                yield Flow(pack, Way.PACK_OF, -number, other=lot)


def write_codes(
    connection: Connection, new: Sequence[NewRecord], numbers: Mapping[str, int]
) -> None:
    """What became of codes; an act on an issue that nobody knows is none."""
    acts = [(r, place, one) for r in new if r.event for place, one in enumerate(r.event.codes)]
    if not acts:
        return
    leaves = {one.of for _, _, one in acts if one.of is not None}
    found = {r.leaf_hash: r.index for r in new}
    for part in chunks(sorted(leaves - found.keys())):
        there = select(records.c.leaf_hash, records.c.idx).where(
            leaf_hash_start.in_([leaf[:HASH_START] for leaf in part])
        )
        found.update((bytes(leaf), index) for leaf, index in connection.execute(there))
    rows = [
        (
            r.index if one.of is None else found[one.of], r.index, place, one.act, one.first, one.last,
            one.lot, one.authorisation, numbers[r.owner],
        )
        for r, place, one in acts
        if one.of is None or one.of in found
    ]  # fmt: skip
    insert_rows(connection, code_acts, sorted(rows), there="skip")


def record_row(r: NewRecord) -> tuple[Any, ...]:
    """Of ``records``."""
    return (
        r.index, r.record_time, r.kind, r.leaf_hash, r.content_digest, r.kid, r.owner, r.link, r.entry,
    )  # fmt: skip


def event_row(r: NewRecord, e: EventIndex, numbers: Mapping[str, int]) -> tuple[Any, ...]:
    """Of ``events``; ``numbers`` of its owner and parties."""
    return (
        r.index, e.event_id, e.event_hash, e.event_type, e.biz_step, e.event_time, e.same_as,
        numbers[r.owner],
        json.dumps(sorted({numbers[party] for party in e.parties})) if e.parties else "[]",
        json.dumps([e.trade, *e.known], ensure_ascii=False) if e.known else "[]",
    )  # fmt: skip


def number_objects(connection: Connection, record: NewRecord) -> dict[str, int]:
    """The numbers of all that a record names; new ones get the next."""
    return _numbers(connection, dict.fromkeys(_uris(record)), {})


def number_all(connection: Connection, uris: Collection[str]) -> dict[str, int]:
    """The numbers of these; new ones get the next."""
    return _numbers(connection, dict.fromkeys(sorted(uris)), {})


def refer(connection: Connection, pairs: Sequence[tuple[bytes, int]]) -> None:
    """(digest, record) of attachments; what was said before is said once."""
    insert_rows(connection, attachment_records, pairs, there="skip")


def _uris(record: NewRecord) -> tuple[str, ...]:
    """All that is numbered: what the record touches, and who."""
    event = record.event
    if event is None:
        return (*record.extends, *record.rests_on, record.owner)
    lines = event.flows.lines
    others = [line.other for line in lines if line.other is not None]
    return (*record.extends, *record.rests_on, record.owner, *event.parties, *others)


def _write_touches(
    connection: Connection, new: Sequence[NewRecord], numbers: Mapping[str, int]
) -> None:
    touched: list[tuple[int, int, int]] = []
    extended: set[tuple[int, int]] = set()
    named: Counter[tuple[int, int]] = Counter()
    for record in new:
        extends = {numbers[uri] for uri in record.extends}
        rests = {numbers[uri] for uri in record.rests_on} - extends
        touched.extend((number, 1, record.index) for number in extends)
        touched.extend((number, 0, record.index) for number in rests)
        owner = numbers[record.owner]
        extended.update((number, owner) for number in extends)
        for party in {numbers[party] for party in record.event.parties} if record.event else ():
            named.update((number, party) for number in extends | rests)
    # Sorted: neighbours in the tree are written one after the other.
    insert_rows(connection, touches, sorted(touched))
    insert_rows(connection, extenders, sorted(extended), there="skip")
    insert_rows(
        connection,
        destinations,
        [(*pair, count) for pair, count in sorted(named.items())],
        there="add",
    )


def _count_known(
    connection: Connection,
    found: Sequence[tuple[EventIndex, int]],
    numbers: Mapping[str, int],
    each: int = 1,
) -> None:
    counts: Counter[tuple[str, str, int, int, int]] = Counter()
    for event, owner in found:
        parties = {0, *(numbers[party] for party in event.parties)} if event.trade else {0}
        for resource, value in event.known:
            counts.update((resource, value, int(event.trade), owner, party) for party in parties)
    rows = [(*row, each * count) for row, count in sorted(counts.items())]
    insert_rows(connection, known, rows, there="add")


def look_up(connection: Connection, uris: Collection[str], there: dict[str, int | None]) -> None:
    """Adds the numbers of these objects to ``there``, None for those that are not."""
    unknown = [uri for uri in uris if uri not in there]
    there.update(dict.fromkeys(unknown))
    there.update(tuple(row) for row in _NUMBERS.rows(connection, unknown))


def _numbers(
    connection: Connection, uris: Collection[str], there: dict[str, int | None]
) -> dict[str, int]:
    """The number of each object; new ones get the next."""
    look_up(connection, uris, there)
    unknown = [uri for uri in uris if there[uri] is None]
    if unknown:
        last = connection.scalar(select(func.max(objects.c.id))) or 0
        fresh = dict(zip(unknown, range(last + 1, last + 1 + len(unknown)), strict=True))
        insert_rows(connection, objects, [(number, uri) for uri, number in fresh.items()])
        there.update(fresh)
    return {uri: number for uri in uris if (number := there[uri]) is not None}


def _erase(connection: Connection, record: int, erasure: int) -> None:
    kind = connection.scalar(select(records.c.kind).where(records.c.idx == record))
    if kind is None or record >= erasure:
        raise Conflict("there is no record {record} to erase", record=record)
    if kind == "key":
        raise Conflict("record {record} is a key: keys are never erased", record=record)
    _take_parties_away(connection, record)
    _take_known_away(connection, record)
    take_away(connection, [record])
    for table in (contents, events, flows):
        connection.execute(delete(table).where(table.c.idx == record))
    connection.execute(delete(wrongs).where(wrongs.c.declaration == record))
    carried = connection.scalars(
        delete(attachment_records)
        .where(attachment_records.c.record == record)
        .returning(attachment_records.c.digest)
    ).all()
    still = exists().where(attachment_records.c.digest == attachments.c.digest)
    gone = or_(~still, attachments.c.name == DOCUMENT)
    for part in chunks(carried):
        connection.execute(delete(attachments).where(attachments.c.digest.in_(part), gone))
    insert_rows(connection, erasures, [(record, erasure)], there="skip")


def _take_known_away(connection: Connection, record: int) -> None:
    row = connection.execute(
        select(events.c.owner, events.c.parties, events.c.known).where(events.c.idx == record)
    ).first()
    named = json.loads(row.known) if row is not None else []
    if row is None or not named:
        return
    trade, *values = named
    parties = {str(number): number for number in json.loads(row.parties)}
    pairs = tuple((resource, value) for resource, value in values)
    event = EventIndex(None, "", "", "", "", b"", tuple(parties), pairs, trade)
    _count_known(connection, [(event, row.owner)], parties, each=-1)
    for resource, value in pairs:
        connection.execute(
            delete(known).where(
                known.c.resource == resource, known.c.value == value, known.c.records <= 0
            )
        )


def _take_parties_away(connection: Connection, record: int) -> None:
    parties = json.loads(
        connection.scalar(select(events.c.parties).where(events.c.idx == record)) or "[]"
    )
    numbers = connection.scalars(select(touches.c.object).where(touches.c.idx == record)).all()
    taken = sorted((number, party, -1) for number in numbers for party in parties)
    insert_rows(connection, destinations, taken, there="add")
    for part in chunks(numbers):
        connection.execute(
            delete(destinations).where(destinations.c.object.in_(part), destinations.c.records <= 0)
        )
