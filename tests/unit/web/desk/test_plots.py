"""Plots at the desk: two of one name are told apart everywhere, and asked about before there are two."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from desk import DeskWorld, inside, make_desk, send, token_in
from nodes import BASE

from suyuan.flow.accounts import Caller
from suyuan.flow.books import Entry


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[DeskWorld]:
    """Two members with a plot 东坡 each, in one village; a season on both, watered on the second."""
    made = make_desk(tmp_path / "node")
    node = made.world.node
    clerk = inside(made)
    for name in ("李四", "赵六"):
        member = node.people.uri(made.add(name))
        send(clerk, "/desk/plots/new", name="东坡", village="石桥村", area="5", member=member)
    plots = [one.id for one in node.plots.of(f"{BASE}org/coop")]
    day = node.watch.today().isoformat()
    send(
        clerk,
        "/desk/seasons/new",
        name="春茶",
        template=f"{BASE}template/tea",
        day=day,
        plots=plots,
    )
    caller = Caller(made.world.org("coop"), "recorder", "990101", "test")
    given = {"day": day, "season": "春茶", "plots": [plots[1]], "note": "x"}
    node.books.record(caller, [Entry("irrigating", given)])
    yield made
    node.close()


def test_plots_of_one_name_are_told_apart_in_lists_selects_and_books(desk: DeskWorld) -> None:
    clerk = inside(desk)
    exported = list(csv.reader(clerk.get("/desk/export/records.csv").text.splitlines()))
    assert exported[1][4] == "东坡（赵六）"
    page = clerk.get("/desk/records").text
    for label in ("东坡（李四）", "东坡（赵六）"):
        assert label in page
        assert label in clerk.get("/desk/export").text
    # Whoever may not know the members is told the plots apart all the same.
    head = desk.world.head("coop")
    api = desk.world.client.get("/farm/exports/records.csv", headers=head).text
    assert "东坡（第2块）" in api
    assert "赵六" not in api


def test_an_import_names_them_so_and_is_told_the_choices(desk: DeskWorld) -> None:
    clerk = inside(desk)
    day = desk.world.node.watch.today().isoformat()

    def looked(plot: str) -> str:
        table = f"日期,地块,茬次,灌溉方式,备注\n{day},{plot},春茶,,浇水\n"
        csrf = token_in(clerk.get("/desk/import").text)
        files = {"file": ("灌溉.csv", table.encode(), "text/csv")}
        answer = clerk.post(
            "/desk/import", data={"csrf": csrf}, files=files, follow_redirects=False
        )
        page: str = clerk.get(answer.headers["location"]).text
        return page

    page = looked("东坡")
    assert "2 plots are called 东坡" in page
    told = page.partition("write which one is meant")[2][:60]
    assert "东坡（李四）" in told
    assert "东坡（赵六）" in told
    assert "plots are called" not in looked("东坡（赵六）")
    assert "plots are called" not in looked("东坡（第2块）")


def test_a_plot_of_the_same_name_and_member_is_asked_about(desk: DeskWorld) -> None:
    clerk, node = inside(desk), desk.world.node
    held = node.plots.of(f"{BASE}org/coop")
    given = {"name": "东坡", "area": "3", "member": held[0].member or ""}
    asked = send(clerk, "/desk/plots/new", **given)
    assert asked.status_code == 422
    assert "东坡 is on record already for the same member" in asked.text
    assert 'name="another"' in asked.text
    assert len(node.plots.of(f"{BASE}org/coop")) == 2
    assert send(clerk, "/desk/plots/new", **given, another="1").status_code == 303
    assert len(node.plots.of(f"{BASE}org/coop")) == 3
    edit = f"/desk/plots/edit?id={quote(held[0].id)}"
    assert send(clerk, edit, **given, id=held[0].id).status_code == 303


def test_an_authority_reads_the_names_of_members_and_no_digits_of_their_phones(
    desk: DeskWorld,
) -> None:
    node, clerk = desk.world.node, inside(desk)
    for number, phone in enumerate(("13800001111", "13800002222")):
        member = node.people.uri(desk.add("王五", phone=phone))
        send(clerk, "/desk/plots/new", name=f"西坡{number}", area="5", member=member)
    assert "1111" in clerk.get("/desk/plots").text
    page = inside(desk, "jian").get("/desk/plots").text
    assert "王五" in page
    assert "1111" not in page
