"""Nodes for tests: a whole one on SQLite in a temporary folder, with parties, keys and tokens."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from anyio.from_thread import start_blocking_portal
from ready import founded
from starlette.testclient import TestClient

from suyuan.adapters.outside import SystemClock
from suyuan.bootstrap import Node, create_node
from suyuan.core import jcs
from suyuan.core.policy import Policy, parse_policy
from suyuan.core.timestamps import from_datetime
from suyuan.demo.run import Demo
from suyuan.found import Founder, found_log
from suyuan.settings import Settings
from suyuan.web.app import create_app

BASE = "https://node.example/"
CONTEXT = [
    "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
    {"suyuan": f"{BASE}voc/"},
]
GTIN = "09521234000068"
LOT = f"https://id.gs1.org/01/{GTIN}/10/L-1"


@dataclass(slots=True)
class World:
    """A node, its service without workers, and a token for each party."""

    node: Node
    client: TestClient
    tokens: dict[str, str]

    def head(self, who: str, **more: str) -> dict[str, str]:
        """Request headers of a party."""
        return {"Authorization": f"Bearer {self.tokens[who]}", **more}

    def org(self, who: str) -> str:
        return f"{BASE}org/{who}"

    def policy(self) -> Policy:
        """A policy of this log; its chain is made up."""
        return parse_policy(made_up_policy(self.node))


def made_up_policy(node: Node) -> bytes:
    """A policy whose chain nobody can ask."""
    return jcs.dumps(
        {
            "v": 1,
            "origin": node.settings.origin,
            "logKeys": [node.sealer.signer.vkey],
            "adminKid": node.database.log.records([0])[0].kid,
            "chainId": 31337,
            "genesis": "0x" + "5" * 64,
            "contract": "0x" + "2" * 40,
            "logId": "0x" + "1" * 64,
        }
    )


def settings(folder: Path, **more: Any) -> Settings:
    """Settings of a node in a folder, whatever the environment says."""
    given: dict[str, Any] = {
        "data_dir": folder,
        "origin": "node.example/log",
        "uri_base": BASE,
        "public_url": "http://127.0.0.1:8000",
        "workers": False,
    }
    return Settings(**{**given, **more})


PARTIES = {
    "admin": ("administrator", "990101"),
    "coop": ("recorder", "990101"),
    "other": ("recorder", "990202"),
    "lab": ("certifier", "990101"),
    "bureau": ("regulator", "990101"),
    "faraway": ("regulator", "880000"),
}


def make_world(folder: Path, **more: Any) -> World:
    """A founded node with parties; every party but the laboratory has a kept key."""
    node = create_node(settings(folder, **more))
    found_log(node, Founder(f"{BASE}org/admin", "县中心", "County centre", "990101"))
    tokens: dict[str, str] = {}
    admin = node.accounts.authenticate(
        node.accounts.add_token(f"{BASE}org/admin", "administrator", "test")[0]
    )
    for who, (role, county) in PARTIES.items():
        organisation = f"{BASE}org/{who}"
        if who != "admin":
            node.accounts.add_organisation(
                organisation, name_zh=f"{who} 单位", name_en=who, county=county
            )
        tokens[who] = node.accounts.add_token(organisation, role, who)[0]  # type: ignore[arg-type]
        if who not in {"admin", "lab"}:
            key_role = {"recorder": "recorder", "regulator": "regulator"}[role]
            node.capture.enrol_kept(admin, organisation, key_role, node.clock.now())
    client = TestClient(create_app(node, workers=False), raise_server_exceptions=False)
    return World(node, client, tokens)


@dataclass(slots=True)
class Stopped:
    """A clock that a test moves: no pause runs out because the machine is busy."""

    at: datetime

    def later(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


@contextmanager
def standing_still() -> Iterator[Stopped]:
    """Time stands still at every node, until it is moved."""
    # Ahead, so that no copied node's records are newer; and not at the end of a minute.
    soon = (datetime.now(UTC) + timedelta(minutes=1)).replace(second=20, microsecond=0)
    clock = Stopped(soon)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(SystemClock, "now", lambda _: from_datetime(clock.at))
        yield clock


@pytest.fixture
def stopped() -> Iterator[Stopped]:
    """Time stands still for one test."""
    with standing_still() as clock:
        yield clock


@pytest.fixture(scope="session", autouse=True)
def one_loop() -> Iterator[None]:
    """Every client's requests run in one event loop, as a service's do, not each in a new thread's."""
    with start_blocking_portal() as portal, pytest.MonkeyPatch.context() as patched:
        patched.setattr(TestClient, "portal", portal)
        yield


@pytest.fixture
def world(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[World]:
    """A node for each test; where there is a chain, one with keys that no other has on it."""
    chain = request.node.get_closest_marker("chain") is not None
    made = make_world(tmp_path / "node") if chain else founded(make_world, tmp_path / "node")
    yield made
    made.node.close()


def event(**members: Any) -> dict[str, Any]:
    """A valid event: a lot is made. Members given replace or add; None takes one away."""
    made: dict[str, Any] = {
        "@context": CONTEXT,
        "type": "ObjectEvent",
        "eventTime": "2026-09-17T08:30:00.000+08:00",
        "eventTimeZoneOffset": "+08:00",
        "action": "ADD",
        "bizStep": "commissioning",
        "quantityList": [{"epcClass": LOT, "quantity": 12, "uom": "KGM"}],
        **members,
    }
    return {name: value for name, value in made.items() if value is not None}


def document(events: list[dict[str, Any]]) -> dict[str, Any]:
    """An EPCISDocument around events."""
    return {
        "@context": CONTEXT,
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-09-17T00:00:00Z",
        "epcisBody": {
            "eventList": [{k: v for k, v in e.items() if k != "@context"} for e in events]
        },
    }


def play(node: Node, folder: Path) -> Demo:
    """The demo's season on a node, sealed."""
    demo = Demo(node, folder, lambda _, __: None)
    demo.play()
    node.sealer.seal()
    return demo
