"""Captures accepted: claimed by one at a time, taken again after a crash, ended once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from store.appending import NOW, US, Draft, Stores, another, append, new_records

from suyuan.core.errors import Conflict
from suyuan.ports.accounts import Job

AT_ONCE = -1.0
"""Seconds of a lease that is over when it is given: nothing here waits for a clock."""
LATER = "2026-09-11T08:00:00.000Z"


def job(name: str) -> Job:
    return Job(name, US, "recorder", "queued", f"request {name}".encode(), 3, 0, (), b"[]", NOW)


def test_queue_is_first_in_first_out(stores: Stores) -> None:
    assert stores.jobs.claim("me", 60) is None
    for name in "cab":
        stores.jobs.add(job(name))
    with pytest.raises(Conflict):
        stores.jobs.add(job("a"))
    claimed = [stores.jobs.claim("me", 60) for _ in range(4)]
    assert claimed == [replace(job(name), state="running") for name in "cab"] + [None]
    assert stores.jobs.get("a") == claimed[1]
    assert stores.jobs.get("d") is None


def test_list_is_of_one_organisation_newest_first(stores: Stores) -> None:
    for name in "abcd":
        stores.jobs.add(job(name))
    stores.jobs.add(replace(job("e"), organisation="https://node.example/org/them"))
    assert [found.id for found in stores.jobs.list(US)] == ["d", "c", "b", "a"]
    assert [found.id for found in stores.jobs.list(US, limit=2)] == ["d", "c"]
    assert [found.id for found in stores.jobs.list(US, limit=2, before="c")] == ["b", "a"]
    assert list(stores.jobs.list(US, before="a")) == []
    assert list(stores.jobs.list("nobody")) == []


def test_abandoned_job_is_taken_again(stores: Stores) -> None:
    other = another(stores)
    stores.jobs.add(job("a"))
    assert stores.jobs.claim("me", 60) is not None
    assert other.jobs.claim("you", 60) is None
    assert stores.jobs.progress("a", "me", 0, AT_ONCE)
    assert other.jobs.claim("you", 60) == replace(job("a"), state="running")
    assert not stores.jobs.progress("a", "me", 2, 60)
    assert other.jobs.progress("a", "you", 1, 60)
    assert stores.jobs.get("a") == replace(job("a"), state="running", checked=1)
    other.close()


def test_progress_renews_the_lease(stores: Stores) -> None:
    stores.jobs.add(job("a"))
    assert not stores.jobs.progress("a", "me", 1, 60)
    stores.jobs.claim("me", AT_ONCE)
    assert stores.jobs.progress("a", "me", 1, 60)
    assert stores.jobs.claim("you", 60) is None


def test_job_is_done_with_its_records(stores: Stores) -> None:
    stores.jobs.add(job("a"))
    stores.jobs.claim("me", 60)
    with stores.log.sequencing() as sequencer:
        records = new_records(sequencer, [Draft(), Draft()])
        sequencer.insert(records)
        sequencer.finish_job("a", [0, 1])
    done = replace(job("a"), state="done", checked=3, indices=(0, 1), request=b"", finished_at=NOW)
    assert stores.jobs.get("a") == done
    stores.jobs.fail("a", b'["late"]', LATER)
    assert stores.jobs.get("a") == done
    assert not stores.jobs.progress("a", "me", 1, 60)
    assert stores.jobs.claim("me", 60) is None


def test_a_job_that_left_something_out_says_what_and_why(stores: Stores) -> None:
    stores.jobs.add(replace(job("a"), behaviour="proceed"))
    with stores.log.sequencing() as sequencer:
        sequencer.insert(new_records(sequencer, [Draft()]))
        sequencer.finish_job("a", [None, 0, None], errors=b'["two"]')
    done = stores.jobs.get("a")
    assert done is not None
    assert (done.state, done.behaviour) == ("done", "proceed")
    assert (done.indices, done.errors) == ((None, 0, None), b'["two"]')


def test_time_of_finishing_may_be_said(stores: Stores) -> None:
    stores.jobs.add(job("a"))
    with stores.log.sequencing() as sequencer:
        sequencer.finish_job("a", [], LATER)
    assert stores.jobs.get("a") == replace(
        job("a"), state="done", checked=3, request=b"", finished_at=LATER
    )


@pytest.mark.parametrize("ending", ["done", "failed", "absent"])
def test_append_of_a_job_that_ended_is_undone(stores: Stores, ending: str) -> None:
    """Two workers, one of whom lost its lease: the records go in once."""
    if ending != "absent":
        stores.jobs.add(job("a"))
    if ending == "done":
        with stores.log.sequencing() as sequencer:
            sequencer.insert(new_records(sequencer, [Draft()]))
            sequencer.finish_job("a", [0])
    if ending == "failed":
        append(stores, Draft())
        stores.jobs.fail("a", b"[1]", LATER)
    before, size = stores.jobs.get("a"), stores.log.tail().size

    def finish() -> None:
        with stores.log.sequencing() as sequencer:
            sequencer.insert(new_records(sequencer, [Draft()]))
            sequencer.finish_job("a", [1])

    with pytest.raises(Conflict):
        finish()
    assert stores.jobs.get("a") == before
    assert stores.log.tail().size == size


def test_failed_job_keeps_its_errors_and_not_its_request(stores: Stores) -> None:
    stores.jobs.add(job("a"))
    stores.jobs.claim("me", 60)
    stores.jobs.fail("a", b'["line 3"]', LATER)
    assert stores.jobs.get("a") == replace(
        job("a"), state="failed", errors=b'["line 3"]', request=b"", finished_at=LATER
    )
    assert stores.jobs.claim("me", 60) is None
    stores.jobs.fail("absent", b"[]", LATER)


def test_each_job_is_claimed_by_one(stores: Stores) -> None:
    for number in range(24):
        stores.jobs.add(job(f"{number}"))
    barrier = threading.Barrier(4)
    others = [another(stores) for _ in range(4)]

    def claims(number: int) -> Iterator[str]:
        while claimed := others[number].jobs.claim(f"{number}", 60):
            yield claimed.id

    def work(number: int) -> list[str]:
        barrier.wait()
        return list(claims(number))

    with ThreadPoolExecutor(4) as pool:
        taken = [name for names in pool.map(work, range(4)) for name in names]
    assert sorted(taken, key=int) == [f"{number}" for number in range(24)]
    for other in others:
        other.close()
