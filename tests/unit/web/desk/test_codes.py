"""The desk's form that issues codes: everything that is missing at once, the planned day, the claims."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from brand_world import PRODUCT, caller
from desk import DeskWorld, inside, make_desk, send
from nodes import LOT, event

from suyuan.flow.capture import Incoming


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[DeskWorld]:
    made = make_desk(tmp_path)
    product = {"id": PRODUCT, "type": "Product", "name": {"zh": "山核桃", "en": "Hickory nuts"}}
    made.world.node.masters.record(caller(made.world, "coop"), [("", product)])
    made.world.node.capture.events(caller(made.world, "coop"), [Incoming(event())])
    yield made
    made.world.node.close()


def test_all_that_is_missing_is_said_at_once_and_the_page_is_found_in_the_navigation(
    desk: DeskWorld,
) -> None:
    client = inside(desk)
    answer = send(client, "/desk/codes/new", key="k", when="ahead")
    assert answer.status_code == 422
    for said in ("Choose a product", "Say which lot it is", "Say how many packs there are"):
        assert said in answer.text
    assert 'href="/desk/labels" aria-current="page"' in client.get("/desk/codes/new").text


def test_a_planned_day_is_asked_for_what_is_packed_later(desk: DeskWorld) -> None:
    client, today = inside(desk), desk.world.node.brands.today
    given = {"product": PRODUCT, "lot": "L-1", "count": "3", "key": "k"}
    day = f"{today + timedelta(days=2)}"
    wrong = send(client, "/desk/codes/new", when="packed", planned=day, **given)
    assert "Only what is packed later has a planned day" in wrong.text
    assert 'id="planned-error"' in wrong.text
    done = send(client, "/desk/codes/new", when="ahead", planned=day, **given)
    record = int(done.headers["location"].split("?")[0].rpartition("/")[2])
    new = f"/desk/labels/new?lot={LOT}&record={record}"
    assert "No day of packing stands" not in client.get(new).text
    bare = send(client, "/desk/codes/new", when="ahead", **{**given, "key": "other"})
    record = int(bare.headers["location"].split("?")[0].rpartition("/")[2])
    new = f"/desk/labels/new?lot={LOT}&record={record}"
    assert "No day of packing stands on these labels" in client.get(new).text
