"""Questions about the past, held against brute force over random logs."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from memory_store import MemoryDatabase
from store.appending import NOW, US, Draft, Stores, append, check_log

from suyuan.ports.log import EventQuery, EventSearch, Tip

OBJECTS = [f"https://x.example/{letter}" for letter in "abcdef"] + ["urn:é\u4e2d", "a:B", "a:b"]
OWNERS = [US, "https://node.example/org/them", "https://node.example/org/others"]

few_examples = settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
objects = st.lists(st.sampled_from(OBJECTS), max_size=4).map(tuple)
drafts = st.builds(
    Draft,
    objects,
    objects,
    kind=st.sampled_from(["event", "event", "event", "key", "master"]),
    owner=st.sampled_from(OWNERS),
    event_id=st.sampled_from([None, "urn:uuid:1", "urn:uuid:2"]),
    event_hash=st.sampled_from([None, "ni:///sha-256;" + "ab" * 32 + "?ver=CBV2.0", "odd"]),
    biz_step=st.sampled_from(["harvesting", "shipping"]),
    event_time=st.sampled_from([NOW, "2026-09-09T00:00:00.000Z", "2026-09-09T12:00:00.000Z"]),
    parties=st.lists(st.sampled_from(OWNERS), max_size=2).map(tuple),
)
blocks = st.lists(st.lists(drafts, min_size=1, max_size=6), max_size=6)


@few_examples
@given(blocks=blocks)
def test_answers_equal_brute_force(
    fresh: Callable[[], Stores], blocks: Sequence[Sequence[Draft]]
) -> None:
    stores = fresh()
    log = stores.log
    for block in blocks:
        append(stores, *block)
    said = [draft for block in blocks for draft in block]
    assert check_log(stores) == len(said)
    stored = log.records(range(len(said)))

    for size in range(len(said) + 2):
        tips: dict[str, Tip] = {}
        extending: dict[str, list[int]] = {}
        touching: dict[str, list[int]] = {}
        for index, draft in enumerate(said[:size]):
            for uri in set(draft.extends):
                tips[uri] = Tip(index, stored[index].leaf_hash)
                extending.setdefault(uri, []).append(index)
            for uri in {*draft.extends, *draft.rests_on}:
                touching.setdefault(uri, []).append(index)
        assert log.tips_at(OBJECTS, size) == tips
        assert log.touched(OBJECTS, size=size) == touching
        assert log.touched(OBJECTS, size=size, extends_only=True) == extending

    before = [set(_linked(stores, index)) for index in range(len(said))]
    for index in range(len(said)):
        reached = {index}
        for other in range(index, -1, -1):
            if other in reached:
                reached |= before[other]
        assert log.reachable([index]) == reached
    assert log.reachable(range(0, len(said), 2)) == set().union(
        *(log.reachable([index]) for index in range(0, len(said), 2))
    )

    with log.sequencing() as sequencer:
        assert sequencer.extenders(OBJECTS) == _organisations(
            said, lambda d: (d.extends, [d.owner])
        )
        assert sequencer.parties(OBJECTS) == _organisations(
            said,
            lambda d: ((*d.extends, *d.rests_on), d.parties if d.kind == "event" else ()),
        )
    keys = [index for index, draft in enumerate(said) if draft.kind == "key"]
    assert [record.index for record in log.key_records()] == keys
    assert [record.index for record in log.key_records(3)] == [k for k in keys if k >= 3]


def _linked(stores: Stores, index: int) -> list[int]:
    """What the record's link names, one step back."""
    (record,) = stores.log.records([index]).values()
    return list(
        stores.log.by_leaf_hash([bytes.fromhex(h) for h in json.loads(record.link)]).values()
    )


def _organisations(
    said: Sequence[Draft], of: Callable[[Draft], tuple[Sequence[str], Sequence[str]]]
) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for draft in said:
        uris, organisations = of(draft)
        for uri in uris:
            found.setdefault(uri, set()).update(organisations)
    return {uri: frozenset(names) for uri, names in found.items() if names}


@few_examples
@given(
    said=st.lists(drafts, max_size=12),
    query=st.builds(
        EventQuery,
        event_id=st.sampled_from([None, "urn:uuid:1"]),
        event_hash=st.sampled_from(
            [None, None, "odd", "ni:///sha-256;" + "ab" * 32 + "?ver=CBV2.0"]
        ),
        biz_step=st.sampled_from([None, "shipping"]),
        owner=st.sampled_from([None, US, "https://nobody.example"]),
        touching=st.sampled_from([None, None, *OBJECTS[:3], "a:nothing"]),
        after_index=st.integers(-1, 5),
        limit=st.integers(1, 4),
    ),
)
def test_find_events_equals_brute_force(
    fresh: Callable[[], Stores], said: Sequence[Draft], query: EventQuery
) -> None:
    stores = fresh()
    if said:
        append(stores, *said)
    found = [
        index
        for index, draft in enumerate(said)
        if draft.kind == "event"
        and index > query.after_index
        and query.event_id in (None, draft.event_id)
        and query.event_hash in (None, draft.event_hash)
        and query.biz_step in (None, draft.biz_step)
        and query.owner in (None, draft.owner)
        and (query.touching is None or query.touching in {*draft.extends, *draft.rests_on})
    ]
    assert stores.log.find_events(query) == found[: query.limit]


