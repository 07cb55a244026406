"""One filled form on its way into the books: shown, kept as a draft, judged, signed and filed.

New records, drafts and corrections are the same page. Nothing is filed before its reader has seen what
the rules say of it; what blocks takes a named person and a reason.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from urllib.parse import quote, urlencode

from starlette.responses import Response

from suyuan.core.epcis.known import canonical
from suyuan.core.errors import Blocked, Forbidden, Many, NotFound, Refused, SuyuanError
from suyuan.core.farm.fill import NOT_KNOWN, day_of_people
from suyuan.core.farm.form import Form
from suyuan.core.rules.finding import Finding
from suyuan.core.rules.override import Overriding
from suyuan.flow.books import Entry
from suyuan.flow.capture import Incoming
from suyuan.flow.plots import Held
from suyuan.flow.seasons import Season
from suyuan.ports.books import Draft
from suyuan.web.desk.choices import NEW, USING, Choices, is_named
from suyuan.web.desk.deps import Desk
from suyuan.web.desk.filling import CALLED, Where, given_in, photo_members, shown, take_photos
from suyuan.web.desk.plots import mu_of
from suyuan.web.desk.telling import (
    Naming,
    Told,
    clock_of,
    done_in,
    key_of,
    label_of,
    own_plots,
    stage_words,
    title_of,
    today,
    told,
    worth_saying,
)
from suyuan.web.wording import word

MOST_ALSO = 100


@dataclass(slots=True)
class Sheet:
    """A form with what was typed into it; ``draft`` or ``corrects`` where it is not a new one."""

    form: Form
    given: dict[str, Any]
    choices: Choices
    photos: list[str] = field(default_factory=list)
    also: list[str] = field(default_factory=list)
    """Other plots on which the same was done."""
    key: str = ""
    """A UUID: the same sheet sent twice is filed once."""
    draft: Draft | None = None
    corrects: int | None = None
    like: str = ""
    """The day of the record it is filled like."""

    @property
    def plots(self) -> list[str]:
        found = self.given.get("plots")
        return [one for one in found if isinstance(one, str)] if isinstance(found, list) else []


def read(desk: Desk, form: Form) -> Sheet:
    """What a POST brought."""
    also = [one for one in desk.form.getlist("also") if isinstance(one, str)]
    try:
        key = str(uuid.UUID(desk.given("key")))
    except ValueError:
        key = str(uuid.uuid4())
    choices = Choices(desk, form, Naming(desk), key)
    choices.name_new()
    photos = [one for one in desk.form.getlist("photo") if isinstance(one, str)]
    sheet = Sheet(form, given_in(form, desk.form, choices), choices, photos, also[:MOST_ALSO], key)
    _redate(sheet)
    return sheet


def _redate(sheet: Sheet) -> None:
    """A lot number that was offered, and left as it was, is of the day that was written meanwhile."""
    day = day_of_people(str(sheet.given.get("day", "")))
    outputs = [one.name for one in sheet.form.fields if one.at == "outputs"]
    offered = re.compile(rf"\d{{6}}-{sheet.key[:4].upper()}$")
    for row in (row for name in outputs for row in sheet.given.get(name, ())):
        if day is not None and isinstance(row.get("item"), str):
            row["item"] = offered.sub(new_lot(sheet, day), row["item"])


def begin(desk: Desk, form: Form, given: dict[str, Any]) -> Sheet:
    """A sheet as it is opened."""
    key = str(uuid.uuid4())
    return Sheet(form, given, Choices(desk, form, Naming(desk), key), key=key)


def send(desk: Desk, sheet: Sheet) -> Response:
    """Do what the button says; the same page again with every mistake, and nothing lost."""
    desk.actor.require("record")
    try:
        sheet.photos = take_photos(desk)
        if desk.given("do") == "look":
            return show(desk, sheet)
        narrow(desk, sheet.given)
        if desk.given("do") == "draft":
            return _keep(desk, sheet)
        return _file(desk, sheet)
    except Blocked as blocked:
        return show(desk, sheet, blocked=findings_of(blocked))
    except (Forbidden, NotFound) as problem:
        if not problem.path:
            raise
        return show(desk, sheet, problem)
    except Refused as problem:
        return show(desk, sheet, problem)


def narrow(desk: Desk, given: dict[str, Any]) -> None:
    """Whoever records for the own plots alone names no other plot, season or person."""
    if desk.actor.scope("record") != "own":
        return
    given["member"] = desk.actor.uri
    plots = given.get("plots")
    own = own_plots(desk)
    for number, one in enumerate(plots if isinstance(plots, list) else ()):
        if canonical(str(one)) not in own:
            raise NotFound("no plot {id}", path=f"/plots/{number}", id=str(one)[:200])
    season = given.get("season")
    if season is not None and season not in {s.id for s in desk.node.seasons.seen_by(desk.actor)}:
        raise NotFound("no season {id}", path="/season", id=str(season)[:200])


def overrides_in(desk: Desk) -> list[Overriding]:
    """Reasons that were given for what blocks, one for each rule."""
    person = desk.given("answers").strip()
    found = []
    for number, rule in enumerate(desk.form.getlist("rule")):
        reason = desk.given(f"reason/{number}").strip()
        if isinstance(rule, str) and reason:
            found.append(Overriding(rule, person, reason, where=f"/reason/{number}"))
    if found and not desk.actor.may("override"):
        raise Forbidden("your role does not allow this; ask who gave you your log-in")
    return found


def carried(desk: Desk) -> list[tuple[str, str]]:
    """Rules and the reasons already given, for a page that asks something else in between."""
    rules = [one for one in desk.form.getlist("rule") if isinstance(one, str)]
    return [(rule, desk.given(f"reason/{number}")) for number, rule in enumerate(rules)]


def judged(
    desk: Desk,
    entries: Sequence[Entry],
    overrides: Sequence[Overriding],
    new: Mapping[str, Any] | None = None,
) -> list[Finding]:
    """What is to be said before these are filed; Many or Blocked where they cannot be.

    ``new``: master data that goes in with them."""
    incoming = desk.node.books.events(desk.actor.caller, entries, typed_by=desk.actor.uri)
    return weighed(desk, incoming, overrides, new)


def weighed(
    desk: Desk,
    incoming: Sequence[Incoming],
    overrides: Sequence[Overriding],
    new: Mapping[str, Any] | None = None,
) -> list[Finding]:
    """As ``judged``, of events that are written already."""
    _, found = desk.node.judge.weigh(desk.actor.caller, incoming, overrides, new=new)
    return worth_saying((one for one in found if one.verdict != "block"), today(desk))


def look(desk: Desk, sheet: Sheet) -> list[Finding]:
    """What the rules say of a sheet as it stands; Many or Blocked as ``judged``."""
    narrow(desk, sheet.given)
    return judged(desk, _entries(desk, sheet), ())


def saved(desk: Desk, indices: Sequence[int]) -> Response:
    """Where one sees that it is saved, when, and under which number."""
    count = len(indices)
    now = clock_of(desk.node.clock.now())
    said = (
        desk.words("Saved at {time}, record {index}.", time=now, index=indices[0])
        if count == 1
        else desk.words("Saved at {time}: {count} records.", time=now, count=count)
    )
    return desk.go(f"/desk/filed?{urlencode({'records': ','.join(map(str, indices))})}", said)


def findings_of(blocked: Blocked) -> list[Finding]:
    return [one for one in blocked.findings if isinstance(one, Finding)]


def _entries(desk: Desk, sheet: Sheet) -> list[Entry]:
    photos = photo_members(desk, sheet.photos)
    ids = _event_ids(sheet)
    entries = [Entry(sheet.form.name, sheet.given, "", photos, event_id=ids[0])]
    for number, given in enumerate(_copies(desk, sheet), 1):
        entries.append(
            Entry(sheet.form.name, given, f"/also/{number - 1}", photos, event_id=ids[number])
        )
    return entries


def _event_ids(sheet: Sheet) -> list[str]:
    """Of the sheet's own record and of each copy, in the order of ``also``."""
    names = [sheet.draft.id if sheet.draft else str(uuid.uuid5(uuid.UUID(sheet.key), "0"))]
    names += [str(uuid.uuid5(uuid.UUID(sheet.key), str(n)))
              for n in range(1, len(dict.fromkeys(sheet.also)) + 1)]  # fmt: skip
    return [f"urn:uuid:{name}" for name in names]


