"""Looking at a table: sheets by their plans, rows as the forms they fill in, mistakes at their cells."""

from __future__ import annotations

import base64
import json
import uuid
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any, Literal

from suyuan.core.epcis.known import canonical
from suyuan.core.errors import Many, NotFound, Refused, SuyuanError
from suyuan.core.farm.alike import Alike, plot_hints, told_apart
from suyuan.core.farm.deed import Amount
from suyuan.core.farm.fill import SEVERAL, Ground, Values, fill, meant
from suyuan.core.farm.form import Form
from suyuan.core.farm.units import plain
from suyuan.core.farm.write import as_given
from suyuan.core.identifiers import is_uri, product_of
from suyuan.core.people import member_named
from suyuan.core.sheets.answers import MEMBERS, Answer, answers_of, left_out_of
from suyuan.core.sheets.guess import Book, Tongue, columns_of, head_of, headings_of, kind_of
from suyuan.core.sheets.known import before, made_of_names, said
from suyuan.core.sheets.masters import KINDS, MASTERS, merged, product_of_row
from suyuan.core.sheets.plan import Plan, fingerprint_of, plan_of, remapped
from suyuan.core.sheets.rows import Reader
from suyuan.core.sheets.sheet import Row, Sheet, is_total, letters
from suyuan.core.sheets.told import Names, told
from suyuan.core.story_values import names_of
from suyuan.flow.accounts import Caller
from suyuan.flow.books import Books
from suyuan.flow.held import Held
from suyuan.flow.import_plots import PlotRows
from suyuan.flow.import_preview import (
    AT_ONCE,
    FIRST,
    MOST_PROBLEMS,
    Filled,
    Look,
    Preview,
    Shown,
    Trouble,
)
from suyuan.flow.import_rules import Against, in_order, judged
from suyuan.flow.master import MasterData
from suyuan.flow.people import People
from suyuan.flow.plots import Plots
from suyuan.ports.books import DraftStore
from suyuan.ports.imports import ImportStore
from suyuan.ports.log import EventSearch, LogStore


