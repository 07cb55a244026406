"""The cooperative's books: forms become records, records are listed, and what was wrong is corrected.

Everything goes through the one capture. A list of records is filed whole or not at all; every mistake is
told at its record and field.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Protocol

from suyuan.core import private
from suyuan.core.content import decode_content
from suyuan.core.entry import parse_entry
from suyuan.core.errors import Conflict, Forbidden, Many, NotFound, Refused, SuyuanError
from suyuan.core.farm.deed import Deed
from suyuan.core.farm.fill import Ground, Values, fill
from suyuan.core.farm.form import Form
from suyuan.core.farm.forms import FORMS, form_for
from suyuan.core.farm.index import index_deed
from suyuan.core.farm.order import out_of_order
from suyuan.core.farm.read import read_deed
from suyuan.core.farm.units import plain
from suyuan.core.farm.write import as_given, values_of, write_event
from suyuan.core.identifiers import is_uri
from suyuan.core.lineage.flows import HANDED, flows_of, hands_over
from suyuan.core.rules.finding import Finding
from suyuan.core.rules.override import Overriding
from suyuan.core.visibility import Viewer, covers
from suyuan.flow.accounts import Accounts, Caller
from suyuan.flow.append import Ending
from suyuan.flow.capture import Capture, Incoming
from suyuan.flow.ground import Grounds
from suyuan.flow.may import FREE_ROLES
from suyuan.flow.prove import Prover, RecordView
from suyuan.flow.rests import Rests
from suyuan.ports.books import DeedQuery, DeedStore
from suyuan.ports.lineage import LineageStore
from suyuan.ports.log import EventSearch, LogStore, Sequencer

MOST_AT_ONCE = 500
"""Records that are filed together: a day's list, not a year's."""
_ORDERED = frozenset({"harvest", "sowing", "stocking"})
_AT_ONCE = 500
NAMESPACE = uuid.UUID("6d0f2a0e-6f5c-5a43-9a55-0b6a3f6c2d11")
"""Of eventIDs that follow from an Idempotency-Key (RFC 9562 §5.5)."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One form as it was filled in. ``where`` names it among others: ``/0``, or sheet and row."""

    form: str
    given: Mapping[str, Any]
    where: str = ""
    attachments: tuple[Mapping[str, Any], ...] = ()
    event_id: str | None = None
    template: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One deed in a list. ``declared``: records that call it an error; ``instead``: what replaced it."""

    deed: Deed
    declared: tuple[int, ...] = ()
    instead: tuple[int, ...] = ()


def require_correctable(deed: Deed) -> None:
    """Refused where a record cannot be declared an error here, saying why and what to do
    (docs/decisions/0013)."""
    if deed.event_id is None:
        raise Refused(
            "record {index} came without an eventID, so nothing can name it for sure: a second record "
            "could only repeat it, and private fields never repeat alike. It stays as it is; record "
            "what is right as a new record, with a note that names number {index}, and have its sender "
            "give events an eventID",
            index=deed.index,
        )
    if "suyuan:serials" in deed.event:
        raise Refused(
            "record {index} issues serials, which are on packs already; void the range, and issue "
            "another",
            index=deed.index,
        )


@dataclass(frozen=True, slots=True)
class Page:
    """Some lines, and where the next page begins (None: there are no more)."""

    lines: tuple[Line, ...]
    after: tuple[str, int] | None


@dataclass(frozen=True, slots=True)
class Corrected:
    """Index of the declaration, and of the record that holds instead (None: it did not happen)."""

    declaration: int
    instead: int | None


class Gate(Protocol):
    """The rules of farming before anything is filed (flow.judge): raises Blocked, or answers the
    overrides that are to be filed with it. ``rests`` is told what the answer rests on, ``said``
    all that the rules say of it."""

    def __call__(
        self,
        caller: Caller,
        incoming: Sequence[Incoming],
        overrides: Sequence[Overriding] = (),
        rests: Rests | None = None,
        said: list[Finding] | None = None,
    ) -> list[Incoming]: ...


@dataclass(slots=True)
class Books:
    """Everything done with the books but drafts (flow.farm_drafts)."""

    log: LogStore
    deeds: DeedStore
    capture: Capture
    prover: Prover
    accounts: Accounts
    grounds: Grounds
    base: str
    gate: Gate
    template_of: Callable[[str], Mapping[str, Any] | None] = lambda _: None
    """The template that a season was opened under (flow.seasons): every record of it names it."""
    lineage: LineageStore | None = None
    """Where ``reindex`` puts right what is known of whom goods went to; None: nowhere."""

    def check(self, caller: Caller, entries: Sequence[Entry]) -> list[tuple[Form, Values]]:
        """The entries' values; Many with every mistake at ``<where>/<field>``. Nothing is stored."""
        if len(entries) > MOST_AT_ONCE:
            raise Refused("at most {most} records are filed together", most=MOST_AT_ONCE)
        ground = self.grounds.of(caller.organisation)
        if caller.key_role in FREE_ROLES:  # who inspects or tests does so on others' plots
            ground = replace(ground, elsewhere=lambda _: False)
        problems: list[SuyuanError] = []
        found: list[tuple[Form, Values]] = []
        for entry in entries:
            try:
                form = form_named(entry.form)
                found.append((form, fill(form, entry.given, ground)))
            except Many as several:
                problems += [one.at(entry.where) for one in several.errors]
            except Refused as problem:
                problems.append(problem.at(entry.where))
        if not problems:
            problems += self.out_of_order(caller, entries, found)
        if problems:
            raise Many(problems)
        return found

    def events(
        self, caller: Caller, entries: Sequence[Entry], *, typed_by: str | None = None
    ) -> list[Incoming]:
        """The events that the entries become; Many as ``check``."""
        return self.written(entries, self.check(caller, entries), typed_by=typed_by)

    def written(
        self,
        entries: Sequence[Entry],
        found: Sequence[tuple[Form, Values]],
        *,
        typed_by: str | None = None,
    ) -> list[Incoming]:
        """The events of entries that were checked before, with what ``check`` found of each."""
        made = []
        templates: dict[str, Mapping[str, Any] | None] = {}
        for entry, (form, values) in zip(entries, found, strict=True):
            season = values.get("season")
            template = entry.template
            if not template and isinstance(season, str):
                if season not in templates:
                    templates[season] = self.template_of(season)
                template = templates[season]
            written = write_event(
                form,
                values,
                base=self.base,
                event_id=entry.event_id or f"urn:uuid:{uuid.uuid4()}",
                recorded_by=typed_by,
                attachments=entry.attachments,
                template=template,
            )
            made.append(Incoming(written.event, entry.where, written.private))
        return made

    def record(
        self,
        caller: Caller,
        entries: Sequence[Entry],
        *,
        typed_by: str | None = None,
        idempotency_key: str | None = None,
        ending: Ending | None = None,
        overrides: Sequence[Overriding] = (),
    ) -> tuple[int, ...]:
        """File the entries, all or none, and return their indices. ``typed_by``: who entered them.

        The same again under the same key answers the first indices. Blocked where a rule of farming
        blocks that no override names; overrides are filed in the same append, behind the entries.
        """
        if not entries:
            raise Refused("there is nothing to file here")
        if idempotency_key is not None:
            # A repeat has to be the same events, so their ids follow from the key.
            name = f"{caller.organisation}\n{idempotency_key}\n"
            entries = [
                replace(one, event_id=f"urn:uuid:{uuid.uuid5(NAMESPACE, f'{name}{number}')}")
                if one.event_id is None
                else one
                for number, one in enumerate(entries)
            ]
        incoming = self.events(caller, entries, typed_by=typed_by)
        count = len(incoming)
        incoming += _typed(self.gate(caller, incoming, overrides), typed_by)

        def end(sequencer: Sequencer, indices: tuple[int, ...]) -> None:
            if ending is not None:
                ending(sequencer, indices[:count])

        return self.capture.events(caller, incoming, idempotency_key=idempotency_key, ending=end)[
            :count
        ]

    def find(self, viewer: Viewer, query: DeedQuery) -> Page:
        """A page of an organisation's deeds; Forbidden unless the viewer may read its books.

        The query's things may be names: these find all that was recorded of what is called so.
        """
        self._may_read(viewer, query.organisation)
        query = self._meant(query)
        found = self.deeds.find(replace(query, limit=query.limit + 1))
        shown = found[: query.limit]
        deeds = self._read(viewer, [index for _, index in shown])
        return Page(
            tuple(self._lines(viewer, deeds)), shown[-1] if len(found) > query.limit else None
        )

    def one(self, viewer: Viewer, index: int) -> Line:
        """One deed; NotFound where there is none that the viewer may read in the books."""
        view = self.prover.record(viewer, index, prove=False)
        if view.content is None or view.kind != "event":
            raise NotFound("no record {index}", index=index)
        self._may_read(viewer, view.owner)
        return next(iter(self._lines(viewer, [_deed(view)])))

    def lines(self, viewer: Viewer, indices: Sequence[int]) -> list[Line]:
        """These deeds in their order, as far as there are any that the viewer may read in the books."""
        found = self._read(viewer, indices)
        readable: dict[str, bool] = {}
        for deed in found:
            if deed.organisation not in readable:
                try:
                    self._may_read(viewer, deed.organisation)
                    readable[deed.organisation] = True
                except Forbidden:
                    readable[deed.organisation] = False
        lines = self._lines(viewer, [deed for deed in found if readable[deed.organisation]])
        order = {index: place for place, index in enumerate(indices)}
        return sorted(lines, key=lambda line: order[line.deed.index or 0])

    def named(self, viewer: Viewer, organisation: str, indices: Sequence[int]) -> list[Line]:
        """Deeds of others that name an organisation whose books the viewer may read, as far as the
        records themselves are shown to the viewer: an authority's inspections of it."""
        self._may_read(viewer, organisation)
        return self._lines(viewer, self._read(viewer, indices))

    def last(
        self, caller: Caller, form: str, things: Collection[str] = ()
    ) -> dict[str, Any] | None:
        """The form filled as it was the last time, without day and time: "same as last time".

        ``things`` are names or ids that the record has to name: plot, season, product. None if there
        is no such record that still holds.
        """
        wanted = form_named(form)
        query = DeedQuery(
            caller.organisation,
            frozenset({wanted.kind}),
            tuple(things),
            limit=5,  # mostly the newest is it: no more is read than has to be
        )
        for _ in range(4):
            page = self.find(caller.viewer, query)
            for line in page.lines:
                if line.declared or form_for(line.deed.kind, line.deed.form) is not wanted:
                    continue
                values = dict(values_of(wanted, line.deed.event))
                for name in ("day", "time"):
                    values.pop(name, None)
                return as_given(values)
            if page.after is None:
                break
            query = replace(query, after=page.after, limit=50)
        return None

    def as_form(self, caller: Caller, index: int) -> tuple[str, dict[str, Any]]:
        """A record as the form it would be: to correct or to copy it. Refused where no form has it."""
        deed = self.one(caller.viewer, index).deed
        form = form_for(deed.kind, deed.form)
        if form is None or not form.fits(deed.event, deed.step):
            raise Refused("no form has the shape of record {index}", index=index)
        return form.name, as_given(values_of(form, deed.event))

    def correct(
        self,
        caller: Caller,
        index: int,
        entry: Entry | None,
        *,
        typed_by: str | None = None,
        overrides: Sequence[Overriding] = (),
    ) -> Corrected:
        """Declare a record of one's own an error; ``entry`` holds instead, None: it did not happen.

        Both stay and both are shown (EPCIS 2.0 §7.4.1.2). One append: never the one without the other.
        """
        wanted = self.correction(caller, index, entry, typed_by=typed_by)
        wanted += _typed(self.gate(caller, wanted, overrides), typed_by)
        indices = self.capture.events(caller, wanted)
        return Corrected(indices[0], indices[1] if entry is not None else None)

    def correction(
        self, caller: Caller, index: int, entry: Entry | None, *, typed_by: str | None = None
    ) -> list[Incoming]:
        """What ``correct`` files: the declaration, and what holds instead. Nothing is stored."""
        view = self.prover.record(caller.viewer, index, prove=False)
        if view.content is None or view.kind != "event" or view.owner != caller.organisation:
            raise NotFound("no record {index} of your own", index=index)
        line = next(iter(self._lines(caller.viewer, [_deed(view)])))
        if line.deed.kind == "correction":
            raise Refused("record {index} is a correction itself", index=index)
        require_correctable(line.deed)
        if line.declared:
            raise Conflict("record {index} is declared an error already", index=index)
        incoming: list[Incoming] = []
        if entry is not None:
            entry = replace(entry, event_id=f"urn:uuid:{uuid.uuid4()}")
            incoming = self.events(caller, [entry], typed_by=typed_by)
        declaration = {
            **line.deed.event,
            "errorDeclaration": {
                "declarationTime": self.grounds.clock.now(),
                "reason": "did_not_occur" if entry is None else "incorrect_data",
                "correctiveEventIDs": [one.event["eventID"] for one in incoming],
            },
        }
        hidden = tuple(
            f"{one.pointer}/{one.name.replace('~', '~0').replace('/', '~1')}"
            for one in map(private.parse_disclosure, view.disclosures)
        )
        return [Incoming(declaration, "", hidden), *incoming]

    def reindex(self) -> int:
        """Make the list of deeds anew from the records; how many deeds there are. To whom goods were
        handed over is put in where an earlier version did not read it from a record."""
        count = 0
        rows = []
        handed = []
        tail = self.log.tail().size
        for stored in self.log.scan(0, tail):
            if stored.kind == "event" and stored.content is not None:
                event = _event(stored.content, stored.disclosures)
                rows.append((stored.index, stored.owner, index_deed(event)))
                if hands_over(event, stored.owner) is not None:
                    found = flows_of(event, owner=stored.owner)
                    lines = tuple(one for one in found.lines if one.way in HANDED)
                    handed.append((stored.index, found._replace(lines=lines)))
            if len(rows) == _AT_ONCE or (rows and stored.index == tail - 1):
                self.deeds.replace(rows)
                if self.lineage is not None:
                    self.lineage.add(handed)
                count, rows, handed = count + len(rows), [], []
        return count

    def _meant(self, query: DeedQuery) -> DeedQuery:
        """With ids in place of names. A name means all that the organisation calls so, and what was
        recorded under the name while there was nothing else (docs/decisions/0032)."""
        names = [one for one in query.things if not is_uri(one)]
        if not names:
            return query
        ground = self.grounds.of(query.organisation)
        meant = {name: _all_called(name, ground) for name in names}
        used = self.deeds.named(query.organisation, {one for ids in meant.values() for one in ids})
        things: list[str] = []
        some: list[frozenset[str]] = []
        for one in query.things:
            ids = used & meant[one] if one in meant else {one}
            if len(ids) > 1:
                some.append(frozenset(ids))
            else:
                things += ids or {one}
        return replace(query, things=tuple(things), any_of=(*query.any_of, *some))

    def _may_read(self, viewer: Viewer, organisation: str) -> None:
        if viewer.is_administrator or viewer.organisation == organisation:
            return
        if viewer.role == "regulator" and covers(
            viewer.county, self.accounts.county_of(organisation)
        ):
            return
        raise Forbidden("these books are not yours to read")

    def _read(self, viewer: Viewer, indices: Sequence[int]) -> list[Deed]:
        return [
            _deed(view) for view in self.prover.records(viewer, indices) if view.content is not None
        ]

    def _lines(self, viewer: Viewer, deeds: Sequence[Deed]) -> list[Line]:
        """With what was declared of each since: two questions for a whole page."""
        names = frozenset(deed.event_id for deed in deeds if deed.event_id is not None)
        same: dict[tuple[str, str], list[Deed]] = {}
        if names:
            search = EventSearch(event_ids=names, by_time=False, limit=10 * len(names))
            others = [index for _, index in self.log.search(search)]
            for one in self._read(viewer, sorted(set(others) - {d.index for d in deeds})):
                same.setdefault((one.event_id or "", one.organisation), []).append(one)
            for one in deeds:
                same.setdefault((one.event_id or "", one.organisation), []).append(one)
        declared = {
            key: [one for one in found if one.corrects is not None] for key, found in same.items()
        }
        wanted = frozenset(name for found in declared.values() for one in found
                           for name in _corrective(one))  # fmt: skip
        by_id: dict[str, int] = {}
        if wanted:
            for one in self._read(viewer, [index for _, index in self.log.search(
                EventSearch(event_ids=wanted, by_time=False, limit=10 * len(wanted)))]):  # fmt: skip
                if one.event_id is not None and one.index is not None:
                    by_id.setdefault(one.event_id, one.index)
        lines = []
        for deed in deeds:
            of_it = declared.get((deed.event_id or "", deed.organisation), [])
            if deed.kind == "correction":
                of_it = [deed]
            instead = [by_id[name] for one in of_it for name in _corrective(one) if name in by_id]
            lines.append(
                Line(
                    deed,
                    tuple(one.index for one in of_it if one is not deed and one.index is not None),
                    tuple(dict.fromkeys(instead)),
                )
            )
        return lines

    def out_of_order(
        self,
        caller: Caller,
        entries: Sequence[Entry],
        found: Sequence[tuple[Form, Values]],
    ) -> Iterable[SuyuanError]:
        """Harvests before sowing, by what is recorded and by the other entries."""
        seasons: dict[str, list[tuple[Entry, Form, Values]]] = {}
        for entry, (form, values) in zip(entries, found, strict=True):
            if form.kind in _ORDERED and "season" in values:
                seasons.setdefault(str(values["season"]), []).append((entry, form, values))
        for season, own in sorted(seasons.items()):
            query = DeedQuery(caller.organisation, _ORDERED, (season,), limit=_AT_ONCE)
            known = [line.deed for line in self.find(caller.viewer, query).lines
                     if not line.declared]  # fmt: skip
            new = [
                read_deed(
                    write_event(form, values, base=self.base, event_id="urn:uuid:0").event, ""
                )
                for _, form, values in own
            ]
            # Only the earliest of each kind decide, and the next one where it is the deed itself.
            first = [
                one
                for kind in sorted(_ORDERED)
                for one in sorted((one for one in (*known, *new) if one.kind == kind), key=_by_day)[
                    :2
                ]
            ]
            for deed, (entry, _, _) in zip(new, own, strict=True):
                others = [one for one in first if one is not deed]
                problem = out_of_order(deed.kind, deed.day, others)
                if problem is not None:
                    yield problem.at(entry.where)


