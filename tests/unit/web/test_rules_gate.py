"""Filing farm records: what a rule blocks is not filed, unless a named person lets it pass."""

from __future__ import annotations

from typing import Any

from certified import issued
from farm_season import BOTTLES, PICKED, PLOT, SEASON, begin, bought, picked, record, sprayed
from nodes import World

from suyuan.core.rules.override import Overriding
from suyuan.flow.accounts import Caller
from suyuan.flow.books import Entry

HARVEST = {
    "day": "2026-04-01", "season": SEASON, "plots": [PLOT],
    "items": [{"item": PICKED, "amount": "100 公斤"}],
}  # fmt: skip
DEED = {"form": "harvest", "values": HARVEST}
SPRAY = {
    "form": "spraying",
    "values": {"day": "2026-09-08", "season": SEASON, "plots": [PLOT], "area": "5 亩",
               "purpose": "茶小绿叶蝉",
               "items": [{"item": BOTTLES, "amount": "500 毫升"}]},
}  # fmt: skip
WORD = {"rule": "1/interval", "person": "张建国", "reason": "已送检，结果合格"}


def send(world: World, path: str, body: Any, *, status: int, lang: str = "en", **head: str) -> Any:
    head = {**world.head("coop"), "Accept-Language": lang, **head}
    answer = world.client.post(path, json=body, headers=head)
    assert answer.status_code == status, answer.text
    return answer.json()


def size(world: World) -> int:
    return world.node.database.log.tail().size


def test_before_filing_the_form_says_the_earliest_harvest(world: World) -> None:
    begin(world)
    record(world, bought())
    before = size(world)
    told = send(world, "/farm/check", SPRAY, status=200, lang="zh")
    texts = [one["text"] for one in told["findings"]]
    assert "苦参碱：最早可采收 9月22日（星期二）" in texts
    assert size(world) == before


def test_a_harvest_too_early_is_not_filed_and_the_answer_says_why(world: World) -> None:
    begin(world)
    record(world, bought(), sprayed("2026-03-25"))
    before = size(world)
    told = send(world, "/farm/deeds", DEED, status=409, lang="zh")
    assert told["title"] == "规则不允许"
    (found,) = told["findings"]
    assert found["rule"] == "1/interval"
    assert "最早 4月8日（星期三）" in found["text"]
    assert size(world) == before
    send(world, "/farm/deeds", {**DEED, "values": {**HARVEST, "day": "2026-04-08"}}, status=201)


def test_an_override_is_filed_in_the_same_append_and_the_same_again_answers_the_same(
    world: World,
) -> None:
    begin(world)
    record(world, bought(), sprayed("2026-03-25"))
    before = size(world)
    body = {**DEED, "overrides": [WORD]}
    first = send(world, "/farm/deeds", body, status=201, **{"Idempotency-Key": "k"})
    assert first["indices"] == [before]
    assert size(world) == before + 2
    again = send(world, "/farm/deeds", body, status=201, **{"Idempotency-Key": "k"})
    assert again == first
    assert size(world) == before + 2
    head = world.head("coop")
    season = world.client.get("/rules/check", params={"subject": SEASON}, headers=head).json()
    (found,) = [one for one in season["findings"] if one["rule"] == "1/interval"]
    assert found["override"] == {"index": before + 1, "person": "张建国", "reason": WORD["reason"]}


def test_an_override_says_who_typed_it_as_its_record_does(world: World) -> None:
    begin(world)
    record(world, bought(), sprayed("2026-03-25"))
    caller = Caller(world.org("coop"), "recorder", "990101", "test")
    typist = "https://node.example/person/typist"
    before = size(world)
    world.node.books.record(
        caller, [Entry("harvest", HARVEST)], typed_by=typist,
        overrides=[Overriding(WORD["rule"], WORD["person"], WORD["reason"])],
    )  # fmt: skip
    filed = [world.node.books.one(caller.viewer, index).deed for index in (before, before + 1)]
    assert [one.kind for one in filed] == ["harvest", "override"]
    assert [one.event["suyuan:recordedBy"] for one in filed] == [typist, typist]


def test_an_override_that_nothing_needs_or_that_says_nothing_is_refused(world: World) -> None:
    begin(world)
    record(world, bought(), sprayed("2026-03-01"))
    before = size(world)
    told = send(world, "/farm/deeds", {**DEED, "overrides": [WORD]}, status=400)
    assert told["errors"][0]["path"] == "/overrides/0"
    record(world, sprayed("2026-03-25", number=9))
    silent = [{**WORD, "reason": " "}]
    told = send(world, "/farm/deeds", {**DEED, "overrides": silent}, status=400)
    assert told["errors"][0]["path"] == "/overrides/0/reason"
    for wrong in ([{**WORD, "x": 1}], ["x"], "x", [{"rule": "1/interval"}]):
        send(world, "/farm/deeds", {**DEED, "overrides": wrong}, status=400)
    assert size(world) == before + 1


