"""Members and other persons of an organisation: the list, one person, log-ins, cards."""

from __future__ import annotations

from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.responses import Response

from suyuan.core.errors import Refused, SuyuanError
from suyuan.core.people import Details, details_of, masked_number
from suyuan.core.roles import ROLES, PersonRole
from suyuan.flow.people import Known
from suyuan.web.desk.account import ROLE_WORDS
from suyuan.web.desk.deps import Desk, DeskDep, texts
from suyuan.web.desk.places import Place
from suyuan.web.desk.qr import qr

PER_PAGE = 100
router = APIRouter(tags=["pages"], include_in_schema=False)
place = Place("members", "/desk/members", "members")


@router.get("/desk/members")
def members(desk: DeskDep) -> Response:
    """Everybody, or those who fit what stands in the address."""
    asked = desk.request.query_params
    found = desk.node.people.list(desk.actor, _where(desk))
    villages = sorted({one.details.village for one in found if one.details.village})
    find, village = asked.get("find", "").strip(), asked.get("village", "")
    state = asked.get("state", "")
    shown = [
        one
        for one in found
        if (not find or find in one.details.name or find.replace(" ", "") in one.details.phone)
        and (not village or one.details.village == village)
        and (not state or state == _state(one))
    ]
    page = asked.get("page", "1")
    number = max(1, int(page)) if page.isdecimal() and len(page) < 6 else 1
    start = (number - 1) * PER_PAGE
    kept = {name: asked[name] for name in ("find", "village", "state", "where") if asked.get(name)}

    def address(to: int) -> str:
        return f"/desk/members?{urlencode({**kept, 'page': to})}"

    return desk.page(
        "members.html",
        members=[(one, _roles(desk, one), _state(one)) for one in shown[start : start + PER_PAGE]],
        before=address(number - 1) if number > 1 else "",
        after=address(number + 1) if start + PER_PAGE < len(shown) else "",
        fitting=len(shown),
        count=len(found),
        find=find,
        village=village,
        villages=[("", desk.words("All villages")), *((name, name) for name in villages)],
        state=state,
        organisations=_organisations(desk),
        where=_where(desk),
    )


@router.get("/desk/members/new")
def new_page(desk: DeskDep) -> Response:
    desk.actor.require("members")
    return _form(desk, None, {})


@router.post("/desk/members/new")
def new(desk: DeskDep) -> Response:
    given = texts(desk.form)
    try:
        details = details_of(given)
        if not desk.given("another"):
            _ask_of_alike(desk, details)
        roles: list[PersonRole] = ["member"]
        if "administrator" in desk.actor.roles:
            roles = _chosen(desk)
        added = desk.node.people.add(desk.actor, details, roles, _where(desk))
    except Refused as problem:
        return _form(desk, None, given, problem)
    said = desk.words("{name} is in the register.", name=details.name)
    return desk.go(f"/desk/members/{added.id}", said)


@router.get("/desk/members/{person_id}")
def member(desk: DeskDep, person_id: str) -> Response:
    desk.actor.require("members")
    return _one(desk, person_id)


@router.get("/desk/members/{person_id}/edit")
def edit_page(desk: DeskDep, person_id: str) -> Response:
    desk.actor.require("members")
    known = desk.node.people.get(desk.actor, person_id)
    given = {
        "name": known.details.name,
        "phone": known.details.phone,
        "village": known.details.village,
    }
    return _form(desk, known, given)


@router.post("/desk/members/{person_id}/edit")
def edit(desk: DeskDep, person_id: str) -> Response:
    known = desk.node.people.get(desk.actor, person_id)
    given = texts(desk.form)
    try:
        details = details_of(given)
        if not details.id_number and "forget_id" not in given:
            # The number is not shown, so an empty field says nothing of it.
            details = Details(details.name, details.phone, details.village, known.details.id_number)
        desk.node.people.edit(desk.actor, person_id, details)
        if "administrator" in desk.actor.roles and "roles" in desk.form:
            where = _where(desk)
            roles = _chosen(desk)
            if set(roles) != set(known.person.roles_in(where)):
                desk.node.people.set_roles(desk.actor, person_id, where, roles)
    except Refused as problem:
        return _form(desk, known, given, problem)
    return desk.go(f"/desk/members/{person_id}", desk.words("Saved."))


@router.post("/desk/members/{person_id}/log-in")
def give(desk: DeskDep, person_id: str) -> Response:
    """A log-in name and a one-time code, shown once."""
    try:
        code = desk.node.people.give_login(desk.actor, person_id, desk.given("account"))
    except Refused as problem:
        return _one(desk, person_id, problem)
    return _code(desk, person_id, code)


@router.post("/desk/members/{person_id}/reset")
def reset(desk: DeskDep, person_id: str) -> Response:
    return _code(desk, person_id, desk.node.people.reset(desk.actor, person_id))


