"""Those outside: writers over HTTP, and a watcher who keeps every checkpoint that it is shown."""

from __future__ import annotations

import http.client
import json
import threading
from collections import Counter
from collections.abc import Sequence
from random import Random
from urllib.parse import urlsplit

from fire.story import name_of, told

from suyuan.core.checkpoint import open_checkpoint
from suyuan.core.note import NoteVerifier

TAKEN = 201
EXPECTED = {TAKEN, 503}
"""Statuses that a writer may be answered whatever dies meanwhile."""


class Writer:
    """Records one event after the other; the same again until it is acknowledged, as a client would.

    Whom it asks is drawn anew each time. Every other writer sends an Idempotency-Key.
    """

    def __init__(
        self, name: str, urls: Sequence[str], token: str, *, keyed: bool, pause: float
    ) -> None:
        self.name, self._urls = name, urls
        self._head = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self._keyed, self._pause = keyed, pause
        self.acknowledged: dict[str, int] = {}
        self.answers: Counter[str] = Counter()
        self.unexpected: list[str] = []

    def run(self, stop: threading.Event) -> None:
        draw, number = Random(self.name), 0
        while not stop.is_set():
            if self._record(draw.choice(self._urls), number):
                number += 1
                stop.wait(self._pause)
            else:
                stop.wait(0.05)

    def _record(self, url: str, number: int) -> bool:
        name = name_of(self.name, number)
        head = {**self._head, "Idempotency-Key": name} if self._keyed else self._head
        connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)
        try:
            connection.request("POST", "/events", json.dumps(told(self.name, number)), head)
            answer = connection.getresponse()
            body = answer.read()
        except (OSError, http.client.HTTPException) as problem:
            self.answers[type(problem).__name__] += 1
            return False
        finally:
            connection.close()
        self.answers[str(answer.status)] += 1
        if answer.status not in EXPECTED:
            self.unexpected.append(f"{answer.status} {body.decode(errors='replace')[:500]}")
        if answer.status != TAKEN:
            return False
        self.acknowledged[name] = json.loads(body)["index"]
        return True


class Watcher:
    """Asks every service for its checkpoint, in turn. What one of them has shown, the next may not be
    behind of, nor tell otherwise."""

    def __init__(self, urls: Sequence[str], keys: Sequence[NoteVerifier], origin: str) -> None:
        self._urls, self._keys, self._origin = urls, keys, origin
        self.seen: dict[int, bytes] = {}
        self.looks = 0
        self.contradictions: list[str] = []
        self._newest = 0

    def run(self, stop: threading.Event) -> None:
        while not stop.is_set():
            for url in self._urls:
                note = self._ask(url)
                if note is not None:
                    self._take(note.decode())
            stop.wait(0.05)

    def _ask(self, url: str) -> bytes | None:
        connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)
        try:
            connection.request("GET", "/log/checkpoint")
            answer = connection.getresponse()
            body = answer.read()
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()
        return body if answer.status == 200 else None

    def _take(self, note: str) -> None:
        self.looks += 1
        found = open_checkpoint(note, self._keys, self._origin)
        if found.size < self._newest:
            self.contradictions.append(f"{found.size} was shown after {self._newest}")
        if self.seen.setdefault(found.size, found.root) != found.root:
            self.contradictions.append(f"two heads of size {found.size}")
        self._newest = max(found.size, self._newest)
