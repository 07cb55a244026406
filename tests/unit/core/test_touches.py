"""What records extend and rest on."""

from __future__ import annotations

import json
from typing import Any

import pytest
from shared import shared

from suyuan.core.encoding import b64url
from suyuan.core.errors import Malformed
from suyuan.core.keys import kid_of
from suyuan.core.touches import Touches, event_objects, holding, is_lot, touches

KID = "KID"
OWNER = "https://org.example/1"
LOT = "https://id.gs1.org/01/09521234000044/10/A"
PACK = "https://id.gs1.org/01/09521234000044/21/1"
CRATE = "https://id.gs1.org/00/095212340000000013"
SEASON = "https://trace.example.cn/season/1"
PLACE = "https://id.gs1.org/414/9521234000020"
HELD = f"{LOT}#{OWNER}"


def quantities(*classes: str) -> list[dict[str, Any]]:
    return [{"epcClass": name, "quantity": 1, "uom": "KGM"} for name in classes]


def touched(**members: Any) -> Touches:
    event = {"type": "ObjectEvent", "action": "OBSERVE", **members}
    return touches("event", event, kid=KID, owner=OWNER)


def test_open_vectors_are_equal() -> None:
    folder = shared("vectors", "suyuan-touches").parent
    cases = json.loads((folder / "suyuan-touches" / "cases.json").read_text())
    assert len(cases) == 82
    for case in cases:
        document = json.loads((folder / case["file"]).read_text())
        body = document.get("epcisBody", {"eventList": [document]})
        event = body["eventList"][case["index"]]
        found = touches("event", event, kid=KID, owner=OWNER)
        assert found == Touches(tuple(case["extends"]), tuple(case["restsOn"])), case


@pytest.mark.parametrize(
    "step",
    [
        "shipping",
        "receiving",
        "retail_selling",
        "cbv:BizStep-shipping",
        "urn:epcglobal:cbv:bizstep:receiving",
        "https://ref.gs1.org/cbv/BizStep-retail_selling",
    ],
)
@pytest.mark.parametrize("kind", ["ObjectEvent", "TransactionEvent"])
@pytest.mark.parametrize(
    "disposition",
    [None, "active", "in_transit", "cbv:Disp-in_progress", "urn:epcglobal:cbv:disp:retail_sold"],
)
def test_part_of_a_lot_changing_hands_extends_the_holding(
    step: str, kind: str, disposition: str | None
) -> None:
    more = {} if disposition is None else {"disposition": disposition}
    found = touched(type=kind, bizStep=step, quantityList=quantities(LOT), **more)
    assert found == Touches((HELD,), tuple(sorted((KID, LOT, HELD))))


@pytest.mark.parametrize(
    "members",
    [
        {"bizStep": "shipping", "disposition": "recalled"},
        {"bizStep": "shipping", "sensorElementList": []},
        {"bizStep": "storing"},
        {"bizStep": "https://trace.example.cn/voc/shipping"},
        {"bizStep": "shipping", "type": "TransformationEvent"},
        {},
    ],
)
def test_anything_else_said_of_a_lot_extends_the_lot(members: dict[str, Any]) -> None:
    assert touched(quantityList=quantities(LOT), **members).extends == (LOT,)


def test_only_lots_are_held() -> None:
    other = "https://trace.example.cn/lot/7"
    found = touched(bizStep="shipping", quantityList=quantities(other, LOT), epcList=[LOT])
    assert found.extends == tuple(sorted((other, LOT, HELD)))


def test_transformation() -> None:
    out = "https://id.gs1.org/01/09521234000037/10/B"
    found = touched(
        type="TransformationEvent",
        transformationID=SEASON,
        inputEPCList=[CRATE],
        inputQuantityList=quantities("urn:epc:class:lgtin:9521234.000004.A", "urn:epc:idpat:x"),
        outputEPCList=[PACK],
        outputQuantityList=quantities(out),
    )
    assert found.extends == tuple(sorted((SEASON, PACK, out)))
    assert found.rests_on == tuple(
        sorted((KID, SEASON, PACK, out, f"{out}#{OWNER}", LOT, HELD, CRATE))
    )


def test_aggregation_rests_on_the_lots_of_its_packs() -> None:
    found = touched(
        type="AggregationEvent",
        parentID=CRATE,
        childEPCs=["https://trace.example.cn/01/09521234000044/10/A/21/1"],
        childQuantityList=quantities("https://id.gs1.org/01/09521234000037/10/B"),
    )
    loose = "https://id.gs1.org/01/09521234000037/10/B"
    assert found.extends == tuple(sorted((CRATE, PACK)))
    assert set(found.rests_on) == {KID, CRATE, PACK, LOT, HELD, loose, f"{loose}#{OWNER}"}


