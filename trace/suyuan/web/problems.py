"""Errors as problem+json (RFC 9457), with the exception types of the EPCIS 2.0 REST binding."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import structlog
from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from fastapi.routing import iter_route_contexts
from starlette.exceptions import HTTPException

from suyuan.core.epcis.shapes import rule_of
from suyuan.core.errors import (
    Blocked,
    Closed,
    Conflict,
    Damaged,
    Fatal,
    Forbidden,
    Malformed,
    Many,
    NotFound,
    NotOffered,
    NotReadable,
    Refused,
    SuyuanError,
    TooLarge,
    TooOften,
    Unauthenticated,
    Unavailable,
)
from suyuan.core.rules.finding import Finding
from suyuan.core.rules.told import told as found_told
from suyuan.core.said import Said
from suyuan.web.problem_forms import PROBLEM_JSON, PROBLEM_XML, accept_of, response
from suyuan.web.wording import wording
from suyuan.words import Language, choose, say, text_of
from suyuan.words import told as in_words
from suyuan.words.misfit import misfit

_log = structlog.get_logger()

RESOURCES = {
    "eventTypes": "eventType",
    "epcs": "MATCH_anyEPC",
    "bizSteps": "EQ_bizStep",
    "bizLocations": "EQ_bizLocation",
    "readPoints": "EQ_readPoint",
    "dispositions": "EQ_disposition",
}
"""Top-level resources of EPCIS 2.0, and the parameter of a query that each stands for."""

PROBLEM: dict[str, Any] = {
    "description": "A problem (RFC 9457), in the reader's language",
    "content": {
        PROBLEM_JSON: {
            "schema": {
                "type": "object",
                "required": ["type", "title", "status", "detail"],
                "properties": {
                    "type": {"type": "string", "description": "epcisException:…"},
                    "title": {"type": "string"},
                    "status": {"type": "integer"},
                    "detail": {"type": "string"},
                    "findings": {"type": "array", "description": "Rules that block (409)"},
                    "errors": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["path", "detail"],
                            "properties": {
                                "path": {
                                    "type": "string",
                                    "description": "JSON pointer, line, parameter or header",
                                },
                                "rule": {
                                    "type": "string",
                                    "description": "What it does not keep to: a keyword of JSON "
                                    "Schema, `limit`, `order` or `syntax`",
                                },
                                "detail": {"type": "string"},
                                "example": {
                                    "type": "string",
                                    "description": "What would be right",
                                },
                            },
                        },
                    },
                },
            }
        },
        PROBLEM_XML: {
            "schema": {
                "type": "string",
                "description": "The same as an epcis:EPCISException, where Accept asks for XML",
            }
        },
    },
}
"""What every endpoint answers when it refuses, for the OpenAPI document."""

KINDS: tuple[tuple[type[SuyuanError], int, str, str], ...] = (
    (Many, 400, "ValidationException", "Some of it cannot be taken"),
    (Malformed, 400, "ValidationException", "This cannot be read"),
    (Unauthenticated, 401, "SecurityException", "Who are you?"),
    (Forbidden, 403, "SecurityException", "Not allowed"),
    (NotFound, 404, "NoSuchResourceException", "Not here"),
    (NotOffered, 406, "NotAcceptableException", "Not to be had in this form"),
    (Conflict, 409, "ResourceAlreadyExistsException", "Contradicts what is recorded"),
    (Closed, 410, "ImplementationException", "This log is closed"),
    (TooLarge, 413, "CaptureLimitExceededException", "Too large"),
    (TooOften, 429, "SecurityException", "Too many tries"),
    (NotReadable, 415, "UnsupportedMediaTypeException", "Not read in this form"),
    (Blocked, 409, "ValidationException", "The rules do not allow it"),
    (Refused, 400, "ValidationException", "This cannot be taken"),
    (Unavailable, 503, "ImplementationException", "Not available now"),
    (Damaged, 500, "ImplementationException", "Stored data is damaged"),
    (Fatal, 500, "ImplementationException", "Stopped"),
)
"""Error class → status, epcisException type, title. First match counts."""


def status_of(error: SuyuanError) -> int:
    """HTTP status of an error; a batch has the status that all its errors share, else 400."""
    if isinstance(error, Many):
        found = {status_of(inner) for inner in error.errors}
        return found.pop() if len(found) == 1 else 400
    return next(status for kind, status, _, _ in KINDS if isinstance(error, kind))


ABOUT_QUERIES = ("/events", "/queries", *(f"/{name}" for name in RESOURCES))


def kind_for(status: int, kind: str, request: Request) -> str:
    """The exception type that the binding has for this status of this endpoint."""
    path = request.url.path
    if status in (400, 404) and "/subscriptions" in path and path.startswith("/queries/"):
        return "SubscriptionControlsException" if status == 400 else "NoSuchSubscriptionException"
    if status == 404 and path.startswith("/queries/"):
        return "NoSuchNameException"
    if request.method in ("GET", "HEAD") and path.startswith(ABOUT_QUERIES):
        return _ABOUT_QUERY.get(status, kind)
    return kind


_ABOUT_QUERY = {
    400: "QueryParameterException",
    413: "QueryTooLargeException",
    414: "URITooLongException",
}


def body_of(
    error: SuyuanError, language: Language, request: Request | None = None
) -> dict[str, Any]:
    """The problem document."""
    status = status_of(error)
    first = error.errors[0] if isinstance(error, Many) and error.errors else error
    kind, title = next((k, t) for c, _, k, t in KINDS if isinstance(first, c))
    if request is not None:
        kind = kind_for(status, kind, request)
    body: dict[str, Any] = {
        "type": f"epcisException:{kind}",
        "title": say(language)(title),
        "status": status,
        "detail": text_of(error, language),
    }
    inner = error.errors if isinstance(error, Many) else (error,)
    body["errors"] = [told(e, language) for e in inner[:1000]]
    if isinstance(first, Blocked):
        show = wording(language).show
        body["findings"] = [found_told(o, show) for o in first.findings if isinstance(o, Finding)]
    return body


def told(error: SuyuanError, language: Language) -> dict[str, Any]:
    """One refusal: where, by which rule, in words, and what would be right."""
    one: dict[str, Any] = {"path": error.path}
    if isinstance(error, Malformed | TooLarge) or "rule" in error.params:
        one["rule"] = rule_of(error)
    one["detail"] = text_of(error, language)
    if "example" in error.params:
        one["example"] = str(error.params["example"])
    return one


def problem(
    error: SuyuanError,
    language: Language,
    headers: dict[str, str] | None = None,
    request: Request | None = None,
) -> Response:
    """An error as a response, in the form that the request asks for."""
    status = status_of(error)
    extra = dict(headers or {})
    if status == 401:
        extra["WWW-Authenticate"] = "Bearer"
    if status == 503:
        extra["Retry-After"] = "10"
    return response(body_of(error, language, request), status, extra, accept_of(request))


async def on_error(request: Request, error: Exception) -> Response:
    """Any of our own errors."""
    assert isinstance(error, SuyuanError)
    return problem(error, choose(request.headers.get("accept-language")), request=request)


async def on_http(request: Request, error: Exception) -> Response:
    """The framework's own refusals: no such path, wrong method."""
    assert isinstance(error, HTTPException)
    language = choose(request.headers.get("accept-language"))
    kind = "NoSuchResourceException" if error.status_code == 404 else "ValidationException"
    headers = dict(error.headers or {})
    if error.status_code == 405:
        # The framework names the methods of one route; several may stand at this path.
        headers["Allow"] = ", ".join(sorted(_methods_at(request)))
    return response(
        {
            "type": f"epcisException:{kind}",
            "title": say(language)("Not here" if error.status_code == 404 else "Not taken"),
            "status": error.status_code,
            "detail": in_words(_why(error.status_code, request, headers), language),
        },
        error.status_code,
        headers,
        accept_of(request),
    )


