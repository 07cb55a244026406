"""Jobs of labels: paper runs out, printers and services die; no serial is lost or stands twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from nodes import GTIN, LOT, World, event, make_world
from printer import Printer as Machine

from suyuan.core.errors import Conflict, Forbidden, NotFound, Refused
from suyuan.core.kept import read_kept
from suyuan.flow.accounts import Caller
from suyuan.flow.capture import Incoming
from suyuan.flow.printing import Printing
from suyuan.flow.supplies import Printer
from suyuan.ports.printing import LabelJob

COUNT = 45


class Room:
    """A cooperative with a lot of 45 packs, and a printer."""

    def __init__(self, folder: Path, machine: Machine) -> None:
        self.world: World = make_world(folder, printer_hosts=[machine.address])
        self.node, self.machine = self.world.node, machine
        self.org = self.world.org("coop")
        caller = Caller(self.org, "recorder", "990101", "test")
        product = {
            "id": f"https://id.gs1.org/01/{GTIN}", "type": "Product",
            "name": {"zh": "山核桃仁", "en": "Hickory kernels"},
        }  # fmt: skip
        self.node.masters.record(caller, [("", product)])
        self.node.capture.events(caller, [Incoming(event())])
        self.record, self.serials = self.node.issuer.issue(
            caller, gtin=GTIN, lot="L-1", count=COUNT, event_time="2026-09-18T08:00:00.000+08:00",
            time_zone="+08:00", key="packing",
        )  # fmt: skip
        self.printing: Printing = self.node.printing
        self.printing.rest = lambda _: None
        self.printing.chunk = 10
        self.printing.patience = 20
        self.printing.retry_seconds = -1
        self.printer = self.keep()

    def keep(self, **more: Any) -> Printer:
        document = {
            "name": "靠窗",
            "address": self.machine.address,
            "language": "tspl",
            "dpi": "203",
        }
        return self.node.supplies.keep_printer(self.org, {**document, **more})

    def begin(self, **more: Any) -> LabelJob:
        paper = self.node.supplies.paper(self.org, "60x40")
        given = {"record": self.record, "first": 0, "count": COUNT, "way": "printer", "paper": paper,
                 "printer": self.printer, **more}  # fmt: skip
        return self.printing.begin(self.org, "urn:x:who", LOT, **given)

    def job(self, job: LabelJob) -> LabelJob:
        return self.printing.get(self.org, job.id)

    def printed(self) -> list[str]:
        """The serials that came out of the printer, in their order."""
        texts = [zxingcpp.read_barcodes(image)[0].text for image in self.machine.printed]
        return [text.rpartition("/21/")[2] for text in texts]

    def wanted(self) -> list[str]:
        return [one.serial for one in self.serials]


@pytest.fixture
def machine() -> Iterator[Machine]:
    made = Machine()
    yield made
    made.close()


@pytest.fixture
def room(tmp_path: Path, machine: Machine) -> Iterator[Room]:
    made = Room(tmp_path / "node", machine)
    yield made
    made.node.close()


def trouble(job: LabelJob) -> str:
    return str(read_kept(job.trouble))


def test_all_labels_are_printed_once_in_their_order(room: Room) -> None:
    job = room.begin()
    assert room.job(job).state == "queued"
    assert room.printing.run_one() is not None
    done = room.job(job)
    assert (done.state, done.printed, done.sent) == ("done", COUNT, COUNT)
    assert room.printed() == room.wanted()
    assert room.printing.run_one() is None


def test_what_was_voided_while_a_job_waited_is_not_printed(room: Room) -> None:
    job = room.begin()
    coop = Caller(room.org, "recorder", "990101", "test")
    room.node.codes.act(coop, "void", room.record, ((14, 14),), reason="misprint")
    room.node.codes.act(coop, "void", room.record, ((20, 29),), reason="misprint")
    room.printing.run_one()
    done = room.job(job)
    assert (done.state, done.printed, done.sent) == ("done", COUNT, COUNT)
    standing = [one for at, one in enumerate(room.wanted()) if at != 14 and not 20 <= at <= 29]
    assert room.printed() == standing
    assert room.printing.left_out(job) == "15, 21–30"
    assert len(room.printing.labels(job, 0, COUNT)) == len(standing)
    data = b"".join(room.printing.data(job, "zpl", 203))
    assert data.count(b"^GFA") == len(standing)


def test_a_job_of_codes_that_are_all_gone_is_refused_and_one_begins_behind_them(room: Room) -> None:
    coop = Caller(room.org, "recorder", "990101", "test")
    room.node.codes.act(coop, "void", room.record, ((0, 4),), reason="misprint")
    with pytest.raises(Refused, match="codes 1–5 were voided or given back"):
        room.begin(count=5)
    job = room.begin(count=7)
    room.printing.run_one()
    assert room.printed() == room.wanted()[5:7]
    assert room.printing.left_out(job) == "1–5"
    waiting = room.begin(first=7, count=3)
    room.node.codes.act(coop, "void", room.record, ((7, 9),), reason="misprint")
    room.printing.run_one()
    assert (room.job(waiting).state, room.job(waiting).printed) == ("paused", 0)
    assert "codes 8–10 were voided" in trouble(room.job(waiting))
    with pytest.raises(Refused, match="voided or given back"):
        room.printing.data(waiting, "zpl", 203)


@pytest.mark.parametrize("language", ["zpl", "escpos"])
def test_each_language_is_spoken_with_a_printer_of_its_own(room: Room, language: str) -> None:
    """Chunk by chunk, with the roll that runs out in the middle of one."""
    machine = room.machine
    machine.speaks = language
    machine.load(17)
    seen: list[str] = []

    def rest(_: float) -> None:
        if machine.paper == 0 and (told := room.job(job).trouble):
            seen.append(told)
            machine.load(None)

    room.printing.rest = rest
    job = room.begin(printer=room.keep(language=language))
    room.printing.run_one()
    assert room.job(job).state == "done"
    assert len(seen) == 1
    assert "out of paper" in str(read_kept(seen[0]))
    assert room.printed() == room.wanted()


def test_a_printer_that_is_off_is_tried_again(room: Room, machine: Machine) -> None:
    machine.close()
    job = room.begin()
    room.printing.run_one()
    waiting = room.job(job)
    assert (waiting.state, waiting.sent) == ("queued", 0)
    assert "switched on" in trouble(waiting)
    assert room.printing.run_one() is not None


def test_no_paper_before_the_first_label_sends_nothing(room: Room, machine: Machine) -> None:
    machine.load(0)
    job = room.begin()
    room.printing.run_one()
    assert (room.job(job).state, room.job(job).sent) == ("queued", 0)
    assert "out of paper" in trouble(room.job(job))
    machine.load(None)
    room.printing.run_one()
    assert room.job(job).state == "done"
    assert room.printed() == room.wanted()


def test_paper_that_runs_out_is_put_in_and_it_goes_on_by_itself(
    room: Room, machine: Machine
) -> None:
    machine.load(17)
    seen: list[str] = []

    def rest(_: float) -> None:
        now = room.job(job)
        if machine.paper == 0 and now.trouble:
            seen.append(f"{now.state} {now.printed} {now.sent} {trouble(now)}")
            machine.load(None)

    room.printing.rest = rest
    job = room.begin()
    room.printing.run_one()
    assert [text.partition(" the ")[0] for text in seen] == ["running 10 20"]
    assert "out of paper" in seen[0]
    assert room.job(job).state == "done"
    assert room.printed() == room.wanted()


def test_a_printer_that_dies_leaves_a_doubt_that_is_asked_about(
    room: Room, machine: Machine
) -> None:
    machine.dies_after = 14
    job = room.begin()
    room.printing.run_one()
    doubt = room.job(job)
    assert (doubt.state, doubt.printed, doubt.sent) == ("doubt", 10, 20)
    assert "broke" in trouble(doubt)
    assert room.printing.run_one() is None, "nothing is printed before somebody looked"
    machine.dies_after = None
    for wrong in (9, 21, -1):
        with pytest.raises(Refused, match="from 10 to 20"):
            room.printing.settle(room.org, job.id, wrong)
    room.printing.settle(room.org, job.id, 14)
    with pytest.raises(Refused):
        room.printing.settle(room.org, job.id, 15)
    room.printing.run_one()
    done = room.job(job)
    assert (done.state, done.doubts) == ("done", "[[11, 20, 14]]")
    assert room.printed() == room.wanted()


def test_a_service_that_is_killed_with_labels_under_way_leaves_a_doubt(room: Room) -> None:
    job = room.begin()
    store = room.node.database.label_jobs
    assert store.claim("killed", -1.0) is not None
    assert store.send(job.id, "killed", 10, -1.0)
    room.printing.run_one()
    assert (room.job(job).state, room.job(job).printed) == ("doubt", 0)
    room.printing.settle(room.org, job.id, 0)
    room.printing.run_one()
    assert room.printed() == room.wanted()


def test_a_service_that_is_killed_between_two_parts_goes_on(room: Room) -> None:
    job = room.begin()
    store = room.node.database.label_jobs
    store.claim("killed", -1.0)
    store.send(job.id, "killed", 10, -1.0)
    store.confirm(job.id, "killed", 10, -1.0)
    room.printing.run_one()
    assert room.job(job).state == "done"
    assert room.printed() == room.wanted()[10:]


def test_a_paused_job_sees_its_part_through_and_is_resumed(room: Room) -> None:
    job = room.begin()

    def rest(_: float) -> None:
        if room.job(job).state == "running" and room.job(job).printed == 10:
            room.printing.pause(room.org, job.id)

    room.printing.rest = rest
    room.printing.run_one()
    paused = room.job(job)
    assert (paused.state, paused.printed, paused.sent) == ("paused", 20, 20)
    assert room.printing.run_one() is None
    room.printing.rest = lambda _: None
    room.printing.resume(room.org, job.id)
    room.printing.run_one()
    assert room.job(job).state == "done"
    assert room.printed() == room.wanted()


def test_nobody_is_asked_about_labels_that_are_still_under_way(room: Room) -> None:
    """Paused and resumed at once: what is settled meanwhile would be confirmed a second time."""
    job = room.begin()
    refused: list[str] = []

    def rest(_: float) -> None:
        if room.job(job).state == "running" and room.job(job).printed == 10:
            room.printing.pause(room.org, job.id)
            with pytest.raises(Conflict, match="still at the printer"):
                room.printing.resume(room.org, job.id)
            refused.append(room.job(job).state)

    room.printing.rest = rest
    room.printing.run_one()
    assert refused == ["paused"]
    assert (room.job(job).state, room.job(job).printed) == ("paused", 20)


def test_a_cancelled_job_prints_nothing_more(room: Room) -> None:
    job = room.begin()
    room.printing.cancel(room.org, job.id)
    assert room.printing.run_one() is None
    assert room.job(job).state == "cancelled"
    for act in (room.printing.pause, room.printing.resume, room.printing.cancel):
        with pytest.raises(Conflict):
            act(room.org, job.id)


def test_a_service_that_stops_hands_the_job_on(room: Room) -> None:
    job = room.begin()
    room.printing.stopping = lambda: room.job(job).printed >= 20
    room.printing.run_one()
    assert (room.job(job).state, room.job(job).printed) == ("queued", 20)
    room.printing.stopping = lambda: False
    room.printing.run_one()
    assert room.printed() == room.wanted()


def test_reprints_are_asked_for_and_marked(room: Room) -> None:
    room.begin(first=10, count=10)
    room.printing.run_one()
    with pytest.raises(Conflict) as caught:
        room.begin(first=5, count=10)
    assert (caught.value.params, caught.value.path) == ({"count": 5}, "/again")
    again = room.begin(first=5, count=10, again=True)
    assert again.again == 5
    assert room.begin(first=20, count=25).again == 0


def test_a_job_that_waits_holds_its_labels(room: Room) -> None:
    """A button pressed twice: the second job would print every serial a second time."""
    job = room.begin(first=10, count=10)
    with pytest.raises(Conflict) as refused:
        room.begin(first=15, count=10)
    assert (refused.value.path, refused.value.params["count"]) == ("/again", 5)
    room.printing.cancel(room.org, job.id)
    assert room.begin(first=15, count=10).again == 0


def test_two_jobs_at_once_do_not_both_take_the_same_labels(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = room.node.database.label_jobs
    add: Any = type(store).add
    done: list[str] = []

    def late(self: Any, job: LabelJob, known: int | None = None) -> bool:
        if not done:
            done.append(job.id)
            room.begin(first=5, count=10)
        kept: bool = add(self, job, known)
        return kept

    monkeypatch.setattr(type(store), "add", late)
    with pytest.raises(Conflict):
        room.begin(first=0, count=10)
    assert [one.first for one in store.of_record(room.record)] == [5]


def test_a_silent_printer_is_said_to_be_silent(room: Room, machine: Machine) -> None:
    machine.silent = True
    job = room.begin(count=5)
    room.printing.run_one()
    assert room.job(job).state == "queued"
    assert "does not say how it is" in trouble(room.job(job))
    trusted = room.keep(answers=False)
    room.printing.cancel(room.org, job.id)
    mute = room.begin(count=5, printer=trusted)
    room.printing.run_one()
    assert room.job(mute).state == "done"


def test_one_printer_has_one_job_at_a_time(room: Room) -> None:
    room.begin(count=5)
    room.begin(first=5, count=5)
    store = room.node.database.label_jobs
    assert store.claim("one", 60) is not None
    assert store.claim("two", 60) is None


def test_two_entries_of_one_printer_have_one_job_at_a_time(room: Room) -> None:
    """They would print into each other's labels."""
    twin = room.keep(name="the same by another name", language="zpl")
    room.begin(count=5)
    room.begin(first=5, count=5, printer=twin)
    store = room.node.database.label_jobs
    assert store.claim("one", 60) is not None
    assert store.claim("two", 60) is None


