"""`make torture`: kill everything at random for a while, and count what is left.

    torture.py [--database postgresql|sqlite|both] [--kills 500] [--writers 8] [--minutes 60]
               [--seed N] [--json FILE]

Services (two of them on PostgreSQL), the devnet and PostgreSQL are killed with SIGKILL, in every gap
between two durable writes and at any other moment, under writers over HTTP. Meanwhile the chain
reorganises and forgets, RPC and database fail (not applied; applied and reported as failed), clocks jump
and the disk runs full. The seed decides who is killed where; when that is reached is up to the machine.
Exit 1 if anything was lost, doubled or forked, or was answered as it should not be; if the time was over
before all those kills; or if, of 300 kills or more, fewer than 20 fell into the gaps of a durable write.
"""

from __future__ import annotations

import argparse
import json
import queue
import secrets
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from fire.crowd import Watcher, Writer
from fire.killable import Chain, Postgres, SmallDisk, Victim
from fire.proxy import proxy
from fire.range import Range
from fire.weather import CONFIRMATIONS, Weather
from fire.worker import PASSES
from nodes import World, make_world

from suyuan.found import found_chain

GAPS = tuple(PASSES)
WRITES = ("append", "checkpoint", "intent", "send", "receipt")
"""The durable writes: each gap lies before or after one of them, and is named by it."""
LEAST, OF = 20, 300
"""So many kills each of them has to see, where there are so many in all."""


@dataclass(slots=True)
class Report:
    """What was done, and what came of it."""

    database: str
    seed: int
    services: int
    writers: int
    seconds: float = 0.0
    kills: dict[str, dict[str, int]] = field(default_factory=dict)
    """Part → gap → how often."""
    weather: dict[str, int] = field(default_factory=dict)
    disk_full: int = 0
    """Times; -1 where this machine lets us mount no small disk."""
    refused_while_full: int = 0
    missed: dict[str, int] = field(default_factory=dict)
    """Gap → how often nobody came to it for ten seconds."""
    answers: dict[str, int] = field(default_factory=dict)
    """What writers were answered: statuses, or how the connection ended."""
    database_faults: dict[str, int] = field(default_factory=dict)
    restart_seconds: float = 0.0
    """Median, from the start of a killed service until it answers."""
    acknowledged: int = 0
    recorded: int = 0
    checkpoints: int = 0
    seen: int = 0
    """Checkpoints that were shown to the watcher, each another."""
    anchors: int = 0
    lost: int = 0
    doubled: int = 0
    wrong: list[str] = field(default_factory=list)

    @property
    def killed(self) -> int:
        return sum(sum(gaps.values()) for gaps in self.kills.values())

    @property
    def by_write(self) -> dict[str, int]:
        """Kills in the gaps of each durable write."""
        found = dict.fromkeys(WRITES, 0)
        for gaps in self.kills.values():
            for gap, count in gaps.items():
                write = gap.split(",")[0]
                if write in found:
                    found[write] += count
        return found

    @property
    def seldom(self) -> list[str]:
        """Durable writes with fewer kills than they have to see."""
        if self.killed < OF:
            return []
        return [write for write, count in self.by_write.items() if count < LEAST]

    @property
    def bad(self) -> bool:
        return bool(self.wrong or self.lost or self.doubled or self.seldom)

    def as_json(self) -> dict[str, Any]:
        return {
            **asdict(self),
            "killed": self.killed,
            "killsByWrite": self.by_write,
            "seldom": self.seldom,
        }

    def __str__(self) -> str:
        lines = [
            f"{self.database}: {self.killed} kills in {self.seconds:.0f} s, seed {self.seed}",
            f"  {self.services} services, {self.writers} writers",
        ]
        for part, gaps in self.kills.items():
            lines.append(f"  {part:12} {sum(gaps.values()):4}")
            lines += [f"    {gap:38} {count:4}" for gap, count in sorted(gaps.items())]
        full = (
            f"  disk full {self.disk_full} times, {self.refused_while_full} records refused then"
            if self.disk_full >= 0
            else "  disk never full: no small one can be mounted here"
        )
        lines += [
            "  in the gaps of: "
            + ", ".join(f"{name} {count}" for name, count in self.by_write.items()),
            "  nobody came in ten seconds: "
            + (", ".join(f"{gap} {n}" for gap, n in sorted(self.missed.items())) or "never"),
            "  meanwhile: " + ", ".join(f"{name} {n}" for name, n in sorted(self.weather.items())),
            full,
            "  database: " + ", ".join(f"{n} {what}" for what, n in self.database_faults.items()),
            "  answers: " + ", ".join(f"{name} {n}" for name, n in sorted(self.answers.items())),
            f"  a killed service answered again after {self.restart_seconds:.2f} s in the median",
            f"  {self.acknowledged} records acknowledged of {self.recorded} recorded",
            f"  {self.checkpoints} checkpoints, {self.seen} of them seen from outside",
            f"  {self.anchors} anchors",
            f"  lost {self.lost}, doubled {self.doubled}",
            *[f"  SELDOM: {one}, under {LEAST} kills" for one in self.seldom],
            *[f"  WRONG: {one}" for one in self.wrong],
            "  NOT SOUND" if self.bad else "  all of it holds",
        ]
        return "\n".join(lines)


