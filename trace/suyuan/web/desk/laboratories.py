"""Laboratories and certifiers: registered, asked, and what became of it; for each role its own side."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.responses import Response

from suyuan.core.attest import CLAIMS, fingerprint
from suyuan.core.errors import Forbidden, NotFound, Refused, SuyuanError
from suyuan.flow.accounts import Caller
from suyuan.flow.signing import Known
from suyuan.ports.signing import SigningRequest
from suyuan.web.desk.deps import Desk, DeskDep
from suyuan.web.desk.places import Place
from suyuan.web.desk.qr import qr
from suyuan.web.desk.sign import COOKIE, COOKIE_STAYS, cookie_of
from suyuan.web.desk.told import Called
from suyuan.web.wording import word

router = APIRouter(tags=["pages"], include_in_schema=False)
place = Place("requests", "/desk/laboratories", "requests", aside="lots")

STATES: dict[str, tuple[str, str]] = {
    "open": (word("waits for the answer"), "clock"),
    "brought": (word("a key waits to be compared"), "ask"),
    "answered": (word("answered"), "tick"),
    "revoked": (word("taken back"), "cross"),
    "late": (word("out of date"), "clock"),
}


def administrator(desk: Desk) -> Caller:
    """The administrator's own word, whatever other roles the person has."""
    desk.actor.require("settings")
    return Caller(
        desk.actor.organisation, "administrator", desk.actor.county, desk.actor.caller.token
    )


def asker(desk: Desk) -> Caller:
    """Whoever may ask or answer, as the service knows the organisation."""
    desk.actor.require("requests")
    return administrator(desk) if desk.actor.may("settings") else desk.actor.caller


@router.get("/desk/laboratories")
def start(desk: DeskDep) -> Response:
    """Who may be asked, what was asked of whom, and what waits for me."""
    return _page(desk)


def _page(desk: Desk, problem: SuyuanError | None = None, given: Any = None) -> Response:
    caller, signing = asker(desk), desk.node.signing
    own = [one for one in signing.asked_by(caller) if one.purpose != "key"]
    mine = [one for one in signing.asked_of(caller) if one.purpose != "key"]
    keys = []
    if desk.actor.may("settings"):
        keys = [one for one in signing.store.list() if one.purpose == "key"]
    called = Called(desk, {one.subject for one in (*own, *mine) if one.subject})
    known = {one.organisation: one for one in signing.registered(caller)}
    return desk.page(
        "laboratories.html",
        problem=problem,
        given=given or {},
        may_register=desk.actor.may("settings"),
        contacts=any(one.contact for one in known.values()),
        may_ask=desk.actor.caller.role == "recorder",
        laboratories=[(one, name_of(desk, one)) for one in known.values()],
        own=[_told(desk, one, called, known) for one in own],
        mine=[_told(desk, one, called, known) for one in mine],
        keys=[_told(desk, one, called, known) for one in keys],
    )


def name_of(desk: Desk, one: Known) -> str:
    return one.zh if desk.words.language == "zh" else one.en


def _told(
    desk: Desk, one: SigningRequest, called: Called, known: dict[str, Known]
) -> SimpleNamespace:
    state = "late" if one.state == "open" and one.until < desk.node.clock.now() else one.state
    said, icon = STATES[state]
    asked = json.loads(one.asked)
    items = asked.get("items", [])
    answer = json.loads(one.answer) if one.answer else []
    lab = known.get(one.laboratory)
    asker_ = desk.node.database.accounts.organisation(one.organisation)
    return SimpleNamespace(
        id=one.id,
        lot=called(one.subject) if one.subject else "",
        who=name_of(desk, lab) if lab else one.laboratory,
        asker=(asker_.name_zh if desk.words.language == "zh" else asker_.name_en)
        if asker_
        else one.organisation,
        what=", ".join(
            desk.words.said(CLAIMS[item]) if one.purpose == "certificate" else item
            for item in items
        ),
        state=desk.words(said),
        icon=icon,
        open=state == "open",
        at=desk.words.moment(one.created_at),
        until=desk.words.moment(one.until),
        records=answer if isinstance(answer, list) else [],
        kid=answer.get("kid", "") if isinstance(answer, dict) else "",
        fingerprint=fingerprint(answer["kid"]) if isinstance(answer, dict) else "",
        brought=one.state == "brought",
    )


