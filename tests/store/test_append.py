"""Appending: whole blocks or nothing, numbered without a gap, in time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from store.appending import NOW, US, Draft, Stores, append, check_log, new_records, same_as

from suyuan.core.errors import Conflict, Fatal, SuyuanError
from suyuan.ports.accounts import Job
from suyuan.ports.log import NewRecord, NewSerial, Remembered, Sequencer, Tail, Tip

THEM = "https://node.example/org/them"


def test_empty_log(stores: Stores) -> None:
    assert stores.log.tail() == Tail(0, "")
    assert stores.log.records([0, 1]) == {}
    assert list(stores.log.scan(0, 10)) == []
    with stores.log.sequencing() as sequencer:
        assert sequencer.tail() == Tail(0, "")
        assert sequencer.tips(["a:b"]) == {}


def test_append_numbers_and_links(stores: Stores) -> None:
    lot, place = "https://id.gs1.org/01/09521234567895/10/A", "urn:x:place"
    assert append(stores, Draft((lot,)), Draft((lot,), (place,)), Draft((place,))) == [0, 1, 2]
    assert append(stores, Draft((), (lot, place))) == [3]
    assert check_log(stores) == 4
    assert stores.log.tail() == Tail(4, NOW)
    assert stores.log.reachable([3]) == {0, 1, 2, 3}
    assert stores.log.touches_of([1, 3]) == {
        1: ((lot,), (lot, place)),
        3: ((), (lot, place)),
    }


def test_records_come_back_as_they_went(stores: Stores) -> None:
    draft = Draft(("a:b",), disclosures=("eyJh", "eyJi"), says="名 \x7f")
    with stores.log.sequencing() as sequencer:
        (new,) = new_records(sequencer, [draft])
        sequencer.insert([new])
    stored = stores.log.records([0, 0, 1, -1, 1 << 70])[0]
    assert {name: getattr(stored, name) for name in stored.__slots__} == {
        name: getattr(new, name) for name in stored.__slots__
    }
    assert list(stores.log.scan(0, 5)) == [stored]
    assert stores.log.by_leaf_hash([stored.leaf_hash, bytes(32)]) == {stored.leaf_hash: 0}


def test_leaf_hashes_that_begin_alike_are_told_apart(stores: Stores) -> None:
    append(stores, Draft(("a:b",)))
    known = stores.log.records([0])[0].leaf_hash
    alike = known[:16] + bytes(16)
    assert stores.log.by_leaf_hash([alike]) == {}
    assert stores.log.by_leaf_hash([alike, known]) == {known: 0}


def test_sequencer_sees_its_own_block(stores: Stores) -> None:
    append(stores, Draft(("a:1",), ("a:9",), parties=(THEM,)))
    first, second = Draft(("a:1",), event_id="urn:uuid:1"), Draft(("a:2",), owner=THEM)
    with stores.log.sequencing() as sequencer:
        sequencer.insert(new_records(sequencer, [first]))
        sequencer.insert(new_records(sequencer, [second]))
        assert sequencer.tail() == Tail(3, NOW)
        tips = sequencer.tips(["a:1", "a:2", "a:3"])
        assert {uri: tip.index for uri, tip in tips.items()} == {"a:1": 1, "a:2": 2}
        assert sequencer.extenders(["a:1", "a:2", "a:9"]) == {
            "a:1": frozenset([US]),
            "a:2": frozenset([THEM]),
        }
        assert sequencer.parties(["a:1", "a:2", "a:9"]) == {
            "a:1": frozenset([THEM]),
            "a:9": frozenset([THEM]),
        }
        assert sequencer.same_events([same_as(first), same_as(second), bytes(32)]) == {
            same_as(first): 1,
            same_as(second): 2,
        }
        assert sequencer.event_ids(["urn:uuid:1", "urn:uuid:2"]) == {"urn:uuid:1": 1}
    record = stores.log.records([1])[1]
    assert stores.log.tips_at(["a:1"], 3) == {"a:1": Tip(1, record.leaf_hash)}
    with stores.log.sequencing() as sequencer:
        digests = [record.content_digest, record.content_digest[:20] + bytes(12)]
        assert sequencer.same_contents(digests) == {record.content_digest: (1, record.kid)}


def test_first_of_equal_events_answers(stores: Stores) -> None:
    twins = [Draft(("a:1",), event_id="urn:uuid:1") for _ in range(3)]
    with stores.log.sequencing() as sequencer:
        records = new_records(sequencer, twins)
        event = records[0].event
        sequencer.insert([replace(record, event=event) for record in records])
    assert event is not None
    with stores.log.sequencing() as sequencer:
        assert sequencer.same_events([event.same_as]) == {event.same_as: 0}
        assert sequencer.event_ids(["urn:uuid:1"]) == {"urn:uuid:1": 0}


def test_error_in_block_leaves_nothing(stores: Stores) -> None:
    append(stores, Draft(("a:1",)))
    job = Job("j", US, "recorder", "queued", b"{}", 1, 0, (), b"[]", NOW)
    stores.jobs.add(job)

    class Oops(Exception):
        pass

    def fail() -> None:
        with stores.log.sequencing() as sequencer:
            drafts = [Draft(("a:1", "a:2"), attachments=(bytes(32),)), Draft((), kind="key")]
            sequencer.insert(new_records(sequencer, drafts))
            sequencer.add_serials([NewSerial("lot", "S", "salt", 0, 1, 1)])
            sequencer.remember(US, "key", Remembered(bytes(32), (1,)))
            sequencer.finish_job("j", [1])
            raise Oops

    with pytest.raises(Oops):
        fail()
    assert stores.log.tail() == Tail(1, NOW)
    assert stores.log.records(range(5)).keys() == {0}
    assert stores.log.tips_at(["a:1", "a:2"], 9).keys() == {"a:1"}
    assert stores.log.touches_of([1]) == {1: ((), ())}
    assert stores.log.key_records() == []
    assert stores.log.serial("lot", "S") is None
    assert stores.attachments.records_of(bytes(32)) == []
    assert stores.jobs.get("j") == job
    with stores.log.sequencing() as sequencer:
        assert sequencer.remembered(US, "key") is None
        assert sequencer.extenders(["a:2"]) == {}
    assert append(stores, Draft(("a:2",))) == [1]
    check_log(stores)


def _gap(record: NewRecord) -> NewRecord:
    return replace(record, index=record.index + 1)


def _again(record: NewRecord) -> NewRecord:
    return replace(record, index=record.index - 1)


def _early(record: NewRecord) -> NewRecord:
    return replace(record, record_time="2026-09-10T07:59:59.999Z")


@pytest.mark.parametrize("spoil", [_gap, _again, _early])
def test_what_would_fork_or_go_back_is_fatal(
    stores: Stores, spoil: Callable[[NewRecord], NewRecord]
) -> None:
    append(stores, Draft(("a:1",)), Draft(("a:1",)))
    with pytest.raises(Fatal), stores.log.sequencing() as sequencer:
        sequencer.insert([spoil(record) for record in new_records(sequencer, [Draft(("a:1",))])])
    assert check_log(stores) == 2


def test_same_content_twice_is_a_conflict(stores: Stores) -> None:
    append(stores, Draft(("a:1",), says="same"))
    with pytest.raises(Conflict):
        append(stores, Draft(("a:2",)), Draft(("a:1",), says="same"))
    with pytest.raises(Conflict):
        append(stores, Draft(("a:1",), says="twice"), Draft(("a:1",), says="twice"))
    assert check_log(stores) == 1


def test_swallowed_error_commits_no_half(stores: Stores) -> None:
    append(stores, Draft(("a:1",), says="same"))

    def swallow(sequencer: Sequencer) -> None:
        sequencer.insert(new_records(sequencer, [Draft(("a:2",))]))
        with pytest.raises(Conflict):
            sequencer.insert(new_records(sequencer, [Draft(("a:1",), says="same")]))

    with pytest.raises(SuyuanError), stores.log.sequencing() as sequencer:
        swallow(sequencer)
    assert check_log(stores) == 1


@pytest.mark.parametrize(
    "write",
    [
        lambda stores: append(stores, Draft()),
        lambda stores: stores.jobs.claim("me", 1.0),
        lambda stores: stores.jobs.fail("a", b"[]", NOW),
        lambda stores: stores.anchors.lease("anchor", "me", 1.0),
    ],
)
def test_write_inside_a_block_is_fatal_and_not_a_deadlock(
    stores: Stores, write: Callable[[Stores], object]
) -> None:
    def nest() -> None:
        with stores.log.sequencing() as sequencer:
            sequencer.insert(new_records(sequencer, [Draft()]))
            write(stores)

    with pytest.raises(Fatal):
        nest()
    assert stores.log.tail().size == 0
    append(stores, Draft())


def test_remembered_answer_is_stored_with_its_records(stores: Stores) -> None:
    answer = Remembered(bytes(range(32)), (0, 1))
    with stores.log.sequencing() as sequencer:
        sequencer.insert(new_records(sequencer, [Draft(), Draft()]))
        sequencer.remember(US, "key 1", answer)
        assert sequencer.remembered(US, "key 1") == answer
    with stores.log.sequencing() as sequencer:
        assert sequencer.remembered(US, "key 1") == answer
        assert sequencer.remembered(US, "key 2") is None
        assert sequencer.remembered(THEM, "key 1") is None
    with pytest.raises(Conflict), stores.log.sequencing() as sequencer:
        sequencer.remember(US, "key 1", answer)


def test_serials_are_kept_once(stores: Stores) -> None:
    append(stores, Draft())
    lot = "https://id.gs1.org/01/09521234567895/10/A"
    new = [NewSerial(lot, f"S{9 - i}", f"salt{i}", i, 0, 3) for i in range(3)]
    with stores.log.sequencing() as sequencer:
        sequencer.add_serials(new)
    assert stores.log.serial(lot, "S8") == new[1]
    assert stores.log.serial(lot, "S1") is None
    assert stores.log.serial(lot + "B", "S8") is None
    assert stores.log.serials_of(0) == new
    assert stores.log.serials_of(1) == []
    with pytest.raises(Conflict), stores.log.sequencing() as sequencer:
        sequencer.add_serials([replace(new[0], salt="other", position=7)])


def test_extension_without_rests_on_still_rests(stores: Stores) -> None:
    with stores.log.sequencing() as sequencer:
        records = new_records(sequencer, [Draft(("a:1",))])
        sequencer.insert([replace(record, rests_on=()) for record in records])
    assert stores.log.touches_of([0]) == {0: (("a:1",), ("a:1",))}
    assert stores.log.touched(["a:1"], size=1) == {"a:1": [0]}


def test_many_objects_in_one_event(stores: Stores) -> None:
    packs = tuple(f"https://id.gs1.org/01/09521234567895/21/{i}" for i in range(2500))
    append(stores, Draft(packs))
    append(stores, Draft((), packs))
    tip = Tip(0, stores.log.records([0])[0].leaf_hash)
    assert stores.log.tips_at(packs, 2) == dict.fromkeys(packs, tip)
    assert stores.log.touches_of([1])[1] == ((), tuple(sorted(packs)))


def test_a_declaration_of_an_error_is_found_by_organisation_and_event_id(stores: Stores) -> None:
    """Whatever objects it names; another organisation's counts nothing."""
    wrong, _, foreign, mine = append(
        stores,
        Draft(("a:1",), event_id="urn:x:1"),
        Draft(("a:1",), event_id="urn:x:2"),
        Draft(
            ("a:1",), event_id="urn:x:1", owner="https://node.example/org/x", declares_error=True
        ),
        Draft(("a:elsewhere",), event_id="urn:x:1", declares_error=True),
    )
    assert stores.log.declarations_of([wrong, 1, foreign]) == {wrong: [mine]}
    assert stores.log.declared_in(0, mine) == set()
    assert stores.log.declared_in(mine, mine + 1) == {wrong}
    assert stores.log.declared_in(mine, 99) == {wrong}
    (erasure,) = append(stores, Draft(("a:elsewhere",), kind="erasure", erases=mine))
    assert stores.log.declared_in(mine, erasure + 1) is None
    assert stores.log.declarations_of([wrong]) == {}
