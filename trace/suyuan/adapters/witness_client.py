"""Asking witnesses over HTTP."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from suyuan.core.errors import Unavailable

if TYPE_CHECKING:
    from requests import Session

_LONGEST = 64 * 1024


class HttpWitnesses:
    """ports.witness.Witnesses. The addresses are the operator's own; none is followed elsewhere."""

    def __init__(self, timeout: float) -> None:
        self._timeout = timeout

    @cached_property
    def _session(self) -> Session:
        from requests import Session  # loaded when it is needed: most logs have no witnesses

        return Session()

    def ask(self, url: str, body: bytes) -> tuple[int, bytes]:
        try:
            with self._session.post(
                url,
                data=body,
                timeout=self._timeout,
                allow_redirects=False,
                stream=True,
                headers={"Content-Type": "text/plain; charset=utf-8"},
            ) as answer:
                return answer.status_code, answer.raw.read(_LONGEST, decode_content=True)
        except OSError as problem:  # among them all of requests
            raise Unavailable(
                "{url} does not answer ({why})", url=url, why=type(problem).__name__
            ) from None
