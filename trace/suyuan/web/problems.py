"""Errors as problem+json (RFC 9457), with the exception types of the EPCIS 2.0 REST binding."""

from __future__ import annotations

from typing import Any

import structlog
from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import iter_route_contexts
from starlette.exceptions import HTTPException

from suyuan.core.errors import (
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
    Unauthenticated,
    Unavailable,
)
from suyuan.words import Language, choose, say, text_of

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
        "application/problem+json": {
            "schema": {
                "type": "object",
                "required": ["type", "title", "status", "detail"],
                "properties": {
                    "type": {"type": "string", "description": "epcisException:…"},
                    "title": {"type": "string"},
                    "status": {"type": "integer"},
                    "detail": {"type": "string"},
                    "errors": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "properties": {
                                "path": {"type": "string", "description": "JSON pointer"},
                                "detail": {"type": "string"},
                            },
                        },
                    },
                },
            }
        }
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
    (TooLarge, 413, "CaptureLimitExceededException", "Too large"),
    (NotReadable, 415, "UnsupportedMediaTypeException", "Not read in this form"),
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
    body["errors"] = [{"path": e.path, "detail": text_of(e, language)} for e in inner[:1000]]
    return body


def problem(
    error: SuyuanError,
    language: Language,
    headers: dict[str, str] | None = None,
    request: Request | None = None,
) -> JSONResponse:
    """An error as a response."""
    status = status_of(error)
    extra = dict(headers or {})
    if status == 401:
        extra["WWW-Authenticate"] = "Bearer"
    if status == 503:
        extra["Retry-After"] = "10"
    return JSONResponse(
        body_of(error, language, request), status, extra, media_type="application/problem+json"
    )


async def on_error(request: Request, error: Exception) -> JSONResponse:
    """Any of our own errors."""
    assert isinstance(error, SuyuanError)
    return problem(error, choose(request.headers.get("accept-language")), request=request)


async def on_http(request: Request, error: Exception) -> JSONResponse:
    """The framework's own refusals: no such path, wrong method."""
    assert isinstance(error, HTTPException)
    language = choose(request.headers.get("accept-language"))
    kind = "NoSuchResourceException" if error.status_code == 404 else "ValidationException"
    headers = dict(error.headers or {})
    if error.status_code == 405:
        # The framework names the methods of one route; several may stand at this path.
        headers["Allow"] = ", ".join(sorted(_methods_at(request)))
    return JSONResponse(
        {
            "type": f"epcisException:{kind}",
            "title": say(language)("Not here" if error.status_code == 404 else "Not taken"),
            "status": error.status_code,
            "detail": str(error.detail),
        },
        error.status_code,
        headers,
        media_type="application/problem+json",
    )


def _methods_at(request: Request) -> set[str]:
    """All methods of all routes that this path fits (RFC 9110 §15.5.6)."""
    found: set[str] = set()
    for context in iter_route_contexts(request.app.routes):
        regex = getattr(context, "path_regex", None)
        if regex is not None and regex.match(request.url.path):
            found.update(context.methods or ())
    return found


async def on_misfit(request: Request, error: Exception) -> JSONResponse:
    """A parameter in path, query or header that is not of its type or size."""
    assert isinstance(error, RequestValidationError)
    found = [
        Malformed("{name}: {why}", path=str(one["loc"][-1]), name=one["loc"][-1], why=one["msg"])
        for one in error.errors()[:20]
    ]
    refusal = found[0] if len(found) == 1 else Many(found)
    return problem(refusal, choose(request.headers.get("accept-language")), request=request)


async def on_crash(request: Request, error: Exception) -> JSONResponse:
    """Our own fault: logged with its trace, told without it."""
    _log.exception("unexpected", path=request.url.path, exc_info=error)
    language = choose(request.headers.get("accept-language"))
    return JSONResponse(
        {
            "type": "epcisException:ImplementationException",
            "title": say(language)("Our fault"),
            "status": 500,
            "detail": say(language)("Something went wrong here; nothing of this call was stored"),
        },
        500,
        media_type="application/problem+json",
    )
