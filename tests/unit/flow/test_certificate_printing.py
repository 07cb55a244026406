"""Certificates on a network printer: queued, in doubt, taken up again, not printed once they ended."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from certified import LOT, caller, grown, issued
from commands import objects, run
from desk import DeskWorld, inside, make_desk, send
from printer import Printer as Machine

from suyuan.cli import certificate as certificate_cli
from suyuan.cli import show
from suyuan.core.errors import Blocked, NotFound, Refused
from suyuan.core.kept import read_kept
from suyuan.flow.supplies import Printer
from suyuan.ports.printing import LabelJob


@pytest.fixture
def machine() -> Iterator[Machine]:
    made = Machine()
    yield made
    made.close()


@pytest.fixture
def desk(tmp_path: Path, machine: Machine) -> Iterator[DeskWorld]:
    made = make_desk(tmp_path / "node", printer_hosts=[machine.address])
    grown(made.world)
    printing = made.world.node.printing
    printing.rest, printing.patience, printing.retry_seconds = (lambda _: None), 20, -1
    yield made
    made.world.node.close()


def printer(desk: DeskWorld, machine: Machine, **more: Any) -> Printer:
    given = {"name": "靠窗", "address": machine.address, "language": machine.speaks, "dpi": "203"}
    return desk.world.node.supplies.keep_printer(desk.world.org("coop"), {**given, **more})


def begin(desk: DeskWorld, code: str, on: Printer, stock: str = "60x40", **more: Any) -> LabelJob:
    node, org = desk.world.node, desk.world.org("coop")
    return node.certificate_printing.send(
        caller(desk.world),
        code,
        printer=on,
        paper=node.supplies.paper(org, stock),
        person="x",
        **more,
    )


def job(desk: DeskWorld, one: LabelJob) -> LabelJob:
    return desk.world.node.printing.get(desk.world.org("coop"), one.id)


@pytest.mark.parametrize("speaks", ["tspl", "zpl", "escpos"])
def test_it_comes_out_with_its_code_in_each_language(
    desk: DeskWorld, machine: Machine, speaks: str
) -> None:
    machine.speaks = speaks
    kept = issued(desk.world)
    begun = begin(desk, kept.code, printer(desk, machine))
    assert (begun.state, begun.copy, begun.count) == ("queued", 1, 1)
    assert [one.way for one in desk.world.node.certificates.store.prints(kept.code)] == ["label"]
    desk.world.node.printing.run_one()
    assert job(desk, begun).state == "done"
    (image,) = machine.printed
    (code,) = zxingcpp.read_barcodes(image)
    assert code.text.upper().endswith(f"/C/{kept.code}".upper())


def test_a_doubt_is_settled_and_the_same_print_comes_again(
    desk: DeskWorld, machine: Machine
) -> None:
    kept = issued(desk.world)
    machine.dies_after = 0
    begun = begin(desk, kept.code, printer(desk, machine))
    node, org = desk.world.node, desk.world.org("coop")
    node.printing.run_one()
    assert job(desk, begun).state == "doubt"
    assert node.printing.run_one() is None, "nobody guesses whether it is there"
    machine.dies_after = None
    node.printing.settle(org, begun.id, 0)
    node.printing.run_one()
    assert (job(desk, begun).state, len(machine.printed)) == ("done", 1)
    assert len(node.certificates.store.prints(kept.code)) == 1


def test_pressed_twice_at_the_same_moment_it_is_one_print(
    desk: DeskWorld, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither sees the other's job when it begins."""
    kept, on, node = issued(desk.world), printer(desk, machine), desk.world.node
    store = node.printing.store
    monkeypatch.setattr(type(store), "get", lambda _, __: None)
    first, second = (begin(desk, kept.code, on, known=0) for _ in range(2))
    assert first == second
    assert [one.copy for one in node.certificates.store.prints(kept.code)] == [1]
    assert [one.copy for one in store.list(desk.world.org("coop"))] == [1]
    third = begin(desk, kept.code, on, known=1)
    assert (third.copy, third.again) == (2, 1)
    assert len(node.certificates.store.prints(kept.code)) == 2


