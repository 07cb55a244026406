"""Honest logs of any shape never fail, whatever is hidden; and nothing can be taken out of them.

The lies, one by one, are in tests/bundle_cases.py.
"""

from __future__ import annotations

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
    Season,
    observed,
    unboxed,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from logbuilder import Key, LogBuilder, encode, event, quantities

from suyuan.core.verify import verify_bundle

LOTS = (LOT, RAW)
PACKS = tuple(f"{PRODUCT}/10/LOT-1/21/P{n}" for n in range(3))
CARTONS = (CARTON, "https://id.gs1.org/00/095212340000000020")
POLICY = LogBuilder().policy

some = st.sampled_from
lots = st.lists(some(LOTS), min_size=1, max_size=2, unique=True)
packs = st.lists(some(PACKS), min_size=1, max_size=3, unique=True)
# Each is a function of what a log can do next: (kind, keyword arguments of the event).
STEPS: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.builds(
        lambda made, action, step: event(
            "ObjectEvent", action=action, bizStep=step, quantityList=quantities(*made)
        ),
        lots,
        some(["ADD", "OBSERVE"]),
        some(["receiving", "shipping", "inspecting", "packing"]),
    ),
    st.builds(
        lambda used, made, season: event(
            "TransformationEvent",
            inputQuantityList=quantities(*used),
            outputEPCList=made,
            **({"transformationID": SEASON} if season else {}),
        ),
        lots,
        packs,
        st.booleans(),
    ),
    st.builds(lambda seen: event("ObjectEvent", action="OBSERVE", epcList=seen), packs),
    st.builds(
        lambda action, parent, children: event(
            "AggregationEvent", action=action, parentID=parent, childEPCs=children
        ),
        some(["ADD", "DELETE", "OBSERVE"]),
        some(CARTONS),
        st.lists(some([*PACKS, *CARTONS]), max_size=2, unique=True),
    ),
    st.builds(
        lambda parent: event("ObjectEvent", action="OBSERVE", epcList=[parent]), some(CARTONS)
    ),
)


@st.composite
def logs(draw: st.DrawFn, *, erasing: bool) -> tuple[LogBuilder, str]:
    """A log and one of the objects in it."""
    log = LogBuilder()
    log.enrol("coop", COOP)
    log.enrol("lab", LAB, "certifier")
    begun = log.size
    for value in draw(st.lists(STEPS, min_size=2, max_size=10)):
        log.event(value, by=draw(some(["coop", "lab"])))
        if erasing and draw(st.integers(0, 5)) == 0:
            log.erase(draw(st.integers(begun, log.size - 1)))
    if draw(st.booleans()):
        log.revoke("lab", "certifier", by=draw(some(["admin", "lab"])), suspectSince=begun)
    objects = {name for r in log.records[begun:] for name in r.touches.extends if ":" in name}
    return log, draw(some(sorted(objects)))


MANY = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None
)


@MANY
@given(logs(erasing=False))
def test_an_honest_log_shown_whole_never_fails(made: tuple[LogBuilder, str]) -> None:
    log, subject = made
    report = verify_bundle(encode(log.bundle(subject)), POLICY)
    assert report.verdict == "anchor not checked", report.text
    assert (report.hidden, report.erased) == (0, 0)
    assert "not shown" not in "".join(problem.text for problem in report.unknown)


@MANY
@given(logs(erasing=True), st.data())
def test_an_honest_log_never_fails_whatever_is_hidden_or_erased(
    made: tuple[LogBuilder, str], data: st.DataObject
) -> None:
    log, subject = made
    shown = [r.index for r in log.records if r.kind != "key"]
    hide = set(data.draw(st.lists(some(shown), max_size=4)))
    bundle = log.bundle(subject, hide=hide)
    report = verify_bundle(encode(bundle), POLICY)
    assert report.verdict == "anchor not checked", report.text
    missing = sum(record["content"] is None for record in bundle["records"])
    assert report.hidden + report.erased == missing
    if missing:
        assert report.complete == "unknown"


@MANY
@given(logs(erasing=False), st.data())
def test_nothing_can_be_taken_out(made: tuple[LogBuilder, str], data: st.DataObject) -> None:
    log, subject = made
    bundle = log.bundle(subject)
    bundle["records"].pop(data.draw(st.integers(0, len(bundle["records"]) - 1)))
    report = verify_bundle(encode(bundle), POLICY)
    assert (report.step, report.complete) == ("complete", "no")


@MANY
@given(logs(erasing=False), st.data())
def test_no_line_on_the_newest_records_can_be_changed(
    made: tuple[LogBuilder, str], data: st.DataObject
) -> None:
    log, subject = made
    bundle = log.bundle(subject)
    _, members = log.gather(subject, log.size)
    newest = {name: tip.leaf if (tip := log.tip(name)) else None for name in members}
    name = data.draw(some(sorted(newest)))
    others = [record.leaf for record in log.records if record.leaf != newest[name]]
    how = data.draw(some(["drop", "deny", "other"]))
    if how == "drop":
        del newest[name]
    elif how == "deny" and newest[name] is not None:
        newest[name] = None
    else:
        newest[name] = data.draw(some(others))
    report = verify_bundle(encode({**bundle, "tips": log.tips_note(newest)}), POLICY)
    assert (report.step, report.complete) == ("complete", "no")


