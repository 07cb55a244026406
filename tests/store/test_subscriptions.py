"""Standing queries: one worker at a time, each from where the last one stopped."""

from __future__ import annotations

from dataclasses import replace

import pytest
from store.appending import NOW, US, Stores, another

from suyuan.core.errors import Conflict
from suyuan.ports.subscriptions import Subscription


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


def test_a_stream_is_due_when_there_are_records(stores: Stores) -> None:
    stores.subscriptions.add(one("a", cursor=5))
    assert stores.subscriptions.claim("me", 100.0, 5, 60) is None
    assert stores.subscriptions.claim("me", 99.0, 6, 60) is None
    assert stores.subscriptions.claim("me", 100.0, 6, 60) == one("a", cursor=5)


def test_a_schedule_is_due_at_its_time(stores: Stores) -> None:
    stores.subscriptions.add(one("a", stream=False))
    assert stores.subscriptions.claim("me", 99.9, 9, 60) is None
    assert stores.subscriptions.claim("me", 100.0, 0, 60) == one("a", stream=False)


def test_one_worker_at_a_time_and_the_next_when_it_died(stores: Stores) -> None:
    other = another(stores)
    stores.subscriptions.add(one("a"))
    assert stores.subscriptions.claim("me", 100.0, 1, 60) is not None
    assert other.subscriptions.claim("you", 159.0, 1, 60) is None
    assert other.subscriptions.claim("you", 160.0, 1, 60) is not None
    assert not stores.subscriptions.delivered("a", "me", cursor=1, due=0.0, at=NOW)
    assert not stores.subscriptions.failed("a", "me", "late", 0.0)
    assert other.subscriptions.delivered("a", "you", cursor=1, due=200.0, at=NOW)
    assert stores.subscriptions.get("a") == one("a", cursor=1, due=200.0, notified_at=NOW)
    other.close()


def test_those_that_failed_wait_behind_the_others(stores: Stores) -> None:
    for name in "ab":
        stores.subscriptions.add(one(name))
    assert stores.subscriptions.claim("me", 100.0, 1, 60) == one("a")
    assert stores.subscriptions.failed("a", "me", "no answer", 100.0)
    assert stores.subscriptions.get("a") == one("a", failures=1, problem="no answer")
    claimed = [stores.subscriptions.claim("me", 100.0, 1, 60) for _ in range(3)]
    assert [each and each.id for each in claimed] == ["b", "a", None]
    assert stores.subscriptions.delivered("a", "me", cursor=0, due=100.0, at=None)
    assert stores.subscriptions.get("a") == one("a")