class Torture:
    """One run over one database."""

    def __init__(
        self, folder: Path, database: str, *, seed: int, writers: int, pause: float = 0.1
    ) -> None:
        self.draw = Random(seed)
        self.stack = ExitStack()
        self.report = Report(database, seed, 2 if database == "postgresql" else 1, writers)
        try:
            self._set_up(folder, database, seed, writers, pause)
        except BaseException:
            self.stack.close()
            raise

    def _set_up(self, folder: Path, database: str, seed: int, writers: int, pause: float) -> None:
        self.disk = SmallDisk(folder / "disk", "384m" if database == "postgresql" else "192m")
        self.stack.callback(self.disk.close)
        self.chain = Chain(folder / "chain", self.draw)
        self.stack.callback(self.chain.stop)
        self.rpc = self.stack.enter_context(proxy(self.chain.url))
        given: dict[str, Any] = {"rpc_urls": [self.rpc.url]}
        self.postgres: Postgres | None = None
        if database == "postgresql":
            (self.disk.folder / "pg").mkdir()
            self.postgres = Postgres(self.disk.folder / "pg", self.draw)
            self.stack.callback(self.postgres.stop)
            given["database_url"] = self.postgres.url
        given |= {"confirmations": CONFIRMATIONS, "rpc_timeout": 5.0, "resubmit_after": 2.0}
        self.world: World = make_world(self.disk.folder / "node", **given)
        self.stack.callback(self.world.node.close)
        found_chain(self.world.node, self.chain.url)
        order = {
            "folder": str(self.world.node.settings.data_dir),
            "settings": {**given, "workers": True, "seal_seconds": 0.3, "poll_seconds": 0.2},
            "seed": seed,
            "faults": 0.01,
        }
        self.arrived: queue.Queue[tuple[Victim, str]] = queue.Queue()
        self.victims: list[Victim] = []
        for name in ("one", "other")[: self.report.services]:
            victim = Victim(name, order, self.arrived, folder / f"service-{name}.log")
            self.stack.callback(victim.close)
            self.victims.append(victim)
        for victim in self.victims:
            victim.start()
        for victim in self.victims:
            victim.wait()
        urls = [victim.url for victim in self.victims]
        token = self.world.tokens["coop"]
        self.writers = [
            Writer(f"w{number}", urls, token, keyed=number % 2 == 1, pause=pause)
            for number in range(writers)
        ]
        policy = self.world.node.policy()
        assert policy is not None
        self.watcher = Watcher(urls, policy.log_keys, policy.origin)
        self.weather = Weather(self.rpc, self.victims, seed)
        self.kills: dict[str, Counter[str]] = {
            part: Counter() for part in ("service", "devnet", "postgresql")
        }
        if self.postgres is None:
            del self.kills["postgresql"]
        self.missed: Counter[str] = Counter()
        self.skipped: Counter[str] = Counter()
        """As ``missed``, but forgotten as soon as somebody came."""

    @property
    def killed(self) -> int:
        return sum(gaps.total() for gaps in self.kills.values())

    def close(self) -> None:
        self.stack.close()

    def run(self, kills: int, minutes: float, *, disk_every: int = 25) -> Report:
        """Kill so often, or until the time is over; then peace, and everything is counted."""
        began = time.monotonic()
        with self._going(self.writers), self._going([self.watcher, self.weather]):
            time.sleep(1.0)
            next_full, told = disk_every, 0
            while self.killed < kills:
                if time.monotonic() - began > 60 * minutes:
                    break
                self.kill()
                if self.killed >= told + 10:
                    told = self.killed
                    since = time.monotonic() - began
                    print(
                        f"  {self.killed} kills after {since:.0f} s, {dict(self.missed)}",
                        file=sys.stderr,
                        flush=True,
                    )
                if self.disk.there and self.killed >= next_full:
                    next_full += disk_every
                    self.fill_disk()
                time.sleep(self.draw.uniform(0.0, 0.3))
            time.sleep(1.0)
        self.weather.clear()
        try:
            self._settle()
        except TimeoutError as problem:
            self.report.wrong.append(str(problem))
        self._count()
        self.report.seconds = time.monotonic() - began
        return self.report

    def kill(self) -> None:
        """One kill: of the part and in the gap that had the fewest."""
        part = min(self.kills, key=lambda one: (self.kills[one].total(), self.draw.random()))
        # One that nobody came to has its turn again after the others.
        gap = min(
            GAPS, key=lambda one: (self.kills[part][one] + self.skipped[one], self.draw.random())
        )
        waiting: Victim | None = self.draw.choice(self.victims)
        if gap == "anywhere":
            time.sleep(self.draw.uniform(0.0, 0.5))
        else:
            waiting = self._wait_in(gap)
            if waiting is None:
                return
        assert waiting is not None
        if part == "service":
            self._kill_service(waiting, gap)
            self._back(waiting)
            return
        killed: Chain | Postgres | None = self.chain if part == "devnet" else self.postgres
        assert killed is not None
        killed.kill()
        self.kills[part][gap] += 1
        meanwhile = self.draw.random() < 0.5
        if meanwhile:
            waiting.go()
        killed.start()
        self.rpc.real = self.chain.url
        if not meanwhile:
            waiting.go()

    def _kill_service(self, victim: Victim, gap: str) -> None:
        if victim.kill():
            self.kills["service"][gap] += 1

    def _back(self, victim: Victim) -> None:
        """Start it again. Where there is another, the fire goes on meanwhile."""
        victim.start()
        if len(self.victims) == 1:
            victim.wait()

    def _wait_in(self, gap: str) -> Victim | None:
        """Whichever service comes to this gap first waits in it; None if none comes for a while."""
        while not self.arrived.empty():
            self.arrived.get()
        for victim in self.victims:
            victim.arm(gap, self.draw.randint(0, 5 if gap.startswith("append") else 0))
        try:
            found, where = self.arrived.get(timeout=10)
        except queue.Empty:
            found, where = None, ""
        for victim in self.victims:
            if victim is not found:
                victim.go()
        assert where in ("", gap)
        if found is None:
            self.missed[gap] += 1
            self.skipped[gap] += 1
        else:
            del self.skipped[gap]
        return found

    def fill_disk(self) -> None:
        """No byte is left for a second or two; half of the times a service dies meanwhile."""
        before = sum(writer.answers["503"] for writer in self.writers)
        victim = self.draw.choice(self.victims)
        dies = self.draw.random() < 0.5
        with self.disk.full():
            time.sleep(self.draw.uniform(1.0, 2.0))
            if dies:
                self._kill_service(victim, "anywhere")
        if self.postgres is not None:
            self.postgres.start()
        if dies:
            self._back(victim)
        self.report.disk_full += 1
        after = sum(writer.answers["503"] for writer in self.writers)
        self.report.refused_while_full += after - before

    @contextmanager
    def _going(self, outside: Sequence[Writer | Watcher | Weather]) -> Iterator[None]:
        stop = threading.Event()
        failed: list[BaseException] = []

        def guarded(run: Callable[[threading.Event], None]) -> None:
            try:
                run(stop)
            except BaseException as problem:
                failed.append(problem)

        threads = [
            threading.Thread(target=guarded, args=(one.run,), daemon=True) for one in outside
        ]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            stop.set()
            for thread in threads:
                thread.join(60)
        if failed:
            raise failed[0]

    def _settle(self) -> None:
        """Until all is sealed and anchored beyond doubt; then the services end in order."""
        database = self.world.node.database
        deadline = time.monotonic() + 180
        while not self._settled():
            if time.monotonic() > deadline or database.tree.damage():
                policy = database.anchors.policy()
                assert policy is not None
                left = database.tree.latest(), database.anchors.open(policy.version)
                raise TimeoutError(
                    f"not settled: {database.tree.damage()}, {database.log.tail()}, {left}"
                )
            self.weather.mine(5)
            time.sleep(0.1)
        for victim in self.victims:
            victim.stop()

    def _settled(self) -> bool:
        database = self.world.node.database
        policy, head = database.anchors.policy(), database.tree.latest()
        assert policy is not None
        if head is None or head.size < database.log.tail().size:
            return False
        anchor = database.anchors.at(policy.version, head.size)
        return anchor is not None and not database.anchors.open(policy.version)

    def _count(self) -> None:
        """Everything against everything, by somebody who was told nothing but from outside."""
        report = self.report
        fire = Range(self.world, self.chain.url)
        fire.published.update(self.watcher.seen)
        for writer in self.writers:
            fire.acknowledged.update(writer.acknowledged)
            report.answers = dict(Counter(report.answers) + writer.answers)
            report.wrong += writer.unexpected
        for victim in self.victims:
            report.database_faults = dict(Counter(report.database_faults) + victim.faults)
            # Where its database is down, it says so and ends.
            report.wrong += [one for one in victim.crashes if not one.startswith("Unavailable(")]
        report.wrong += self.watcher.contradictions
        report.kills = {part: dict(gaps) for part, gaps in self.kills.items()}
        report.weather = dict(self.weather.counts)
        report.missed = dict(self.missed)
        if not self.disk.there:
            report.disk_full = -1
        report.restart_seconds = median(t for victim in self.victims for t in victim.restarts)
        report.acknowledged, report.seen = len(fire.acknowledged), len(self.watcher.seen)
        for check in (fire.check_all, fire.sound):
            try:
                check()
            except AssertionError as problem:
                report.wrong.append(f"{check.__name__}: {problem!r}")
        report.recorded = len(fire.indices)
        report.checkpoints, report.anchors = len(fire.published), len(fire.anchored)
        report.lost = sum(
            fire.indices.get(name) != index for name, index in fire.acknowledged.items()
        )
        report.doubled = len(fire.indices) - len(set(fire.indices.values()))


def main() -> int:
    parser = argparse.ArgumentParser(
        description="Kill everything at random, and count what is left."
    )
    parser.add_argument("--database", choices=("postgresql", "sqlite", "both"), default="both")
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--writers", type=int, default=8)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6))
    parser.add_argument("--json", type=Path, default=Path("dist/torture.json"))
    asked = parser.parse_args()
    print(f"seed {asked.seed}", flush=True)
    reports: list[Report] = []
    databases = ("postgresql", "sqlite") if asked.database == "both" else (asked.database,)
    for database in databases:
        with tempfile.TemporaryDirectory(prefix="suyuan-torture-") as name:
            Path(name).chmod(0o755)  # PostgreSQL's own user has to get there
            torture = Torture(Path(name), database, seed=asked.seed, writers=asked.writers)
            try:
                often = min(25, max(4, asked.kills // 3))
                reports.append(torture.run(asked.kills, asked.minutes, disk_every=often))
            finally:
                torture.close()
        print(reports[-1], flush=True)
    asked.json.parent.mkdir(parents=True, exist_ok=True)
    told = [report.as_json() for report in reports]
    asked.json.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n")
    bad = any(report.bad or report.killed < asked.kills for report in reports)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