def test_an_event_on_nothing_is_about_its_place() -> None:
    places = {"readPoint": {"id": PLACE}, "bizLocation": {"id": SEASON}}
    assert touched(epcList=[], **places) == Touches((PLACE,), tuple(sorted((KID, PLACE))))
    assert touched(bizLocation={"id": SEASON}).extends == (SEASON,)
    a_class = {"id": "https://id.gs1.org/01/09521234000044"}
    assert touched(readPoint=a_class, bizLocation={"id": SEASON}).extends == (SEASON,)
    assert touched(epcList=[PACK], **places).extends == (PACK,)
    assert touched(type="TransformationEvent", inputEPCList=[PACK], **places).extends == ()
    assert touched() == Touches((), (KID,))


def test_master_key_and_erasure() -> None:
    product = {"id": "https://shop.example/01/9521234000044"}
    name = "https://id.gs1.org/01/09521234000044#master"
    assert touches("master", product, kid=KID, owner=OWNER) == Touches((name,), (KID, name))
    x = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
    key = {
        "jwk": {"crv": "Ed25519", "kty": "OKP", "x": b64url(x)},
        "owner": OWNER,
        "role": "recorder",
        "status": "active",
    }
    kid = kid_of(x)
    assert touches("key", key, kid=KID, owner=OWNER).extends == (kid,)
    assert touches("key", key, kid=kid, owner=OWNER).rests_on == (kid,)
    erasure = {"of": "sha-256:" + "0" * 64, "reason": "asked for"}
    erased = Touches((LOT,), ("OTHER", LOT, HELD))
    found = touches("erasure", erasure, kid=KID, owner=OWNER, erased=erased)
    assert found == Touches((LOT,), tuple(sorted((KID, LOT))))
    with pytest.raises(Malformed):
        touches("erasure", erasure, kid=KID, owner=OWNER)
    with pytest.raises(Malformed):
        touches("poem", {}, kid=KID, owner=OWNER)


def test_what_the_universe_of_a_bundle_needs() -> None:
    event = event_objects(
        {
            "type": "ObjectEvent",
            "action": "ADD",
            "epcList": ["https://id.gs1.org/01/09521234000044/10/A/21/1"],
            "quantityList": quantities(LOT),
            "inputEPCList": [CRATE],
            "inputQuantityList": quantities(LOT, "https://id.gs1.org/01/09521234000044"),
            "parentID": "https://id.gs1.org/01/09521234000037/10/B/21/9",
            "readPoint": {"id": "urn:epc:id:sgln:9521234.00002.0"},
            "bizLocation": {"id": "https://id.gs1.org/01/09521234000044"},
        }
    )
    assert event.inputs == (CRATE, LOT)
    assert event.makes == (PACK, LOT)
    assert event.named_lots == (LOT, "https://id.gs1.org/01/09521234000037/10/B")
    assert event.places == (PLACE, "https://id.gs1.org/01/09521234000044")
    assert is_lot(LOT)
    assert not is_lot(holding(LOT, OWNER))
    assert not is_lot(PACK)
    assert not is_lot(KID)


@pytest.mark.parametrize(
    ("members", "path"),
    [
        ({"epcList": [PACK, "no uri"]}, "/epcList/1"),
        ({"epcList": PACK}, "/epcList"),
        ({"epcList": None}, "/epcList"),
        ({"childEPCs": [1]}, "/childEPCs/0"),
        ({"quantityList": [LOT]}, "/quantityList/0"),
        ({"quantityList": [{"quantity": 1}]}, "/quantityList/0"),
        ({"inputQuantityList": [{"epcClass": "x y"}]}, "/inputQuantityList/0/epcClass"),
        ({"parentID": "ü:x"}, "/parentID"),
        ({"transformationID": 7}, "/transformationID"),
        ({"readPoint": PLACE}, "/readPoint"),
        ({"bizLocation": {"id": ""}}, "/bizLocation/id"),
        ({"type": None}, "/type"),
        ({"bizStep": ["shipping"]}, "/bizStep"),
        ({"disposition": None}, "/disposition"),
    ],
)
def test_misshapen_events_name_the_place(members: dict[str, Any], path: str) -> None:
    with pytest.raises(Malformed) as caught:
        touched(**members)
    assert caught.value.path == path


def test_misshapen_values() -> None:
    for kind, value, path in (
        ("event", {}, "/type"),
        ("master", {}, "/id"),
        ("master", {"id": "x"}, "/id"),
        ("key", {"owner": OWNER}, ""),
    ):
        with pytest.raises(Malformed) as caught:
            touches(kind, value, kid=KID, owner=OWNER)
        assert caught.value.path == path
