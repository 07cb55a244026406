from __future__ import annotations

import random
from typing import Any

import pytest
from bundle_cases import (
    CARTON,
    COOP,
    LAB,
    LOT,
    PACK,
    PRODUCT,
    RAW,
    SEASON,
    SEED,
    SPRAY,
    STORE,
    Season,
    unboxed,
)
from logbuilder import ADMIN, Key, LogBuilder, Logged, event, quantities

from suyuan.core.content import parse_content
from suyuan.core.universe import Seen, Universe, pack_of

OTHER_PACK = f"{PRODUCT}/21/PACK-2"


def seen(record: Logged) -> Seen:
    content = parse_content(record.content)
    key_owner = content.key.owner if content.key is not None else None
    return Seen(
        record.index, record.kid, record.owner, record.touches.extends, content.event, key_owner
    )


def members(log: LogBuilder, subject: str, serial: str | None = None) -> frozenset[str]:
    universe = Universe(subject, serial)
    for record in log.records:
        universe.add(seen(record))
    return universe.members()


def test_all_that_a_pack_came_from_is_in_it() -> None:
    assert members(Season().log, PACK) == {
        PACK,
        CARTON,
        LOT,
        f"{LOT}#{COOP}",
        RAW,
        f"{RAW}#{COOP}",
        SEASON,
        SEED,
        f"{SEED}#{COOP}",
        SPRAY,
        f"{SPRAY}#{COOP}",
        f"{STORE}#master",
        f"{PRODUCT}#master",
        *(f"https://id.gs1.org/01/095212340000{n}#master" for n in ("13", "20", "37")),
        *(f"{owner}#master" for owner in (ADMIN, COOP, LAB)),
        *(Key(name).kid for name in ("admin", "coop", "lab")),
    }


def test_what_comes_out_of_a_lot_is_not_in_the_lot() -> None:
    found = members(Season().log, RAW)
    assert {SEED, SPRAY, SEASON} <= found
    assert not found & {LOT, PACK, CARTON, f"{PRODUCT}#master"}


def test_a_serial_brings_its_pack_and_the_packs_carton() -> None:
    log = Season().log
    assert {PACK, CARTON} <= members(log, LOT, "PACK-1")
    assert CARTON not in members(log, LOT, "PACK-2")
    assert OTHER_PACK in members(log, LOT, "PACK-2")


@pytest.mark.parametrize(
    ("lot", "serial", "pack"),
    [
        (LOT, "X1", f"{PRODUCT}/21/X1"),
        (LOT, "a/b", f"{PRODUCT}/21/a%2Fb"),
        (LOT, "a+(b)'*", f"{PRODUCT}/21/a+(b)'*"),
        (LOT, "50%", f"{PRODUCT}/21/50%25"),
        (LOT, "1?x", f"{PRODUCT}/21/1%3Fx"),
        (LOT, "a b", None),
        (LOT, "", None),
        (LOT, "X" * 21, None),
        (LOT, "1#x", None),
        (LOT, "山", None),
        (PACK, "X1", None),
        (f"{LOT}#{COOP}", "X1", None),
        (SEASON, "X1", None),
        (PRODUCT, "X1", None),
    ],
)
def test_only_a_lot_has_packs(lot: str, serial: str, pack: str | None) -> None:
    assert pack_of(lot, serial) == pack


class Nest:
    """A pack and what befalls its cartons."""

    def __init__(self) -> None:
        self.log = LogBuilder()
        self.log.enrol("coop", COOP)

    def put(self, action: str, *children: str, kind: str = "AggregationEvent", **more: Any) -> Nest:
        value = event(kind, action=action, parentID=CARTON, **more)
        if children or kind != "TransactionEvent":
            value["childEPCs"] = list(children)
        self.log.event(value, by="coop")
        return self

    def has_carton(self, subject: str = PACK) -> bool:
        return CARTON in members(self.log, subject)


