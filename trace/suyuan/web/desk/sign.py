"""What a laboratory's link leads to: the request, its key, its answer. No account is needed.

The link's token stands behind the #, where no log and no referrer has it; a script sends it on once, or
it is pasted. From then on a cookie stands for it.
"""

from __future__ import annotations

import hmac
import json
from types import SimpleNamespace
from typing import Any

from fastapi import APIRouter
from markupsafe import Markup
from starlette.datastructures import UploadFile
from starlette.responses import JSONResponse, Response

from suyuan.bootstrap import Node
from suyuan.core.attest import CLAIMS, fields_of, fingerprint
from suyuan.core.encoding import b64url, parse_digest
from suyuan.core.errors import Many, Refused, SuyuanError, TooLarge, Unauthenticated
from suyuan.core.farm.form import Field
from suyuan.core.signed_answer import MOST_REPORT, Report, member_of, unpacked
from suyuan.core.strict_json import loads
from suyuan.flow.signing import asked_in
from suyuan.ports.accounts import Attachment
from suyuan.ports.signing import SigningRequest
from suyuan.web.desk.deps import Visitor, VisitorDep
from suyuan.web.wording import word

router = APIRouter(tags=["pages"], include_in_schema=False)

COOKIE = "sign"
COOKIE_STAYS = 86_400

WORDS = {
    "noFile": word("Choose the file of your key first."),
    "notAKey": word("This file is no key, or the password is another one."),
    "cannotKeep": word(
        "This browser cannot make a key here. Take another browser (Chrome 137, Firefox 130, Safari 17"
        " or later), or `suyuan sign`."
    ),
    "tooShort": word("The password has at least 8 characters."),
    "otherKey": word("This key is not in the log as yours."),
    "noReport": word("Choose the report once more: it is compared with what you sign."),
    "otherReport": word(
        "Nothing was signed: what you would sign names another report than the file that you chose."
    ),
    "addedReport": word(
        "Nothing was signed: what you would sign names a report, and you chose no file."
    ),
    "lostReport": word(
        "Nothing was signed: you chose a report, and what you would sign names none."
    ),
    "working": word("Working …"),
    "failed": word("This did not work here. Nothing was sent."),
}
"""What sign.js says."""


def cookie_of(node: Node, request: SigningRequest) -> str:
    """Stands for a link that was opened; of another token it is another one."""
    mac = node.seal.digest(b"sign-cookie\0" + request.id.encode() + request.token)
    return f"{request.id}.{b64url(mac)}"


def request_of(visitor: Visitor) -> SigningRequest:
    """The request whose link this browser has opened; Unauthenticated without one."""
    cookie = visitor.request.cookies.get(COOKIE, "")
    found = visitor.node.signing.store.get(cookie.partition(".")[0])
    if found is None or not hmac.compare_digest(
        cookie_of(visitor.node, found).encode(), cookie.encode("utf-8", "replace")
    ):
        raise Unauthenticated("open the link that you were sent once more")
    return found


@router.get("/sign")
def open_page(visitor: VisitorDep) -> Response:
    """The script sends what stands behind the #; without it, it is pasted here."""
    return visitor.page("sign_open.html")


@router.post("/sign")
def open_link(visitor: VisitorDep) -> Response:
    token = visitor.given("token").strip().rpartition("#")[2]
    try:
        found = visitor.node.signing.opened(token, visitor.address)
    except Unauthenticated as problem:
        problem.path = "/token"
        return visitor.page("sign_open.html", problem=problem, status=401)
    visitor.cookies[COOKIE] = cookie_of(visitor.node, found), COOKIE_STAYS
    return visitor.go("/sign/key" if found.purpose == "key" else "/sign/answer")


@router.get("/sign/key")
def key_page(visitor: VisitorDep) -> Response:
    """Make a key, or bring one; then wait for the administrator's comparison."""
    return _key(visitor, request_of(visitor))


@router.post("/sign/key")
def key_sent(visitor: VisitorDep) -> Response:
    found = request_of(visitor)
    try:
        visitor.node.signing.bring_key(found, visitor.given("x"), visitor.given("sig"))
    except Refused as problem:
        problem.path = ""
        return _key(visitor, found, problem)
    return visitor.go("/sign/key")


