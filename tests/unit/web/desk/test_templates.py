"""The desk's templates: told in words, copied and changed by a form; seasons keep their version."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from desk import DeskWorld, inside, make_desk, today
from nodes import BASE
from starlette.testclient import TestClient

HICKORY = f"{BASE}template/hickory"
FORM = "/desk/templates/form"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[DeskWorld]:
    made = make_desk(tmp_path)
    plot = {"id": f"{BASE}plot/p0", "type": "Plot", "name": "后山", "suyuan:crop": "山核桃",
            "suyuan:area": {"value": 6, "unit": "亩"}}  # fmt: skip
    answer = made.world.client.post("/master", json=[plot], headers=made.world.head("coop"))
    assert answer.status_code == 201, answer.text
    yield made
    made.world.node.close()


class Fields(HTMLParser):
    """What a page's form would send as it stands."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: dict[str, list[str]] = {}
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        one = dict(attrs)
        if tag == "form":
            self._inside = one.get("action") == FORM
        kind, name = one.get("type", "text"), one.get("name")
        if tag != "input" or not self._inside or not name:
            return
        if kind != "checkbox" or "checked" in one:
            self.sent.setdefault(name, []).append(one.get("value") or "")


def fields(client: TestClient, at: str) -> dict[str, Any]:
    reader = Fields()
    page = client.get(at)
    assert page.status_code == 200, page.text
    reader.feed(page.text)
    return dict(reader.sent)


def file(client: TestClient, given: dict[str, Any]) -> Any:
    return client.post(FORM, data=given, follow_redirects=False)


def copied(client: TestClient, **changes: Any) -> str:
    """A copy of the hickory's template; its id."""
    given = fields(client, f"{FORM}?copy={HICKORY}")
    done = file(client, {**given, "name_zh": "本社山核桃", "name_en": "Our hickory", **changes})
    assert done.status_code == 303, done.text
    return client.get(done.headers["location"]).url.params["id"]


def newest(desk: DeskWorld, name: str) -> dict[str, Any]:
    return dict(desk.world.node.rulebook.history(name)[0].document)


def test_templates_are_told_in_words_with_their_sources_or_not_stated(desk: DeskWorld) -> None:
    for account in ("wang", "jian", "zhou"):
        client = inside(desk, account)
        assert "Hickory" in client.get("/desk/templates").text
        page = client.get(f"/desk/templates/one?id={HICKORY}").text
        for said in ("Dormancy", "December, January, February", "Field work", "not stated",
                     "at most 0.25", "comes with the system",
                     "published: hickory in the husk"):  # fmt: skip
            assert said in page, said
        assert ("Copy and change" in page) is (account == "wang")
    clerk = inside(desk)
    assert 'href="/desk/seasons" aria-current="page"' in clerk.get("/desk/templates").text
    assert clerk.get("/desk/templates/one?id=none").status_code == 404
    assert clerk.get(f"/desk/templates/one?id={BASE}table/bans").status_code == 404
    assert clerk.get(f"/desk/templates/one?id={HICKORY}&version=sha-256:00").status_code == 404
    assert inside(desk, "jian").get(f"{FORM}?copy={HICKORY}").status_code == 403
    assert clerk.get(f"{FORM}?id={HICKORY}").status_code == 403


def test_a_copy_is_a_record_of_the_cooperative_with_what_was_changed_and_pressed_twice_is_one(
    desk: DeskWorld,
) -> None:
    client, log = inside(desk), desk.world.node.database.log
    given = fields(client, f"{FORM}?copy={HICKORY}")
    assert given["name_zh"] == ["山核桃（本社）"]
    given |= {
        "name_zh": "本社山核桃", "name_en": "Our hickory",
        "stage/0/work": ["inspecting", "fertilising"],
        "stage/0/order/fertilising": "1", "stage/0/order/inspecting": "2",
        "stage/1/out": "1", "stage/5/order": "0",
        "stage/6/zh": "晾晒期", "stage/6/months": ["10"], "stage/6/work": ["processing"],
        "stage/6/order": "9",
        "field/spraying": ["area", "purpose", "interval"],
        "per_mu": "300", "per_mu/source_zh": "本社三年平均",
        "ratio/drying": "0.5", "ratio/drying/source_zh": "本社称重",
        "test/0/zh": "吡虫啉", "test/0/source_zh": "收购方要求",
    }  # fmt: skip
    before = log.tail().size
    once, twice = file(client, given), file(client, given)
    assert (once.status_code, twice.headers["location"]) == (303, once.headers["location"])
    assert log.tail().size == before + 1
    name = client.get(once.headers["location"]).url.params["id"]
    made = newest(desk, name)
    assert [stage["code"] for stage in made["stages"]] == [
        "after-harvest", "dormant", "flowering", "fruiting", "harvest", "stage-10"]  # fmt: skip
    assert made["stages"][1]["work"] == ["fertilising", "inspecting"]
    assert made["stages"][1]["months"] == [12, 1, 2]
    assert made["fields"]["spraying"] == ["items", "plots", "area", "purpose", "interval"]
    assert made["yieldPerMu"] == {"value": 300, "unit": "KGM", "source": {"zh": "本社三年平均"}}
    assert made["steps"][1]["ratio"] == {"value": 0.5, "source": {"zh": "本社称重"}}
    assert made["tests"] == [{"item": {"zh": "吡虫啉"}, "source": {"zh": "收购方要求"}}]
    assert made["overallRatio"] == newest(desk, HICKORY)["overallRatio"]
    assert made["crop"] == newest(desk, HICKORY)["crop"]
    assert made["copiedFrom"]["id"] == HICKORY
    page = client.get(once.headers["location"]).text
    for said in (
        "our own",
        "at most 300 kg",
        "本社称重",
        f'href="/events/{before}"',
        "Copied from",
    ):
        assert said in page, said


