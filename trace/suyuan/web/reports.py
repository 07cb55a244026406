"""Report a problem, without an account: the form, the answer with a number, and looking it up again.

Right without scripts. A photo beyond the limit is refused as soon as it is announced or grows beyond it;
what is taken is decoded and written anew, and served to nobody but who answers (docs/decisions/0026).
"""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Callable
from typing import Any
from urllib.parse import quote

from anyio import to_thread
from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import Response as Answer

from suyuan.adapters.picture import evidence
from suyuan.core.cases import KINDS, LONGEST, LONGEST_CONTACT, NEVER, OUTCOME_WORDS, STATE_WORDS
from suyuan.core.digital_link import CANONICAL_HOST
from suyuan.core.errors import Malformed, Many, NotFound, Refused, SuyuanError, TooLarge
from suyuan.core.gs1.ai import lookup as identifier
from suyuan.core.gs1.link import parse_link
from suyuan.core.identifiers import identify
from suyuan.flow.cases import MOST_PHOTO
from suyuan.ports.cases import Case
from suyuan.web import pages
from suyuan.web.api.signing import address_of
from suyuan.web.deps import (
    LanguageDep,
    NodeDep,
    as_object,
    json_of,
    language_of,
    members,
    node_of,
    shape,
    takes,
)
from suyuan.web.form_head import MOST as HEAD
from suyuan.web.form_head import head_of, words_in
from suyuan.web.problems import status_of
from suyuan.web.verdicts import Verdict
from suyuan.web.wording import Wording, word, wording
from suyuan.words import Language, text_of

router = APIRouter(tags=["reports"])

MOST = MOST_PHOTO + 64 * 1024
"""Bytes of a whole form: the photo, and the words beside it."""
_REPORT = {"subject": str, "kind": str, "text": str}
_REPORT_MORE = {"serial": str, "contact": str, "photo": str}
TITLE = word("Report a problem")


class _TooMuch(Exception):
    """More came than a form may hold. ``typed``: the words that stood in front of the file."""

    def __init__(self, typed: dict[str, str]) -> None:
        self.typed = typed


def _too_large() -> TooLarge:
    return TooLarge(
        "the photo is larger than {most} MB: nothing was sent; choose a smaller one, or take it anew",
        path="/photo",
        most=MOST_PHOTO // 1024 // 1024,
    )


async def _form(request: Request) -> FormData:
    """The form, counted while it comes: no more than MOST is read, whatever was announced. _TooMuch
    with what was typed, of which no more than the beginning is read."""
    kind = request.headers.get("content-type", "")
    announced = request.headers.get("content-length", "0")
    if announced.isdigit() and (len(announced) > 19 or int(announced) > MOST):
        raise _TooMuch(words_in(await head_of(request), kind))
    seen, head = 0, b""

    async def counted() -> Any:
        nonlocal seen, head
        message = await request.receive()
        body = message.get("body", b"")
        seen += len(body)
        head += body[: max(0, HEAD - len(head))]
        if seen > MOST:
            raise _TooMuch(words_in(head, kind))
        return message

    return await Request(request.scope, counted).form(max_files=1, max_fields=10)


async def report(request: Request) -> Answer:
    """The form of a code, and what is done with it when it comes back."""
    if request.method == "GET":
        return await to_thread.run_sync(pages.faced, request, _blank)
    try:
        form = await _form(request)
    except _TooMuch as problem:
        typed = problem.typed
        return await to_thread.run_sync(
            pages.faced, request, lambda asked: _again(asked, typed, _too_large())
        )
    try:
        return await to_thread.run_sync(pages.faced, request, lambda asked: _sent(asked, form))
    finally:
        await form.close()


def _about(request: Request) -> tuple[str, str]:
    """(what it is about, serial) of the address."""
    raw: bytes = request.scope.get("raw_path") or quote(request.scope["path"]).encode()
    path = raw.decode("latin-1").partition("?")[0].removeprefix("/report")
    link = parse_link(f"https://resolver.invalid{path}")
    found = identify(link.uri(CANONICAL_HOST))
    subject = found.lot or found.object
    if subject is None:
        raise Malformed("a report is about a lot or a pack", path="/subject")
    serial = next((value for ai, value in link.path if ai == "21"), "")
    return subject, serial if found.lot else ""


