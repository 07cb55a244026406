"""The season of the demonstration is whole: what authorities abroad ask of its lots is all there."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from nodes import BASE, play, settings
from openpyxl import load_workbook
from starlette.testclient import TestClient

from suyuan.bootstrap import create_node
from suyuan.core.master.check import check_master
from suyuan.demo import season
from suyuan.web.app import create_app


def test_its_master_data_is_right() -> None:
    told = [master for _, master in season.masters(BASE)] + list(season.plots(BASE))
    assert [str(problem) for master in told for problem in check_master(master)] == []


@pytest.mark.parametrize("plot", [plot for farmer in season.FARMERS for plot in farmer.plots])
def test_an_outline_has_the_area_that_is_told(plot: season.Plot) -> None:
    (west, south), _, (east, north), *_ = plot.outline()
    metres = season.METRES_A_DEGREE
    width = (east - west) * metres * 0.8650
    assert width * (north - south) * metres == pytest.approx(plot.mu * 10_000 / 15, rel=0.01)


def test_nothing_is_missing_in_the_exports_of_its_lots(tmp_path: Path) -> None:
    node = create_node(settings(tmp_path / "node"))
    play(node, tmp_path)
    token, _ = node.accounts.add_token(f"{BASE}org/coop", "recorder", "test")
    client = TestClient(create_app(node, workers=False))
    head = {"Authorization": f"Bearer {token}", "Accept-Language": "en"}
    for number, plots in ((season.LOT_GOOD, 2), (season.LOT_RECALLED, 1)):
        asked = {"subject": season.lot(season.GTIN_PACK, number)}
        told = client.get("/exports/eudr", params=asked, headers=head).json()
        assert told["missing"] == []
        assert [one["geometry"]["type"] for one in told["features"]] == ["Polygon"] * plots
        workbook = client.get("/exports/fsma", params=asked, headers=head).content
        rows = 0
        for sheet in load_workbook(io.BytesIO(workbook)).worksheets:
            headings, *found = sheet.iter_rows(values_only=True)
            rows += len(found)
            assert headings[-1] == "Missing"
            assert [row for row in found if row[-1]] == [], sheet.title
        assert rows > 3
    public = client.get("/exports/eudr", params=asked)
    assert public.status_code == 401
    node.close()
