"""Lots: the list, and one lot with all it came from and all that became of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from types import SimpleNamespace
from urllib.parse import quote, urlencode

from fastapi import APIRouter
from markupsafe import Markup
from starlette.responses import Response

from suyuan.core.digital_link import CANONICAL_HOST
from suyuan.core.errors import Forbidden
from suyuan.core.lineage.amounts import Total
from suyuan.core.lineage.standing import Standing
from suyuan.core.lineage.steps import Balance, Part, Step, balance
from suyuan.core.story_steps import HARVESTED, title_of
from suyuan.core.story_values import Quantity
from suyuan.flow.ground import HERE
from suyuan.flow.tracing import Trace
from suyuan.web.desk.deps import Desk, DeskDep
from suyuan.web.desk.gates import of_lot
from suyuan.web.desk.lineage_graph import Node, graph
from suyuan.web.desk.overseen import overseen
from suyuan.web.desk.places import Place
from suyuan.web.desk.told import Called
from suyuan.web.wording import word

router = APIRouter(tags=["pages"], include_in_schema=False)
place = Place(
    "lots", "/desk/lots", "lots",
    also=("/desk/certificates", "/desk/gates", "/desk/recall", "/desk/check-in/links"),
)  # fmt: skip

PAGE = 50
SHOWN = 120
"""Things each way whose steps stand in the tables."""
_TITLES = {"put": word("Put into"), "pack": word("Pack of the lot")}
VERDICTS: Mapping[str, str] = {
    "even": word("as much came out as went in"),
    "less": word("{amount} less came out"),
    "more": word("{amount} more came out than went in"),
    "unsaid": word("not known: an amount is not said"),
    "differs": word("not known: the units do not convert"),
    "open": word("only one side is recorded"),
    "grown": word("a harvest: what grew is not weighed against seed and fertiliser"),
}


@dataclass(frozen=True, slots=True)
class Thing:
    """Something with a page of its own, and how much of it."""

    name: str
    href: str
    amount: str


@dataclass(frozen=True, slots=True)
class Told:
    """A step as the table shows it."""

    level: int
    title: str
    day: str
    who: str
    inputs: tuple[Thing, ...]
    outputs: tuple[Thing, ...]
    balance: str
    mark: str
    records: tuple[int, ...]
    season: str
    hidden: int


def require(desk: Desk) -> None:
    """Lots are for who handles them, and for who looks over them."""
    if not (desk.actor.may("lots") or desk.actor.may("inspect") or desk.actor.may("settings")):
        raise Forbidden("your role does not allow this; ask who gave you your log-in")


_PRODUCT = re.compile(r"/(01|product)/[^/]+$")
"""A GTIN, or a product that people named at the desk; no lot of either."""


def href(name: str) -> str:
    """The desk's page of a thing."""
    if name.startswith(f"{CANONICAL_HOST}/"):
        return f"/desk/lots/{quote(name[len(CANONICAL_HOST) + 1 :], safe='/')}"
    return f"/desk/lots/thing?{urlencode({'of': name})}"


@router.get("/desk/lots")
def lots(desk: DeskDep) -> Response:
    """Every lot that records of the organisation, or of an authority's area, name; the newest first."""
    require(desk)
    asked = desk.request.query_params
    find = asked.get("find", "").strip()[:100]
    day, _, thing = asked.get("after", "").partition(" ")
    store, whose = desk.node.tracing.store, overseen(desk, asked.get("organisation", ""))
    found = store.lots(
        whose.names,
        text=find,
        products=_products(desk, find, whose.names),
        after=(day, thing) if thing else None,
        limit=PAGE + 1,
    )
    shown = found[:PAGE]
    called = Called(desk, {one.thing for one in shown})
    states = desk.node.recalling.states(one.thing for one in shown)
    last = shown[-1] if len(found) > PAGE else None
    kept = {"find": find, "organisation": whose.chosen}
    kept = {name: value for name, value in kept.items() if value}
    return desk.page(
        "lots.html",
        rows=[
            (
                href(one.thing),
                called(one.thing),
                _day(desk, one.day),
                one.deeds,
                states.get(one.thing),
            )
            for one in shown
        ],
        find=find,
        whose=whose,
        makes=desk.actor.scope("lots") == "organisation",
        next=f"/desk/lots?{urlencode({**kept, 'after': f'{last.day} {last.thing}'})}"
        if last
        else "",
        first="after" not in asked,
        may_ask=desk.actor.may("requests"),
        may_cases=desk.actor.may("cases"),
    )


