"""Excel and CSV into the books: looked at first, every mistake by its cell, filed whole or not at all.

A row is known by what it says: the eventID of its record, and the id of its draft, follow from the
filled form (and from a key of the node's, for a digest of a name or a quantity says which it was). So
the same file, or the same row in another one, finds what is there and adds nothing.
"""

from __future__ import annotations

import base64
import json
import secrets
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from suyuan.core import jcs
from suyuan.core.epcis.known import canonical
from suyuan.core.errors import Blocked, Conflict, Many, NotFound, Refused, SuyuanError
from suyuan.core.farm.deed import Amount
from suyuan.core.farm.fill import Ground, Values, fill
from suyuan.core.farm.form import Form
from suyuan.core.farm.write import as_given
from suyuan.core.identifiers import product_of
from suyuan.core.rules.finding import Finding
from suyuan.core.sheets.guess import Book, Tongue, columns_of, head_of, headings_of, kind_of
from suyuan.core.sheets.masters import KINDS, MASTERS, master_of
from suyuan.core.sheets.plan import Plan, fingerprint_of, plan_of
from suyuan.core.sheets.rows import Reader
from suyuan.core.sheets.sheet import Row, Sheet, letters
from suyuan.core.sheets.told import Line, Names, told
from suyuan.core.story_values import Said
from suyuan.flow.accounts import Caller
from suyuan.flow.books import Books, Entry
from suyuan.flow.capture import Incoming
from suyuan.flow.jobs import Jobs, errors_from_json
from suyuan.flow.master import MasterData
from suyuan.ports.books import DeedQuery, Draft, DraftStore
from suyuan.ports.imports import Import, ImportStore
from suyuan.ports.log import EventSearch, LogStore
from suyuan.ports.outside import Clock

FIRST = 10
"""Rows of each sheet that a preview tells as they will be recorded."""
MOST_PROBLEMS = 500
"""Told of one file; how many there are in all is always told."""
KEPT_DAYS = 7
"""How long an upload waits to be filed."""
_AT_ONCE = 500
_BEGINNINGS = frozenset({"sowing", "stocking"})

Way = Literal["records", "drafts"]


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong with a cell, or worth knowing of a row. ``column`` is empty for a whole row."""

    sheet: str
    row: int
    column: str
    """Its heading; its letters where it has none."""
    cell: str
    """As programs name it: ``C12``; ``12`` for a row."""
    problem: SuyuanError
    label: bool = False
    """Whether ``column`` is the label of a field that no column goes to: a key of the catalogue."""
    said: Said | None = None
    """What a rule says, with params that are more than texts."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A row as it will be recorded, in words."""

    row: int
    lines: tuple[Line, ...]


@dataclass(slots=True)
class Look:
    """One sheet as it would be filed."""

    title: str
    headings: tuple[str, ...]
    plan: Plan
    how: Literal["given", "remembered", "guessed"]
    samples: tuple[str, ...] = ()
    """Of each column the first cell that says something."""
    rows: int = 0
    new: int = 0
    there: int = 0
    """Rows whose records, master data or drafts are there already."""
    repeats: int = 0
    """Rows that say the same as one above them."""
    first: list[Shown] = field(default_factory=list)
    unknown: Counter[str] = field(default_factory=Counter)
    """Names that nothing here has, and in how many rows they stand."""


@dataclass(slots=True)
class Preview:
    """Everything that would be filed, and everything that keeps it from being filed."""

    sheets: list[Look]
    problems: list[Trouble] = field(default_factory=list)
    notices: list[Trouble] = field(default_factory=list)
    blocked: list[Trouble] = field(default_factory=list)
    """What the rules of farming stand against: these rows can be kept as drafts."""
    count: int = 0
    """Of problems, those that are not told included."""
    masters: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    filled: list[Filled] = field(default_factory=list)

    @property
    def new(self) -> int:
        return sum(look.new for look in self.sheets)

    @property
    def there(self) -> int:
        return sum(look.there for look in self.sheets)

    def note(self, trouble: Trouble) -> None:
        self.count += 1
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(trouble)


@dataclass(frozen=True, slots=True)
class Filled:
    """A row that may be filed."""

    sheet: str
    row: int
    form: Form
    values: Values
    id: str
    """A UUID: of the draft, and in the record's eventID."""


