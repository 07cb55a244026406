"""Pages of long answers: how many on each, and where the next one begins (EPCIS 2.0 §12.5).

A token says where a page ended and until when it is taken. Nothing is kept for one: the log only
grows, so the place stays right for as long as the token is good.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, TypeVar
from urllib.parse import urlencode

from fastapi import Depends, Query, Request

from suyuan.core.errors import Malformed
from suyuan.core.timestamps import from_datetime
from suyuan.flow.query import Place
from suyuan.web.deps import NodeDep

T = TypeVar("T")

PER_PAGE = 30
MOST_PER_PAGE = 1000
GOOD_FOR = timedelta(days=7)
"""Who reads page after page is done by then; a token that was kept from an older release is refused
by its date, rather than misread."""
NAMES = frozenset({"perPage", "nextPageToken"})
"""The parameters that paging takes; no query has them."""
EXPIRES = "GS1-Next-Page-Token-Expires"

_TOKEN = "WyJhYmMiLDAsMCwiMjAyNi0wOS0xN1QwMDozMDowMC4wMDBaIl0"  # noqa: S105 - an example, no secret

PerPage = Annotated[int, Query(alias="perPage", ge=1, le=MOST_PER_PAGE, examples=[PER_PAGE])]
Token = Annotated[str | None, Query(alias="nextPageToken", max_length=400, examples=[_TOKEN])]


@dataclass(frozen=True, slots=True)
class Paging:
    """One page that was asked for, and how to lead to the next."""

    path: str
    size: int
    now: str
    after: Place | None
    """Where the page before ended; None at the beginning."""
    seen: int
    """How many were on the pages before."""

    @property
    def name(self) -> str:
        """Where the page before ended, for lists that have one text as their order; "" at first."""
        return self.after[0] if self.after is not None else ""

    @property
    def most(self) -> int:
        """How many to look for: one more than are shown, to know whether another page follows."""
        return self.size + 1

    def cut(
        self, found: Sequence[T], end: Callable[[T], Place]
    ) -> tuple[Sequence[T], dict[str, str]]:
        """This page of what was found by ``most``, and its headers; ``end``: the place of one."""
        shown = found[: self.size]
        return shown, self.next(end(shown[-1])) if len(found) > self.size else {}

    def next(
        self, end: Place, *, seen: int = 0, parameters: Mapping[str, Any] | None = None
    ) -> dict[str, str]:
        """Headers that lead on: Link (RFC 8288), and until when its token is taken.

        A parameter that is a list stands in the address several times.
        """
        expires = from_datetime(datetime.fromisoformat(self.now) + GOOD_FOR)
        asked = {
            **(parameters or {}),
            "perPage": self.size,
            "nextPageToken": _written(end, seen, expires),
        }
        return {
            "Link": f'<{self.path}?{urlencode(asked, doseq=True)}>; rel="next"',
            EXPIRES: expires,
        }


def paging(
    node: NodeDep, request: Request, per_page: PerPage = PER_PAGE, token: Token = None
) -> Paging:
    """The page that a request asks for; Malformed for a token that is not ours, or expired."""
    now = node.clock.now()
    after, seen = (None, 0) if token is None else read_token(token, now)
    return Paging(request.url.path, per_page, now, after, seen)


PagingDep = Annotated[Paging, Depends(paging)]


def _written(end: Place, seen: int, expires: str) -> str:
    text = json.dumps([*end, seen, expires])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_token(token: str, now: str) -> tuple[Place, int]:
    """Where the page before ended; it is no secret, but has to be one of ours, and still good."""
    try:
        padded = token + "=" * (-len(token) % 4)
        time, index, seen, expires = json.loads(base64.urlsafe_b64decode(padded))
    except (binascii.Error, ValueError, TypeError, RecursionError):
        time, index, seen, expires = None, None, None, None
    if not (
        isinstance(time, str)
        and type(index) is int
        and type(seen) is int
        and 0 <= index < 1 << 62
        and 0 <= seen < 1 << 62
        and time.isascii()
        and isinstance(expires, str)
    ):
        raise Malformed(
            "this page token is not one of ours; begin again without nextPageToken",
            path="/nextPageToken",
            rule="format",
        )
    if expires < now:
        raise Malformed(
            "this page token was good until {time}; begin again without nextPageToken",
            path="/nextPageToken",
            rule="expired",
            time=expires[:40],
        )
    return (time, index), seen
