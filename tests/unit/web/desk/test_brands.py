"""The desk's page of a right: what its form starts from."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from brand_world import applied, branded
from desk import inside, make_desk, token_in


def test_the_form_starts_in_its_own_units(tmp_path: Path) -> None:
    """Applied for in hectares and tonnes, granted in mu and kilograms: the same, not a fifteenth."""
    desk = make_desk(tmp_path)
    branded(desk.world)
    name = applied(
        desk.world, area={"value": 10, "unit": "HAR"}, volume={"value": 2.5, "uom": "TNE"}
    )
    html = inside(desk, "jian").get("/desk/brands/one", params={"id": name}).text
    fields = dict(re.findall(r'name="(area|volume)"[^>]* value="([^"]*)"', html))
    assert fields == {"area": "150", "volume": "2500"}
    desk.world.node.close()


@pytest.mark.parametrize("counties", ["33011２", "330112 33011", "x"])
def test_what_is_no_county_is_said(tmp_path: Path, counties: str) -> None:
    """A digit that is wide lies in no area: every plot would be outside."""
    desk = make_desk(tmp_path)
    client = inside(desk, "jian")
    fields = {
        "csrf": token_in(client.get("/desk/brands/new").text),
        "zh": "临安",
        "counties": counties,
    }
    answer = client.post("/desk/brands/new", data=fields, follow_redirects=False)
    assert answer.status_code == 422
    assert "no county code" in answer.text
    desk.world.node.close()
