"""Every page of the desk at 100,000 records, on the server; and a table of 10,000 rows imported."""

from __future__ import annotations

import secrets
import shutil
import statistics
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

from bench.context import Context
from bench.farm import Farm, farm
from bench.figures import Figure, Goal
from desk import inside
from starlette.testclient import TestClient
from starlette.types import ASGIApp, Receive, Scope, Send

from suyuan.bootstrap import settle
from suyuan.flow.accounts import Caller

GOAL = 100
"""Milliseconds."""


def measure(context: Context) -> Iterator[Figure]:
    """The slowest page in its median and in its 99th percentile; all pages stand in the details."""
    size, times = (1_000, 1) if context.quick else (100_000, 100)
    with context.logs() as folder:
        made = farm(folder, size)
        try:
            found = measured(made, times)
            first, judging = found.pop(""), found.pop("worker")
        finally:
            made.close()
    medians = {page: statistics.median(runs) for page, runs in found.items()}
    tails = {page: _tail(runs) for page, runs in found.items()}
    for what, of in (("median", medians), ("99th percentile", tails)):
        slowest = max(of, key=of.__getitem__)
        yield Figure(
            f"desk, the slowest of {len(of)} pages, {size:,} records, {what}",
            "ms",
            [of[slowest]],
            Goal(at_most=GOAL),
            note=f"{slowest}; the next: "
            + ", ".join(f"{page} {of[page]:.0f}" for page in sorted(of, key=of.__getitem__)[-2:-7:-1]),
            details={page: round(value, 1) for page, value in sorted(of.items())},
        )  # fmt: skip
    yield Figure(
        "desk, the first page after a start",
        "ms",
        first,
        note="clerk: /desk/today, nothing read yet",
    )
    yield Figure(
        f"desk, all open seasons judged after a start, {size:,} records, processor time",
        "s",
        judging,
        note="by the worker, half of the time at most; until then the page says which seasons wait",
    )
    rows = 100 if context.quick else 10_000
    with context.scratch() as folder:
        made = farm(folder, 1_000)
        try:
            imported = [_import(made, rows)]
        finally:
            made.close()
    yield Figure(
        f"import of {rows:,} rows, on the wall", "s", imported, Goal(at_most=20),
        note="into 300 seasons that are begun: read, judged and shown, read again and filed",
    )  # fmt: skip
    with context.logs() as kept, context.scratch() as folder:
        farm(kept, size).close()
        for one in kept.glob(f"farm-{size}-*"):
            shutil.copytree(one, folder / one.name)
        made = farm(folder, size)
        try:
            imported = [_import(made, rows)]
        finally:
            made.close()
    yield Figure(
        f"import of {rows:,} rows into {size:,} records, on the wall", "s", imported,
        Goal(at_most=20), note="as above; the rules rest on what is recorded of each season",
    )  # fmt: skip


def _import(made: Farm, rows: int) -> float:
    """Seconds on the wall from the file to the last record: read, looked at, judged, filed."""
    day = made.node.watch.today().isoformat()
    table = "日期,地块,茬次,面积(亩),肥料名称,用量,备注\n" + "\n".join(
        f"{day},地块{n % 600:03},第{n % 600 // 2:03}季,{n % 5 + 1},复合肥,{n % 60 + 20} 斤,"
        f"批次 {secrets.token_hex(4)}"
        for n in range(rows)
    )
    caller = Caller("https://node.example/org/coop", "recorder", "990101", "bench")
    importing, jobs = made.node.importing, made.node.jobs
    began = time.monotonic()
    upload = importing.open(caller, "施肥.csv", table.encode())
    seen = importing.preview(caller, upload.id)
    if seen.problems:
        raise RuntimeError(f"the table is not read: {seen.problems[:3]}")
    importing.file(caller, upload.id, "records")
    while jobs.run_one():
        pass
    job = jobs.get(caller, str(importing.get(caller, upload.id).job))
    if job.state != "done":
        raise RuntimeError(f"the import ended as {job.state}: {job.errors[:400]!r}")
    return time.monotonic() - began


def measured(made: Farm, times: int) -> dict[str, list[float]]:
    """Milliseconds on the server by role and page; under "" those of the very first page."""
    settle()  # as `suyuan serve` does
    clock = _Timed(made.desk.world.client.app)
    made.desk.world.client.app = clock
    found: dict[str, list[float]] = {}
    for account, pages in pages_of(made).items():
        client = inside(made.desk, account)
        for page in pages:
            name = f"{account}: {page.replace('https://node.example', '')}"
            get(client, page)
            if "" not in found:
                found[""] = [clock.last]
                # As in a service that has run for a minute: the worker judged every open season.
                began = time.process_time()
                while made.node.standings.work():
                    pass
                found["worker"] = [time.process_time() - began]
            runs = []
            for _ in range(times):
                get(client, page)
                runs.append(clock.last)
            found[name] = runs
    return found


