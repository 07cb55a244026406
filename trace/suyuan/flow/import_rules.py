"""What the order of deeds and the rules of farming say of the rows of a table that may be filed."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from suyuan.core.errors import Blocked, Many, Refused, SuyuanError
from suyuan.core.rules.finding import Finding
from suyuan.core.rules.override import Overriding
from suyuan.core.sheets.sheet import letters
from suyuan.flow.accounts import Caller
from suyuan.flow.books import Books, Entry
from suyuan.flow.capture import Incoming
from suyuan.flow.held import Held
from suyuan.flow.import_preview import AT_ONCE, MOST_PROBLEMS, Filled, Preview, Trouble
from suyuan.flow.rests import Rests
from suyuan.ports.books import DeedQuery

_BEGINNINGS = frozenset({"sowing", "stocking"})


def in_order(books: Books, caller: Caller, seen: Preview) -> None:
    """A harvest before its sowing keeps all out; one without any sowing is told."""
    entries = [entry_of(one) for one in seen.filled]
    by_place = {entry.where: one for entry, one in zip(entries, seen.filled, strict=True)}
    found = [(one.form, one.values) for one in seen.filled]
    for problem in books.out_of_order(caller, entries, found):
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
            bare[name] = not books.deeds.find(query)
        if bare[name] and len(seen.notices) < MOST_PROBLEMS:
            seen.notices.append(
                Trouble(one.sheet, one.row, "", str(one.row), Refused(
                    "no sowing or planting of this season is on record"
                ))
            )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Against:
    """What stands against filing some rows; nothing of it: they may be filed."""

    blocked: Blocked | None = None
    lacking: Many | None = None
    warned: tuple[Finding, ...] = ()
    """What the rules warn of."""


def judged(books: Books, held: Held[Against], caller: Caller, seen: Preview) -> None:
    """What the rules of farming block, season by season: it may be kept as drafts, and is filed
    one by one, with an override by a named person.

    What was judged when the same rows were looked at before is ``held``, season by season.
    """
    groups: dict[str, list[Filled]] = {}
    for number, one in enumerate(seen.filled):
        season = one.values.get("season")
        groups.setdefault(str(season or f"{one.form.kind} {number // AT_ONCE}"), []).append(one)
    for group in groups.values():
        for start in range(0, len(group), AT_ONCE):
            _gated(books, held, caller, seen, group[start : start + AT_ONCE])


def _gated(
    books: Books, held: Held[Against], caller: Caller, seen: Preview, part: Sequence[Filled]
) -> None:
    # A row's id follows from what it says, and its values from what its names mean.
    key = (caller, *((one.id, one.sheet, one.row, *one.values.items()) for one in part))
    against = held.get(key)
    if against is None:
        against = _asked(books, held, caller, part, key)
    for problem in against.lacking.errors if against.lacking is not None else ():
        # No reason lets a row pass that lacks what its template asks for.
        seen.note(_of(seen, part, problem))
    warned = list(against.warned)
    if against.blocked is not None:
        before = len(seen.blocked)
        overrides = _blocked(seen, part, against.blocked)
        if len(seen.blocked) == before:
            seen.overriding += books.gate(caller, written(books, part), overrides, said=warned)
    _warned(seen, part, warned)


def _asked(
    books: Books, held: Held[Against], caller: Caller, part: Sequence[Filled], key: Hashable
) -> Against:
    begun, rests = held.mark(), Rests()
    try:
        said: list[Finding] = []
        books.gate(caller, written(books, part), rests=rests, said=said)
        against = Against(warned=tuple(one for one in said if one.verdict == "warn"))
    except Blocked as blocked:
        against = Against(blocked=blocked)
    except Many as several:
        against = Against(lacking=several)
    held.put(key, begun, rests.names, against)
    return against


def _warned(seen: Preview, part: Sequence[Filled], said: Sequence[Finding]) -> None:
    """Each warning of the rules once, at the last row that it speaks of."""
    by_id = {f"urn:uuid:{one.id}": one for one in part}
    for found in said:
        own = [by_id[name] for name in found.refs if name in by_id]
        if found.verdict != "warn" or not own or len(seen.warned) >= MOST_PROBLEMS:
            continue
        one = own[-1]
        seen.warned.append(
            Trouble(one.sheet, one.row, "", str(one.row), Blocked([found]), said=found.text)
        )


def _blocked(seen: Preview, part: Sequence[Filled], blocked: Blocked) -> list[Overriding]:
    """Each block at its row: with the reason that somebody gave for it, or open."""
    by_id = {f"urn:uuid:{one.id}": one for one in part}
    given: dict[Overriding, None] = {}
    for found in blocked.findings:
        assert isinstance(found, Finding)
        own = [by_id[name] for name in found.refs if name in by_id]
        one = own[-1] if own else part[0]
        answer = next(
            (
                a
                for a in seen.answers.get(one.sheet, ())
                if (a.row, a.rule) == (one.row, found.name)
            ),
            None,
        )
        trouble = Trouble(one.sheet, one.row, "", str(one.row), Blocked([found]), said=found.text)
        if answer is None:
            seen.blocked.append(trouble)
            continue
        seen.answered.append((trouble, answer))
        where = f"{one.sheet}!{one.row}"
        given[Overriding(found.name, answer.person, answer.reason, event=f"urn:uuid:{one.id}",
                         where=where)] = None  # fmt: skip
    return list(given)


def _of(seen: Preview, part: Sequence[Filled], problem: SuyuanError) -> Trouble:
    where = problem.path.split("/")[0]
    one = next((one for one in part if f"{one.sheet}!{one.row}" == where), part[0])
    field_name = problem.path.rsplit("/", 1)[-1]
    look = next(look for look in seen.sheets if look.title == one.sheet)
    if field_name in look.plan.columns:
        at = look.plan.columns.index(field_name)
        heading = look.headings[at] or letters(at)
        return Trouble(one.sheet, one.row, heading, f"{letters(at)}{one.row}", problem)
    column = one.form.field(field_name)
    label = column.label.template if column is not None else ""
    return Trouble(one.sheet, one.row, label, str(one.row), problem, label=True)


def written(books: Books, filled: Sequence[Filled], typed_by: str | None = None) -> list[Incoming]:
    """The events of rows."""
    return books.written(
        [entry_of(one) for one in filled],
        [(one.form, one.values) for one in filled],
        typed_by=typed_by,
    )


def entry_of(one: Filled) -> Entry:
    """A row as an entry of the books, called by its place."""
    return Entry(one.form.name, {}, f"{one.sheet}!{one.row}", event_id=f"urn:uuid:{one.id}")


__all__ = ["Against", "entry_of", "in_order", "judged", "written"]
