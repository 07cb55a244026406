"""Printers and jobs of labels over HTTP: begun, watched, turned, settled, saved; by their owner."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from nodes import GTIN, LOT, World, event, make_world
from printer import Printer as Machine

from suyuan.flow.accounts import Caller

COUNT = 30


@pytest.fixture
def machine() -> Iterator[Machine]:
    made = Machine()
    yield made
    made.close()


@pytest.fixture
def room(tmp_path: Path, machine: Machine) -> Iterator[World]:
    """A cooperative with a lot of thirty packs, and the printer on its list."""
    world = make_world(tmp_path / "node", printer_hosts=[machine.address])
    world.node.printing.rest = lambda _: None
    head = world.head("coop")
    # A name in one language is a plain text.
    product = {"id": f"https://id.gs1.org/01/{GTIN}", "type": "Product", "name": "山核桃仁"}
    assert world.client.post("/master", json=product, headers=head).status_code == 201
    assert world.client.post("/events", json=event(), headers=head).status_code == 201
    yield world
    world.node.close()


def issued(world: World) -> int:
    asked = {
        "gtin": GTIN, "lot": "L-1", "count": COUNT, "key": "packing",
        "eventTime": "2026-09-18T08:00:00.000+08:00", "eventTimeZoneOffset": "+08:00",
    }  # fmt: skip
    answer = world.client.post("/serials", json=asked, headers=world.head("coop"))
    assert answer.status_code == 201
    return int(answer.json()["index"])


def ask(world: World, method: str, path: str, who: str = "coop", **more: Any) -> Any:
    return world.client.request(method, path, headers=world.head(who), **more)


def test_a_job_from_printer_to_paper(room: World, machine: Machine) -> None:
    record = issued(room)
    kept = ask(room, "POST", "/labels/printers",
               json={"name": "靠窗", "address": machine.address}).json()  # fmt: skip
    there = ask(room, "GET", "/labels/supplies").json()
    assert there["printers"] == [kept]
    assert {one["id"] for one in there["stock"]} >= {"40x30", "50x30", "60x40"}
    order = {"lot": LOT, "record": record, "printer": kept["id"], "stock": "60x40"}
    begun = ask(room, "POST", "/labels/jobs", json=order)
    place = begun.headers["location"]
    assert (begun.status_code, begun.json()["labels"]) == (201, [1, COUNT])
    assert ask(room, "POST", place, json={"do": "pause"}).json()["state"] == "paused"
    assert room.node.printing.run_one() is None
    assert ask(room, "POST", place, json={"do": "resume"}).json()["state"] == "queued"
    room.node.printing.run_one()
    done = ask(room, "GET", place).json()
    assert (done["state"], done["printed"]) == ("done", COUNT)
    assert len(machine.bitmaps) == COUNT
    again = ask(room, "POST", "/labels/jobs", json=order)
    assert (again.status_code, again.json()["errors"][0]["path"]) == (409, "/again")
    assert ask(room, "POST", "/labels/jobs", json={**order, "again": True}).json()["reprints"] == 30
    assert ask(room, "DELETE", f"/labels/printers/{kept['id']}").status_code == 204
    assert ask(room, "GET", "/labels/supplies").json()["printers"] == []


def test_a_doubt_is_told_and_settled(room: World, machine: Machine) -> None:
    record = issued(room)
    kept = ask(room, "POST", "/labels/printers", json={"name": "x", "address": machine.address})
    order = {"lot": LOT, "record": record, "printer": kept.json()["id"]}
    machine.dies_after = 14
    place = ask(room, "POST", "/labels/jobs", json=order).headers["location"]
    room.node.printing.run_one()
    doubt = ask(room, "GET", place).json()
    assert (doubt["state"], doubt["inDoubt"]) == ("doubt", [1, 20])
    assert "断了" in doubt["problem"]
    machine.dies_after = None
    wrong = ask(room, "PUT", f"{place}/good", json={"last": 21})
    assert (wrong.status_code, wrong.json()["errors"][0]["path"]) == (400, "/good")
    assert ask(room, "PUT", f"{place}/good", json={"last": 14}).json()["state"] == "queued"
    room.node.printing.run_one()
    assert ask(room, "GET", place).json()["state"] == "done"
    assert len(machine.bitmaps) == COUNT


@pytest.mark.parametrize(
    ("ending", "start"), [("zpl", b"^XA"), ("tspl", b"SIZE 60 mm"), ("bin", b"\x1b@")]
)
def test_without_a_printer_the_labels_are_a_file(room: World, ending: str, start: bytes) -> None:
    begun = ask(room, "POST", "/labels/jobs", json={"lot": LOT})
    assert begun.json()["state"] == "done"
    saved = ask(room, "GET", f"{begun.headers['location']}/labels.{ending}?dpi=300")
    assert saved.status_code == 200
    assert saved.content.startswith(start)


def test_jobs_printers_and_lots_of_others_are_theirs(room: World, machine: Machine) -> None:
    record = issued(room)
    kept = ask(room, "POST", "/labels/printers", json={"name": "x", "address": machine.address})
    printer = kept.json()["id"]
    place = ask(room, "POST", "/labels/jobs", json={"lot": LOT}).headers["location"]
    assert ask(room, "GET", place, "other").status_code == 404
    assert ask(room, "POST", place, "other", json={"do": "cancel"}).status_code == 404
    assert ask(room, "GET", "/labels/jobs", "other").json() == []
    assert ask(room, "DELETE", f"/labels/printers/{printer}", "other").status_code == 404
    for order in ({"lot": LOT}, {"lot": LOT, "record": record}):
        assert ask(room, "POST", "/labels/jobs", "other", json=order).status_code == 403
    assert room.client.get("/labels/jobs").status_code == 401


def test_of_a_range_with_a_voided_code_the_others_are_printed(room: World) -> None:
    record = issued(room)
    caller = Caller(room.org("coop"), "recorder", "990101", "test")
    room.node.codes.act(caller, "void", record, ((3, 3),), reason="misprint")
    begun = ask(room, "POST", "/labels/jobs", json={"lot": LOT, "record": record})
    assert (begun.status_code, begun.json()["leftOut"]) == (201, "4")
    saved = ask(room, "GET", f"{begun.headers['location']}/labels.zpl")
    assert saved.content.count(b"^GFA") == COUNT - 1
    alone = {"lot": LOT, "record": record, "first": 4, "last": 4, "again": True}
    assert ask(room, "POST", "/labels/jobs", json=alone).status_code == 400