def _told(desk: Desk, sheet: Sheet, naming: Naming, found: Sequence[Finding]) -> list[Told]:
    """The findings in words; of copies each says of which plot it is."""
    lines = told(found, desk.words)
    if not sheet.also:
        return lines
    plots = dict(
        zip(_event_ids(sheet), [*sheet.plots[:1], *dict.fromkeys(sheet.also)], strict=False)
    )
    named = []
    for one, line in zip(found, lines, strict=True):
        own = [plots[ref] for ref in one.refs if ref in plots]
        text = f"{naming(own[0])}{desk.words(': ')}{line.text}" if len(own) == 1 else line.text
        named.append(replace(line, text=text))
    return named


def _copies(desk: Desk, sheet: Sheet) -> list[dict[str, Any]]:
    """The same on other plots: in each one's own season, on its own area, by who works it."""
    if not sheet.also:
        return []
    plots = {one.id: one for one in desk.node.plots.seen_by(desk.actor)}
    seasons = desk.node.seasons.open_on(desk.actor)
    kind = _template_of(desk, sheet)
    found = []
    for number, uri in enumerate(dict.fromkeys(sheet.also)):
        held = plots.get(uri)
        if held is None or held.owner != desk.actor.organisation:
            raise NotFound("no plot {id}", path=f"/also/{number}", id=uri[:200])
        given = {**sheet.given, "plots": [uri]}
        if sheet.form.field("season") is not None:
            season = _same(seasons.get(uri, ()), sheet, kind)
            if season is None:
                raise Refused("no season is open on {plot}", path=f"/also/{number}",
                              plot=desk.words.name(held.names, uri))  # fmt: skip
            given["season"] = season.id
        given.pop("area", None)
        if "area" in sheet.given and (mu := mu_of(held)):
            given["area"] = f"{mu} 亩"
        if held.member is not None:
            given["member"] = held.member
            given.pop("person", None)
        narrow(desk, given)
        found.append(given)
    return found


