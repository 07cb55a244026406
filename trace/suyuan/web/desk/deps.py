"""What the desk's endpoints are given: who is there, the form (checked for where it came from), words.

An endpoint that takes ``DeskDep`` or ``ActorDep`` is for who is logged in, and a POST to it has been
checked against forgery. ``VisitorDep`` is for pages before that: the form's check is the same.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any
from urllib.parse import quote, unquote, urlencode

from fastapi import Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from suyuan.bootstrap import Node
from suyuan.core.encoding import b64url
from suyuan.core.errors import Forbidden, Many, SuyuanError, Unauthenticated
from suyuan.flow.actors import Actor
from suyuan.flow.entrance import Entered
from suyuan.web import assets
from suyuan.web.deps import language_of, node_of
from suyuan.web.desk.places import entries
from suyuan.web.desk.sent import APART, take
from suyuan.web.templating import template
from suyuan.web.wording import Wording, wording
from suyuan.words import LANGUAGES, text_of

MOST_FIELDS = 20_000
"""Of one form: a grid for many members has ten for each."""

_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
_SAID_MOST = 300


@dataclass(slots=True)
class Visitor:
    """Whoever asks, and how an answer is made."""

    request: Request
    node: Node
    words: Wording
    form: FormData
    token: str
    """The cookie: a session's id, or a random text before there is one."""
    entered: Entered | None = None
    sent: bytes | None = None
    """By which the form is known that is worked on: sent again, it is answered as it is now."""
    cookies: dict[str, tuple[str, int]] = field(default_factory=dict)
    """To be set: name → value and seconds it stays (0: until the browser is closed; < 0: gone)."""

    @property
    def address(self) -> str:
        """Where the request came from: an IPv6 network of one household counts as one."""
        host = self.request.client.host if self.request.client else ""
        return ":".join(host.split(":")[:4]) if ":" in host else host

    @property
    def device(self) -> str:
        return device_of(self.request.headers.get("user-agent", ""))

    def given(self, name: str) -> str:
        """A field of the form as text; "" where there is none."""
        value = self.form.get(name, "")
        return value if isinstance(value, str) else ""

    def page(
        self,
        template_name: str,
        /,
        *,
        status: int = 200,
        problem: SuyuanError | None = None,
        **context: Any,
    ) -> Response:
        """A page of templates/desk; ``problem`` heads it, and stands at its field too."""
        body = template(f"desk/{template_name}", self.words.language).render(
            **self._common(), problems=self.problems(problem), **context
        )
        if problem is not None and status == 200:
            status = 422
        response = Response(body, status, media_type="text/html; charset=utf-8")
        return self._dressed(response)

    def go(self, path: str, said: str = "") -> Response:
        """See another page (303); ``said`` stands on top of it once. The same form sent again leads to
        the same page."""
        if self.sent is not None:
            self.node.forms.end(self.sent, path, said)
        response = RedirectResponse(path, 303)
        if said:
            self.cookies["desk-said"] = quote(said[:_SAID_MOST]), 60
        return self._dressed(response)

    def enter(self, token: str) -> None:
        """Take a session's id as this browser's cookie."""
        self.token = token
        stays = 30 * 86_400
        self.cookies[cookie_name(self.node)] = token, stays

    def problems(self, problem: SuyuanError | None) -> list[tuple[str, str]]:
        """(field, sentence) of all that is wrong; the field is "" where it is of none."""
        if problem is None:
            return []
        parts = problem.errors if isinstance(problem, Many) else (problem,)
        return [(part.path.strip("/"), self.sentence(part)) for part in parts]

    def sentence(self, problem: SuyuanError) -> str:
        text = text_of(problem, self.words.language)
        return text[:1].upper() + text[1:] if self.words.language == "en" else text

    def _common(self) -> dict[str, Any]:
        request, words = self.request, self.words
        other = next(language for language in LANGUAGES if language != words.language)
        kept = [pair for pair in request.query_params.multi_items() if pair[0] != "lang"]
        actor = (
            self.entered.actor if self.entered and self.entered.session.stage == "full" else None
        )
        said = request.cookies.get("desk-said", "")
        if said:
            self.cookies.setdefault("desk-said", ("", -1))
        return {
            "assets": assets.load(),
            "csrf": f"{csrf_of(self.node, self.token)}{APART}{secrets.token_urlsafe(12)}",
            "switch": "?" + urlencode([*kept, ("lang", other)]),
            "other": other,
            "actor": actor,
            "organisation": _organisation(self.node, actor, words) if actor else "",
            "nav": entries(actor, request.url.path, words) if actor else [],
            "path": request.url.path,
            "said": _unquoted(said),
            "contact": self.node.settings.contact,
        }

    def _dressed(self, response: Response) -> Response:
        response.headers.update(
            {
                "Content-Security-Policy": _POLICY,
                "Referrer-Policy": "same-origin",
                "X-Content-Type-Options": "nosniff",
                "Cache-Control": "no-store",
                "Content-Language": self.words.tag,
                "Vary": "Accept-Language, Cookie",
            }
        )
        safe = is_safe(self.node)
        if not self.request.cookies.get(cookie_name(self.node)):
            self.cookies.setdefault(cookie_name(self.node), (self.token, 0))
        chosen = self.request.query_params.get("lang")
        if chosen in LANGUAGES:
            self.cookies["lang"] = str(chosen), 31_536_000
        for name, (value, seconds) in self.cookies.items():
            response.set_cookie(
                name, value, max_age=max(seconds, 0) if seconds else None, path="/",
                httponly=True, samesite="lax", secure=safe,
            )  # fmt: skip
        return response


