"""Rule 9 afterwards: what left in spite of a hold, by the order of the log."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from cases import case, deed, item, lot

from suyuan.core.farm.deed import Deed, Kind
from suyuan.core.farm.read import read_deed
from suyuan.core.rules.judge import before_market, before_release
from suyuan.core.rules.left import left

LOT = lot("https://id.gs1.org/01/09521234000044", "L1")
CARTON = "https://id.gs1.org/00/395212340000000014"
TEA = lot("https://id.gs1.org/01/09521234000051", "T1")


def held(index: int, disposition: str = "non_sellable_other", thing: str = LOT) -> Deed:
    event = {
        "type": "ObjectEvent", "action": "OBSERVE", "bizStep": "holding", "disposition": disposition,
        "quantityList": [{"epcClass": thing}],
    }  # fmt: skip
    kind: Kind = "recall" if disposition == "recalled" else "holding"
    made = deed(kind, "2026-05-01", about=[item(thing)], event=event, index=index)
    return replace(made, event_id=f"urn:x:{index}")


def went(index: int, kind: Kind = "selling", thing: str = LOT, day: str = "2026-05-02") -> Deed:
    made = deed(kind, day, about=[item(thing, 1)], index=index)
    return replace(made, event_id=f"urn:x:{index}")


def override(index: int, *events: str, of: str = LOT) -> Deed:
    given: dict[str, Any] = {
        "rule": "9/hold",
        "of": of,
        "events": list(events),
        "reason": "to destroy",
    }
    return deed("override", "2026-05-02", about=[item(of)], stated={"override": given}, index=index)


def records(*deeds: Deed) -> list[tuple[int, ...]]:
    return [one.records for one in left(case(list(deeds)))]


def test_what_was_sold_between_a_hold_and_its_end_is_told() -> None:
    begun = deed("harvest", "2026-04-01", outputs=[item(LOT, 100)], index=1)
    found = records(
        begun,
        went(2),
        held(3),
        went(4),
        went(5, "shipping"),
        held(6, "sellable_accessible"),
        went(7),
    )
    assert found == [(3, 4), (3, 5)]
    assert records(begun, went(2), held(3)) == []


def test_both_gates_of_a_lot_tell_that_it_left_in_a_carton() -> None:
    boxed = boxing(2, "2026-04-30T10:00:00.000+08:00")
    begun = deed("harvest", "2026-04-01", outputs=[item(LOT, 100)], index=1)
    known = case([begun, boxed, held(3), went(4, "shipping", CARTON)])
    for asked in (before_release, before_market):
        (told,) = (one for one in asked(known, LOT) if one.code == "left")
        assert (told.of, told.records) == (CARTON, (3, 4))


def boxing(index: int, time: str, action: str = "ADD") -> Deed:
    event = {
        "type": "AggregationEvent", "action": action, "bizStep": "packing", "parentID": CARTON,
        "eventTime": time, "eventTimeZoneOffset": "+08:00",
        "childQuantityList": [{"epcClass": LOT, "quantity": 5, "uom": "KGM"}],
    }  # fmt: skip
    return replace(read_deed(event, "https://node.example/org/coop"), index=index)


def test_what_lay_in_a_carton_when_it_left_counts_however_late_it_is_told() -> None:
    begun = deed("harvest", "2026-04-01", outputs=[item(LOT, 100)], index=1)
    sent = went(3, "shipping", CARTON)
    late = boxing(4, "2026-04-30T10:00:00.000+08:00")
    for asked in (before_release, before_market):
        (told,) = (
            one for one in asked(case([begun, held(2), sent, late]), LOT) if one.code == "left"
        )
        assert (told.of, told.records) == (CARTON, (2, 3))
    # Put in after it had left and come back; taken out before, which was told later; held since.
    assert records(begun, held(2), sent, boxing(4, "2026-06-01T10:00:00.000+08:00")) == []
    out = boxing(5, "2026-05-01T10:00:00.000+08:00", "DELETE")
    assert records(begun, held(2), sent, late, out) == []
    assert records(begun, replace(sent, index=2), held(3), late) == []


def test_what_was_taken_out_after_it_left_was_in_it() -> None:
    begun = deed("harvest", "2026-04-01", outputs=[item(LOT, 100)], index=1)
    put = boxing(2, "2026-04-30T10:00:00.000+08:00")
    out = boxing(4, "2026-06-01T10:00:00.000+08:00", "DELETE")
    assert records(begun, put, held(3), out, went(5, "shipping", CARTON)) == [(3, 5)]


def test_the_log_s_order_counts_and_not_the_days_in_the_records() -> None:
    begun = deed("harvest", "2026-04-01", outputs=[item(LOT, 100)], index=1)
    assert records(begun, held(3), went(4, day="2026-04-20")) == [(3, 4)]


def test_what_it_was_made_from_may_have_been_stopped() -> None:
    made = [
        deed("harvest", "2026-04-01", outputs=[item(LOT, 100)], index=1),
        deed("processing", "2026-04-02", step="processing", inputs=[item(LOT, 100)],
             outputs=[item(TEA, 25)], index=2),
    ]  # fmt: skip
    (found,) = left(case([*made, held(3, "recalled"), went(4, thing=TEA)]))
    assert (found.of, found.verdict, found.facts["state"]) == (TEA, "warn", "recalled")


def test_what_somebody_answered_for_before_or_with_it_is_no_breach() -> None:
    begun = deed("harvest", "2026-04-01", outputs=[item(LOT, 100)], index=1)
    assert records(begun, held(2), override(3, "urn:x:2"), went(4)) == []
    with_it = override(5, "urn:x:2", "urn:x:4")
    assert records(begun, held(2), went(4), with_it) == []
    assert records(begun, held(2), went(4), override(5, "urn:x:2")) == [(2, 4)]


def test_a_run_of_sales_under_one_hold_is_told_one_by_one() -> None:
    begun = deed("harvest", "2026-04-01", outputs=[item(LOT, 100)], index=1)
    sales = [went(index) for index in range(3, 2_003)]
    assert len(records(begun, held(2), *sales)) == 2_000