@dataclass(slots=True)
class Looking:
    """Makes a Preview of sheets. Writes nothing."""

    store: ImportStore
    books: Books
    masters: MasterData
    plots: Plots
    people: People
    drafts: DraftStore
    log: LogStore
    digest: Callable[[bytes], bytes]
    tongues: Sequence[Tongue]
    held: Held[Against]
    asked: Callable[[str, str], Collection[str]]
    """Season, form → fields that its template does not let stay empty."""
    _book: Book | None = None

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
        ground = self.books.grounds.of(
            caller.organisation, lambda: self.people.names(caller.organisation)
        )
        register = cache(lambda: dict(self.people.known_by(caller.organisation)))
        member = cache(lambda text: member_named(text, register()))
        # What the file itself says of plots and products is known to its records.
        planned.sort(key=lambda one: one[0].plan.kind not in MASTERS)
        done = 0
        for look, head, sheet in planned:
            look.samples = _samples(look.headings, sheet.rows[head + 1 : head + 1 + AT_ONCE])
            if look.plan.kind is None:
                continue
            rows = sheet.rows[head + 1 :]
            look.rows = len(rows)
            bare, reader = (
                Reader(look.plan, look.headings, one, self.tongues, self._token)
                for one in (ground.by_names_alone(), ground)
            )
            sink = _Sink(look, seen, sheet, reader, member)
            seen.answers[sheet.title], left = _answers(sheet.title, given.get(sheet.title) or {})
            look.left_out = tuple(sorted(left & {row.number for row in rows}))
            rows = tuple(row for row in rows if row.number not in left)
            for row in filter(is_total, rows):
                sink.notice(row, Refused("this row is a total of others; it is left out"))
            rows = tuple(row for row in rows if not is_total(row))
            found = self._filled(sink, rows, bare, done, on_row)
            done += look.rows
            if look.plan.kind in MASTERS:
                ground = self._masters(caller, sink, found, ground)
            else:
                self._records(caller, sink, found)
        order = {sheet.title: number for number, sheet in enumerate(sheets)}
        seen.sheets = sorted((one[0] for one in planned), key=lambda look: order[look.title])
        if not seen.count:
            in_order(self.books, caller, seen)
        if not seen.count:
            judged(self.books, self.held, caller, seen)
        if not every:
            seen.filled = []
        return seen

    # -- one sheet ---------------------------------------------------------------------------------

    @property
    def _names(self) -> Book:
        if self._book is None:
            self._book = Book.of(self.tongues)
        return self._book

    def guessed(self, title: str, headings: Sequence[str]) -> str | None:
        return kind_of(title, headings, self._names)

    def _planned(
        self, caller: Caller, sheet: Sheet, given: Mapping[str, Any] | None
    ) -> tuple[Look, int, Sheet]:
        named = given.get("headings") if given is not None else None
        if named is not None:
            # The table has no head: the user names its columns, or leaves them to their letters.
            headings, head = tuple(str(one) for one in named) or _letters(sheet), -1
        else:
            head = head_of(sheet, self._names)
            headings = headings_of(sheet.rows[head]) if sheet.rows else ()
        plan, how = self._proposed(caller, sheet.title, headings)
        own = ("headings", "map", *MEMBERS)
        document = {n: value for n, value in (given or {}).items() if n not in own}
        moved = (given or {}).get("map")
        if document or moved is not None:
            kind = document.get("kind", plan.kind)
            if kind is not None and kind != plan.kind and kind in KINDS:
                plan = Plan(kind, columns_of(kind, headings, self._names))
            try:
                if moved is not None:
                    document["columns"] = {
                        **document.get("columns", {}), **remapped(plan, headings, moved),
                    }  # fmt: skip
                plan = plan_of({**plan.document(headings), **document}, headings)
            except Refused as problem:
                raise problem.at(f"/{sheet.title}") from None
            how = "given"
        return Look(sheet.title, headings, plan, how, headless=head < 0), head, sheet

    def _proposed(
        self, caller: Caller, title: str, headings: Sequence[str]
    ) -> tuple[Plan, Literal["given", "remembered", "guessed"]]:
        """As such a table was read the last time, else as its words say."""
        guessed = self.guessed(title, headings)
        kept = self.store.plan(caller.organisation, fingerprint_of(headings, guessed))
        if kept is not None:
            return plan_of(json.loads(kept), headings), "remembered"
        columns = columns_of(guessed, headings, self._names) if guessed else ()
        return Plan(guessed, columns), "guessed"

    def _filled(
        self,
        sink: _Sink,
        rows: Sequence[Row],
        bare: Reader,
        done: int,
        on_row: Callable[[int], None] | None,
    ) -> list[_Read]:
        """Rows as forms, each with what it says; one that stands there twice once, where it is to."""
        found: list[_Read] = []
        times: Counter[str] = Counter()
        form, ground = sink.reader.form, sink.reader.ground
        names = Names(ground)
        for number, row in enumerate(rows):
            if on_row is not None and number % AT_ONCE == 0:
                on_row(done + number)
            unread = [c for c in range(len(row.cells)) if (row.number, c) in sink.sheet.unread]
            if unread:
                sink.at(row, unread[:1], Refused(
                    "this cell has a formula without its value; open the table in Excel, and save it"
                ))  # fmt: skip
                continue
            one, cells = _Read(row), bare.cells(row)
            try:
                one.values = fill(
                    form, self._completed(sink, sink.reader.given(row, cells)), ground
                )
            except Many as several:
                one.problems = several.errors
            except (NotFound, Refused) as problem:
                one.problems = (problem,)
            try:
                alone = bare.given(row, cells)
                season = form.field("season")
                if season is not None and season.required:
                    # Which one it is taken for by the plot may be another by and by.
                    alone.setdefault("season", "-")
                one.bare = fill(form, alone, bare.ground)
            except Many:
                # Nothing is a mistake there that is none here, but for what a bag holds; and a row with
                # a mistake is not filed.
                one.bare = one.values
            if one.bare is None:
                found.append(one)
                continue
            one.alone = as_given(one.bare)
            one.said = said(form, one.alone)
            if one.values is not None:
                one.now = as_given(one.values)
                if len(sink.look.first) < FIRST:
                    sink.look.first.append(Shown(row.number, tuple(told(form, one.values, names))))
                now = said(form, one.now)
                times[f"now {now}"] += 1
                if times[f"now {now}"] > 1:
                    sink.look.repeats += 1
                    if sink.look.plan.skip_repeats:
                        times[f"now {now}"] -= 1
                        continue
                    if len(sink.seen.notices) < MOST_PROBLEMS:
                        sink.notice(row, Refused("this row says the same as one above it"))
            found.append(one)
        return found

    def _completed(self, sink: _Sink, given: dict[str, Any]) -> dict[str, Any]:
        """What a row says, with what follows from it: its member by the register, the one season that
        was open on its plots that day, and the area of its plots where the template asks for one."""
        form, ground = sink.reader.form, sink.reader.ground
        field = form.field("member")
        if form.name in MASTERS or field is None or field.type != "party":
            return given
        if (text := str(given.get("member", "")).strip()) and not is_uri(text):
            try:
                given = {**given, "member": sink.person(text)}
            except (NotFound, Refused) as problem:
                raise problem.at("/member") from None
        if all(given.get(name) for name in ("season", "area") if form.field(name) is not None):
            return given
        where = replace(
            form, fields=tuple(f for f in form.fields if f.name in ("day", "plots")), any_of=()
        )
        try:
            placed = fill(where, {n: given[n] for n in ("day", "plots") if n in given}, ground)
        except Many:
            return given
        plots, day = placed.get("plots"), placed.get("day")
        if not isinstance(plots, tuple) or not isinstance(day, date):
            return given
        if form.field("season") is not None and not given.get("season"):
            going = [set(ground.going(str(one), day)) for one in plots]
            if len(found := set.intersection(*going)) == 1:
                given = {**given, "season": found.pop()}
        if form.field("area") is not None and not given.get("area"):
            return given | self._area(form, given.get("season"), plots, ground)
        return given

    def _area(
        self, form: Form, season: object, plots: Sequence[Any], ground: Ground
    ) -> dict[str, str]:
        """The area of the plots, where the season's template asks for it and that of each is known."""
        try:
            named = meant(str(season), "season", ground) or str(season)
        except Refused:
            return {}
        if "area" not in self.asked(named, form.name):
            return {}
        areas = [ground.area(str(one)) for one in plots]
        if None in areas:
            return {}
        total = sum((one for one in areas if one is not None), Decimal(0))
        return {"area": f"{total.normalize():f} 亩"}

    def _masters(
        self, caller: Caller, sink: _Sink, found: Sequence[_Read], ground: Ground
    ) -> Ground:
        """Master data that is new goes to the preview; its names are known to what follows."""
        form = sink.reader.form
        of_plots = form.name == "plot_list"
        table = dict(ground.plots or {}) if of_plots else dict(ground.called.get("item", {}))
        several: dict[str, set[str]] = {}
        people = self.people.names(caller.organisation) if of_plots else {}
        hints: dict[str, tuple[str, ...]] = {}
        net: dict[str, Amount] = {}
        of_file: dict[str, dict[str, Any]] = {}
        read = PlotRows(caller.organisation, ground, self.plots, self.people, self.digest)
        for read_row in found:
            row, values = read_row.row, read_row.values
            if values is None:
                sink.problems(read_row)
                continue
            where = f"{sink.sheet.title}!{row.number}"
            try:
                if of_plots:
                    there, master = read.read(form, values)
                else:
                    product = product_of_row(form, values, ground)
                    known = self.books.capture.current_master(product["id"], caller.organisation)
                    there = of_file.get(product["id"]) or (known[1] if known else {})
                    # What else is on record of it stays, and what other rows say of it.
                    master = merged(there, product)
                ((_, master),) = self.masters.check([(where, master)])
            except Refused as problem:
                for one in problem.errors if isinstance(problem, Many) else (problem,):
                    sink.member(row, one)
                continue
            of_file[master["id"]] = master
            thing = canonical(master["id"])
            hints[thing] = (*plot_hints(master, people), f"{row.number}") if of_plots else ()
            for name in (thing, *(names_of(master["name"]) or ())):
                if (other := table.setdefault(name, thing)) != thing:
                    several.setdefault(name, {other}).add(thing)
            if isinstance(content := values.get("net"), Amount):
                net[canonical(master["id"])] = Amount(content.value, content.unit)
            if master == there:
                sink.look.there += 1
            else:
                sink.look.new += 1
                sink.seen.masters.append((where, master))
        kind = "plot" if of_plots else "item"
        alike = ground.alike.get(kind, Alike({}, {}))
        for name in several.keys() | (alike.names.keys() & table.keys()):
            # As flow/ground.py has it: a name that two of them have means neither.
            labels = alike.names.get(name, ())
            several.setdefault(name, {table[name]}).update(alike.ids[plain(one)] for one in labels)
            del table[name]
        more = told_apart(several, lambda thing: hints.get(thing) or ground.hints(thing))
        alike = Alike({**alike.names, **more.names}, {**alike.ids, **more.ids})
        return replace(
            ground,
            plots=(table or None) if of_plots else ground.plots,
            things=ground.things if of_plots else {**ground.things, **table},
            called=ground.called if of_plots else {**ground.called, "item": table},
            alike={**ground.alike, kind: alike},
            net=lambda thing: (
                net.get(thing) or net.get(product_of(thing) or "") or ground.net(thing)
            ),
        )

    def _records(self, caller: Caller, sink: _Sink, found: Sequence[_Read]) -> None:
        """Rows whose records are there, by whatever they were filed as, are counted; the others go to
        the preview. A mistake in a row that is there is none: its names may mean another by now."""
        ids = self._ids(caller, sink, found)
        there = self._known([name for own in ids for name in own])
        for one, own in zip(found, ids, strict=True):
            if not there.isdisjoint(own):
                sink.look.there += 1
            elif one.values is None:
                sink.problems(one)
            else:
                sink.look.new += 1
                sink.seen.filled.append(
                    Filled(sink.sheet.title, one.row.number, sink.reader.form, one.values, own[0])
                )

    def _ids(self, caller: Caller, sink: _Sink, found: Sequence[_Read]) -> list[list[str]]:
        """Of each row the id that it is filed by, and behind it those that it may have been filed by.

        A row that says the same as others is counted among them: the second is not the first.
        """
        form, ground = sink.reader.form, sink.reader.ground
        made = {name for one in found for name in made_of_names(form, one.alone)}
        used = self.books.deeds.named(caller.organisation, made)
        names = _one_name(ground)
        times: Counter[str] = Counter()
        ids: list[list[str]] = []
        for one in found:
            texts = [one.said] if one.said else []
            if one.values is not None and one.bare is not None:
                texts += before(form, one.now, one.alone, names, used, ground)
            texts = list(dict.fromkeys(texts))
            times.update(texts)
            ids.append([self._id(caller, f"{text}\n{times[text]}") for text in texts])
        return ids

    def _known(self, ids: Sequence[str]) -> set[str]:
        """Those that are recorded, or wait as drafts."""
        there = self.drafts.known(ids)
        events = [f"urn:uuid:{name}" for name in ids if name not in there]
        for start in range(0, len(events), AT_ONCE):
            part = frozenset(events[start : start + AT_ONCE])
            search = EventSearch(event_ids=part, by_time=False, limit=10 * len(part))
            indices = [index for _, index in self.log.search(search)]
            there.update(
                json.loads(stored.content)["event"].get("eventID", "").removeprefix("urn:uuid:")
                for stored in self.log.records(indices).values()
                if stored.content is not None
            )
        return there

    def _id(self, caller: Caller, said: str) -> str:
        """A UUID (RFC 9562 §5.8) that only this node makes of these words."""
        made = bytearray(self.digest(f"row\n{caller.organisation}\n{said}".encode())[:16])
        made[6] = 0x80 | made[6] & 0x0F
        made[8] = 0x80 | made[8] & 0x3F
        return str(uuid.UUID(bytes=bytes(made)))

    def _token(self, text: str) -> str:
        return base64.b32encode(self.digest(f"lot\n{text}".encode())[:5]).decode()[:6]


