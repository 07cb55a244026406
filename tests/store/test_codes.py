"""What became of codes, and readings of them, in the store."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from brand_world import branded, caller, granted, issue, template
from nodes import LOT, World, make_world
from sqlalchemy import select

from suyuan.adapters.sql import Database, open_database
from suyuan.adapters.sql.tables import code_acts
from suyuan.ports.codes import Day, Reading, ScanCase, Seen

CODE = "https://id.gs1.org/01/09521234000068/21/X"
US, THEM = "https://node.example/org/us", "https://node.example/org/them"


@pytest.fixture
def node(url: str, tmp_path: Path) -> Any:
    """A whole node on each of the two databases."""
    made = make_world(tmp_path / "node", database_url=url)
    yield made
    made.node.close()


def test_acts_are_kept_with_their_issue(node: World) -> None:
    branded(node)
    name = granted(node, template=template(node))
    first, second = issue(node, 10, ahead=True), issue(node, 5, "k2", lot="L-2")
    codes, coop = node.node.codes, caller(node, "coop")
    codes.act(coop, "activate", first, ((0, 5),))
    codes.act(coop, "void", first, ((0, 0), (9, 9)), reason="misprint")
    codes.act(coop, "return", first, ((7, 8),), reason="left over")
    store = node.node.database.codes
    found = store.issues(records=[first])[0]
    assert (found.count, found.lot, found.owner) == (10, LOT, node.org("coop"))
    assert (found.activated, found.voided, found.returned) == (
        ((0, 5),),
        ((0, 0), (9, 9)),
        ((7, 8),),
    )
    assert found.authorisation == name
    assert [one.record for one in store.issues(authorisations=[name])] == [second, first]
    assert [one.record for one in store.issues(lots=[LOT])] == [first]
    assert [one.record for one in store.issues(owner=node.org("coop"), limit=1)] == [second]
    assert store.issues(owner=node.org("other")) == store.issues(records=[0]) == []
    serials = node.node.database.log.serials_of(first)
    states = [store.found(LOT, one.serial) for one in serials]
    assert [one.state if one else "" for one in states] == [
        "voided", *["active"] * 5, "issued", "returned", "returned", "voided"
    ]  # fmt: skip
    assert [one.place if one else -1 for one in states] == list(range(10))
    assert store.found(LOT, "NOPE") is None
    assert store.places(first, [serials[3].serial, "NOPE"]) == {serials[3].serial: 3}


def test_a_ledger_leaves_none_out(node: World) -> None:
    """However many there are: what it left out could be issued again."""
    branded(node)
    name = granted(node, template=template(node))
    made = issue(node, 10)
    store: Any = node.node.database.codes
    with store._connections.write() as connection:
        owner = connection.scalar(select(code_acts.c.owner).where(code_acts.c.target == made))
        rows = [{"target": made + n, "idx": made + n, "place": 0, "act": "packed", "first": 0, "last": 0,
                 "lot": LOT, "authorisation": name, "owner": owner}
                for n in range(1, 10_001)]  # fmt: skip
        connection.execute(code_acts.insert(), rows)
    account = node.node.codes.account(node.node.brands.one(name))
    assert account.sums.issued == 10_010


def reading(**more: Any) -> Reading:
    given: dict[str, Any] = {
        "code": CODE, "lot": LOT, "owner": US, "day": "2026-11-26", "county": "", "seen": 1,
        "first_at": "2026-11-26T08:05Z", "last_at": "2026-11-26T08:05Z",
    }  # fmt: skip
    return Reading(**{**given, **more})


def test_readings_add_up_from_two_services(sql: Database) -> None:
    other = open_database(str(sql.connections.url.render_as_string(hide_password=False)))
    sql.scans.add([reading(seen=3, last_at="2026-11-26T09:10Z"), reading(county="330112")])
    other.scans.add([reading(seen=2, first_at="2026-11-26T07:59Z", day="2026-11-25"),
                     reading(code=f"{CODE}2")])  # fmt: skip
    assert sql.scans.seen(CODE) == Seen("2026-11-26T07:59Z", "2026-11-26T09:10Z", 6, LOT, US)
    assert other.scans.seen(f"{CODE}3") is None
    assert other.scans.days(CODE) == [
        Day("2026-11-26", "", 3, "2026-11-26T08", "2026-11-26T09"),
        Day("2026-11-26", "330112", 1, "2026-11-26T08", "2026-11-26T08"),
        Day("2026-11-25", "", 2, "2026-11-26T07", "2026-11-26T08"),
    ]
    other.close()
    sql.scans.add([])


def test_a_reading_moves_to_its_county(sql: Database) -> None:
    sql.scans.add([reading(seen=2)])
    sql.scans.add([reading(seen=-1), reading(county="330000")])
    assert [(one.county, one.seen) for one in sql.scans.days(CODE)] == [("", 1), ("330000", 1)]
    # Told before the reading itself is written: it stands nowhere until that comes.
    sql.scans.add([reading(code="c", seen=-1), reading(code="c", county="330000")])
    assert [(one.county, one.seen) for one in sql.scans.days("c")] == [("330000", 1)]


CASE = ScanCase(
    "1", CODE, LOT, US, ("early",), "2026-11-26T08:05:00.000Z", "2026-11-26T08:05:00.000Z", "open"
)


def test_one_case_for_one_code(sql: Database) -> None:
    store = sql.scans
    assert store.raise_case(CASE)
    later = replace(CASE, id="2", newest_at="2026-11-27T08:05:00.000Z")
    assert not store.raise_case(later)
    assert store.raise_case(replace(later, id="3", reasons=("early", "far")))
    assert store.case_of(CODE) == replace(CASE, reasons=("early", "far"), newest_at=later.newest_at)
    assert store.case("2") is None
    assert store.raise_case(replace(CASE, id="4", code="b", owner=THEM))
    assert [one.id for one in store.cases([US])] == ["1"]
    assert store.count_cases([US, THEM]) == 2
    assert store.count_cases([], state="open") == 0


def test_a_closed_case_opens_for_something_new_alone(sql: Database) -> None:
    store = sql.scans
    store.raise_case(CASE)
    assert store.close_case("1", person="王", note="a trial of ours", at="t")
    assert not store.close_case("1", person="王", note="again", at="t")
    assert not store.raise_case(replace(CASE, id="2"))
    found = store.case("1")
    assert found is not None
    assert (found.state, found.note, found.newest_at) == (
        "closed",
        "a trial of ours",
        CASE.newest_at,
    )
    assert store.raise_case(replace(CASE, id="2", reasons=("late",)))
    assert store.count_cases([US], state="open") == 1
