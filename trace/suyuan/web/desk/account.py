"""One's own account: password or PIN, second factor, recovery codes, sessions, organisation."""

from __future__ import annotations

from datetime import UTC, datetime

from fastapi import APIRouter
from starlette.responses import Response

from suyuan.core.errors import Refused, SuyuanError
from suyuan.core.timestamps import from_datetime
from suyuan.core.totp import key_uri, secret_text
from suyuan.web.desk.deps import Desk, DeskDep
from suyuan.web.desk.qr import qr
from suyuan.web.wording import word

router = APIRouter(tags=["pages"], include_in_schema=False)

ROLE_WORDS = {
    "administrator": word("administrator"),
    "clerk": word("clerk"),
    "member": word("member"),
    "dealer": word("input dealer"),
    "processor": word("processor"),
    "laboratory": word("laboratory"),
    "regulator": word("regulator"),
}


def _page(desk: Desk, problem: SuyuanError | None = None) -> Response:
    entered, accounts = desk.session, desk.node.database.accounts
    zh = desk.words.language == "zh"
    organisations = [
        (uri, (known.name_zh if zh else known.name_en) if known else uri)
        for uri in entered.person.organisations
        for known in (accounts.organisation(uri),)
    ]
    sessions = [
        (one.device, _moment(desk, one.seen), one.digest == entered.session.digest)
        for one in desk.node.people.sessions.of(entered.person.id)
        if one.stage == "full"
    ]
    return desk.page(
        "account.html",
        problem=problem,
        account=entered.secrets.account,
        means=entered.session.means,
        has_second=entered.secrets.totp is not None,
        recovery_left=len(entered.secrets.recovery),
        sessions=sessions,
        organisations=organisations,
        role_words=[desk.words(ROLE_WORDS[role]) for role in sorted(desk.actor.roles)],
    )


def _moment(desk: Desk, seconds: float) -> str:
    return desk.words.moment(from_datetime(datetime.fromtimestamp(seconds, UTC)))


@router.get("/desk/account")
def account(desk: DeskDep) -> Response:
    return _page(desk)


@router.post("/desk/account/password")
def password(desk: DeskDep) -> Response:
    entrance = desk.node.entrance
    change = (
        entrance.change_pin if desk.session.session.means == "card" else entrance.change_password
    )
    try:
        if desk.given("new") != desk.given("again"):
            raise Refused("the two are not the same; type it again", path="/again")
        change(desk.session, desk.given("old"), desk.given("new"))
    except Refused as problem:
        return _page(desk, problem)
    said = desk.words("Changed. Every other device was logged out.")
    return desk.go("/desk/account", said)


@router.post("/desk/account/organisation")
def organisation(desk: DeskDep) -> Response:
    desk.node.entrance.switch(desk.session, desk.given("organisation"))
    return desk.go("/desk")


@router.post("/desk/account/everywhere")
def everywhere(desk: DeskDep) -> Response:
    count = desk.node.entrance.log_out_everywhere(desk.session)
    said = desk.words.count(
        count, "One other device was logged out.", "{n} other devices were logged out."
    )
    return desk.go("/desk/account", said)


@router.post("/desk/account/recovery")
def recovery(desk: DeskDep) -> Response:
    try:
        codes = desk.node.entrance.new_recovery(desk.session, desk.given("old"))
    except Refused as problem:
        return _again(desk, "recovery", problem)
    return desk.page("recovery.html", codes=codes, next="/desk/account")


@router.get("/desk/account/recovery")
def recovery_page(desk: DeskDep) -> Response:
    return _again(desk, "recovery")


@router.get("/desk/account/second")
def second_page(desk: DeskDep) -> Response:
    if desk.session.secrets.totp is not None:
        return _again(desk, "second-off")
    return _second(desk)


def _second(desk: Desk, problem: Refused | None = None) -> Response:
    secret = desk.node.entrance.begin_totp(desk.session)
    issuer = desk.words("Suyuan")
    uri = key_uri(secret, desk.session.secrets.account or desk.actor.name, issuer)
    text = secret_text(secret)
    return desk.page(
        "totp.html",
        problem=problem,
        code=qr(uri, desk.words("QR code of the second factor")),
        secret=" ".join(text[i : i + 4] for i in range(0, len(text), 4)),
    )


@router.post("/desk/account/second")
def second_on(desk: DeskDep) -> Response:
    try:
        desk.node.entrance.confirm_totp(desk.session, desk.given("code"))
    except Refused as problem:
        return _second(desk, problem)
    said = desk.words("The second factor is in force from now on.")
    return desk.go("/desk/account", said)


@router.post("/desk/account/second-off")
def second_off(desk: DeskDep) -> Response:
    try:
        desk.node.entrance.end_totp(desk.session, desk.given("old"))
    except Refused as problem:
        return _again(desk, "second-off", problem)
    return desk.go("/desk/account", desk.words("The second factor is switched off."))


def _again(desk: Desk, what: str, problem: Refused | None = None) -> Response:
    """The password once more, before something that weakens or renews a log-in."""
    return desk.page("again.html", problem=problem, what=what)