def _sheet(
    name: str, verdict: Verdict | Callable[[Wording], Verdict], request: Request, **told: Any
) -> Answer:
    """A page that no browser keeps: it holds the word of a case, or a form that is good for one."""
    answer = pages.sheet(name, verdict, request, **told)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _said(problem: SuyuanError, language: Language) -> tuple[str, str]:
    """(field, sentence)."""
    text = text_of(problem, language)
    return problem.path.strip("/"), text[:1].upper() + text[1:]


def _blank(request: Request) -> Answer:
    subject, _ = _about(request)
    if node_of(request).cases.answers_for(subject) is None:
        raise NotFound("nothing is recorded of {subject}", subject=subject)
    return _again(request, {}, None)


def _again(
    request: Request, given: dict[str, str], problem: SuyuanError | None, status: int = 200
) -> Answer:
    node = node_of(request)
    if problem is not None:
        status = status_of(problem)

    def verdict(_: Wording) -> Verdict:
        lines = (_("What you write goes to who answers for it, and to the authority. It is not shown to"
                   " anybody else."),)  # fmt: skip
        return Verdict("report", status, "attention", "ask", _(TITLE), lines)

    language = language_of(request)
    parts = problem.errors if isinstance(problem, Many) else ((problem,) if problem else ())
    return _sheet(
        "report.html", verdict, request,
        kinds=[(name, said) for name, said in KINDS.items()],
        given=given,
        once=given.get("once") or node.cases.form(),
        wrong=[_said(one, language) for one in parts],
        page=pages.path_of(request).replace("/report", "/p", 1),
        most=MOST_PHOTO // 1024 // 1024,
        longest=LONGEST,
        longest_contact=LONGEST_CONTACT,
    )  # fmt: skip


def _sent(request: Request, form: FormData) -> Answer:
    node = node_of(request)
    given = {name: value for name, value in form.items() if isinstance(value, str)}
    subject, serial = _about(request)
    photo = b""
    try:
        node.cases.admit(address_of(request), subject)
        photo = _photo(form)
        case, code = node.cases.report(
            subject=subject, serial=serial, kind=given.get("kind", ""),
            text=given.get("text", ""), contact=given.get("contact", ""),
            photo=photo, once=given.get("once", ""),
        )  # fmt: skip
    except Refused as problem:
        # To decode a picture is work, which nobody has done for nothing again and again.
        field = isinstance(problem, Many) or problem.path in ("/kind", "/text", "/contact")
        if field and not photo:
            node.cases.forgive(address_of(request), subject)
        return _again(request, given, problem)
    _ = wording(language_of(request))
    title = _("Your report has been taken")
    return _sheet(
        "report_taken.html",
        Verdict("taken", 201, "ours", "tick", title, (_("Write both down, or keep a picture of this"
                " page: with them you can look up what becomes of it."),)),
        request, case=case, code=code, answer_by="" if case.answer_by == NEVER else case.answer_by,
    )  # fmt: skip


def _photo(form: FormData) -> bytes:
    file = form.get("photo")
    if not isinstance(file, UploadFile) or not file.size:
        return b""
    try:
        return evidence(file.file.read(MOST_PHOTO))
    except Refused as problem:
        problem.path = "/photo"
        raise


# -- looking it up ---------------------------------------------------------------------------------


async def lookup(request: Request) -> Answer:
    """Number and word, and what has become of it. By POST: neither stands in an address."""
    if request.method == "GET":
        return await to_thread.run_sync(pages.faced, request, lambda asked: _look(asked, {}, None))
    try:
        form = await _form(request)
    except _TooMuch:
        return await to_thread.run_sync(
            pages.faced, request, lambda asked: _look(asked, {}, _too_large())
        )
    given = {name: value for name, value in form.items() if isinstance(value, str)}
    return await to_thread.run_sync(pages.faced, request, lambda asked: _found(asked, given))


def _look(request: Request, given: dict[str, str], problem: SuyuanError | None) -> Answer:
    status = 200 if problem is None else status_of(problem)

    def verdict(_: Wording) -> Verdict:
        return Verdict("look-up", status, "attention", "ask", _("What became of my report?"), ())

    language = language_of(request)
    wrong = [_said(problem, language)] if problem else []
    return _sheet("report_lookup.html", verdict, request, given=given, wrong=wrong)


