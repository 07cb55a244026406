"""Rule 9: what stands against releasing a lot."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from cases import DRUG, RAW, SEASON, case, deed, item, label, lot, only, template, verdicts

from suyuan.core.farm.deed import Deed, Kind
from suyuan.core.rules.case import Case
from suyuan.core.rules.finding import Basis, worst
from suyuan.core.rules.judge import before_market, before_release
from suyuan.core.story_values import Names

DRY = "https://id.gs1.org/01/09521234000051"
FRESH, DONE = lot(RAW, "L1"), lot(DRY, "D1")
TEA = {"crop": "茶树", "preHarvestDays": 14}
MASTERS = {DRUG: label(kind="pesticide", ingredients=["苦参碱"], toxicity="低毒", crops=[TEA])}


def story(sprayed: str = "2026-03-01", *more: Deed) -> list[Deed]:
    return [
        deed("applying", sprayed, season=SEASON, inputs=[item(lot(DRUG, "A"), 1, "LTR")]),
        deed("harvest", "2026-04-01", season=SEASON, outputs=[item(FRESH, 100)]),
        deed("processing", "2026-04-02", step="processing", inputs=[item(FRESH, 100)],
             outputs=[item(DONE, 25)]),
        *more,
    ]  # fmt: skip


def certified(lot_: str, /, **members: Any) -> Deed:
    given = {"number": "C-1", "type": "承诺达标合格证", **members}
    return deed("certificate", "2026-04-03", about=[item(lot_)], stated={"certificate": given})


def result_of(result: str | None, day: str = "2026-04-03", of: str = DONE) -> Deed:
    given = {"item": "多菌灵", "value": "0.01", "limit": "0.1", "result": result}
    return deed("test", day, about=[item(of)], stated={"test": given})


def at_gate(deeds: list[Deed], **changes: Any) -> Case:
    return case(deeds, replace(template("tea"), **changes), masters=MASTERS)


NEEDS_TEST = {"tests": ((Names("多菌灵", "Carbendazim"), Basis(Names("县", "county"))),)}


def test_all_in_order_passes() -> None:
    found = before_release(at_gate(story("2026-03-01", certified(DONE))), DONE)
    assert worst(found) == "pass"
    assert {one.code for one in found} == {"interval", "ban", "certificate", "hold", "balance"}


def test_an_interval_broken_before_the_harvest_blocks_the_lot_made_of_it() -> None:
    found = before_release(at_gate(story("2026-03-25", certified(DONE))), DONE)
    assert only(found, "interval").verdict == "block"


def test_what_was_picked_too_early_is_in_its_own_lots_and_in_what_they_were_blended_into() -> None:
    early = lot(RAW, "L0")
    deeds = [
        deed("applying", "2026-03-01", season=SEASON, inputs=[item(lot(DRUG, "A"), 1, "LTR")]),
        deed("harvest", "2026-03-05", season=SEASON, outputs=[item(early, 10)]),
        deed("harvest", "2026-04-01", season=SEASON, outputs=[item(FRESH, 100)]),
    ]
    apart = [*deeds, deed("processing", "2026-04-02", step="processing", inputs=[item(FRESH, 100)],
                          outputs=[item(DONE, 25)])]  # fmt: skip
    blended = [*deeds, deed("processing", "2026-04-02", step="processing",
                            inputs=[item(FRESH, 100), item(early, 10)],
                            outputs=[item(DONE, 27)])]  # fmt: skip
    assert only(before_release(at_gate(apart), DONE), "interval").verdict == "pass"
    assert only(before_release(at_gate(apart), early), "interval").verdict == "block"
    assert only(before_release(at_gate(blended), DONE), "interval").verdict == "block"


def test_a_lot_of_which_no_record_speaks_is_unknown() -> None:
    assert verdicts(before_release(at_gate(story()), lot(DRY, "D9"))) == ["unknown"]


def test_a_certificate_is_due_for_fresh_tea_and_only_the_lot_s_own_counts() -> None:
    none = before_release(at_gate(story()), DONE)
    other = before_release(at_gate(story("2026-03-01", certified(FRESH))), DONE)
    assert only(none, "certificate").verdict == only(other, "certificate").verdict == "block"
    assert only(none, "certificate").basis is not None


def test_void_and_expired_certificates_do_not_count() -> None:
    void = before_release(at_gate(story("2026-03-01", certified(DONE, status="void"))), DONE)
    old = before_release(at_gate(story("2026-03-01", certified(DONE, until="2026-05-01"))), DONE)
    assert only(void, "certificate").verdict == only(old, "certificate").verdict == "block"


def test_none_is_due_for_hickory_or_before_february_2026() -> None:
    hickory = case(story(), "hickory", masters=MASTERS)
    assert only(before_release(hickory, DONE), "certificate").verdict == "pass"
    early = replace(at_gate(story()), now="2026-01-31T02:00:00.000Z")
    assert only(before_release(early, DONE), "certificate").verdict == "pass"


def test_a_required_test_is_missing_failed_or_passed() -> None:
    def verdict(*tests: Deed) -> str:
        found = before_release(at_gate(story("2026-03-01", *tests), **NEEDS_TEST), DONE)
        return worst(one for one in found if one.code == "test")

    assert verdict() == "block"
    assert verdict(result_of("pass")) == "pass"
    assert verdict(result_of("pass", of=FRESH)) == "pass"
    assert verdict(result_of("fail")) == "block"
    assert verdict(result_of(None)) == "unknown"
    assert verdict(result_of("fail"), result_of("pass", "2026-04-09")) == "pass"
    assert verdict(result_of("pass"), result_of("fail", "2026-04-09")) == "block"


def test_a_banned_ingredient_blocks() -> None:
    masters = {DRUG: label(kind="pesticide", ingredients=["氰戊菊酯"], crops=[TEA])}
    found = before_release(case(story("2026-03-01", certified(DONE)), masters=masters), DONE)
    assert only(found, "ban").verdict == "block"


def test_living_animals_within_the_withdrawal_period_stay() -> None:
    masters = {
        DRUG: label(kind="veterinary", withdrawal=[{"animal": "猪", "product": "meat", "days": 28}])
    }
    treated = deed("applying", "2026-11-20", season=SEASON, inputs=[item(lot(DRUG, "A"), 1, "LTR")])
    pigs = case([treated], "shaziling-pig", masters=masters)
    assert "block" in verdicts(before_release(pigs, SEASON), "interval")
    later = replace(pigs, now="2026-12-18T02:00:00.000Z")
    assert "block" not in verdicts(before_release(later, SEASON), "interval")


def test_a_template_that_asks_for_less_is_asked_less() -> None:
    found = before_release(at_gate(story("2026-03-25"), gates=("ban",)), DONE)
    assert {one.code for one in found} == {"ban", "hold", "balance"}, "these are asked always"


def act(of: str, **event: Any) -> Deed:
    """A hold, a recall, or the end of one."""
    disposition = event.pop("disposition", "non_sellable_other")
    kind: Kind = "recall" if disposition == "recalled" else "holding"
    made = {
        "type": "ObjectEvent", "action": "OBSERVE", "bizStep": "holding",
        "disposition": disposition, "quantityList": [{"epcClass": of}], **event,
    }  # fmt: skip
    return replace(
        deed(kind, "2026-04-05", about=[item(of)], stated={"reason": "检出残留"}), event=made
    )


def at(index: int, one: Deed, organisation: str = "us") -> Deed:
    return replace(one, index=index, organisation=organisation)


def test_a_hold_on_anything_behind_it_closes_the_gate_until_its_author_ends_it() -> None:
    free = act(FRESH, disposition="sellable_accessible")
    for of in (DONE, FRESH, lot(DRUG, "A")):
        held = at(90, act(of))
        found = only(before_release(at_gate(story("2026-03-01", held)), DONE), "hold")
        assert found.verdict == "block"
        assert found.records == (90,)
        assert found.text.params["reason"] == Names("检出残留", "检出残留")
    held = at(90, act(FRESH))
    for who, verdict in (("us", "pass"), ("them", "block")):
        deeds = story("2026-03-01", held, at(91, free, who))
        assert only(before_release(at_gate(deeds), DONE), "hold").verdict == verdict
    other = at(90, act(lot(RAW, "L9")))
    assert only(before_release(at_gate(story("2026-03-01", other)), DONE), "hold").verdict == "pass"


def test_a_recall_says_that_it_is_one() -> None:
    called = at(90, act(FRESH, disposition="recalled"))
    found = only(before_release(at_gate(story("2026-03-01", called)), DONE), "hold")
    assert found.facts["state"] == "recalled"
    assert "recalled" in found.text.template


def test_more_out_than_in_behind_it_closes_the_gate() -> None:
    deeds = [
        deed("harvest", "2026-04-01", season=SEASON, outputs=[item(FRESH, 100)]),
        deed("processing", "2026-04-02", step="processing", inputs=[item(FRESH, 100)],
             outputs=[item(DONE, 120)]),
    ]  # fmt: skip
    assert only(before_release(at_gate(deeds), DONE), "balance").verdict == "block"
    unsaid = [*deeds[:1], replace(deeds[1], outputs=(item(DONE),))]
    assert only(before_release(at_gate(unsaid), DONE), "balance").verdict == "unknown"


def test_a_certificate_is_taken_back_by_who_issued_it_alone() -> None:
    issued = replace(certified(DONE), event_id="urn:x:c", organisation="us", index=80)
    for who, verdict in (("us", "block"), ("them", "pass")):
        back = replace(
            certified(DONE, **{"status": "void", "of": "urn:x:c"}),
            event_id="urn:x:v",
            organisation=who,
            index=81,
        )
        found = only(
            before_release(at_gate(story("2026-03-01", issued, back)), DONE), "certificate"
        )
        assert found.verdict == verdict


def test_a_market_asks_for_the_release_and_heeds_who_refused_it() -> None:
    deeds = story("2026-03-01", certified(DONE))
    assert only(before_market(at_gate(deeds), DONE), "release").verdict == "warn"
    released = deed("release", "2026-04-04", about=[item(DONE)], stated={"release": {}})
    refused = deed(
        "check_in", "2026-04-05", about=[item(DONE)],
        stated={"checkIn": {"verdict": "refused", "market": "城东"}},
    )  # fmt: skip
    found = before_market(at_gate([*deeds, released, refused]), DONE)
    assert only(found, "release").verdict == "pass"
    assert only(found, "check-in").verdict == "warn"
    assert only(found, "check-in").text.params["market"] == "城东"


def test_animals_that_nobody_accounts_for_close_the_gate() -> None:
    meat = lot(RAW, "M1")

    def slaughtered(number: int, **stated: Any) -> Case:
        deeds = [
            deed("stocking", "2026-01-10", season=SEASON, inputs=[item("urn:piglets", 5, "H87")],
                 stated=stated),
            deed("processing", "2026-06-01", step="killing", season=SEASON,
                 inputs=[item(SEASON, number, "H87")], outputs=[item(meat, 400)]),
        ]  # fmt: skip
        return case(deeds, "shaziling-pig", masters=MASTERS)

    quarantined = {"quarantineCertificate": "4303260001"}
    assert only(before_release(slaughtered(5, **quarantined), meat), "heads").verdict == "pass"
    assert only(before_release(slaughtered(6, **quarantined), meat), "heads").verdict == "block"
    assert only(before_release(slaughtered(5), meat), "heads").verdict == "block"


def test_who_made_the_lot_does_not_take_back_what_somebody_else_found() -> None:
    lab, own = "https://node.example/org/lab", story("2026-03-01", certified(DONE))
    failed = replace(result_of("fail"), organisation=lab)
    again = result_of("pass", "2026-04-04")
    assert only(before_release(at_gate([*own, failed, again]), DONE), "test").verdict == "block"
    theirs = replace(again, organisation="https://node.example/org/bureau")
    assert not [
        one for one in before_release(at_gate([*own, failed, theirs]), DONE) if one.code == "test"
    ]


def test_a_blend_stands_no_better_than_what_failed_of_it() -> None:
    one, other, blend = lot(DRY, "D1"), lot(DRY, "D2"), lot(DRY, "D3")
    deeds = story(
        "2026-03-01", certified(blend), result_of("fail", "2026-04-03", one),
        result_of("pass", "2026-04-04", other),
        deed("processing", "2026-04-05", step="blending", inputs=[item(one, 20), item(other, 20)],
             outputs=[item(blend, 40)]),
    )  # fmt: skip
    assert only(before_release(at_gate(deeds), blend), "test").verdict == "block"
    needed = before_release(at_gate(deeds, **NEEDS_TEST), blend)
    assert only(needed, "test").verdict == "block"
    mended = [*deeds, result_of("pass", "2026-04-06", blend)]
    assert not [one for one in before_release(at_gate(mended), blend) if one.code == "test"]
