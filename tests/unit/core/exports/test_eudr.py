"""From harvests to a FeatureCollection: which plots, and what is missing."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from suyuan.core.exports.eudr import Plots, plots_of
from suyuan.core.exports.lineage import Shown, lineage

RAW1, RAW2, SEED, MIX, OTHER = (
    f"https://id.gs1.org/01/09521234000044/10/{name}" for name in ("R1", "R2", "S", "M", "O")
)
PLACE = "https://id.gs1.org/414/9521234000112/254/P"
COOP = "https://node.example/org/coop"
PACK = "https://id.gs1.org/01/09521234000044/21/7"
MASTER: dict[str, dict[str, Any]] = {
    COOP: {"id": COOP, "name": {"zh": "合作社", "en": "Cooperative"}, "suyuan:country": "CN"},
    **{
        f"{PLACE}{number}": {
            "id": f"{PLACE}{number}",
            "name": f"Plot {number}",
            "suyuan:area": {"value": 1.5, "uom": "HAR"},
            "suyuan:outline": {"type": "Point", "coordinates": [118.900101, 30.100001 + number]},
        }
        for number in (1, 2, 3)
    },
}


def made(*outputs: str, of: tuple[str, ...] = (), **members: Any) -> dict[str, Any]:
    return {
        "type": "TransformationEvent",
        "eventTime": "2026-09-10T15:00:00.000+08:00",
        "eventTimeZoneOffset": "+08:00",
        "inputQuantityList": [{"epcClass": name} for name in of],
        "outputQuantityList": [{"epcClass": name} for name in outputs],
        **members,
    }


def harvest(lot: str, number: int, season: str = "1", **members: Any) -> dict[str, Any]:
    return made(
        lot,
        bizStep="commissioning",
        transformationID=f"https://node.example/season/{season}",
        readPoint={"id": f"{PLACE}{number}"},
        **members,
    )


SEASON = [
    made(transformationID="https://node.example/season/1", of=(SEED,), bizStep="x:voc/sowing"),
    harvest(RAW1, 1),
    harvest(RAW2, 2),
    harvest(OTHER, 3),
    made(MIX, of=(RAW1, RAW2), bizStep="x:voc/blending"),
]


def export(
    subject: str,
    *events: dict[str, Any] | None,
    master: Mapping[str, Any] = MASTER,
    owners: Mapping[int, str] = MappingProxyType({}),
) -> Plots:
    records = [
        Shown(
            index,
            owners.get(index, COOP),
            (MIX, RAW1, f"{RAW2}#{COOP}") if event is None else (),
            event,
        )
        for index, event in enumerate(events)
    ]
    return plots_of(lineage(subject, records), master.get)


def plots(made: Plots) -> list[str]:
    return [feature["id"].removeprefix(PLACE) for feature in made.collection["features"]]


def lacks(made: Plots) -> list[tuple[str, str]]:
    return [(one.of, one.member) for one in made.missing]


def test_a_blend_has_the_plots_of_all_its_lots_and_of_no_other() -> None:
    told = export(MIX, *SEASON)
    assert plots(told) == ["1", "2"]
    assert told.missing == ()
    properties = told.collection["features"][0]["properties"]
    assert {name: str(value) for name, value in properties.items()} == {
        "ProducerName": "Cooperative",
        "ProducerCountry": "CN",
        "ProductionPlace": "Plot 1",
        "Area": "1.5000",
    }


def test_what_a_harvest_used_up_is_not_followed() -> None:
    assert lacks(export(RAW1, *SEASON)) == []


def test_a_pack_leads_to_its_lot() -> None:
    packed = made(
        of=(MIX,), outputEPCList=[f"{MIX.replace('/10/M', '')}/10/M/21/7"], bizStep="packing"
    )
    assert plots(export(PACK, *SEASON, packed)) == ["1", "2"]


def test_a_pack_that_was_only_seen_leads_to_the_lot_it_names() -> None:
    seen = {
        "type": "ObjectEvent", "action": "OBSERVE", "eventTime": "2026-09-10T15:00:00.000+08:00",
        "eventTimeZoneOffset": "+08:00", "epcList": [f"{MIX}/21/7"],
    }  # fmt: skip
    assert plots(export(PACK, *SEASON, seen)) == ["1", "2"]


def test_a_carton_leads_to_what_is_in_it() -> None:
    carton = "https://id.gs1.org/00/095212340000000012"
    boxed = {
        "type": "AggregationEvent", "action": "ADD", "eventTime": "2026-09-10T15:00:00.000+08:00",
        "eventTimeZoneOffset": "+08:00", "parentID": carton,
        "childEPCs": [f"{RAW1.replace('/10/R1', '')}/10/R1/21/7"],
    }  # fmt: skip
    assert plots(export(carton, *SEASON, boxed)) == ["1"]


def test_a_harvest_may_name_several_plots() -> None:
    named = harvest(RAW1, 1)
    named["suyuan:plots"] = [f"{PLACE}2", f"{PLACE}3", 4, f"{PLACE}2"]
    assert plots(export(RAW1, named)) == ["2", "3"]


def test_a_harvest_that_names_no_plot_is_told() -> None:
    nowhere = harvest(RAW1, 1)
    del nowhere["readPoint"]
    assert lacks(export(RAW1, nowhere)) == [("#0", "suyuan:plots")]


def test_a_place_may_keep_the_plots_themselves_apart() -> None:
    apart = f"{COOP}/plot/9"
    inline = {"name": "Corner", "suyuan:area": {"value": 1, "uom": "HAR"},
              "suyuan:outline": MASTER[f"{PLACE}1"]["suyuan:outline"]}  # fmt: skip
    place = {"id": f"{PLACE}1", "name": "Slope", "suyuan:plots": [apart, inline]}
    master = {**MASTER, f"{PLACE}1": place}
    seen = {**master, apart: {**MASTER[f"{PLACE}2"], "id": apart}}
    told = export(RAW1, *SEASON, master=seen)
    assert [feature["id"] for feature in told.collection["features"]] == [apart, f"{PLACE}1#2"]
    assert told.missing == ()
    # To the public the plot's own master data is hidden: its name is known, and where it lies is not.
    told = export(RAW1, *SEASON, master=master)
    assert told.collection["features"][0]["geometry"] is None
    assert lacks(told) == [
        (apart, "master"), (apart, "suyuan:area"), (apart, "suyuan:outline")
    ]  # fmt: skip


def test_hidden_and_unknown_beginnings_are_told() -> None:
    told = export(MIX, *SEASON[:-1], None)
    assert plots(told) == []
    assert lacks(told) == [(MIX, "event"), (MIX, "harvest"), (MIX, "harvest")]
    bought = made(MIX, of=(RAW1, "https://id.gs1.org/01/09521234000044/10/BOUGHT"))
    told = export(MIX, harvest(RAW1, 1), bought)
    assert plots(told) == ["1"]
    assert lacks(told) == [("https://id.gs1.org/01/09521234000044/10/BOUGHT", "harvest")]


def test_what_was_declared_an_error_does_not_count() -> None:
    wrong = harvest(RAW1, 3, eventID="urn:x:1")
    declared = {**wrong, "errorDeclaration": {"declarationTime": "2026-09-11T00:00:00Z"}}
    assert plots(export(RAW1, wrong, declared, harvest(RAW1, 1))) == ["1"]


def test_what_somebody_else_declares_an_error_holds() -> None:
    wrong = harvest(RAW1, 3, eventID="urn:x:1")
    declared = {**wrong, "errorDeclaration": {"declarationTime": "2026-09-11T00:00:00Z"}}
    assert plots(export(RAW1, wrong, declared, owners={1: "https://node.example/org/x"})) == ["3"]


def test_missing_names_and_countries_are_told() -> None:
    master = {f"{PLACE}1": {k: v for k, v in MASTER[f"{PLACE}1"].items() if k != "name"}}
    assert lacks(export(RAW1, *SEASON, master=master)) == [
        (COOP, "name"),
        (f"{PLACE}1", "suyuan:country"),
        (f"{PLACE}1", "name"),
    ]


def test_a_circle_of_lots_ends() -> None:
    assert plots(export(RAW1, made(RAW1, of=(RAW2,)), made(RAW2, of=(RAW1,)))) == []