def _found(request: Request, given: dict[str, str]) -> Answer:
    node = node_of(request)
    try:
        case = node.cases.look_up(
            given.get("number", ""), given.get("code", ""), address_of(request)
        )
    except Refused as problem:
        return _look(request, given, problem)
    _ = wording(language_of(request))
    done = case.state in ("answered", "closed")
    face = Verdict(
        case.state, 200, "ours" if done else "attention", "tick" if done else "clock",
        _.said(STATE_WORDS[case.state]),
        (_.said(OUTCOME_WORDS[case.outcome]),) if case.outcome else (),
    )  # fmt: skip
    organisation = node.database.accounts.organisation(case.organisation)
    return _sheet(
        "report_state.html", face, request, case=case,
        answer_by="" if case.answer_by == NEVER else case.answer_by,
        who=(organisation.name_zh if _.language == "zh" else organisation.name_en)
        if organisation
        else "",
    )  # fmt: skip


router.add_route("/report", lookup, methods=["GET", "POST"])
router.add_route("/report/{rest:path}", report, methods=["GET", "POST"])


# -- for programs ----------------------------------------------------------------------------------


async def _counted(request: Request) -> AsyncIterator[bytes]:
    seen = 0
    async for chunk in request.stream():
        seen += len(chunk)
        if seen > 2 * MOST:
            raise TooLarge("a request body has at most {limit} bytes", limit=2 * MOST)
        yield chunk


@router.post(
    "/reports",
    status_code=201,
    openapi_extra=takes(
        "A lot's or pack's identifier, of which kind it is, and what is wrong; photo: base64",
        shape(_REPORT, _REPORT_MORE),
    ),
)
async def report_told(request: Request, node: NodeDep) -> Response:
    """Report a problem; needs no token. Answers a number and the word to look it up with."""
    body = b"".join([chunk async for chunk in _counted(request)])
    return await to_thread.run_sync(_taken, request, body)


def _taken(request: Request, body: bytes) -> Response:
    node, document = node_of(request), as_object(json_of(body))
    members(document, _REPORT, _REPORT_MORE)
    raw, photo = b"", b""
    if document.get("photo"):
        try:
            raw = base64.b64decode(document["photo"], validate=True)
        except ValueError:
            raise Malformed("this is no base64", path="/photo") from None
        if len(raw) > MOST_PHOTO:
            raise _too_large()
    if serial := document.get("serial", ""):
        try:
            identifier("21").check(serial)
        except Malformed as problem:
            raise problem.at("/serial") from None
    found = identify(document["subject"])
    subject = found.lot or found.object
    if subject is None:
        raise Malformed("a report is about a lot or a pack", path="/subject")
    node.cases.admit(address_of(request), subject)
    if raw:
        try:
            photo = evidence(raw)
        except Refused as problem:
            raise problem.at("/photo") from None
    case, code = node.cases.report(
        subject=subject, serial=serial, kind=document["kind"],
        text=document["text"], contact=document.get("contact", ""), photo=photo,
    )  # fmt: skip
    body_ = {"number": case.number, "code": code, **_state(case)}
    return JSONResponse(body_, 201, {"Cache-Control": "no-store"})


@router.post(
    "/reports/state",
    openapi_extra=takes(
        "The two that a report was answered with", shape({"number": str, "code": str})
    ),
)
async def report_state(request: Request, node: NodeDep, language: LanguageDep) -> Response:
    """What has become of a report."""
    body = b"".join([chunk async for chunk in _counted(request)])
    document = as_object(json_of(body))
    members(document, {"number": str, "code": str})
    case = await to_thread.run_sync(
        node.cases.look_up, document["number"], document["code"], address_of(request)
    )
    return JSONResponse(
        {"number": case.number, **_state(case)}, headers={"Cache-Control": "no-store"}
    )


def _state(case: Case) -> dict[str, Any]:
    return {
        "state": case.state,
        "outcome": case.outcome,
        "at": case.at,
        "answerBy": None if case.answer_by == NEVER else case.answer_by,
        "answeredAt": case.answered_at or None,
        "answer": case.answer,
    }
