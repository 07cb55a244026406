"""The books over HTTP, and the vocabulary."""

from __future__ import annotations

from typing import Any

import pytest
from nodes import BASE, World

from suyuan.core.farm.forms import FORMS
from suyuan.core.farm.vocabulary import TERMS
from suyuan.demo.season import Season

SPRAY: dict[str, Any] = {
    "day": "2026-07-11",
    "season": f"{BASE}season/1",
    "plots": [f"{BASE}plot/1"],
    "items": [{"item": "09521234000020/KSJ-1", "amount": "20 毫升"}],
    "person": "张建国",
}
DEED = {"form": "spraying", "values": SPRAY}


def ask(world: World, method: str, path: str, body: Any = None, *, who: str = "coop",
        status: int = 200, **head: str) -> Any:  # fmt: skip
    told = world.client.request(method, path, json=body, headers=world.head(who, **head))
    assert told.status_code == status, told.text
    return told.json() if told.content else None


def problems(told: Any) -> dict[str, str]:
    return {one["path"]: one["detail"] for one in told.get("errors", [told])}


def test_forms_are_told_in_both_languages(world: World) -> None:
    told = {form["form"]: form for form in world.client.get("/farm/forms").json()}
    assert told.keys() == FORMS.keys()
    day = told["spraying"]["fields"][0]
    assert (day["label"], day["required"]) == ({"zh": "日期", "en": "Day"}, True)
    work = next(one for one in told["field_work"]["fields"] if one["name"] == "work")
    assert work["choices"]["weeding"] == {"zh": "除草", "en": "Weeding"}
    for form in told.values():
        for field in form["fields"]:
            assert field["label"]["zh"] != field["label"]["en"]


def test_recorded_listed_corrected(world: World) -> None:
    body = {**DEED, "recordedBy": "小周"}
    (index,) = ask(world, "POST", "/farm/deeds", body, status=201, **{"Idempotency-Key": "a"})[
        "indices"
    ]
    again = ask(world, "POST", "/farm/deeds", body, status=201, **{"Idempotency-Key": "a"})
    assert again["indices"] == [index]
    (line,) = ask(world, "GET", "/farm/deeds?kind=applying&q=张建国&from=2026-07-11&to=2026-07-11")
    assert line["inputs"] == [
        {"id": "https://id.gs1.org/01/09521234000020/10/KSJ-1",
         "amount": {"value": 20, "unit": "MLT", "said": "20 毫升"}}]  # fmt: skip
    assert line["stated"]["recordedBy"] == {"name": "小周"}
    form = ask(world, "GET", f"/farm/deeds/{index}/form")
    made = ask(
        world, "POST", f"/farm/deeds/{index}/correction",
        {"form": form["form"], "values": {**form["values"], "day": "2026-07-12"}}, status=201,
    )  # fmt: skip
    wrong = ask(world, "GET", f"/farm/deeds/{index}")
    assert wrong["declaredAnErrorBy"] == [made["declaration"]]
    assert wrong["correctedBy"] == [made["instead"]]
    assert wrong["event"]["bizStep"] == f"{BASE}voc/applying"
    last = ask(world, "GET", f"/farm/last/spraying?thing={BASE}plot/1")
    assert "day" not in last["values"]
    assert ask(world, "GET", "/farm/last/harvest") is None
    both = ask(world, "POST", "/farm/deeds", {**DEED, "plots": ["a:1", "a:2"]}, status=201)
    assert len(both["indices"]) == 2


def test_pages_of_the_list(world: World) -> None:
    deeds = [{"form": "spraying", "values": {**SPRAY, "day": f"2026-07-0{n}"}} for n in range(1, 6)]
    ask(world, "POST", "/farm/deeds", {"deeds": deeds}, status=201)
    found, path = [], "/farm/deeds?perPage=2&kind=applying"
    while path:
        told = world.client.get(path, headers=world.head("coop"))
        found += [one["day"] for one in told.json()]
        path = told.headers.get("Link", "").partition(">")[0].lstrip("<")
    assert found == [f"2026-07-0{n}" for n in range(5, 0, -1)]


