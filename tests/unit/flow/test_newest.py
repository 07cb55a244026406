"""Master data stands when an older record of it was erased; once it is itself erased, nothing does."""

from __future__ import annotations

from nodes import BASE, GTIN, LOT, World, event

from suyuan.bootstrap import Node, open_node
from suyuan.core.visibility import Viewer
from suyuan.flow.actors import Actor

PRODUCT = f"https://id.gs1.org/01/{GTIN}"


def test_what_was_put_in_another_s_place_does_not_come_back(world: World) -> None:
    node, coop = world.node, world.org("coop")
    for name in ("旧名", "新名"):
        master = {"id": PRODUCT, "type": "Product", "name": name}
        answer = world.client.post("/master", json=master, headers=world.head("coop"))
        assert answer.status_code == 201
    admin = node.accounts.authenticate(world.tokens["admin"])
    node.capture.erase(admin, node.database.log.tail().size - 1, "asked for")
    assert node.capture.current_master(PRODUCT, coop) is None
    assert node.judge.masters(Viewer(coop, "recorder", "990101"), {PRODUCT}) == {}
    assert node.scanner.product(GTIN) == "unknown"


def test_what_stands_is_read_after_an_older_record_was_erased(world: World) -> None:
    node, head, coop = world.node, world.head("coop"), world.org("coop")
    for name in ("旧名", "新名"):
        master = {"id": PRODUCT, "type": "Product", "name": name, "owner": coop}
        assert world.client.post("/master", json=master, headers=head).status_code == 201
    assert world.client.post("/events", json=event(), headers=head).status_code == 201
    newest = node.database.log.tail().size - 2
    admin = node.accounts.authenticate(world.tokens["admin"])
    viewer = Viewer(coop, "recorder", "990101")

    node.capture.erase(admin, newest - 1, "asked for")
    found = node.capture.current_master(PRODUCT, coop)
    assert found is not None
    assert (found[0], found[1]["name"]) == (newest, "新名")
    assert node.judge.masters(viewer, {PRODUCT})[PRODUCT]["name"] == "新名"
    named = node.scanner.product(GTIN)
    assert not isinstance(named, str)
    assert named.zh == "新名"
    assert node.cases.answers_for(LOT) == coop
    assert node.labeller._master(PRODUCT, newest + 2)["name"] == "新名"

    node.capture.erase(admin, newest, "asked for")
    assert node.capture.current_master(PRODUCT, coop) is None
    assert node.judge.masters(viewer, {PRODUCT}) == {}
    assert node.scanner.product(GTIN) == "unknown"
    assert node.cases.answers_for(LOT) == coop
    assert node.labeller._master(PRODUCT, newest + 3) == {}
    assert node.judge.masters(viewer, {f"{BASE}item/none"}) == {}


def test_the_books_fall_back_to_what_the_log_still_says_as_a_restart_does(world: World) -> None:
    """Plots, seasons and what forms know by name: erased in their newest version, not gone."""
    clerk = Actor("p1", f"{BASE}person/p1", "", world.org("coop"), "990101", frozenset({"clerk"}))
    coop = world.node.accounts.authenticate(world.tokens["coop"])
    admin = world.node.accounts.authenticate(world.tokens["admin"])
    plot, season = f"{BASE}plot/p1", f"{BASE}season/s1"

    def told(node: Node) -> list[object]:
        ground = node.books.grounds.of(coop.organisation)
        held = node.plots.seen_by(clerk)
        return [
            [(one.id, one.names) for one in held],
            [(one.id, one.names) for one in node.seasons.seen_by(clerk)],
            [dict(ground.plots or {}), dict(ground.things), dict(ground.called)],
            str(ground.net(PRODUCT)),
            node.seasons.template_of(season),
            node.plots.owner_of(plot),
        ]

    def record(name: str, amount: int) -> list[int]:
        masters = [
            {"id": plot, "type": "Plot", "name": name, "suyuan:area": {"value": 5, "unit": "亩"}},
            {
                "id": season, "type": "suyuan:Season", "name": name,
                "suyuan:template": {"id": f"{BASE}template/{amount}"},
            },
            {
                "id": PRODUCT, "type": "Product", "name": name,
                "suyuan:netWeight": {"value": amount, "uom": "MLT"},
            },
        ]  # fmt: skip
        return list(world.node.masters.record(coop, [("", one) for one in masters]))

    record("一", 1)
    first = told(world.node)
    newer = [record("二", 2), record("三", 3)]
    assert told(world.node) != first
    for index in newer[1]:
        world.node.capture.erase(admin, index, "asked for")
    second = told(world.node)
    for index in newer[0]:
        world.node.capture.erase(admin, index, "asked for")
    assert told(world.node) == first != second
    restarted = open_node(world.node.settings)
    assert told(restarted) == first
    restarted.close()