def test_files_are_handed_out_and_count_as_printed(room: Room) -> None:
    job = room.begin(way="file", printer=None, count=3)
    assert (job.state, job.printed) == ("done", 3)
    for language, start in (("zpl", b"^XA"), ("tspl", b"SIZE 60 mm"), ("escpos", b"\x1b@")):
        data = b"".join(room.printing.data(job, language, 203))  # type: ignore[arg-type]
        assert data.startswith(start)
    with pytest.raises(Conflict):
        room.begin(count=1)


def test_what_cannot_be_printed_is_refused_at_its_field(room: Room) -> None:
    supplies = room.node.supplies
    small = supplies.keep_paper(
        room.org,
        {"name": "tiny", "width": "22", "height": "22", "gap": 2, "x": 0, "y": 0, "media": "gap"},
    )
    cases: list[tuple[dict[str, Any], str]] = [
        ({"first": 40, "count": 6}, "/last"),
        ({"first": -1, "count": 1}, "/last"),
        ({"count": 0}, "/last"),
        ({"printer": None}, "/printer"),
        ({"paper": supplies.paper(room.org, "a4-3x8")}, "/stock"),
        ({"paper": small}, "/stock"),
        ({"printer": replace(room.printer, address="10.0.0.1")}, "/address"),
        ({"printer": replace(room.printer, right=4.0)}, "/stock"),
    ]
    for wrong, path in cases:
        with pytest.raises(Refused) as caught:
            room.begin(**wrong)
        assert caught.value.path == path, wrong


