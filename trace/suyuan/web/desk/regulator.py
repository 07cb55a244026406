"""The regulator's first page: what stands out in the area, each list with the records behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.responses import Response

from suyuan.core.epcis.known import canonical
from suyuan.core.errors import Forbidden, NotFound, Refused, TooLarge
from suyuan.core.farm.fill import day_of_people
from suyuan.core.story_face import CertificateFace
from suyuan.core.visibility import covers
from suyuan.flow.cold import cold_cases
from suyuan.flow.watch import IN_SEASON, Mark, Marked
from suyuan.ports.accounts import Organisation
from suyuan.ports.books import DeedQuery
from suyuan.web.desk.deps import Desk, DeskDep
from suyuan.web.desk.places import Place
from suyuan.web.desk.stock import shown
from suyuan.web.desk.told import Row, rows
from suyuan.web.wording import word

router = APIRouter(tags=["pages"], include_in_schema=False)
place = Place(
    "regulator", "/desk/regulator", "inspect", also=("/desk/brands", "/desk/codes", "/desk/scans")
)

LISTS: dict[str, tuple[Mark | None, str, str]] = {
    "overrides": ("override", word("Overrides"), word("A named person let a rule not hold")),
    "imbalances": (None, word("Imbalances"), word("Inputs of which more went out than came in")),
    "late": ("late", word("Late entries"), word("Entered long after the deed")),
    "failed": ("failed", word("Failed tests"), word("Tests that were not passed")),
    "certificates": (
        "certificate",
        word("Certificates of compliance"),
        word("Issued in this time; which hold, and which were voided"),
    ),
    "voided": ("voided", word("Certificates voided"), word("Taken back by who issued them")),
    "refused": ("refused", word("Refused by a market"), word("Goods that a market did not let in")),
    "left": (
        None,
        word("Left while stopped"),
        word("Sent off or sold though it was on hold or recalled"),
    ),
    "held": ("held", word("Holds and recalls"), word("Put on hold or recalled, and let go again")),
    "silent": (None, word("Gone silent"), word("No record for a while, with a season open")),
}
"""By the last part of the address: mark, title, what it is."""
PER_PAGE = 50
SILENT_DAYS = 14
BEHIND = 12
"""Records that are named behind a line: the newest."""
NOTHING = (0, "")
AT_A_GLANCE = 500
"""Records of loggers that the first page judges for its figure."""
PERIOD = 90
"""Days that a list begins with."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The filters, as they stand in the address."""

    since: date
    until: date
    organisation: str
    days: int
    page: int

    def address(self, what: str = "", **more: object) -> str:
        given: dict[str, object] = {
            "from": self.since.isoformat(),
            "to": self.until.isoformat(),
            "days": self.days,
            **({"organisation": self.organisation} if self.organisation else {}),
            **more,
        }
        return f"/desk/regulator{'/' + what if what else ''}?{urlencode(given)}"


def area_of(desk: Desk) -> list[Organisation]:
    """Organisations of the regulator's area, its own office apart."""
    desk.actor.require("inspect")
    return [
        one
        for one in desk.node.database.accounts.organisations()
        if one.id != desk.actor.organisation and covers(desk.actor.county, one.county)
    ]


def names_for(desk: Desk, names: Sequence[str], mark: Mark) -> list[str]:
    """Whose records a list is made of: an authority's own holds are holds in its area, too."""
    return [*names, desk.actor.organisation] if mark == "held" else list(names)


def asked_of(desk: Desk) -> tuple[Asked, Refused | None]:
    """The filters, and what is wrong with them; what is wrong stays at what it begins with."""
    given = desk.request.query_params
    today = desk.node.watch.today()
    problem: Refused | None = None
    found = {"from": today - timedelta(days=PERIOD), "to": today}
    for name in found:
        text = given.get(name, "").strip()
        day = day_of_people(text) if text else found[name]
        if day is None:
            problem = Refused(
                "{value} is no day; write it as 2026-09-17", path=f"/{name}", value=text[:40]
            )
        else:
            found[name] = day
    text = given.get("days", "").strip() or str(SILENT_DAYS)
    days = int(text) if text.isdecimal() and len(text) < 4 else 0
    if not 1 <= days <= IN_SEASON:
        problem = Refused("write a number of days from 1 to {most}", path="/days", most=IN_SEASON)
        days = SILENT_DAYS
    page = given.get("page", "1")
    number = int(page) if page.isdecimal() and len(page) < 6 else 1
    return (
        Asked(found["from"], found["to"], given.get("organisation", ""), days, max(1, number)),
        problem,
    )


