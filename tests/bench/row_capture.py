"""Durable signed capture, beside the bare inserts of the rows that it leaves behind."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from statistics import mean
from typing import Any

from bench import mix, world
from bench.context import Context
from bench.figures import Figure, Goal, Reference
from bench.timing import Stopwatch, Timed

from suyuan.core import jcs
from suyuan.flow.jobs import incoming_of

SIZE = 500
LEAST_BYTES = 900

Rows = dict[str, list[tuple[Any, ...]]]


def measure(context: Context) -> Iterator[Figure]:
    """Events a second, from the bytes of a document to the commit."""
    count, size = (2, 60) if context.quick else (20, SIZE)
    documents = mix.documents(count, size)
    bytes_each = mean(len(jcs.dumps(i.event)) for d in documents for i in incoming_of(d))
    assert bytes_each >= LEAST_BYTES, f"the mean event has {bytes_each:.0f} bytes"
    ours: list[Stopwatch] = []
    raw: list[Stopwatch] = []
    jobs: list[Stopwatch] = []
    for _ in range(context.runs(3)):
        with context.scratch() as folder:
            made = world.found(folder / "node")
            made.record(mix.document(mix.season(90_000)))
            first = made.node.database.log.tail().size
            with Stopwatch() as watch:
                for document in documents:
                    made.record(document)
            ours.append(watch)
            made.close()
            raw.append(_insert_raw(folder / "node/suyuan.db", folder / "raw.db", first, size))
        with context.scratch() as folder:
            jobs.append(_through_jobs(folder / "node", documents))
    events = count * size
    ours_timed = _timed(ours)
    yield Figure(
        f"signed capture, documents of {size}",
        "events/s",
        ours_timed.rates(events),
        Goal(at_least=2_000),
        (Reference("raw inserts of the same rows", _timed(raw).rates(events)[0]),),
        ours_timed.crowd,
        details={"meanEventBytes": bytes_each, "documents": count},
    )
    yield Figure(
        "the same through a durable job, as POST /capture",
        "events/s",
        _timed(jobs).rates(events),
        crowd=_timed(jobs).crowd,
    )


def _timed(watches: list[Stopwatch]) -> Timed:
    return Timed(tuple(w.own for w in watches), tuple(w.wall for w in watches))


def _through_jobs(folder: Path, documents: list[bytes]) -> Stopwatch:
    made = world.found(folder)
    with Stopwatch() as watch:
        for document in documents:
            made.node.jobs.submit(made.cooperative, document)
            job = made.node.jobs.run_one()
            assert job is not None
            assert job.state == "done", job.errors
    made.close()
    return watch


def _insert_raw(source: Path, target: Path, first: int, size: int) -> Stopwatch:
    """Insert what the documents left behind into the same tables, a transaction a document."""
    with sqlite3.connect(source) as old:
        schema = old.execute(
            "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY type = 'index'"
        ).fetchall()
        before, *blocks = _blocks(old, first, size)
    new = sqlite3.connect(target, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "cache_size=-49152"):
        new.execute(f"PRAGMA {pragma}")
    for name, sql in schema:
        if not name.startswith("sqlite_"):
            new.execute(sql)
    _insert(new, before)
    with Stopwatch() as watch:
        for block in blocks:
            _insert(new, block)
    new.close()
    return watch


def _insert(connection: sqlite3.Connection, rows: Rows) -> None:
    connection.execute("BEGIN IMMEDIATE")
    for name, values in rows.items():
        if values:
            marks = ",".join("?" * len(values[0]))
            connection.executemany(f"INSERT INTO {name} VALUES ({marks})", values)
    connection.execute("COMMIT")


_BY_INDEX = {"records": "idx", "contents": "idx", "edges": "idx", "touches": "idx", "events": "idx"}


def _blocks(old: sqlite3.Connection, first: int, size: int) -> Iterator[Rows]:
    """Rows of the records below ``first``, then of ``size`` records at a time, parents first.

    An object's row, and who ever extended it, belong to the first block that needs them.
    """
    (last,) = old.execute("SELECT max(idx) FROM records").fetchone()
    seen: dict[str, set[Any]] = {"objects": set(), "extenders": set(), "destinations": set()}
    low = 0
    while low <= last:
        high = low + size if low else first
        rows: Rows = {
            name: old.execute(
                f"SELECT * FROM {name} WHERE {column} >= ? AND {column} < ?", (low, high)
            ).fetchall()
            for name, column in _BY_INDEX.items()
        }
        touched = {row[0] for row in rows["touches"]} | {row[7] for row in rows["events"]}
        for name, taken in seen.items():
            column = "id" if name == "objects" else "object"
            fresh = sorted(touched - taken)
            taken.update(fresh)
            rows[name] = [
                row
                for number in fresh
                for row in old.execute(f"SELECT * FROM {name} WHERE {column} = ?", (number,))
            ]
        rows["touches"].sort()
        yield rows
        low = high
