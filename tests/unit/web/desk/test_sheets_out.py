"""Lists to Excel: what the list knows is in it, persons and places for who may know them."""

from __future__ import annotations

import csv
from pathlib import Path

from desk import inside, make_desk, send
from farm_season import PESTICIDE, begin
from nodes import BASE
from starlette.testclient import TestClient


def saved(client: TestClient, name: str) -> list[dict[str, str]]:
    text = client.get(f"/desk/export/{name}.csv").text.lstrip("\ufeff")
    return list(csv.DictReader(text.splitlines()))


def test_lists_say_what_is_known_and_places_to_who_may_know_them(tmp_path: Path) -> None:
    desk = make_desk(tmp_path / "node")
    begin(desk.world, registration="PD20101234")
    node, clerk = desk.world.node, inside(desk)
    member = node.people.uri(desk.add("李四"))
    send(clerk, "/desk/plots/new", name="东坡", area="5", crop="茶树", member=member,
         place="30.101201, 118.900101", datum="CGCS2000")  # fmt: skip
    plot = node.plots.of(f"{BASE}org/coop")[0].id
    day = node.watch.today()
    send(clerk, "/desk/seasons/new", name="春茶", template=f"{BASE}template/tea",
         day=day.isoformat(), plots=[plot])  # fmt: skip
    (row,) = [one for one in saved(clerk, "plots") if one["What it is called"] == "东坡"]
    assert (row["Member"], row["Crop"]) == ("李四", "茶树")
    assert (row["Position or outline"], row["Datum"]) == ("30.101201, 118.900101", "CGCS2000")
    (row,) = [one for one in saved(clerk, "seasons") if one["What it is called"] == "春茶"]
    assert (row["Crop or animal"], row["Plots"]) == ("茶叶", "东坡")
    assert (row["Since"], row["Closed"]) == (day.isoformat(), "")
    (row,) = [one for one in saved(clerk, "products") if one["Code"] == PESTICIDE]
    assert (row["Kind"], row["Registration number"]) == ("pesticide", "PD20101234")
    # A processor of the same organisation has no business with plots.
    desk.with_password("jiagong", "加工员", "processor")
    (row,) = [one for one in saved(inside(desk, "jiagong"), "plots")
              if one["What it is called"] == "东坡"]  # fmt: skip
    assert (row["Member"], row["Position or outline"], row["Datum"]) == ("", "", "")
    node.close()