@router.post("/desk/members/{person_id}/card")
def card(desk: DeskDep, person_id: str) -> Response:
    made = desk.node.people.give_card(desk.actor, person_id)
    known = desk.node.people.get(desk.actor, person_id)
    link = f"{desk.node.settings.public_url.rstrip('/')}/desk/card/{made.token}"
    return desk.page(
        "member_card.html",
        known=known,
        pin=made.pin,
        code=qr(link, desk.words("QR code of the card")),
    )


@router.post("/desk/members/{person_id}/card/void")
def void_card(desk: DeskDep, person_id: str) -> Response:
    desk.node.people.take_card(desk.actor, person_id)
    return desk.go(f"/desk/members/{person_id}", desk.words("The card is void."))


@router.post("/desk/members/{person_id}/disable")
def disable(desk: DeskDep, person_id: str) -> Response:
    desk.node.people.disable(desk.actor, person_id)
    return desk.go(f"/desk/members/{person_id}", desk.words("No log-in from now on."))


@router.post("/desk/members/{person_id}/enable")
def enable(desk: DeskDep, person_id: str) -> Response:
    desk.node.people.enable(desk.actor, person_id)
    return desk.go(f"/desk/members/{person_id}", desk.words("May log in again."))


@router.get("/desk/members/{person_id}/erase")
def erase_page(desk: DeskDep, person_id: str) -> Response:
    desk.actor.require("members")
    known = desk.node.people.get(desk.actor, person_id)
    return desk.page("member_erase.html", known=known)


@router.post("/desk/members/{person_id}/erase")
def erase(desk: DeskDep, person_id: str) -> Response:
    name = desk.node.people.get(desk.actor, person_id).details.name
    desk.node.people.erase(desk.actor, person_id)
    return desk.go(
        "/desk/members", desk.words("All that was kept of {name} is deleted.", name=name)
    )


def _ask_of_alike(desk: Desk, details: Details) -> None:
    """Refused where somebody of this name and village is there, until another one is meant."""
    for one in desk.node.people.list(desk.actor, _where(desk)):
        if (one.details.name, one.details.village) == (details.name, details.village):
            where = details.village or desk.words("no village")
            raise Refused(
                "there is already {name} ({village}) in the register; is this somebody else?",
                path="/name",
                name=details.name,
                village=where,
            )


def _one(desk: Desk, person_id: str, problem: SuyuanError | None = None) -> Response:
    known = desk.node.people.get(desk.actor, person_id)
    plots = []
    if desk.actor.may("plots"):
        plots = [one for one in desk.node.plots.seen_by(desk.actor) if one.member == known.uri]
    return desk.page(
        "member.html",
        problem=problem,
        known=known,
        roles=_roles(desk, known),
        state=_state(known),
        id_number=masked_number(known.details.id_number),
        account=desk.given("account") or known.account or known.details.phone,
        is_member={role for _, role in known.person.roles} == {"member"},
        plots=plots,
        may_plot=desk.actor.scope("plots") == "organisation",
    )


def _form(
    desk: Desk, known: Known | None, given: dict[str, str], problem: SuyuanError | None = None
) -> Response:
    where = _where(desk)
    chosen: set[str] = set(map(str, desk.form.getlist("roles")))
    if not chosen:
        chosen = set(known.person.roles_in(where)) if known else {"member"}
    return desk.page(
        "member_form.html",
        problem=problem,
        known=known,
        given={name: given.get(name, "") for name in ("name", "phone", "village", "id_number")},
        id_number=masked_number(known.details.id_number) if known else "",
        roles=[(role, desk.words(ROLE_WORDS[role]), role in chosen) for role in ROLES],
        may_roles="administrator" in desk.actor.roles,
        where=where,
        twice=problem is not None and "village" in problem.params,
        organisations=_organisations(desk),
    )


def _code(desk: Desk, person_id: str, code: str) -> Response:
    known = desk.node.people.get(desk.actor, person_id)
    address = f"{desk.node.settings.public_url.rstrip('/')}/desk/code"
    return desk.page("member_code.html", known=known, code=code, address=address)


def _chosen(desk: Desk) -> list[PersonRole]:
    given = {value for value in desk.form.getlist("roles") if isinstance(value, str)}
    return [role for role in ROLES if role in given]


def _where(desk: Desk) -> str:
    """The organisation looked at: the actor's own, another one for administrators alone."""
    asked = desk.given("where") or desk.request.query_params.get("where", "")
    return asked if asked and desk.actor.scope("members") == "all" else desk.actor.organisation


def _organisations(desk: Desk) -> list[tuple[str, str]]:
    if desk.actor.scope("members") != "all":
        return []
    zh = desk.words.language == "zh"
    return [
        (one.id, one.name_zh if zh else one.name_en)
        for one in desk.node.database.accounts.organisations()
    ]


def _roles(desk: Desk, known: Known) -> list[str]:
    held = known.person.roles_in(_where(desk)) or {role for _, role in known.person.roles}
    return [desk.words(ROLE_WORDS[role]) for role in ROLES if role in held]


def _state(known: Known) -> str:
    """none: no log-in; waits: a code or card was not used yet; in: logs in; off: disabled."""
    if known.disabled:
        return "off"
    if known.waits:
        return "waits"
    return "in" if known.account or known.has_card else "none"