@dataclass(slots=True)
class Importing:
    """Everything done with tables. ``read`` makes sheets of a file's name and bytes."""

    store: ImportStore
    books: Books
    masters: MasterData
    drafts: DraftStore
    jobs: Jobs
    log: LogStore
    clock: Clock
    digest: Callable[[bytes], bytes]
    tongues: Sequence[Tongue]
    read: Callable[[str, bytes], list[Sheet]]
    _book: Book | None = None

    # -- uploads ---------------------------------------------------------------------------------

    def open(self, caller: Caller, name: str, data: bytes) -> Import:
        """Take a file in; Malformed or TooLarge where it is none that can be read."""
        self.read(name, data)
        new = Import(
            secrets.token_hex(12), caller.organisation, name.strip()[:200] or "table",
            self.clock.now(), data,
        )  # fmt: skip
        self.store.add(new)
        return new

    def get(self, caller: Caller, import_id: str) -> Import:
        """One upload; NotFound for another organisation's. What its job did is taken note of."""
        found = self.store.get(import_id)
        if found is None or found.organisation != caller.organisation:
            raise NotFound("no import {id}", id=import_id[:80])
        if found.job is not None and found.body:
            job = self.jobs.get(caller, found.job)
            if job.state == "done":
                done = {**json.loads(found.outcome), "filed": len(job.indices)}
                found = replace(found, body=b"", outcome=json.dumps(done))
                self.store.change(found)
        return found

    def uploads(self, caller: Caller) -> Sequence[Import]:
        """The newest uploads."""
        return self.store.list(caller.organisation)

    def drop(self, caller: Caller, import_id: str) -> None:
        """Throw an upload away. What was filed from it stays."""
        self.store.delete(self.get(caller, import_id).id)

    def collect(self) -> int:
        """Delete uploads that nobody came back to; how many they were."""
        before = datetime.fromisoformat(self.clock.now()) - timedelta(days=KEPT_DAYS)
        return self.store.collect(before.strftime("%Y-%m-%dT%H:%M:%S.000Z"))

    def failed(self, caller: Caller, upload: Import) -> list[Trouble]:
        """Why the job of an upload took nothing in, by sheet and row."""
        if upload.job is None:
            return []
        job = self.jobs.get(caller, upload.job)
        places: list[tuple[str, int]] = [(s, r) for s, r in json.loads(upload.places)]
        found = []
        for problem in errors_from_json(job.errors) if job.state == "failed" else ():
            number = problem.path.split("/")[1] if "/" in problem.path else ""
            known = number.isdigit() and int(number) < len(places)
            sheet, row = places[int(number)] if known else ("", 0)
            found.append(Trouble(sheet, row, "", str(row), problem))
        return found

    def preview(
        self,
        caller: Caller,
        import_id: str,
        choices: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> Preview:
        """How an upload would be filed; ``choices`` (sheet → document of a plan) are kept with it."""
        upload = self._waiting(caller, import_id)
        kept = json.loads(upload.plans)
        if choices is not None:
            kept.update(choices)
        seen = self.look(caller, self.read(upload.name, upload.body), kept)
        if choices is not None:
            self.store.change(replace(upload, plans=json.dumps(kept)))
        return seen

    def file(
        self,
        caller: Caller,
        import_id: str,
        way: Way,
        *,
        typed_by: str | None = None,
        mark: Callable[[Mapping[str, Any]], dict[str, Any]] = dict,
    ) -> Import:
        """File an upload: master data and drafts at once, records through a capture job.

        Raises Many with every mistake at ``<sheet>!<cell>`` and files nothing then. ``mark`` puts into
        each event who recorded it, where that is known otherwise than by a name.
        """
        upload = self._waiting(caller, import_id)
        seen = self.look(
            caller, self.read(upload.name, upload.body), json.loads(upload.plans), every=True
        )
        self.require_whole(seen, way)
        self.remember(caller, seen)
        outcome: dict[str, int] = {"there": seen.there}
        if seen.masters:
            outcome["masters"] = len(self.masters.record(caller, seen.masters))
        if way == "drafts":
            outcome["drafts"] = self.as_drafts(caller, seen.filled)
        elif seen.filled:
            incoming = self._incoming(seen.filled, typed_by)
            incoming = [replace(one, event=mark(one.event)) for one in incoming]
            return self._submit(caller, upload, seen, outcome, incoming)
        upload = replace(upload, body=b"", outcome=json.dumps(outcome))
        self.store.change(upload)
        return upload

    def _waiting(self, caller: Caller, import_id: str) -> Import:
        upload = self.get(caller, import_id)
        if not upload.body:
            raise Conflict("import {id} is filed", id=upload.id)
        if upload.job is not None and self.jobs.get(caller, upload.job).state != "failed":
            raise Conflict("import {id} is being filed", id=upload.id)
        return upload

    def _submit(
        self,
        caller: Caller,
        upload: Import,
        seen: Preview,
        outcome: dict[str, int],
        incoming: Sequence[Incoming],
    ) -> Import:
        job = self.jobs.submit(
            caller,
            jcs.dumps([one.event for one in incoming]),
            each=[one.private for one in incoming],
        )
        places = json.dumps([[one.sheet, one.row] for one in seen.filled], ensure_ascii=False)
        upload = replace(upload, job=job.id, places=places, outcome=json.dumps(outcome))
        self.store.change(upload)
        return upload

    # -- verbs that need no upload -----------------------------------------------------------------

    def record(
        self,
        caller: Caller,
        seen: Preview,
        *,
        typed_by: str | None = None,
        on_checked: Callable[[int], None] | None = None,
    ) -> tuple[int, ...]:
        """File what a whole preview has, now; the indices of its new records."""
        self.require_whole(seen)
        self.remember(caller, seen)
        if seen.masters:
            self.masters.record(caller, seen.masters)
        if not seen.filled:
            return ()
        incoming = self._incoming(seen.filled, typed_by)
        return self.books.capture.events(caller, incoming, on_checked=on_checked)

    def as_drafts(self, caller: Caller, filled: Sequence[Filled]) -> int:
        """Keep rows as drafts, all in one transaction; how many were new."""
        now = self.clock.now()
        return self.drafts.add(
            [
                Draft(
                    one.id, caller.organisation, one.form.name, jcs.dumps(as_given(one.values)), (),
                    now, now, 1,
                )
                for one in filled
            ]
        )  # fmt: skip

    def require_whole(self, seen: Preview, way: Way = "records") -> None:
        """Many with every problem that a preview has, at ``<sheet>!<cell>``."""
        against = [*seen.problems, *(seen.blocked if way == "records" else ())]
        if against:
            raise Many(
                [
                    one.problem.at(f"{one.sheet}!{one.cell} ")
                    if isinstance(one.problem, Blocked)
                    else type(one.problem)(
                        one.problem.message,
                        path=f"{one.sheet}!{one.cell}",
                        **one.problem.params,
                    )
                    for one in against
                ]
            )
        if not any(look.plan.kind for look in seen.sheets):
            raise Refused("say of one sheet at least what it holds")

    def remember(self, caller: Caller, seen: Preview) -> None:
        """Keep how the sheets were read for the next table with these headings."""
        for look in seen.sheets:
            if look.plan.kind is not None:
                kept = json.dumps(look.plan.document(look.headings), ensure_ascii=False)
                for kind in {self._guessed(look.title, look.headings), look.plan.kind}:
                    self.store.remember(
                        caller.organisation,
                        fingerprint_of(look.headings, kind),
                        kept,
                        self.clock.now(),
                    )

    def look(
        self,
        caller: Caller,
        sheets: Sequence[Sheet],
        choices: Mapping[str, Mapping[str, Any]] | None = None,
        *,
        every: bool = False,
        on_row: Callable[[int], None] | None = None,
    ) -> Preview:
        """Read all sheets by their plans. ``every``: keep all rows that may be filed, not only count."""
        given = choices or {}
        known = {sheet.title for sheet in sheets}
        for name in given:
            if name not in known:
                raise NotFound(
                    "there is no sheet {name}; there are {known}",
                    path=f"/{name}",
                    name=name[:80],
                    known=", ".join(sorted(known)),
                )
        seen = Preview([])
        planned = [self._planned(caller, sheet, given.get(sheet.title)) for sheet in sheets]
        ground = self.books.grounds.of(caller.organisation)
        # What the file itself says of plots and products is known to its records.
        planned.sort(key=lambda one: one[0].plan.kind not in MASTERS)
        done = 0
        for look, head, sheet in planned:
            look.samples = _samples(look.headings, sheet.rows[head + 1 : head + 1 + _AT_ONCE])
            if look.plan.kind is None:
                continue
            rows = sheet.rows[head + 1 :]
            look.rows = len(rows)
            reader = Reader(look.plan, look.headings, ground, self.tongues, self._token)
            sink = _Sink(look, seen, sheet, reader)
            found = self._filled(sink, rows, ground, done, on_row)
            done += len(rows)
            if look.plan.kind in MASTERS:
                ground = self._masters(caller, sink, found, ground)
            else:
                self._records(caller, sink, found)
        order = {sheet.title: number for number, sheet in enumerate(sheets)}
        seen.sheets = sorted((one[0] for one in planned), key=lambda look: order[look.title])
        if not seen.count:
            self._in_order(caller, seen)
        if not seen.count:
            self._judged(caller, seen)
        if not every:
            seen.filled = []
        return seen

    # -- one sheet ---------------------------------------------------------------------------------

    @property
    def _names(self) -> Book:
        if self._book is None:
            self._book = Book.of(self.tongues)
        return self._book

    def _guessed(self, title: str, headings: Sequence[str]) -> str | None:
        return kind_of(title, headings, self._names)

    def _planned(
        self, caller: Caller, sheet: Sheet, given: Mapping[str, Any] | None
    ) -> tuple[Look, int, Sheet]:
        named = given.get("headings") if given is not None else None
        if named is not None:
            # The table has no head: the user names its columns.
            headings, head = tuple(str(one) for one in named), -1
        else:
            head = head_of(sheet, self._names)
            headings = headings_of(sheet.rows[head]) if sheet.rows else ()
        plan, how = self._proposed(caller, sheet.title, headings)
        document = {n: value for n, value in (given or {}).items() if n != "headings"}
        if document:
            kind = document.get("kind", plan.kind)
            if kind is not None and kind != plan.kind and kind in KINDS:
                plan = Plan(kind, columns_of(kind, headings, self._names))
            try:
                plan = plan_of({**plan.document(headings), **document}, headings)
            except Refused as problem:
                raise problem.at(f"/{sheet.title}") from None
            how = "given"
        return Look(sheet.title, headings, plan, how), head, sheet

    def _proposed(
        self, caller: Caller, title: str, headings: Sequence[str]
    ) -> tuple[Plan, Literal["given", "remembered", "guessed"]]:
        """As such a table was read the last time, else as its words say."""
        guessed = self._guessed(title, headings)
        kept = self.store.plan(caller.organisation, fingerprint_of(headings, guessed))
        if kept is not None:
            return plan_of(json.loads(kept), headings), "remembered"
        columns = columns_of(guessed, headings, self._names) if guessed else ()
        return Plan(guessed, columns), "guessed"

    def _filled(
        self,
        sink: _Sink,
        rows: Sequence[Row],
        ground: Ground,
        done: int,
        on_row: Callable[[int], None] | None,
    ) -> list[tuple[Row, Values, str]]:
        """Rows without a mistake, with what makes each the same as another."""
        found: list[tuple[Row, Values, str]] = []
        times: dict[str, int] = {}
        form, names = sink.reader.form, Names(ground)
        for number, row in enumerate(rows):
            if on_row is not None and number % _AT_ONCE == 0:
                on_row(done + number)
            unread = [c for c in range(len(row.cells)) if (row.number, c) in sink.sheet.unread]
            if unread:
                sink.at(row, unread[:1], Refused(
                    "this cell has a formula without its value; open the table in Excel, and save it"
                ))  # fmt: skip
                continue
            try:
                values = fill(form, sink.reader.given(row), ground)
            except Many as several:
                for problem in several.errors:
                    sink.problem(row, problem)
                continue
            if len(sink.look.first) < FIRST:
                sink.look.first.append(Shown(row.number, tuple(told(form, values, names))))
            said = jcs.dumps({"kind": form.name, "values": as_given(values)}).decode()
            before = times.get(said)
            if before is not None:
                sink.look.repeats += 1
                if sink.look.plan.skip_repeats:
                    continue
                if len(sink.seen.notices) < MOST_PROBLEMS:
                    sink.notice(row, Refused("this row says the same as one above it"))
            times[said] = (before or 0) + 1
            found.append((row, values, f"{said}\n{times[said]}"))
        return found

    def _masters(
        self, caller: Caller, sink: _Sink, found: Sequence[tuple[Row, Values, str]], ground: Ground
    ) -> Ground:
        """Master data that is new goes to the preview; its names are known to what follows."""
        form = sink.reader.form
        plots, things = dict(ground.plots or {}), dict(ground.things)
        net: dict[str, Amount] = {}
        for row, values, _ in found:
            master = master_of(form, values, ground.base)
            where = f"{sink.sheet.title}!{row.number}"
            try:
                self.masters.check([(where, master)])
            except Refused as problem:
                for one in problem.errors if isinstance(problem, Many) else (problem,):
                    sink.at(row, (), one)
                continue
            table = plots if form.name == "plot_list" else things
            for name in (master["id"], *master["name"].values()):
                table.setdefault(name, master["id"])
            if isinstance(content := values.get("net"), Amount):
                net[canonical(master["id"])] = Amount(content.value, content.unit)
            known = self.books.capture.current_master(master["id"], caller.organisation)
            if known is not None and {**known[1], **master} == known[1]:
                sink.look.there += 1
            else:
                sink.look.new += 1
                # What else is on record of it stays.
                sink.seen.masters.append((where, {**(known[1] if known else {}), **master}))
        return replace(
            ground,
            plots=plots or None,
            things=things,
            net=lambda thing: (
                net.get(thing) or net.get(product_of(thing) or "") or ground.net(thing)
            ),
        )

    def _records(
        self, caller: Caller, sink: _Sink, found: Sequence[tuple[Row, Values, str]]
    ) -> None:
        ids = [self._id(caller, said) for _, _, said in found]
        there = self._known(ids)
        for (row, values, _), name in zip(found, ids, strict=True):
            if name in there:
                sink.look.there += 1
            else:
                sink.look.new += 1
                sink.seen.filled.append(
                    Filled(sink.sheet.title, row.number, sink.reader.form, values, name)
                )

    def _known(self, ids: Sequence[str]) -> set[str]:
        """Those that are recorded, or wait as drafts."""
        there = self.drafts.known(ids)
        events = [f"urn:uuid:{name}" for name in ids if name not in there]
        for start in range(0, len(events), _AT_ONCE):
            part = frozenset(events[start : start + _AT_ONCE])
            search = EventSearch(event_ids=part, by_time=False, limit=10 * len(part))
            indices = [index for _, index in self.log.search(search)]
            there.update(
                json.loads(stored.content)["event"].get("eventID", "").removeprefix("urn:uuid:")
                for stored in self.log.records(indices).values()
                if stored.content is not None
            )
        return there

    def _in_order(self, caller: Caller, seen: Preview) -> None:
        """A harvest before its sowing keeps all out; one without any sowing is told."""
        entries = [self._entry(one) for one in seen.filled]
        by_place = {entry.where: one for entry, one in zip(entries, seen.filled, strict=True)}
        found = [(one.form, one.values) for one in seen.filled]
        for problem in self.books.out_of_order(caller, entries, found):
            one = by_place[problem.path.rpartition("/")[0]]
            label = one.form.fields[0].label.template
            seen.note(Trouble(one.sheet, one.row, label, str(one.row), problem, label=True))
        sown = {one.values.get("season") for one in seen.filled if one.form.kind in _BEGINNINGS}
        bare: dict[str, bool] = {}
        for one in seen.filled:
            season = one.values.get("season")
            if one.form.kind != "harvest" or season is None or season in sown:
                continue
            name = str(season)
            if name not in bare:
                query = DeedQuery(caller.organisation, _BEGINNINGS, (name,), limit=1)
                bare[name] = not self.books.deeds.find(query)
            if bare[name] and len(seen.notices) < MOST_PROBLEMS:
                seen.notices.append(
                    Trouble(one.sheet, one.row, "", str(one.row), Refused(
                        "no sowing or planting of this season is on record"
                    ))
                )  # fmt: skip

    def _judged(self, caller: Caller, seen: Preview) -> None:
        """What the rules of farming block, season by season: it may be kept as drafts, and is filed
        one by one, with an override by a named person."""
        groups: dict[str, list[Filled]] = {}
        for number, one in enumerate(seen.filled):
            season = one.values.get("season")
            groups.setdefault(str(season or f"{one.form.kind} {number // _AT_ONCE}"), []).append(
                one
            )
        for group in groups.values():
            for start in range(0, len(group), _AT_ONCE):
                part = group[start : start + _AT_ONCE]
                try:
                    self.books.gate(caller, self._incoming(part), ())
                except Blocked as blocked:
                    self._blocked(seen, part, blocked)
                except Many as several:
                    for problem in several.errors:
                        seen.blocked.append(self._of(part, problem))

    def _blocked(self, seen: Preview, part: Sequence[Filled], blocked: Blocked) -> None:
        by_id = {f"urn:uuid:{one.id}": one for one in part}
        for found in blocked.findings:
            assert isinstance(found, Finding)
            own = [by_id[name] for name in found.refs if name in by_id]
            one = own[-1] if own else part[0]
            seen.blocked.append(
                Trouble(one.sheet, one.row, "", str(one.row), Blocked([found]), said=found.text)
            )

    def _of(self, part: Sequence[Filled], problem: SuyuanError) -> Trouble:
        where = problem.path.split("/")[0]
        one = next((one for one in part if f"{one.sheet}!{one.row}" == where), part[0])
        field_name = problem.path.rsplit("/", 1)[-1]
        column = one.form.field(field_name)
        label = column.label.template if column is not None else ""
        return Trouble(one.sheet, one.row, label, str(one.row), problem, label=True)

    def _incoming(self, filled: Sequence[Filled], typed_by: str | None = None) -> list[Incoming]:
        return self.books.written(
            [self._entry(one) for one in filled],
            [(one.form, one.values) for one in filled],
            typed_by=typed_by,
        )

    def _entry(self, one: Filled) -> Entry:
        return Entry(one.form.name, {}, f"{one.sheet}!{one.row}", event_id=f"urn:uuid:{one.id}")

    def _id(self, caller: Caller, said: str) -> str:
        """A UUID (RFC 9562 §5.8) that only this node makes of these words."""
        made = bytearray(self.digest(f"row\n{caller.organisation}\n{said}".encode())[:16])
        made[6] = 0x80 | made[6] & 0x0F
        made[8] = 0x80 | made[8] & 0x3F
        return str(uuid.UUID(bytes=bytes(made)))

    def _token(self, text: str) -> str:
        return base64.b32encode(self.digest(f"lot\n{text}".encode())[:5]).decode()[:6]


def _samples(headings: Sequence[str], rows: Sequence[Row]) -> tuple[str, ...]:
    return tuple(
        next((r.cells[n].strip() for r in rows if n < len(r.cells) and r.cells[n].strip()), "")
        for n in range(len(headings))
    )


@dataclass(slots=True)
class _Sink:
    """Where what is found of one sheet goes."""

    look: Look
    seen: Preview
    sheet: Sheet
    reader: Reader

    def problem(self, row: Row, problem: SuyuanError) -> None:
        """At the first of the columns that its field came from."""
        if "name" in problem.params and problem.message.startswith("nothing here is called"):
            self.look.unknown[str(problem.params["name"])] += 1
        self.at(row, self.reader.columns(problem.path), problem)

    def at(self, row: Row, columns: Iterable[int], problem: SuyuanError) -> None:
        self.seen.note(self._trouble(row, columns, problem))

    def notice(self, row: Row, problem: SuyuanError) -> None:
        self.seen.notices.append(self._trouble(row, (), problem))

    def _trouble(self, row: Row, columns: Iterable[int], problem: SuyuanError) -> Trouble:
        column = next(iter(columns), None)
        if column is None:
            # A field that has no column here is called by its label.
            one = self.reader.form.field(problem.path.strip("/").split("/")[0])
            label = one.label.template if one is not None else ""
            return Trouble(
                self.sheet.title, row.number, label, str(row.number), problem, label=True
            )
        heading = self.look.headings[column] or letters(column)
        return Trouble(
            self.sheet.title, row.number, heading, f"{letters(column)}{row.number}", problem
        )