def _template_of(desk: Desk, sheet: Sheet) -> str | None:
    """The template of the sheet's season: the same work is offered where the same grows."""
    season = sheet.given.get("season")
    named = desk.node.seasons.template_of(season) if isinstance(season, str) else None
    return str(named["id"]) if named and "id" in named else None


def _same(seasons: Iterable[Season], sheet: Sheet, kind: str | None) -> Season | None:
    known = list(seasons)
    for one in known:
        if one.id == sheet.given.get("season"):
            return one
    return next((one for one in known if one.template and one.template.id == kind), None)


def _keep(desk: Desk, sheet: Sheet) -> Response:
    """Keep it as a draft, complete or not; a copy for each other plot."""
    drafts, caller = desk.node.drafts, desk.actor.caller
    draft = sheet.draft
    drafts.save(
        caller, sheet.form.name, sheet.given, sheet.photos,
        draft_id=draft.id if draft else None, version=_version(desk, draft),
    )  # fmt: skip
    copies = _copies(desk, sheet)
    for given in copies:
        drafts.save(caller, sheet.form.name, given, sheet.photos)
    said = desk.words("Kept as a draft at {time}; it is not filed yet.",
                      time=clock_of(desk.node.clock.now()))  # fmt: skip
    return desk.go("/desk/drafts", said)


def _version(desk: Desk, draft: Draft | None) -> int | None:
    if draft is None:
        return None
    given = desk.given("version")
    return int(given) if given.isdecimal() and len(given) < 10 else draft.version


def _file(desk: Desk, sheet: Sheet) -> Response:
    actor, node = desk.actor, desk.node
    actor.require("sign and file")
    overrides = overrides_in(desk)
    entries = _entries(desk, sheet)
    if sheet.draft is not None and sheet.draft.filed is not None:
        return saved(desk, [sheet.draft.filed])
    if sheet.corrects is not None:
        wanted = node.books.correction(actor.caller, sheet.corrects, entries[0], typed_by=actor.uri)
        found = weighed(desk, wanted, overrides)
    else:
        found = judged(desk, entries, overrides)
    if found and desk.given("seen") != key_of(found):
        return show(desk, sheet, findings=found)
    if sheet.corrects is not None:
        made = node.books.correct(
            actor.caller, sheet.corrects, entries[0], typed_by=actor.uri, overrides=overrides
        )
        return saved(desk, [index for index in (made.instead, made.declaration) if index])
    if sheet.draft is not None:
        kept = node.drafts.save(
            actor.caller, sheet.form.name, sheet.given, sheet.photos,
            draft_id=sheet.draft.id, version=_version(desk, sheet.draft),
        )  # fmt: skip
        first = node.drafts.file(actor.caller, [kept.id], typed_by=actor.uri, overrides=overrides)
        others = entries[1:]
        if others:
            first += node.books.record(
                actor.caller, others, typed_by=actor.uri, idempotency_key=sheet.key
            )
        return saved(desk, first)
    return saved(desk, node.books.record(
        actor.caller, entries, typed_by=actor.uri, idempotency_key=sheet.key, overrides=overrides,
    ))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Other:
    """Another plot that the same can be written for."""

    id: str
    name: str
    who: str
    chosen: bool