def test_every_mistake_is_told_at_its_field_and_in_the_summary(desk: DeskWorld) -> None:
    client, log = inside(desk), desk.world.node.database.log
    given, before = fields(client, f"{FORM}?copy={HICKORY}"), log.tail().size
    given |= {
        "name_zh": "山核桃", "stage/0/zh": "", "stage/0/en": "", "stage/1/months": [],
        "stage/2/work": [], "stage/3/order": "first", "stage/4/order/harvest": "x",
        "per_mu": "300", "overall": "abc", "overall/source_zh": "x", "ratio/drying": "40",
        "ratio/drying/source_zh": "x", "ratio/hulling/source_en": "y", "test/0/source_zh": "z",
        "test/1/zh": "铅", "gates": [],
    }  # fmt: skip
    page = file(client, given)
    assert page.status_code == 422
    for at in ("name_zh", "stage/0/zh", "stage/1/months", "stage/2/work", "stage/3/order",
               "stage/4/order/harvest", "per_mu/source_zh", "overall", "ratio/drying",
               "ratio/hulling", "test/0/zh", "test/1/source_zh", "gates"):  # fmt: skip
        assert f'href="#{at}"' in page.text, at
        assert f'id="{at}-error"' in page.text, at
        assert f'id="{at}"' in page.text, at
    assert "13 things are not right yet" in page.text
    assert log.tail().size == before


def test_a_season_keeps_its_version_and_new_ones_take_the_next(desk: DeskWorld) -> None:
    client = inside(desk)
    name = copied(client)
    season = {"template": name, "day": today(desk), "plots": f"{BASE}plot/p0", "name": "一季"}
    page = client.get(f"/desk/seasons/new?plot={BASE}plot/p0").text
    assert f'<option value="{name}" selected>Our hickory' in page
    token = re.search(r'name="csrf" value="([^"]+)"', page)
    assert token is not None
    made = client.post("/desk/seasons/new", data={"csrf": token[1], **season})
    assert made.status_code == 200, made.text

    given = fields(client, f"{FORM}?id={name}")
    same = file(client, given)
    assert "Nothing is otherwise than in the version in force" in same.text
    old = newest(desk, name)
    done = file(client, {**given, "stage/0/work": ["harvest"], "stage/0/order/harvest": "1"})
    assert done.status_code == 303, done.text
    late = file(client, {**given, "stage/0/work": ["test"]})
    assert "Somebody else changed this in the meantime" in late.text
    assert newest(desk, name)["stages"][0]["work"] == ["harvest"]
    held = desk.world.node.seasons
    (kept,) = [one for one in held.seen_by(_clerk(desk)) if one.template is not None]
    assert kept.template is not None
    assert kept.template.document["stages"] == old["stages"]
    told = client.get(f"/desk/seasons/one?id={kept.id}").text
    assert "template, version 1 of" in told
    assert "There is a newer version; this season keeps its own." in told
    versions = client.get(f"/desk/templates/one?id={name}").text
    assert "version 2 of" in versions
    assert "version 1 of" in versions
    assert "one season" in versions
    assert "one season" in client.get("/desk/templates").text


def test_another_cooperatives_template_is_not_changed_but_may_be_copied(desk: DeskWorld) -> None:
    name = copied(inside(desk))
    desk.with_password("far", "远社", "clerk", who="faraway")
    other = inside(desk, "far")
    page = other.get("/desk/templates").text
    assert "Our hickory" in page
    assert "our own" not in page
    assert other.get(f"{FORM}?id={name}").status_code == 403
    csrf = fields(other, f"{FORM}?copy={name}")["csrf"]
    assert file(other, {"csrf": csrf, "id": name}).status_code == 403
    assert "Our hickory (" in other.get("/desk/seasons/new").text


def _clerk(desk: DeskWorld) -> Any:
    from tour_world import clerk

    return clerk(desk)
