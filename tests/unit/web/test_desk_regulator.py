"""The regulator's pages: what stands out in the area and nowhere else, inspections, bundles, audits."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from desk import DeskWorld, buy, inside, make_desk, send, token_in
from nodes import LOT, event, made_up_policy, standing_still
from openpyxl import load_workbook
from starlette.testclient import TestClient

from suyuan.flow.accounts import Caller
from suyuan.flow.actors import Actor
from suyuan.flow.books import Entry
from suyuan.flow.capture import Incoming


def coop(desk: DeskWorld, who: str = "coop") -> Caller:
    county = {"coop": "990101", "other": "990202"}[who]
    return Caller(desk.world.org(who), "recorder", county, "test")


@pytest.fixture(scope="module", autouse=True)
def one_day() -> Iterator[None]:
    """No midnight passes between what is recorded and what is told of it."""
    with standing_still():
        yield


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskWorld]:
    made = make_desk(tmp_path_factory.mktemp("regulator") / "node")
    node = made.world.node
    old = (node.watch.today() - timedelta(days=30)).isoformat()
    for who, word in (("coop", "甲"), ("other", "乙")):
        test = {
            "day": old, "subject": [f"https://node.example/lot/{who}"], "item": f"{word}残留",
            "result": "fail",
        }  # fmt: skip
        passed = {**test, "item": f"{word}合格项", "result": "pass"}
        caller = coop(made, who)
        events = node.books.events(caller, [Entry("test", test), Entry("test", passed)])
        # As a laboratory's own system sends it.
        node.capture.events(caller, events)
    override = event(
        action="OBSERVE", bizStep="https://node.example/voc/overriding", quantityList=None,
        epcList=["https://node.example/lot/coop"], eventTime=node.clock.now(),
        **{"suyuan:override": {"rule": "1/interval", "reason": "抢收台风前"},
           "suyuan:person": {"name": "王会计"}},
    )  # fmt: skip
    node.capture.events(coop(made), [Incoming(override)])
    yield made
    node.close()


def test_an_override_says_which_rule_who_and_why(desk: DeskWorld) -> None:
    client = inside(desk, "jian")
    listed = client.get("/desk/regulator/overrides").text
    assert "Intervals before harvest and slaughter, 王会计, 抢收台风前" in listed
    index = re.findall(r"/desk/proof/(\d+)", listed)[0]
    own = inside(desk).get(f"/desk/records/{index}").text
    for said in ("Intervals before harvest and slaughter", "抢收台风前", "王会计"):
        assert said in own
    proof = client.get(f"/desk/proof/{index}").text
    assert "Intervals before harvest and slaughter" in proof
    assert "/desk/regulator/organisation?id=" in proof


def test_each_list_holds_what_is_of_the_area(desk: DeskWorld) -> None:
    client = inside(desk, "jian")
    failed = client.get("/desk/regulator/failed").text
    assert "甲残留" in failed
    assert "合格项" not in failed
    assert "乙" not in failed
    late = client.get("/desk/regulator/late").text
    assert late.count("30 days after") == 2
    assert "抢收台风前" in client.get("/desk/regulator/overrides?from=2026-01-01").text
    overview = client.get("/desk/regulator?from=2026-01-01").text
    counts = re.findall(r"<b>(\d+)</b>(\w+)", overview)
    assert ("1", "Overrides") in counts
    assert ("1", "Failed") in counts
    assert client.get("/desk/regulator/failed?from=2999-01-01").text.count("/desk/proof/") == 0


def test_an_entry_is_late_on_the_day_it_was_recorded_however_old_the_deed(tmp_path: Path) -> None:
    desk = make_desk(tmp_path / "node")
    node = desk.world.node
    today = node.watch.today()
    for days in (30, 200):
        given = {"day": (today - timedelta(days=days)).isoformat(), "result": "fail",
                 "subject": ["https://node.example/lot/x"], "item": f"{days}残留"}  # fmt: skip
        node.books.record(coop(desk), [Entry("test", given)])
    client = inside(desk, "jian")
    listed = client.get("/desk/regulator/late").text
    # What was recorded last comes first.
    assert 0 < listed.find("200 days after") < listed.find("30 days after")
    assert ("2", "Late") in re.findall(r"<b>(\d+)</b>(\w+)", client.get("/desk/regulator").text)
    before = (today - timedelta(days=1)).isoformat()
    assert "/desk/proof/" not in client.get(f"/desk/regulator/late?to={before}").text
    on_the_day = client.get(f"/desk/regulator/late?from={today}&to={today}").text
    assert "200 days after" in on_the_day
    node.close()


def test_each_list_is_saved_whole_for_the_regulator_of_its_area_alone(desk: DeskWorld) -> None:
    client = inside(desk, "jian")
    assert "/desk/regulator/save/failed.xlsx?from=" in client.get("/desk/regulator/failed").text
    failed = client.get("/desk/regulator/save/failed.csv")
    assert failed.headers["content-type"].startswith("text/csv")
    assert "甲残留" in failed.text
    assert "合格项" not in failed.text
    assert "乙" not in failed.text
    assert client.get("/desk/regulator/save/failed.csv?from=2999-01-01").text.count("甲") == 0
    other = {"organisation": desk.world.org("other")}
    assert "残留" not in client.get("/desk/regulator/save/failed.csv", params=other).text
    late = list(csv.reader(client.get("/desk/regulator/save/late.csv").text.splitlines()))
    assert [row[5] for row in late].count("30") == 2
    override = client.get("/desk/regulator/save/overrides.csv?from=2026-01-01").text
    assert "抢收台风前" in override
    for what in ("overrides", "imbalances", "late", "failed", "silent"):
        book = load_workbook(io.BytesIO(client.get(f"/desk/regulator/save/{what}.xlsx").content))
        assert book.worksheets[0].max_row is not None
    assert client.get("/desk/regulator/save/failed.csv?from=yesterday").status_code == 400
    assert client.get("/desk/regulator/save/nothing.csv").status_code == 404
    assert client.get("/desk/regulator/save/failed.pdf").status_code == 400
    for who in ("wang",):
        assert inside(desk, who).get("/desk/regulator/save/failed.csv").status_code == 403


def test_filters_that_mean_nothing_are_said_so(desk: DeskWorld) -> None:
    client = inside(desk, "jian")
    for wrong, field in (("from=yesterday", "from"), ("days=x", "days")):
        answer = client.get(f"/desk/regulator?{wrong}")
        assert answer.status_code == 422
        assert f'href="#{field}"' in answer.text
    assert client.get("/desk/regulator/nothing").status_code == 404


def test_a_list_opens_the_record_and_its_proof(desk: DeskWorld) -> None:
    client = inside(desk, "jian")
    desk.world.node.sealer.seal()
    found = re.search(r'href="(/desk/proof/\d+)"', client.get("/desk/regulator/failed").text)
    assert found is not None
    page = client.get(found[1]).text
    assert "甲残留" in page
    assert "this log has no contract so far" in page
    assert inside(desk, "wang").get("/desk/regulator").status_code == 403


def test_another_area_s_record_is_not_shown(desk: DeskWorld) -> None:
    node = desk.world.node
    (other,) = node.watch.marked([desk.world.org("other")], "failed")
    client = inside(desk, "jian")
    assert client.get(f"/desk/proof/{other.index}").status_code == 403
    address = f"/desk/regulator/organisation?id={desk.world.org('other')}"
    assert client.get(address).status_code == 404


def test_who_went_silent_in_season_is_named(
    desk: DeskWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = desk.world.node
    values = {
        "day": node.watch.today().isoformat(), "season": "2026-tea", "plots": ["前山"],
        "items": [{"item": "https://node.example/seed", "amount": "3 斤"}],
    }  # fmt: skip
    node.books.record(coop(desk), [Entry("sowing", values)])
    names = [desk.world.org("coop")]
    assert node.watch.silent(names, 14) == []
    later = node.watch.today() + timedelta(days=20)
    monkeypatch.setattr(type(node.watch), "today", lambda _: later)
    (found,) = node.watch.silent(names, 14)
    assert found.days == 20
    assert node.watch.silent(names, 20) == []
    listed = inside(desk, "jian").get("/desk/regulator/silent?days=14").text
    assert "20 days" in listed
    harvest = {**values, "items": [{"item": "https://node.example/lot/h", "amount": "9 斤"}]}
    node.books.record(coop(desk), [Entry("harvest", harvest)])
    assert node.watch.silent(names, 14) == []


def test_imbalances_name_the_records_behind_them(desk: DeskWorld) -> None:
    clerk = inside(desk)
    assert buy(desk, clerk, new_name="草铵膦", amount="2 瓶", new_net="1 升").status_code == 303
    page = clerk.get("/desk/stock/count").text
    names = re.findall(r'<label for="(amount-\d+)">([^<]+)</label>', page)
    field = next(name for name, said in names if said == "草铵膦")
    day = desk.world.node.watch.today().isoformat()
    assert send(clerk, "/desk/stock/count", **{"day": day, field: "1 升"}).status_code == 303
    listed = inside(desk, "jian").get("/desk/regulator/imbalances").text
    assert "草铵膦" in listed
    assert "missing: 1 L" in listed
    (line,) = [row for row in listed.split("<tr>") if "草铵膦" in row]
    assert line.count("/desk/proof/") == 2


def test_an_inspection_is_the_authority_s_own_record(desk: DeskWorld) -> None:
    client = inside(desk, "jian")
    day = desk.world.node.watch.today().isoformat()
    given = {"day": day, "type": "sampling", "of": desk.world.org("coop")}
    answer = send(client, "/desk/regulator/inspect", **given)
    assert answer.status_code == 422
    assert 'id="finding-error"' in answer.text
    wrong = {"of": "", "day": "bad", "type": "sampling", "until": "bad", "thing": "~"}
    answer = send(client, "/desk/regulator/inspect", **wrong)
    assert re.findall(r'id="([a-z_]+)-error"', answer.text) == [
        "of", "day", "finding", "until", "thing",
    ]  # fmt: skip
    answer = send(client, "/desk/regulator/inspect", **{**given, "of": desk.world.org("other")})
    assert 'id="of-error"' in answer.text
    answer = send(client, "/desk/regulator/inspect", **given, finding="抽取茶青两份", person="简")
    assert answer.status_code == 303, answer.text
    timeline = client.get(answer.headers["location"]).text
    assert "抽取茶青两份" in timeline
    assert "Sampling" in timeline
    index = desk.world.node.database.log.tail().size - 1
    stored = desk.world.node.database.log.records([index])[index]
    assert stored.owner == desk.world.org("bureau")
    mine = inside(desk).get("/desk/timeline").text
    assert "抽取茶青两份" in mine


def upload(client: TestClient, body: bytes, **fields: Any) -> Any:
    csrf = token_in(client.get("/desk/regulator/bundle").text)
    files = {"bundle": ("x.suyuan.json", body, "application/json")}
    return client.post("/desk/regulator/bundle", data={"csrf": csrf, **fields}, files=files)


def test_a_bundle_gets_its_verdict_in_words(
    desk: DeskWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = desk.world.node
    client = inside(desk, "jian")
    assert "no contract is set up" in upload(client, b"{}").text.lower()
    policy = desk.world.policy()
    monkeypatch.setattr(type(node), "policy", lambda _: policy)
    node.capture.events(coop(desk), [Incoming(event())])
    node.sealer.seal()
    bundle = node.prover.bundle(coop(desk).viewer, LOT)
    good = upload(client, bundle).text
    assert "Holds, and is in the log" in good
    assert "signatures hold" in good
    broken = upload(client, bundle.replace(b'"uom":"KGM"', b'"uom":"GRM"')).text
    assert "Does not hold" in broken
    for other in (b"no bundle", b"[]", b'{"type": "EPCISDocument"}', b"\xff\xd8\xff"):
        page = upload(client, other)
        assert page.status_code == 422
        assert "this file is no bundle" in page.text.lower()
        assert "line 1" not in page.text
    assert "the bundle is about" in upload(client, bundle, subject=LOT + "2").text
    empty = upload(client, b"")
    assert empty.status_code == 422
    assert 'id="bundle-error"' in empty.text


def test_the_log_is_audited_behind_the_page(
    desk: DeskWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = desk.world.node
    client = inside(desk, "jian")
    answer = send(client, "/desk/regulator/audits")
    assert answer.status_code == 422
    assert "needs its policy" in answer.text
    assert made_up_policy(node)
    policy = desk.world.policy()
    monkeypatch.setattr(node.audits, "policy", lambda: policy)
    answer = send(client, "/desk/regulator/audits")
    assert answer.status_code == 303
    where = answer.headers["location"]
    node.audits.wait(where.rpartition("/")[2])
    report = client.get(where).text
    assert "Nothing differs" in report
    assert "all checked" in report
    assert where in client.get("/desk/regulator/audits").text
    assert client.get("/desk/regulator/audits/nothing").status_code == 404


def test_a_failed_test_says_what_was_found(desk: DeskWorld) -> None:
    node = desk.world.node
    test = {
        "day": node.watch.today().isoformat(), "subject": ["https://node.example/lot/x"],
        "item": "毒死蜱", "value": "0.4", "limit": "0.1", "unit": "mg/kg", "result": "fail",
    }  # fmt: skip
    node.capture.events(coop(desk), node.books.events(coop(desk), [Entry("test", test)]))
    listed = inside(desk, "jian").get("/desk/regulator/failed").text
    assert "毒死蜱 0.4 mg/kg (limit 0.1)" in listed


def test_who_is_a_regulator_alone_begins_at_the_page_of_the_area(desk: DeskWorld) -> None:
    client = inside(desk, "jian")
    landed = client.get("/desk", follow_redirects=False)
    assert landed.headers["location"] == "/desk/regulator"
    page = client.get("/desk/regulator").text
    assert page.index('href="/desk/regulator"') < page.index('href="/desk/today"')
    clerk = inside(desk).get("/desk", follow_redirects=False)
    assert clerk.headers["location"] == "/desk/today"


def test_a_regulator_reads_the_names_that_plots_and_records_of_the_area_name(
    tmp_path: Path,
) -> None:
    desk = make_desk(tmp_path / "node")
    node = desk.world.node
    uri = node.people.uri(desk.add("张大山"))
    send(inside(desk), "/desk/plots/new", name="东坡", member=uri)
    plot = node.plots.of(desk.world.org("coop"))[0].id
    client = inside(desk, "jian")
    page = client.get("/desk/plots/one", params={"id": plot}).text
    assert "张大山" in page
    assert "nobody in particular" not in page
    assert "张大山" in client.get("/desk/plots").text
    day = node.watch.today().isoformat()
    given = {"day": day, "subject": ["https://node.example/lot/x"], "item": "残留",
             "result": "fail", "member": uri}  # fmt: skip
    (index,) = node.books.record(coop(desk), [Entry("test", given)])
    far = make_regulator(desk)
    assert "张大山" in client.get(f"/desk/records/{index}").text
    assert node.people.name_of(far, uri) is None
    node.close()


def make_regulator(desk: DeskWorld) -> Actor:
    """Of another county."""
    return Actor("", "", "", desk.world.org("faraway"), "880000", frozenset({"regulator"}))


def test_an_authority_without_a_key_is_told_before_it_fills_anything_in(
    desk: DeskWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = inside(desk, "jian")
    assert "<textarea" in client.get("/desk/regulator/inspect").text
    accounts = type(desk.world.node.capture.accounts)
    monkeypatch.setattr(accounts, "kept_kids", lambda *_: [])
    page = client.get("/desk/regulator/inspect").text
    assert "signed with a key of your authority, and there is none here yet" in page
    assert "suyuan key make" in page
    assert "<textarea" not in page