def _answers(title: str, given: Mapping[str, Any]) -> tuple[tuple[Answer, ...], frozenset[int]]:
    try:
        return answers_of(given), left_out_of(given)
    except Refused as problem:
        raise problem.at(f"/{title}") from None


def _letters(sheet: Sheet) -> tuple[str, ...]:
    """A name for each column of a table that has no head."""
    return tuple(letters(n) for n in range(max((len(row.cells) for row in sheet.rows), default=0)))


def _samples(headings: Sequence[str], rows: Sequence[Row]) -> tuple[str, ...]:
    return tuple(
        next((r.cells[n].strip() for r in rows if n < len(r.cells) and r.cells[n].strip()), "")
        for n in range(len(headings))
    )


def _one_name(ground: Ground) -> dict[str, str]:
    """The first name of each thing that no other has."""
    found: dict[str, str] = {}
    for table in (ground.plots or {}, *ground.called.values()):
        for name, thing in table.items():
            if name != thing:
                found.setdefault(thing, name)
    return found


@dataclass(slots=True)
class _Read:
    """A row as a form. ``values`` is None where something in it is a mistake."""

    row: Row
    values: Values | None = None
    bare: Values | None = None
    """With its names alone."""
    now: Mapping[str, Any] = field(default_factory=dict)
    """``values`` as JSON."""
    alone: Mapping[str, Any] = field(default_factory=dict)
    """``bare`` as JSON."""
    said: str = ""
    """By which it is known again."""
    problems: Sequence[SuyuanError] = ()


