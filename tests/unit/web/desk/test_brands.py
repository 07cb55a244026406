"""The desk's page of a right: what its form starts from."""

from __future__ import annotations

import re
from pathlib import Path

from brand_world import applied, branded
from desk import inside, make_desk


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