def test_a_season_that_is_nothing_but_a_name_is_found_by_it(world: World) -> None:
    """And by the same name what was recorded since it was opened; never what others call so."""
    named = {"form": "spraying", "values": {**SPRAY, "season": "2026秋白菜"}}
    (first,) = ask(world, "POST", "/farm/deeds", named, status=201)["indices"]
    ask(world, "POST", "/farm/deeds", DEED, status=201)
    ask(world, "POST", "/farm/deeds", named, status=201, who="other")

    def found(query: str) -> list[int]:
        told = ask(world, "GET", f"/farm/deeds?{query}")
        return [one["index"] for one in told]

    assert found("thing=2026秋白菜") == [first]
    assert found(f"thing=2026秋白菜&thing={BASE}plot/1") == [first]
    assert found("thing=2026秋萝卜") == []
    assert "2026" in str(ask(world, "GET", "/farm/last/spraying?thing=2026秋白菜"))
    sheet = world.client.get(
        "/farm/exports/records.csv", params={"thing": "2026秋白菜"}, headers=world.head("coop")
    )
    assert sheet.text.count("2026-07-11") == 1
    season = {"id": f"{BASE}season/x1", "type": "suyuan:Season", "name": "2026秋白菜"}
    _masters(world, season)
    (second,) = ask(world, "POST", "/farm/deeds", named, status=201)["indices"]
    assert found("thing=2026秋白菜") == [second, first]
    assert found(f"thing={season['id']}") == [second]


def test_a_name_that_two_seasons_have_is_asked_about_at_its_field(world: World) -> None:
    seasons = [
        {
            "id": f"{BASE}season/x{year}", "type": "suyuan:Season", "name": "白菜",
            "suyuan:from": f"{year}-03-01",
        }
        for year in (2025, 2026)
    ]  # fmt: skip
    _masters(world, *seasons)
    body: dict[str, Any] = {"form": "spraying", "values": {**SPRAY, "season": "白菜"}}
    refused = ask(world, "POST", "/farm/deeds", body, status=400, **{"Accept-Language": "zh"})
    assert problems(refused) == {
        "/season": "有 2 个茬次都叫“白菜”，请写明是哪一个：白菜（2025）; 白菜（2026）"
    }
    body["values"]["season"] = "白菜（2026）"
    (index,) = ask(world, "POST", "/farm/deeds", body, status=201)["indices"]
    (line,) = ask(world, "GET", "/farm/deeds?thing=白菜")
    assert (line["index"], line["season"]) == (index, seasons[1]["id"])


def _masters(world: World, *masters: dict[str, Any]) -> None:
    caller = world.node.accounts.authenticate(world.tokens["coop"])
    world.node.masters.record(caller, [("", one) for one in masters])


@pytest.mark.parametrize(
    ("body", "paths"),
    [
        ({"form": "spraying", "values": {**SPRAY, "day": "2999-01-01", "area": "x"}}, {"/day", "/area"}),
        ({"deeds": [DEED, {"form": "dancing", "values": {}}]}, {"/deeds/1/form"}),
        ({"deeds": [DEED, 5]}, {"/deeds/1"}),
        ({"form": "spraying"}, {"/values"}),
        ({**DEED, "recordedBy": 5}, {"/recordedBy"}),
        ({**DEED, "plots": []}, {"/plots"}),
    ],
)  # fmt: skip
def test_mistakes_are_told_at_their_place(world: World, body: Any, paths: set[str]) -> None:
    before = world.node.database.log.tail().size
    told = world.client.post(
        "/farm/deeds", json=body, headers=world.head("coop", **{"Accept-Language": "en"})
    )
    assert told.status_code in (400, 404)
    assert paths == set(problems(told.json()))
    chinese = world.client.post(
        "/farm/deeds", json=body, headers=world.head("coop", **{"Accept-Language": "zh"})
    )
    assert problems(chinese.json()) != problems(told.json())
    assert world.node.database.log.tail().size == before


def test_drafts(world: World) -> None:
    made = ask(
        world, "POST", "/farm/drafts", {"form": "spraying", "values": {"day": "?"}}, status=201
    )
    place = f"/farm/drafts/{made['id']}"
    bad = ask(world, "POST", "/farm/filings", {"drafts": [made["id"]]}, status=400)
    assert "/0/day" in problems(bad)
    kept = ask(world, "PUT", place, {**DEED, "version": 1})
    assert kept["version"] == 2
    ask(world, "PUT", place, {**DEED, "version": 1}, status=409)
    assert [one["id"] for one in ask(world, "GET", "/farm/drafts")] == [made["id"]]
    for method, path, body in (
        ("GET", place, None), ("PUT", place, DEED), ("DELETE", place, None),
        ("POST", "/farm/filings", {"drafts": [made["id"]]}),
    ):  # fmt: skip
        ask(world, method, path, body, who="other", status=404)
    first = ask(world, "POST", "/farm/filings", {"drafts": [made["id"]]}, status=201)
    assert ask(world, "POST", "/farm/filings", {"drafts": [made["id"]]}, status=201) == first
    assert ask(world, "GET", place)["filed"] == first["indices"][0]
    ask(world, "DELETE", place, status=409)
    waiting = ask(world, "POST", "/farm/drafts", DEED, status=201)
    ask(world, "DELETE", f"/farm/drafts/{waiting['id']}", status=204)
    assert ask(world, "GET", "/farm/drafts") == []


