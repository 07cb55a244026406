"""Exports of a whole node, over HTTP and from the command line: what each viewer gets."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from faces import FIELD, RAW, Faces, lot, made, make_faces
from nodes import BASE, GTIN
from openpyxl import load_workbook
from typer.testing import CliRunner

from suyuan.cli.main import app
from suyuan.core.errors import TooLarge
from suyuan.core.visibility import PUBLIC
from suyuan.flow import export

PLOT = f"{BASE}plot/P1"
OUTLINE = {
    "type": "Polygon",
    "coordinates": [[[118.900101, 30.101201], [118.903102, 30.101203], [118.903104, 30.103205]]],
}


@pytest.fixture(scope="module")
def faces(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Faces]:
    """The lot OK was made from RAW-1, harvested on a plot whose outline is not public."""
    made_up = make_faces(tmp_path_factory.mktemp("node"))
    made_up.master(
        {"id": FIELD, "type": "Place", "name": {"zh": "前山坡一号地", "en": "Front slope 1"},
         "suyuan:plots": [PLOT]},
    )  # fmt: skip
    made_up.master(
        {"id": PLOT, "type": "Plot", "name": {"zh": "一号地块", "en": "Plot 1"},
         "suyuan:outline": OUTLINE, "suyuan:area": {"value": 48, "unit": "亩"}, "suyuan:country": "CN"},
    )  # fmt: skip
    yield made_up
    made_up.world.node.close()


def eudr(faces: Faces, who: str, subject: str) -> Any:
    answer = faces.client.get(
        "/exports/eudr",
        params={"subject": subject},
        headers=faces.world.head(who, **{"Accept-Language": "en"}),
    )
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/geo+json"
    return answer.json()


def test_the_owner_gets_the_outline(faces: Faces) -> None:
    told = eudr(faces, "coop", lot("OK"))
    assert told["missing"] == []
    (feature,) = told["features"]
    assert feature["id"] == PLOT
    assert feature["geometry"]["coordinates"][0][0] == [118.900101, 30.101201]
    assert feature["properties"] == {
        "ProducerName": "Yunling Hickory Cooperative",
        "ProducerCountry": "CN",
        "ProductionPlace": "Plot 1",
        "Area": 3.2,
    }


def test_another_gets_no_outline_and_is_told(faces: Faces) -> None:
    told = eudr(faces, "other", lot("OK"))
    assert [feature["geometry"] for feature in told["features"]] == [None]
    assert {"of": PLOT, "member": "master", "text": f"{PLOT}: no master data that you may see"} in (
        told["missing"]
    )


def test_a_pack_and_a_lot_of_the_harvest_lead_to_the_plot(faces: Faces) -> None:
    pack = faces.paths["pack"].removeprefix("/p")
    for subject in (lot("RAW-1", RAW), f"https://id.gs1.org{pack}"):
        assert [f["id"] for f in eudr(faces, "coop", subject)["features"]] == [PLOT]


def test_an_erased_beginning_is_told(faces: Faces) -> None:
    told = eudr(faces, "coop", lot("DELETED"))
    assert told["features"] == []
    assert [one["member"] for one in told["missing"]] == ["event", "harvest", "harvest"]


def test_hidden_trade_is_told(faces: Faces) -> None:
    index = faces.record(
        "coop",
        made("SOLD"),
        made(
            "TRADED",
            lot("SOLD"),
            destinationList=[{"type": "owning_party", "destination": f"{BASE}org/bureau"}],
        ),
    )[1]
    texts = [one["text"] for one in eudr(faces, "other", lot("TRADED"))["missing"]]
    assert f"{lot('TRADED')}: record {index} is not shown to you" in texts
    assert not any(
        "not shown" in one["text"] for one in eudr(faces, "coop", lot("TRADED"))["missing"]
    )


def test_an_export_needs_a_token_and_a_thing_that_is_recorded(faces: Faces) -> None:
    def status(subject: str, **head: str) -> int:
        asked = faces.client.get("/exports/eudr", params={"subject": subject}, headers=head)
        return asked.status_code

    assert status(lot("OK")) == 401
    head = faces.world.head("coop")
    assert status(lot("NEVER"), **head) == 404
    assert status("https://id.gs1.org/01/09521234000068", **head) == 404
    assert status("no uri", **head) == 400


@pytest.fixture
def run(faces: Faces, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SUYUAN_DATA_DIR", str(faces.world.node.settings.data_dir))
    monkeypatch.setenv("SUYUAN_ORIGIN", faces.world.node.settings.origin)
    monkeypatch.setenv("SUYUAN_URI_BASE", BASE)
    monkeypatch.setenv("SUYUAN_LANG", "zh")
    return lambda *words: CliRunner().invoke(app, ["export", *words])


def test_the_command_line_writes_the_same_and_says_what_is_missing(
    faces: Faces, run: Any, tmp_path: Path
) -> None:
    whole = run("eudr", lot("OK"), "-o", "plots.geojson", "--viewer", faces.world.org("coop"))
    assert whole.exit_code == 0, whole.output
    written = json.loads((tmp_path / "plots.geojson").read_text(encoding="utf-8"))
    told = eudr(faces, "coop", lot("OK"))
    assert told.pop("missing") == []
    assert written == told

    public = run("eudr", lot("OK"), "-o", "plots.geojson")
    assert public.exit_code == 3
    assert f"{PLOT}：没有您可见的主数据" in public.stderr


def sheets(answer: bytes) -> dict[str, list[dict[str, Any]]]:
    book = load_workbook(io.BytesIO(answer))
    told = {}
    for sheet in book.worksheets:
        headings, *rows = sheet.iter_rows(values_only=True)
        told[sheet.title] = [dict(zip(map(str, headings), row, strict=True)) for row in rows]
    return told


def fsma(faces: Faces, who: str, subject: str) -> dict[str, list[dict[str, Any]]]:
    answer = faces.client.get(
        "/exports/fsma",
        params={"subject": subject},
        headers=faces.world.head(who, **{"Accept-Language": "en"}),
    )
    assert answer.status_code == 200, answer.text
    assert "spreadsheetml" in answer.headers["content-type"]
    return sheets(answer.content)


def test_a_lot_is_followed_from_its_harvest_to_what_was_sent_off(faces: Faces) -> None:
    told = fsma(faces, "coop", lot("RAW-1", RAW))
    assert list(told) == [
        "Harvesting", "Cooling", "Initial packing", "Transformation", "Shipping", "Receiving", "Missing",
    ]  # fmt: skip
    (harvest,) = told["Harvesting"]
    assert harvest["Field or growing area"] == "Front slope 1"
    assert (harvest["Quantity"], harvest["Unit of measure"]) == (860.5, "KGM")
    assert "Immediate subsequent recipient" in harvest["Missing"]
    (roasted,) = told["Initial packing"]  # never packed before: 21 CFR 1.1350(b)
    assert roasted["Lot code of food received"] == f"(01){RAW}(10)RAW-1"
    assert roasted["Traceability lot code"] == f"(01){GTIN}(10)OK"
    assert told["Missing"] == []


def test_a_shipment_is_for_those_it_concerns(faces: Faces) -> None:
    (sent,) = fsma(faces, "coop", lot("WHOLE"))["Shipping"]
    assert (sent["Quantity"], sent["Unit of measure"]) == (2.625, "KGM")
    assert "East Gate Market" in sent["Immediate subsequent recipient"]
    hidden = fsma(faces, "faraway", lot("WHOLE"))
    assert hidden["Shipping"] == []
    unread = f"{lot('WHOLE')}: record {sent['Record']} is not shown to you"
    assert unread in [row["Missing"] for row in hidden["Missing"]]
    assert unread not in [row["Missing"] for row in fsma(faces, "coop", lot("WHOLE"))["Missing"]]


def test_an_export_has_a_bound(faces: Faces, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "MOST", 3)
    exporter = export.Exporter(faces.world.node.database.log, faces.world.node.prover)
    with pytest.raises(TooLarge, match="more than 3 records"):
        exporter.fsma(PUBLIC, lot("OK"))


def test_the_command_line_writes_the_sheets(faces: Faces, run: Any, tmp_path: Path) -> None:
    done = run("fsma", lot("OK"), "-o", "sheets.xlsx", "--viewer", faces.world.org("coop"))
    assert done.exit_code == 3, done.output
    assert "采收：1 行写明了所缺内容" in done.output
    written = sheets((tmp_path / "sheets.xlsx").read_bytes())
    assert written["采收"][0]["地块或种植区"] == "Front slope 1"
