from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suyuan.core.encoding import b64url
from suyuan.core.errors import Malformed, NotFound, Refused
from suyuan.core.private import (
    NEVER_PRIVATE,
    hide,
    listed,
    parse_disclosure,
    put_back,
    reveal,
)

SALTS = [b64url(bytes([n]) * 16) for n in range(40)]
EVENT: dict[str, Any] = {
    "type": "ObjectEvent",
    "epcList": ["urn:x:1"],
    "readPoint": {"id": "urn:x:2", "suyuan:plot": "7-3"},
    "suyuan:price": 12.5,
    "suyuan:buyer": {"name": "王", "phone": {"mobile": "1", "home": None}},
    "suyuan:a/b": {"~": 1},
    "list": [{"x": 1}],
}


def hidden(*pointers: str) -> tuple[dict[str, Any], tuple[str, ...]]:
    return hide(EVENT, list(zip(pointers, SALTS, strict=False)))


def disclosure(*parts: Any) -> str:
    return b64url(json.dumps(parts, ensure_ascii=False).encode())


def listing(*disclosures: str, **members: Any) -> dict[str, Any]:
    """An event that lists these disclosures."""
    digests = sorted({b64url(hashlib.sha256(text.encode()).digest()) for text in disclosures})
    return {"type": "ObjectEvent", "suyuan:sd": digests, **members}


def test_what_is_hidden_is_gone_and_comes_back() -> None:
    shown, disclosures = hidden("/suyuan:price", "/readPoint/suyuan:plot")
    assert "suyuan:price" not in shown
    assert shown["readPoint"] == {"id": "urn:x:2"}
    assert "12.5" not in json.dumps(shown)
    assert sorted(listed(shown)) == shown["suyuan:sd"]
    assert len(shown["suyuan:sd"]) == 2
    assert reveal(shown, disclosures) == EVENT
    assert EVENT["suyuan:price"] == 12.5


def test_the_digest_is_of_the_ascii_text_and_the_text_of_salt_pointer_name_value() -> None:
    shown, (text,) = hidden("/suyuan:buyer/name")
    field = parse_disclosure(text)
    assert (field.pointer, field.name, field.value) == ("/suyuan:buyer", "name", "王")
    assert shown["suyuan:sd"] == [b64url(hashlib.sha256(text.encode()).digest())] == [field.digest]
    padded = text + "=" * (-len(text) % 4)
    import base64

    assert json.loads(base64.urlsafe_b64decode(padded)) == [SALTS[0], "/suyuan:buyer", "name", "王"]


def test_a_field_within_a_field_is_disclosed_by_itself() -> None:
    shown, disclosures = hidden("/suyuan:buyer/phone/mobile", "/suyuan:buyer", "/suyuan:a~1b/~0")
    assert "suyuan:buyer" not in shown
    assert shown["suyuan:a/b"] == {}
    assert reveal(shown, disclosures) == EVENT
    outer = [d for d in disclosures if parse_disclosure(d).name == "suyuan:buyer"]
    partly = reveal(shown, outer)
    assert partly["suyuan:buyer"] == {"name": "王", "phone": {"home": None}}
    assert len(partly["suyuan:sd"]) == 2
    with pytest.raises(Refused, match="missing"):
        reveal(shown, [d for d in disclosures if d not in outer])


def test_hiding_adds_to_what_is_hidden_already() -> None:
    shown, first = hidden("/suyuan:price")
    again, second = hide(shown, [("/suyuan:buyer", SALTS[9])])
    assert len(listed(again)) == 2
    assert reveal(again, [*first, *second]) == EVENT
    assert hide(EVENT, []) == (EVENT, ())


@given(
    st.lists(
        st.sampled_from(
            [
                "/suyuan:price",
                "/suyuan:buyer",
                "/suyuan:buyer/name",
                "/suyuan:buyer/phone",
                "/suyuan:buyer/phone/home",
                "/readPoint/suyuan:plot",
                "/readPoint/id",
                "/list",
            ]
        ),
        unique=True,
    )
)
def test_any_set_of_fields_goes_and_comes_back(pointers: list[str]) -> None:
    shown, disclosures = hidden(*pointers)
    assert len(listed(shown)) == len(pointers) == len(disclosures)
    assert reveal(shown, disclosures) == EVENT


@pytest.mark.parametrize(
    ("pointer", "error", "message"),
    [
        ("", Malformed, "pointer"),
        ("x", Malformed, "pointer"),
        ("/suyuan:a~2b", Malformed, "pointer"),
        ("/nothing", NotFound, "no such field"),
        ("/suyuan:buyer/nothing", NotFound, "no such field"),
        ("/nothing/x", Refused, "missing"),
        ("/suyuan:price/x", Refused, "missing"),
        ("/list/0", Refused, "array"),
        ("/list/0/x", Refused, "array"),
        ("/readPoint", Refused, "never private"),
        ("/type", Refused, "never private"),
    ],
)
def test_hiding_is_refused_with_the_place(pointer: str, error: type[Refused], message: str) -> None:
    with pytest.raises(error, match=message) as caught:
        hidden(pointer)
    assert caught.value.path == pointer


