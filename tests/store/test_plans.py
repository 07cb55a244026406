"""No question walks a whole table: what is quick with ten records stays so with a million."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import event, text
from store.appending import NOW, US, Draft, append
from store.sealing import seal

from suyuan.adapters.sql import Database, open_database
from suyuan.adapters.sql.engines import READERS
from suyuan.core.errors import Unavailable
from suyuan.flow.tracing import MOVES
from suyuan.ports.accounts import Attachment
from suyuan.ports.log import EventQuery, EventSearch, KnownTo, Remembered, Sequencer
from suyuan.ports.watch import StockQuery

SMALL = {"organisations", "policies", "leases", "state"}
"""Tables that may be read whole."""


@pytest.fixture
def database(sqlite_url: str) -> Iterator[Database]:
    with open_database(sqlite_url) as database:
        append(database, *(Draft(("a:b",), ("a:c",), parties=(US,)) for _ in range(600)))
        append(database, Draft(("kid",), kind="key"))
        append(database, Draft(("a:b",), attachments=(bytes(32),), parties=(US,)))
        seal(database, 600)
        yield database


QUESTIONS: list[Callable[[Database, Sequencer], object]] = [
    lambda db, _: db.log.tail(),
    lambda db, _: db.log.records([1, 2, 3]),
    lambda db, _: list(db.log.scan(5, 50)),
    lambda db, _: db.log.by_leaf_hash([bytes(32)]),
    lambda db, _: db.log.tips_at(["a:b", "a:c"], 50),
    lambda db, _: db.log.reachable([50]),
    lambda db, _: db.log.touched(["a:b"], size=50),
    lambda db, _: db.log.touched(["a:b"], size=50, extends_only=True),
    lambda db, _: db.log.touches_of([1, 2]),
    lambda db, _: db.log.numbers_of(5, 50),
    lambda db, _: db.log.erasures_of([1, 2]),
    lambda db, _: db.log.declarations_of([1, 2]),
    lambda db, _: db.log.declared_in(5, 50),
    lambda db, _: db.log.key_records(),
    lambda db, _: db.log.key_records(5),
    lambda db, _: db.log.find_events(EventQuery()),
    lambda db, _: db.log.find_events(EventQuery(event_id="x")),
    lambda db, _: db.log.find_events(EventQuery(event_hash="x" * 90)),
    lambda db, _: db.log.find_events(EventQuery(biz_step="x", owner=US)),
    lambda db, _: db.log.find_events(EventQuery(owner=US)),
    lambda db, _: db.log.find_events(EventQuery(touching="a:b", limit=1)),
    lambda db, _: db.log.search(EventSearch()),
    lambda db, _: db.log.search(EventSearch(biz_step="x", event_time=("2026", None))),
    lambda db, _: db.log.search(EventSearch(touching=(frozenset({"a:b", "a:c"}),))),
    lambda db, _: db.log.search(EventSearch(event_ids=frozenset({"x"}), by_time=False)),
    lambda db, _: db.log.search(EventSearch(biz_step="x", descending=True, after=("2026", 5))),
    lambda db, _: db.log.recorded_since(NOW),
    lambda db, _: db.log.known("bizSteps", KnownTo(owners=frozenset({US}), party=US)),
    lambda db, _: db.log.objects(after="a:b"),
    lambda db, _: db.log.serial("lot", "serial"),
    lambda db, _: db.log.serials_of(1),
    lambda db, _: db.lineage.on([1, 2], "up") + db.lineage.on([1, 2], "down"),
    lambda db, _: db.lineage.of_things([1], MOVES) + db.lineage.of_joints([1], MOVES[:2]),
    lambda db, _: db.lineage.of_itself(["https://id.gs1.org/01/09521234000068/10/A"]),
    lambda db, _: db.log.lots_of(["https://id.gs1.org/01/09521234000068/21/A1"]),
    lambda db, _: db.tree.latest(),
    lambda db, _: db.tree.at(5),
    lambda db, _: db.tree.covering(5),
    lambda db, _: list(db.tree.heads()),
    lambda db, _: list(db.tree.tiles(0, 1, 2)),
    lambda db, _: db.tree.nodes([(0, 1), (3, 60), (9, 0)]),
    lambda db, _: db.tree.leaf_hashes(5, 9),
    lambda db, _: db.tree.entries(5, 9),
    lambda db, _: db.anchors.open(1),
    lambda db, _: db.anchors.latest(1, ("final",)),
    lambda db, _: db.anchors.at(1, 5),
    lambda db, _: db.anchors.covering(1, 5),
    lambda db, _: db.accounts.token(bytes(32)),
    lambda db, _: db.accounts.key("kid"),
    lambda db, _: db.accounts.organisation("x"),
    lambda db, _: db.jobs.get("x"),
    lambda db, _: db.jobs.list(US),
    lambda db, _: db.attachments.get(bytes(32)),
    lambda db, _: db.attachments.missing([bytes(32)]),
    lambda db, _: db.attachments.missing([bytes(32)], NOW),
    lambda db, _: db.attachments.records_of(bytes(32)),
    lambda db, _: db.log.arrows(["a:b"], ["a:c"]),
    lambda db, _: db.deeds.things([1, 2]),
    lambda db, _: db.people.details(US),
    lambda _, seq: seq.arrows(["a:b"], ["a:c"]),
    lambda _, seq: seq.arrows_since(590),
    lambda _, seq: seq.tips(["a:b"]),
    lambda _, seq: seq.extenders(["a:b"]),
    lambda _, seq: seq.parties(["a:b"]),
    lambda _, seq: seq.same_contents([bytes(32)]),
    lambda _, seq: seq.same_events([bytes(32)]),
    lambda _, seq: seq.event_ids(["x"]),
    lambda _, seq: seq.remembered("x", "y"),
]


@pytest.mark.parametrize("number", range(len(QUESTIONS)))
def test_questions_use_an_index(database: Database, number: int) -> None:
    with database.log.sequencing() as sequencer:
        walked = scans(database, lambda: QUESTIONS[number](database, sequencer))
    assert walked == []


def test_writes_use_an_index(database: Database) -> None:
    def write() -> None:
        append(database, Draft(("a:b", "a:d"), attachments=(bytes(32),)))
        append(database, Draft(("a:b",), kind="erasure", erases=601))
        database.jobs.claim("me", 1)
        database.jobs.fail("x", b"", NOW)
        database.anchors.lease("a", "b", 1)
        database.sessions.saw({bytes(32): 1.0})
        database.accounts.revoke_token("x", NOW)
        with database.log.sequencing() as sequencer:
            sequencer.remember("x", "y", Remembered(b"", ()))

    assert scans(database, write) == []


@pytest.mark.parametrize("by_member", [False, True])
def test_of_stock_only_what_was_counted_is_looked_through(
    database: Database, by_member: bool
) -> None:
    query = StockQuery((US,), by_member=by_member)
    found = [
        step
        for step, statement in plans(database, lambda: database.stocks.totals(query))
        if "IN ('counted', 'empties')" in statement and step.startswith("SEARCH moves ")
    ]
    assert len(found) == 2
    assert all("moves_seen" in step for step in found)


def test_collecting_reads_no_bodies_to_find_what_nobody_names(database: Database) -> None:
    database.attachments.put(Attachment(b"\1" * 32, "text/plain", "a", US, b"body", ""))
    walked = scans(database, lambda: database.attachments.collect(NOW))
    assert len(walked) == 2
    assert all(" USING COVERING INDEX " in step for step in walked)
    assert database.attachments.get(b"\1" * 32) is None


def test_reaching_works_no_longer_than_its_limit(database: Database) -> None:
    steps: list[int] = []

    def count(connection: Any, *_: object) -> None:
        connection.set_progress_handler(lambda: steps.append(1), 10)

    event.listen(database.connections.readers, "checkout", count)
    works = []
    for limit in (20, 200, None):
        steps.clear()
        database.log.reachable([599], limit=limit)
        works.append(len(steps))
    assert works[0] * 5 < works[1]
    assert works[1] * 2 < works[2]


def test_a_walk_would_be_seen(database: Database) -> None:
    def walk() -> None:
        with database.connections.read() as connection:
            connection.execute(text("SELECT idx FROM records WHERE kid = 'x'"))

    assert len(scans(database, walk)) == 1


def scans(database: Database, ask: Callable[[], object]) -> list[str]:
    """Steps of SQLite's plans, for all statements of ``ask``, that read a large table whole."""
    return [
        f"{step}: {statement}"
        for step, statement in plans(database, ask)
        if _walks(step, statement)
    ]


