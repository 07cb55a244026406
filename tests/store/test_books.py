"""The list of deeds and the drafts: the same on memory, SQLite and PostgreSQL."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from memory_store import MemoryDatabase
from store.appending import NOW, US, Stores, digest, new_records
from store.appending import Draft as Recorded

from suyuan.core.errors import Conflict
from suyuan.core.farm.index import DeedIndex
from suyuan.ports.accounts import Attachment
from suyuan.ports.books import DeedQuery, Draft

THEM = "https://node.example/org/them"
LATER = "2026-09-20T08:00:00.000Z"


def keep(stores: Stores, *deeds: tuple[str, DeedIndex]) -> None:
    with stores.log.sequencing() as sequencer:
        drafts = [Recorded((f"a:{n}",), owner=owner) for n, (owner, _) in enumerate(deeds)]
        records = new_records(sequencer, drafts)
        sequencer.insert(
            [
                replace(record, event=replace(record.event, deed=deed))
                for record, (_, deed) in zip(records, deeds, strict=True)
                if record.event is not None
            ]
        )


def erase(stores: Stores, index: int) -> None:
    with stores.log.sequencing() as sequencer:
        sequencer.insert(new_records(sequencer, [Recorded(("a:e",), kind="erasure", erases=index)]))


def found(stores: Stores, **wanted: object) -> list[int]:
    query = replace(DeedQuery(US), **wanted)  # type: ignore[arg-type]
    return [index for _, index in stores.deeds.find(query)]


SOWN = DeedIndex("sowing", "2026-03-04", ("a:season", "a:plot1"), "直播 20 株")
SPRAYED = DeedIndex("applying", "2026-07-11", ("a:season", "a:plot1", "a:lot"), "蚜虫 1:800 100%_x")
REAPED = DeedIndex("harvest", "2026-07-11", ("a:season", "a:plot2"), "brought to 库房")


def test_newest_first_by_what_they_are_and_name(stores: Stores) -> None:
    keep(stores, (US, SPRAYED), (US, SOWN), (THEM, SPRAYED), (US, REAPED))
    assert found(stores) == [3, 0, 1]
    assert found(stores, organisation=THEM) == [2]
    assert found(stores, organisation="a:nobody") == []
    assert found(stores, kinds=frozenset({"applying", "sowing"})) == [0, 1]
    assert found(stores, things=("a:season",)) == [3, 0, 1]
    assert found(stores, things=("a:season", "a:plot1")) == [0, 1]
    assert found(stores, things=("a:plot1",), kinds=frozenset({"sowing"})) == [1]
    assert found(stores, any_of=(frozenset({"a:plot2", "a:lot"}),)) == [3, 0]
    assert found(stores, things=("a:plot1",), any_of=(frozenset({"a:plot2", "a:lot"}),)) == [0]
    assert found(stores, any_of=(frozenset({"a:plot2"}), frozenset({"a:lot"}))) == []
    assert stores.deeds.named(US, ["a:plot1", "a:plot3", "a:lot"]) == {"a:plot1", "a:lot"}
    assert stores.deeds.named("a:nobody", ["a:plot1"]) == set()
    assert found(stores, days=("2026-07-11", None)) == [3, 0]
    assert found(stores, days=(None, "2026-07-10")) == [1]
    assert found(stores, text=" 蚜虫 ") == [0]
    assert found(stores, text="BROUGHT", things=("a:season",)) == [3]
    assert found(stores, text="0%_") == [0]
    assert found(stores, text="00_") == []


def test_page_by_page(stores: Stores) -> None:
    keep(stores, *[(US, SPRAYED)] * 3, *[(US, SOWN)] * 3)
    pages, after = [], None
    while page := stores.deeds.find(DeedQuery(US, after=after, limit=2)):
        pages += [index for _, index in page]
        after = page[-1]
    assert pages == [2, 1, 0, 5, 4, 3]


def test_gone_with_an_erasure_and_not_made_anew(stores: Stores) -> None:
    keep(stores, (US, SPRAYED), (US, SOWN))
    erase(stores, 0)
    assert found(stores) == [1]
    assert found(stores, things=("a:lot",)) == []
    stores.deeds.replace([(0, US, SPRAYED), (1, US, REAPED)])
    assert found(stores) == [1]
    assert found(stores, things=("a:plot2",)) == [1]
    assert found(stores, things=("a:plot1",)) == []


_DAYS = st.sampled_from(["2026-07-10", "2026-07-11", "2026-07-12"])
_THINGS = st.lists(st.sampled_from(["a:1", "a:2", "a:3"]), max_size=3, unique=True).map(tuple)
_KINDS = st.sampled_from(["sowing", "applying"])


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(st.builds(DeedIndex, _KINDS, _DAYS, _THINGS, st.sampled_from(["", "abc", "bcd"]))),
    st.builds(
        DeedQuery,
        st.just(US),
        st.none() | st.frozensets(_KINDS, min_size=1),
        _THINGS,
        st.tuples(st.none() | _DAYS, st.none() | _DAYS),
        st.sampled_from(["", "b", "cd"]),
        st.none() | st.tuples(_DAYS, st.integers(0, 5)),
        st.integers(1, 5),
        st.lists(st.frozensets(st.sampled_from(["a:1", "a:2", "a:3"]), min_size=1), max_size=2).map(
            tuple
        ),
    ),
)
def test_found_as_by_looking_at_each(
    stores: Stores, deeds: list[DeedIndex], query: DeedQuery
) -> None:
    fresh = MemoryDatabase()
    keep(fresh, *((US, deed) for deed in deeds))
    owner = f"a:{stores.log.tail().size}"
    first = stores.log.tail().size
    keep(stores, *((owner, deed) for deed in deeds))
    after = query.after and (query.after[0], query.after[1] + first)
    told = stores.deeds.find(replace(query, organisation=owner, after=after))
    assert [(day, index - first) for day, index in told] == fresh.deeds.find(query)


def draft(**members: object) -> Draft:
    made = Draft("d1", US, "spraying", b"{}", (), NOW, NOW, 1)
    return replace(made, **members)  # type: ignore[arg-type]


def test_a_draft_is_saved_over_the_version_it_was_read_in_only(stores: Stores) -> None:
    assert stores.drafts.save(draft())
    assert not stores.drafts.save(draft())
    second = draft(version=2, values=b'{"day":"x"}', attachments=(digest("p"), digest("a")),
                   changed_at=LATER)  # fmt: skip
    assert stores.drafts.save(second)
    assert not stores.drafts.save(second)
    assert not stores.drafts.save(replace(second, version=3, organisation=THEM))
    assert stores.drafts.get("d1") == second
    assert stores.drafts.save(draft(version=3, attachments=(digest("a"),), created_at=LATER))
    kept = stores.drafts.get("d1")
    assert kept is not None
    assert (kept.attachments, kept.created_at, kept.version) == ((digest("a"),), NOW, 3)
    assert stores.drafts.get("d2") is None


def test_an_organisations_drafts_changed_last_first(stores: Stores) -> None:
    for number in range(3):
        stores.drafts.save(draft(id=f"d{number}", changed_at=f"2026-09-1{number}T08:00:00.000Z"))
    stores.drafts.save(draft(id="t", organisation=THEM))
    names = [one.id for one in stores.drafts.list(US)]
    assert names == ["d2", "d1", "d0"]
    first = stores.drafts.list(US, limit=1)[0]
    rest = stores.drafts.list(US, after=(first.changed_at, first.id))
    assert [one.id for one in rest] == ["d1", "d0"]
    assert stores.drafts.delete(["d0", "d1", "none"]) == 2
    assert [one.id for one in stores.drafts.list(US)] == ["d2"]


def test_filed_in_the_transaction_of_the_record(stores: Stores) -> None:
    stores.drafts.save(draft(attachments=(digest("p"),)))
    with stores.log.sequencing() as sequencer:
        sequencer.insert(new_records(sequencer, [Recorded(("a:1",))]))
        sequencer.file_drafts([("d1", 1, 0)])
    kept = stores.drafts.get("d1")
    assert kept is not None
    assert (kept.filed, kept.values, kept.attachments) == (0, b"{}", ())
    assert stores.drafts.list(US) == []
    assert stores.drafts.delete(["d1"]) == 0
    assert not stores.drafts.save(draft(version=2))


@pytest.mark.parametrize("version", [2, 1])
def test_what_was_changed_or_filed_meanwhile_files_nothing(stores: Stores, version: int) -> None:
    stores.drafts.save(draft())
    if version == 1:
        with stores.log.sequencing() as sequencer:
            sequencer.insert(new_records(sequencer, [Recorded(("a:1",))]))
            sequencer.file_drafts([("d1", 1, 0)])
    size = stores.log.tail().size

    def file() -> None:
        with stores.log.sequencing() as sequencer:
            sequencer.insert(new_records(sequencer, [Recorded(("a:2",))]))
            sequencer.file_drafts([("d1", version, size)])

    with pytest.raises(Conflict):
        file()
    assert stores.log.tail().size == size


def test_a_photo_is_kept_as_long_as_its_draft(stores: Stores) -> None:
    stores.attachments.put(Attachment(digest("p"), "image/jpeg", "p.jpg", US, b"x", NOW))
    stores.drafts.save(draft(attachments=(digest("p"),)))
    assert stores.attachments.missing([digest("p")], LATER) == set()
    assert stores.attachments.collect(LATER) == 0
    stores.drafts.delete(["d1"])
    assert stores.attachments.missing([digest("p")], LATER) == {digest("p")}
    assert stores.attachments.collect(LATER) == 1


def test_deeds_are_told_by_their_kinds(stores: Stores) -> None:
    keep(stores, (US, SPRAYED), (US, REAPED), (THEM, SPRAYED))
    kinds = {SPRAYED.kind}
    assert stores.deeds.of_kinds([0, 1, 2, 99], kinds) == {0, 2}
    assert stores.deeds.of_kinds([0, 1], {SPRAYED.kind, REAPED.kind}) == {0, 1}
    assert stores.deeds.of_kinds([], kinds) == set()


def test_deeds_say_what_they_name(stores: Stores) -> None:
    keep(stores, (US, SPRAYED), (THEM, REAPED))
    assert stores.deeds.things([0, 1, 99]) == {
        0: frozenset(SPRAYED.things),
        1: frozenset(REAPED.things),
    }
    assert stores.deeds.things([]) == {}