@router.get("/desk/regulator")
def overview(desk: DeskDep) -> Response:
    """How many of each, and where to go from here."""
    area = area_of(desk)
    asked, problem = asked_of(desk)
    names = [one.id for one in area]
    watch = desk.node.watch
    counts = {
        what: watch.count(names_for(desk, names, mark), mark, since=asked.since, until=asked.until)
        for what, (mark, _, _) in LISTS.items()
        if mark is not None
    }
    counts["imbalances"] = len(watch.imbalances(names))
    counts["left"] = len(escaped(desk, names, asked))
    counts["silent"] = len(watch.silent(names, asked.days))
    tiles: list[tuple[str, int | str, str, str]] = [
        (asked.address(what), counts[what], desk.words(title), _hint(desk, what, hint, asked))
        for what, (_, title, hint) in LISTS.items()
    ]
    odd = desk.node.scans.store.count_cases([*names, desk.actor.organisation], state="open")
    hint = desk.words("Read where or when their pack should not have been")
    tiles.append(("/desk/scans", odd, desk.words("Codes that stand out"), hint))
    tiles.append(_cold(desk, names, asked))
    late = desk.node.cases.count_overdue(names)
    tiles.append(
        ("/desk/cases?overdue=1" if late else "/desk/cases", late,
         desk.words("Reports from the public"), desk.words("Past their time limit"))
    )  # fmt: skip
    recorded = watch.recorded(names)
    listed = [(one, called(desk, one), *recorded.get(one.id, NOTHING)) for one in area]
    return desk.page(
        "regulator.html",
        problem=problem,
        tiles=tiles,
        asked=asked,
        organisations=sorted(listed, key=lambda row: row[1]),
        address=lambda one: f"/desk/regulator/organisation?{urlencode({'id': one.id})}",
    )


def escaped(desk: Desk, names: Sequence[str], asked: Asked) -> list[int]:
    """Records by which these organisations let go what anybody here had stopped, newest first."""
    node = desk.node
    holders = [one.id for one in node.database.accounts.organisations()]
    return node.escaped.records(
        desk.actor.viewer, holders, frozenset(names), since=asked.since, until=asked.until
    )


def _cold(desk: Desk, names: list[str], asked: Asked) -> tuple[str, int | str, str, str]:
    """The tile of the cold chains: how many cases, or dots where that rests on too many records."""
    count: int | str
    try:
        found = cold_cases(
            desk.node.watch, desk.node.judge, desk.actor.viewer, names, asked.since, asked.until,
            most=AT_A_GLANCE,
        )  # fmt: skip
        count = sum(len(findings) for findings in found.values())
    except TooLarge:
        count = "…"
    hint = desk.words("Out of their temperatures, and sensors that fell silent")
    address = asked.address().replace("/desk/regulator", "/desk/cold", 1)
    return address, count, desk.words("Cold chain"), hint


def _hint(desk: Desk, what: str, hint: str, asked: Asked) -> str:
    if what == "silent":
        return desk.words("No record for more than {days} days", days=asked.days)
    if what == "late":
        most = desk.node.watch.threshold
        if most is None:
            return desk.words("How late is too late is not stated")
        return desk.words("More than {days} days after the deed", days=most)
    return desk.words(hint)


@router.get("/desk/regulator/organisation")
def organisation(desk: DeskDep) -> Response:
    """One organisation's timeline, inspections of it among its own records."""
    wanted = desk.request.query_params.get("id", "")
    one = next((one for one in area_of(desk) if one.id == wanted), None)
    if one is None:
        raise NotFound("no organisation {id}", id=wanted[:200])
    watch = desk.node.watch
    lines = [line for line in watch.stock(one.id) if not line.balances]
    return desk.page(
        "regulator_organisation.html",
        one=one,
        name=called(desk, one),
        rows=timeline(desk, one.id),
        lines=shown(desk, one.id, lines, "", by_member=False),
        counted=watch.recorded([one.id]).get(one.id, NOTHING),
        inspect=f"/desk/regulator/inspect?{urlencode({'of': one.id})}",
    )


def timeline(desk: Desk, organisation: str, limit: int = PER_PAGE) -> list[Row]:
    """The newest records of an organisation, and what authorities of the node recorded of it."""
    books, viewer = desk.node.books, desk.actor.viewer
    own = books.find(viewer, DeedQuery(organisation, limit=limit)).lines
    of_it = inspections_of(desk, organisation, limit)
    every = sorted(
        {line.deed.index: line for line in (*own, *of_it)}.values(),
        key=lambda line: (line.deed.day, line.deed.index or 0),
        reverse=True,
    )
    return rows(desk, every[:limit])