def _why(status: int, request: Request, headers: dict[str, str]) -> Said:
    if status == 404:
        return Said("there is nothing at {path}", path=request.url.path[:200])
    if status == 405:
        return Said("{method} is not answered here; there is {allowed}",
                    method=request.method, allowed=headers["Allow"])  # fmt: skip
    return Said("this request cannot be read")


def _methods_at(request: Request) -> set[str]:
    """All methods of all routes that this path fits (RFC 9110 §15.5.6)."""
    found: set[str] = set()
    for context in iter_route_contexts(request.app.routes):
        regex = getattr(context, "path_regex", None)
        if regex is not None and regex.match(request.url.path):
            found.update(context.methods or ())
    return found


async def on_misfit(request: Request, error: Exception) -> Response:
    """A parameter in path, query or header that is not of its type or size."""
    assert isinstance(error, RequestValidationError)
    found = []
    for one in error.errors()[:20]:
        name = str(one["loc"][-1])
        found.append(misfit(one, name, _example(request, name)))
    refusal = found[0] if len(found) == 1 else Many(found)
    return problem(refusal, choose(request.headers.get("accept-language")), request=request)


def _example(request: Request, name: str) -> str | None:
    """The first example that the endpoint itself has for a parameter."""
    dependant = getattr(request.scope.get("route"), "dependant", None)
    return None if dependant is None else next(_examples(dependant, name), None)


def _examples(dependant: Dependant, name: str) -> Iterator[str]:
    for field in (*dependant.path_params, *dependant.query_params, *dependant.header_params):
        examples = getattr(field.field_info, "examples", None)
        if field.alias == name and examples:
            yield str(examples[0])
    for inner in dependant.dependencies:
        yield from _examples(inner, name)


async def on_crash(request: Request, error: Exception) -> Response:
    """Our own fault: logged with its trace, told without it."""
    _log.exception("unexpected", path=request.url.path, exc_info=error)
    language = choose(request.headers.get("accept-language"))
    return response(
        {
            "type": "epcisException:ImplementationException",
            "title": say(language)("Our fault"),
            "status": 500,
            "detail": say(language)("Something went wrong here; nothing of this call was stored"),
        },
        500,
        {},
        accept_of(request),
    )
