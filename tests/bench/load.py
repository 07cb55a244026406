"""Records over HTTP at a steady rate, and looks at the contract meanwhile: `python -m bench.load ORDER`.

ORDER is JSON: ``url``, ``token``; ``rate`` in events a second (0: the next document when the last one
is recorded), ``seconds``, ``size`` of a document, ``season`` to begin with; ``rpc``, ``contract`` and
``log`` where anchors are waited for. Prints one line of JSON: ``recorded``, a list of [when, index of
the first, number of events]; ``heads``, a list of [when, size of the contract's head]; ``seconds``.
"""

from __future__ import annotations

import http.client
import json
import sys
import threading
import time
from queue import SimpleQueue
from typing import Any
from urllib.parse import urlsplit

from bench import mix
from bench.timing import pin
from eth_utils.crypto import keccak

from suyuan_devnet.rpc import call

_PATIENCE = 300.0
_HEAD = "0x" + keccak(text="head(bytes32)")[:4].hex()


class Load:
    """One run."""

    def __init__(self, order: dict[str, Any]) -> None:
        self.order = order
        self.recorded: list[tuple[float, int, int]] = []
        self.heads: list[tuple[float, int]] = []
        self._sent: SimpleQueue[str | None] = SimpleQueue()
        self._done = threading.Event()

    def run(self) -> dict[str, Any]:
        order = self.order
        rate, size = order["rate"], order["size"]
        count = max(1, int((rate or 500) * order["seconds"] / size))
        documents = mix.documents(count, size, order["season"])
        # Daemons: where the service is killed and a request fails, nobody waits for the rest.
        looking = threading.Thread(target=self._look, daemon=True)
        asking = threading.Thread(target=self._ask, daemon=True)
        looking.start()
        asking.start()
        began = time.perf_counter()
        for number, document in enumerate(documents):
            if rate:
                time.sleep(max(0.0, began + number * size / rate - time.perf_counter()))
            self._sent.put(self._request("POST", "/capture", document)["captureID"])
            while not rate and len(self.recorded) <= number and asking.is_alive():
                time.sleep(0.005)
        self._sent.put(None)
        asking.join()
        seconds = time.perf_counter() - began
        self._done.set()
        looking.join()
        return {"recorded": self.recorded, "heads": self.heads, "seconds": seconds}

    def _ask(self) -> None:
        """When each job was seen to be done, one after the other, as they are run."""
        while (job := self._sent.get()) is not None:
            while (told := self._request("GET", f"/capture/{job}"))["running"]:
                time.sleep(0.05)
            if not told["success"]:
                raise RuntimeError(f"not recorded: {told['errors']}")
            self.recorded.append((time.perf_counter(), min(told["indices"]), told["total"]))

    def _look(self) -> None:
        """Each head that the contract shows, until it covers all that was recorded."""
        if not self.order["rpc"]:
            return
        asked = {"to": self.order["contract"], "data": _HEAD + self.order["log"][2:]}
        deadline = time.perf_counter() + self.order["seconds"] + _PATIENCE
        size = 0
        while time.perf_counter() < deadline:
            found = int(call(self.order["rpc"], "eth_call", asked, "latest")[66:130], 16)
            if found > size:
                size = found
                self.heads.append((time.perf_counter(), size))
            if self._done.is_set() and size >= max(sum(one[1:]) for one in self.recorded):
                return
            time.sleep(0.05)
        raise RuntimeError(f"the contract is at {size} after {_PATIENCE:.0f} s")

    def _request(self, method: str, path: str, body: bytes | None = None) -> dict[str, Any]:
        connection = http.client.HTTPConnection(urlsplit(self.order["url"]).netloc, timeout=60)
        head = {"Authorization": f"Bearer {self.order['token']}"}
        connection.request(method, path, body, {**head, "Content-Type": "application/json"})
        answer = connection.getresponse()
        told = answer.read()
        connection.close()
        if answer.status not in (200, 202):
            raise RuntimeError(f"{method} {path}: {answer.status} {told[:500]!r}")
        found: dict[str, Any] = json.loads(told)
        return found


if __name__ == "__main__":
    pin(1)
    print(json.dumps(Load(json.loads(sys.argv[1])).run()))
