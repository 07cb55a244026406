"""Errors under /desk, told as pages: log in first, forbidden, not there, too often, our own fault."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any
from urllib.parse import quote

import structlog
from fastapi import Request
from fastapi.exceptions import RequestValidationError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.responses import Response

from suyuan.core.errors import SuyuanError, TooOften
from suyuan.web.desk.deps import LogInFirst, Visitor, make_visitor
from suyuan.web.desk.sent import SentBefore
from suyuan.web.problems import status_of

Handler = Callable[[Request, Exception], Coroutine[Any, Any, Response]]

_log = structlog.get_logger()


def on_desk(otherwise: Handler) -> Handler:
    """The handler for the whole service: pages for people at the desk, else what it was."""

    async def handle(request: Request, error: Exception) -> Response:
        path = request.url.path
        ours = path in ("/desk", "/sign") or path.startswith(("/desk/", "/sign/"))
        if not ours or not (_wants_page(request) or isinstance(error, SentBefore)):
            return await otherwise(request, error)
        return await run_in_threadpool(_told, request, error)

    return handle


def _wants_page(request: Request) -> bool:
    """Unless JSON is asked for, and HTML is not."""
    accepted = request.headers.get("accept", "*/*").lower()
    return "json" not in accepted or "text/html" in accepted


def _told(request: Request, error: Exception) -> Response:
    visitor = make_visitor(request, FormData(), Visitor)
    _ = visitor.words
    if isinstance(error, SentBefore):
        return visitor.go(error.answer.path, error.answer.said)
    if isinstance(error, LogInFirst):
        if request.method == "GET":
            where = request.url.path + (f"?{request.url.query}" if request.url.query else "")
            return visitor.go(f"/desk/log-in?next={quote(where)}")
        title = _("You have been logged out")
        lines = [
            _("You were away for too long, or logged out in another window. Nothing was saved."),
            _("Log in, go back to the form with your browser, and copy what you typed."),
        ]
        return visitor.page("notice.html", status=401, title=title, lines=lines, icon_name="lock")
    status = 500
    lines = [_("Nothing of this was saved. Try again in a moment.")]
    title, sign = _("Something went wrong here"), "stop"
    if isinstance(error, HTTPException):
        status = error.status_code
        title, sign = _("This page is not there"), "ask"
        lines = [_("The address may be mistyped, or what it showed was removed.")]
    elif isinstance(error, RequestValidationError):
        status, title, sign = 404, _("This page is not there"), "ask"
        lines = [_("The address may be mistyped, or what it showed was removed.")]
    elif isinstance(error, SuyuanError):
        status = status_of(error)
        lines = [visitor.sentence(error)]
        if status == 403:
            title, sign = _("You may not do this"), "lock"
        elif status == 404:
            title, sign = _("This is not there"), "ask"
        elif status < 500:
            title, sign = _("This could not be done"), "ask"
        elif status == 503:
            title, sign = _("Not available now"), "clock"
    if status == 500 and not isinstance(error, SuyuanError):
        _log.exception("unexpected", path=request.url.path, exc_info=error)
    response = visitor.page("notice.html", status=status, title=title, lines=lines, icon_name=sign)
    if isinstance(error, TooOften):
        response.headers["Retry-After"] = str(error.seconds)
    return response
