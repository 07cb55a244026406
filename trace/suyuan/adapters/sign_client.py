"""A service as who signs by a link reaches it: the request, its report, its answer."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from suyuan.core.errors import Malformed, Refused, Unavailable
from suyuan.core.strict_json import loads

_TIMEOUT = 60.0


class SigningLink:
    """One link, ``https://…/sign#TOKEN``. Refused in the service's words."""

    def __init__(self, link: str) -> None:
        parts = urlsplit(link)
        if parts.scheme not in ("http", "https") or not parts.fragment:
            raise Malformed("a link looks like https://…/sign#…; paste it whole")
        path = parts.path.removesuffix("/sign")
        self._base = f"{parts.scheme}://{parts.netloc}{path}"
        self._head = {"Suyuan-Link": parts.fragment}

    def request(self) -> dict[str, Any]:
        """What is asked."""
        return self._call("GET", "/signing")

    def answer(self, documents: Any) -> dict[str, Any]:
        """Send what was signed, and the report in one with it."""
        return self._call("POST", "/signing", json=documents)

    def bring(self, x: str, sig: str) -> dict[str, Any]:
        """Send the public half of a key."""
        return self._call("POST", "/signing/key", json={"x": x, "sig": sig})

    def _call(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        import requests  # loaded when it is needed: most who sign are given no link

        headers = {**self._head, **more.pop("headers", {}), "Accept": "application/json"}
        try:
            answer = requests.request(
                method, self._base + path, headers=headers, timeout=_TIMEOUT,
                allow_redirects=False, **more,
            )  # fmt: skip
        except requests.RequestException:
            raise Unavailable("{address} does not answer", address=self._base) from None
        try:
            told = loads(answer.content, max_depth=40)
        except Refused:
            told = {}
        if answer.status_code >= 300 or not isinstance(told, dict):
            said = told.get("detail") if isinstance(told, dict) else None
            raise Refused("{said}", said=said or f"HTTP {answer.status_code}")
        return told
