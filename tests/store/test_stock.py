"""Stock by its sums: the same as by looking at each deed, on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from random import Random
from types import MappingProxyType
from typing import Any

import pytest
from older import SINCE_22
from sqlalchemy import create_engine, select, text
from store.appending import US, new_records
from store.appending import Draft as Recorded
from store.conftest import run_sql

from suyuan.adapters.sql import Database, migrate, open_database
from suyuan.adapters.sql.tables import month_sums
from suyuan.core.farm.deed import Amount, Deed, Item
from suyuan.core.farm.index import DeedIndex
from suyuan.core.rules.balance import Line, account, holder_of
from suyuan.core.rules.case import standing
from suyuan.core.rules.moves import MOVING, lines_of, moves_of
from suyuan.ports.watch import LineKey, StockQuery

LOT = "https://id.gs1.org/01/09521234000020/10/L1"
LOTS = (LOT, "https://id.gs1.org/01/09521234000020/10/L2", "https://node.example/input/urea")
MEMBERS = tuple(f"https://node.example/person/{name}" for name in "ab")
BUYERS = (*MEMBERS, "https://node.example/buyer/x", US, None)


def deed(kind: Any, day: str, *items: tuple[str, str, str], **members: Any) -> Deed:
    """One that moves these (item, amount, unit)."""
    named = tuple(Item(one, Amount(Decimal(amount), unit)) for one, amount, unit in items)
    at = "inputs" if kind in ("applying", "processing", "stocking") else "about"
    stated = MappingProxyType(members.pop("stated", {}))
    return Deed(
        **{
            "index": None, "kind": kind, "step": "", "day": date.fromisoformat(day),
            "time": f"{day}T02:00:00.000Z", "recorded": None, "organisation": US, "event": {},
            "stated": stated, at: named, **members,
        }
    )  # fmt: skip


def file(sql: Database, deeds: Sequence[Deed]) -> list[Deed]:
    """Record them; as they are then."""
    with sql.log.sequencing() as sequencer:
        drafts = [
            Recorded((f"a:{n}",), owner=one.organisation, event_id=one.corrects or one.event_id)
            for n, one in enumerate(deeds)
        ]
        records = new_records(sequencer, drafts)
        sequencer.insert(
            [
                replace(record, event=replace(record.event, deed=index_of(one)))
                for record, one in zip(records, deeds, strict=True)
                if record.event is not None
            ]
        )
    return [replace(one, index=r.index) for one, r in zip(deeds, records, strict=True)]


def index_of(one: Deed) -> DeedIndex:
    return DeedIndex(
        one.kind, one.day.isoformat(), (), "", one.time, None, "", one.corrects or "", moves_of(one)
    )


def erase(sql: Database, index: int) -> None:
    with sql.log.sequencing() as sequencer:
        sequencer.insert(new_records(sequencer, [Recorded(("a:e",), kind="erasure", erases=index)]))


def some(random: Random, count: int) -> list[Deed]:
    """Purchases, uses, counts, sales, empties back, and declarations of errors."""
    made: list[Deed] = []
    for number in range(count):
        day = f"2026-{random.randrange(1, 4):02d}-{random.randrange(1, 28):02d}"
        item = random.choice(LOTS), str(Decimal(random.randrange(1, 9000)) / 1000), "KGM"
        who: dict[str, Any] = (
            {"person": {"id": random.choice(MEMBERS)}} if random.random() < 0.5 else {}
        )
        kind = random.choice(
            ("purchase", "applying", "applying", "stock_count", "sale_of_input", "returning",
             "destroying", "processing", "stocking", "correction")
        )  # fmt: skip
        more: dict[str, Any] = {"event_id": f"urn:uuid:{number}"}
        if kind == "purchase":
            who["packCodes"] = [str(n) for n in range(random.randrange(3))]
        if kind == "stock_count":
            who["stock"] = True
        if kind == "sale_of_input":
            more["destination"] = random.choice(BUYERS)
        if kind == "returning":
            who["returned"] = {"of": random.choice((LOTS[1], LOT[:37])), "count": 2}
        if kind == "correction":
            wrong = random.choice(made or [deed("other", day)])
            if wrong.kind == "correction" or wrong.event_id is None:
                continue
            more = {"corrects": wrong.event_id, "event_id": wrong.event_id}
        clock = f"{day}T0{random.randrange(3)}:00:00.000Z"
        made.append(replace(deed(kind, day, item, stated=who, **more), time=clock))
    return made


def expected(deeds: Sequence[Deed], until: str | None, *, by_member: bool) -> list[Line]:
    members = {holder_of(one) for one in deeds if one.kind in MOVING} - {US}
    return account(
        standing(one for one in deeds if one.kind in MOVING or one.kind == "correction"),
        until=date.fromisoformat(until) if until else None,
        by_member=by_member,
        members=members,
    )


def told(line: Line) -> tuple[object, ...]:
    return (
        line.holder, line.item, line.unit, line.sums, line.counted_on, line.applied, line.packs_bought,
        line.packs_returned, line.difference,
    )  # fmt: skip


def compare(sql: Database, deeds: Sequence[Deed]) -> None:
    for until in (None, "2026-01-31", "2026-02-14", "2026-03-01", "2025-12-31"):
        for by_member in (False, True):
            found = lines_of(sql.stocks.totals(StockQuery((US,), until, by_member)))
            wanted = expected(deeds, until, by_member=by_member)
            assert [told(line) for _, line in found] == [told(line) for line in wanted]


@pytest.mark.parametrize("seed", range(6))
def test_the_same_as_deed_by_deed(sql: Database, seed: int) -> None:
    random = Random(seed)
    made = some(random, 60)
    filed: list[Deed] = []
    while made:
        many = random.randrange(1, 20)
        filed += file(sql, made[:many])
        made = made[many:]
    compare(sql, filed)
    for _ in range(8):
        gone = filed.pop(random.randrange(len(filed)))
        assert gone.index is not None
        erase(sql, gone.index)
        compare(sql, filed)
    rows = [(one.index, US, index_of(one)) for one in filed if one.index is not None]
    random.shuffle(rows)
    sql.deeds.replace(rows[:20])
    sql.deeds.replace(rows)
    compare(sql, filed)


def test_sums_of_months_are_those_of_the_moves(sql: Database) -> None:
    filed = file(sql, some(Random(9), 80))
    for one in filed[::3]:
        assert one.index is not None
        erase(sql, one.index)
    with sql.connections.read() as connection:
        kept = {
            tuple(row[:-1]): row[-1] for row in connection.execute(select(month_sums)) if row[-1]
        }
        key = "owner, own, item, unit, col, other, substr(day, 1, 7)"
        fresh: dict[tuple[object, ...], int] = {}
        for part, amount in (("n", "count(*)"), ("whole", "sum(whole)"), ("rest", "sum(rest)"),
                             ("packs", "sum(packs)"), ("put", "sum(put)")):  # fmt: skip
            summed = text(
                f"SELECT {key}, {amount} FROM moves WHERE wrong = 0 "
                f"AND col NOT IN ('counted', 'empties', 'nothing') GROUP BY {key}"
            )
            for row in connection.execute(summed):
                if row[-1]:
                    fresh[(*row[:-1], part)] = int(row[-1])
    assert kept == fresh


def test_each_holder_page_by_page(sql: Database) -> None:
    filed = file(sql, some(Random(3), 60))
    found: list[Line] = []
    after = None
    while True:
        totals = sql.stocks.totals(StockQuery((US,), None, True, None, None, after, 2))
        keys = {(one.holder, one.item, one.unit) for one in totals.sums}
        keys |= {(one.holder, one.item, one.unit) for one in totals.counts}
        if not keys:
            break
        assert len(keys) <= 2
        found += [line for _, line in lines_of(totals, inputs_alone=True)]
        after = max(keys)
    wanted = expected(filed, None, by_member=True)
    found.sort(key=lambda line: (line.holder, line.item, line.unit))
    assert [told(line)[:7] for line in found] == [told(line)[:7] for line in wanted]


def test_an_amount_is_added_up_exactly(sql: Database) -> None:
    third = "0.3333333333333333"
    file(
        sql,
        [deed("purchase", "2026-01-01", (LOT, third, "KGM"), event_id=f"u:{n}") for n in range(3)],
    )
    ((_, line),) = lines_of(sql.stocks.totals(StockQuery((US,))))
    assert line.book == Decimal("0.9999999999999999")


def test_records_behind_a_line_are_the_newest(sql: Database) -> None:
    filed = file(
        sql,
        [
            deed("purchase", "2026-01-05", (LOT, "9", "KGM"), event_id="u:1"),
            deed("applying", "2026-02-05", (LOT, "1", "KGM"), event_id="u:2"),
            deed("applying", "2026-01-20", (LOT, "1", "KGM"), event_id="u:3"),
            deed("correction", "2026-01-20", corrects="u:3"),
            deed("applying", "2026-01-10", (LOTS[1], "1", "KGM"), event_id="u:4"),
        ],
    )
    key = LineKey(US, US, LOT, "KGM")
    assert sql.stocks.behind(key, limit=9) == [filed[1].index, filed[0].index]
    assert sql.stocks.behind(key, until="2026-01-31", limit=9) == [filed[0].index]
    assert sql.stocks.behind(key, limit=1) == [filed[1].index]
    assert sql.stocks.inputs(US) == [LOT, LOTS[1]]


def test_animals_that_nobody_bought_are_in_no_stock_after_the_migration_either(url: str) -> None:
    pigs, bought = LOTS[0], LOTS[1]
    done = [
        deed("stocking", "2026-01-10", (pigs, "12", "H87")),
        deed("purchase", "2026-01-09", (bought, "10", "H87")),
        deed("stocking", "2026-01-10", (bought, "12", "H87")),
        deed("applying", "2026-01-11", (LOTS[2], "3", "KGM")),
    ]
    with open_database(url) as database:
        file(database, done)
        expected = differences(database)
        rows = everything(url)
    assert [item for item, _ in expected] == [bought, LOTS[2]]
    # As version 22 wrote them.
    stocked = "idx IN (SELECT idx FROM deeds WHERE kind = 'stocking')"
    key = "owner, own, item, unit, col, other, substr(day, 1, 7)"
    run_sql(
        url,
        f"UPDATE moves SET put = 1 WHERE {stocked}",
        f"INSERT INTO month_sums SELECT {key}, 'put', sum(put) FROM moves WHERE {stocked} "
        f"GROUP BY {key}",
        f"UPDATE tallies SET count = count + 1 WHERE what = 'input' AND name = '{bought}'",
        f"INSERT INTO tallies SELECT owner, 'input', item, 1 FROM moves WHERE item = '{pigs}'",
        *SINCE_22,
    )
    assert everything(url) != rows
    assert migrate(url)
    assert everything(url) == rows
    with open_database(url) as database:
        assert differences(database) == expected


def differences(database: Database) -> list[tuple[str, Decimal]]:
    return [
        (line.item, line.difference)
        for _, line in lines_of(database.stocks.totals(StockQuery((US,))))
    ]


def everything(url: str) -> list[tuple[Any, ...]]:
    engine = create_engine(url)
    with engine.connect() as connection:
        found = [
            (name, *row)
            for name in ("moves", "month_sums", "tallies")
            for row in connection.execute(text(f"SELECT * FROM {name}"))
        ]
    engine.dispose()
    return sorted(found, key=str)