def test_paused_it_waits_and_ended_it_is_not_printed(desk: DeskWorld, machine: Machine) -> None:
    kept, node = issued(desk.world), desk.world.node
    org, on = desk.world.org("coop"), printer(desk, machine)
    begun = begin(desk, kept.code, on)
    node.printing.pause(org, begun.id)
    assert node.printing.run_one() is None
    node.recalling.act(caller(desk.world), "hold", [LOT], person="王会计", reason="检出残留")
    node.printing.resume(org, begun.id)
    node.printing.run_one()
    stopped = job(desk, begun)
    assert (stopped.state, machine.printed) == ("paused", [])
    assert "holds" in str(read_kept(stopped.trouble))
    with pytest.raises(Blocked):
        begin(desk, kept.code, on)
    node.recalling.act(caller(desk.world), "release", [LOT], person="王会计", reason="复检合格")
    node.printing.resume(org, begun.id)
    node.printing.run_one()
    assert (job(desk, begun).state, len(machine.printed)) == ("done", 1)


def test_nothing_is_counted_of_what_cannot_be_sent(desk: DeskWorld, machine: Machine) -> None:
    kept, node = issued(desk.world), desk.world.node
    for stock in ("40x30", "a4-3x8"):
        with pytest.raises(Refused) as refused:
            begin(desk, kept.code, printer(desk, machine), stock)
        assert refused.value.path == "/stock"
    with pytest.raises(NotFound):
        begin(desk, "0" * 12, printer(desk, machine))
    assert node.certificates.store.prints(kept.code) == []
    assert node.database.label_jobs.list(desk.world.org("coop")) == []


def test_the_button_pressed_twice_is_one_print(desk: DeskWorld, machine: Machine) -> None:
    kept, client, on = issued(desk.world), inside(desk), printer(desk, machine)
    here = f"/desk/certificates/{kept.code}"
    page = client.get(here).text
    assert "Send to the label printer" in page
    assert "靠窗" in page
    missing = send(client, f"{here}/print", way="printer", known="0")
    assert "Choose a printer" in missing.text
    pressed = {"way": "printer", "known": "0", "printer": on.id, "stock": "60x40"}
    first, second = (send(client, f"{here}/print", **pressed) for _ in range(2))
    place = first.headers["location"]
    assert second.headers["location"] == place
    assert f"Certificate {kept.number}" in client.get(place).text
    assert len(desk.world.node.certificates.store.prints(kept.code)) == 1
    desk.world.node.printing.run_one()
    assert "1 of 1 labels are printed" in client.get(place).text
    assert f"Certificate {kept.number}" in client.get("/desk/labels").text
    again = send(client, f"{here}/print", **{**pressed, "known": "1"})
    place = again.headers["location"]
    assert "Reprint 1" in client.get(place).text
    zh = client.get(f"{place}?lang=zh").text
    assert re.search(r"合格证 \d{4}-\d+", zh)


def test_over_http_and_from_the_command_line(
    desk: DeskWorld, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, world, on = issued(desk.world), desk.world, printer(desk, machine)
    path, head = f"/certificates/{kept.code}/prints", world.head("coop")
    for wrong, status in (
        ({"way": "a4", "printer": on.id}, 400),
        ({"way": "label", "printer": "none"}, 404),
        ({"way": "label", "printer": on.id, "stock": "40x30"}, 400),
    ):
        assert world.client.post(path, json=wrong, headers=head).status_code == status
    sent = world.client.post(path, json={"way": "label", "printer": on.id}, headers=head)
    assert (sent.status_code, sent.json()["copy"], sent.json()["job"]["certificate"]) == (
        201, 1, kept.code,
    )  # fmt: skip
    place = sent.headers["location"]
    assert world.client.get(place, headers=head).json()["state"] == "queued"
    assert world.client.get(place, headers=world.head("other")).status_code == 404
    for module in (certificate_cli, show):
        monkeypatch.setattr(module, "node", lambda: world.node)
    monkeypatch.setattr(type(world.node), "close", lambda _: None)
    words = ("certificate", "print", kept.code, "--as", world.org("coop"))
    (told,) = objects(run(*words, "--printer", on.id))
    assert (told["copy"], told["state"]) == (2, "queued")
    run(*words, code=2)
    for _ in range(2):
        world.node.printing.run_one()
    assert len(machine.printed) == 2


def test_pressed_twice_at_the_same_moment_it_is_one_job(
    desk: DeskWorld, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, on = issued(desk.world), printer(desk, machine)
    store = type(desk.world.node.printing.store)
    whole = store.get
    first = begin(desk, kept.code, on, known=0)
    # The other one had looked before this one was there.
    asked: list[str] = []

    def blind(self: Any, job_id: str) -> LabelJob | None:
        asked.append(job_id)
        return None if len(asked) == 1 else whole(self, job_id)

    monkeypatch.setattr(store, "get", blind)
    assert begin(desk, kept.code, on, known=0) == first