@router.post("/desk/laboratories")
def register(desk: DeskDep) -> Response:
    """The administrator registers one, and gets the link by which it brings its key."""
    caller = administrator(desk)
    names = ("organisation", "zh", "en", "county", "number", "contact")
    given = {name: desk.given(name).strip() for name in names}
    try:
        known = desk.node.signing.register(caller, **given)
        token, _ = desk.node.signing.ask_key(caller, known.organisation, person=desk.actor.uri)
    except Refused as problem:
        if problem.path == "/name":
            problem.path = "/zh"
        if problem.path == "/id":
            problem.path = "/organisation"
        return _page(desk, problem, given)
    return _shown(desk, token, name_of(desk, known), key=True)


@router.get("/desk/laboratories/ask")
def ask_page(desk: DeskDep) -> Response:
    """What is asked, of whom, of which lot."""
    desk.actor.require("requests")
    given = dict(desk.request.query_params)
    return _ask(desk, {"subject": given.get("of", ""), "purpose": given.get("purpose", "test")})


def _ask(desk: Desk, given: dict[str, str], problem: SuyuanError | None = None) -> Response:
    labs = [(one.organisation, name_of(desk, one)) for one in desk.node.signing.laboratories()
            if one.keys]  # fmt: skip
    called = Called(desk, {given["subject"]} if given.get("subject") else set())
    return desk.page(
        "laboratory_ask.html",
        problem=problem,
        given=given,
        laboratories=[("", desk.words("choose")), *labs],
        none=not labs,
        claims=[(name, desk.words.said(said)) for name, said in CLAIMS.items()],
        lot=called(given["subject"]) if given.get("subject") else "",
    )


@router.post("/desk/laboratories/ask")
def ask(desk: DeskDep) -> Response:
    desk.actor.require("requests")
    names = ("subject", "purpose", "laboratory", "items", "claim", "sample", "days")
    given = {name: desk.given(name).strip() for name in names}
    items = [given["claim"]] if given["purpose"] == "certificate" else given["items"].splitlines()
    days = int(given["days"]) if given["days"].isdecimal() and len(given["days"]) < 4 else 0
    signing = desk.node.signing
    try:
        token, _ = signing.ask(
            desk.actor.caller, given["laboratory"], given["purpose"], given["subject"], items,
            sample=given["sample"], person=desk.actor.uri, days=days,
        )  # fmt: skip
    except Refused as problem:
        if problem.path == "/items" and given["purpose"] == "certificate":
            problem.path = "/claim"
        return _ask(desk, given, problem)
    return _shown(desk, token, name_of(desk, signing.laboratory(given["laboratory"])))


@router.post("/desk/laboratories/request/{request_id}")
def act(desk: DeskDep, request_id: str) -> Response:
    """Another link, the link taken back, the key compared; or, as who is asked, answer it here."""
    caller, signing = asker(desk), desk.node.signing
    found = signing.one(caller, request_id)
    do = desk.given("do")
    if do == "answer" and found.laboratory == desk.actor.organisation:
        desk.cookies[COOKIE] = cookie_of(desk.node, found), COOKIE_STAYS
        return desk.go("/sign/answer")
    try:
        match do:
            case "renew":
                token = signing.renew(caller, request_id)
                lab = signing.laboratory(found.laboratory)
                return _shown(desk, token, name_of(desk, lab), key=found.purpose == "key")
            case "revoke":
                signing.revoke(caller, request_id)
                said = desk.words("The link is taken back.")
            case "confirm":
                index = signing.confirm(administrator(desk), request_id, desk.given("kid"))
                said = desk.words("The key is in the log: record {index}.", index=index)
            case "refuse":
                signing.refuse_key(administrator(desk), request_id)
                said = desk.words("The key was not taken.")
            case _:
                raise Refused("choose what shall be done")
    except (Forbidden, NotFound):
        raise
    except Refused as problem:
        return _page(desk, problem)
    return desk.go("/desk/laboratories", said)


@router.post("/desk/laboratories/key")
def key_link(desk: DeskDep) -> Response:
    """A link for another key of a laboratory that is registered."""
    caller = administrator(desk)
    known = desk.node.signing.laboratory(desk.given("laboratory"))
    token, _ = desk.node.signing.ask_key(caller, known.organisation, person=desk.actor.uri)
    return _shown(desk, token, name_of(desk, known), key=True)


def link_of(desk: Desk, token: str) -> str:
    """The token stands behind the #, which no server, log or referrer gets to see."""
    return f"{desk.node.settings.public_url.rstrip('/')}/sign#{token}"


def _shown(desk: Desk, token: str, name: str, *, key: bool = False) -> Response:
    link = link_of(desk, token)
    return desk.page(
        "laboratory_link.html", link=link, name=name, key=key,
        code=qr(link, desk.words("The link as a code")),
    )  # fmt: skip


def ask_address(subject: str) -> str:
    """The page on which a laboratory is asked about a thing."""
    return f"/desk/laboratories/ask?{urlencode({'of': subject})}"
