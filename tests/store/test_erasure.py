"""Erasure: contents go, for good; the log, its links and what was touched stay."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, select
from store.appending import NOW, US, Draft, Stores, append, check_log, digest, same_as

from suyuan.adapters.sql import Database, open_database
from suyuan.adapters.sql.tables import contents, destinations, events
from suyuan.core.epcis.own_fields import DOCUMENT
from suyuan.core.errors import Conflict
from suyuan.ports.accounts import Attachment
from suyuan.ports.log import EventQuery

THEM, OTHERS = "https://node.example/org/them", "https://node.example/org/others"
SECRET = "Zhang San, 13800000000"


def erasure(record: int) -> Draft:
    return Draft(("a:lot",), kind="erasure", erases=record)


def test_content_goes_and_the_log_stays(stores: Stores) -> None:
    photo = Attachment(digest("photo"), "image/png", "p.png", US, b"photo", NOW)
    shared = Attachment(digest("shared"), "image/png", "s.png", US, b"shared", NOW)
    stores.attachments.put(photo)
    stores.attachments.put(shared)
    draft = Draft(
        ("a:lot",),
        ("a:field",),
        event_id="urn:uuid:1",
        parties=(THEM,),
        disclosures=("eyJh",),
        attachments=(photo.digest, shared.digest),
        says=SECRET,
    )
    append(stores, draft, Draft(("a:lot",), attachments=(shared.digest,)))
    before = stores.log.records([0])[0]
    assert append(stores, erasure(0)) == [2]

    after = stores.log.records([0])[0]
    assert (after.content, after.disclosures) == (None, ())
    kept = [name for name in after.__slots__ if name not in ("content", "disclosures")]
    assert [getattr(after, name) for name in kept] == [getattr(before, name) for name in kept]
    assert list(stores.log.scan(0, 1)) == [after]
    assert stores.log.erasures_of([0, 1, 2]) == {0: 2}
    assert stores.log.touches_of([0]) == {0: (("a:lot",), ("a:field", "a:lot"))}
    assert stores.log.touched(["a:field"], size=3) == {"a:field": [0]}
    assert stores.log.reachable([2]) == {0, 1, 2}
    assert check_log(stores) == 3

    assert stores.log.find_events(EventQuery()) == [1]
    assert stores.log.find_events(EventQuery(event_id="urn:uuid:1")) == []
    assert stores.log.find_events(EventQuery(touching="a:field")) == []
    with stores.log.sequencing() as sequencer:
        assert sequencer.same_events([same_as(draft)]) == {}
        assert sequencer.event_ids(["urn:uuid:1"]) == {}
        assert sequencer.parties(["a:lot", "a:field"]) == {}
        assert sequencer.extenders(["a:lot"]) == {"a:lot": frozenset([US])}
        assert sequencer.same_contents([before.content_digest]).keys() == {before.content_digest}

    assert stores.attachments.get(photo.digest) is None
    assert stores.attachments.records_of(photo.digest) == []
    assert stores.attachments.get(shared.digest) == shared
    assert stores.attachments.records_of(shared.digest) == [1]


def test_nothing_of_it_is_left_in_the_tables(sql: Database, url: str) -> None:
    append(sql, Draft(("a:lot",), disclosures=(SECRET,), event_id=SECRET, says=SECRET))
    append(sql, erasure(0))
    engine = create_engine(url)
    with engine.connect() as connection:
        assert connection.execute(select(contents.c.idx)).scalars().all() == [1]
        for table in (events, destinations):
            assert connection.execute(select(table)).all() == []
    engine.dispose()


def test_sqlite_overwrites_what_is_erased(sqlite_url: str) -> None:
    """Deleted rows stay readable in a file unless they are overwritten."""
    path = Path(sqlite_url.removeprefix("sqlite:///"))
    with open_database(sqlite_url) as database:
        append(database, Draft(("a:lot",), event_id=SECRET, disclosures=(SECRET,), says=SECRET))
    assert SECRET.encode() in path.read_bytes()
    with open_database(sqlite_url) as database:
        append(database, erasure(0))
    assert SECRET.encode() not in path.read_bytes()
    assert not path.with_name(path.name + "-wal").exists()


def test_second_erasure_changes_nothing(stores: Stores) -> None:
    append(stores, Draft(("a:lot",)))
    append(stores, erasure(0))
    append(stores, erasure(0))
    assert stores.log.erasures_of([0]) == {0: 1}
    assert check_log(stores) == 3


@pytest.mark.parametrize("record", [2, 3, 99, -1])
def test_only_what_is_there_before_can_be_erased(stores: Stores, record: int) -> None:
    append(stores, Draft(), Draft())
    with pytest.raises(Conflict):
        append(stores, erasure(record))
    assert stores.log.tail().size == 2


def test_keys_are_never_erased(stores: Stores) -> None:
    append(stores, Draft(kind="key"), Draft())
    with pytest.raises(Conflict):
        append(stores, erasure(1), erasure(0))
    stored = stores.log.records([0, 1])
    assert None not in {record.content for record in stored.values()}


def test_erasure_in_the_same_block(stores: Stores) -> None:
    append(stores, Draft(("a:lot",), event_id="urn:uuid:1"), erasure(0))
    assert stores.log.records([0])[0].content is None
    assert stores.log.find_events(EventQuery()) == []
    assert stores.log.erasures_of([0]) == {0: 1}


parties = st.lists(st.sampled_from([US, THEM, OTHERS]), max_size=3).map(tuple)
uris = st.lists(st.sampled_from(["a:lot", "a:b", "a:c"]), max_size=3).map(tuple)


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    said=st.lists(st.builds(Draft, uris, uris, parties=parties), min_size=1, max_size=6),
    erased=st.sets(st.integers(0, 5), max_size=4),
)
def test_parties_are_those_of_events_not_erased(
    fresh: Callable[[], Stores], said: Sequence[Draft], erased: set[int]
) -> None:
    stores = fresh()
    append(stores, *said)
    for record in erased & set(range(len(said))):
        append(stores, erasure(record))
    expected: dict[str, set[str]] = {}
    for index, draft in enumerate(said):
        for uri in {*draft.extends, *draft.rests_on} if index not in erased else ():
            expected.setdefault(uri, set()).update(draft.parties)
    with stores.log.sequencing() as sequencer:
        assert sequencer.parties(["a:lot", "a:b", "a:c"]) == {
            uri: frozenset(names) for uri, names in expected.items() if names
        }


def test_a_document_goes_with_the_first_of_its_events(stores: Stores) -> None:
    """Also with one that had been recorded before it came."""
    one = Attachment(digest("one"), "application/xml", DOCUMENT, US, b"<one/>", NOW)
    stores.attachments.put(replace(one, name="mine.xml"))
    stores.attachments.put(one)
    assert stores.attachments.get(one.digest) == one
    append(stores, Draft(("a:lot",)))
    append(stores, Draft(("a:lot",), attachments=(one.digest,)))
    with stores.log.sequencing() as sequencer:
        sequencer.carry([(one.digest, 0), (one.digest, 1)])
    assert stores.attachments.records_of(one.digest) == [0, 1]
    append(stores, erasure(0))
    assert stores.attachments.records_of(one.digest) == [1]
    assert stores.attachments.get(one.digest) is None
