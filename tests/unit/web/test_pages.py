"""The public pages as a reader meets them: redirects, faces, statuses, headers, words, sizes."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from faces import CARTON, HOUSE, SECRETS, Faces, about, carton, lot, made, make_faces
from markupsafe import escape
from nodes import GTIN

from suyuan.core.errors import Damaged, TooLarge, Unavailable
from suyuan.flow import look
from suyuan.flow.prove import Prover
from suyuan.web import assets, pages

STATUSES = {
    "issued": (200, "issued"),
    "serial": (200, "issued"),
    "pack": (200, "issued"),
    "hidden": (200, "issued"),
    "recalled": (200, "recalled"),
    "upstream": (200, "recalled"),
    "failing": (200, "failing"),
    "withdrawn": (200, "withdrawn"),
    "expired": (200, "expired"),
    "unanchored": (200, "unanchored"),
    "unsealed": (200, "unsealed"),
    "erased": (410, "erased"),
    "unknown": (404, "unknown"),
    "invented": (404, "invented"),
    "misread": (400, "misread"),
    "place": (200, "recorded"),
    "organisation": (200, "recorded"),
    "carton": (200, "recorded"),
    "called": (200, "recalled"),
    "crate": (200, "recorded"),
    "plot": (404, "unknown"),
    "noplace": (404, "unknown"),
    "wrong": (400, "misread"),
    "product": (200, "product"),
}
HEADERS = {
    "content-security-policy",
    "referrer-policy",
    "x-content-type-options",
    "cache-control",
    "content-language",
    "vary",
}


@pytest.fixture(scope="module")
def faces(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Faces]:
    """One node for all tests that only look."""
    made = make_faces(tmp_path_factory.mktemp("faces") / "node")
    yield made
    made.world.node.close()


@pytest.fixture
def own_faces(tmp_path: Path) -> Iterator[Faces]:
    """A node of its own, for tests that spoil it."""
    made = make_faces(tmp_path / "node", contact="help@example.cn", filing_number="浙网信备1号")
    yield made
    made.world.node.close()


def get(faces: Faces, path: str, language: str = "zh", **more: Any) -> Any:
    headers = {"Accept-Language": language, "Accept": "text/html", **more.pop("headers", {})}
    return faces.client.get(path, headers=headers, follow_redirects=False, **more)


def face_of(answer: Any) -> str:
    found = re.search(r'data-face="(\w+)"', answer.text)
    assert found is not None
    return found[1]


def visible(answer: Any) -> str:
    """The words on a page."""
    text = re.sub(r"(?s)<(head|script)\b.*?</\1>", " ", answer.text)
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text)))


class TestResolver:
    @pytest.mark.parametrize(
        ("asked", "leads"),
        [
            (f"/01/{GTIN}/10/OK", f"/p/01/{GTIN}/10/OK"),
            (f"/01/{GTIN}/10/OK/21/A1", f"/p/01/{GTIN}/10/OK/21/A1"),
            (f"/01/{GTIN}/21/A1", f"/p/01/{GTIN}/21/A1"),
            (f"/01/{GTIN}", f"/p/01/{GTIN}"),
            (f"/01/{GTIN[1:]}/10/OK", f"/p/01/{GTIN}/10/OK"),
            (f"/01/{GTIN}/22/2A/10/OK", f"/p/01/{GTIN}/10/OK"),
            (f"/01/{GTIN}/10/OK?17=261231&lang=en", f"/p/01/{GTIN}/10/OK?17=261231&lang=en"),
            (f"/01/{GTIN}/10/A%2FB", f"/p/01/{GTIN}/10/A%2FB"),
        ],
    )
    def test_a_code_redirects_to_its_page(self, faces: Faces, asked: str, leads: str) -> None:
        answer = get(faces, asked)
        assert (answer.status_code, answer.headers["location"]) == (307, leads)

    def test_also_for_head(self, faces: Faces) -> None:
        answer = faces.client.head(f"/01/{GTIN}/10/OK", follow_redirects=False)
        assert (answer.status_code, answer.content) == (307, b"")

    @pytest.mark.parametrize("path", ["/01/abc", "/01/12345/10/X", f"/01/{GTIN}/99/X", "/01/"])
    def test_what_is_no_code_is_told_so(self, faces: Faces, path: str) -> None:
        answer = get(faces, path)
        assert (answer.status_code, face_of(answer)) == (400, "misread")

    def test_it_never_leads_to_another_host(self, faces: Faces) -> None:
        for path, status in (
            ("/01//evil.example/", 400),
            (f"/01/{GTIN}/10/%0d%0aX", 404),
            (f"/01/{GTIN}/10/..%2f..%2f", 307),
        ):
            answer = get(faces, path)
            assert answer.status_code == status, path
            if status == 307:
                assert answer.headers["location"].startswith(f"/p/01/{GTIN}/10/")


class TestFaces:
    @pytest.mark.parametrize("language", ["zh", "en"])
    @pytest.mark.parametrize("name", sorted(STATUSES))
    def test_each_has_its_own_status_and_words(
        self, faces: Faces, name: str, language: str
    ) -> None:
        answer = get(faces, faces.paths[name], language)
        assert (answer.status_code, face_of(answer)) == STATUSES[name]
        tag = "zh-CN" if language == "zh" else "en"
        assert answer.headers["content-language"] == tag
        assert f'<html lang="{tag}">' in answer.text
        assert answer.text.count("<h1>") == 1

    def test_no_two_say_the_same(self, faces: Faces) -> None:
        titles = {
            STATUSES[name][1]: re.search(r"<h1>(.*?)</h1>", get(faces, path).text)
            for name, path in faces.paths.items()
        }
        assert len({title and title[1] for title in titles.values()}) == len(titles)

    def test_chinese_pages_are_chinese(self, faces: Faces) -> None:
        for path in faces.paths.values():
            text = visible(get(faces, path, "zh")).replace("Suyuan", "")
            # A fingerprint's groups of four may look like words.
            text = re.sub(r"\b(?:[0-9a-f]{4} ){3,}[0-9a-f]{1,4}\b", "", text)
            assert not re.search(r"[A-Za-z]{3,} [a-z]{2,}", text)

    def test_english_pages_hold_no_word_that_nobody_recorded(self, faces: Faces) -> None:
        for path in faces.paths.values():
            text = visible(get(faces, path, "en")).replace("中文", "")
            assert not re.search(r"[\u4e00-\u9fff]", text)

    def test_a_recall_upstream_reaches_everything_made_from_it(self, faces: Faces) -> None:
        text = visible(get(faces, faces.paths["upstream"]))
        assert "所用的原料已被召回" in text
        assert "云岭县农业农村局于2026年9月17日召回了山核桃鲜蒲" in text
        assert face_of(get(faces, f"/p/01/{GTIN}/10/MID")) == "recalled"

    def test_the_advice_of_a_recall_stands_on_top(self, faces: Faces) -> None:
        text = visible(get(faces, faces.paths["recalled"]))
        assert text.index("请勿食用，凭包装退回购买处。") < text.index("手剥山核桃")
        assert "政府" in text

    def test_a_pack_without_records_shows_its_lot_s(self, faces: Faces) -> None:
        text = visible(get(faces, faces.paths["serial"]))
        assert faces.serial in text
        assert "这一件还没有单独的记录" in text

    def test_a_pack_is_found_without_its_lot(self, faces: Faces) -> None:
        serial = faces.paths["pack"].rsplit("/", 1)[-1]
        answer = get(faces, f"/p/01/{GTIN}/21/{serial}")
        assert answer.status_code == 200
        assert "批号 OK" in visible(answer).replace("  ", " ")

    def test_a_serial_of_another_lot_is_not_one_of_this(self, faces: Faces) -> None:
        for name in ("pack", "serial"):
            serial = faces.paths[name].rsplit("/", 1)[-1]
            answer = get(faces, f"/p/01/{GTIN}/10/CALLED/21/{serial}")
            assert (answer.status_code, face_of(answer)) == (404, "invented")

    def test_a_serial_with_a_right_tag_that_was_never_issued(self, faces: Faces) -> None:
        from suyuan.core.serials import make_serial

        key = faces.world.node.issuer.label_keys[0]
        serial = make_serial(key, GTIN, "OK", "0000000000")
        answer = get(faces, f"/p/01/{GTIN}/10/OK/21/{serial}")
        assert (answer.status_code, face_of(answer)) == (404, "unissued")

    def test_an_invented_serial_is_turned_away_without_a_look_up(
        self, faces: Faces, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def asked(*_: Any) -> None:
            raise AssertionError("the store was asked")

        monkeypatch.setattr(type(faces.world.node.database.log), "tips_at", asked)
        monkeypatch.setattr(type(faces.world.node.database.log), "records", asked)
        assert get(faces, faces.paths["invented"]).status_code == 404

    def test_the_code_that_was_read_stands_where_nothing_else_does(self, faces: Faces) -> None:
        for name in ("unknown", "invented"):
            for part in re.findall(r"/(?:01|10|21)/([^/]+)", faces.paths[name]):
                assert part in visible(get(faces, faces.paths[name]))

    def test_a_silent_chain_is_told_and_hinders_nothing(self, own_faces: Faces) -> None:
        own_faces.silence()
        assert face_of(get(own_faces, own_faces.paths["unanchored"])) == "silent"
        answer = get(own_faces, own_faces.paths["issued"])
        assert (answer.status_code, face_of(answer)) == (200, "issued")
        assert "区块链暂时连不上" in visible(answer)


class TestWhatIsSaid:
    def test_product_who_where_tests_and_timeline(self, faces: Faces) -> None:
        text = visible(get(faces, faces.paths["issued"]))
        for said in (
            "手剥山核桃 250 克", "一级", "250 克", "2026年9月21日", "2027年3月20日",
            "云岭山核桃专业合作社", "自述", "石桥村：前山坡一号地",
            "多菌灵", "<0.01 mg/kg", "0.1 mg/kg", "GB 23200.121-2021", "合格", "R-1",
            "苦参碱水剂", "批号 KSJ", "防治蚜虫", "稀释 1:800", "6.5 亩共用 520 毫升，合每亩 80 毫升",
            "施用后第 21 天采收（要求 ≥ 14 天）", "私密内容 2 项，可证明",
            "2026年10月1日 09:02（北京时间）上链。从那时起，这些记录没有改动，也没有抽掉。",
            "没有证明：写下的是不是实情。", "测试链",
        ):  # fmt: skip
            assert said in text, said

    def test_the_same_in_english(self, faces: Faces) -> None:
        text = visible(get(faces, faces.paths["issued"], "en"))
        for said in (
            "A code issued by Yunling Hickory Cooperative", "Roasted hickory nuts 250 g",
            "Grade 1", "21 September 2026", "20 March 2027", "self-declared", "passed",
            "520 mL on 6.5 mu, 80 mL per mu", "Harvested 21 days later (at least 14 required)",
            "In the blockchain since 1 October 2026, 09:02 Beijing time. These records",
        ):  # fmt: skip
            assert said in text, said

    def test_earlier_deeds_are_folded_unless_something_is_wrong(self, own_faces: Faces) -> None:
        path = f"/p/01/{GTIN}/10/MANY"
        own_faces.record("coop", made("MANY", eventTime="2026-01-01T08:00:00.000+08:00"))
        days = [f"2026-02-{day:02d}T08:00:00.000+08:00" for day in range(1, 12)]
        own_faces.record("coop", *(about("MANY", bizStep="storing", eventTime=day) for day in days))
        answer = get(own_faces, path)
        assert '<details class="earlier">' in answer.text
        assert "更早的 4 项" in visible(answer)
        early = about("MANY", eventTime="2026-01-02T08:00:00.000+08:00", eventID="urn:uuid:5")
        own_faces.record("coop", early)
        declared = {"declarationTime": "2026-03-01T08:00:00.000+08:00"}
        own_faces.record("coop", {**early, "errorDeclaration": declared})
        assert '<details class="earlier" open>' in get(own_faces, path).text

    def test_not_tested_is_said_plainly(self, faces: Faces) -> None:
        assert "没有检测，或检测没有录入。" in visible(get(faces, faces.paths["expired"]))
        alarm = visible(get(faces, faces.paths["recalled"]))
        assert "没有检测，或检测没有录入。" in alarm
        assert "不等于产品有问题" not in alarm

    def test_no_person_price_seller_buyer_or_amount_sold(self, faces: Faces) -> None:
        for path in faces.paths.values():
            page = get(faces, path).text + get(faces, path, "en").text
            for secret in (*SECRETS, "860.5", "2.625", "东门批发市场", "East Gate Market"):
                assert secret not in page, (path, secret)

    def test_hidden_and_erased_records_are_told_to_be_there(self, faces: Faces) -> None:
        text = visible(get(faces, faces.paths["hidden"]))
        assert "这里有一条记录，不对公众展示" in text
        assert "有一条记录的内容已删除" in text
        assert "有 1 条记录不对公众展示。" in text
        assert "有 1 条记录的内容已删除。" in text

    def test_whoever_may_see_more_sees_no_more_here(self, faces: Faces) -> None:
        """A page is for everybody; a token changes nothing."""
        path = faces.paths["hidden"]
        assert get(faces, path, headers=faces.world.head("bureau")).text == get(faces, path).text

    def test_late_entries_say_how_late(self, faces: Faces) -> None:
        text = visible(get(faces, faces.paths["issued"]))
        assert re.search(r"\d+ 天后录入", text)
        assert re.search(r"其中 \d+ 条是事后一周以上才录入的。", text)

    def test_the_policy_s_fingerprint_and_the_files(self, faces: Faces) -> None:
        answer = get(faces, faces.paths["serial"])
        assert faces.world.policy().fingerprint() in visible(answer)
        bundle = f"/bundle?subject={lot('OK')}&amp;serial={faces.serial}"
        for link in (bundle, "/log/policy.json", "/verifier.html"):
            assert f'href="{link}" download' in answer.text
        told = faces.client.get(html.unescape(bundle))
        assert told.json()["serial"]["serial"] == faces.serial

    def test_contact_and_filing_number(self, own_faces: Faces) -> None:
        answer = get(own_faces, own_faces.paths["unknown"])
        assert '<a href="mailto:help@example.cn">help@example.cn</a>' in answer.text
        assert "区块链信息服务备案：浙网信备1号" in visible(answer)

    @pytest.mark.parametrize(
        ("contact", "link"),
        [
            ("400-123-4567", "tel:4001234567"),
            ("+86-571-1", "tel:+865711"),
            ("https://a.example/x", "https://a.example/x"),
            ("找 小王 400-1", None),
            ("javascript:alert(1)", None),
            ("", None),
        ],
    )
    def test_a_contact_is_a_link_where_it_is_one_address(
        self, contact: str, link: str | None
    ) -> None:
        assert pages._contact_link(contact) == link

    def test_what_was_recorded_is_text_and_never_markup(self, own_faces: Faces) -> None:
        evil = "</script><img src=x onerror=alert(1)>\"'&"
        own_faces.master(
            {"id": f"https://id.gs1.org/01/{GTIN}", "type": "Product", "name": {"zh": evil, "en": evil},
             "suyuan:grade": {"zh": evil}},
        )  # fmt: skip
        own_faces.record("coop", about("OK", **{"suyuan:observation": {"zh": evil}}))
        answer = get(own_faces, own_faces.paths["issued"])
        assert "<img" not in answer.text
        assert str(escape(evil)) in answer.text


class TestOtherThings:
    """Places, organisations, cartons, crates: what is no lot and no pack."""

    def test_a_place(self, faces: Faces) -> None:
        text = visible(get(faces, faces.paths["place"]))
        for said in (
            "地点：公开记录", "云岭烘烤房", "地点（GLN） 9521234000204", "村 石桥村",
            "云岭山核桃专业合作社登记", "自述", "批号 BOXED", "每条记录都可按它在日志里的编号",
        ):  # fmt: skip
            assert said in text, said

    def test_older_events_at_a_place_are_found_page_by_page(
        self, faces: Faces, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(look, "AT_ONCE", 1)
        monkeypatch.setattr(look, "REACH", 3)
        monkeypatch.setattr(look, "MOST_REACHES", 1_000)
        assert "批号 BOXED" in visible(get(faces, faces.paths["place"]))
        monkeypatch.setattr(look, "MOST_REACHES", 1)
        assert "批号 BOXED" not in visible(get(faces, faces.paths["place"]))

    def test_an_organisation(self, faces: Faces) -> None:
        text = visible(get(faces, faces.paths["organisation"], "en"))
        for said in (
            "What is recorded of this organisation", "Yunling Hickory Union", "9521234000303",
            "93990101MA27XW2FXK", "lot U1", "Described on",
        ):  # fmt: skip
            assert said in text, said

    def test_a_carton_tells_what_it_holds_and_can_be_proved(self, faces: Faces) -> None:
        answer = get(faces, faces.paths["carton"], "en")
        text = visible(answer)
        for said in (
            "What is recorded of this logistic unit", "Logistic unit (SSCC)",
            "Number 395212340000000014",
            "Put into cartons", "lot BOXED", "In the blockchain since",
        ):  # fmt: skip
            assert said in text, said
        assert f'<a href="/p/01/{GTIN}/10/BOXED">' in answer.text
        (bundle,) = re.findall(r'href="(/bundle[^"]*)" download', answer.text)
        told = faces.client.get(html.unescape(bundle))
        assert told.json()["subject"] == CARTON

    def test_a_recall_of_what_is_in_a_carton_comes_first(self, faces: Faces) -> None:
        text = visible(get(faces, faces.paths["called"]))
        assert "里面有东西已被召回" in text
        assert "云岭县农业农村局于2026年9月17日召回了手剥山核桃 250 克" in text

    def test_a_recall_is_not_of_the_place_where_it_was_written_down(self, own_faces: Faces) -> None:
        own_faces.record(
            "bureau",
            about("BOXED", bizStep="holding", disposition="recalled", readPoint={"id": HOUSE}),
        )
        answer = get(own_faces, own_faces.paths["place"])
        assert face_of(answer) == "unsealed"
        assert face_of(get(own_faces, f"/p/01/{GTIN}/10/BOXED")) == "recalled"

    def test_trade_plots_and_positions_are_not_on_them(self, faces: Faces) -> None:
        for name in ("place", "organisation", "carton", "called", "crate", "plot"):
            text = get(faces, faces.paths[name]).text
            for secret in ("秘密地块", "Secret plot", "30.1012", "2.625", "East Gate", "东门"):
                assert secret not in text, (name, secret)
            if name in ("place", "plot"):
                assert "不对公众展示" not in text

    def test_a_place_whose_newest_description_is_not_public_is_not_described(
        self, own_faces: Faces
    ) -> None:
        own_faces.master({"id": HOUSE, "type": "Plot", "name": {"zh": "改为地块"}})
        text = visible(get(own_faces, own_faces.paths["place"]))
        assert "云岭烘烤房" not in text
        assert "改为地块" not in text
        assert "没有登记名称" in text
        assert "批号 BOXED" in text

    def test_what_was_erased_was_there(self, own_faces: Faces) -> None:
        sscc = "https://id.gs1.org/00/395212340000000038"
        (index,) = own_faces.record("coop", carton(sscc, f"{lot('BOXED')}/21/B2"))
        admin = own_faces.world.node.accounts.authenticate(own_faces.world.tokens["admin"])
        own_faces.world.node.capture.erase(admin, index, "asked for")
        answer = get(own_faces, f"/p{sscc.removeprefix('https://id.gs1.org')}")
        assert (answer.status_code, face_of(answer)) == (410, "erased")

    @pytest.mark.parametrize("name", ["place", "organisation", "carton", "called", "noplace"])
    def test_they_are_light_and_whole_without_scripts(self, faces: Faces, name: str) -> None:
        answer = get(faces, faces.paths[name])
        linked = re.findall(r'(?:href|src)="(/static/[^"]+)"', answer.text)
        weights = [len(faces.client.get(path).content) for path in linked if ".js" not in path]
        assert len(answer.content) + sum(weights) < 60_000
        assert answer.text.rstrip().endswith("</html>")

    def test_nothing_public_is_told_with_what_to_do(self, faces: Faces) -> None:
        for language, words in {
            "zh": ("地点：这里没有公开记录", "请与标签上的号码核对", "9521234000907"),
            "en": ("Nothing is recorded here of this place", "Compare it with the label"),
        }.items():
            text = visible(get(faces, faces.paths["noplace"], language))
            for said in words:
                assert said in text

    def test_a_wrong_check_digit_is_told_with_the_right_one(self, faces: Faces) -> None:
        assert "9521234000908 的校验位是 8，应为 7" in visible(get(faces, faces.paths["wrong"]))

    def test_an_address_that_is_nothing(self, faces: Faces) -> None:
        answer = get(faces, "/wp-admin", "en")
        assert (answer.status_code, face_of(answer)) == (404, "nowhere")
        assert get(faces, "/wp-admin", headers={"Accept": "*/*"}).headers["content-type"] == (
            "application/problem+json"
        )


class TestLanguage:
    def test_the_browser_s_choice(self, faces: Faces) -> None:
        for header, tag in (
            ("en-GB,en;q=0.9", "en"),
            ("zh-TW", "zh-CN"),
            ("fr", "zh-CN"),
            ("", "zh-CN"),
        ):
            assert get(faces, faces.paths["issued"], header).headers["content-language"] == tag

    def test_the_switch_counts_more_and_is_kept(self, faces: Faces) -> None:
        answer = get(faces, faces.paths["issued"] + "?lang=en&17=261231")
        assert answer.headers["content-language"] == "en"
        assert 'href="?17=261231&amp;lang=zh"' in answer.text
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith("lang=en;")
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie
        faces.client.cookies.clear()

    def test_the_kept_choice_counts_more_than_the_browser_s(self, faces: Faces) -> None:
        answer = get(faces, faces.paths["issued"], headers={"Cookie": "lang=en"})
        assert answer.headers["content-language"] == "en"

    @pytest.mark.parametrize("wanted", ["fr", "", "zh\r\nX: y", "<b>"])
    def test_an_unknown_language_sets_nothing(self, faces: Faces, wanted: str) -> None:
        answer = faces.client.get(faces.paths["issued"], params={"lang": wanted})
        assert "set-cookie" not in answer.headers
        assert answer.headers["content-language"] == "zh-CN"


class TestHeaders:
    def test_every_page_has_them(self, faces: Faces) -> None:
        for path in faces.paths.values():
            answer = get(faces, path)
            assert answer.headers.keys() >= HEADERS
            policy = dict(
                part.split(" ", 1) for part in answer.headers["content-security-policy"].split("; ")
            )
            assert policy == {
                "default-src": "'none'",
                "script-src": "'self'",
                "style-src": "'self'",
                "img-src": "'self' data:",
                "connect-src": "'self'",
                "base-uri": "'none'",
                "form-action": "'self'",
                "frame-ancestors": "'none'",
            }
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert "unsafe" not in answer.headers["content-security-policy"]

    def test_the_chain_may_be_asked_where_the_settings_say(self, tmp_path: Path) -> None:
        urls = ["https://rpc.example/key", "http://127.0.0.1:8545", "https://rpc.example/two"]
        own = make_faces(tmp_path / "node", page_rpc_urls=urls)
        answer = get(own, own.paths["issued"])
        asked = "connect-src 'self' http://127.0.0.1:8545 https://rpc.example;"
        assert asked in answer.headers["content-security-policy"]
        config = config_of(answer)
        assert (config["rpc"], config["rpcThroughServer"]) == (urls, False)
        own.world.node.close()

    def test_nothing_comes_from_elsewhere(self, faces: Faces) -> None:
        for path in faces.paths.values():
            page = get(faces, path).text
            assert not re.findall(r'(?:src|href|action)="(?:https?:)?//', page)
            assert not re.search(r'\son\w+="|\sstyle="|javascript:', page)

    def test_unchanged_pages_are_not_sent_again(self, faces: Faces) -> None:
        first = get(faces, faces.paths["issued"])
        again = get(faces, faces.paths["issued"], headers={"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        other = get(
            faces, faces.paths["issued"], "en", headers={"If-None-Match": first.headers["etag"]}
        )
        assert other.status_code == 200

    def test_head_is_get_without_a_body(self, faces: Faces) -> None:
        for name in ("issued", "unknown"):
            whole = get(faces, faces.paths[name])
            head = faces.client.head(
                faces.paths[name], headers={"Accept-Language": "zh", "Accept": "text/html"}
            )
            assert (head.status_code, head.content) == (whole.status_code, b"")
            assert head.headers["content-length"] == whole.headers["content-length"]


class TestTroubles:
    def test_a_tampered_record_is_named(self, own_faces: Faces) -> None:
        index = own_faces.damage("BROKEN")
        answer = get(own_faces, f"/p/01/{GTIN}/10/BROKEN")
        assert (answer.status_code, face_of(answer)) == (500, "damaged")
        assert f"第 {index} 号记录：存档的内容与当初提交的不一致" in visible(answer)
        assert answer.headers["cache-control"] == "no-store"
        assert get(own_faces, own_faces.paths["issued"]).status_code == 200

    def test_also_once_it_was_shown_before(self, own_faces: Faces) -> None:
        path = f"/p/01/{GTIN}/10/BROKEN"
        assert get(own_faces, path).status_code == 200
        own_faces.damage("BROKEN")
        assert get(own_faces, path).status_code == 500

    def test_a_content_that_nobody_erased_is_missed(self, own_faces: Faces) -> None:
        path = f"/p/01/{GTIN}/10/BROKEN"
        assert get(own_faces, path).status_code == 200
        own_faces.damage("BROKEN", "DELETE FROM contents WHERE idx = ?")
        assert face_of(get(own_faces, path)) == "damaged"

    def test_a_recall_shows_at_once_on_pages_that_were_shown_before(self, own_faces: Faces) -> None:
        assert face_of(get(own_faces, own_faces.paths["pack"])) == "issued"
        raw = [{"epcClass": lot("RAW-1", "09521234000044")}]
        own_faces.record(
            "bureau", about("", bizStep="holding", disposition="recalled", quantityList=raw)
        )
        assert face_of(get(own_faces, own_faces.paths["pack"])) == "recalled"
        assert face_of(get(own_faces, own_faces.paths["serial"])) == "recalled"

    def test_an_erasure_shows_at_once(self, own_faces: Faces) -> None:
        from suyuan.flow.accounts import Caller

        path = f"/p/01/{GTIN}/10/BROKEN"
        assert get(own_faces, path).status_code == 200
        node = own_faces.world.node
        index = node.database.log.tips_at([lot("BROKEN")], 1 << 40)[lot("BROKEN")].index
        admin = Caller(own_faces.world.org("admin"), "administrator", "990101", "test")
        node.capture.erase(admin, index, "asked for")
        assert get(own_faces, path).status_code == 410

    @pytest.mark.parametrize(
        ("error", "status", "face"),
        [
            (Unavailable("the database does not answer: {reason}", reason="x"), 503, "unavailable"),
            (TooLarge("more than {most} records belong to {subject}: a bundle holds no more",
                      most=1, subject="x"), 413, "long"),
            (Damaged("x", index=-1), 500, "damaged"),
            (RuntimeError("secret trace"), 500, "fault"),
        ],
    )  # fmt: skip
    def test_what_goes_wrong_has_a_page(
        self,
        faces: Faces,
        monkeypatch: pytest.MonkeyPatch,
        error: Exception,
        status: int,
        face: str,
    ) -> None:
        def fail(*_: Any) -> None:
            raise error

        monkeypatch.setattr(Prover, "gather", fail)
        for language in ("zh", "en"):
            answer = get(faces, faces.paths["issued"], language)
            assert (answer.status_code, face_of(answer)) == (status, face)
            assert "secret" not in answer.text
            assert ("retry-after" in answer.headers) == (status == 503)

    def test_programs_get_problems(self, faces: Faces) -> None:
        for path, status in ((faces.paths["unknown"], 404), ("/01/abc", 400)):
            answer = get(faces, path, headers={"Accept": "application/json"})
            assert answer.status_code == status
            assert answer.headers["content-type"] == "application/problem+json"
            answer = get(faces, path, headers={"Accept": "*/*"})
            assert answer.headers["content-type"] == "application/problem+json"
            answer = get(faces, path, headers={"Accept": "text/html,*/*;q=0.8"})
            assert (answer.status_code, answer.text[:5]) == (status, "<!doc")


def config_of(answer: Any) -> dict[str, Any]:
    found = re.search(
        r'(?s)<script type="application/json" id="suyuan">(.*?)</script>', answer.text
    )
    assert found is not None
    config: dict[str, Any] = json.loads(found[1])
    return config


class TestForTheBrowser:
    """What page.js is told. Its own tests check what it does with it."""

    @pytest.fixture(autouse=True)
    def _script(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """As if scripts/build_front.mjs had run, also where it has not."""
        held = assets.load()
        script = held.files.get("verify.js") or assets._asset("verify.js", b"// a script")
        files = {**held.files, "verify.js": script}
        there = assets.Assets(files, b"<!doctype html>", "default-src 'none'", held.check_words)
        monkeypatch.setattr(assets, "load", lambda: there)

    def test_where_the_files_are_and_what_they_are_about(self, faces: Faces) -> None:
        config = config_of(get(faces, faces.paths["pack"]))
        subject = f"https://id.gs1.org/01/{GTIN}/21/" + faces.paths["pack"].rsplit("/", 1)[-1]
        assert config["subject"] == subject
        assert config["lang"] == "zh"
        assert config["policyFingerprint"] == faces.world.policy().fingerprint()
        assert config["words"]["retry"] == "再试一次"
        assert (config["rpc"], config["rpcThroughServer"]) == ([], True)
        assert "shown" not in config
        assert faces.client.get(config["bundle"]).json()["subject"] == subject
        assert faces.client.get(config["policy"]).status_code == 200

    def test_the_chain_is_asked_through_us_where_readers_have_no_rpc(self, tmp_path: Path) -> None:
        own = make_faces(tmp_path / "node", rpc_urls=["http://127.0.0.1:1"])
        config = config_of(get(own, own.paths["issued"]))
        assert (config["rpc"], config["rpcThroughServer"]) == (["/chain"], True)
        own.world.node.close()

    def test_there_is_nothing_to_check_before_sealing(self, faces: Faces) -> None:
        answer = get(faces, faces.paths["unsealed"])
        assert 'id="suyuan"' not in answer.text
        assert "<script" not in answer.text
        assert "封存之后才能核对" in visible(answer)

    def test_without_scripts_it_says_that_nothing_was_checked(self, faces: Faces) -> None:
        answer = get(faces, faces.paths["issued"])
        assert re.search(
            r'<section id="check".*?<p data-fallback>.*?没有在这里核对', answer.text, re.DOTALL
        )

    def test_beyond_200_records_what_is_shown_is_checked_and_said_so(
        self, own_faces: Faces
    ) -> None:
        path = f"/p/01/{GTIN}/10/LONG"
        own_faces.record("coop", made("LONG"))
        days = (
            f"2026-0{1 + n // 28}-{1 + n % 28:02d}T0{n % 9}:30:00.000+08:00" for n in range(220)
        )
        own_faces.record("coop", *(about("LONG", bizStep="storing", eventTime=day) for day in days))
        own_faces.anchor()
        answer = get(own_faces, path)
        config = config_of(answer)
        assert "记录超过 200 条：浏览器只核对本页列出的那些。" in visible(answer)
        assert re.search(r"这里列出最新的 100 项，共 \d+ 项；凭证文件里是全的。", visible(answer))
        assert len(config["shown"]) == 100
        assert answer.text.count('<li class="deed') == 100
        assert len(answer.content) < 60_000

    def test_everything_stays_below_100_kb(self, faces: Faces) -> None:
        files = assets.load().files
        named: set[str] = set()
        for path in faces.paths.values():
            for language in ("zh", "en"):
                page = get(faces, path, language)
                loaded = {name: a for name, a in files.items() if a.url in page.text}
                named |= loaded.keys()
                rest = sum(len(asset.body) for asset in loaded.values())
                assert len(page.content) + rest < 100_000
        # What the desk loads, and who signs by a link, is no consumer's; what a report loads is little.
        assert named == files.keys() - {"desk.css", "live.js", "scan.js", "sign.js", "report.css"}
        for path in ("/report", faces.paths["issued"].replace("/p/", "/report/", 1)):
            form = get(faces, path)
            loaded = {name: a for name, a in files.items() if a.url in form.text}
            assert {"page.css", "report.css"} <= loaded.keys()
            assert len(form.content) + sum(len(a.body) for a in loaded.values()) < 100_000

    def test_a_checkout_without_built_scripts_still_has_pages(
        self, faces: Faces, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        held = assets.load()
        files = {name: asset for name, asset in held.files.items() if name != "verify.js"}
        bare = assets.Assets(files, None, held.verifier_csp, held.check_words)
        monkeypatch.setattr(assets, "load", lambda: bare)
        answer = get(faces, faces.paths["issued"])
        assert answer.status_code == 200
        assert "<script" not in answer.text
        assert "verifier.html" not in answer.text
        assert "现在不能在这里核对" in visible(answer)
        assert faces.client.get("/verifier.html").status_code == 404


class TestStatic:
    def test_a_file_never_changes_under_its_address(self, faces: Faces) -> None:
        for asset in assets.load().files.values():
            answer = faces.client.get(asset.url, headers={"Accept-Encoding": "identity"})
            assert answer.content == asset.body
            assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
            assert answer.headers["content-type"].startswith(asset.media_type.split(";")[0])

    def test_it_comes_packed_to_those_who_can_unpack(self, faces: Faces) -> None:
        asset = assets.load().files["page.css"]
        answer = faces.client.get(asset.url, headers={"Accept-Encoding": "gzip, br"})
        assert answer.headers["content-encoding"] == "gzip"
        assert int(answer.headers["content-length"]) == len(asset.packed) < len(asset.body)
        assert answer.content == asset.body

    @pytest.mark.parametrize(
        "path", ["/static/0123456789abcdef/page.css", "/static/x/../../pages.py"]
    )
    def test_nothing_else_is_there(self, faces: Faces, path: str) -> None:
        assert faces.client.get(path).status_code == 404

    def test_the_page_s_links_lead_to_them(self, faces: Faces) -> None:
        for url in set(
            re.findall(r'(?:href|src)="(/static/[^"]+)"', get(faces, faces.paths["issued"]).text)
        ):
            assert faces.client.get(url).status_code == 200
