"""A lot's two gates at the desk: what each rule says, and the release as a record."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.responses import Response

from suyuan.core.errors import Blocked, Forbidden, NotFound, Refused, SuyuanError, TooLarge
from suyuan.core.farm.deed import Deed
from suyuan.core.identifiers import product_of
from suyuan.core.rules.finding import Finding
from suyuan.core.rules.market import told as check_in_of
from suyuan.core.rules.override import Overriding
from suyuan.core.rules.product import label_of
from suyuan.core.story_values import Quantity, quantity_of, text_of
from suyuan.flow.gates import Gate, Gates, State
from suyuan.web.desk.deps import Desk, DeskDep
from suyuan.web.desk.overseen import overseen
from suyuan.web.desk.telling import Told, told
from suyuan.web.desk.told import Called
from suyuan.web.wording import Wording, word

router = APIRouter(tags=["pages"], include_in_schema=False)

STATES: dict[State, tuple[str, str, str]] = {
    "open": ("ours", "tick", word("open: nothing stands against it")),
    "unknown": ("attention", "ask", word("not all that it takes is stated")),
    "closed": ("alarm", "stop", word("closed: something stands against it")),
}
"""Tone, sign, word."""
NAMES = {"origin": word("Release at origin"), "market": word("Check-in at a market")}
_CHINESE = {"origin": "产地准出", "market": "市场准入"}


@dataclass(frozen=True, slots=True)
class Shown:
    """One gate as a page shows it."""

    name: str
    chinese: str
    tone: str
    sign: str
    said: str
    findings: list[Told]


@dataclass(frozen=True, slots=True)
class CheckedIn:
    """A market's word, as a page shows it."""

    accepted: bool
    market: str
    day: str
    quantity: str
    reason: str
    index: int | None


def gate_shown(gate: Gate, words: Wording) -> Shown:
    tone, sign, said = STATES[gate.state]
    findings = told(gate.findings, words)
    return Shown(words(NAMES[gate.name]), _CHINESE[gate.name], tone, sign, words(said), findings)


def check_in_shown(deed: Deed, words: Wording) -> CheckedIn:
    """What is not shown to the reader is not there."""
    given = check_in_of(deed)
    raw = deed.event.get("suyuan:quantity")
    quantity = quantity_of(raw)
    said = text_of(raw.get("said")) if isinstance(raw, dict) else None
    amount = words.amount(Quantity(quantity.amount, quantity.unit)) if quantity else ""
    return CheckedIn(
        given.get("verdict") == "accepted",
        given.get("market", ""),
        words.day(deed.day),
        said if said and words.language == "zh" else amount,
        text_of(deed.stated.get("reason")) or "",
        deed.index,
    )


def of_lot(desk: Desk, lot: str) -> SimpleNamespace | None:
    """What a lot's page says of its gates; None for what is no lot, or has too many records."""
    if "/10/" not in lot and "/lot/" not in lot:
        return None
    try:
        found = desk.node.gatekeeper.of(desk.actor.viewer, lot)
    except (NotFound, TooLarge):
        return None
    return SimpleNamespace(
        shown=[gate_shown(one, desk.words) for one in (found.origin, found.market)],
        released=_released(desk, found),
        checked=[check_in_shown(one, desk.words) for one in found.checked],
        page=f"/desk/gates?{urlencode({'of': lot})}",
        certificates=certificates_of(desk, lot),
        # What is bought to be used up is nobody's harvest.
        may=desk.actor.scope("lots") == "organisation" and not _is_input(desk, lot),
        new=f"/desk/certificates/new?{urlencode({'of': lot})}",
    )


def _is_input(desk: Desk, lot: str) -> bool:
    """Whether a lot is of a pesticide, a fertiliser, or another thing whose master data has a label."""
    product = product_of(lot) or lot.rpartition("/lot/")[0]
    masters = desk.node.judge.masters(desk.actor.viewer, {product}) if product else {}
    return label_of(masters.get(product, {})).kind is not None