def unknowns(log: LogBuilder, subject: str, **how: Any) -> list[str]:
    report = verify_bundle(encode(log.bundle(subject, **how)), POLICY)
    assert report.verdict == "anchor not checked", report.text
    return [problem.text for problem in report.unknown]


@pytest.mark.parametrize(
    ("first", "known"),
    [
        (event("ObjectEvent", action="ADD", quantityList=quantities(LOT)), True),
        (event("TransformationEvent", outputQuantityList=quantities(LOT)), True),
        (observed(LOT, "receiving"), True),
        (observed(LOT, "receiving", disposition="active"), True),
        (observed(LOT, "receiving", disposition="recalled"), False),
        (observed(LOT), False),
        (event("ObjectEvent", action="DELETE", quantityList=quantities(LOT)), False),
        (event("AggregationEvent", action="ADD", quantityList=quantities(LOT)), False),
    ],
)
def test_a_lot_begins_where_it_is_made_or_received(first: dict[str, Any], known: bool) -> None:
    log = LogBuilder()
    log.enrol("coop", COOP)
    log.event(first, by="coop")
    log.event(event("ObjectEvent", action="ADD", quantityList=quantities(LOT)), by="coop")
    assert unknowns(log, LOT) == (
        [] if known else [f"the bundle does not say where {LOT} comes from"]
    )
    # The same for an input of what is made of it.
    made = event("TransformationEvent", inputQuantityList=quantities(LOT), outputEPCList=[PACK])
    log.event(made, by="coop")
    assert bool(unknowns(log, PACK)) is not known


def test_a_holding_of_something_else_is_no_beginning() -> None:
    """The name of a lot is a name of its own, and so is that of a URI with a fragment."""
    log = LogBuilder()
    log.enrol("coop", COOP)
    thing = "https://node.example.cn/crate"
    log.event(event("ObjectEvent", action="OBSERVE", epcList=[f"{thing}#1"]), by="coop")
    made = event("ObjectEvent", action="ADD", epcList=[f"{thing}#2"])
    log.event(made, by="coop")
    log.event(
        event("TransformationEvent", inputEPCList=[thing, f"{thing}#2"], outputEPCList=[CARTON]),
        by="coop",
    )
    assert unknowns(log, CARTON) == [f"the bundle does not say where {thing} comes from"]


def test_why_it_is_unknown_is_said_with_a_number_and_the_first() -> None:
    season = Season()
    hide = [season.at["harvest"], season.at["seed"]]
    (why,) = unknowns(season.log, PACK, hide=hide)
    assert why == f"contents that are not shown: 2, the first of record {season.at['seed']}"


def test_a_hidden_unpacking_excuses_only_its_own_carton() -> None:
    season = Season()
    hidden = season.log.event(unboxed(PACK), by="coop")
    assert CARTON not in season.log.bundle(PACK)["tips"]
    assert unknowns(season.log, PACK, hide=[hidden])
    # Put back in by a record that is shown, it has to be named again.
    season.log.event(
        event("AggregationEvent", action="ADD", parentID=CARTON, childEPCs=[PACK]), by="coop"
    )
    bundle = season.log.bundle(PACK, hide=[hidden])
    assert CARTON in bundle["tips"]

    def forget(newest: dict[str, bytes | None]) -> None:
        del newest[CARTON]

    report = verify_bundle(encode(season.resign_tips(bundle, forget)), POLICY)
    assert (report.step, report.complete) == ("complete", "no")


def test_chained_hidden_records_may_have_unpacked_it_too() -> None:
    """One hidden record touches the carton, the next is linked to that one alone."""
    season = Season()
    first = season.log.event(observed(CARTON), by="coop")
    second = season.log.event(unboxed(), by="coop")
    assert unknowns(season.log, PACK, hide=[first, second])


def test_records_marked_as_suspect_keep_their_verdict() -> None:
    season = Season()
    index = season.at["harvest"]
    season.log.revoke("coop", suspectSince=index)
    report = verify_bundle(encode(season.bundle()), POLICY)
    assert report.complete == "yes"
    assert report.suspect[0] == index
    signed = {r.index for r in season.log.records if r.kid == Key("coop").kid and r.index >= index}
    assert set(report.suspect) == signed


def test_a_bundle_as_of_an_earlier_size_is_complete_as_of_then() -> None:
    season = Season()
    size = season.log.size
    season.log.event(observed(RAW, disposition="recalled"), by="coop")
    report = verify_bundle(encode(season.bundle(size=size)), POLICY)
    assert (report.complete, report.size) == ("yes", size)
    later = verify_bundle(encode(season.bundle()), POLICY)
    assert later.newest_record_time is not None
    assert report.newest_record_time is not None
    assert later.newest_record_time > report.newest_record_time


def test_unknown_members_of_the_tips_pass_only_where_something_is_hidden() -> None:
    season = Season()
    extra = {f"{PRODUCT}/10/MORE": None}

    def more(newest: dict[str, bytes | None]) -> None:
        newest.update(extra)

    hidden = season.bundle(hide=[season.at["harvest"]])
    assert verify_bundle(encode(season.resign_tips(hidden, more)), POLICY).complete == "unknown"
    shown = season.bundle()
    assert verify_bundle(encode(season.resign_tips(shown, more)), POLICY).complete == "no"
