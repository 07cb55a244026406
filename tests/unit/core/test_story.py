"""From records to what a page says: who, where, tests, timeline, recalls, and the one face of it all."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suyuan.core.story import Known, Story, tell
from suyuan.core.story_deeds import LATE
from suyuan.core.story_face import Standing, face_of, recall_of
from suyuan.core.story_reading import read_event
from suyuan.core.story_values import Names, Quantity, Said

GTIN = "09521234000068"
PRODUCT = f"https://id.gs1.org/01/{GTIN}"
LOT = f"{PRODUCT}/10/L-1"
RAW = "https://id.gs1.org/01/09521234000044/10/R-1"
PACK = f"{PRODUCT}/21/S1"
SEASON = "https://node.example/season/1"
FIELD = "https://id.gs1.org/414/9521234000112/254/P1"
COOP, LAB, BUREAU = (f"https://node.example/org/{name}" for name in ("coop", "lab", "bureau"))
VOC = "https://node.example/voc/"
ROLES = {COOP: "recorder", LAB: "certifier", BUREAU: "regulator"}
RECORDED = "2026-09-20T10:00:00.000Z"


class Log:
    """Known records one after the other, as gathered for a subject."""

    def __init__(self) -> None:
        self.records: list[Known] = []

    def add(
        self,
        value: dict[str, Any] | None,
        *extends: str,
        kind: str = "event",
        owner: str = COOP,
        at: str = RECORDED,
        **more: Any,
    ) -> int:
        said = read_event(value) if value is not None and kind == "event" else None
        master = value if kind == "master" else None
        index = len(self.records)
        known = Known(
            index, kind, said, master, owner, ROLES.get(owner, "recorder"), at, extends, **more
        )
        self.records.append(known)
        return index

    def master(self, uri: str, **members: Any) -> None:
        self.add({"id": uri, **members}, f"{uri}#master", kind="master")

    def story(self, subject: str = LOT, *members: str, serial: str | None = None) -> Story:
        inside = {LOT, RAW, SEASON, subject, *members}
        return tell(self.records, inside, subject=subject, lot=LOT, serial=serial)


def event(step: str = "inspecting", day: str = "2026-09-17", /, **members: Any) -> dict[str, Any]:
    return {
        "type": "ObjectEvent",
        "action": "OBSERVE",
        "eventTime": f"{day}T08:30:00.000+08:00",
        "eventTimeZoneOffset": "+08:00",
        "bizStep": step,
        **members,
    }


def applied(day: str, least: int | None = 14, /, **members: Any) -> dict[str, Any]:
    interval = {} if least is None else {"suyuan:preHarvestInterval": {"days": least}}
    return event(
        f"{VOC}applying",
        day,
        type="TransformationEvent",
        transformationID=SEASON,
        readPoint={"id": FIELD},
        inputQuantityList=[{"epcClass": RAW, "quantity": 0.52, "uom": "LTR"}],
        **interval,
        **members,
    )


def harvest(day: str) -> dict[str, Any]:
    return event("commissioning", day, type="TransformationEvent", transformationID=SEASON)


def recall(**members: Any) -> dict[str, Any]:
    return event("holding", "2026-09-18", disposition="recalled", **members)


def standing(**members: Any) -> Standing:
    given: dict[str, Any] = {
        "sealed_at": "2026-09-21T00:00:00.000Z",
        "anchored_at": "2026-09-21T00:01:00.000Z",
        "has_chain": True,
        "chain_silent": False,
        "test_chain": False,
    }
    return Standing(**{**given, **members})


TODAY = date(2026, 10, 1)


class TestProduct:
    def test_master_data_names_it_and_the_newest_counts(self) -> None:
        log = Log()
        log.master(PRODUCT, name={"zh": "旧名", "en": "old"})
        log.master(
            PRODUCT,
            name={"zh": "山核桃", "en": "Hickory"},
            **{"suyuan:netWeight": {"value": 250, "uom": "GRM"}, "suyuan:grade": {"zh": "一级"}},
        )
        told = log.story()
        assert told.product.names == Names("山核桃", "Hickory")
        assert told.product.net == Quantity(250, "GRM")
        assert told.product.grade == Names("一级", "一级")
        assert told.product.gtin == GTIN

    def test_what_is_not_recorded_is_not_made_up(self) -> None:
        told = Log().story()
        assert told.product.names is None
        assert (told.packed, told.best_before, told.issuer, told.tests) == (None, None, None, ())

    def test_the_shelf_life_counts_from_the_first_packing(self) -> None:
        log = Log()
        log.master(PRODUCT, **{"suyuan:shelfLifeDays": 10})
        log.add(event("inspecting", "2026-09-01"), LOT)
        log.add(event("packing", "2026-09-12"), LOT)
        log.add(event("packing", "2026-09-10"), LOT)
        assert log.story().packed == date(2026, 9, 10)
        assert log.story().best_before == date(2026, 9, 20)

    def test_a_date_recorded_with_the_lot_counts_more(self) -> None:
        log = Log()
        log.master(PRODUCT, **{"suyuan:shelfLifeDays": 10})
        ilmd = {"cbvmda:bestBeforeDate": "2027-01-31"}
        log.add(event("packing", "2026-09-10", ilmd=ilmd), LOT)
        assert log.story().best_before == date(2027, 1, 31)

    def test_the_end_of_all_calendars_is_no_best_before(self) -> None:
        log = Log()
        log.master(PRODUCT, **{"suyuan:shelfLifeDays": 10})
        log.add(event("packing", "9999-12-31"), LOT)
        assert log.story().best_before is None

    @pytest.mark.parametrize("life", [True, -5, 1e9, "10", None])
    def test_a_shelf_life_that_is_none_is_none(self, life: object) -> None:
        log = Log()
        log.master(PRODUCT, **{"suyuan:shelfLifeDays": life})
        log.add(event("packing", "2026-09-10"), LOT)
        assert log.story().best_before is None

    def test_who_gave_out_the_code_is_who_issued_the_serials(self) -> None:
        log = Log()
        log.add({"id": PRODUCT}, f"{PRODUCT}#master", kind="master", owner=BUREAU)
        log.add(event(), LOT, owner=LAB)
        assert log.story().issuer is not None
        assert log.story().issuer.id == BUREAU  # type: ignore[union-attr]
        log.add(event("packing", **{"suyuan:serials": {"count": 3, "root": "x"}}), LOT, owner=COOP)
        assert log.story().issuer.id == COOP  # type: ignore[union-attr]


class TestTimeline:
    def test_the_newest_deed_comes_first_by_the_time_of_the_deed(self) -> None:
        log = Log()
        log.add(event("packing", "2026-09-12"), LOT)
        log.add(event("inspecting", "2026-09-17"), LOT)
        log.add(event("storing", "2026-09-15"), LOT)
        assert [deed.day.day for deed in log.story().deeds] == [17, 15, 12]

    def test_what_other_things_went_through_is_not_told(self) -> None:
        log = Log()
        log.add(event(), f"{PRODUCT}/10/OTHER")
        log.add(event("packing"), LOT)
        assert [deed.indices for deed in log.story().deeds] == [(1,)]

    def test_days_are_those_of_the_event_s_own_time_zone(self) -> None:
        log = Log()
        late_evening = event(eventTime="2026-09-16T17:30:00Z")
        log.add(late_evening, LOT, at="2026-09-16T17:31:00.000Z")
        (deed,) = log.story().deeds
        assert (deed.day, deed.when and deed.when.clock) == (date(2026, 9, 17), "01:30")
        assert deed.late == 0

    @pytest.mark.parametrize(
        ("recorded", "late"),
        [
            ("2026-09-17T15:00:00.000Z", 0),
            ("2026-09-17T16:30:00.000Z", 1),
            ("2026-09-24T10:00:00.000Z", 7),
            ("2026-09-25T10:00:00.000Z", 8),
            ("2026-09-16T10:00:00.000Z", -1),
        ],
    )
    def test_lateness_is_days_between_deed_and_record(self, recorded: str, late: int) -> None:
        log = Log()
        log.add(event(), LOT, at=recorded)
        (deed,) = log.story().deeds
        assert deed.late == late
        assert log.story().late == (1 if late > LATE else 0)

    def test_the_same_work_on_several_fields_is_one_deed(self) -> None:
        log = Log()
        for number, place in enumerate((FIELD, FIELD[:-1] + "2")):
            log.master(place, name={"zh": f"{number} 号地"})
            work = applied("2026-07-11", **{"suyuan:area": {"value": 6.5, "unit": "亩"}})
            log.add({**work, "readPoint": {"id": place}}, SEASON)
        log.add(applied("2026-07-12"), SEASON)
        first, second = log.story().deeds
        assert first.indices == (4,)
        assert sorted(second.indices) == [1, 3]
        assert [spot.place.names for spot in second.spots] == [
            Names("0 号地", "0 号地"),
            Names("1 号地", "1 号地"),
        ]
        assert second.spots[0].dose == Said(
            "{amount} on {area}, {each} per {unit}",
            amount=Quantity(0.52, "LTR"),
            area=Quantity(6.5, "亩"),
            each=Quantity(0.08, "LTR"),
            unit=second.spots[0].dose.params["unit"],  # type: ignore[union-attr]
        )

    def test_amounts_of_anything_but_applications_are_not_told(self) -> None:
        log = Log()
        sold = event("retail_selling", quantityList=[{"epcClass": LOT, "quantity": 4711.5}])
        log.add(sold, LOT)
        log.add(harvest("2026-09-10"), SEASON)
        assert "4711" not in repr(log.story())

    def test_what_is_hidden_says_only_that_it_is_there(self) -> None:
        log = Log()
        log.add(None, LOT, hidden=True)
        log.add(None, LOT, hidden=True)
        log.add(event(), LOT)
        told = log.story()
        assert [(d.state, len(d.indices)) for d in told.deeds] == [("hidden", 2), ("shown", 1)]
        assert (told.hidden, told.erased, told.parts[0].who.id) == (2, 0, COOP)

    def test_what_was_erased_tells_when(self) -> None:
        log = Log()
        log.add(None, LOT, erased_at="2026-09-25T18:00:00.000Z")
        (deed,) = log.story().deeds
        assert (deed.state, deed.erased) == ("erased", date(2026, 9, 26))
        assert log.story().erased == 1

    def test_private_fields_are_counted(self) -> None:
        log = Log()
        log.add(event(**{"suyuan:sd": ["a", "b"]}), LOT)
        assert log.story().private == 2

    def test_a_key_reported_stolen_marks_its_records(self) -> None:
        log = Log()
        log.add(event(), LOT, suspect=True)
        assert log.story().deeds[0].suspect

    def test_a_correction_stands_beside_what_it_corrects(self) -> None:
        log = Log()
        said = event(eventID="urn:uuid:1")
        log.add(said, LOT)
        log.add({**said, "errorDeclaration": {"declarationTime": RECORDED}}, LOT)
        newer, older = log.story().deeds
        assert older.corrected == date(2026, 9, 20)
        assert newer.corrected is None
        assert newer.lines == (Said("This declares an earlier record an error; both stay"),)

    def test_nobody_declares_the_word_of_others_an_error(self) -> None:
        log = Log()
        said = event(eventID="urn:uuid:1")
        log.add(said, LOT, owner=LAB)
        log.add({**said, "errorDeclaration": {}}, LOT, owner=COOP)
        assert all(deed.corrected is None for deed in log.story().deeds)


class TestIntervals:
    @pytest.mark.parametrize(("day", "days", "kept"), [("2026-08-20", 21, True),
                                                       ("2026-08-27", 14, True),
                                                       ("2026-08-28", 13, False)])  # fmt: skip
    def test_days_count_from_the_application_to_the_first_harvest(
        self, day: str, days: int, kept: bool
    ) -> None:
        log = Log()
        log.add(applied(day), SEASON)
        log.add(harvest("2026-09-12"), SEASON)
        log.add(harvest("2026-09-10"), SEASON)
        (interval,) = log.story().deeds[-1].intervals
        assert (interval.days, interval.least, interval.kept) == (days, 14, kept)

    def test_not_stated_is_not_zero(self) -> None:
        log = Log()
        log.add(applied("2026-08-20", None), SEASON)
        log.add(harvest("2026-09-10"), SEASON)
        assert log.story().deeds[-1].intervals == ()

    def test_before_the_harvest_it_is_open(self) -> None:
        log = Log()
        log.add(applied("2026-08-20"), SEASON)
        assert log.story().deeds[0].intervals[0].kept is None

    def test_a_spray_entered_after_its_harvest_is_marked(self) -> None:
        log = Log()
        log.add(applied("2026-08-01"), SEASON)
        log.add(harvest("2026-09-10"), SEASON)
        log.add(applied("2026-08-20"), SEASON)
        marked = {deed.day.day: deed.after_harvest for deed in log.story().deeds}
        assert marked == {10: False, 20: True, 1: False}


class TestRecalls:
    def test_of_the_lot_itself(self) -> None:
        log = Log()
        log.add(
            recall(**{"suyuan:advice": {"zh": "请勿食用", "en": "Do not eat"}}), LOT, owner=BUREAU
        )
        found = recall_of(log.story())
        assert found is not None
        assert not found.upstream
        assert (found.who.role, found.advice) == ("regulator", Names("请勿食用", "Do not eat"))
        assert face_of(log.story(), standing(), TODAY) == "recalled"

    def test_of_what_it_was_made_from(self) -> None:
        log = Log()
        log.master(RAW.rsplit("/10/", 1)[0], name={"zh": "鲜蒲"})
        log.add(recall(), RAW, owner=BUREAU)
        found = recall_of(log.story())
        assert found is not None
        assert found.upstream
        assert found.about is not None
        assert (found.about.names, found.about.lot) == (Names("鲜蒲", "鲜蒲"), "R-1")

    def test_of_the_carton_it_was_in(self) -> None:
        carton = "https://id.gs1.org/00/095212340000000013"
        log = Log()
        log.add(recall(), carton)
        found = recall_of(log.story(PACK, carton))
        assert found is not None
        assert found.upstream
        assert found.about is None

    def test_of_its_own_lot_before_that_of_an_ingredient(self) -> None:
        log = Log()
        log.add(recall(), LOT)
        log.add(recall(), RAW)
        assert recall_of(log.story()).index == 0  # type: ignore[union-attr]

    def test_a_recall_hidden_from_nobody_holds_for_a_pack_too(self) -> None:
        log = Log()
        log.add(recall(), LOT)
        assert face_of(log.story(PACK), standing(), TODAY) == "recalled"

    def test_persistent_dispositions_recall_and_lift(self) -> None:
        log = Log()
        log.add(event(persistentDisposition={"set": ["recalled"]}), LOT, owner=BUREAU)
        assert recall_of(log.story())
        log.add(event(persistentDisposition={"unset": ["recalled"]}), LOT, owner=COOP)
        assert recall_of(log.story()), "only who recalled can take it back"
        log.add(
            event("inspecting", "2026-09-19", persistentDisposition={"unset": ["recalled"]}),
            LOT,
            owner=BUREAU,
        )
        assert recall_of(log.story()) is None
        assert log.story().recalls[0].lifted == date(2026, 9, 19)

    def test_a_recall_declared_an_error_is_over_and_stays_visible(self) -> None:
        log = Log()
        said = recall(eventID="urn:uuid:7")
        log.add(said, LOT, owner=BUREAU)
        log.add({**said, "errorDeclaration": {}}, LOT, owner=COOP)
        assert recall_of(log.story())
        log.add({**said, "errorDeclaration": {}}, LOT, owner=BUREAU)
        assert recall_of(log.story()) is None
        assert len(log.story().recalls) == 1

    @pytest.mark.parametrize(
        "disposition",
        ["recalled", "https://ref.gs1.org/cbv/Disp-recalled", "urn:epcglobal:cbv:disp:recalled"],
    )
    def test_however_the_word_is_written(self, disposition: str) -> None:
        log = Log()
        log.add(event(disposition=disposition), LOT)
        assert recall_of(log.story())


def checked(value: str, result: str) -> dict[str, Any]:
    item = {"zh": "多菌灵", "en": "Carbendazim"}
    return {"item": item, "value": value, "limit": "0.1", "unit": "mg/kg", "result": result}


class TestTests:
    def test_is_told_as_the_laboratory_wrote_it(self) -> None:
        log = Log()
        log.add(event(**{"suyuan:test": checked("<0.01", "pass")}), LOT, owner=LAB)
        (found,) = log.story().tests
        assert (found.value, found.limit, found.unit) == ("<0.01", "0.1", "mg/kg")
        assert (found.result, found.who.role, found.about) == ("pass", "certifier", None)
        assert (found.method, found.report) == (None, None)
        assert found.day == date(2026, 9, 17)

    def test_of_an_ingredient_says_of_which(self) -> None:
        log = Log()
        log.add(event(**{"suyuan:test": checked("0.05", "pass")}), RAW, owner=LAB)
        assert log.story().tests[0].about.lot == "R-1"  # type: ignore[union-attr]

    def test_a_failed_one_shows_on_top_until_a_newer_one_passes(self) -> None:
        log = Log()
        log.add(event(**{"suyuan:test": checked("0.31", "fail")}), LOT, owner=LAB)
        assert face_of(log.story(), standing(), TODAY) == "failing"
        other = checked("0.01", "pass") | {"item": {"zh": "氯氰菊酯"}}
        log.add(event("inspecting", "2026-09-18", **{"suyuan:test": [other]}), LOT, owner=LAB)
        assert face_of(log.story(), standing(), TODAY) == "failing"
        log.add(
            event("inspecting", "2026-09-19", **{"suyuan:test": checked("0.02", "pass")}),
            LOT,
            owner=LAB,
        )
        assert face_of(log.story(), standing(), TODAY) == "issued"
        assert len(log.story().tests) == 3

    def test_what_a_laboratory_found_is_not_taken_back_by_who_keeps_the_books(self) -> None:
        log = Log()
        log.add(event(**{"suyuan:test": checked("0.31", "fail")}), LOT, owner=LAB)
        passed = event("inspecting", "2026-09-19", **{"suyuan:test": checked("0.02", "pass")})
        log.add(passed, LOT)
        assert face_of(log.story(), standing(), TODAY) == "failing"
        log.add({**passed, "eventTime": "2026-09-20T08:30:00.000+08:00"}, LOT, owner=LAB)
        assert face_of(log.story(), standing(), TODAY) == "issued"


class TestFaces:
    def told(self, **members: Any) -> Story:
        log = Log()
        log.add(event("packing", **members), LOT)
        return log.story()

    def test_in_the_order_of_what_is_worst(self) -> None:
        log = Log()
        log.master(PRODUCT, **{"suyuan:shelfLifeDays": 1})
        log.add(event("packing"), LOT)
        waiting = standing(sealed_at=None, anchored_at=None)
        assert face_of(log.story(), waiting, TODAY) == "expired"
        log.add(event(disposition="destroyed"), LOT)
        assert face_of(log.story(), waiting, TODAY) == "withdrawn"
        log.add(event(**{"suyuan:test": checked("1", "fail")}), LOT)
        assert face_of(log.story(), waiting, TODAY) == "failing"
        log.add(recall(), RAW)
        assert face_of(log.story(), waiting, TODAY) == "recalled"

    @pytest.mark.parametrize(
        ("how", "face"),
        [
            ({}, "issued"),
            ({"anchored_at": None}, "unanchored"),
            ({"anchored_at": None, "chain_silent": True}, "silent"),
            ({"chain_silent": True}, "issued"),
            ({"anchored_at": None, "sealed_at": None, "chain_silent": True}, "unsealed"),
        ],
    )
    def test_how_far_sealing_and_anchoring_are(self, how: dict[str, Any], face: str) -> None:
        assert face_of(self.told(), standing(**how), TODAY) == face

    def test_the_last_day_is_not_past(self) -> None:
        told = self.told(ilmd={"cbvmda:bestBeforeDate": "2026-10-01"})
        assert face_of(told, standing(), TODAY) == "issued"
        assert face_of(told, standing(), date(2026, 10, 2)) == "expired"

    def test_part_of_a_lot_destroyed_takes_nothing_off_sale(self) -> None:
        some = [{"epcClass": LOT, "quantity": 2, "uom": "KGM"}]
        told = self.told(disposition="destroyed", quantityList=some)
        assert face_of(told, standing(), TODAY) == "issued"

    def test_what_is_back_on_sale_is(self) -> None:
        log = Log()
        log.add(event(disposition="damaged"), LOT)
        log.add(event(disposition="in_progress"), LOT)
        assert face_of(log.story(), standing(), TODAY) == "issued"

    def test_nothing_shown_is_said(self) -> None:
        log = Log()
        log.add(None, LOT, hidden=True)
        assert face_of(log.story(), standing(), TODAY) == "undisclosed"
        log.records.clear()
        log.add(None, LOT, erased_at=RECORDED)
        assert face_of(log.story(), standing(), TODAY) == "erased"


class TestWhoAndWhere:
    def test_each_organisation_and_what_it_did_in_order(self) -> None:
        log = Log()
        log.master(COOP, name={"zh": "合作社"}, **{"suyuan:county": {"zh": "云岭县"}})
        log.add(harvest("2026-09-10"), SEASON)
        log.add(event("packing", "2026-09-12"), LOT)
        log.add(event("packing", "2026-09-13"), LOT)
        log.add(
            event("inspecting", "2026-09-14", **{"suyuan:test": checked("1", "pass")}),
            LOT,
            owner=LAB,
        )
        first, second = log.story().parts
        assert first.who.names == Names("合作社", "合作社")
        assert first.who.county == Names("云岭县", "云岭县")
        assert [did.template for did in first.did] == ["Harvested", "Packed"]
        assert (second.who.id, second.who.names) == (LAB, None)

    def test_it_grew_where_its_season_was_worked(self) -> None:
        log = Log()
        log.master(FIELD, name={"zh": "前山坡"}, **{"suyuan:village": {"zh": "石桥村"}})
        log.add(applied("2026-07-01"), SEASON)
        assert log.story().origins == (), "nothing was harvested yet"
        log.add(harvest("2026-09-10"), SEASON)
        ((village, places),) = log.story().origins
        assert village == Names("石桥村", "石桥村")
        assert [place.names for place in places] == [Names("前山坡", "前山坡")]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-1000, 1000) | st.floats(-10, 10) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(["zh", "en", "value", "uom", "unit", "days", "item", "id", "epcClass",
                         "quantity", "name", "set", "unset", "digest", "celsius", "hours"]),
        inner, max_size=4,
    ),
    max_leaves=12,
)  # fmt: skip
FIELDS = st.dictionaries(
    st.sampled_from(["suyuan:test", "suyuan:area", "suyuan:purpose", "suyuan:dilution",
                     "suyuan:preHarvestInterval", "suyuan:observation", "suyuan:returned",
                     "suyuan:reason", "suyuan:advice", "suyuan:drying", "suyuan:sd", "ilmd",
                     "suyuan:attachments", "certificationInfo", "persistentDisposition",
                     "quantityList", "inputQuantityList", "epcList", "readPoint", "eventID",
                     "transformationID", "errorDeclaration", "disposition", "bizStep"]),
    JSON, max_size=8,
)  # fmt: skip


MASTERS = st.dictionaries(
    st.sampled_from(["name", "suyuan:county", "suyuan:netWeight", "suyuan:shelfLifeDays"]), JSON
)


@given(fields=FIELDS, master=MASTERS)
def test_members_of_any_shape_are_read_or_left_out(
    fields: dict[str, Any], master: dict[str, Any]
) -> None:
    """Our vocabulary is not validated at capture, and a page must stand all the same."""
    log = Log()
    log.master(PRODUCT, **master)
    log.master(COOP, **master)
    log.add({**applied("2026-08-20"), **fields}, LOT, SEASON)
    log.add(harvest("2026-09-10"), SEASON)
    told = log.story()
    assert face_of(told, standing(), TODAY) in {
        "issued",
        "recalled",
        "failing",
        "withdrawn",
        "expired",
    }
