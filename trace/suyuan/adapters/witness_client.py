"""Asking witnesses over HTTP."""

from __future__ import annotations

import requests

from suyuan.core.errors import Unavailable

_LONGEST = 64 * 1024


class HttpWitnesses:
    """ports.witness.Witnesses. The addresses are the operator's own; none is followed elsewhere."""

    def __init__(self, timeout: float) -> None:
        self._timeout = timeout
        self._session = requests.Session()

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
        except (requests.RequestException, OSError) as problem:
            raise Unavailable(
                "{url} does not answer ({why})", url=url, why=type(problem).__name__
            ) from None
