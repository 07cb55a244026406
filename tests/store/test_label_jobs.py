"""Jobs of labels in the store: one at a time for each printer, taken again, settled once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from suyuan.adapters.sql import Database
from suyuan.core.errors import Conflict
from suyuan.ports.printing import LabelJob

US = "https://node.example/org/us"
OVER = -1.0
"""Seconds of a lease that is over when it is given: nothing here waits for a clock."""
NOW = "2026-09-18T08:00:00.000Z"


def job(name: str, printer: str = "p", **more: object) -> LabelJob:
    made = LabelJob(
        id=name, organisation=US, person="urn:x:who", lot="https://id.gs1.org/01/1/10/L", record=7,
        first=0, count=50, way="printer", stock="{}", printer="{}", wire=printer,
        state="queued", printed=0, sent=0, again=0, trouble="", doubts="[]", created_at=NOW,
    )  # fmt: skip
    return replace(made, **more)  # type: ignore[arg-type]


def test_jobs_are_kept_and_listed(sql: Database) -> None:
    store = sql.label_jobs
    for name in "abc":
        store.add(job(name))
    store.add(job("d", organisation="them", record=None))
    assert store.get("b") == job("b")
    assert store.get("x") is None
    assert [one.id for one in store.list(US)] == ["c", "b", "a"]
    assert [one.id for one in store.list(US, limit=1)] == ["c"]
    assert [one.id for one in store.of_record(7)] == ["a", "b", "c"]
    assert store.issues(US) == []
    with pytest.raises(Conflict):
        store.add(job("a"))


def test_a_job_of_a_certificate_keeps_which_and_which_print(sql: Database) -> None:
    made = job("c", record=None, count=1, certificate="6Z2FJAB659QX", copy=3)
    sql.label_jobs.add(made)
    assert sql.label_jobs.get("c") == made
    claimed = sql.label_jobs.claim("me", 60)
    assert claimed is not None
    assert (claimed.certificate, claimed.copy) == ("6Z2FJAB659QX", 3)


def test_a_job_is_not_kept_where_another_came_first(sql: Database) -> None:
    store = sql.label_jobs
    assert store.add(job("a"), 0)
    assert not store.add(job("b"), 0)
    assert store.add(job("b"), 1)
    assert store.add(job("c", record=8), 0)
    assert [one.id for one in store.of_record(7)] == ["a", "b"]


def test_a_printer_has_one_job_at_a_time(sql: Database) -> None:
    store = sql.label_jobs
    for name, printer in (("a", "p"), ("b", "p"), ("c", "q")):
        store.add(job(name, printer))
    claimed = [store.claim("me", 60) for _ in range(3)]
    assert [one.id if one else None for one in claimed] == ["a", "c", None]
    store.finish("a", "me", NOW)
    found = store.claim("me", 60)
    assert found is not None
    assert found.id == "b"
    assert store.get("a") == job("a", state="done", finished_at=NOW)


def test_an_abandoned_job_is_taken_again_with_what_was_noted(sql: Database) -> None:
    store = sql.label_jobs
    store.add(job("a"))
    store.claim("me", 60)
    assert store.send("a", "me", 20, OVER)
    again = store.claim("you", 60)
    assert again == job("a", state="running", sent=20)
    assert not store.send("a", "me", 40, 60)
    assert not store.confirm("a", "me", 20, 60)
    assert store.confirm("a", "you", 20, 60)
    assert store.get("a") == job("a", state="running", sent=20, printed=20)


def test_a_paused_job_confirms_and_goes_no_further(sql: Database) -> None:
    store = sql.label_jobs
    store.add(job("a"))
    store.claim("me", 60)
    store.send("a", "me", 20, 60)
    assert store.turn("a", ["queued", "running"], "paused")
    assert not store.turn("a", ["queued", "running"], "paused")
    for state in ("queued", "doubt"):
        assert not store.turn("a", ["paused"], state), "its last part is still at the printer"
    assert not store.confirm("a", "me", 20, 60)
    assert not store.send("a", "me", 40, 60)
    store.leave("a", "me", "queued", "")
    assert store.get("a") == job("a", state="paused", sent=20, printed=20)
    assert store.claim("me", 60) is None
    assert store.turn("a", ["paused"], "queued")
    assert store.claim("me", 60) is not None


def test_who_gave_up_on_a_job_confirms_nothing_of_it_any_more(sql: Database) -> None:
    store = sql.label_jobs
    store.add(job("a"))
    store.claim("me", 60)
    store.send("a", "me", 20, OVER)
    store.turn("a", ["running"], "paused")
    assert store.turn("a", ["paused"], "doubt")
    assert store.settle("a", 7, "[]")
    assert not store.confirm("a", "me", 20, 60)
    assert store.get("a") == job("a", sent=7, printed=7)


def test_what_is_in_the_way_is_noted_and_waited_for(sql: Database) -> None:
    store = sql.label_jobs
    store.add(job("a"))
    store.claim("me", 60)
    assert store.note("a", "me", "no paper", 60)
    assert store.get("a") == job("a", state="running", trouble="no paper")
    store.leave("a", "me", "queued", "off", pause=60)
    assert store.get("a") == job("a", trouble="off")
    assert store.claim("me", 60) is None
    store.turn("a", ["queued"], "cancelled", NOW)
    assert store.get("a") == job("a", state="cancelled", trouble="off", finished_at=NOW)


def test_a_doubt_is_settled_once_and_within_its_bounds(sql: Database) -> None:
    store = sql.label_jobs
    store.add(job("a"))
    store.claim("me", 60)
    store.send("a", "me", 20, 60)
    assert not store.settle("a", 5, "[]"), "it is in no doubt"
    store.leave("a", "me", "doubt", "gone")
    assert not store.settle("a", 21, "[]")
    assert store.settle("a", 14, "[[1,20,14]]")
    assert not store.settle("a", 15, "[]")
    assert store.get("a") == job("a", printed=14, sent=14, doubts="[[1,20,14]]")
    assert store.claim("me", 60) is not None


def test_supplies_are_of_their_organisation(sql: Database) -> None:
    supplies = sql.supplies
    supplies.put("printer", US, "p", "{1}")
    supplies.put("printer", US, "p", "{2}")
    supplies.put("stock", US, "p", "{3}")
    supplies.put("printer", "them", "p", "{4}")
    assert supplies.list("printer", US) == [("p", "{2}")]
    assert supplies.get("stock", US, "p") == "{3}"
    assert supplies.get("stock", "them", "p") is None
    assert supplies.delete("printer", US, "p")
    assert not supplies.delete("printer", US, "p")
    assert supplies.get("printer", "them", "p") == "{4}"