def inspections_of(desk: Desk, organisation: str, limit: int) -> list[Any]:
    """Inspections and samplings that name the organisation or a thing of its records."""
    node = desk.node
    offices = [one.id for one in node.database.accounts.organisations()]
    found = node.watch.naming(offices, "inspection", canonical(organisation), limit=limit)
    return node.books.named(desk.actor.viewer, organisation, [one.index for one in found])


@router.get("/desk/regulator/{what}")
def listed(desk: DeskDep, what: str) -> Response:
    """One of the lists."""
    if what not in LISTS:
        raise NotFound("there is no list {name}", name=what[:40])
    mark, title, hint = LISTS[what]
    area = area_of(desk)
    asked, problem = asked_of(desk)
    names = [one.id for one in area if asked.organisation in ("", one.id)]
    watch = desk.node.watch
    context: dict[str, Any] = {"rows": [], "silent": [], "lines": [], "states": {}}
    start = (asked.page - 1) * PER_PAGE
    if mark is not None:
        if not asked.organisation:
            names = names_for(desk, names, mark)
        count = watch.count(names, mark, since=asked.since, until=asked.until)
        found = watch.marked(
            names, mark, since=asked.since, until=asked.until, limit=PER_PAGE, skip=start
        )
        context["rows"] = _rows(desk, found)
        if mark == "certificate":
            context["states"] = states_of(desk, [one.index for one in found])
    elif what == "left":
        gone = escaped(desk, names, asked)
        count = len(gone)
        lines = desk.node.books.lines(desk.actor.viewer, gone[start : start + PER_PAGE])
        context["rows"] = [(row, None) for row in rows(desk, lines)]
    elif what == "silent":
        quiet = watch.silent(names, asked.days)
        count = len(quiet)
        by_id = {one.id: called(desk, one) for one in area}
        context["silent"] = [
            (one, by_id[one.organisation], _organisation_address(one.organisation))
            for one in quiet[start : start + PER_PAGE]
        ]
    else:
        uneven = watch.imbalances(names)
        count = len(uneven)
        by_id = {one.id: called(desk, one) for one in area}
        part = uneven[start : start + PER_PAGE]
        told = shown(desk, "", [line for _, line in part], "", by_member=False)
        context["lines"] = [
            (by_id[name], one, watch.behind(name, one.line, limit=BEHIND))
            for (name, _), one in zip(part, told, strict=True)
        ]
    return desk.page(
        "regulator_list.html",
        problem=problem,
        what=what,
        title=desk.words(title),
        hint=_hint(desk, what, hint, asked),
        count=count,
        asked=asked,
        organisations=[("", desk.words("The whole area")),
                       *((one.id, called(desk, one)) for one in area)],
        dated=mark is not None or what == "left",
        before=asked.address(what, page=asked.page - 1) if asked.page > 1 else "",
        after=asked.address(what, page=asked.page + 1) if start + PER_PAGE < count else "",
        all_=f"/desk/regulator/{what}",
        save=lambda form: asked.address(f"save/{what}.{form}"),
        **context,
    )  # fmt: skip


def _rows(desk: Desk, found: Sequence[Marked]) -> list[tuple[Row, Marked]]:
    lines = desk.node.books.lines(desk.actor.viewer, [one.index for one in found])
    by_index = {one.index: one for one in found}
    return [(row, by_index[row.index]) for row in rows(desk, lines)]


def states_of(desk: Desk, indices: Sequence[int]) -> dict[int, CertificateFace]:
    """Of each record that issued a certificate: how that stands now."""
    found: dict[int, CertificateFace] = {}
    for line in desk.node.books.lines(desk.actor.viewer, indices):
        looked = desk.node.register.look(desk.actor.viewer, line.deed.event_id or "")
        if line.deed.index is not None and looked is not None:
            found[line.deed.index] = desk.node.certificates.state(looked)
    return found


def _organisation_address(name: str) -> str:
    return f"/desk/regulator/organisation?{urlencode({'id': name})}"


def called(desk: Desk, one: Organisation) -> str:
    return one.name_zh if desk.words.language == "zh" else one.name_en


@router.get("/desk/timeline")
def own_timeline(desk: DeskDep) -> Response:
    """One's own organisation's newest records, with inspections of it by an authority."""
    if desk.actor.require("see records") == "own":
        raise Forbidden("your role does not allow this; ask who gave you your log-in")
    return desk.page("timeline.html", rows=timeline(desk, desk.actor.organisation))