def _products(desk: Desk, find: str, organisations: Sequence[str]) -> list[str]:
    """Products whose name has these words."""
    if not find:
        return []
    wanted = find.casefold()
    grounds = (desk.node.books.grounds.of(one) for one in organisations)
    return sorted({uri for ground in grounds for name, uri in ground.things.items()
                   if wanted in name.casefold() and _PRODUCT.search(uri)})  # fmt: skip


@router.get("/desk/lots/thing")
def thing(desk: DeskDep) -> Response:
    """One thing by its URI: a season, a carton, a pack of somebody else's numbering."""
    return shown(desk, desk.request.query_params.get("of", ""))


@router.get("/desk/lots/{path:path}")
def lot(desk: DeskDep, path: str) -> Response:
    """One lot."""
    return shown(desk, f"{CANONICAL_HOST}/{quote(path, safe='/!$&()*+,;=:@%')}")


def shown(desk: Desk, name: str) -> Response:
    """The page of one thing: where it is, what stands open, both ways as tables and as a graph."""
    require(desk)
    node, viewer = desk.node, desk.actor.viewer
    found = node.tracing.trace(viewer, name, most=SHOWN)
    where = node.recalling.where(viewer, found.subject, found.down)
    names = {part.thing for step in found.steps for part in (*step.inputs, *step.outputs)}
    names |= {one.owner for one in found.steps} | {one.season for one in found.steps}
    names |= {one.holder for one in where.accounts} | {one.party for one in where.handed}
    called = Called(desk, {one for one in {*names, *found.near, found.subject} if one})
    weights = node.recalling.weights(viewer, found.near)
    told = [_told(desk, step, called, weights) for step in found.steps]
    state = node.recalling.states([found.subject]).get(found.subject)
    above = node.recalling.above(found.up)[:5]
    called_above = Called(desk, {one for one, _ in above})
    return desk.page(
        "lot.html",
        subject=found.subject,
        name=called(found.subject),
        state=state,
        up=[one for one, step in zip(told, found.steps, strict=True) if step.side == "up"],
        down=[one for one, step in zip(told, found.steps, strict=True) if step.side == "down"],
        reached=(len(found.up.things), len(found.down.things)),
        more=found.more,
        hidden=len(found.up.hidden | found.down.hidden),
        erased=found.erased,
        where=_where(desk, where, called),
        open=[one for one in told if one.mark],
        drawing=_drawn(desk, found, called),
        above=[(href(one), called_above(one), desk.words(STATES[state])) for one, state in above],
        may_recall=desk.actor.scope("lots") == "organisation" or desk.actor.may("inspect"),
        ask=f"/desk/laboratories/ask?{urlencode({'of': found.subject})}"
        if desk.actor.caller.role == "recorder" and desk.actor.may("requests")
        else "",
        claims=[
            (
                one.verdict,
                desk.words.said(one.text),
                one.certificate.index if one.certificate else None,
            )
            for one in desk.node.claims.look(viewer, desk.actor.organisation, found.subject)
        ],
        act=f"/desk/recall?{urlencode({'of': found.subject})}",
        gates=of_lot(desk, found.subject),
        records=f"/desk/records?{urlencode({'season': found.subject})}",
    )


def _told(desk: Desk, step: Step, called: Called, weights: Mapping[str, Decimal]) -> Told:
    words = desk.words
    masses = balance(step, weights)
    title = (
        words(_TITLES[step.kind])
        if step.kind != "made"
        else words.said(HARVESTED)
        if step.grown
        else words.said(title_of({"type": "TransformationEvent", "bizStep": step.step}))
    )
    said, mark = "", ""
    if step.kind == "made":
        said = words(VERDICTS[masses.verdict], amount=_missing(masses))
        mark = "more" if masses.verdict == "more" else ""
        if masses.verdict in ("unsaid", "differs"):
            mark = "unknown"
    return Told(
        step.level,
        title,
        _day(desk, day_of(step.time)),
        called(step.owner) if step.owner else "",
        _things(desk, step.inputs, called),
        _things(desk, step.outputs, called),
        said,
        mark,
        step.records,
        called(step.season) if step.season else "",
        step.hidden,
    )


