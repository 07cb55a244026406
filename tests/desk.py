"""A desk to be visited: a node with parties, a clerk who has logged in before, and a free port."""

from __future__ import annotations

import re
import socket
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import uvicorn
from nodes import BASE, World, make_world
from ready import OF_ITS_OWN, founded
from starlette.testclient import TestClient

from suyuan.core.people import Details
from suyuan.core.roles import PersonRole
from suyuan.flow.actors import Actor

if TYPE_CHECKING:
    from playwright.sync_api import Page

PASSWORD = "plum kettle seven roofs"


@dataclass(slots=True)
class DeskWorld:
    """The node, and who is in its register."""

    world: World

    @property
    def administrator(self) -> Actor:
        people = self.world.node.people
        return Actor(
            "", people.uri("nobody"), "", f"{BASE}org/admin", "990101", frozenset({"administrator"})
        )

    def add(self, name: str, *roles: PersonRole, who: str = "coop", **details: str) -> str:
        """Somebody in the register; his or her id."""
        people = self.world.node.people
        added = people.add(
            self.administrator, Details(name, **details), roles or ("member",), f"{BASE}org/{who}"
        )
        return added.id

    def with_password(self, account: str, name: str, *roles: PersonRole, who: str = "coop") -> str:
        """Somebody who logs in with PASSWORD; his or her id."""
        node = self.world.node
        person = self.add(name, *roles, who=who)
        code = node.people.give_login(self.administrator, person, account)
        started = node.entrance.code(account, code, address="test", device="")
        node.entrance.renew(started.token, PASSWORD)
        node.people.sessions.end_all(person)
        return person


def make_desk(folder: Path, **more: Any) -> DeskWorld:
    """A desk with a clerk (``wang``), an administrator (``zhou``) and a regulator (``jian``)."""
    if more.keys() & OF_ITS_OWN:
        return DeskWorld(_peopled(folder, **more))
    return DeskWorld(founded(_peopled, folder, **more))


def _peopled(folder: Path, **more: Any) -> World:
    desk = DeskWorld(make_world(folder, **more))
    desk.with_password("wang", "王会计", "clerk")
    desk.with_password("zhou", "周主任", "administrator", who="admin")
    desk.with_password("jian", "简监管", "regulator", who="bureau")
    return desk.world


def token_in(html: str) -> str:
    """What the page's forms carry."""
    found = re.search(r'name="csrf" value="([^"]+)"', html)
    assert found is not None
    return found[1]


def inside(desk: DeskWorld, account: str = "wang") -> TestClient:
    app = desk.world.client.app
    client = TestClient(app, raise_server_exceptions=False, headers={"Accept-Language": "en"})
    csrf = token_in(client.get("/desk/log-in").text)
    fields = {"csrf": csrf, "account": account, "password": PASSWORD}
    answer = client.post("/desk/log-in", data=fields, follow_redirects=False)
    assert answer.status_code == 303
    return client


def send(client: TestClient, at: str, **fields: Any) -> Any:
    csrf = token_in(client.get(at).text)
    path = at.partition("?")[0]
    return client.post(path, data={"csrf": csrf, **fields}, follow_redirects=False)


def today(desk: DeskWorld) -> str:
    return desk.world.node.watch.today().isoformat()


def buy(desk: DeskWorld, client: TestClient, **fields: Any) -> Any:
    given = {"day": today(desk), "item": "new", "new_kind": "fertiliser", **fields}
    return send(client, "/desk/stock/buy?typed=1", **given)


class Served:
    """An application on a free port of this machine."""

    def __init__(self, world: World) -> None:
        self.world = world
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        config = uvicorn.Config(
            world.client.app, host="127.0.0.1", port=self.port, log_level="warning", lifespan="off"
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)

    def start(self) -> None:
        self._thread.start()
        deadline = time.monotonic() + 30
        while not self._server.started:
            assert time.monotonic() < deadline
            time.sleep(0.02)

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(20)
        self.world.node.close()

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"


def log_in(page: Page, site: Served, account: str = "wang") -> None:
    page.goto(site.url("/desk"))
    page.fill("#account", account)
    page.fill("#password", PASSWORD)
    page.click("main form button")


def press(page: Page, name: str) -> None:
    """A form's button; what the server answers is there when this returns."""
    with page.expect_navigation():
        page.get_by_role("button", name=name, exact=True).first.click()
