"""Standing queries: one worker at a time, each from where the last one stopped."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from store.appending import NOW, US, Stores, another

from suyuan.core.errors import Conflict
from suyuan.ports.subscriptions import Progress, Subscription


def one(name: str, **more: object) -> Subscription:
    made = Subscription(
        id=name,
        organisation=US,
        query="all",
        dest="https://hooks.example/x",
        terms=b"{}",
        secret=b"sealed",
        token="t",
        stream=True,
        created_at=NOW,
        cursor=0,
        due=100.0,
        batch=500,
    )
    return replace(made, **more)  # type: ignore[arg-type]


def test_kept_listed_and_deleted(stores: Stores) -> None:
    kept = [one("a"), one("b", query="other", secret=None), one("c", organisation="o:other")]
    for each in kept:
        stores.subscriptions.add(each)
    with pytest.raises(Conflict):
        stores.subscriptions.add(kept[0])
    assert [stores.subscriptions.get(name) for name in "abcd"] == [*kept, None]
    assert stores.subscriptions.list(US, None) == kept[:2]
    assert stores.subscriptions.list(US, "all") == kept[:1]
    assert stores.subscriptions.list(None, None, after="a", limit=1) == kept[1:2]
    assert stores.subscriptions.delete("a")
    assert not stores.subscriptions.delete("a")
    assert stores.subscriptions.list(US, "all") == []


def claim(
    stores: Stores, now: float, size: int = 1, holder: str = "me", **more: Any
) -> Subscription | None:
    return stores.subscriptions.claim(holder, now, size, 60, **{"failing": False, **more})


DONE = Progress(cursor=1, due=200.0, batch=500, number=1, at=NOW, run_at=NOW)


def test_a_stream_is_due_when_there_are_records(stores: Stores) -> None:
    stores.subscriptions.add(one("a", cursor=5))
    assert claim(stores, 100.0, 5) is None
    assert claim(stores, 99.0, 6) is None
    assert claim(stores, 100.0, 6) == one("a", cursor=5)


def test_a_schedule_is_due_at_its_time(stores: Stores) -> None:
    stores.subscriptions.add(one("a", stream=False))
    assert claim(stores, 99.9, 9) is None
    assert claim(stores, 100.0, 0) == one("a", stream=False)


def test_one_worker_at_a_time_and_the_next_when_it_died(stores: Stores) -> None:
    other = another(stores)
    stores.subscriptions.add(one("a"))
    assert claim(stores, 100.0) is not None
    assert claim(other, 159.0, holder="you") is None
    assert claim(other, 160.0, holder="you") is not None
    assert not stores.subscriptions.delivered("a", "me", DONE)
    assert not stores.subscriptions.failed("a", "me", "late", 0.0)
    assert not stores.subscriptions.sending("a", "me", 7, 999.0)
    assert other.subscriptions.delivered("a", "you", DONE)
    done = one("a", cursor=1, due=200.0, number=1, notified_at=NOW, run_at=NOW)
    assert stores.subscriptions.get("a") == done
    other.close()


def test_what_is_sent_is_noted_before_and_held_until_then(stores: Stores) -> None:
    """Killed after this, the next worker sends the same again."""
    stores.subscriptions.add(one("a"))
    assert claim(stores, 100.0) is not None
    assert stores.subscriptions.sending("a", "me", 7, 115.0)
    assert claim(stores, 114.0, holder="you") is None
    assert claim(stores, 115.0, holder="you") == one("a", pending=7)
    assert stores.subscriptions.failed("a", "you", "no answer", 100.0)
    assert stores.subscriptions.get("a") == one("a", pending=7, failures=1, problem="no answer")
    assert claim(stores, 120.0, failing=True) is not None
    progress = replace(DONE, at=None, run_at=None, batch=250, skipped="[1]")
    assert stores.subscriptions.delivered("a", "me", progress)
    done = one("a", cursor=1, due=200.0, number=1, batch=250, skipped="[1]")
    assert stores.subscriptions.get("a") == done


def test_those_that_failed_are_asked_for_apart_and_who_waits_longest_comes_first(
    stores: Stores,
) -> None:
    for name, due in (("a", 90.0), ("b", 80.0), ("c", 85.0)):
        stores.subscriptions.add(one(name, due=due, organisation=f"o:{name}"))
    assert claim(stores, 100.0, without=["o:b", "o:c"]) == one("a", due=90.0, organisation="o:a")
    assert stores.subscriptions.failed("a", "me", "no answer", 90.0)
    found = [claim(stores, 100.0) for _ in range(3)]
    assert [each and each.id for each in found] == ["b", "c", None]
    assert claim(stores, 100.0, failing=True, without=["o:a"]) is None
    failed = claim(stores, 100.0, failing=True)
    assert failed is not None
    assert (failed.id, failed.failures, failed.problem) == ("a", 1, "no answer")


def test_amended(stores: Stores) -> None:
    stores.subscriptions.add(one("a"))
    assert not stores.subscriptions.amend("b", 5.0, None, replaces=False)
    assert stores.subscriptions.amend("a", 5.0, b"other", replaces=True)
    assert stores.subscriptions.get("a") == one("a", due=5.0, secret=b"other")
    assert stores.subscriptions.amend("a", 6.0, None, replaces=False)
    assert stores.subscriptions.get("a") == one("a", due=6.0, secret=b"other")
    assert stores.subscriptions.amend("a", 6.0, None, replaces=True)
    assert stores.subscriptions.get("a") == one("a", due=6.0, secret=None)
