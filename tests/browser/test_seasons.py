"""A whole season of each template as a clerk enters it, from opening to closing, and what came of it."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from browser import DESK, PHONE, Pages
from clerk import Calendar, Clerk, calendar
from desk import DeskWorld, Served, make_desk
from nodes import BASE
from openpyxl import load_workbook

if TYPE_CHECKING:
    from playwright.sync_api import Page

__all__ = ["calendar"]
pytestmark = pytest.mark.browser

DRIED = "09521234000044"
TEA = "09521234000051"
PORK = "09521234000068"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, calendar: Calendar) -> DeskWorld:
    made = make_desk(tmp_path_factory.mktemp("seasons") / "node")
    head = made.world.head("coop")
    person = made.with_password("zhang", "张三", "member")
    uri = made.world.node.people.uri(person)
    packs = [(DRIED, "湘莲 500 克", "Xiang lotus 500 g"), (TEA, "绿茶 250 克", "Green tea 250 g"),
             (PORK, "沙子岭猪肉 1 公斤", "Shaziling pork 1 kg")]  # fmt: skip
    masters: list[dict[str, object]] = [
        {"id": f"https://id.gs1.org/01/{gtin}", "type": "Product", "name": {"zh": zh, "en": en}}
        for gtin, zh, en in packs
    ]
    plots = [("白石塘", 6.0, "湘莲"), ("云台茶园", 5.0, "茶叶"), ("一号栏", 0.5, "沙子岭猪")]
    masters += [
        {"id": f"{BASE}plot/s{number}", "type": "Plot", "name": name, "suyuan:crop": crop,
         "suyuan:area": {"value": area, "unit": "亩"}, "suyuan:village": "石桥村",
         "suyuan:member": uri}
        for number, (name, area, crop) in enumerate(plots)
    ]  # fmt: skip
    answer = made.world.client.post("/master", json=masters, headers=head)
    assert answer.status_code == 201, answer.text
    return made


def book_of(page: Page) -> list[list[str]]:
    """The season's record book, saved from the season's page: its rows."""
    with page.expect_download() as saved:
        page.locator("a[href^='/desk/export/record-book']").click()
    sheet = load_workbook(BytesIO(saved.value.path().read_bytes())).active
    assert sheet is not None
    return [["" if one is None else str(one) for one in row] for row in sheet.values]


def row_with(rows: list[list[str]], *parts: str) -> list[str]:
    found = [row for row in rows if all(any(part in cell for cell in row) for part in parts)]
    assert found, f"no row with {parts} in {rows}"
    return found[0]


def season_page(clerk: Clerk, name: str) -> str:
    clerk.go("/desk/seasons")
    clerk.page.locator("tbody a", has_text=name).first.click()
    return clerk.page.locator("main").inner_text()


def test_lotus_from_ploughing_to_the_shop(
    pages: Pages, site: Served, desk: DeskWorld, calendar: Calendar
) -> None:
    pages.expect("status of 409")
    pages.expect("status of 422")
    clerk = Clerk(pages(viewport=PHONE), site, calendar, "lotus")
    clerk.come(4, 3)
    clerk.open("湘莲", "白石塘")
    clerk.seen("plot-first")
    clerk.buy("复合肥", "fertiliser", "10 袋", new_net="40 公斤")
    clerk.buy("吡蚜酮", "pesticide", "20 袋", new_net="100 克", new_registration="PD20101234")
    clerk.buy("寸三莲种藕", "seed", "900 支")
    clerk.begin("白石塘", "田间管理", near=3)
    clerk.fill(work="ploughing")
    clerk.sign()
    clerk.begin("白石塘", "施肥", near=3)
    clerk.fill([("复合肥", "5", "袋")], method="base")
    clerk.seen("fertilising")
    clerk.sign()

    clerk.come(4, 18)
    clerk.begin("白石塘", "播种、定植", near=3)
    clerk.fill([("寸三莲种藕", "900", "支")], method="transplanting")
    clerk.sign()
    clerk.begin("白石塘", "灌溉", near=3)
    clerk.fill(method="flood")
    clerk.sign()

    clerk.come(6, 25)
    clerk.begin("白石塘", "巡查", near=4)
    clerk.fill(observation="立叶上有少量蚜虫", pest="蚜虫", severity="light")
    clerk.sign()
    clerk.begin("白石塘", "打药", near=8)
    clerk.fill([("吡蚜酮", "3", "公斤")], purpose="蚜虫", interval="14", interval_source="产品标签")
    clerk.sign(heed="比购入多")
    clerk.seen("sprayed")

    clerk.wait(12)
    clerk.begin("白石塘", "采收", near=2)
    clerk.fill([("莲蓬", "300", "朵")])
    lot = clerk.lot()
    clerk.new("莲蓬")
    clerk.seen("new-product")
    assert "最早" in clerk.blocked()
    clerk.seen("blocked")
    assert clerk.page.locator("[id='items/0/item']").input_value() == "莲蓬"
    assert clerk.lot() == lot
    early = clerk.override("试摘送检，不出售")
    clerk.wait(20)
    clerk.begin("白石塘", "采收", near=2)
    clerk.fill([("鲜莲子", "400", "斤")])
    fresh = clerk.lot()
    clerk.new("鲜莲子")
    harvested = clerk.sign()

    clerk.begin("白石塘", "加工")
    steps = clerk.page.locator("#step option").all_inner_texts()
    assert steps[1:4] == ["脱蒲、脱壳", "去皮、去壳", "烘干、晾晒"]
    assert "屠宰" not in steps
    clerk.fill([(f"鲜莲子 · {fresh}", "400", "斤")], at="inputs", step="drying")
    clerk.fill([("干莲子", "500", "斤")], at="outputs")
    dry = clerk.lot("outputs/0")
    clerk.new("干莲子")
    assert "200 公斤" in clerk.blocked()
    clerk.seen("too-much")
    clerk.page.fill("[id='outputs/0/amount']", "160")
    clerk.sign()
    clerk.begin("白石塘", "检测")
    clerk.fill(subject__0=f"干莲子 · {dry}", item="吡蚜酮", value="<0.01", unit="mg/kg", result="pass",
               laboratory="湘潭市农产品检测中心", report="JC-17")  # fmt: skip
    clerk.seen("test")
    clerk.sign()
    clerk.begin("白石塘", "包装")
    clerk.fill([(f"干莲子 · {dry}", "100", "斤")], at="inputs")
    clerk.fill([("湘莲 500 克", "100", "袋")], at="outputs")
    packs = clerk.lot("outputs/0")
    clerk.sign()
    clerk.begin("白石塘", "发货")
    clerk.fill([(f"湘莲 500 克 · {packs}", "80", "袋")], destination="李记干货")
    told = clerk.blocked()
    assert "合格证" in told
    clerk.seen("no-certificate")
    clerk.certify()
    clerk.begin("白石塘", "发货")
    clerk.fill([(f"湘莲 500 克 · {packs}", "80", "袋")], destination="李记干货")
    clerk.sign()
    clerk.seen("shipped")

    season = season_page(clerk, "湘莲")
    assert "试摘送检，不出售" in season
    assert f"{early}" in season
    rows = book_of(clerk.page)
    assert "县农资公司" in row_with(rows, "吡蚜酮", "3 公斤")
    row_with(rows, "寸三莲种藕", "900 支")
    row_with(rows, "鲜莲子", "400 斤", str(harvested))
    row_with(rows, "蚜虫")
    clerk.press(clerk.says("close"))
    assert "已结束" in clerk.page.get_by_role("status").inner_text()
    clerk.seen("closed")
    desk.world.node.sealer.seal()
    clerk.go(f"/p/01/{DRIED}/10/{packs}")
    page = clerk.page.locator("main").inner_text()
    for said in ("湘莲", "吡蚜酮"):
        assert said in page
    assert "李记干货" not in page
    clerk.seen("public")


def test_tea_of_a_spring_in_english(
    pages: Pages, site: Served, desk: DeskWorld, calendar: Calendar
) -> None:
    pages.expect("status of 409")
    pages.expect("status of 422")
    page = pages(locale="en-GB", viewport=DESK)
    clerk = Clerk(page, site, calendar, "tea", "en")
    clerk.come(1, 12)
    clerk.open("Tea", "云台茶园")
    clerk.buy("Organic fertiliser", "fertiliser", "20 bags", new_net="40 kg")
    clerk.buy("Matrine", "pesticide", "10 bottles", new_net="500 mL")
    clerk.begin("云台茶园", "Field work", near=2)
    clerk.fill(work="pruning", hours="6")
    clerk.sign()
    clerk.begin("云台茶园", "Fertiliser applied", near=2)
    clerk.fill([("Organic fertiliser", "12", "袋")], method="base")
    clerk.sign()

    clerk.come(3, 8)
    clerk.begin("云台茶园", "A look round", near=3)
    clerk.fill(observation="Green leafhoppers on the young leaves", pest="leafhopper")
    clerk.sign()
    clerk.begin("云台茶园", "Pesticide applied")
    clerk.fill([("Matrine", "6", "升")], purpose="leafhopper", interval="7")
    clerk.sign(heed="more was used than bought")
    clerk.wait(3)
    clerk.begin("云台茶园", "Harvest", near=1)
    clerk.fill([("Fresh leaves", "40", "斤")])
    clerk.new("Fresh leaves")
    assert "earliest" in clerk.blocked()
    clerk.seen("blocked")
    clerk.override("Plucked to let the new shoots grow; thrown away")
    clerk.wait(9)
    clerk.begin("云台茶园", "Harvest", near=1)
    clerk.fill([("Fresh leaves", "100", "斤")])
    leaves = clerk.lot()
    clerk.sign()
    clerk.begin("云台茶园", "Processing")
    assert page.locator("#step option").all_inner_texts()[1:4] == ["Withering", "Fixing of tea",
                                                                  "Rolling of tea"]  # fmt: skip
    clerk.fill([(f"Fresh leaves · {leaves}", "100", "斤")], at="inputs", step="processing")
    clerk.fill([("Loose green tea", "40", "斤")], at="outputs")
    loose = clerk.lot("outputs/0")
    clerk.new("Loose green tea")
    assert "at most 13.16 kg" in clerk.blocked()
    clerk.seen("too-much")
    page.fill("[id='outputs/0/amount']", "25")
    clerk.sign()
    clerk.begin("云台茶园", "Test")
    clerk.fill(subject__0=f"Loose green tea · {loose}", item="Matrine", value="0.3", unit="mg/kg",
               result="pass", laboratory="County laboratory", report="T-4")  # fmt: skip
    clerk.sign()
    clerk.begin("云台茶园", "Packing")
    clerk.fill([(f"Loose green tea · {loose}", "20", "斤")], at="inputs")
    clerk.fill([("Green tea 250 g", "40", "盒")], at="outputs")
    packs = clerk.lot("outputs/0")
    clerk.sign()
    clerk.begin("云台茶园", "Sent off")
    clerk.fill([(f"Green tea 250 g · {packs}", "40", "盒")], destination="Tea house on the quay")
    assert "certificate" in clerk.blocked()
    clerk.certify()
    clerk.begin("云台茶园", "Sent off")
    clerk.fill([(f"Green tea 250 g · {packs}", "40", "盒")], destination="Tea house on the quay")
    clerk.seen("shipping")
    clerk.sign()

    season = season_page(clerk, "Tea")
    assert "Plucked to let the new shoots grow" in season
    clerk.seen("season")
    rows = book_of(page)
    row_with(rows, "Organic fertiliser", "12 袋", "县农资公司")
    row_with(rows, "Fresh leaves", "100 斤")
    row_with(rows, "leafhopper", "Matrine")
    clerk.press(clerk.says("close"))
    assert "closed" in page.get_by_role("status").inner_text()
    desk.world.node.sealer.seal()
    clerk.go(f"/p/01/{TEA}/10/{packs}")
    shown = page.locator("main").inner_text()
    for said in ("Green tea 250 g", "Matrine"):
        assert said in shown
    assert "quay" not in shown
    clerk.seen("public")


def test_pigs_from_the_pen_to_the_counter(
    pages: Pages, site: Served, desk: DeskWorld, calendar: Calendar
) -> None:
    pages.expect("status of 409")
    pages.expect("status of 422")
    page = pages(viewport=PHONE)
    clerk = Clerk(page, site, calendar, "pig")
    clerk.come(2, 5)
    clerk.open("沙子岭猪", "一号栏")
    clerk.seen("pen-first")
    shown = page.locator("main").inner_text()
    for word in ("打药", "施肥", "灌溉", "播种", "田间管理", "采收"):
        assert word not in shown
    clerk.buy("育肥猪料", "feed", "100 袋", new_net="40 公斤")
    clerk.buy("猪瘟疫苗", "vaccine", "2 瓶", new_net="50 毫升")
    clerk.buy("阿莫西林", "veterinary", "20 瓶", new_net="100 毫升")
    clerk.begin("一号栏", "进栏", near=1)
    clerk.fill([("仔猪", "30", "")], age="60")
    clerk.new("仔猪")
    clerk.wrong("quarantine")
    clerk.seen("no-quarantine")
    clerk.fill(quarantine="4303001234567")
    clerk.sign()
    clerk.begin("一号栏", "免疫", near=3)
    clerk.fill([("猪瘟疫苗", "60", "毫升")], heads="30", purpose="猪瘟", withdrawal="0",
               veterinarian="刘兽医")  # fmt: skip
    clerk.sign()

    clerk.come(4, 10)
    clerk.begin("一号栏", "饲喂", near=3)
    clerk.fill([("育肥猪料", "10", "袋")], heads="30")
    clerk.sign()
    clerk.begin("一号栏", "栏舍管理", near=8)
    assert page.locator("#work option").all_inner_texts()[1:] == ["清圈", "消毒", "其他工作"]
    clerk.fill(work="disinfecting")
    clerk.sign()
    clerk.begin("一号栏", "存栏变动", near=6)
    clerk.fill(present="29")
    clerk.sign(heed="30")
    clerk.seen("counted")
    clerk.begin("一号栏", "存栏变动", near=6)
    clerk.fill(dead="1", disposed="1", cause="肠炎", disposal="深埋", present="29")
    clerk.sign()

    clerk.come(6, 1)
    clerk.begin("一号栏", "兽药使用", near=6)
    clerk.fill([("阿莫西林", "100", "毫升")], heads="29", purpose="呼吸道病", route="injection",
               withdrawal="28", veterinarian="刘兽医")  # fmt: skip
    clerk.sign(heed="休药期")
    clerk.wait(6)
    clerk.begin("一号栏", "加工")
    assert page.locator("[id='inputs/0/item']").input_value().startswith("沙子岭猪")
    steps = page.locator("#step option").all_inner_texts()
    assert steps[1:3] == ["屠宰", "分割"]
    assert "杀青" not in steps
    clerk.fill(inputs__0__amount="1", step="killing", quarantine="4303001234599")
    clerk.fill([("急宰猪", "90", "公斤")], at="outputs")
    clerk.new("急宰猪")
    assert "最早" in clerk.blocked()
    clerk.seen("blocked")
    clerk.override("腿断急宰，全部无害化处理，不作食品")

    clerk.wait(40)
    clerk.begin("一号栏", "发货")
    clerk.fill(items__0__amount="10", destination="湘潭屠宰场")
    told = clerk.blocked()
    assert "检疫" in told
    clerk.seen("no-certificate")
    clerk.certify(quantity="10 头")
    clerk.begin("一号栏", "发货")
    clerk.fill(items__0__amount="10", destination="湘潭屠宰场", quarantine="4303001234600")
    clerk.sign()
    clerk.begin("一号栏", "加工")
    clerk.fill(inputs__0__amount="18", step="killing", quarantine="4303001234601")
    clerk.fill([("猪胴体", "1500", "公斤")], at="outputs")
    body = clerk.lot("outputs/0")
    clerk.new("猪胴体")
    slaughtered = clerk.sign()
    clerk.begin("一号栏", "加工")
    clerk.fill([(f"猪胴体 · {body}", "1500", "公斤")], at="inputs", step="cutting",
               quarantine="4303001234601")  # fmt: skip
    clerk.fill([("鲜猪肉", "1600", "公斤")], at="outputs")
    meat = clerk.lot("outputs/0")
    clerk.new("鲜猪肉")
    assert "1,500 公斤" in clerk.blocked() or "1500 公斤" in page.locator(".blocked").inner_text()
    page.fill("[id='outputs/0/amount']", "1300")
    clerk.sign()
    clerk.begin("一号栏", "检测")
    clerk.fill(subject__0=f"鲜猪肉 · {meat}", item="瘦肉精", value="未检出", result="pass",
               laboratory="市动物疫控中心")  # fmt: skip
    clerk.sign()
    clerk.begin("一号栏", "包装")
    clerk.fill([(f"鲜猪肉 · {meat}", "500", "公斤")], at="inputs")
    clerk.fill([("沙子岭猪肉 1 公斤", "500", "盒")], at="outputs")
    packs = clerk.lot("outputs/0")
    clerk.sign()
    clerk.begin("一号栏", "发货")
    clerk.fill([(f"沙子岭猪肉 1 公斤 · {packs}", "500", "盒")], destination="河东超市")
    assert "合格证" in clerk.blocked()
    clerk.certify()
    clerk.begin("一号栏", "发货")
    clerk.fill([(f"沙子岭猪肉 1 公斤 · {packs}", "500", "盒")], destination="河东超市")
    clerk.sign()
    clerk.begin("一号栏", "存栏变动", near=6)
    clerk.fill(present="0")
    clerk.sign()

    season = season_page(clerk, "沙子岭猪")
    assert "腿断急宰" in season
    clerk.seen("season")
    rows = book_of(page)
    row_with(rows, "仔猪", "30 头")
    row_with(rows, "猪瘟疫苗", "60 毫升", "县农资公司")
    row_with(rows, "阿莫西林", "28")
    row_with(rows, "猪胴体", "1500 公斤", str(slaughtered))
    clerk.press(clerk.says("close"))
    assert "已结束" in page.get_by_role("status").inner_text()
    desk.world.node.sealer.seal()
    clerk.go(f"/p/01/{PORK}/10/{packs}")
    text = page.locator("main").inner_text()
    for said in ("沙子岭猪肉", "瘦肉精"):
        assert said in text
    clerk.seen("public")
