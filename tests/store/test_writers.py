"""Many writers at once, in threads and in processes, some of them killed."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from store.appending import Draft, Stores, another, append, check_log
from store.writer import SHARED, block

from suyuan.adapters.sql import Database, open_database
from suyuan.core.errors import Unavailable

TESTS = Path(__file__).resolve().parents[1]
Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(url: str) -> Iterator[Start]:
    """Start a writer process; all that are left are killed at the end."""
    started: list[subprocess.Popen[str]] = []

    def run(*arguments: object) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-W", "error", "-m", "store.writer", url, *map(str, arguments)],
            env={**os.environ, "PYTHONPATH": str(TESTS)},
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield run
    for process in started:
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()


def acknowledged(lines: str) -> list[tuple[int, int]]:
    """Whole lines only: a kill may have cut the last one."""
    return [
        (int(first), int(length))
        for first, length in (line.split() for line in lines.splitlines(keepends=True)
                              if line.endswith("\n"))
    ]  # fmt: skip


def check_blocks(stores: Stores, acks: dict[str, list[tuple[int, int]]]) -> int:
    """The log is sound, holds whole blocks only, and all that were acknowledged; how many."""
    size = check_log(stores)
    says = [json.loads(r.content or b"")["says"] for r in stores.log.scan(0, size)]
    found: dict[tuple[str, int], int] = {}
    serials: set[tuple[str, int]] = set()
    for index, (name, serial, place, length) in enumerate(says):
        if place == 0:
            assert (name, serial) not in serials
            serials.add((name, serial))
            found[name, index] = length
            assert says[index : index + length] == [
                [name, serial, i, length] for i in range(length)
            ]
    assert sum(found.values()) == size
    for name, blocks in acks.items():
        for first, length in blocks:
            assert found[name, first] == length
    return len(found)


def test_threads_append_without_gaps(stores: Stores) -> None:
    def work(number: int) -> list[tuple[int, int]]:
        mine, chance = another(stores), random.Random(number)
        acks = []
        for serial in range(12):
            indices = append(mine, *block(str(number), serial, chance))
            assert indices == list(range(indices[0], indices[0] + len(indices)))
            acks.append((indices[0], len(indices)))
        mine.close()
        return acks

    with ThreadPoolExecutor(6) as pool:
        acks = {str(n): done for n, done in enumerate(pool.map(work, range(6)))}
    assert check_blocks(stores, acks) == 72


def test_threads_share_connections(stores: Stores) -> None:
    def work(number: int) -> list[tuple[int, int]]:
        chance = random.Random(number)
        blocks = (append(stores, *block(str(number), i, chance)) for i in range(12))
        return [(indices[0], len(indices)) for indices in blocks]

    with ThreadPoolExecutor(6) as pool:
        acks = {str(n): done for n, done in enumerate(pool.map(work, range(6)))}
    assert check_blocks(stores, acks) == 72


def test_processes_append_without_gaps(sql: Database, start: Start) -> None:
    writers = {f"w{i}": start(f"w{i}", 25) for i in range(4)}
    acks = {}
    for name, process in writers.items():
        output, _ = process.communicate(timeout=120)
        assert process.returncode == 0
        acks[name] = acknowledged(output)
        assert len(acks[name]) == 25
    assert check_blocks(sql, acks) == 100


def test_killed_processes_leave_whole_blocks(sql: Database, start: Start) -> None:
    """SIGKILL at any time: what was acknowledged is there, and nobody waits for the dead."""
    chance = random.Random(7)
    acks = {}
    for round_ in range(3):
        writers = {f"r{round_}w{i}": start(f"r{round_}w{i}", 100_000) for i in range(2)}
        # However slow the machine is: two blocks of each have been acknowledged.
        firsts = {name: process.stdout.readline() + process.stdout.readline()
                  for name, process in writers.items() if process.stdout}  # fmt: skip
        time.sleep(chance.uniform(0.05, 0.4))
        for name, process in writers.items():
            process.kill()
            acks[name] = acknowledged(firsts[name] + process.communicate()[0])
        check_blocks(sql, acks)
    assert check_blocks(sql, acks) >= sum(map(len, acks.values())) > 10


def test_kill_inside_a_block_leaves_nothing_of_it(sql: Database, start: Start) -> None:
    writer = start("w", 3, "inside")
    assert writer.stdout is not None
    acks = acknowledged(writer.stdout.readline() + writer.stdout.readline())
    assert writer.stdout.readline() == "inside\n"
    size = sum(length for _, length in acks)
    assert sql.log.tail().size == size, "a reader neither waits nor sees it"
    writer.kill()
    writer.communicate()
    assert append(sql, Draft(("a:b",), says=["me", 0, 0, 1])) == [size]
    check_blocks(sql, {"w": acks})


def test_waiting_for_the_lock_ends(url: str, start: Start) -> None:
    writer = start("w", 1, "inside")
    assert writer.stdout is not None
    assert writer.stdout.readline() == "inside\n"
    with open_database(url, timeout=0.3) as database:
        since = time.monotonic()
        with pytest.raises(Unavailable):
            append(database, Draft())
        # Nearer to what was given than to the minute that it waits otherwise, on a slow machine too.
        assert 0.2 < time.monotonic() - since < 30
        assert database.log.tail().size == 0
        writer.kill()
        writer.communicate()
        assert append(database, Draft()) == [0]


def test_waiting_for_a_turn_ends(url: str) -> None:
    """The same within a process."""
    with open_database(url, timeout=0.3) as database, ThreadPoolExecutor(1) as pool:
        with database.log.sequencing() as sequencer:
            assert sequencer.tail().size == 0
            waiting = pool.submit(append, database, Draft())
            with pytest.raises(Unavailable):
                waiting.result(timeout=30)
        assert pool.submit(append, database, Draft()).result(timeout=30) == [0]


def test_readers_see_whole_blocks_and_never_wait(stores: Stores) -> None:
    done = threading.Event()
    length = 7
    problems: list[object] = []

    def read() -> int:
        mine, seen = another(stores), 0
        while not done.is_set():
            size = mine.log.tail().size
            if size % length or size < seen:
                problems.append((size, seen))
            records = mine.log.records(range(size - length, size + length))
            if len(records) % length:
                problems.append(sorted(records))
            tips = mine.log.tips_at(["a:b"], 1 << 40)
            if tips and tips["a:b"].index % length != length - 1:
                problems.append(tips)
            seen = size
        mine.close()
        return seen

    with ThreadPoolExecutor(3) as pool:
        readers = [pool.submit(read) for _ in range(3)]
        for _ in range(30):
            append(stores, *(Draft(("a:b",)) for _ in range(length)))
        with stores.log.sequencing() as sequencer:
            # By the thread that sequences: a reader that waited for it would never get an answer.
            assert stores.log.tail().size == 30 * length
            assert sequencer.tail().size == 30 * length
        done.set()
        assert max(reader.result() for reader in readers) <= 30 * length
    assert problems == []


def test_turns_are_given_in_the_order_of_asking(sql: Database) -> None:
    """A writer that lets go and asks again at once waits behind those who asked before."""
    order: list[str] = []
    holding, go = threading.Event(), threading.Event()
    asking = threading.Barrier(4)

    def work(name: str, blocks: int) -> None:
        if name != "greedy":
            asking.wait()
        for _ in range(blocks):
            with sql.log.sequencing() as sequencer:
                holding.set()
                go.wait()
                order.append(name)
                sequencer.tail()

    greedy = threading.Thread(target=work, args=("greedy", 20))
    greedy.start()
    holding.wait()
    patient = [threading.Thread(target=work, args=(f"{i}", 1)) for i in range(3)]
    for thread in patient:
        thread.start()
    asking.wait()
    time.sleep(0.5)
    go.set()
    for thread in [greedy, *patient]:
        thread.join()
    assert sorted(order[1:4]) == ["0", "1", "2"], order


def test_shared_objects_are_really_shared() -> None:
    """The writers above contend for the same tips, or the tests would prove little."""
    chance = random.Random("w0")
    touched = {uri for i in range(25) for draft in block("w0", i, chance) for uri in draft.extends}
    assert touched == set(SHARED)
