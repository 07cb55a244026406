"""Master data over HTTP: recorded once, as objects or tables, told as JSON-LD with its history."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

from epcis_asking import ask, event, indices, record
from nodes import GTIN, World
from openpyxl import Workbook
from PIL import Image

from suyuan.core.visibility import Viewer
from suyuan.web.api.master import XLSX

PRODUCT = f"https://id.gs1.org/01/{GTIN}"
FARM = "https://id.gs1.org/414/9521234000013"
FIELD = "https://node.example/place/field"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)


def product(**members: Any) -> dict[str, Any]:
    return {"id": PRODUCT, "type": "Product", "name": {"zh": "山核桃", "en": "Nuts"}, **members}


def send(world: World, body: Any, who: str = "coop", query: str = "") -> Any:
    return world.client.post(f"/master{query}", json=body, headers=world.head(who))


def test_all_of_a_list_or_none_and_once(world: World) -> None:
    place = {"id": FARM, "type": "Place", "name": {"zh": "农场"}}
    before = world.node.database.log.tail().size
    answer = send(world, [product(), {**place, "suyuan:area": 5}])
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["path"] == "/1/suyuan:area"
    assert world.node.database.log.tail().size == before
    first = send(world, [product(), place, product()]).json()["indices"]
    assert first == [before, before + 1, before]
    assert send(world, [product(), place]).json()["indices"] == first[:2]
    assert send(world, product()).json() == {"index": before}
    assert world.node.database.log.tail().size == before + 2


def test_only_looking(world: World) -> None:
    before = world.node.database.log.tail().size
    assert send(world, [product()], query="?check=true").json() == {"valid": 1}
    assert send(world, [product(name=5)], query="?check=true").status_code == 400
    assert world.node.database.log.tail().size == before


def test_as_json_ld_and_with_its_history(world: World) -> None:
    send(world, product(**{"suyuan:netWeight": {"value": 250, "uom": "GRM"}}))
    send(world, product(**{"suyuan:grade": {"zh": "一级"}}))
    told = world.client.get(f"/master/{PRODUCT}")
    assert told.headers["content-type"] == "application/ld+json"
    body = told.json()
    assert (body["@id"], body["@type"], body["gs1:gtin"]) == (PRODUCT, "gs1:Product", GTIN)
    assert {"@value": "Nuts", "@language": "en"} in body["gs1:productName"]
    assert "gs1:netContent" not in body
    assert world.client.get(body["suyuan:record"]["proof"]).status_code == 200
    plain = world.client.get(f"/master/{PRODUCT}", headers={"Accept": "application/json"}).json()
    assert [one["master"].get("suyuan:grade") for one in plain["history"]] == [{"zh": "一级"}, None]
    assert plain["index"] == plain["history"][0]["index"]
    assert world.client.get("/master/https://node.example/none").status_code == 404


def test_what_is_not_for_everybody(world: World) -> None:
    plot = {
        "id": "https://node.example/plot/1",
        "type": "Plot",
        "suyuan:area": {"value": 1, "unit": "亩"},
    }
    assert send(world, plot).status_code == 201
    for who, status in (("coop", 200), ("bureau", 200), ("admin", 200), ("other", 404)):
        answer = world.client.get(f"/master/{plot['id']}", headers=world.head(who))
        assert answer.status_code == status, who
    assert world.client.get(f"/master/{plot['id']}").status_code == 404


def test_own_things_page_by_page(world: World) -> None:
    things = [{"id": f"https://node.example/place/{n}", "type": "Place"} for n in range(5)]
    send(world, things)
    send(world, {**things[0], "name": "again"})
    head, seen = world.head("coop"), []
    answer = world.client.get("/master", params={"perPage": 2}, headers=head)
    while True:
        seen += [one["master"] for one in answer.json()]
        if "next" not in answer.links:
            break
        answer = world.client.get(answer.links["next"]["url"], headers=head)
    assert seen == [*things[1:], {**things[0], "name": "again"}]
    assert world.client.get("/master", headers=world.head("other")).json() == []


def test_a_table(world: World) -> None:
    text = "类型,编号,中文名\n产品,9521234000068,山核桃\n地块,https://node.example/plot/7,前山坡\n"
    head = world.head("coop", **{"Content-Type": "text/csv; charset=utf-8"})
    first = world.client.post("/master", content=text.encode(), headers=head)
    assert first.status_code == 201, first.text
    assert len(first.json()["indices"]) == 2
    book = Workbook()
    assert book.active is not None
    for row in ("type", "id", "name_zh"), ("Product", 9521234000068, "山核桃"):
        book.active.append(row)
    book.create_sheet("空")
    packed = io.BytesIO()
    book.save(packed)
    head["Content-Type"] = XLSX
    again = world.client.post("/master", content=packed.getvalue(), headers=head)
    assert again.json()["indices"] == first.json()["indices"][:1]
    assert world.client.post("/master", content=b"PK", headers=head).status_code == 400
    head["Content-Type"] = "text/csv"
    bad = world.client.post("/master", content="类型,编号\n产品,12\n".encode(), headers=head)
    assert bad.json()["errors"][0]["path"] == "row 2, column 编号"
    latin = world.client.post("/master", content="类型".encode("gbk"), headers=head)
    assert latin.status_code == 400


def test_a_picture_is_there_for_who_may_see_the_thing(world: World) -> None:
    head = world.head("coop", **{"Content-Type": "image/png", "Suyuan-Name": "nuts.png"})
    member = world.client.post("/attachments", content=PNG, headers=head).json()
    missing = {**member, "digest": f"sha-256:{'1' * 64}"}
    assert send(world, product(**{"suyuan:picture": missing})).status_code == 404
    assert send(world, product(**{"suyuan:picture": member})).status_code == 201
    address = world.client.get(f"/master/{PRODUCT}").json()["gs1:image"]
    picture = world.client.get(address["gs1:referencedFileURL"]["@id"])
    assert picture.content == PNG


def test_places_within_places(world: World) -> None:
    send(
        world,
        [{"id": FARM, "type": "Place"}, {"id": FIELD, "type": "Place", "suyuan:within": FARM}],
    )
    corner = {"id": "https://node.example/place/corner", "type": "Place", "suyuan:within": FIELD}
    send(world, corner)
    made = record(
        world,
        event("A", readPoint={"id": FARM}),
        event("B", readPoint={"id": FIELD}),
        event("C", readPoint={"id": corner["id"]}),
        event("D", readPoint={"id": "https://node.example/elsewhere"}),
    )
    assert indices(ask(world, WD_readPoint=FARM)) == made[:3]
    assert indices(ask(world, WD_readPoint=FIELD)) == made[1:3]
    assert indices(ask(world, EQ_readPoint=FARM)) == made[:1]
    send(world, {**corner, "suyuan:within": "https://node.example/elsewhere"})
    assert indices(ask(world, WD_readPoint=FARM)) == made[:2]
    assert indices(ask(world, WD_readPoint="https://node.example/elsewhere")) == made[2:]
    send(world, {"id": FARM, "type": "Place", "suyuan:within": FIELD})  # in a ring
    assert indices(ask(world, WD_readPoint=FARM)) == made[:2]


def test_attributes_of_what_an_event_names(world: World) -> None:
    """HASATTR_ and EQATTR_ of EPCIS 2.0 §8.2.7.1: the newest record of a thing says what it has."""
    urn = "urn:epc:id:sgln:9521234.00001.0"
    made = record(
        world,
        event("A", bizLocation={"id": FARM}),
        event("B", bizLocation={"id": urn}),
        event("C", bizLocation={"id": FIELD}, **{"example:name": "Yard"}),
        event("D"),
    )
    site = {"EQATTR_bizLocation_urn:epcglobal:cbv:mda#site": "9521234000013"}
    assert indices(ask(world, HASATTR_bizLocation="name")) == []
    assert indices(ask(world, **site)) == []
    send(world, [{"id": FARM, "type": "Place", "name": {"zh": "场", "en": "Yard"}}, product()])
    assert indices(ask(world, HASATTR_bizLocation="name")) == made[:2]
    assert indices(ask(world, HASATTR_readPoint="name")) == []
    assert indices(ask(world, HASATTR_bizLocation="suyuan:village|name")) == made[:2]
    assert indices(ask(world, **site)) == made[:2]
    assert indices(ask(world, EQATTR_bizLocation_name="场|x")) == made[:2]
    assert indices(ask(world, EQATTR_bizLocation_name="Yard", EQ_bizLocation=FIELD)) == []
    assert indices(ask(world, **{"EQATTR_epcClass_gs1:productName": "Nuts"})) == made
    send(world, {"id": FARM, "type": "Place", "name": "Barn"})
    assert indices(ask(world, EQATTR_bizLocation_name="Yard")) == []
    assert indices(ask(world, EQATTR_bizLocation_name="Barn")) == made[:2]
    kept = {"name": "barn", "query": {"EQATTR_bizLocation_name": ["Barn"]}}
    head = world.head("coop")
    assert world.client.post("/queries", json=kept, headers=head).status_code == 201
    assert indices(world.client.get("/queries/barn/events", headers=head)) == made[:2]


def test_attributes_are_known_to_who_may_see_the_master_data(world: World) -> None:
    plot = {"id": FIELD, "type": "Plot", "suyuan:area": {"value": 3, "unit": "亩"}}
    corner = "https://node.example/place/corner"
    send(world, [plot, {"id": corner, "type": "Plot", "suyuan:within": FARM}])
    made = record(world, event("A", readPoint={"id": FIELD}), event("B", readPoint={"id": corner}))
    for who, seen in (("coop", made), ("bureau", made), (None, []), ("faraway", []), ("other", [])):
        assert indices(ask(world, who, HASATTR_readPoint="suyuan:area")) == seen[:1], who
        assert indices(ask(world, who, WD_readPoint=FARM)) == seen[1:], who
        assert indices(ask(world, who)) == made


def test_attributes_that_were_erased(world: World) -> None:
    made = record(world, event("A", readPoint={"id": FARM}))
    barn = {"id": FARM, "type": "Place", "name": "Barn"}
    first = send(world, barn).json()["index"]
    second = send(world, {**barn, "name": "Yard"}).json()["index"]
    assert indices(ask(world, HASATTR_readPoint="name")) == made
    admin = world.node.accounts.authenticate(world.tokens["admin"])
    world.node.capture.erase(admin, first, "asked")
    assert indices(ask(world, EQATTR_readPoint_name="Yard")) == made
    world.node.capture.erase(admin, second, "asked")
    for asking in (world.node.asking, replace(world.node.asking, _things={}, _read=0)):
        query = asking.query(Viewer(), {"HASATTR_readPoint": "name"})
        assert query.touching == (frozenset(),)


def photo(size: tuple[int, int], **more: Any) -> bytes:
    made = io.BytesIO()
    Image.new("RGB", size, "#2a6").save(made, "JPEG", **more)
    return made.getvalue()


def test_a_page_shows_the_product_small_and_without_the_cameras_notes(world: World) -> None:
    exif = Image.Exif()
    exif[0x010E] = "taken at 30.1, 118.9"
    body = photo((2000, 1500), exif=exif)
    head = world.head("coop", **{"Content-Type": "image/jpeg", "Suyuan-Name": "nuts.jpg"})
    member = world.client.post("/attachments", content=body, headers=head).json()
    address = f"/pictures/{member['digest'].removeprefix('sha-256:')}"
    assert world.client.get(address).status_code == 404  # nothing carries it yet
    send(world, product(**{"suyuan:picture": member}))
    record(world, event("A"))
    world.node.sealer.seal()
    page = world.client.get(f"/p/01/{GTIN}/10/A", headers={"Accept": "text/html"})
    assert f'src="{address}"' in page.text
    shown = world.client.get(address)
    assert shown.headers["content-type"] == "image/jpeg"
    with Image.open(io.BytesIO(shown.content)) as picture:
        assert picture.size == (480, 360)
        assert not picture.getexif()
    assert len(shown.content) < len(body)
    assert b"taken at" not in shown.content


def test_what_only_says_that_it_is_a_picture(world: World) -> None:
    for body in (b"GIF89a nonsense", PNG, b"<svg onload='x'/>"):
        head = world.head("coop", **{"Content-Type": "image/png", "Suyuan-Name": "x.png"})
        member = world.client.post("/attachments", content=body, headers=head).json()
        send(world, product(**{"suyuan:picture": member}))
        address = f"/pictures/{member['digest'].removeprefix('sha-256:')}"
        assert world.client.get(address).status_code == 400


def test_where_a_plot_lies_is_told_to_nobody_else(world: World) -> None:
    """By whatever way it comes in; 31.1774276, 121.5272106 is a published pair (../shared)."""
    plot = "https://node.example/plot/7"
    at = {"lat": 31.1753039836, "lon": 121.5315418592, "datum": "GCJ-02"}
    table = f"类型,编号,纬度,经度,坐标系\n地块,{plot},{at['lat']},{at['lon']},GCJ-02\n"
    head = world.head("coop", **{"Content-Type": "text/csv; charset=utf-8"})
    first = world.client.post("/master", content=table.encode(), headers=head).json()["indices"]
    again = send(world, {"id": plot, "type": "Plot", "suyuan:position": at})
    assert again.json() == {"index": first[0]}
    place = {"id": FIELD, "type": "Place", "name": {"zh": "前山坡"}, "suyuan:plots": [plot]}
    assert send(world, place).status_code == 201
    said: dict[str, Any] = {"suyuan:plots": [plot], "suyuan:position": at}
    (made,) = record(world, event("L7", readPoint={"id": FIELD}, **said))
    own = world.client.get(f"/master/{plot}", headers=world.head("coop")).json()
    kept = own["suyuan:position"]
    assert kept["given"] == at
    assert abs(kept["lat"] - 31.1774276) < 1e-6
    assert abs(kept["lon"] - 121.5272106) < 1e-6
    assert kept["datum"] == "WGS-84"
    assert world.client.get(f"/master/{plot}").status_code == 404
    assert world.client.get(f"/master/{plot}", headers=world.head("other")).status_code == 404
    for path in (
        f"/events/{first[0]}",
        f"/events/{made}",
        f"/master/{FIELD}",
        "/events",
        "/records",
        f"/bundle?subject=https://id.gs1.org/01/{GTIN}/10/L7",
        f"/p/01/{GTIN}/10/L7",
        f"/01/{GTIN}/10/L7?linkType=linkset",
    ):
        for who in ({}, world.head("other")):
            text = world.client.get(path, headers=who).text
            assert "31.17" not in text, path
            assert "121.5" not in text, path


def test_a_place_does_not_say_where_it_lies(world: World) -> None:
    place = {"id": FIELD, "type": "Place"}
    for members, status in (
        ({"suyuan:position": {"lat": 30.1, "lon": 118.9, "datum": "WGS-84"}}, 400),
        ({"example:map": {"type": "Point", "coordinates": [118.9, 30.1]}}, 400),
        ({"suyuan:plots": ["https://node.example/plot/7"]}, 201),
    ):
        assert send(world, {**place, **members}).status_code == status, members


def test_a_position_of_an_event_has_a_datum(world: World) -> None:
    for position in ({"lat": 30.1, "lon": 118.9}, "30.1, 118.9",
                     {"lat": 30.1, "lon": 118.9, "datum": "BD-09"}):  # fmt: skip
        said: dict[str, Any] = {"suyuan:position": position}
        answer = world.client.post(
            "/events",
            json=event("L7", **said),
            headers=world.head("coop", **{"Accept-Language": "en"}),
        )
        assert answer.status_code == 400
        assert "a position has a datum" in answer.text
        assert "/suyuan:position" in answer.text
