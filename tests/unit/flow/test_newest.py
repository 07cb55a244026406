"""Master data stands when an older record of it was erased; once it is itself erased, nothing does."""

from __future__ import annotations

from nodes import BASE, GTIN, LOT, World, event

from suyuan.core.visibility import Viewer

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