def test_drafts_are_filed_under_the_same_rules(world: World) -> None:
    begin(world)
    record(world, bought(), sprayed("2026-03-25"))
    draft = send(world, "/farm/drafts", DEED, status=201)
    before = size(world)
    send(world, "/farm/filings", {"drafts": [draft["id"]]}, status=409)
    assert size(world) == before
    body = {"drafts": [draft["id"]], "overrides": [WORD]}
    assert send(world, "/farm/filings", body, status=201)["indices"] == [before]
    assert send(world, "/farm/filings", {"drafts": [draft["id"]]}, status=201)["indices"] == [
        before
    ]


def test_a_correction_is_judged_without_what_it_corrects(world: World) -> None:
    begin(world)
    record(world, bought())
    (spray,) = send(world, "/farm/deeds", SPRAY, status=201)["indices"]
    early = {**DEED, "values": {**HARVEST, "day": "2026-09-20"}}
    send(world, "/farm/deeds", early, status=409)
    mended = {**SPRAY, "values": {**SPRAY["values"], "day": "2026-09-01"}}  # type: ignore[dict-item]
    send(world, f"/farm/deeds/{spray}/correction", mended, status=201)
    send(world, "/farm/deeds", early, status=201)


def test_what_the_template_asks_for_must_not_stay_empty(world: World) -> None:
    begin(world)
    record(world, bought())
    before = size(world)
    given = {name: value for name, value in SPRAY["values"].items() if name != "purpose"}  # type: ignore[attr-defined]
    told = send(world, "/farm/deeds", {**SPRAY, "values": given}, status=400)
    assert [one["path"] for one in told["errors"]] == ["/purpose"]
    assert size(world) == before


def test_a_lot_leaves_only_through_the_gate(world: World) -> None:
    begin(world)
    record(world, bought(), sprayed("2026-03-01"), picked("2026-04-01"))
    sale = {
        "form": "selling",
        "values": {"day": "2026-04-02", "items": [{"item": PICKED, "amount": "100 公斤"}],
                   "buyer_name": "李秀英"},
    }  # fmt: skip
    told = send(world, "/farm/deeds", sale, status=409)
    assert [one["rule"] for one in told["findings"]] == ["9/certificate"]
    issued(world, quantity="100 公斤")
    send(world, "/farm/deeds", sale, status=201)


def test_a_failed_test_is_filed_without_a_word_and_keeps_its_lot_from_leaving(world: World) -> None:
    begin(world)
    record(world, bought(), sprayed("2026-03-01"), picked("2026-04-01"))
    issued(world)
    test = {
        "form": "test",
        "values": {"day": "2026-04-02", "subject": [PICKED], "item": "多菌灵", "value": "0.31",
                   "limit": "0.1", "unit": "mg/kg", "result": "fail", "laboratory": "县检测站"},
    }  # fmt: skip
    told = send(world, "/farm/check", test, status=200, lang="zh")
    (found,) = [one for one in told["findings"] if one["rule"] == "3/limit"]
    assert found["verdict"] == "warn"
    assert found["text"].endswith("这份检测可以记入，但产品不得放行")
    send(world, "/farm/deeds", test, status=201)
    sale = {
        "form": "selling",
        "values": {"day": "2026-04-03", "items": [{"item": PICKED, "amount": "100 公斤"}],
                   "buyer_name": "李秀英"},
    }  # fmt: skip
    told = send(world, "/farm/deeds", sale, status=409)
    assert [one["rule"] for one in told["findings"]] == ["9/test"]
    word = {**WORD, "rule": "9/test"}
    send(world, "/farm/deeds", {**sale, "overrides": [word]}, status=201)


def test_what_partners_send_as_events_is_taken_and_the_findings_show(world: World) -> None:
    begin(world)
    record(world, bought(), sprayed("2026-03-25"), picked("2026-04-01"))
    head = world.head("coop")
    told = world.client.get("/rules/check", params={"subject": SEASON}, headers=head).json()
    assert told["verdict"] == "block"


def test_a_certificate_of_compliance_is_no_form_in_the_books(world: World) -> None:
    begin(world)
    record(world, bought(), sprayed("2026-03-01"), picked("2026-04-01"))
    paper = {"day": "2026-04-02", "subject": [PICKED], "number": "C-1", "type": "承诺达标合格证"}
    proof = {"form": "certificate", "values": paper}
    told = send(world, "/farm/deeds", proof, status=400, lang="zh")
    assert "要从它的批次开具" in told["detail"]
    send(world, "/farm/deeds", {**proof, "values": {**paper, "type": "绿色食品"}}, status=201)
