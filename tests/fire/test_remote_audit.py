"""An audit from outside, over HTTP, finds what the one in the database finds, and every lie."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import pytest
import uvicorn
from fire.anchoring import CALLER, anchor, policy_of
from fire.story import told
from nodes import BASE, event, play, settings

from suyuan.adapters.chain_view import AuditedChain
from suyuan.adapters.remote import RemoteLog
from suyuan.bootstrap import Node, create_node
from suyuan.core.errors import Unavailable
from suyuan.core.policy import Policy
from suyuan.demo import season
from suyuan.flow.accounts import Caller
from suyuan.flow.audit import AuditReport, StoreSource, audit
from suyuan.flow.capture import Incoming
from suyuan.found import found_chain
from suyuan.ports.log import EventQuery
from suyuan.web.app import create_app
from suyuan_devnet import Devnet

pytestmark = pytest.mark.chain

SIZE, SALES = 600, 5
PLOTS = 5
"""Of the demo's season: where they lie is private (docs/decisions/0012)."""
Lie = Callable[[str, bytes], bytes]


@dataclass(slots=True)
class Service:
    """A node that is served on loopback; ``lie`` changes what it answers."""

    node: Node
    policy: Policy
    rpc_url: str
    url: str = ""
    lie: Lie | None = None
    sprayed: int = 0
    """Index of a record that everybody sees, in the first tile."""
    erased: int = 0
    token: str = ""
    asked: list[str] = field(default_factory=list)

    def audit(
        self, *, token: str | None = None, signatures: bool = True, chain: bool = True
    ) -> AuditReport:
        with closing(RemoteLog(self.url, token=token, timeout=10.0)) as source:
            return audit(source, self.policy, chain=self._chain(chain), signatures=signatures)

    def audit_inside(self, *, signatures: bool = True) -> AuditReport:
        database = self.node.database
        source = StoreSource(database.log, database.tree, database.anchors)
        return audit(source, self.policy, chain=self._chain(True), signatures=signatures)

    def _chain(self, asked: bool) -> AuditedChain | None:
        where = self.policy.contract, self.policy.log_id
        return AuditedChain(self.rpc_url, *where) if asked else None

    async def __call__(
        self, scope: Any, receive: Any, send: Callable[..., Awaitable[None]]
    ) -> None:
        """The application, its answers changed on their way out."""
        if scope["type"] != "http":
            await _app(self.node)(scope, receive, send)
            return
        path = scope["path"] + ("?" + scope["query_string"].decode()).rstrip("?")
        self.asked.append(path)
        parts: list[bytes] = []
        start: dict[str, Any] = {}

        async def collect(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
                return
            parts.append(message.get("body", b""))
            if not message.get("more_body"):
                body = b"".join(parts)
                if self.lie is not None and start["status"] == 200:
                    body = self.lie(path, body)
                kept = [pair for pair in start["headers"] if pair[0] != b"content-length"]
                await send({**start, "headers": [*kept, (b"content-length", b"%d" % len(body))]})
                await send({"type": "http.response.body", "body": body})

        await _app(self.node)(scope, receive, collect)


_apps: dict[int, Any] = {}


def _app(node: Node) -> Any:
    return _apps.setdefault(id(node), create_app(node, workers=False))


def sale(number: int) -> dict[str, Any]:
    """Part of a lot goes to a buyer: how much and to whom is not the public's."""
    return event(
        action="OBSERVE",
        bizStep="shipping",
        eventTime=f"2026-10-20T08:{number:02}:00Z",
        quantityList=[
            {
                "epcClass": season.lot(season.GTIN_DRIED, "DRY-2026-1"),
                "quantity": 1 + number,
                "uom": "KGM",
            }
        ],
        destinationList=[
            {
                "type": "owning_party",
                "destination": f"{BASE}org/market",
            }
        ],
    )


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A season with trade in it and one record erased, then crates: sealed, anchored, served."""
    folder = tmp_path_factory.mktemp("served")
    with Devnet(folder / "chain") as chain:
        node = create_node(settings(folder / "node", rpc_urls=[chain.rpc_url], confirmations=1))
        play(node, folder / "parties")
        found_chain(node, chain.rpc_url)
        service = Service(node, policy_of(node), chain.rpc_url)
        county = f"{node.settings.uri_base}org/county"
        admin = Caller(county, "administrator", season.COUNTY, "test")
        service.token = node.accounts.add_token(county, "administrator", "audit")[0]
        sprays = node.database.log.find_events(
            EventQuery(biz_step=f"{node.settings.uri_base}voc/applying")
        )
        service.sprayed, service.erased = sprays[0], sprays[-1]
        node.capture.erase(admin, service.erased, "asked for")
        node.capture.events(CALLER, [Incoming(sale(n)) for n in range(SALES)])
        start = node.database.log.tail().size
        node.capture.events(CALLER, [Incoming(told("crate", n)) for n in range(start, SIZE)])
        node.sealer.seal()
        anchor(node)
        server = uvicorn.Server(uvicorn.Config(service, port=0, log_level="error"))
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        service.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
        yield service
        server.should_exit = True
        thread.join(20)
        node.close()


@pytest.fixture
def service(served: Service) -> Iterator[Service]:
    yield served
    served.lie = None


def test_the_administrator_sees_what_the_database_holds(service: Service) -> None:
    for signatures in (False, True):
        inside = service.audit_inside(signatures=signatures)
        outside = service.audit(token=service.token, signatures=signatures)
        assert inside.difference is outside.difference is None
        for name in ("size", "root", "newest", "hidden", "erased", "chain", "signatures"):
            assert getattr(outside, name) == getattr(inside, name), name
        assert (inside.size, inside.hidden, inside.erased) == (SIZE, 0, 1)
        assert inside.chain == "agrees"
        assert SIZE in outside.chain_sizes


def test_the_public_counts_what_it_may_not_see(service: Service) -> None:
    report = service.audit()
    assert report.difference is None
    assert (report.size, report.erased, report.chain) == (SIZE, 1, "agrees")
    assert report.hidden == SALES + PLOTS
    assert report.root == service.audit_inside().root


def test_it_asks_for_nothing_that_the_log_does_not_have_to_publish(service: Service) -> None:
    """Of tiles, the full ones and the last partial ones of the size signed (tlog-tiles)."""
    service.asked.clear()
    service.audit()
    assert {path for path in service.asked if path.startswith("/log/")} == {
        "/log/checkpoint",
        *(f"/log/tile/{kind}/{n}" for kind in ("0", "entries") for n in ("000", "001", "002.p/88")),
        "/log/tile/1/000.p/2",
    }


def in_records(index: int, change: Callable[[dict[str, Any]], object]) -> Lie:
    """Of one record, something else is told."""

    def lie(path: str, body: bytes) -> bytes:
        if not path.startswith("/records"):
            return body
        lines = body.splitlines()
        for number, line in enumerate(lines):
            if (told := json.loads(line))["index"] == index:
                change(told)
                lines[number] = json.dumps(told).encode()
        return b"\n".join(lines)

    return lie


def flip(text: str, at: int) -> str:
    return text[:at] + ("1" if text[at] == "0" else "0") + text[at + 1 :]


LIES: dict[str, Callable[[dict[str, Any]], object]] = {
    "another content": lambda told: told["content"]["event"].update({"suyuan:purpose": "none"}),
    "another salt": lambda told: told["content"].update(salt=flip(told["content"]["salt"], 5)),
    "another entry": lambda told: told.update(entry=flip(told["entry"], 100)),
    "another link": lambda told: told["link"].update(salt=flip(told["link"]["salt"], 5)),
    "a link with less": lambda told: told["link"]["after"].pop(),
    "an invented disclosure": lambda told: told["disclosures"].append("eyJ"),
    "no members": dict.clear,
    "a content of no shape": lambda told: told.update(content=[1, 2]),
    "a number for an entry": lambda told: told.update(entry=17),
    "a link of no shape": lambda told: told.update(link="none"),
    "disclosures of no shape": lambda told: told.update(disclosures=17),
}


@pytest.mark.parametrize("name", LIES)
def test_a_lie_about_a_record_is_named(service: Service, name: str) -> None:
    service.lie = in_records(service.sprayed, LIES[name])
    for signatures in (False, True):
        found = service.audit(signatures=signatures, chain=False).difference
        assert found is not None
        assert found.index == service.sprayed
        assert str(service.sprayed) in found.text


def test_a_record_that_is_hidden_without_need_is_only_counted(service: Service) -> None:
    """Nobody outside can tell; whoever may see it can. Its links hold all the same."""
    hidden = service.audit().hidden
    service.lie = in_records(
        service.sprayed, lambda told: told.update(content=None, disclosures=[])
    )
    report = service.audit()
    assert (report.difference, report.hidden) == (None, hidden + 1)


def test_a_key_cannot_be_hidden(service: Service) -> None:
    """Whatever was signed with it is then signed by nobody."""
    keys = [record.index for record in service.node.database.log.key_records()]
    for index in (0, keys[2]):
        service.lie = in_records(index, lambda told: told.update(content=None))
        found = service.audit(chain=False).difference
        assert found is not None
        assert found.what == "key"


def test_a_record_that_is_left_out_is_named(service: Service) -> None:
    def lie(path: str, body: bytes) -> bytes:
        return b"\n".join(body.splitlines()[:-1]) if path.startswith("/records") else body

    service.lie = lie
    found = service.audit(chain=False).difference
    assert found is not None
    assert (found.index, found.what) == (SIZE - 1, "entry")


def in_path(pattern: str, change: Callable[[bytes], bytes]) -> Lie:
    return lambda path, body: change(body) if re.fullmatch(pattern, path) else body


def spoilt(at: int) -> Callable[[bytes], bytes]:
    return lambda body: body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :]


def other(letter: bytes) -> bytes:
    """Another one of base64."""
    return b"A" if letter != b"A" else b"B"


@pytest.mark.parametrize(
    ("pattern", "change", "index"),
    [
        ("/log/tile/0/000", spoilt(32 * 7), 7),
        ("/log/tile/0/001", spoilt(-1), 511),
        ("/log/tile/0/002.p/88", spoilt(0), 512),
        ("/log/tile/0/002.p/88", lambda body: body[:-1], 599),
        ("/log/tile/1/000.p/2", spoilt(32), 256),
        ("/log/tile/1/000.p/2", lambda _: b"", 0),
        ("/log/tile/entries/001", spoilt(40), 256),
        ("/log/tile/entries/001", lambda body: body[:-1], 256),
        ("/log/tile/entries/002.p/88", lambda body: body + b"\x00\x01x", 600),
        ("/log/checkpoint", lambda body: body[:27] + other(body[27:28]) + body[28:], 599),
        ("/log/checkpoint", lambda _: b"nothing", -1),
        ("/log/checkpoint", lambda body: body.replace(b"600", b"599"), 598),
    ],
)
def test_a_lie_in_what_is_published_is_named(
    service: Service, pattern: str, change: Callable[[bytes], bytes], index: int
) -> None:
    service.lie = in_path(pattern, change)
    found = service.audit(chain=False).difference
    assert found is not None
    assert found.index == index, found


def test_less_than_the_contract_holds(service: Service) -> None:
    """An old checkpoint, honestly signed: the newest records were taken away."""
    older = service.node.database.tree.covering(1)
    assert older is not None
    assert older.size < SIZE
    service.lie = in_path("/log/checkpoint", lambda _: older.note.encode())
    assert service.audit(chain=False).difference is None
    report = service.audit()
    assert report.difference is not None
    assert (report.chain, report.difference.index) == ("differs", older.size)


def test_a_service_that_does_not_answer(service: Service) -> None:
    for url, why in (("http://127.0.0.1:9", "does not answer"), (f"{service.url}/nowhere", "404")):
        with closing(RemoteLog(url, timeout=5.0)) as source, pytest.raises(Unavailable, match=why):
            audit(source, service.policy, chain=None)


def test_a_chain_that_does_not_answer(service: Service) -> None:
    with closing(RemoteLog(service.url)) as source:
        where = service.policy.contract, service.policy.log_id
        dead = AuditedChain("http://127.0.0.1:9", *where, timeout=0.5)
        report = audit(source, service.policy, chain=dead)
    assert (report.difference, report.chain) == (None, "not reached")
