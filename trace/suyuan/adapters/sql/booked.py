"""What follows from a deed beside its line: what it moves, what it is marked for, its season's days."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, delete, exists, select, tuple_, update

from suyuan.adapters.sql.connections import insert_rows
from suyuan.adapters.sql.lookup import chunks
from suyuan.adapters.sql.tables import (
    contents,
    deed_things,
    deeds,
    events,
    marks,
    month_sums,
    moves,
    season_days,
    tallies,
)
from suyuan.core.content import decode_content
from suyuan.core.errors import SuyuanError
from suyuan.core.farm.index import DeedIndex, index_deed
from suyuan.core.private import reveal
from suyuan.core.rules.moves import Move
from suyuan.flow.ground import HERE

_WHOLE, _REST = 6, 18
"""Decimal places of the two parts of an amount."""
_SCALE: int = 10 ** (_REST - _WHOLE)
SPOKEN = "word"
"""What tallies call it: ``name`` is item, unit and core.rules.spoken.Word, a line each."""
_TABLES = (deeds, deed_things, marks, season_days, moves)


@dataclass(frozen=True, slots=True)
class Listed:
    """A deed to be listed; ``owner`` is the number of its organisation."""

    index: int
    owner: int
    organisation: str
    record_time: str
    deed: DeedIndex


def write_deeds(connection: Connection, new: Sequence[Listed], *, again: bool = False) -> None:
    """Lines of the books and all that follows from them. ``again``: they were there before, so that what
    was declared of them since may be there already."""
    insert_rows(
        connection,
        deeds,
        [(one.owner, one.deed.day, one.index, one.deed.kind, one.deed.text) for one in new],
    )
    named = {
        (one.owner, thing, one.deed.day, one.index) for one in new for thing in one.deed.things
    }
    insert_rows(connection, deed_things, sorted(named))
    insert_rows(connection, marks, sorted(mark for one in new for mark in _marks(one)))
    insert_rows(
        connection,
        season_days,
        sorted(
            (one.owner, one.deed.season, one.deed.day, one.index, int(one.deed.kind == "harvest"))
            for one in new
            if one.deed.season
        ),
    )
    moved = sorted(row for one in new for row in _moves(one))
    insert_rows(connection, moves, moved)
    counts = Counter((one.owner, "deed", "") for one in new)
    counts.update(_words(new))
    counts.update(
        key for row in moved for key in _counted(row[0], row[1], row[2], row[4], row[8], row[14])
    )
    _tally(connection, counts, 1)
    _sum_up(connection, [(*row[:6], row[9], *row[11:15]) for row in moved], 1)
    declared = {(one.owner, one.deed.corrects) for one in new if one.deed.corrects}
    if again:
        declared |= _declared(connection, [one.index for one in new if one.deed.moves])
    _mark_wrong(connection, declared)


def take_away(connection: Connection, indices: Collection[int]) -> None:
    """All that stands of these deeds; before their events go. What they declared wrong holds again."""
    for part in chunks(sorted(indices)):
        counts = Counter(
            (owner, "deed", "")
            for owner in connection.scalars(select(deeds.c.owner).where(deeds.c.idx.in_(part)))
        )
        shown = (moves.c.owner, moves.c.own, moves.c.item, moves.c.col, moves.c.holder, moves.c.put)
        for row in connection.execute(select(*shown).where(moves.c.idx.in_(part))):
            counts.update(_counted(*row))
        gone = _listed(connection, part)
        for key, count in _words(gone).items():
            counts[key] += count
        holding = select(*_SUMMED).where(moves.c.idx.in_(part), moves.c.wrong == 0)
        _sum_up(connection, connection.execute(holding).all(), -1)
        corrections = (
            select(deeds.c.owner, events.c.event_id)
            .join(events, events.c.idx == deeds.c.idx)
            .where(deeds.c.idx.in_(part), deeds.c.kind == "correction")
        )
        free = {(owner, name) for owner, name in connection.execute(corrections) if name}
        for table in _TABLES:
            connection.execute(delete(table).where(table.c.idx.in_(part)))
        _tally(connection, counts, -1)
        _mark_wrong(connection, free)


def parts(amount: Decimal) -> tuple[int, int]:
    """An amount as two integers, each of which a database adds up exactly."""
    whole = int(amount.scaleb(_REST).to_integral_value())
    return divmod(whole, _SCALE)


def amount_of(whole: int | Decimal | None, rest: int | Decimal | None) -> Decimal:
    """The other way round."""
    return Decimal(f"{int(whole or 0) * 10 ** (_REST - _WHOLE) + int(rest or 0)}e-{_REST}")


def _marks(one: Listed) -> Iterator[tuple[str, str, int, int, int]]:
    deed = one.deed
    if deed.mark is not None:
        yield deed.mark, deed.day, one.index, one.owner, 0
    # Lateness counts in days of Beijing time here; the rule itself asks the event's own zone.
    local = (datetime.fromisoformat(one.record_time) + HERE).date()
    late = (local - date.fromisoformat(deed.day)).days
    if late > 1:
        yield "late", deed.day, one.index, one.owner, late


def _moves(one: Listed) -> Iterator[tuple[Any, ...]]:
    place = 0
    for move in one.deed.moves:
        holder = "" if move.holder == one.organisation else move.holder
        other = "" if move.other == one.organisation else move.other
        if not move.own and not other:
            continue
        whole, rest = parts(move.amount)
        yield (
            one.owner, int(move.own), move.item, move.unit, move.column, one.deed.day, one.index, place,
            holder, other, f"{one.deed.time} {one.index:015d}.{place:04d}", whole, rest,
            _packs(move), int(move.put), 0,
        )  # fmt: skip
        place += 1


def _packs(move: Move) -> int | None:
    return None if move.packs is None else parts(move.packs)[0]


def _counted(
    owner: int, own: int, item: str, col: str, holder: str, put: int
) -> Iterator[tuple[int, str, str]]:
    if own and holder:
        yield owner, "holder", holder
    if put or col in ("bought", "counted"):
        yield owner, "input", item


def _words(new: Iterable[Listed]) -> Counter[tuple[int, str, str]]:
    """How often each line was said in which unit; in members' records too: it is the same thing."""
    return Counter(
        (one.owner, SPOKEN, "\n".join((move.item, move.unit, move.word.encode())))
        for one in new
        for move in one.deed.moves
        if move.word is not None and move.own
    )


