"""A lock that serves in the order of asking.

With threading.Lock, a thread that lets go and asks again at once wins over those who wait: a long
import would keep everybody else from recording.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from suyuan.core.errors import Unavailable


class Turns:
    """``with taken(seconds)``: Unavailable if the turn has not come by then."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._taken = False
        self._queue: deque[threading.Event] = deque()

    @contextmanager
    def taken(self, timeout: float) -> Iterator[None]:
        mine = threading.Event()
        with self._guard:
            if self._taken:
                self._queue.append(mine)
            else:
                self._taken = True
                mine.set()
        try:
            if not mine.wait(timeout):
                raise Unavailable("the database is busy: no turn to write in {s} s", s=timeout)
            yield
        finally:
            with self._guard:
                if not mine.is_set():
                    self._queue.remove(mine)
                elif self._queue:
                    self._queue.popleft().set()
                else:
                    self._taken = False
