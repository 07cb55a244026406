"""The rules over HTTP, on a real node: asked before saving, of what stands, at release, overridden."""

from __future__ import annotations

import io
from typing import Any
from uuid import UUID

import pytest
from farm_season import (
    BOTTLES,
    LEAVES,
    MADE,
    PESTICIDE,
    PICKED,
    SEASON,
    begin,
    bought,
    made,
    picked,
    record,
    sprayed,
)
from nodes import BASE, World
from openpyxl import Workbook

from suyuan.bootstrap import open_node
from suyuan.flow.capture import Capture
from suyuan.web.api.master import XLSX


def get(world: World, path: str, who: str = "coop", lang: str = "en", **query: Any) -> Any:
    answer = world.client.get(
        path, params=query, headers={**world.head(who), "Accept-Language": lang}
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


def ask(world: World, *events: dict[str, Any], lang: str = "en") -> Any:
    head = {**world.head("coop"), "Accept-Language": lang}
    answer = world.client.post("/rules/check", json=list(events), headers=head)
    assert answer.status_code == 200, answer.text
    return answer.json()


def named(body: Any, rule: str) -> list[dict[str, Any]]:
    return [one for one in body["findings"] if one["rule"] == rule]


def test_before_saving_a_spray_says_the_earliest_harvest_and_records_nothing(world: World) -> None:
    begin(world)
    record(world, bought())
    before = world.node.database.log.tail().size
    body = ask(world, sprayed("2026-09-08"), lang="zh")
    (found,) = named(body, "1/interval")
    assert found["verdict"] == "pass"
    assert found["facts"]["earliest"] == "2026-09-22"
    assert "9月22日（星期二）" in found["text"]
    assert found["draft"] is True
    assert world.node.database.log.tail().size == before


def test_before_saving_a_harvest_too_early_is_blocked_with_the_records_behind_it(
    world: World,
) -> None:
    begin(world)
    _, spray = record(world, bought(), sprayed("2026-03-25"))
    body = ask(world, picked("2026-04-01"))
    (found,) = named(body, "1/interval")
    assert (body["verdict"], found["verdict"], found["records"]) == ("block", "block", [spray])
    assert found["text"].endswith("earliest Wednesday 8 April")
    assert found["source"] == "product label"


def test_using_more_than_was_bought_warns_before_saving(world: World) -> None:
    begin(world)
    purchase, spray = record(world, bought(1), sprayed("2026-03-10", 0.8))
    (found,) = named(ask(world, sprayed("2026-03-20", 0.5, number=9)), "5/balance")
    assert (found["verdict"], found["records"]) == ("warn", [purchase, spray])


def test_the_season_as_it_stands_and_the_lot_made_of_it(world: World) -> None:
    begin(world)
    record(world, bought(), sprayed("2026-03-25"), picked(), made())
    season = get(world, "/rules/check", subject=SEASON)
    assert named(season, "1/interval")[0]["verdict"] == "block"
    lot = get(world, "/rules/check", subject=MADE, rule=[1, 7])
    assert {one["rule"].partition("/")[0] for one in lot["findings"]} == {"1", "7"}
    gate = get(world, "/rules/release", subject=MADE)
    blocks = {one["rule"] for one in gate["findings"] if one["verdict"] == "block"}
    assert blocks == {"9/interval", "9/certificate"}


def test_an_override_needs_a_name_and_a_reason_and_is_a_record(world: World) -> None:
    begin(world)
    record(world, bought(), sprayed("2026-03-25"), picked(), made())

    def send(**members: str) -> Any:
        body = {"subject": MADE, "rule": "9/interval", "person": "张建国",
                "reason": "检测合格，县局同意放行", **members}  # fmt: skip
        return world.client.post("/rules/overrides", json=body, headers=world.head("coop"))

    assert send(person=" ").json()["errors"][0]["path"] == "/person"
    assert send(reason="ok").json()["errors"][0]["path"] == "/reason"
    assert send(rule="9/ban").status_code == 404
    answer = send()
    assert answer.status_code == 201
    index = answer.json()["index"]
    gate = get(world, "/rules/release", subject=MADE)
    (found,) = named(gate, "9/interval")
    assert found["override"] == {
        "index": index,
        "person": "张建国",
        "reason": "检测合格，县局同意放行",
    }
    assert send().status_code == 404, "it is overridden already"
    # The name is the organisation's and the regulator's; the public sees that somebody did, and why.
    public = world.client.get(f"/events/{index}", headers={"Accept": "application/json"}).json()
    event = public["content"]["event"]
    assert "suyuan:person" not in event
    assert event["suyuan:override"]["rule"] == "9/interval"
    assert UUID(event["eventID"].removeprefix("urn:uuid:"))


def test_an_override_of_one_spray_does_not_cover_the_next(world: World) -> None:
    begin(world)
    record(world, bought(), sprayed("2026-03-25"), picked())
    body = {"subject": SEASON, "rule": "1/interval", "person": "张建国", "reason": "已送检，合格"}
    answer = world.client.post("/rules/overrides", json=body, headers=world.head("coop"))
    assert answer.status_code == 201
    record(world, sprayed("2026-03-30", number=8))
    found = named(get(world, "/rules/check", subject=SEASON), "1/interval")
    assert sorted(one["override"] is None for one in found) == [False, True]


def test_only_who_may_record_overrides(world: World) -> None:
    begin(world)
    spray = {**sprayed("2026-03-25"), "suyuan:preHarvestInterval": {"days": 14}}
    record(world, bought(), spray, picked())
    body = {"subject": SEASON, "rule": "1/interval", "person": "某人", "reason": "别人家的事"}
    answer = world.client.post("/rules/overrides", json=body, headers=world.head("other"))
    assert answer.status_code == 403
    assert world.client.post("/rules/overrides", json=body).status_code == 401


def test_what_is_not_there_or_is_no_thing(world: World) -> None:
    head = world.head("coop")
    for subject in (f"{BASE}season/none", LEAVES, "not a uri"):
        answer = world.client.get("/rules/check", params={"subject": subject}, headers=head)
        assert answer.status_code in (400, 404), subject
    wrong = world.client.post("/rules/check", json=[{"type": "x"}], headers=head)
    assert wrong.status_code == 400
    assert world.client.post("/rules/check", json=[], headers=head).status_code == 400


BANS = [{"ingredient": "苦参碱", "crops": ["*"], "from": "2026-01-01", "source": "测试公告"}]


def test_the_administrator_replaces_a_table_and_the_rules_follow_it_at_once(world: World) -> None:
    begin(world)
    record(world, bought(), sprayed())
    assert named(get(world, "/rules/check", subject=SEASON), "2/ban")[0]["verdict"] == "pass"
    body = {"edition": "2026-12", "rows": BANS}
    refused = world.client.post("/rules/tables/bans", json=body, headers=world.head("coop"))
    assert refused.status_code == 403
    only = world.client.post(
        "/rules/tables/bans?check=true", json=body, headers=world.head("admin")
    )
    assert only.json() == {"valid": 1}
    answer = world.client.post(
        f"/rules/tables/bans?insteadOf={in_force(world)}", json=body, headers=world.head("admin")
    )
    assert answer.status_code == 201, answer.text
    (found,) = named(get(world, "/rules/check", subject=SEASON), "2/ban")
    assert (found["verdict"], found["source"], found["edition"]) == ("block", "测试公告", "2026-12")
    newest, first = get(world, "/rules/tables/bans")
    assert (newest["index"], first["index"]) == (answer.json()["index"], None)


def in_force(world: World, table: str = "bans") -> str:
    return str(get(world, f"/rules/tables/{table}")[0]["digest"])


def test_a_table_that_another_process_changes_at_the_same_time_is_not_written_over(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both read the same edition; the one that comes second is told, and changes what there is then."""
    body = {"edition": "mine", "rows": BANS}
    read = in_force(world)
    unsaid = world.client.post("/rules/tables/bans", json=body, headers=world.head("admin"))
    assert (unsaid.status_code, read in unsaid.json()["detail"]) == (400, True)
    other = open_node(world.node.settings)
    admin = world.node.accounts.authenticate(world.tokens["admin"])
    looked = Capture.check_attachments

    def meanwhile(capture: Capture, drafts: Any) -> None:
        looked(capture, drafts)
        if capture is world.node.capture:  # read and checked here, and not in the log yet
            theirs = {"table": "bans", "edition": "theirs", "rows": BANS}
            other.rulebook.replace_table(admin, theirs, instead_of=read)

    monkeypatch.setattr(Capture, "check_attachments", meanwhile)
    url = f"/rules/tables/bans?insteadOf={read}"
    refused = world.client.post(
        url, json=body, headers=world.head("admin", **{"Accept-Language": "en"})
    )
    monkeypatch.undo()
    assert refused.status_code == 409
    assert "somebody else changed this" in refused.json()["detail"]
    editions = [one["document"]["edition"] for one in get(world, "/rules/tables/bans")]
    assert editions[0] == "theirs"
    assert "mine" not in editions
    again = f"/rules/tables/bans?insteadOf={in_force(world)}"
    assert world.client.post(again, json=body, headers=world.head("admin")).status_code == 201
    other.close()


def test_a_cooperative_cannot_set_a_table_as_master_data_either(world: World) -> None:
    table = {"id": f"{BASE}table/bans", "type": "suyuan:RuleTable", "table": "bans",
             "edition": "x", "rows": []}  # fmt: skip
    answer = world.client.post("/master", json=table, headers=world.head("coop"))
    assert answer.status_code == 403
    wrong = {**table, "rows": [{"ingredient": "x"}]}
    answer = world.client.post("/master", json=wrong, headers=world.head("admin"))
    assert {one["path"] for one in answer.json()["errors"]} == {"/rows/0/crops", "/rows/0/source"}


def test_a_table_from_a_sheet_names_bad_cells_by_row_and_column(world: World) -> None:
    good = (
        "ingredient,aliases,crops,from,source_zh,source_en\n"
        "克百威,呋喃丹、carbofuran,*,2026-06-01,公告,Notice\n"
    )
    bad = good + "灭多威,,茶叶,2026-6-1,,\n"
    head = {**world.head("admin"), "Content-Type": "text/csv"}
    url = "/rules/tables/bans?edition=E1"
    answer = world.client.post(url, content=bad.encode(), headers=head)
    places = {one["path"] for one in answer.json()["errors"]}
    assert places == {"row 3, column from", "row 3, column source"}
    url += f"&insteadOf={in_force(world)}"
    assert world.client.post(url, content=good.encode(), headers=head).status_code == 201
    row = get(world, "/rules/tables/bans")[0]["document"]["rows"][0]
    assert row == {
        "ingredient": "克百威", "aliases": ["呋喃丹", "carbofuran"], "crops": ["*"],
        "from": "2026-06-01",
        "source": {"zh": "公告", "en": "Notice"},
    }  # fmt: skip


def test_a_table_from_a_workbook(world: World) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["name", "value", "source"])
    sheet.append(["latenessDays", 3, "县里的要求"])
    data = io.BytesIO()
    book.save(data)
    head = {**world.head("admin"), "Content-Type": XLSX}
    url = f"/rules/tables/thresholds?insteadOf={in_force(world, 'thresholds')}"
    answer = world.client.post(url, content=data.getvalue(), headers=head)
    assert answer.status_code == 201, answer.text
    assert get(world, "/rules/tables/thresholds")[0]["document"]["rows"][0]["value"] == 3


def test_a_cooperative_copies_a_template_and_the_season_keeps_its_version(world: World) -> None:
    begin(world)
    record(world, bought(), sprayed(), picked(amount=600))
    first = get(world, "/templates/tea")[0]
    head = world.head("coop")

    def copy(per_mu: int, who: str = "coop") -> Any:
        body = {"from": "tea", "id": "coop-tea", "changes": {"yieldPerMu": {"value": per_mu}}}
        return world.client.post("/templates", json=body, headers=world.head(who))

    assert copy(100).status_code == 201
    own = get(world, "/templates/coop-tea")[0]
    assert own["document"]["copiedFrom"] == {
        "id": first["document"]["id"],
        "digest": first["digest"],
    }
    version = {"id": own["document"]["id"], "digest": own["digest"]}
    season = {"id": SEASON, "type": "suyuan:Season", "suyuan:template": version}
    assert world.client.post("/master", json=season, headers=head).status_code == 201
    assert named(get(world, "/rules/check", subject=SEASON), "6/yield")[0]["verdict"] == "warn"
    # 600 kg of 5 mu pass under the next version; this season stays with the one it began under.
    assert copy(200).status_code == 201
    assert named(get(world, "/rules/check", subject=SEASON), "6/yield")[0]["verdict"] == "warn"
    assert len(get(world, "/templates/coop-tea")) == 2
    assert copy(300, "other").status_code == 409


def test_a_template_that_is_wrong_is_refused_by_its_path(world: World) -> None:
    body = {"from": "tea", "id": "coop-tea", "changes": {"stages": [{"code": "x"}]}}
    answer = world.client.post("/templates", json=body, headers=world.head("coop"))
    assert answer.status_code == 400
    assert "/stages/0/months" in {one["path"] for one in answer.json()["errors"]}


def test_tables_and_templates_are_public_and_balances_are_not(world: World) -> None:
    for path in ("/rules", "/rules/tables", "/templates", "/rules/tables/bans", "/templates/tea"):
        assert world.client.get(path).status_code == 200, path
    for path in ("/balance", f"/rules/check?subject={SEASON}", f"/rules/release?subject={MADE}"):
        assert world.client.get(path).status_code == 401, path
    assert world.client.get("/templates/none").status_code == 404


def test_the_balance_of_inputs_at_a_date_of_an_item(world: World) -> None:
    begin(world)
    one, two, _ = record(
        world, bought(2), sprayed("2026-03-10", 0.3), sprayed("2026-03-20", 0.4, number=7)
    )
    (line,) = get(world, "/balance", until="2026-03-15")
    assert (line["item"], line["bought"], line["used"], line["stock"]) == (
        BOTTLES,
        "2",
        "0.3",
        "1.7",
    )
    assert (line["name"], line["unit"], line["records"]) == ("Matrine", "LTR", [one, two])
    assert get(world, "/balance", item=PESTICIDE)[0]["stock"] == "1.3"
    assert get(world, "/balance", item=BOTTLES)[0]["stock"] == "1.3"
    assert get(world, "/balance", item=PICKED) == []
    assert get(world, "/balance", "other") == []


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_titles_of_the_rules(world: World, lang: str) -> None:
    found = get(world, "/rules", lang=lang)
    assert [one["rule"] for one in found] == list(range(1, 13))