def show(
    desk: Desk,
    sheet: Sheet,
    problem: SuyuanError | None = None,
    *,
    findings: Sequence[Finding] = (),
    blocked: Sequence[Finding] = (),
) -> Response:
    """The page of a sheet."""
    form, naming, actor = sheet.form, sheet.choices.naming, desk.actor
    for part in problem.errors if isinstance(problem, Many) else filter(None, [problem]):
        pieces = part.path.strip("/").split("/")
        if pieces[0] in ("also", "photos", "plots"):
            part.path = "/" + pieces[0]
    day = today(desk)
    season = _season(desk, sheet)
    where = where_of(season, form)
    new, no_input = unnamed(sheet), list[str]()
    for part in problem.errors if isinstance(problem, Many) else filter(None, [problem]):
        if part.path in new:
            part.message, part.params = NOT_YET, {"name": new[part.path]}
        elif part.message == NOT_KNOWN.template:
            if form.name in USING:
                no_input.append(str(part.params["name"]))
            part.message = _no_such(desk, form)
        one = form.field(part.path.strip("/"))
        if one is not None and part.message in _OF_A_FIELD:
            label = label_of(one, desk.words, animal=bool(where.animal))
            part.message, part.params = _OF_A_FIELD[part.message], {"label": label}
    often, more = shown(
        desk,
        form,
        sheet.given,
        sheet.choices,
        where,
        new_lot=new_lot(sheet, day_of_people(str(sheet.given.get("day", ""))) or day),
    )
    problems = desk.problems(problem)
    named = {at.split("/")[0] for at, _ in problems}
    naming.learn(sheet.plots)
    return desk.page(
        "record_form.html",
        problem=problem,
        sheet=sheet,
        title=title_of(form, desk.words, animal=bool(where.animal)),
        new=list(dict.fromkeys(new.values())) if sheet.choices.may_name and problem else [],
        no_input=list(dict.fromkeys(no_input)) if _enters_inputs(desk) else [],
        often=often,
        more=more,
        more_open=any(
            one.name in named or one.value
            for one in more
            if one.name not in ("time", *CALLED.values())
        ),
        seasons=_seasons(desk, sheet, naming) if form.field("season") is not None else [],
        season=sheet.given.get("season", ""),
        plots=[(one, naming(one)) for one in sheet.plots],
        stage=stage_words(season, day, desk.words, done_in(desk, season)) if season else "",
        others=_others(desk, sheet, naming)
        if form.field("plots") and form.field("season") and not sheet.corrects
        else [],
        findings=_told(desk, sheet, naming, findings),
        blocked=_told(desk, sheet, naming, blocked),
        rules=list(dict.fromkeys(one.name for one in blocked)),
        reasons=[desk.given(f"reason/{n}") for n in range(len({one.name for one in blocked}))],
        kept=carried(desk),
        answers=desk.given("answers") or actor.name,
        seen=key_of(findings) if findings else desk.given("seen"),
        may_override=actor.may("override"),
        may_file=actor.may("sign and file"),
        lists=[
            ("things", sheet.choices.labels),
            ("made", sheet.choices.made),
            ("parties", list(sheet.choices.parties)),
        ],
        photos=[(one, one.removeprefix("sha-256:")) for one in sheet.photos],
        version=sheet.draft.version if sheet.draft else "",
        day=day.isoformat(),
        back=_back(sheet),
        status=409 if blocked else 200,
    )


def _back(sheet: Sheet) -> str:
    if sheet.corrects is not None:
        return f"/desk/records/{sheet.corrects}"
    if sheet.draft is not None:
        return "/desk/drafts"
    plot = sheet.plots[0] if sheet.plots else ""
    return f"/desk/record?plot={quote(plot, safe='/:')}" if plot else "/desk/record"