def _key(visitor: Visitor, found: SigningRequest, problem: SuyuanError | None = None) -> Response:
    if found.purpose != "key":
        return visitor.go("/sign/answer")
    brought = json.loads(found.answer) if found.answer else {}
    return visitor.page(
        "sign_key.html",
        problem=problem,
        told=_told(visitor, found),
        state=found.state,
        closed="" if brought else _closed(visitor, found),
        fingerprint=fingerprint(brought["kid"]) if brought else "",
        index=brought.get("index"),
        config=_config(visitor, {"origin": visitor.node.settings.origin, "request": found.id}),
    )


@router.get("/sign/answer")
def answer_page(visitor: VisitorDep) -> Response:
    """What is asked, and the form to answer it."""
    return _answer(visitor, request_of(visitor), {})


@router.post("/sign/answer")
def answer_filled(visitor: VisitorDep) -> Response:
    """The answer as it will be signed, to be looked over."""
    found = request_of(visitor)
    given = {name: value for name, value in visitor.form.items() if isinstance(value, str)}
    try:
        events = visitor.node.signing.events(found, _values(found, given), _report(visitor, found))
    except Refused as problem:
        return _answer(visitor, found, given, problem)
    return _review(visitor, found, events)


@router.post("/sign/signed")
def answer_signed(visitor: VisitorDep) -> Response:
    """Append what was signed, or say why not."""
    found = request_of(visitor)
    try:
        documents = loads(visitor.given("signed").encode(), max_depth=40)
        visitor.node.signing.answer(found, documents)
    except Refused as problem:
        for one in problem.errors if isinstance(problem, Many) else (problem,):
            one.path = ""
        return _answer(visitor, found, {}, problem)
    return visitor.go("/sign/answer")


@router.post("/sign/sent")
def answer_sent(visitor: VisitorDep) -> Response:
    """A file of `suyuan sign`, signed on a machine without a network; its report comes within it."""
    found = request_of(visitor)
    file = visitor.form.get("signed_file")
    try:
        if not isinstance(file, UploadFile) or not file.filename:
            raise Refused("choose the file that was signed", path="/signed_file")
        take(visitor.node, found, loads(file.file.read(), max_depth=40))
    except Refused as problem:
        for one in problem.errors if isinstance(problem, Many) else (problem,):
            one.path = "/signed_file"
        return _answer(visitor, found, {}, problem)
    return visitor.go("/sign/answer")


@router.get("/sign/request.json")
def request_file(visitor: VisitorDep) -> Response:
    """The request as a file, for `suyuan sign` on a machine of one's own."""
    told = visitor.node.signing.told(request_of(visitor))
    named = {"Content-Disposition": f'attachment; filename="request-{told["id"][:8]}.json"'}
    return JSONResponse(told, headers={**named, "Cache-Control": "no-store"})


def _values(found: SigningRequest, given: dict[str, str]) -> dict[str, Any]:
    """The answer as core/attest.py takes it, of fields named ``day`` and ``items/0/value``."""
    values: dict[str, Any] = {}
    rows: list[dict[str, str]] = [{} for _ in json.loads(found.asked).get("items", ())]
    known = {str(number): number for number in range(len(rows))}
    for name, value in given.items():
        head, _, rest = name.partition("/")
        number, _, member = rest.partition("/")
        if head == "items" and number in known:
            rows[known[number]][member] = value
        elif head not in ("csrf", "signed", "report_file", "items"):
            values[name] = value
    return {**values, "items": rows} if found.purpose == "test" else values


def _report(visitor: Visitor, found: SigningRequest) -> list[dict[str, Any]]:
    """The report that came with the form, kept; the member that names it by its digest."""
    file = visitor.form.get("report_file")
    if not isinstance(file, UploadFile) or not file.filename:
        return []
    if (file.size or 0) > MOST_REPORT:
        raise TooLarge("an attachment has at most {most} bytes", path="/report_file",
                       most=MOST_REPORT)  # fmt: skip
    visitor.node.signing.require_open(found)
    return [keep_report(visitor.node, found, Report(file.filename, file.file.read()))]


def keep_report(node: Node, found: SigningRequest, report: Report) -> dict[str, Any]:
    """Bytes of a report as an attachment of the laboratory's; Refused unless PDF, JPEG or PNG."""
    member = member_of(report, path="/report_file")
    node.signing.admit_report(found)
    node.database.attachments.put(
        Attachment(
            parse_digest(member["digest"]), member["mediaType"], member["name"], found.laboratory,
            report.body, node.clock.now(),
        )
    )  # fmt: skip
    return member