@dataclass(slots=True)
class _Sink:
    """Where what is found of one sheet goes."""

    look: Look
    seen: Preview
    sheet: Sheet
    reader: Reader
    person: Callable[[str], str]
    """The person of the register that a text means."""

    def problem(self, row: Row, problem: SuyuanError) -> None:
        """At the first of the columns that its field came from."""
        if "name" in problem.params and problem.message.startswith("nothing here is called"):
            self.look.unknown[str(problem.params["name"])] += 1
        for kind, alike in self.reader.ground.alike.items():
            if problem.message == SEVERAL[kind].template:
                name = str(problem.params["name"])
                self.look.several[name] = alike.names.get(name, ())
        if "unit" in problem.params and "is no unit" in problem.message:
            self.look.units[str(problem.params["unit"])] += 1
        self.at(row, self.reader.columns(problem.path), problem)

    def problems(self, one: _Read) -> None:
        for problem in one.problems:
            self.problem(one.row, problem)

    def at(self, row: Row, columns: Iterable[int], problem: SuyuanError) -> None:
        self.seen.note(self._trouble(row, columns, problem))

    def member(self, row: Row, problem: SuyuanError) -> None:
        """At the column of the field that a member of master data comes from, where it has one."""
        name = problem.path.rpartition("/")[2]
        fields = [one.name for one in self.reader.form.fields if name in (one.name, one.at)]
        if name in ("suyuan:outline", "suyuan:position"):
            fields = ["where", "latitude"]
        columns = [column for one in fields for column in self.reader.columns(f"/{one}")]
        self.at(row, columns, problem)

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
