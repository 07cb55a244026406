"""A form of the desk that is sent twice, by a hurried finger or a slow line, is worked on once.

Each form of a page carries a text of its own (web/desk/deps.py); sent again by the same person with the
same words in it, it is answered as it was the first time. The answer names a page and what was said on
top of it, and lies sealed for a day.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from suyuan.core.encoding import b64url
from suyuan.core.sealed import ANSWER
from suyuan.core.timestamps import seconds_of
from suyuan.ports.forms import FormStore
from suyuan.ports.outside import Clock, Vault

STALE = 60.0
"""Seconds after which a form that somebody works on is taken from a process that must have died."""
KEPT = 86_400.0


@dataclass(frozen=True, slots=True)
class Answer:
    """The page that was shown after it, and what stood on top; both empty: it is still worked on."""

    path: str = ""
    said: str = ""


@dataclass(frozen=True, slots=True)
class Forms:
    """The verbs."""

    store: FormStore
    vault: Vault
    clock: Clock

    def key(self, parts: Iterable[str]) -> bytes:
        """Who sent what, by a keyed digest: the words are private."""
        return self.vault.digest(b"form sent\0" + json.dumps(list(parts)).encode())

    def begin(self, key: bytes) -> Answer | None:
        """None: nobody worked on it, and now the caller does."""
        at = seconds_of(self.clock.now())
        found = self.store.begin(key, at, stale=STALE, forget=KEPT)
        if not found:
            return None if found is None else Answer()
        path, said = json.loads(self.vault.open(ANSWER, b64url(key), found))
        return Answer(path, said)

    def end(self, key: bytes, path: str, said: str) -> None:
        answer = json.dumps([path, said]).encode()
        self.store.end(key, self.vault.close(ANSWER, b64url(key), answer))

    def drop(self, key: bytes) -> None:
        self.store.drop(key)


__all__ = ["Answer", "Forms"]