def _listed(connection: Connection, indices: Sequence[int]) -> list[Listed]:
    """These deeds as they were listed, read again from what is erased in a moment: what nothing keeps
    by the record is to be taken away by it."""
    rows = (
        select(events.c.idx, events.c.owner, contents.c.content, contents.c.disclosures)
        .join(contents, contents.c.idx == events.c.idx)
        .where(
            events.c.idx.in_(indices), exists().where(moves.c.idx == events.c.idx)
        )
    )  # fmt: skip
    found = []
    for index, owner, content, disclosures in connection.execute(rows):
        lines = bytes(disclosures).decode()
        try:
            value = dict(decode_content(bytes(content)).value)
            event = reveal(value, lines.split("\n") if lines else [])
        except SuyuanError:
            continue  # damaged: suyuan verify tells of it
        found.append(Listed(index, owner, "", "", index_deed(event)))
    return found


_SUMMED = (
    moves.c.owner, moves.c.own, moves.c.item, moves.c.unit, moves.c.col, moves.c.day, moves.c.other,
    moves.c.whole, moves.c.rest, moves.c.packs, moves.c.put,
)  # fmt: skip


def _sum_up(connection: Connection, rows: Sequence[Any], each: int) -> None:
    """Add moves (as _SUMMED has them) to the sums of their months, or take them away."""
    sums: Counter[tuple[Any, ...]] = Counter()
    for owner, own, item, unit, col, day, other, whole, rest, packs, put in rows:
        if col in ("counted", "empties", "nothing"):
            continue
        key = owner, own, item, unit, col, other, day[:7]
        for part, amount in (
            ("n", 1),
            ("whole", whole),
            ("rest", rest),
            ("packs", packs),
            ("put", put),
        ):
            if amount or (part == "packs" and amount is not None):
                sums[*key, part] += each * amount
    insert_rows(
        connection,
        month_sums,
        [(*key, amount) for key, amount in sorted(sums.items())],
        there="add",
    )


def _tally(connection: Connection, counts: Counter[tuple[int, str, str]], each: int) -> None:
    rows = [(*key, each * count) for key, count in sorted(counts.items())]
    insert_rows(connection, tallies, rows, there="add")
    if each < 0:
        for part in chunks({owner for owner, _, _ in counts}):
            gone = delete(tallies).where(tallies.c.owner.in_(part), tallies.c.count <= 0)
            connection.execute(gone)


def _declared(connection: Connection, indices: Sequence[int]) -> set[tuple[int, str]]:
    """(owner, eventID) of those records among these that corrections name."""
    found: set[tuple[int, str]] = set()
    for part in chunks(indices):
        again = events.alias()
        wanted = (
            select(events.c.owner, events.c.event_id)
            .join(again, again.c.event_id == events.c.event_id)
            .join(deeds, deeds.c.idx == again.c.idx)
            .where(
                events.c.idx.in_(part),
                deeds.c.owner == events.c.owner,
                deeds.c.kind == "correction",
            )
        )
        found.update((owner, name) for owner, name in connection.execute(wanted))
    return found


def _mark_wrong(connection: Connection, pairs: Collection[tuple[int, str]]) -> None:
    """Of records with these (owner, eventID): whether a correction of the same organisation stands."""
    for part in chunks(sorted(pairs), 256):
        named = tuple_(events.c.owner, events.c.event_id).in_(part)
        declaring = (
            select(events.c.owner, events.c.event_id)
            .join(deeds, deeds.c.idx == events.c.idx)
            .where(named, deeds.c.owner == events.c.owner, deeds.c.kind == "correction")
        )
        wrong = {(owner, name) for owner, name in connection.execute(declaring)}
        of: dict[bool, list[int]] = {True: [], False: []}
        for index, owner, name in connection.execute(
            select(events.c.idx, events.c.owner, events.c.event_id).where(named)
        ):
            of[(owner, name) in wrong].append(index)
        for value, indices in of.items():
            for some in chunks(indices):
                others = moves.c.idx.in_(some), moves.c.wrong == int(not value)
                turned = connection.execute(select(*_SUMMED).where(*others)).all()
                _sum_up(connection, turned, -1 if value else 1)
                connection.execute(update(moves).where(*others).values(wrong=int(value)))


__all__ = ["SPOKEN", "Listed", "amount_of", "parts", "take_away", "write_deeds"]
