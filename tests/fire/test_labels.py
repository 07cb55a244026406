"""Labels as one job, by a service that is killed (SIGKILL) again and again: each comes
out of the printer once, in its order, and where nobody can know, somebody who looks is asked."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from random import Random

import pytest
import zxingcpp
from nodes import GTIN, LOT, event, make_world
from printer import Printer as Machine
from printer import picture_of

from suyuan.flow.accounts import Caller
from suyuan.flow.capture import Incoming

pytestmark = pytest.mark.slow

COUNT = int(os.environ.get("LABELS", "1500"))
"""`LABELS=10000` is what a day's packing asks for, and takes a minute or two."""
KILLS = 6
_PRINTS = """
import json, sys, time
from suyuan.bootstrap import open_node
from suyuan.settings import Settings
node = open_node(Settings(**json.loads(sys.argv[1])))
node.printing.lease_seconds, node.printing.rest = 0.5, lambda _: None
while True:
    if node.printing.run_one() is None:
        time.sleep(0.05)
"""


def test_a_job_of_many_labels_outlives_kills(tmp_path: Path) -> None:
    machine = Machine()
    world = make_world(tmp_path / "node", printer_hosts=[machine.address])
    node, org = world.node, world.org("coop")
    caller = Caller(org, "recorder", "990101", "test")
    product = {"id": f"https://id.gs1.org/01/{GTIN}", "type": "Product", "name": {"zh": "山核桃仁"}}
    node.masters.record(caller, [("", product)])
    node.capture.events(caller, [Incoming(event())])
    record, serials = node.issuer.issue(
        caller, gtin=GTIN, lot="L-1", count=COUNT, event_time="2026-09-18T08:00:00.000+08:00",
        time_zone="+08:00", key="packing",
    )  # fmt: skip
    printer = node.supplies.keep_printer(
        org, {"name": "x", "address": machine.address, "language": "tspl", "dpi": "203"}
    )
    job = node.printing.begin(
        org, "urn:x:who", LOT, record=record, first=0, count=COUNT, way="printer",
        paper=node.supplies.paper(org, "40x30"), printer=printer,
    )  # fmt: skip
    settings = json.dumps(node.settings.model_dump(mode="json", exclude_unset=True))
    chance, doubts, kills = Random(20260918), 0, 0
    while (now := node.printing.get(org, job.id)).state != "done":
        if now.state == "doubt":
            while not machine.idle:
                time.sleep(0.01)
            doubts += 1
            node.printing.settle(org, job.id, len(machine.bitmaps))
        process = subprocess.Popen([sys.executable, "-c", _PRINTS, settings])
        wanted = now.printed + chance.randrange(1, COUNT // KILLS // 2)
        more = kills < KILLS or not doubts
        aimed = kills % 2 == 0  # at the moment in which labels are under way; the others anywhere
        deadline = time.monotonic() + 240
        while (told := node.printing.get(org, job.id)).state not in ("doubt", "done"):
            if more and told.printed >= wanted and (told.sent > told.printed or not aimed):
                break
            assert time.monotonic() < deadline, told
            time.sleep(0.002)
        if more:
            time.sleep(0 if aimed else chance.random() * 0.02)
            kills += 1
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    assert kills >= KILLS
    assert doubts, "none was killed with labels under way"
    assert len(machine.bitmaps) == len(set(machine.bitmaps)) == COUNT
    for number in (*range(0, COUNT, 499), COUNT - 1):
        (found,) = zxingcpp.read_barcodes(picture_of(machine.bitmaps[number]))
        assert found.text.endswith(f"/10/L-1/21/{serials[number].serial}")
    machine.close()
    node.close()
