"""What a regulator looks for, on SQLite and PostgreSQL: by mark, day, how late, and what is named."""

from __future__ import annotations

from dataclasses import replace

from store.appending import US, new_records
from store.appending import Draft as Recorded
from store.test_stock import LOT, deed, index_of

from suyuan.adapters.sql import Database
from suyuan.core.farm.deed import Kind
from suyuan.core.farm.index import DeedIndex
from suyuan.ports.watch import MarkQuery

DAYS = ("2020-03-01", "2020-03-02", "2020-03-05")


def test_marks_are_counted_and_found_newest_day_first(sql: Database) -> None:
    deeds = [deed("purchase", day, (LOT, "2", "LTR")) for day in DAYS]
    with sql.log.sequencing() as sequencer:
        records = new_records(sequencer, [Recorded((f"m:{n}",), owner=US) for n in range(3)])
        sequencer.insert(
            [
                replace(record, event=replace(
                    record.event, deed=replace(index_of(one), mark="failed" if n != 1 else None)))
                for n, (record, one) in enumerate(zip(records, deeds, strict=True))
                if record.event is not None
            ]
        )  # fmt: skip
    first, _, last = (record.index for record in records)
    failed = MarkQuery((US,), "failed")
    assert sql.marks.count(failed) == 2
    assert [one.index for one in sql.marks.find(failed, limit=9)] == [last, first]
    assert [one.index for one in sql.marks.find(failed, limit=1, skip=1)] == [first]
    early = replace(failed, days=(None, DAYS[1]))
    assert [one.index for one in sql.marks.find(early, limit=9)] == [first]
    assert sql.marks.count(replace(failed, organisations=("https://node.example/org/x",))) == 0
    # Recorded years after: late by any measure that is met, and by none that is not.
    late = MarkQuery((US,), "late")
    assert sql.marks.count(late) == 3
    assert sql.marks.count(replace(late, beyond=((DAYS[0], DAYS[1], 3),))) == 2
    assert sql.marks.count(replace(late, beyond=((DAYS[0], DAYS[1], 1_000_000),))) == 0
    # By the records themselves: the newest first.
    since = replace(late, recorded=(first + 1, None))
    assert [one.index for one in sql.marks.find(since, limit=9)] == [last, first + 1]
    assert sql.marks.count(replace(late, recorded=(0, last))) == 2
    assert sql.marks.books((US,))[US].count == 3


def test_holds_and_recalls_are_listed_from_the_books(sql: Database) -> None:
    kinds: tuple[Kind, ...] = ("holding", "temperature", "recall")
    with sql.log.sequencing() as sequencer:
        records = new_records(sequencer, [Recorded((f"m:{n}",), owner=US) for n in range(3)])
        sequencer.insert(
            [
                replace(one, event=replace(one.event, deed=DeedIndex(kind, day, (LOT,), "")))
                for kind, day, one in zip(kinds, DAYS, records, strict=True)
                if one.event is not None
            ]
        )
    held = MarkQuery((US,), "held")
    first, _, last = (record.index for record in records)
    assert sql.marks.count(held) == 2
    assert [(one.index, one.organisation, one.days) for one in sql.marks.find(held, limit=9)] == [
        (last, US, 0), (first, US, 0),
    ]  # fmt: skip
    (warm,) = sql.marks.find(replace(held, mark="measured"), limit=9)
    assert warm.index not in (first, last)
    assert sql.marks.count(replace(held, days=(DAYS[1], None))) == 1
    assert sql.marks.count(replace(held, naming=LOT)) == 2
    assert sql.marks.count(replace(held, organisations=("https://node.example/org/x",))) == 0
