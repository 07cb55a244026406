"""Readers of pages: `python -m bench.readers URL CONNECTIONS REQUESTS PATH…`, one line of JSON.

Each connection is kept open and asks for one page after the other; no two ask for the same at a time.
"""

from __future__ import annotations

import http.client
import itertools
import json
import sys
import threading
import time
from urllib.parse import urlsplit

from bench.timing import pin


def read(url: str, connections: int, requests: int, paths: list[str]) -> dict[str, object]:
    """Latencies in seconds, all together, and how long it took."""
    turns = iter(itertools.islice(itertools.cycle(paths), requests))
    guard = threading.Lock()
    latencies: list[float] = []
    sizes: set[int] = set()
    troubles: list[str] = []

    def reader() -> None:
        connection = http.client.HTTPConnection(str(urlsplit(url).netloc), timeout=30)
        while True:
            with guard:
                path = next(turns, None)
            if path is None or troubles:
                break
            began = time.perf_counter()
            connection.request("GET", path, headers={"Accept": "text/html"})
            answer = connection.getresponse()
            body = answer.read()
            latencies.append(time.perf_counter() - began)
            sizes.add(len(body))
            if answer.status != 200:
                troubles.append(f"{path}: {answer.status}")
        connection.close()

    threads = [threading.Thread(target=reader) for _ in range(connections)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    wall = time.perf_counter() - began
    return {
        "wall": wall,
        "latencies": latencies,
        "sizes": [min(sizes), max(sizes)],
        "troubles": troubles,
    }


if __name__ == "__main__":
    pin(1)
    print(json.dumps(read(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:])))