def plans(database: Database, ask: Callable[[], object]) -> list[tuple[str, str]]:
    """All steps of SQLite's plans for all statements of ``ask``, each with its statement."""
    asked: list[tuple[str, Any]] = []

    def note(
        _: object, __: object, statement: str, parameters: Any, ___: object, many: bool
    ) -> None:
        asked.append((statement, parameters[0] if many else parameters))

    engines = database.connections.readers, database.connections.writer
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    ask()
    for engine in engines:
        event.remove(engine, "before_cursor_execute", note)
    assert asked, "nothing was asked"
    steps = []
    with database.connections.read() as connection:
        for statement, parameters in asked:
            if statement.split()[0] in ("SELECT", "WITH", "INSERT", "UPDATE", "DELETE"):
                plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
                steps += [(row[3], statement) for row in plan]
    return steps


def _walks(step: str, statement: str) -> bool:
    words = step.split()
    if words[0] != "SCAN" or words[1] in SMALL or words[1].startswith(("anon_", "CONSTANT")):
        return False
    # In the order of a key, and ended by LIMIT: the newest, the oldest, the next page.
    return "LIMIT" not in statement


def test_unavailable_is_what_a_full_pool_says(sqlite_url: str) -> None:
    """Reads never hold a connection while the caller thinks: a scan may be left half read."""
    with open_database(sqlite_url, timeout=0.2) as database:
        append(database, *(Draft() for _ in range(50)))
        scans_ = [database.log.scan(0, 50, batch=2) for _ in range(100)]
        assert {next(scan).index for scan in scans_} == {0}
        held = [database.connections.readers.connect() for _ in range(READERS)]
        with pytest.raises(Unavailable):
            database.log.tail()
        for connection in held:
            connection.close()
        assert database.log.tail().size == 50
