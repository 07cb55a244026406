"""Brands at the desk: apply, grant, suspend, withdraw; and each right's ledger of codes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.responses import Response

from suyuan.core.brand.authorisation import Authorisation, Standing, State, Terms
from suyuan.core.brand.ceiling import Ceiling
from suyuan.core.brand.codes import sums
from suyuan.core.errors import Forbidden, Malformed, Many, NotFound, Refused, SuyuanError
from suyuan.core.farm.fill import day_of_people
from suyuan.core.rules.amounts import area_in_mu
from suyuan.core.rules.case import HERE
from suyuan.core.rules.check import TEMPLATE
from suyuan.core.story_values import Quantity, local_day, names_of
from suyuan.flow.brand_sight import ledgers_seen, sees_ledger, watched
from suyuan.flow.codes import Account, kilograms_of
from suyuan.web.api.brands import state_of, terms_of
from suyuan.web.desk.deps import Desk, DeskDep
from suyuan.web.desk.told import Called
from suyuan.web.wording import word

router = APIRouter(tags=["pages"], include_in_schema=False)

STANDINGS: Mapping[Standing, tuple[str, str, str]] = {
    "applied": (word("applied for"), "clock", "is-attention"),
    "granted": (word("granted"), "tick", "is-ours"),
    "suspended": (word("suspended"), "stop", "is-attention"),
    "withdrawn": (word("withdrawn"), "cross", "is-alarm"),
    "early": (word("granted, begins later"), "clock", "is-ours"),
    "expired": (word("expired"), "clock", "is-attention"),
}
STEPS: Mapping[State, str] = {
    "applied": word("Applied for"),
    "granted": word("Granted"),
    "suspended": word("Suspended"),
    "withdrawn": word("Withdrawn"),
}
DONE: Mapping[State, str] = {
    "applied": word("Applied for. The brand's owner grants it."),
    "granted": word("Granted. Codes can be issued from its first day on."),
    "suspended": word("Suspended. No codes are issued now, and the packs' pages say so."),
    "withdrawn": word("Withdrawn. The packs' pages say so."),
}
_NUMBERS = ("area", "volume")


def require(desk: Desk) -> None:
    """Who prints labels, who looks over them, who keeps the node."""
    if not any(desk.actor.may(power) for power in ("labels", "inspect", "tables")):
        raise Forbidden("your role does not allow this; ask who gave you your log-in")


@dataclass(frozen=True, slots=True)
class Row:
    """A right as a list shows it."""

    href: str
    brand: str
    product: str
    who: str
    said: str
    icon: str
    tone: str
    since: Any
    until: Any


@router.get("/desk/brands")
def start(desk: DeskDep) -> Response:
    """One's own rights, those one grants, and those of one's area."""
    require(desk)
    brands, actor = desk.node.brands, desk.actor
    every = brands.authorisations(actor.viewer)
    known = brands.all()
    owned = {one.id for one in known if one.owner == actor.organisation}
    own, asked, others = list[Authorisation](), list[Authorisation](), list[Authorisation]()
    for one in every:
        ours = one.terms.organisation == actor.organisation
        (own if ours else asked if one.terms.brand in owned else others).append(one)
    area = ledgers_seen(actor.viewer, brands, others)
    return desk.page(
        "brands.html",
        own=_rows(desk, own),
        asked=_rows(desk, asked),
        area=_rows(desk, area),
        brands=[(desk.words.name(one.names), one.owner == actor.organisation) for one in known],
        signs=actor.may("sign and file"),
        odd=desk.node.scans.store.count_cases(
            watched(actor.viewer, desk.node.accounts), state="open"
        ),
    )


def _rows(desk: Desk, found: list[Authorisation]) -> list[Row]:
    names = {name for one in found
             for name in (one.terms.brand, one.terms.product, one.terms.organisation)}  # fmt: skip
    called, today = Called(desk, names), desk.node.brands.today
    rows = []
    for one in found:
        said, icon, tone = STANDINGS[one.standing(today)]
        terms = one.terms
        rows.append(
            Row(
                href_of(one.id), called(terms.brand), called(terms.product),
                called(terms.organisation), desk.words(said), icon, tone, terms.since, terms.until,
            )
        )  # fmt: skip
    return rows


def href_of(authorisation: str) -> str:
    return f"/desk/brands/one?{urlencode({'id': authorisation})}"


# -- a brand of one's own ----------------------------------------------------------------------------


@router.get("/desk/brands/new")
def new(desk: DeskDep) -> Response:
    """The form of a brand that one owns."""
    require(desk)
    return desk.page("brand_new.html", given={})


@router.post("/desk/brands/new")
def add(desk: DeskDep) -> Response:
    require(desk)
    desk.actor.require("sign and file")
    given = {name: desk.given(name).strip() for name in ("zh", "en", "counties")}
    counties = given["counties"].replace("，", " ").replace(",", " ").replace("、", " ").split()
    try:
        if not given["zh"]:
            raise Refused("say what it is called", path="/zh")
        if wrong := [one for one in counties if not re.fullmatch("[0-9]{6}", one)]:
            raise Refused("{code} is no county code of six digits", path="/counties", code=wrong[0])
        name = f"{desk.node.settings.uri_base}brand/{desk.node.brands.randomness.salt()}"
        master: dict[str, Any] = {
            "id": name, "type": "Brand", "name": {"zh": given["zh"], "en": given["en"] or given["zh"]},
        }  # fmt: skip
        if counties:
            master["suyuan:counties"] = counties
        desk.node.masters.record(desk.actor.caller, [("", master)])
    except Refused as problem:
        return desk.page("brand_new.html", given=given, problem=problem)
    return desk.go("/desk/brands", desk.words("The brand is recorded; others can apply for it."))


# -- applying ----------------------------------------------------------------------------------------


@router.get("/desk/brands/apply")
def form(desk: DeskDep) -> Response:
    require(desk)
    year = desk.node.brands.today.year
    return _form(desk, {"from": f"{year}-01-01", "to": f"{year}-12-31", "person": desk.actor.name})


@router.post("/desk/brands/apply")
def apply(desk: DeskDep) -> Response:
    require(desk)
    desk.actor.require("sign and file")
    names = ("brand", "product", "area", "volume", "template", "from", "to", "person")
    given = {name: desk.given(name).strip() for name in names}
    plots = [one for one in desk.form.getlist("plots") if isinstance(one, str)]
    try:
        terms = _terms(desk, given, desk.actor.organisation, plots)
        name = desk.node.brands.apply(
            desk.actor.caller, terms, person=given["person"], typed_by=desk.actor.uri
        )
    except Refused as problem:
        return _form(desk, given, problem, plots)
    return desk.go(href_of(name), desk.words(DONE["applied"]))


def _form(
    desk: Desk, given: dict[str, str], problem: SuyuanError | None = None, chosen: Any = ()
) -> Response:
    words = desk.words
    products = [
        (str(one.master["id"]), words.name(names_of(one.master.get("name")), str(one.master["id"])))
        for one in desk.node.masters.of(desk.actor.viewer, limit=500)
        if one.master.get("type") == "Product" and "/01/" in str(one.master["id"])
    ]
    ground = desk.node.books.grounds.of(desk.actor.organisation)
    plots = sorted(((uri, name) for name, uri in (ground.plots or {}).items()), key=lambda p: p[1])
    return desk.page(
        "brand_apply.html",
        problem=_at_fields(problem),
        given=given,
        brands=[
            ("", words("choose")),
            *((b.id, words.name(b.names)) for b in desk.node.brands.all()),
        ],
        products=[("", words("choose")), *products],
        templates=templates(desk),
        plots=plots,
        chosen=chosen,
    )


def templates(desk: Desk) -> list[tuple[str, str]]:
    """Crop templates by name, and none."""
    found = desk.node.rulebook.all(TEMPLATE)
    return [
        ("", desk.words("not stated")),
        *((one.id, desk.words.name(names_of(one.document.get("name")), one.id)) for one in found),
    ]


def _terms(desk: Desk, given: Mapping[str, str], organisation: str, plots: list[str]) -> Terms:
    """What the form says; Many, at its fields."""
    problems: list[SuyuanError] = []
    document: dict[str, Any] = {}
    if not given.get("brand"):
        problems.append(Refused("choose a brand", path="/brand"))
    if not given.get("product"):
        problems.append(Refused("choose a product", path="/product"))
    document.update((name, given[name]) for name in ("brand", "product") if given.get(name))
    for name in ("from", "to"):
        day = day_of_people(given.get(name, ""))
        if day is None:
            wrong = given.get(name, "")[:40]
            message = "{value} is no day; write it as 2026-09-17"
            problems.append(Refused(message, path=f"/{name}", value=wrong))
        else:
            document[name] = day.isoformat()
    for name, unit, code in (("area", "unit", "亩"), ("volume", "uom", "KGM")):
        text = given.get(name, "").replace(",", "")
        if not text:
            continue
        try:
            number = float(text)
        except ValueError:
            number = 0.0
        if not 0 < number < 1e9:
            problems.append(Refused("a number above zero belongs here", path=f"/{name}"))
        else:
            document[name] = {"value": number, unit: code}
    if "from" in document and "to" in document and document["to"] < document["from"]:
        problems.append(Refused("the last day comes behind the first", path="/to"))
    if problems:
        raise problems[0] if len(problems) == 1 else Many(problems)
    if plots:
        document["plots"] = plots
    if given.get("template"):
        edition = desk.node.rulebook.history(given["template"])[0]
        document["template"] = {"id": edition.id, "digest": edition.digest}
    return terms_of(document, organisation)


def _at_fields(problem: SuyuanError | None) -> SuyuanError | None:
    for part in getattr(problem, "errors", [problem] if problem else []):
        part.path = part.path.replace("/suyuan:authorisation", "")
    return problem


# -- one right and its ledger ------------------------------------------------------------------------


@router.get("/desk/brands/one")
def one(desk: DeskDep) -> Response:
    require(desk)
    return _one(desk, desk.request.query_params.get("id", ""))


@router.post("/desk/brands/one")
def turn(desk: DeskDep) -> Response:
    """Grant, suspend, withdraw."""
    require(desk)
    desk.actor.require("sign and file")
    name, given = (
        desk.given("id"),
        {n: desk.given(n).strip() for n in ("person", "reason", *_NUMBERS)},
    )
    brands = desk.node.brands
    try:
        state = state_of(desk.given("state"))
        known = brands.one(name, desk.actor.viewer).terms
        terms = None
        if state == "granted":
            days = {"from": known.since.isoformat(), "to": known.until.isoformat()}
            whole = {**days, **given, "brand": known.brand, "product": known.product}
            whole["template"] = desk.given("template")
            terms = _terms(desk, whole, known.organisation, list(known.plots))
            outside = [plot for plot, inside in _plots(desk, name).items() if inside is False]
            if outside:
                raise Refused(
                    "{plot} lies outside the brand's area; it cannot be granted with this plot",
                    path="/state", plot=Called(desk, {outside[0]})(outside[0]),
                )  # fmt: skip
        brands.turn(
            desk.actor.caller, name, state, person=given["person"], reason=given["reason"],
            terms=terms, typed_by=desk.actor.uri,
        )  # fmt: skip
    except NotFound:
        raise
    except Refused as problem:
        return _one(desk, name, problem, given)
    return desk.go(href_of(name), desk.words(DONE[state]))


def _plots(desk: Desk, name: str) -> Mapping[str, bool | None]:
    return desk.node.codes.plots(desk.node.brands.one(name))


def _one(
    desk: Desk,
    name: str,
    problem: SuyuanError | None = None,
    given: Mapping[str, str] | None = None,
) -> Response:
    brands, words = desk.node.brands, desk.words
    found = brands.one(name, desk.actor.viewer)
    terms, brand = found.terms, brands.brand(found.terms.brand)
    ledger = sees_ledger(desk.actor.viewer, brands, found)
    account = desk.node.codes.account(found)
    owner = brand.owner == desk.actor.organisation
    steps = [(s, words(STEPS[s.state])) for s in reversed(found.steps)]
    called = Called(desk, {terms.brand, terms.product, terms.organisation, brand.owner, *terms.plots,
                           *(s.by for s in found.steps)})  # fmt: skip
    said, icon, tone = STANDINGS[found.standing(brands.today)]
    may: list[State] = []
    if owner:
        may = {"applied": ["granted", "withdrawn"], "granted": ["granted", "suspended", "withdrawn"],
               "suspended": ["granted", "withdrawn"], "withdrawn": []}[found.state]  # type: ignore[assignment]  # fmt: skip
    elif found.state == "applied" and terms.organisation == desk.actor.organisation:
        may = ["withdrawn"]
    if not desk.actor.may("sign and file"):
        may = []
    return desk.page(
        "brand_one.html",
        problem=_at_fields(problem),
        found=found,
        href=href_of(found.id),
        brand=called(terms.brand),
        product=called(terms.product),
        who=called(terms.organisation),
        owner=called(brand.owner),
        standing=(words(said), icon, tone),
        terms=terms,
        area=_amount(desk, terms.area, "unit"),
        volume=_amount(desk, terms.volume, "uom"),
        template=_template(desk, terms),
        plots=[(called(plot), inside) for plot, inside in desk.node.codes.plots(found).items()],
        steps=[
            SimpleNamespace(
                said=title, by=called(s.by), reason=s.reason, person=s.person, index=s.index,
                day=words.day(local_day(s.time, HERE)),
            )
            for s, title in steps
        ],
        ledger=_ledger(desk, account) if ledger else None,
        may=may,
        templates=templates(desk),
        given={
            "person": desk.actor.name, "reason": "",
            "area": _plain(area_in_mu(terms.area)), "volume": _plain(kilograms_of(terms.volume)),
            "template": (terms.template or {}).get("id", ""), **(given or {}),
        },
        issue=f"/desk/codes/new?{urlencode({'product': terms.product})}"
        if terms.organisation == desk.actor.organisation and desk.actor.may("labels") else "",
    )  # fmt: skip


def _plain(value: Decimal | None) -> str:
    """As the form's fields take it, which are in mu and kilograms whatever was applied for."""
    return "" if value is None else f"{value.normalize():f}"


