"""A flood: ten thousand readings of one code over HTTP, by several connections; a clerk works on."""

from __future__ import annotations

import re
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.client import HTTPConnection
from urllib.parse import urlsplit

import requests
from bench import mix
from bench.service import Service

from suyuan.bootstrap import Node
from suyuan.core.people import Details
from suyuan.core.roles import PersonRole
from suyuan.demo import season as story
from suyuan.flow.actors import Actor

CONNECTIONS = 8
_PASSWORD = "plum kettle seven roofs"
_READER = {"Accept": "text/html", "User-Agent": "Mozilla/5.0", "Accept-Language": "en"}


@dataclass(frozen=True, slots=True)
class Flooded:
    """What became of it."""

    answers: Counter[int]
    """By status; 429 only counts with words."""
    seconds: float
    slowest: float
    """Of the readings."""
    desk: list[float]
    """Seconds that each page of the desk took meanwhile."""
    cases: int
    """Alarms about the code at the desk afterwards."""
    seen: int
    """How often the code was seen, as its page says afterwards."""


def clerk(node: Node) -> None:
    """Somebody of the cooperative who may log in."""
    office = story.parties(mix.BASE)["county"]
    people = node.people
    roles: frozenset[PersonRole] = frozenset({"administrator"})
    head = Actor("", people.uri("nobody"), "", office.id, story.COUNTY, roles)
    added = people.add(head, Details("王会计"), ["clerk"], mix.COOPERATIVE)
    code = people.give_login(head, added.id, "wang")
    started = node.entrance.code("wang", code, address="bench", device="")
    node.entrance.renew(started.token, _PASSWORD)
    people.sessions.end_all(added.id)


def flood(service: Service, path: str, total: int) -> Flooded:
    """Read a code's page so often, as fast as the service answers."""
    inside, over = _inside(service), threading.Event()
    waits: list[float] = []

    def work() -> None:
        while not over.is_set():
            began = time.monotonic()
            page = inside.get(f"{service.url}/desk/lots", timeout=30)
            assert page.status_code == 200, page.status_code
            waits.append(time.monotonic() - began)
            over.wait(0.2)

    desk = threading.Thread(target=work)
    desk.start()
    began = time.monotonic()
    try:
        with ThreadPoolExecutor(CONNECTIONS) as pool:
            parts = [total // CONNECTIONS] * CONNECTIONS
            parts[0] += total - sum(parts)
            done = list(pool.map(lambda count: _read(service, path, count), parts))
    finally:
        over.set()
        desk.join()
    seconds = time.monotonic() - began
    answers = sum((one for one, _ in done), Counter[int]())
    until = time.monotonic() + 60
    while True:
        time.sleep(2.5)  # the worker writes each second, on a machine that has the time
        cases, seen = _cases(inside, service, path.rpartition("/")[2]), _seen(service, path)
        if (cases and seen == answers[200]) or time.monotonic() > until:
            break
    return Flooded(answers, seconds, max(slow for _, slow in done), waits, cases, seen)


def _read(service: Service, path: str, count: int) -> tuple[Counter[int], float]:
    """One connection that is kept open."""
    host = urlsplit(service.url)
    connection = HTTPConnection(host.hostname or "", host.port, timeout=60)
    found, slowest = Counter[int](), 0.0
    for _ in range(count):
        began = time.monotonic()
        connection.request("GET", path, headers=_READER)
        answer = connection.getresponse()
        body = answer.read()
        slowest = max(slowest, time.monotonic() - began)
        assert answer.status != 429 or b"wait" in body
        found[answer.status] += 1
    connection.close()
    return found, slowest


def _inside(service: Service) -> requests.Session:
    session = requests.Session()
    session.headers["Accept-Language"] = "en"
    page = session.get(f"{service.url}/desk/log-in", timeout=30)
    csrf = re.search(r'name="csrf" value="([^"]+)"', page.text)
    assert csrf is not None
    fields = {"csrf": csrf[1], "account": "wang", "password": _PASSWORD}
    session.post(f"{service.url}/desk/log-in", data=fields, timeout=30)
    assert session.get(f"{service.url}/desk/lots", timeout=30, allow_redirects=False).ok
    return session


def _cases(inside: requests.Session, service: Service, serial: str) -> int:
    page = inside.get(f"{service.url}/desk/scans", timeout=30).text
    return len(re.findall(rf'href="/desk/scans/[^"]+">{re.escape(serial)}<', page))


def _seen(service: Service, path: str) -> int:
    request = HTTPConnection(urlsplit(service.url).netloc, timeout=60)
    # Asked by what is no person, so that asking does not count.
    request.request("GET", path, headers={**_READER, "User-Agent": "bench-bot"})
    body = request.getresponse().read().decode()
    request.close()
    found = re.search(r"([\d,]+) times", re.sub(r"<[^>]+>", "", body))
    return int(found[1].replace(",", "")) if found else 0
