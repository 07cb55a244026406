"""Seasons at the desk: what a member sees of one that is on plots of several."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

from desk import inside, make_desk, send, token_in
from nodes import BASE

from suyuan.flow.accounts import Caller
from suyuan.flow.actors import Actor
from suyuan.flow.books import Entry


def test_a_member_whose_plot_shares_a_season_works_in_it_and_sees_nothing_of_the_others(
    tmp_path: Path,
) -> None:
    desk = make_desk(tmp_path / "node")
    node = desk.world.node
    members = [
        desk.with_password(name, said) for name, said in (("lisi", "李四"), ("zhao", "赵六"))
    ]
    clerk = inside(desk)
    plots = []
    for name, person in zip(("东坡", "西坡"), members, strict=True):
        send(clerk, "/desk/plots/new", name=name, area="5", member=node.people.uri(person))
        plots.append(next(one.id for one in node.plots.of(f"{BASE}org/coop")
                          if one.names and one.names.zh == name))  # fmt: skip
    day = node.watch.today().isoformat()
    send(
        clerk,
        "/desk/seasons/new",
        name="合种",
        template=f"{BASE}template/tea",
        day=day,
        plots=plots,
    )
    keeper = Actor("", node.people.uri("x"), "", f"{BASE}org/coop", "990101", frozenset({"clerk"}))
    season = node.seasons.open_on(keeper)[plots[0]][0]
    caller = Caller(desk.world.org("coop"), "recorder", "990101", "test")
    for plot, note in zip(plots, ("李家的活", "赵家的活"), strict=True):
        given = {"day": day, "season": season.id, "plots": [plot], "note": note}
        node.books.record(caller, [Entry("irrigating", given)])
    li = inside(desk, "lisi")
    started = li.get(f"/desk/record?plot={quote(plots[0])}").text
    assert "合种" in started
    assert "No season is open" not in started
    page = li.get(f"/desk/seasons/one?id={quote(season.id)}").text
    assert "东坡" in page
    assert "西坡" not in page
    assert "合种" in li.get("/desk/seasons").text
    assert "西坡" not in li.get("/desk/seasons").text + li.get("/desk/today").text
    assert "Close the season" not in page
    csrf = token_in(li.get("/desk/seasons/new").text)
    closed = li.post("/desk/seasons/close", data={"csrf": csrf, "id": season.id, "day": day})
    assert "this season is on plots of others too" in closed.text.lower()
    assert node.seasons.get(keeper, season.id).closed is None
    node.close()