def test_the_last_word_on_a_pair_decides_about_the_parent() -> None:
    assert Nest().put("ADD", PACK).has_carton()
    assert Nest().put("OBSERVE", PACK).has_carton()
    assert not Nest().put("ADD", PACK).put("DELETE", PACK).has_carton()
    assert Nest().put("ADD", PACK).put("DELETE", PACK).put("ADD", PACK).has_carton()
    assert (
        Nest()
        .put("ADD", PACK)
        .put("DELETE", PACK, kind="AssociationEvent")
        .put("ADD", PACK, kind="AssociationEvent")
        .has_carton()
    )


def test_another_childs_going_is_not_this_ones() -> None:
    nest = Nest().put("ADD", PACK, OTHER_PACK).put("DELETE", OTHER_PACK)
    assert nest.has_carton()
    assert not nest.has_carton(OTHER_PACK)


def test_no_children_named_means_all_of_them() -> None:
    assert not Nest().put("ADD", PACK).put("DELETE").has_carton()
    assert Nest().put("ADD", PACK).put("DELETE").put("ADD", PACK).has_carton()
    gone = Nest().put("ADD", PACK).put("DELETE", "urn:epc:idpat:sgtin:9521234.000004.*")
    assert gone.has_carton()


def test_a_transaction_puts_nothing_in_or_out() -> None:
    def traded(action: str, nest: Nest) -> Nest:
        return nest.put(action, kind="TransactionEvent", epcList=[PACK])

    assert traded("ADD", Nest()).has_carton()
    assert traded("DELETE", Nest().put("ADD", PACK)).has_carton()
    assert not traded("ADD", Nest().put("ADD", PACK).put("DELETE", PACK)).has_carton()


def test_the_lot_beside_a_serial_and_transformations_are_in_it() -> None:
    log = LogBuilder()
    log.enrol("coop", COOP)
    log.event(
        event("ObjectEvent", action="OBSERVE", epcList=[f"{PRODUCT}/10/L-9/21/PACK-1"]), by="coop"
    )
    log.event(
        event(
            "TransformationEvent",
            transformationID=SEASON,
            inputEPCList=[f"{PRODUCT}/10/L-8/21/PACK-2"],
            inputQuantityList=quantities(PRODUCT, SEED),
            outputEPCList=[PACK],
        ),
        by="coop",
    )
    found = members(log, PACK)
    assert {f"{PRODUCT}/10/L-9", f"{PRODUCT}/10/L-8", OTHER_PACK, SEED, SEASON} <= found
    assert f"{SEED}#{COOP}" in found
    # Holdings are of inputs that are lots; a class is no object at all.
    assert not found & {f"{OTHER_PACK}#{COOP}", f"{PRODUCT}/10/L-8#{COOP}", PRODUCT}


def test_the_order_of_adding_makes_no_difference() -> None:
    season = Season()
    season.log.event(unboxed(PACK), by="coop")
    expected = members(season.log, PACK)
    for seed in range(5):
        universe = Universe(PACK)
        shuffled = list(season.log.records)
        random.Random(seed).shuffle(shuffled)
        for record in shuffled:
            universe.add(seen(record))
        assert universe.members() == expected


def test_every_member_is_wanted_once_and_parents_come_last() -> None:
    season = Season()
    season.log.event(unboxed(PACK), by="coop")
    universe = Universe(PACK)
    asked: list[str] = []
    given: set[int] = set()
    while wanted := universe.wanted():
        asked += wanted
        for name in wanted:
            for record in season.log.newest.get(name, []):
                if record.index not in given:
                    given.add(record.index)
                    universe.add(seen(record))
    assert len(asked) == len(set(asked))
    # Looked up too early, the carton that the pack has left would have been among them.
    assert set(asked) == universe.members()
    assert CARTON not in asked


def test_of_a_hidden_record_only_the_signer_counts() -> None:
    universe = Universe(PACK)
    universe.add(Seen(5, "kid"))
    assert universe.members() == {PACK, "kid", f"{PRODUCT}#master"}


def test_a_doubted_parent_is_left_out_until_a_later_record_names_it() -> None:
    log = Nest().put("ADD", PACK).log
    universe = Universe(PACK)
    for record in log.records:
        universe.add(seen(record))
    last = log.size - 1
    assert universe.parents == {CARTON}
    assert CARTON in universe.members({CARTON: last})
    assert CARTON not in universe.members({CARTON: last + 1})