def _missing(masses: Balance) -> Quantity | str:
    if masses.missing is None or masses.unit is None:
        return ""
    return Quantity(float(abs(masses.missing)), _unit(masses.unit))


def _unit(unit: str) -> str:
    return "H87" if unit == "C62" else unit


def _things(desk: Desk, parts: Iterable[Part], called: Called) -> tuple[Thing, ...]:
    return tuple(
        Thing(
            called(part.thing) if part.thing else desk.words("a product without a lot"),
            href(part.thing) if part.thing else "",
            amount(desk, part.amount, part.unit),
        )
        for part in parts
    )


def amount(desk: Desk, value: str | None, unit: str | None) -> str:
    """An amount in the reader's words; "" where none is said."""
    if value is None or unit is None:
        return ""
    return desk.words.amount(Quantity(float(value), unit))


def summed(desk: Desk, total: Total) -> str:
    """A total in words, with what it leaves out."""
    words = desk.words
    parts = [words.amount(Quantity(float(value), _unit(unit))) for unit, value in total.sums]
    if total.unsaid:
        parts.append(words("{n} times without an amount", n=total.unsaid))
    return " + ".join(parts) or "0"


def _where(desk: Desk, where: Standing, called: Called) -> SimpleNamespace:
    words = desk.words
    accounts = [
        SimpleNamespace(
            holder=called(one.holder),
            came=summed(desk, one.came),
            used=summed(desk, one.used),
            sent=summed(desk, one.sent),
            sold=summed(desk, one.sold),
            gone=summed(desk, one.gone),
            left=words("not known")
            if one.left is None or one.unit is None
            else words.amount(Quantity(float(one.left), _unit(one.unit))),
            over=one.left is not None and one.left < 0,
        )
        for one in where.accounts
    ]
    handed = [
        SimpleNamespace(
            party=called(one.party) if one.party else words("nobody named"),
            amount=summed(desk, one.amount),
            sold=one.sold,
            confirmed=one.confirmed,
        )
        for one in where.handed
    ]
    return SimpleNamespace(accounts=accounts, handed=handed)


def _drawn(desk: Desk, found: Trace, called: Called) -> Markup:
    """The graph; empty where there is nothing but the thing itself."""
    states = desk.node.recalling.states(found.near)
    nodes = [
        Node(
            name,
            level,
            href(name),
            *_lines(desk, called(name), states.get(name)),
            states.get(name) or "",
        )
        for name, level in sorted(found.near.items(), key=lambda pair: (abs(pair[1]), pair[0]))
    ]
    # Of a step with thousands on both sides only what is drawn: else every pair of them.
    arrows = [
        (tail, head)
        for step in found.steps
        for tail in _near(found, step.inputs)
        for head in _near(found, step.outputs)
    ]
    counts: dict[int, int] = {}
    for walk, sign in ((found.up, -1), (found.down, 1)):
        for level in walk.things.values():
            counts[sign * level] = counts.get(sign * level, 0) + 1
    for level in found.near.values():
        if level:
            counts[level] -= 1
    hidden = {level: count for level, count in counts.items() if count > 0}
    if len(nodes) == 1 and not hidden:
        return Markup("")
    return graph(nodes, arrows, title=desk.words("What went into what"),
                 more=desk.words("{n} more", n="{n}"), hidden=hidden)  # fmt: skip


def _near(found: Trace, parts: Iterable[Part]) -> list[str]:
    """Names of what is shown among the parts of a step, each once."""
    names = (part.thing for part in parts)
    return list(dict.fromkeys(name for name in names if name is not None and name in found.near))


def _lines(desk: Desk, name: str, state: str | None) -> tuple[str, str]:
    first, _, second = name.rpartition(" ")
    said = STATES.get(state or "", "")
    second = f"{desk.words(said)} · {second}" if said else second
    return (first, second) if first else (second, "")


STATES: Mapping[str, str] = {"recalled": word("Recalled"), "held": word("On hold")}


def day_of(time: str) -> str:
    """The day in China of a time in UTC."""
    return (datetime.fromisoformat(time) + HERE).date().isoformat() if time else ""


def _day(desk: Desk, day: str) -> str:
    return desk.words.day(datetime.fromisoformat(day).date()) if day else ""


__all__ = ["amount", "day_of", "href", "router", "summed"]