def take(node: Node, found: SigningRequest, document: Any) -> tuple[int, ...]:
    """Append an answer that was signed anywhere, with the report that came in one file with it."""
    signed, report = unpacked(document)
    if report is not None and found.state != "answered":
        node.signing.require_open(found)
        keep_report(node, found, report)
    return node.signing.answer(found, signed)


def _answer(
    visitor: Visitor,
    found: SigningRequest,
    given: dict[str, str],
    problem: SuyuanError | None = None,
) -> Response:
    if found.purpose == "key":
        return visitor.go("/sign/key")
    told = _told(visitor, found)
    asked = asked_in(visitor.node.signing.told(found))
    common, each = fields_of(asked)
    return visitor.page(
        "sign_answer.html",
        problem=problem,
        told=told,
        state=found.state,
        closed=_closed(visitor, found),
        records=json.loads(found.answer) if found.state == "answered" else [],
        given={"day": visitor.node.watch.today().isoformat(), **given},
        common=[_shown(visitor, one) for one in common],
        each=[_shown(visitor, one) for one in each],
        has_keys=bool(visitor.node.signing.laboratory(found.laboratory).keys),
        request_id=found.id,
    )


def _shown(visitor: Visitor, one: Field) -> SimpleNamespace:
    words = visitor.words
    return SimpleNamespace(
        name=one.name,
        label=words.said(one.label),
        help=words.said(one.help) if one.help else "",
        type="date" if one.type == "day" else "text",
        required=one.required or one.name == "until",
        choices=[(name, words.said(said)) for name, said in one.choices.items()],
    )


def _review(visitor: Visitor, found: SigningRequest, events: list[dict[str, Any]]) -> Response:
    node, words = visitor.node, visitor.words
    told = _told(visitor, found)
    asked = asked_in(node.signing.told(found))
    common, each = fields_of(asked)
    member = "suyuan:test" if found.purpose == "test" else "suyuan:certificate"
    rows = []
    for number, event in enumerate(events):
        said = event[member]
        lines = []
        for one in (*each, *common):
            inner = one.at.rpartition("/")[2]
            value = event["eventTime"][:10] if one.name == "day" else said.get(inner)
            if one.at == "certificates":
                value = ", ".join(event.get("certificationInfo", ()))
            if isinstance(value, dict):
                value = value.get("said") or f"{value.get('value')} {value.get('uom')}"
            if one.choices and value in one.choices:
                value = words.said(one.choices[value])
            lines.append((words.said(one.label), value or words("not stated")))
        rows.append((told.items[number], lines))
    attached = events[0].get("suyuan:attachments", [])
    return visitor.page(
        "sign_review.html",
        told=told,
        rows=rows,
        attached=[(one["name"], one["size"], one["digest"]) for one in attached],
        subject=found.subject,
        config=_config(
            visitor,
            {
                "origin": node.settings.origin,
                "request": found.id,
                "keys": [state.kid for state in node.signing.laboratory(found.laboratory).keys],
                "events": json.dumps(events, ensure_ascii=False),
            },
        ),
    )


def _told(visitor: Visitor, found: SigningRequest) -> SimpleNamespace:
    told, zh = visitor.node.signing.told(found), visitor.words.language == "zh"
    key = "zh" if zh else "en"
    items = told["asked"].get("items", [])
    return SimpleNamespace(
        purpose=found.purpose,
        asker=told["organisation"][key],
        laboratory=told["laboratory"][key],
        product=(told["asked"].get("product") or {}).get(key, ""),
        lot=found.subject.rpartition("/")[2],
        subject=found.subject,
        sample=told["asked"].get("sample", ""),
        items=[
            visitor.words.said(CLAIMS[one]) if found.purpose == "certificate" else one
            for one in items
        ],
        until=visitor.words.moment(found.until),
    )


def _closed(visitor: Visitor, found: SigningRequest) -> str:
    """Why the link is of no use any more; "" where it is."""
    if found.state == "answered":
        return ""
    try:
        visitor.node.signing.require_open(found)
    except Refused as problem:
        return visitor.sentence(problem)
    return ""


def _config(visitor: Visitor, data: dict[str, Any]) -> Markup:
    """What sign.js is told; nothing in it may end the script element, nor begin a comment."""
    words = {name: visitor.words(text) for name, text in WORDS.items()}
    text = json.dumps({**data, "words": words}, ensure_ascii=False)
    return Markup(text.replace("<", "\\u003c"))  # noqa: S704