def get(client: TestClient, page: str) -> None:
    """Ask for a page, which has to be there."""
    answer = client.get(page)
    if answer.status_code != 200:
        raise RuntimeError(f"{page} answered {answer.status_code}: {answer.text[:400]}")


class _Timed:
    """The application, and how long its last answer took: on the wall, less what all threads of the
    process waited for a core that others had."""

    def __init__(self, app: ASGIApp) -> None:
        self._app, self.last = app, 0.0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._app, name)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        began, waited = time.perf_counter(), _waited()
        await self._app(scope, receive, send)
        wall = time.perf_counter() - began
        others = sum(now - waited.get(one, now) for one, now in _waited().items())
        self.last = max(wall - others, 1e-6) * 1_000


def _waited() -> dict[str, float]:
    """Seconds that each thread of the process was ready to run and did not."""
    found = {}
    for task in Path("/proc/self/task").iterdir():
        with suppress(OSError):  # a thread that ended meanwhile
            found[task.name] = int((task / "schedstat").read_text().split()[1]) / 1e9
    return found


def _tail(runs: list[float]) -> float:
    """Of a hundred looks the second slowest, about: nothing is told beyond what was seen."""
    return statistics.quantiles(runs, n=100, method="inclusive")[98] if len(runs) > 1 else runs[0]


def pages_of(made: Farm) -> Mapping[str, tuple[str, ...]]:
    """Every page of the desk, by the account that opens it."""
    node = made.node
    plot, season = quote(made.plot, safe="/:"), quote(made.season, safe="/:")
    newest = node.database.log.tail().size - 5
    line = quote(made.lot, safe="")
    coop = quote("https://node.example/org/coop", safe="")
    past = (node.watch.today().replace(day=1)).isoformat()
    person = quote(node.people.uri(made.member), safe="")
    return {
        "wang": (
            "/desk/today", "/desk/record", f"/desk/record?plot={plot}",
            f"/desk/record/form?form=spraying&plot={plot}",
            f"/desk/record/form?form=spraying&plot={plot}&like=last",
            "/desk/record/many", "/desk/record/many?form=spraying&crop=" + _crop(made),
            "/desk/drafts", "/desk/records", "/desk/records?kind=harvest",
            f"/desk/records?plot={plot}", f"/desk/records?season={season}",
            f"/desk/records?member={person}",
            "/desk/records?q=%E8%9A%9C%E8%99%AB", "/desk/records?q=nothing-at-all",
            f"/desk/records?from={past}&to={past}",
            f"/desk/records/{newest}", f"/desk/records/{newest}/correct", f"/desk/proof/{newest}",
            f"/desk/filed?records={newest},{newest - 1}", "/desk/timeline",
            "/desk/members", "/desk/members?find=%E5%BC%A0001", "/desk/members/new",
            f"/desk/members/{made.member}", f"/desk/members/{made.member}/edit",
            f"/desk/members/{made.member}/erase",
            "/desk/plots", f"/desk/plots/one?id={plot}", "/desk/plots/new",
            f"/desk/plots/edit?id={plot}",
            "/desk/seasons", "/desk/seasons/new", f"/desk/seasons/one?id={season}",
            "/desk/stock", f"/desk/stock?day={past}", "/desk/stock?member=each",
            f"/desk/stock?member=each&day={past}", f"/desk/stock?member={person}",
            f"/desk/stock/item?item={line}&holder={coop}", "/desk/stock/buy",
            "/desk/stock/buy?typed=1", "/desk/stock/count", "/desk/stock/sell", "/desk/stock/empties",
            "/desk/import", "/desk/export", "/desk/account", "/desk/account/second",
            "/desk/account/recovery",
        ),
        "jian": (
            "/desk/regulator", "/desk/regulator/overrides", "/desk/regulator/imbalances",
            "/desk/regulator/late", "/desk/regulator/late?page=20", "/desk/regulator/failed",
            "/desk/regulator/silent", f"/desk/regulator/organisation?id={coop}",
            "/desk/regulator/inspect", "/desk/regulator/bundle", "/desk/regulator/audits",
        ),
        "zhou": ("/desk/members", f"/desk/members?where={coop}", "/desk/plots", "/desk/account"),
        "member": ("/desk/today", "/desk/record", "/desk/records", "/desk/plots", "/desk/seasons"),
        "deal": ("/desk/stock", "/desk/stock/sell"),
        "lab": ("/desk/records",),
        "mill": ("/desk/records",),
    }  # fmt: skip


def _crop(made: Farm) -> str:
    season = made.node.seasons.template_of(made.season)
    return quote(str(season["id"]), safe="") if season is not None else ""