def test_labels_of_others_are_theirs(room: Room) -> None:
    job = room.begin()
    with pytest.raises(NotFound):
        room.printing.get(room.world.org("other"), job.id)
    with pytest.raises(Forbidden):
        room.printing.require_owner(room.world.org("other"), LOT, room.record)
    with pytest.raises(Forbidden):
        room.printing.require_owner(room.world.org("other"), LOT, None)
    with pytest.raises(NotFound):
        room.printing.require_owner(room.org, f"{LOT}X", room.record)
    with pytest.raises(NotFound):
        room.node.supplies.printer(room.world.org("other"), room.printer.id)


def test_a_page_of_rulers_is_printed_and_read(room: Room) -> None:
    paper = room.node.supplies.paper(room.org, "50x30")
    room.printing.calibrate(paper, room.printer)
    room.printing.calibrate(paper, room.printer)
    (first, *_) = room.machine.printed
    assert zxingcpp.read_barcodes(first)[0].text.startswith("HTTPS://EXAMPLE.COM/")


@pytest.mark.parametrize(
    ("member", "value", "path"),
    [
        ("address", "10.0.0.1", "/address"),
        ("address", "127.0.0.1:22", "/address"),
        ("address", "", "/address"),
        ("address", "127.0.0.1/x", "/address"),
        ("address", "user@127.0.0.1", "/address"),
        ("name", "", "/name"),
        ("dpi", "150", "/dpi"),
        ("language", "pcl", "/language"),
        ("darkness", "16", "/darkness"),
        ("speed", "x", "/speed"),
        ("right", "6", "/right"),
        ("down", "nan", "/down"),
    ],
)
def test_a_printer_is_refused_at_its_field(room: Room, member: str, value: str, path: str) -> None:
    with pytest.raises(Refused) as caught:
        room.keep(**{member: value})
    assert caught.value.path == path