def _by_day(deed: Deed) -> date:
    return deed.day


def spread(entry: Entry, plots: Sequence[str]) -> list[Entry]:
    """The same deed on several plots: an entry for each, its area left to the plot's own."""
    return [
        replace(
            entry,
            given={**{k: v for k, v in entry.given.items() if k != "area"}, "plots": [plot]},
            where=f"{entry.where}/{number}" if len(plots) > 1 else entry.where,
            event_id=None,
        )
        for number, plot in enumerate(dict.fromkeys(plots))
    ]


def _typed(overrides: Sequence[Incoming], typed_by: str | None) -> list[Incoming]:
    """An override says who typed it too, as the record does that it lets pass."""
    if typed_by is None:
        return [*overrides]
    who = typed_by if is_uri(typed_by) else {"name": typed_by}
    return [replace(one, event={**one.event, "suyuan:recordedBy": who}) for one in overrides]


def _all_called(name: str, ground: Ground) -> frozenset[str]:
    """The ids of everything that has this name, or a label by which it is told from others."""
    tables = (ground.plots or {}, ground.things, *ground.called.values())
    found = {table[name] for table in tables if name in table}
    for alike in ground.alike.values():
        found.update(alike.ids[plain(one)] for one in (name, *alike.names.get(name, ()))
                     if plain(one) in alike.ids)  # fmt: skip
    made = (ground.id_of(folder, name) for folder in ("season", "plot", "item"))
    return frozenset({*found, *made})


def form_named(name: str) -> Form:
    form = FORMS.get(name)
    if form is None:
        raise NotFound("there is no form {name}; there are {known}", path="/form", name=name[:80],
                       known=", ".join(FORMS))  # fmt: skip
    return form


def _corrective(declaration: Deed) -> list[str]:
    declared = declaration.event.get("errorDeclaration")
    given = declared.get("correctiveEventIDs") if isinstance(declared, Mapping) else None
    return [one for one in given if isinstance(one, str)] if isinstance(given, list) else []


def _deed(view: RecordView) -> Deed:
    assert view.content is not None
    # Its content and disclosures were found to be those that were committed (flow/rehash.py).
    event = private.put_back(view.content["event"], view.disclosures)
    recorded = parse_entry(view.entry).record_time
    return read_deed(event, view.owner, index=view.index, recorded=recorded)


def _event(content: bytes, disclosures: Sequence[str]) -> dict[str, Any]:
    return private.reveal(dict(decode_content(content).value), disclosures)
