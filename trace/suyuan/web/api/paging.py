"""Pages of long answers: how many on each, and where the next one begins (EPCIS 2.0 §12.5)."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Query, Request

from suyuan.core.errors import Malformed
from suyuan.flow.query import Place

PER_PAGE = 30
MOST_PER_PAGE = 1000
PerPage = Annotated[int, Query(alias="perPage", ge=1, le=MOST_PER_PAGE)]
Token = Annotated[str | None, Query(alias="nextPageToken", max_length=400)]


def next_link(request: Request, parameters: Mapping[str, Any]) -> str:
    """Value of the Link header (RFC 8288) that leads to the next page."""
    return f'<{request.url.path}?{urlencode(parameters)}>; rel="next"'


def token_of(after: Place, seen: int) -> str:
    """Where a page ended, for the next one's address."""
    return base64.urlsafe_b64encode(json.dumps([*after, seen]).encode()).decode().rstrip("=")


def read_token(token: str | None) -> tuple[Place | None, int]:
    """Where the page before ended; it is no secret, but has to be one of ours."""
    if token is None:
        return None, 0
    try:
        time, index, seen = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    except (binascii.Error, ValueError, TypeError):
        time, index, seen = None, None, None
    if not (
        isinstance(time, str)
        and type(index) is int
        and type(seen) is int
        and 0 <= index < 1 << 62
        and 0 <= seen < 1 << 62
        and time.isascii()
    ):
        raise Malformed("this page token is not one of ours", path="/nextPageToken")
    return (time, index), seen
