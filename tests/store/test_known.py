"""Words and places that events name: who may know of each, page by page, and gone with an erasure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from store.appending import US, Draft, Stores, new_records

from suyuan.ports.log import EventSearch, KnownTo

THEM = "https://node.example/org/them"
SHOP = "https://node.example/org/shop"
NOBODY = KnownTo()


@dataclass(frozen=True)
class Said:
    """One event and what it names."""

    values: tuple[tuple[str, str], ...]
    trade: bool = False
    parties: tuple[str, ...] = ()
    owner: str = US
    erases: int | None = None


def say(stores: Stores, *said: Said) -> None:
    with stores.log.sequencing() as sequencer:
        drafts = [
            Draft(
                (f"a:{number}",),
                owner=one.owner,
                parties=one.parties,
                kind="event" if one.erases is None else "erasure",
                erases=one.erases,
            )
            for number, one in enumerate(said)
        ]
        sequencer.insert(
            [
                replace(record, event=replace(record.event, known=one.values, trade=one.trade))
                if record.event is not None
                else record
                for record, one in zip(new_records(sequencer, drafts), said, strict=True)
            ]
        )


def test_of_trade_only_who_may(stores: Stores) -> None:
    say(
        stores,
        Said((("readPoints", "a:field"), ("bizSteps", "sowing"))),
        Said((("readPoints", "a:shop"),), trade=True, parties=(SHOP,)),
        Said((("readPoints", "a:store"), ("readPoints", "a:field")), trade=True, owner=THEM),
    )

    def points(audience: KnownTo) -> list[str]:
        return stores.log.known("readPoints", audience)

    assert points(NOBODY) == ["a:field"]
    assert points(KnownTo(everything=True)) == ["a:field", "a:shop", "a:store"]
    assert points(KnownTo(owners=frozenset({US}), party=US)) == ["a:field", "a:shop"]
    assert points(KnownTo(owners=frozenset({SHOP}), party=SHOP)) == ["a:field", "a:shop"]
    assert points(KnownTo(owners=frozenset({THEM}))) == ["a:field", "a:store"]
    assert points(KnownTo(owners=frozenset({"a:stranger"}), party="a:stranger")) == ["a:field"]
    assert stores.log.known("bizSteps", NOBODY) == ["sowing"]
    assert stores.log.known("dispositions", NOBODY) == []


def test_events_at_a_place(stores: Stores) -> None:
    say(
        stores,
        Said((("readPoints", "a:field"), ("bizLocations", "a:store"))),
        Said((("readPoints", "a:field/2"), ("bizLocations", 'a:"100%"_山'))),
        Said((("bizLocations", "a:field"),), trade=True, owner=THEM),
        Said((("bizSteps", "a:step"),)),
        Said((("readPoints", "a:field"),)),
    )

    def at(place: str, **more: Any) -> list[int]:
        search = EventSearch(place=place, by_time=False, descending=True, **more)
        return [index for _, index in stores.log.search(search)]

    assert at("a:field") == [4, 2, 0]
    assert at("a:field", indices=(0, 4), limit=1) == [2]
    assert at("a:field", owners=frozenset({US})) == [4, 0]
    assert at('a:"100%"_山') == [1]
    assert at("a:fiel_") == at("a:%") == at("a:step") == []


def test_in_order_and_in_parts(stores: Stores) -> None:
    values = tuple(("bizSteps", f"a:{n:02}") for n in range(9))
    say(stores, *(Said((value,)) for value in reversed(values)), Said(values[:3]))
    assert stores.log.known("bizSteps", NOBODY, limit=4) == [f"a:{n:02}" for n in range(4)]
    assert stores.log.known("bizSteps", NOBODY, after="a:06") == ["a:07", "a:08"]
    assert stores.log.known("bizSteps", NOBODY, only="a:05") == ["a:05"]
    assert stores.log.known("bizSteps", NOBODY, only="a:0") == []


def test_an_erasure_takes_its_own_away(stores: Stores) -> None:
    one, two = ("readPoints", "a:one"), ("readPoints", "a:two")
    say(stores, Said((one, two)), Said((two,)), Said((two,), trade=True, parties=(SHOP,)))
    say(stores, Said((), erases=0))
    assert stores.log.known("readPoints", NOBODY) == ["a:two"]
    say(stores, Said((), erases=1))
    assert stores.log.known("readPoints", NOBODY) == []
    assert stores.log.known("readPoints", KnownTo(party=SHOP)) == ["a:two"]
    say(stores, Said((), erases=2))
    assert stores.log.known("readPoints", KnownTo(everything=True)) == []


def test_objects_in_order_and_in_parts(stores: Stores) -> None:
    say(stores, *(Said(()) for _ in range(5)))
    found = stores.log.objects()
    assert found == sorted(found)
    assert {f"a:{n}" for n in range(5)} < set(found)
    assert stores.log.objects(after=found[1], limit=2) == found[2:4]