def _amount(desk: Desk, value: Mapping[str, Any] | None, unit: str) -> str:
    if not value:
        return ""
    return desk.words.amount(Quantity(float(value["value"]), str(value[unit])))


def _template(desk: Desk, terms: Terms) -> str:
    if terms.template is None:
        return ""
    named = str(terms.template["id"])
    try:
        names = names_of(desk.node.rulebook.history(named)[0].document.get("name"))
    except (NotFound, Malformed):
        names = None
    return desk.words.name(names, named)


def _ledger(desk: Desk, account: Account) -> SimpleNamespace:
    """Figures, the bar, and the issues behind them."""
    found, most = account.sums, account.ceiling.packs
    whole = max(most or 0, found.used, 1)
    parts, at = [], 0.0
    for kind, count in (
        ("active", found.active), ("waiting", found.waiting),
        ("left", max(0, (most or 0) - found.used)),
    ):  # fmt: skip
        width = round(100 * count / whole, 2)
        parts.append((kind, round(at, 2), width))
        at += width
    return SimpleNamespace(
        most=most, sums=found, left=account.left, verdict=account.judged(), parts=parts,
        mark=round(100 * most / whole, 2) if most is not None else None,
        percent=found.used * 100 // most if most else None,
        factor=account.factor, why=_why(desk, account.ceiling),
        issues=[
            SimpleNamespace(
                record=issue.record, lot=issue.lot.rpartition("/10/")[2], count=issue.count,
                sums=sums([issue]), day=local_day(issue.time, HERE) if issue.time else None,
            )
            for issue in account.issues
        ],
    )  # fmt: skip


def _why(desk: Desk, ceiling: Ceiling) -> list[tuple[str, str]]:
    """What the ceiling is made of, line by line."""
    words = desk.words

    def kg(value: Any) -> str:
        return words.amount(Quantity(float(value), "KGM")) if value is not None else ""

    return [
        (words("Area"), words.amount(Quantity(float(ceiling.area), "亩")) if ceiling.area else ""),
        (words("A mu gives at most"), kg(ceiling.each)),
        (words("Net weight of a pack"), kg(ceiling.net)),
        (words("Authorised volume"), kg(ceiling.volume)),
    ]
