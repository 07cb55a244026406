"""The page of one record behind a link to its proof: how far it is, and never more than that."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from faces import BLOCK_TIME, Faces, about, lot, made, make_faces

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.fixture
def faces(tmp_path: Path) -> Iterator[Faces]:
    made = make_faces(tmp_path / "node")
    yield made
    made.world.node.close()


def page(faces: Faces, index: int, language: str = "en", accept: str = BROWSER) -> Any:
    head = {"Accept": accept, "Accept-Language": language}
    return faces.client.get(f"/events/{index}", headers=head)


def test_programs_still_get_data_and_so_does_who_asks_for_it(faces: Faces) -> None:
    (index,) = faces.record("coop", made("R1"))
    assert page(faces, index, accept="*/*").json()["index"] == index
    assert page(faces, index, accept="application/json").json()["proof"] is None
    alone = page(faces, index, accept="text/html")
    assert (alone.status_code, "data-face" in alone.text) == (200, True)
    assert page(faces, index, accept="image/png").status_code == 406
    assert faces.client.get("/events/R1", headers={"Accept": "text/html"}).status_code == 406
    answer = faces.client.get(f"/events/{index}?as=json", headers={"Accept": BROWSER})
    assert answer.json()["index"] == index
    assert "Accept" in answer.headers["vary"]


def test_a_record_goes_from_the_log_into_a_final_block(faces: Faces) -> None:
    (index,) = faces.record("coop", made("R1"))
    waiting = page(faces, index)
    assert waiting.headers["content-type"].startswith("text/html")
    assert 'data-face="record-waiting"' in waiting.text
    assert "/bundle?" not in waiting.text
    faces.world.node.sealer.seal()
    sealed = page(faces, index).text
    assert 'data-face="record-sealed"' in sealed
    assert "Sealed, not in the blockchain yet" in sealed
    assert f"/bundle?subject={lot('R1')}" in sealed
    faces.anchor()
    final = page(faces, index).text
    assert 'data-face="record-anchored"' in final
    assert "block 7" in final
    assert "日志第" in page(faces, index, "zh").text
    anchors = faces.world.node.database.anchors
    policy = anchors.policy()
    assert policy is not None
    row = anchors.covering(policy.version, index + 1)
    assert row is not None
    assert row.block_time == BLOCK_TIME
    anchors.update(replace(row, state="mined"))
    assert 'data-face="record-mined"' in page(faces, index).text
    anchors.update(replace(row, state="abandoned"))
    assert 'data-face="record-sealed"' in page(faces, index).text


def test_what_is_hidden_is_proved_and_not_told(faces: Faces) -> None:
    # What goes to somebody by quantity is between the two (core/visibility.py).
    sold = about("OK", bizStep="shipping", quantityList=[
        {"epcClass": lot("OK"), "quantity": 3, "uom": "KGM"}
    ])  # fmt: skip
    (index,) = faces.record("coop", sold)
    faces.anchor()
    text = page(faces, index).text
    assert "not shown to the public" in text
    assert "block 7" in text
    assert lot("OK") not in text
    assert "/bundle?" not in text
    assert faces.world.org("coop") not in text


def test_other_records_have_pages_too(faces: Faces) -> None:
    for index in range(4):
        answer = page(faces, index)
        assert answer.status_code == 200
        assert answer.text.count("<h1>") == 1
    assert page(faces, 10**9).status_code == 404
    assert "text/html" in page(faces, 10**9).headers["content-type"]