def test_other_books_stay_closed(world: World) -> None:
    (index,) = ask(world, "POST", "/farm/deeds", DEED, status=201)["indices"]
    coop = f"/farm/deeds?organisation={BASE}org/coop"
    for path in (coop, f"/farm/deeds/{index}"):
        ask(world, "GET", path, who="other", status=403)
        assert ask(world, "GET", path, who="bureau")
        assert world.client.get(path).status_code == 401
    ask(world, "POST", f"/farm/deeds/{index}/correction", {}, who="other", status=404)


def test_every_term_resolves_in_both_languages(world: World) -> None:
    told = world.client.get("/voc/", headers={"Accept": "application/ld+json"})
    assert told.headers["content-type"].startswith("application/ld+json")
    graph = {one["@id"]: one["rdfs:label"] for one in told.json()["@graph"]}
    assert graph.keys() == {f"{BASE}voc/{name}" for name in TERMS}
    assert all(
        label["zh"] and label["en"] and label["zh"] != label["en"] for label in graph.values()
    )
    for language, words in (("zh-CN", "施用"), ("en", "Applied")):
        head = {"Accept": "text/html", "Accept-Language": language}
        page = world.client.get("/voc/applying", headers=head)
        assert page.status_code == 200
        assert words in page.text
    assert world.client.get("/voc/dancing").status_code == 404


def test_what_the_demos_season_says_is_in_the_vocabulary(world: World) -> None:
    story = Season(BASE)
    events = [*story.purchases(), *story.field_work(), *story.harvest(), *story.processing(),
              *story.tests(), story.recall()]  # fmt: skip
    said = {name.removeprefix("suyuan:") for event in events for name in event if ":" in name}
    steps = {event["bizStep"].rsplit("/", 1)[1] for event in events if "/" in event["bizStep"]}
    assert said | steps <= TERMS.keys()


TABLE = (
    "日期,地块,茬次,天气,药剂名,药量,操作人\n2026-09-08,石桥湾,2026秋白菜,晴,苦参碱,30毫升,张三\n"
)
"""Headings as a clerk writes them: some are known, some are not."""


def test_a_table_over_http_is_guessed_put_right_and_remembered(world: World) -> None:
    """As at the desk: Chinese headings, what was said of the others, and what nothing was taken from."""

    def sent(name: str, text: str) -> Any:
        head = {**world.head("coop"), "Content-Type": "text/csv", "Accept-Language": "zh"}
        told = world.client.post(
            "/farm/imports", params={"name": name}, content=text.encode("gb18030"), headers=head
        )
        assert told.status_code == 201, told.text
        return told.json()

    told = sent("打药.csv", TABLE)
    (sheet,) = told["sheets"]
    assert (sheet["plan"]["kind"], sheet["how"]) == ("spraying", "guessed")
    assert sheet["plan"]["columns"] == {
        "日期": "day", "地块": "plots", "茬次": "season", "操作人": "person",
    }  # fmt: skip
    assert sheet["untaken"] == ["天气", "药剂名", "药量"]
    assert sheet["text"] == "“打药”表：天气、药剂名、药量 没有取用；需要的话请指定去向"
    assert [one["column"] for one in told["problems"]] == ["农药"]
    choice = {"map": {"药剂名": "items.item", "药量": "items.amount"}, "newNames": True}
    told = ask(world, "PUT", f"/farm/imports/{told['id']}", {"sheets": {"打药": choice}})
    assert (told["new"], told["problems"]) == (1, [])
    assert told["sheets"][0]["untaken"] == ["天气"]
    at = f"/farm/imports/{told['id']}/filing"
    ask(world, "POST", at, {"as": "records"}, status=202)
    world.node.jobs.run_one()
    again = sent("打药.csv", TABLE.replace("30毫升", "40毫升"))
    assert (again["sheets"][0]["how"], again["new"], again["problems"]) == ("remembered", 1, [])
    strange = sent("x.csv", "甲,乙\n1,2\n")
    assert "看不出" in strange["sheets"][0]["text"]
    wrong = {"sheets": {"打药": {"map": {"药": "items.item"}}}}
    refused = ask(world, "PUT", f"/farm/imports/{again['id']}", wrong, status=400)
    assert "/打药/columns/药" in problems(refused)