def new_lot(sheet: Sheet, day: date) -> str:
    """A number for the lot that is harvested or made now: its day, and letters that nobody used."""
    return f"{day:%y%m%d}-{sheet.key[:4].upper()}"


_OF_A_FIELD: Mapping[str, str] = {
    "this is missing": word("{label}: nothing is written here yet"),
    "the template asks for it": word("{label}: the template asks for it"),
}
"""What stands on top of the page too says of which field it speaks."""
_CHOOSE = word("nothing here is called {name}; choose a name from the list")
_ENTER_FIRST = word(
    "{name} is not among your inputs; choose one from the list, or enter it first by the links above"
)
_ASK = word(
    "{name} is not among the cooperative's inputs; choose one from the list, or ask the clerk to enter "
    "it"
)


def _enters_inputs(desk: Desk) -> bool:
    actor = desk.actor
    return actor.may("inputs") and actor.scope("inputs") != "own" and actor.may("sign and file")


def _no_such(desk: Desk, form: Form) -> str:
    """What is said of a name that nothing has: whoever types it has seen no code of it."""
    if form.name not in USING:
        return _CHOOSE
    return _ENTER_FIRST if _enters_inputs(desk) else _ASK


NOT_YET = word("nothing here is called {name} yet; choose a name from the list, or tick it as new")


def unnamed(sheet: Sheet) -> dict[str, str]:
    """Path of an error → name that nothing here has yet, where one may be given."""
    field_ = NEW.get(sheet.form.name, "")
    rows = sheet.given.get(field_)
    found = {}
    for number, row in enumerate(rows if isinstance(rows, list) else ()):
        text = str(row.get("item", "")) if isinstance(row, Mapping) else ""
        one = sheet.form.field(field_)
        name = text.rpartition("/")[0] or text if one and one.at == "outputs" else text
        if name and not is_named(text) and name not in sheet.choices.ids:
            found[f"/{field_}/{number}/item"] = name
    return found


def where_of(season: Season | None, form: Form) -> Where:
    """What a season says of a form."""
    if season is None:
        return Where()
    steps = season.template.document.get("steps") if season.template else None
    return Where(
        season.is_animal,
        season.fields(form.name),
        tuple(str(one.get("step")) for one in steps if isinstance(one, Mapping))
        if isinstance(steps, list)
        else (),
    )


def _season(desk: Desk, sheet: Sheet) -> Season | None:
    """Its own season, else the one from whose page it was opened."""
    wanted = sheet.given.get("season") or desk.request.query_params.get("of")
    if wanted is None or not desk.actor.may("seasons"):
        return None
    return next((s for s in desk.node.seasons.seen_by(desk.actor) if s.id == wanted), None)


def _seasons(desk: Desk, sheet: Sheet, naming: Naming) -> list[tuple[str, str]]:
    """Seasons that go on where it was done, and the one that is written there."""
    found = []
    if desk.actor.may("seasons"):
        open_on = desk.node.seasons.open_on(desk.actor)
        found = [one for plot in sheet.plots for one in open_on.get(plot, ())]
    pairs = {one.id: desk.words.name(one.names, one.id) for one in found}
    season = sheet.given.get("season")
    if isinstance(season, str) and season:
        pairs.setdefault(season, naming(season))
    return list(pairs.items())


def _others(desk: Desk, sheet: Sheet, naming: Naming) -> list[Other]:
    """Plots where the same grows now: what was done here was often done there too."""
    if not desk.actor.may("plots") or not desk.actor.may("seasons"):
        return []
    open_on, kind = desk.node.seasons.open_on(desk.actor), _template_of(desk, sheet)
    held: list[Held] = [
        one
        for one in desk.node.plots.seen_by(desk.actor)
        if one.id not in sheet.plots and _same(open_on.get(one.id, ()), sheet, kind) is not None
    ]
    return [
        Other(one.id, desk.words.name(one.names, one.id),
              naming.person(one.member) if one.member else "", one.id in sheet.also)
        for one in held[:MOST_ALSO]
    ]  # fmt: skip


def values_of_draft(draft: Draft) -> Mapping[str, Any]:
    """What a draft holds, as it was typed."""
    found = json.loads(draft.values)
    return found if isinstance(found, dict) else {}