def certificates_of(desk: Desk, lot: str) -> list[tuple[str, str, str]]:
    """(address, number, state) of one's own certificates of a lot; for an authority of those of its area
    that were issued, by their records."""
    own = desk.actor.organisation
    listed = desk.node.certificates.listed(overseen(desk).names, lot=lot)
    return [
        (
            f"/desk/certificates/{one.code}" if one.organisation == own
            else f"/desk/proof/{one.record}",
            one.number,
            one.state,
        )
        for _, one in listed
        if one.state != "unused" and (one.organisation == own or one.record is not None)
    ]  # fmt: skip


def _released(desk: Desk, found: Gates) -> list[tuple[str, int | None]]:
    return [(desk.words.day(one.day), one.index) for one in found.released]


def require(desk: Desk) -> None:
    """Lots are for who handles them, and for who looks over them."""
    if not (desk.actor.may("lots") or desk.actor.may("inspect") or desk.actor.may("settings")):
        raise Forbidden("your role does not allow this; ask who gave you your log-in")


@router.get("/desk/gates")
def page(desk: DeskDep) -> Response:
    """Both gates, and the form of the release."""
    require(desk)
    return _page(desk, desk.request.query_params.get("of", ""))


@router.post("/desk/gates")
def release(desk: DeskDep) -> Response:
    """Release it; behind each rule that is set aside stands a reason."""
    if desk.actor.scope("lots") != "organisation":
        raise Forbidden("your role does not allow this; ask who gave you your log-in")
    desk.actor.require("sign and file")
    lot, person = desk.given("of"), desk.given("person").strip()
    rules = [one for one in desk.form.getlist("rule") if isinstance(one, str)][:20]
    words = [
        Overriding(rule, person, reason, where=f"/reason/{number}")
        for number, rule in enumerate(rules)
        if (reason := desk.given(f"reason/{number}").strip())
    ]
    if words:
        desk.actor.require("override")
    try:
        indices = desk.node.gatekeeper.release(
            desk.actor.caller, lot, person=person, overrides=words, typed_by=desk.actor.uri
        )
    except NotFound:
        raise
    except Blocked:
        problem = Refused("rules stand against the release; each takes a reason", path="/reason/0")
        return _page(desk, lot, problem)
    except Refused as wrong:
        parts = getattr(wrong, "errors", [wrong])
        for part in parts:
            if part.path.startswith("/reason/") and part.path.endswith(("/person", "/reason")):
                part.path = part.path.rpartition("/")[0]
        return _page(desk, lot, wrong)
    said = desk.words("Released at origin: record {index}.", index=indices[-1])
    return desk.go(f"/desk/gates?{urlencode({'of': lot})}", said)


def _page(desk: Desk, lot: str, problem: SuyuanError | None = None) -> Response:
    found = desk.node.gatekeeper.of(desk.actor.viewer, lot)
    called = Called(desk, {found.lot})
    open_: dict[str, Finding] = {}
    for one in found.origin.findings:
        if one.open:
            open_.setdefault(one.name, one)
    return desk.page(
        "gates.html",
        problem=problem,
        lot=found.lot,
        name=called(found.lot),
        gates=[gate_shown(one, desk.words) for one in (found.origin, found.market)],
        released=_released(desk, found),
        checked=[check_in_shown(one, desk.words) for one in found.checked],
        rules=list(open_),
        blocks=told(open_.values(), desk.words),
        reasons=[desk.given(f"reason/{number}") for number in range(len(open_))],
        person=desk.given("person") or desk.actor.name,
        may=desk.actor.scope("lots") == "organisation" and desk.actor.may("sign and file"),
        may_override=desk.actor.may("override"),
        certificates=certificates_of(desk, found.lot),
        new=""
        if _is_input(desk, found.lot)
        else f"/desk/certificates/new?{urlencode({'of': found.lot})}",
        link=f"/desk/lots/thing?{urlencode({'of': found.lot})}",
    )


__all__ = ["CheckedIn", "Shown", "check_in_shown", "gate_shown", "of_lot", "require", "router"]
