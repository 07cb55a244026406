"""Stock at the desk: bought by a pack's code, sold by name, counted, empties back, what is missing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from desk import DeskWorld, buy, inside, make_desk, send, today, token_in
from starlette.testclient import TestClient

from suyuan.core.rules import judge as rules
from suyuan.core.rules.case import Case
from suyuan.core.rules.finding import Finding, finding
from suyuan.core.story_values import Said
from suyuan.flow.actors import Actor

PESTICIDE = "1" + "101234" + "1" + "001" + "7" * 21
DRUG = "20260512" + "12345" + "9" * 11
GTIN = "6901234567892"
NUMBER = "11010519491231002X"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskWorld]:
    made = make_desk(tmp_path_factory.mktemp("stock") / "node")
    made.with_password("deal", "钱经销", "dealer", who="other")
    yield made
    made.world.node.close()


def value(html: str, name: str) -> str:
    found = re.search(rf'id="{name}" name="{name}"[^>]*value="([^"]*)"', html)
    assert found is not None
    return found[1]


def option(client: TestClient, at: str, name: str) -> str:
    found = re.search(rf'<option value="([^"]+)"[^>]*>{name}', client.get(at).text)
    assert found is not None
    return found[1]


def test_a_pesticide_is_bought_by_its_code_and_known_the_next_time(desk: DeskWorld) -> None:
    client = inside(desk)
    page = client.get(f"/desk/stock/buy?code={PESTICIDE}").text
    assert value(page, "new_registration") == "PD…101234"
    assert '<option value="pesticide" selected>' in page
    given = {
        "code": PESTICIDE, "item": "new", "day": today(desk), "amount": "3 瓶",
        "new_name": "苦参碱", "new_kind": "pesticide", "new_net": "100 毫升", "pack_codes": PESTICIDE,
    }  # fmt: skip
    at = f"/desk/stock/buy?code={PESTICIDE}"
    for registration, why in (("PD…101234", "whole"), ("PD20109999", "101234")):
        answer = send(client, at, **given, new_registration=registration)
        assert answer.status_code == 422
        assert why in answer.text
        assert 'id="new_registration-error"' in answer.text
    answer = send(client, at, **given, new_registration="PD20101234")
    assert answer.status_code == 303, answer.text
    stock = client.get("/desk/stock").text
    assert "苦参碱" in stock
    assert "300 mL" in stock
    other = PESTICIDE[:-1] + "8"
    page = client.get(f"/desk/stock/buy?code={other}").text
    assert re.search(r'<option value="[^"]+/input/[^"]+" selected>苦参碱', page)


def test_a_purchase_can_wait_as_a_draft_and_be_filed_from_there(desk: DeskWorld) -> None:
    client, node = inside(desk), desk.world.node
    size = node.database.log.tail().size
    answer = buy(desk, client, new_name="菜籽饼", amount="2 袋", do="draft")
    assert answer.headers["location"] == "/desk/drafts"
    assert node.database.log.tail().size == size + 1  # what the input is called, and no purchase
    drafts = client.get("/desk/drafts").text
    assert "菜籽饼" in drafts
    found = re.search(r'name="draft" value="([^"]+)"', drafts)
    assert found is not None
    given = {"csrf": token_in(drafts), "draft": found[1]}
    sent = client.post("/desk/drafts/file", data=given, follow_redirects=False)
    if sent.status_code == 200:  # something to look at first
        given["seen"] = seen_in(sent.text)
        sent = client.post("/desk/drafts/file", data=given, follow_redirects=False)
    assert sent.status_code == 303
    assert "菜籽饼" in client.get("/desk/stock").text


def seen_in(html: str) -> str:
    found = re.search(r'name="seen" value="([^"]*)"', html)
    return found[1] if found else ""


def test_more_sold_than_bought_is_said_once_before_it_is_signed(desk: DeskWorld) -> None:
    client = inside(desk)
    assert buy(desk, client, new_name="草木灰", amount="10 公斤").status_code == 303
    item = option(client, "/desk/stock/sell", "草木灰")
    given = {"day": today(desk), "item": item, "amount": "12 公斤", "buyer": "new",
             "buyer_name": "李秀英", "buyer_phone": "13800000000"}  # fmt: skip
    told = send(client, "/desk/stock/sell", **given)
    assert told.status_code == 200
    assert "Before you sign" in told.text
    sent = send(client, "/desk/stock/sell", **given, seen=seen_in(told.text))
    assert sent.status_code == 303


def test_a_banned_ingredient_is_told_of_when_the_pack_is_bought(desk: DeskWorld) -> None:
    given = {"new_name": "百虫净", "new_kind": "pesticide", "amount": "1 瓶"}
    told = buy(desk, inside(desk), **given, new_ingredients="苦参碱、甲拌磷")
    assert told.status_code == 200
    assert "holds 甲拌磷" in told.text


def test_what_is_warned_of_something_new_is_asked_once(desk: DeskWorld) -> None:
    client = inside(desk)
    late = {"day": "2026-01-05", "do": "file"}
    bought = {
        **late,
        "item": "new",
        "new_name": "草木灰",
        "new_kind": "fertiliser",
        "amount": "30 袋",
    }
    assert_asked_once(client, "/desk/stock/buy?typed=1", bought)
    sold = {
        **late, "item": option(client, "/desk/stock/sell", "草木灰"), "amount": "2 袋",
        "buyer": "new", "buyer_name": "赵六", "buyer_phone": "13800001111",
    }  # fmt: skip
    assert_asked_once(client, "/desk/stock/sell", sold)


def assert_asked_once(client: TestClient, at: str, given: dict[str, str]) -> None:
    asked = send(client, at, **given)
    assert asked.status_code == 200
    assert "Before" in asked.text
    seen = re.search(r'name="seen" value="([^"]+)"', asked.text)
    assert seen is not None
    assert send(client, at, **given, seen=seen[1]).status_code == 303


def test_what_a_rule_blocks_takes_a_reason_and_is_recorded_with_it(
    desk: DeskWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, node = inside(desk), desk.world.node

    def blocks(case: Case, numbers: Iterable[int]) -> tuple[Finding, ...]:
        bought = [deed for deed in case.deeds if deed.index is None and deed.kind == "purchase"]
        return tuple(
            finding(2, "ban", "block", Said("{finding}; this can be recorded, and blocks the release",
                                            finding="x"), deed.about[0].id, [deed])
            for deed in bought if 2 in numbers
        )  # fmt: skip

    monkeypatch.setattr(rules, "before_saving", blocks)
    size = node.database.log.tail().size
    told = buy(desk, client, new_name="来路不明", amount="1 袋")
    assert told.status_code == 409
    assert 'name="rule" value="2/ban"' in told.text
    assert node.database.log.tail().size == size
    sent = buy(desk, client, new_name="来路不明", amount="1 袋", rule="2/ban",
               answers="王会计", **{"reason/0": "试验用，已报备"})  # fmt: skip
    assert sent.status_code == 303, sent.text
    assert node.database.log.tail().size == size + 3


def test_a_barcode_keeps_its_gtin(desk: DeskWorld) -> None:
    client = inside(desk)
    at = f"/desk/stock/buy?code={GTIN}"
    answer = send(client, at, code=GTIN, item="new", day=today(desk), amount="2 袋", lot="A-1",
                  new_name="复合肥", new_kind="fertiliser", new_net="40 公斤")  # fmt: skip
    assert answer.status_code == 303, answer.text
    stock = client.get("/desk/stock?find=A-1").text
    assert "0690123456789" in stock
    assert "80 kg" in stock
    assert "selected>复合肥" in client.get(at).text


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("123", "hese are 3 digits"),
        ("9" * 32, "begins with 1, 2 or 3"),
        ("6901234567890", "last digit"),
        ("20261399" + "1" * 16, "begins with a day"),
        ("绿色", "no code of a pack"),
    ],
)
def test_a_code_that_is_none_is_said_so_at_the_field(desk: DeskWorld, code: str, why: str) -> None:
    answer = inside(desk).get("/desk/stock/buy", params={"code": code})
    assert answer.status_code == 422
    assert why in answer.text
    assert 'id="code-error"' in answer.text


def test_nothing_is_half_saved(desk: DeskWorld) -> None:
    client, size = inside(desk), desk.world.node.database.log.tail().size
    answer = buy(desk, client, new_name="半个", amount="很多", day="2999-01-01")
    assert answer.status_code == 422
    assert 'id="amount-error"' in answer.text
    assert 'id="day-error"' in answer.text
    assert desk.world.node.database.log.tail().size == size
    assert value(answer.text, "new_name") == "半个"


def test_a_dealer_sells_by_name_and_nobody_else_reads_it(desk: DeskWorld) -> None:
    client = inside(desk, "deal")
    assert buy(desk, client, new_name="尿素", amount="10 袋", new_net="50 公斤").status_code == 303
    sold = option(client, "/desk/stock/sell", "尿素")
    given = {"item": sold, "amount": "2 袋", "day": today(desk), "buyer": "new"}
    answer = send(client, "/desk/stock/sell", **given, buyer_number="110105194912310021")
    assert answer.status_code == 422
    for name in ("buyer_name", "buyer_phone", "buyer_number"):
        assert f'id="{name}-error"' in answer.text
    who = {"buyer_name": "张三", "buyer_phone": "138 0013 8000", "buyer_number": NUMBER}
    answer = send(client, "/desk/stock/sell", **given, **who)
    assert answer.status_code == 303, answer.text
    index = desk.world.node.database.log.tail().size - 1
    public = desk.world.client.get(f"/records/{index}")
    assert "张三" not in public.text
    assert NUMBER not in public.text
    mine = client.get(f"/desk/proof/{index}").text
    assert "张三" in mine
    assert inside(desk).get(f"/desk/proof/{index}").status_code in (403, 404)
    assert "张三 13800138000" in client.get("/desk/stock/sell").text
    assert "400 kg" in client.get("/desk/stock").text


def test_a_count_that_differs_is_listed_with_its_records(desk: DeskWorld) -> None:
    client = inside(desk)
    assert (
        buy(desk, client, new_name="有机肥", amount="10 袋", new_net="20 公斤").status_code == 303
    )
    page = client.get("/desk/stock/count").text
    names = re.findall(r'<label for="(amount-\d+)">([^<]+)</label>', page)
    (field,) = [name for name, said in names if said == "有机肥"]
    answer = send(client, "/desk/stock/count", **{"day": today(desk), field: "二十头牛"})
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    answer = send(client, "/desk/stock/count", **{"day": today(desk), field: "180 公斤"})
    assert answer.status_code == 303, answer.text
    stock = client.get("/desk/stock").text
    assert "missing: 20 kg" in stock
    found = re.search(r'<a href="(/desk/stock/item[^"]+)">有机肥', stock)
    assert found is not None
    behind = client.get(found[1].replace("&amp;", "&")).text
    assert behind.count("/desk/proof/") == 2
    before = client.get("/desk/stock?day=2026-01-01").text
    assert "有机肥" not in before


def test_empties_are_held_against_the_packs_bought(desk: DeskWorld) -> None:
    client = inside(desk)
    codes = f"{DRUG}\n{DRUG[:-1]}8"
    assert buy(desk, client, new_name="伊维菌素", new_kind="veterinary", amount="2 瓶",
               pack_codes=codes).status_code == 303  # fmt: skip
    of = option(client, "/desk/stock/empties", r"伊维菌素 \(2 of 2")
    answer = send(client, "/desk/stock/empties", of=of, day=today(desk), count="1", weight="")
    assert answer.status_code == 422
    assert 'id="weight-error"' in answer.text
    answer = send(client, "/desk/stock/empties", of=of, day=today(desk), count="1", weight="60克")
    assert answer.status_code == 303, answer.text
    assert "1 of 2 empties came back" in client.get("/desk/stock").text


def test_a_member_has_no_stock_page_and_another_organisation_no_part_of_it(desk: DeskWorld) -> None:
    desk.with_password("nong2", "农二", "member")
    assert inside(desk, "nong2").get("/desk/stock").status_code == 403
    assert inside(desk, "jian").get("/desk/stock").status_code == 403
    assert "苦参碱" not in inside(desk, "deal").get("/desk/stock").text


def errors_in(html: str) -> list[str]:
    """Fields at which something is said, in the order of the page, and of the summary: the same."""
    there = re.findall(r'id="([a-z_]+)-error"', html)
    summary = re.findall(r'<a href="#([a-z_]+)"', html)
    assert [one for one in summary if one in there] == list(dict.fromkeys(there)), (summary, there)
    return there


@pytest.mark.parametrize(
    ("at", "given", "wrong"),
    [
        ("/desk/stock/buy?typed=1",
         {"item": "", "amount": "", "day": "bad", "pack_codes": "12", "price": "-"},
         ["item", "amount", "day", "pack_codes", "price"]),
        ("/desk/stock/buy?typed=1",
         {"item": "new", "new_name": "", "new_kind": "", "new_net": "3", "amount": "许多", "day": ""},
         ["new_name", "new_kind", "new_net", "amount", "day"]),
        ("/desk/stock/sell",
         {"item": "", "amount": "", "day": "bad", "buyer": "", "buyer_phone": "1", "price": "-"},
         ["item", "amount", "day", "buyer", "buyer_phone", "price"]),
        ("/desk/stock/empties", {"of": "", "count": "", "weight": "", "day": "bad"},
         ["of", "count", "weight", "day"]),
    ],
)  # fmt: skip
def test_all_mistakes_are_told_at_once_each_at_its_field(
    desk: DeskWorld, at: str, given: dict[str, str], wrong: list[str]
) -> None:
    client = inside(desk)
    assert buy(desk, client, new_name="全错肥", amount="3 袋").status_code == 303
    before = desk.world.node.database.log.tail().size
    answer = send(client, at, **given)
    assert answer.status_code == 422
    assert errors_in(answer.text) == wrong
    assert desk.world.node.database.log.tail().size == before


def test_stock_is_told_as_people_say_it(desk: DeskWorld) -> None:
    client = inside(desk)
    for fields in (
        {"new_name": "瓶装无量", "amount": "3 瓶"},
        {"new_name": "瓶装百毫升", "amount": "3 瓶", "new_net": "100 毫升"},
        {"new_name": "散装", "amount": "30 斤"},
    ):
        assert buy(desk, client, **fields).status_code == 303
    page = " ".join(client.get("/desk/stock").text.split())
    rows = {
        name: next(row for row in page.split("<tr")[1:] if name in row)
        for name in ("瓶装无量", "瓶装百毫升", "散装")
    }
    assert "3 bottles" in rows["瓶装无量"]
    assert "pieces" not in rows["瓶装无量"]
    assert "300 mL (3 bottles)" in rows["瓶装百毫升"]
    assert "15 kg (30 jin)" in rows["散装"]
    client.headers["Accept-Language"] = "zh"
    assert "300 毫升（3 瓶）" in client.get("/desk/stock").text
    # Where stock is counted and sold, and in the list that is saved, too.
    assert "300 毫升（3 瓶）" in client.get("/desk/stock/count").text
    saved = client.get("/desk/export/balance.csv")
    assert saved.status_code == 200
    assert ",3 瓶," in saved.text
    assert ",30 斤," in saved.text


LABEL = {
    "new_kind": "pesticide", "new_ingredients": "苦参碱、印楝素", "new_toxicity": "低毒",
    "new_crops/0/crop": "茶树", "new_crops/0/days": "7", "new_crops/0/times": "2 次",
    "new_crops/2/crop": "蔬菜", "new_crops/2/gap": "10天",
    "new_withdrawal/0/product": "meat", "new_withdrawal/1/animal": "猪",
    "new_withdrawal/1/product": "meat", "new_withdrawal/1/days": "28", "new_n": "15", "new_k2o": "0.5",
}  # fmt: skip
STATED = {
    "kind": "pesticide", "ingredients": ["苦参碱", "印楝素"], "toxicity": "低毒",
    "crops": [{"crop": "茶树", "preHarvestDays": 7, "mostPerSeason": 2},
              {"crop": "蔬菜", "minGapDays": 10}],
    "withdrawal": [{"animal": "猪", "product": "meat", "days": 28}],
    "nutrients": {"N": 0.15, "K2O": 0.005},
}  # fmt: skip


def labelled(desk: DeskWorld, name: str) -> dict[str, Any]:
    """The label of the input that is called so, as it is on record now."""
    me = desk.world.node.accounts.authenticate(desk.world.tokens["coop"])
    clerk = Actor("w", "", "", me.organisation, me.county, frozenset({"clerk"}))
    (master,) = [o.master for o in desk.world.node.inputs.known(clerk) if o.name == name]
    found = master["suyuan:label"]
    assert isinstance(found, dict)
    return found


def test_what_a_label_says_is_written_down_and_changed(desk: DeskWorld) -> None:
    client = inside(desk)
    at = "/desk/stock/label"
    assert f'href="{at}"' in client.get("/desk/stock").text
    assert send(client, at, new_name="标签药", **LABEL).status_code == 303
    assert labelled(desk, "标签药") == STATED
    twice = send(client, at, new_name="标签药", **LABEL)
    assert (twice.status_code, "called so already" in twice.text) == (422, True)
    found = re.search(r'href="(/desk/stock/label\?item=[^"]+)">标签药', client.get(at).text)
    assert found is not None
    page = client.get(found[1]).text
    assert value(page, "new_crops/0/crop") == "茶树"
    assert value(page, "new_crops/1/gap") == "10"
    assert value(page, "new_k2o") == "0.5"
    item = re.search(r'name="item" value="([^"]+)"', page)
    assert item is not None
    changed = {**LABEL, "new_crops/0/days": "14", "new_crops/2/crop": "", "new_crops/2/gap": "",
               "new_n": "", "new_k2o": ""}  # fmt: skip
    answer = send(client, at, item=item[1], new_name="标签药", **changed)
    assert answer.status_code == 303
    expected = {name: part for name, part in STATED.items() if name != "nutrients"}
    crop = {"crop": "茶树", "preHarvestDays": 14, "mostPerSeason": 2}
    assert labelled(desk, "标签药") == expected | {"crops": [crop]}


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("new_crops/0/days", "七天左右"), ("new_crops/0/days", "-1"), ("new_crops/0/times", "0"),
        ("new_crops/0/crop", ""), ("new_crops/2/crop", "茶树"), ("new_withdrawal/1/product", "fur"),
        ("new_toxicity", "有毒"), ("new_n", "101"), ("new_n", "多"),
    ],
)  # fmt: skip
def test_what_no_label_can_say_is_told_at_its_field(desk: DeskWorld, field: str, text: str) -> None:
    client = inside(desk)
    answer = send(client, "/desk/stock/label", new_name="错标签", **{**LABEL, field: text})
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert value(answer.text, "new_name") == "错标签"


def test_a_purchase_of_a_new_input_takes_its_whole_label(desk: DeskWorld) -> None:
    client = inside(desk)
    given = {"new_name": "全标签药", "new_net": "100 毫升", "amount": "2 瓶", **LABEL}
    wrong = buy(desk, client, **{**given, "new_crops/0/days": "x"})
    assert 'id="new_crops/0/days-error"' in wrong.text
    answer = buy(desk, client, **given)
    assert answer.status_code == 303, answer.text
    assert labelled(desk, "全标签药") == STATED


def test_who_keeps_no_stock_writes_no_labels(desk: DeskWorld) -> None:
    desk.with_password("cheng", "程成员", "member")
    assert inside(desk, "cheng").get("/desk/stock/label").status_code == 403