@dataclass(slots=True)
class Desk(Visitor):
    """Somebody who is logged in."""

    _people: Mapping[str, str] | None = None
    _anchored: tuple[int | None] | None = None

    @property
    def actor(self) -> Actor:
        assert self.entered is not None
        return self.entered.actor

    @property
    def session(self) -> Entered:
        assert self.entered is not None
        return self.entered

    @property
    def people(self) -> Mapping[str, str]:
        """URI → name of everybody in the organisation: for who may see them; opened once a page."""
        if self._people is None:
            self._people = self.node.people.names(self.actor.organisation)
        return self._people

    @property
    def anchored(self) -> int | None:
        """So many records, from the first on, are in a final block; None where there is no chain."""
        if self._anchored is None:
            anchors = self.node.database.anchors
            policy = anchors.policy()
            done = anchors.latest(policy.version, ("final",)) if policy is not None else None
            self._anchored = (None if policy is None else done.size if done is not None else 0,)
        return self._anchored[0]


def device_of(agent: str) -> str:
    """Browser and system in two words, for people to tell their devices apart."""
    browsers = ("MicroMessenger", "Edg", "Firefox", "Chrome", "Safari")
    systems = ("HarmonyOS", "Android", "iPhone", "iPad", "Windows", "Mac OS", "Linux")
    browser = next((name for name in browsers if name in agent), "?")
    system = next((name for name in systems if name in agent), "?")
    told = {"MicroMessenger": "WeChat", "Edg": "Edge"}.get(browser, browser)
    return f"{told} · {system}"


def is_safe(node: Node) -> bool:
    """Whether pages are reached over https."""
    return node.settings.public_url.startswith("https:")


def cookie_name(node: Node) -> str:
    return "__Host-desk" if is_safe(node) else "desk"


def csrf_of(node: Node, token: str) -> str:
    """What a form of this browser carries: nobody else's page can know it."""
    return b64url(node.seal.digest(b"form\0" + token.encode()))


async def form_of(request: Request) -> AsyncIterator[FormData]:
    """The form of a POST, if it is one of ours; empty for other methods. Forbidden otherwise."""
    if request.method != "POST":
        yield FormData()
        return
    # Closed behind the answer: files that came with it lie in temporary ones.
    async with request.form(max_fields=MOST_FIELDS, max_files=100) as form:
        _check(request, form)
        try:
            yield form
        finally:
            # What led to another page keeps its answer; all else may be sent again.
            sent = getattr(request.state, "sent", None)
            if sent is not None:
                await run_in_threadpool(node_of(request).forms.drop, sent)


def _check(request: Request, form: FormData) -> None:
    node = node_of(request)
    token = request.cookies.get(cookie_name(node), "")
    given = form.get("csrf", "")
    right = csrf_of(node, token)
    if (
        not token
        or not isinstance(given, str)
        or not hmac.compare_digest(right.encode(), given.partition(APART)[0].encode())
    ):
        raise Forbidden("this form is no longer good; open the page again and send it once more")


FormDep = Annotated[FormData, Depends(form_of)]


def visitor_of(request: Request, form: FormDep) -> Visitor:
    """Whoever asks; logged in, half-way, or not at all."""
    return make_visitor(request, form, Visitor)


def make_visitor(request: Request, form: FormData, kind: type[Visitor]) -> Visitor:
    node = node_of(request)
    token = request.cookies.get(cookie_name(node)) or secrets.token_urlsafe(24)
    entered = node.entrance.entered(token)
    return kind(request, node, wording(language_of(request)), form, token, entered)


async def desk_of(request: Request, form: FormDep) -> Desk:
    """Who is logged in; LogInFirst otherwise."""
    visitor = await run_in_threadpool(make_visitor, request, form, Desk)
    assert isinstance(visitor, Desk)
    if visitor.entered is None or visitor.entered.session.stage != "full":
        raise LogInFirst("log in first")
    if request.method == "POST":
        await take(visitor)
    return visitor


class LogInFirst(Unauthenticated):
    """Nobody is logged in: the page to log in comes first, and then the one asked for."""


def actor_of(desk: Annotated[Desk, Depends(desk_of)]) -> Actor:
    return desk.actor


VisitorDep = Annotated[Visitor, Depends(visitor_of)]
DeskDep = Annotated[Desk, Depends(desk_of)]
ActorDep = Annotated[Actor, Depends(actor_of)]
"""Who acts: person, organisation, roles, ``caller`` for capture, ``attributed`` for its events."""


def texts(form: Mapping[str, Any]) -> dict[str, str]:
    """The text fields of a form."""
    return {name: value for name, value in form.items() if isinstance(value, str)}


def _organisation(node: Node, actor: Actor, words: Wording) -> str:
    known = node.database.accounts.organisation(actor.organisation)
    if known is None:
        return actor.organisation
    return known.name_zh if words.language == "zh" else known.name_en


def _unquoted(said: str) -> str:
    return unquote(said)[:_SAID_MOST]
