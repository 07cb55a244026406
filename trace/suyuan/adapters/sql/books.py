"""The books: lists of deeds from their index, and drafts."""

from __future__ import annotations

import builtins
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, delete, exists, func, select, tuple_, update

from suyuan.adapters.sql.booked import Listed, take_away, write_deeds
from suyuan.adapters.sql.connections import Connections, insert_rows
from suyuan.adapters.sql.lookup import Lookup, chunks
from suyuan.adapters.sql.objects import indices_in
from suyuan.adapters.sql.rows import look_up
from suyuan.adapters.sql.tables import (
    contents,
    deed_things,
    deeds,
    draft_attachments,
    drafts,
    objects,
    records,
)
from suyuan.core.farm.index import DeedIndex
from suyuan.ports.books import DeedQuery, Draft

_KINDS = Lookup(select(deeds.c.idx, deeds.c.kind), deeds.c.idx)
_THINGS = Lookup(select(deed_things.c.idx, deed_things.c.thing), deed_things.c.idx)


class SqlDeeds:
    """ports.books.DeedStore."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def find(self, query: DeedQuery) -> list[tuple[str, int]]:
        with self._connections.read() as connection:
            owner = connection.scalar(
                select(objects.c.id).where(objects.c.uri == query.organisation)
            )
            if owner is None:
                return []
            text = query.text.strip().casefold()
            found = _finding(query, owner, _rarest(connection, query, owner))
            if text:
                # Bytes are looked for, not letters: a LIKE takes ten times as long.
                place = func.instr if self._connections.sqlite else func.strpos
                found = found.where(place(deeds.c.text, text) > 0)
            rows = connection.execute(found)
            return [(day, index) for day, index in rows]

    def named(self, organisation: str, things: Collection[str]) -> set[str]:
        found: set[str] = set()
        with self._connections.read() as connection:
            owner = connection.scalar(select(objects.c.id).where(objects.c.uri == organisation))
            for part in chunks(sorted(things)) if owner is not None else ():
                thing = deed_things.c.thing
                wanted = select(thing).where(deed_things.c.owner == owner, thing.in_(part))
                found.update(connection.scalars(wanted.distinct()))
        return found

    def of_kinds(self, indices: Collection[int], kinds: Collection[str]) -> set[int]:
        with self._connections.read() as connection:
            return {
                index
                for index, kind in _KINDS.rows(connection, indices_in(indices))
                if kind in kinds
            }

    def things(self, indices: Collection[int]) -> dict[int, frozenset[str]]:
        found: dict[int, set[str]] = {}
        with self._connections.read() as connection:
            for index, thing in _THINGS.rows(connection, indices_in(indices)):
                found.setdefault(index, set()).add(thing)
        return {index: frozenset(things) for index, things in found.items()}

    def replace(self, rows: Sequence[tuple[int, str, DeedIndex]]) -> None:
        indices = sorted({index for index, _, _ in rows})
        with self._connections.write("log") as connection:
            take_away(connection, indices)
            there: dict[int, str] = {}
            for part in chunks(indices):
                known = (
                    select(records.c.idx, records.c.record_time)
                    .join(contents, contents.c.idx == records.c.idx)
                    .where(records.c.idx.in_(part))
                )
                there.update((index, time) for index, time in connection.execute(known))
            numbers: dict[str, int | None] = {}
            look_up(connection, {owner for _, owner, _ in rows}, numbers)
            listed = [
                Listed(index, number, owner, there[index], deed)
                for index, owner, deed in rows
                if index in there and (number := numbers[owner]) is not None
            ]
            write_deeds(connection, listed, again=True)


def _finding(query: DeedQuery, owner: int, first: str | None) -> Select[Any]:
    """Walks one tree in order: that of a thing (``first``), else of days, or of kinds."""
    if first is None:
        day, index = deeds.c.day, deeds.c.idx
        found = select(day, index).where(deeds.c.owner == owner)
    else:
        day, index = deed_things.c.day, deed_things.c.idx
        found = select(day, index).where(deed_things.c.owner == owner, deed_things.c.thing == first)
        if query.kinds is not None or query.text.strip():
            found = found.join(
                deeds, and_(deeds.c.owner == owner, deeds.c.day == day, deeds.c.idx == index)
            )
    for thing in query.things:
        if thing != first:
            also = deed_things.alias()
            found = found.where(
                exists().where(
                    also.c.owner == owner, also.c.thing == thing,
                    also.c.day == day, also.c.idx == index,
                )
            )  # fmt: skip
    for some in query.any_of:
        also = deed_things.alias()
        found = found.where(
            exists().where(
                also.c.owner == owner, also.c.thing.in_(sorted(some)),
                also.c.day == day, also.c.idx == index,
            )
        )  # fmt: skip
    if query.kinds is not None:
        found = found.where(deeds.c.kind.in_(sorted(query.kinds)))
    since, until = query.days
    if since is not None:
        found = found.where(day >= since)
    if until is not None:
        found = found.where(day <= until)
    if query.after is not None:
        found = found.where(tuple_(day, index) < tuple_(*query.after))
    return found.order_by(day.desc(), index.desc()).limit(query.limit)


_RARE = 1_000


def _rarest(connection: Connection, query: DeedQuery, owner: int) -> str | None:
    """The thing whose deeds are all gone through: a plot, not the product that is used everywhere.

    None where all of them are common and words are looked for: then it is quicker to read all words
    in the order in which they lie.
    """
    searching = bool(query.text.strip())
    if not query.things or (len(query.things) == 1 and not searching):
        return query.things[0] if query.things else None

    def count(thing: str) -> int:
        some = (
            select(deed_things.c.idx)
            .where(deed_things.c.owner == owner, deed_things.c.thing == thing)
            .limit(_RARE)
        )
        return connection.scalar(select(func.count()).select_from(some.subquery())) or 0

    counts = {thing: count(thing) for thing in query.things}
    first = min(counts, key=counts.__getitem__)
    return None if searching and counts[first] == _RARE else first


class SqlDrafts:
    """ports.books.DraftStore."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def save(self, draft: Draft) -> bool:
        with self._connections.write("drafts") as connection:
            if draft.version == 1:
                known = select(func.count()).where(drafts.c.id == draft.id)
                if connection.scalar(known):
                    return False
                row = (
                    draft.id, draft.organisation, draft.form, draft.values, draft.created_at,
                    draft.changed_at, 1, None,
                )  # fmt: skip
                insert_rows(connection, drafts, [row])
            else:
                changed = (
                    update(drafts)
                    .where(
                        drafts.c.id == draft.id, drafts.c.version == draft.version - 1,
                        drafts.c.organisation == draft.organisation, drafts.c.filed.is_(None),
                    )
                    .values(
                        form=draft.form, values=draft.values, changed_at=draft.changed_at,
                        version=draft.version,
                    )
                )  # fmt: skip
                if connection.execute(changed).rowcount != 1:
                    return False
                connection.execute(
                    delete(draft_attachments).where(draft_attachments.c.draft == draft.id)
                )
            photos = [(draft.id, at, digest) for at, digest in enumerate(draft.attachments)]
            insert_rows(connection, draft_attachments, photos)
        return True

    def add(self, new: Sequence[Draft]) -> int:
        with self._connections.write("drafts") as connection:
            there = _known(connection, [one.id for one in new])
            fresh = [one for one in new if one.id not in there]
            rows = [
                (
                    one.id,
                    one.organisation,
                    one.form,
                    one.values,
                    one.created_at,
                    one.changed_at,
                    1,
                    None,
                )
                for one in fresh
            ]
            photos = [
                (one.id, at, digest) for one in fresh for at, digest in enumerate(one.attachments)
            ]
            insert_rows(connection, drafts, rows)
            insert_rows(connection, draft_attachments, photos)
            return len(rows)

    def known(self, draft_ids: Collection[str]) -> set[str]:
        with self._connections.read() as connection:
            return _known(connection, draft_ids)

    def get(self, draft_id: str) -> Draft | None:
        found = self._told(select(drafts).where(drafts.c.id == draft_id))
        return found[0] if found else None

    def list(
        self, organisation: str, *, after: tuple[str, str] | None = None, limit: int = 100
    ) -> builtins.list[Draft]:
        wanted = select(drafts).where(
            drafts.c.organisation == organisation, drafts.c.filed.is_(None)
        )
        if after is not None:
            wanted = wanted.where(tuple_(drafts.c.changed_at, drafts.c.id) < tuple_(*after))
        order = drafts.c.changed_at.desc(), drafts.c.id.desc()
        return self._told(wanted.order_by(*order).limit(limit))

    def delete(self, draft_ids: Collection[str]) -> int:
        gone = 0
        with self._connections.write("drafts") as connection:
            for part in chunks(sorted(draft_ids)):
                wanted = select(drafts.c.id).where(drafts.c.id.in_(part), drafts.c.filed.is_(None))
                connection.execute(
                    delete(draft_attachments).where(draft_attachments.c.draft.in_(wanted))
                )
                done = delete(drafts).where(drafts.c.id.in_(part), drafts.c.filed.is_(None))
                gone += connection.execute(done).rowcount
        return gone

    def _told(self, wanted: Select[Any]) -> builtins.list[Draft]:
        with self._connections.read() as connection:
            rows = connection.execute(wanted).all()
            photos: dict[str, builtins.list[bytes]] = {}
            for part in chunks([row.id for row in rows]):
                named = (
                    select(draft_attachments.c.draft, draft_attachments.c.digest)
                    .where(draft_attachments.c.draft.in_(part))
                    .order_by(draft_attachments.c.draft, draft_attachments.c.position)
                )
                for name, digest in connection.execute(named):
                    photos.setdefault(name, []).append(digest)
        return [_draft(row, tuple(photos.get(row.id, ()))) for row in rows]


def _known(connection: Connection, draft_ids: Collection[str]) -> set[str]:
    there: set[str] = set()
    for part in chunks(sorted(draft_ids)):
        there.update(connection.scalars(select(drafts.c.id).where(drafts.c.id.in_(part))))
    return there


def _draft(row: Row[Any], attachments: tuple[bytes, ...]) -> Draft:
    # ``values`` is also a method of rows.
    name, organisation, form, values, created_at, changed_at, version, filed = tuple(row)
    return Draft(
        name, organisation, form, values, attachments, created_at, changed_at, version, filed
    )