def test_hiding_twice_or_with_a_bad_salt_is_refused() -> None:
    with pytest.raises(NotFound):
        hide(EVENT, [("/suyuan:price", SALTS[0]), ("/suyuan:price", SALTS[1])])
    with pytest.raises(Malformed):
        hide(EVENT, [("/suyuan:price", "short")])
    with pytest.raises(Refused, match="suyuan:sd"):
        hide({**EVENT, "suyuan:y": {"suyuan:sd": []}}, [("/suyuan:y", SALTS[0])])


def test_the_members_that_are_never_private_are_those_of_the_format() -> None:
    named = (
        "@context type eventTime eventTimeZoneOffset recordTime action bizStep disposition epcList "
        "childEPCs inputEPCList outputEPCList quantityList childQuantityList inputQuantityList "
        "outputQuantityList sourceList destinationList readPoint bizLocation parentID "
        "transformationID errorDeclaration sensorElementList suyuan:serials"
    )
    assert set(named.split()) == NEVER_PRIVATE
    for name in NEVER_PRIVATE:
        text = disclosure(SALTS[0], "", name, "x")
        with pytest.raises(Refused, match="never private"):
            reveal(listing(text), [text])
        inner = disclosure(SALTS[0], "/x", name, "x")
        assert reveal(listing(inner, x={}), [inner])["x"] == {name: "x"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("!", "base64url"),
        (b64url(b"\xff"), "UTF-8"),
        (b64url(b"[1,"), "JSON"),
        (b64url(b'["x","x","x",{"a":1,"a":2}]'), "twice"),
        (disclosure(SALTS[0], "", "x"), "array of"),
        (disclosure(SALTS[0], "", "x", 1, 2), "array of"),
        (b64url(b"{}"), "array of"),
        (disclosure(SALTS[0][:-1], "", "x", 1), "bits|bytes|base64"),
        (disclosure(1, "", "x", 1), "base64url"),
        (disclosure(SALTS[0], "x", "x", 1), "pointer"),
        (disclosure(SALTS[0], "/~", "x", 1), "pointer"),
        (disclosure(SALTS[0], 1, "x", 1), "pointer"),
        (disclosure(SALTS[0], "", 1, 1), "text"),
        (disclosure(SALTS[0], "", "suyuan:sd", []), "suyuan:sd"),
        (disclosure(SALTS[0], "", "y", [{"z": {"suyuan:sd": 1}}]), "suyuan:sd"),
        (disclosure(SALTS[0], "", "x", 2), "already"),
        (disclosure(SALTS[0], "/none", "y", 2), "missing"),
        (disclosure(SALTS[0], "/x", "y", 2), "missing"),
        (disclosure(SALTS[0], "/list", "0", 2), "array"),
        (disclosure(SALTS[0], "/list/0", "y", 2), "array"),
    ],
)
def test_a_listed_disclosure_is_refused_for_its_shape_or_place(text: str, message: str) -> None:
    event = listing(text, x=1, list=[{}])
    with pytest.raises(Refused, match=message) as caught:
        reveal(event, [text])
    assert caught.value.path == "/disclosures/0"


def test_a_disclosure_not_listed_or_met_twice_is_refused() -> None:
    one, two = (disclosure(salt, "", "y", 1) for salt in SALTS[:2])
    with pytest.raises(Refused, match="does not list"):
        reveal(listing(one), [two])
    with pytest.raises(Refused, match="does not list") as caught:
        reveal(listing(one), [one, one])
    assert caught.value.path == "/disclosures/1"
    with pytest.raises(Refused, match="already"):
        reveal(listing(one, two), [one, two])


def test_disclosures_are_applied_in_their_order() -> None:
    outer = disclosure(SALTS[0], "", "y", {})
    inner = disclosure(SALTS[1], "/y", "z", 1)
    event = listing(outer, inner)
    assert reveal(event, [outer, inner]) == {"type": "ObjectEvent", "y": {"z": 1}}
    with pytest.raises(Refused, match="missing"):
        reveal(event, [inner, outer])


def test_the_list_of_digests_is_sorted_and_each_stands_once() -> None:
    digests = sorted(b64url(bytes([n]) * 32) for n in range(3))
    assert listed({"suyuan:sd": digests}) == frozenset(digests)
    assert listed({}) == frozenset()
    for wrong in ([digests[1], digests[0]], [digests[0], digests[0]]):
        with pytest.raises(Malformed, match="sorted"):
            listed({"suyuan:sd": wrong})
    for odd in ("x", [1], ["x"], None):
        with pytest.raises(Malformed):
            listed({"suyuan:sd": odd})


def test_stored_fields_are_put_back_as_they_are_revealed() -> None:
    event: dict[str, Any] = {"a": {"b": {"c": 1}, "d": 2}, "e": [3], "f": "x"}
    fields = [(pointer, "A" * 21 + "w") for pointer in ("/a/b", "/a/b/c", "/f", "/e")]
    shown, disclosures = hide(event, fields)
    for many in range(len(disclosures) + 1):
        some = disclosures[:many]
        assert put_back(dict(shown), some) == reveal(shown, some)
    assert put_back(dict(shown), disclosures) == event