times = st.sampled_from([None, "2026-09-09T00:00:00.000Z", "2026-09-10T00:00:00.000Z", NOW])


@few_examples
@given(
    said=st.lists(drafts, max_size=12),
    search=st.builds(
        EventSearch,
        touching=st.lists(
            st.frozensets(st.sampled_from([*OBJECTS[:3], "a:nothing"]), min_size=1), max_size=2
        ).map(tuple),
        biz_step=st.sampled_from([None, "shipping"]),
        event_types=st.sampled_from([None, frozenset({"ObjectEvent"}), frozenset({"none"})]),
        event_ids=st.sampled_from([None, None, frozenset({"urn:uuid:1", "b"})]),
        owners=st.sampled_from([None, frozenset({US, "a:nobody"}), frozenset({"a:nobody"})]),
        event_time=st.tuples(times, times),
        indices=st.tuples(st.integers(0, 4), st.sampled_from([3, 9, (1 << 63) - 1])),
        by_time=st.booleans(),
        descending=st.booleans(),
        limit=st.integers(1, 4),
    ),
)
def test_search_is_the_same_everywhere_and_goes_on_where_it_ended(
    fresh: Callable[[], Stores], said: Sequence[Draft], search: EventSearch
) -> None:
    stores, model = fresh(), MemoryDatabase()
    if said:
        append(stores, *said)
        append(model, *said)
    whole = model.log.search(replace(search, limit=100))
    assert stores.log.search(replace(search, limit=100)) == whole
    seen: list[tuple[str, int]] = []
    while page := stores.log.search(search):
        seen += page
        search = replace(search, after=page[-1])
    assert seen == whole
    for time in (*filter(None, search.event_time), "", "9"):
        assert stores.log.recorded_since(time) == model.log.recorded_since(time)


def test_event_hash_is_compared_whole(stores: Stores) -> None:
    one, two = (f"ni:///sha-256;{'ab' * 31}{last}?ver=CBV2.0" for last in ("00", "01"))
    append(stores, Draft(event_hash=one), Draft(event_hash=two), Draft(event_hash="short"))
    for index, event_hash in enumerate([one, two, "short"]):
        assert stores.log.find_events(EventQuery(event_hash=event_hash)) == [index]


@pytest.mark.parametrize("batch", [1, 2, 7, 100])
def test_scan_streams_any_range(stores: Stores, batch: int) -> None:
    append(stores, *(Draft(("a:b",)) for _ in range(15)))
    for start, stop in [(0, 15), (3, 9), (9, 3), (14, 99), (15, 99)]:
        found = [record.index for record in stores.log.scan(start, stop, batch=batch)]
        assert found == list(range(start, min(stop, 15)))


def test_scan_sees_what_is_appended_meanwhile_only_up_to_its_start(stores: Stores) -> None:
    append(stores, *(Draft(("a:b",)) for _ in range(4)))
    scan = stores.log.scan(0, 100, batch=2)
    next(scan)
    append(stores, *(Draft(("a:b",)) for _ in range(4)))
    assert [record.index for record in scan][:3] == [1, 2, 3]


def test_tips_of_long_histories(stores: Stores) -> None:
    """More records on one object than any page, chunk or batch has."""
    append(stores, *(Draft(("a:b",), ("a:c",)) for _ in range(1500)))
    for size in (1, 2, 255, 1024, 1500, 1501):
        assert stores.log.tips_at(["a:b", "a:c"], size)["a:b"].index == min(size, 1500) - 1
    assert stores.log.touched(["a:c"], size=1400) == {"a:c": list(range(1400))}
    assert stores.log.reachable([1499]) == set(range(1500))
    assert len(stores.log.records(range(-5, 3000))) == 1500


def test_reaching_ends_where_it_is_told(stores: Stores) -> None:
    """However long a history is, no more of it is walked than the caller can use."""
    append(stores, *(Draft(("a:b",)) for _ in range(50)), *(Draft() for _ in range(50)))
    reach, everything = stores.log.reachable, set(range(100))
    for limit in (0, 1, 48):
        found = reach([49], limit=limit)
        assert len(found) == limit + 1
        assert found < everything
    for enough in (49, 50, 10_000, None):
        assert reach([49], limit=enough) == set(range(50))
    assert reach([], limit=0) == set()
    # More starting points than one statement takes.
    append(stores, *(Draft() for _ in range(2000)))
    assert len(reach(range(2100), limit=1500)) == 1501
    assert reach(range(2100), limit=2100) == set(range(2100))


def test_time_of_tail(stores: Stores) -> None:
    append(stores, Draft(), now="2026-09-10T08:00:00.000Z")
    append(stores, Draft(), now="2026-09-10T07:00:00.000Z")
    assert stores.log.tail().record_time == NOW
