"""Canonical Digital Links and object ids."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rfc3986_validator import validate_rfc3986  # type: ignore[import-untyped]
from shared import shared

from suyuan.core.errors import Malformed
from suyuan.core.identifiers import (
    canonical,
    check_digit,
    gtin14,
    has_check_digit,
    identify,
    is_uri,
    object_id,
    parse_dl,
    product_of,
)


def test_open_vectors_are_equal() -> None:
    path = shared("vectors", "epc-dl-canonical", "ralphtro_normaliser.json")
    cases = json.loads(path.read_text())
    assert len(cases) == 35
    for case in cases:
        link = parse_dl(case["in"])
        assert (link and link.encoded_uri) == case["canonical"], case


@pytest.mark.parametrize(
    ("text", "uri"),
    [
        (
            "urn:epc:id:sgtin:0614141.812345.6789%2F%26!%3F()",
            "01/80614141123458/21/6789%2F%26!%3F()",
        ),
        ("urn:epc:id:sgtin:415056789012.0.987654", "01/04150567890128/21/987654"),
        ("urn:epc:id:sgln:4012345.00005.0", "414/4012345000054"),
        ("urn:epc:id:sgln:987659999999..A", "414/9876599999992/254/A"),
        ("urn:epc:id:gdti:987659999999..9", "253/98765999999929"),
        ("urn:epc:id:grai:987659999999..9", "8003/098765999999929"),
        ("urn:epc:id:giai:4012345.ABC345", "8004/4012345ABC345"),
        ("urn:epc:id:ginc:0614141.xyz47%2F11", "401/0614141xyz47%2F11"),
        ("urn:epc:id:itip:4012345.011111.01.02.987", "8006/040123451111180102/21/987"),
        ("urn:epc:id:sgcn:4012345.67890.04711", "255/401234567890104711"),
        ("urn:epc:class:lgtin:4012345.012345.Lot987", "01/04012345123456/10/Lot987"),
        ("urn:epc:idpat:itip:4012345.012345.01.02.*", "8006/040123451234560102"),
        ("urn:epc:idpat:sgcn:4012345.22222.*", "255/4012345222227"),
        ("urn:epc:idpat:grai:4012345.99999.*", "8003/04012345999990"),
        ("HTTPS://TRACE.EXAMPLE.CN/01/09521234000044/10/A.1/21/7K3", "01/09521234000044/21/7K3"),
        ("http://example.de/gtin-8/01/97803111", "01/00000097803111"),
        ("https://a.example/x/gln/4280000000002/glnx/1%2b2", "414/4280000000002/254/1%2b2"),
        ("https://a.example/00/9/01/09521234000044/22/v?a=b#c", "01/09521234000044"),
        ("https://a.example:8/8010/0628165987/8011/9876#f", "8010/0628165987/8011/9876"),
        ("https://id.gs1.org/8006/040123451234560102/22/A/10/X", "8006/040123451234560102/10/X"),
    ],
)
def test_canonical(text: str, uri: str) -> None:
    assert canonical(text) == f"https://id.gs1.org/{uri}"


@pytest.mark.parametrize(
    "text",
    [
        "https://id.gs1.org/01/09521234000044/",
        "https://id.gs1.org/01/09521234000044/21/",
        "https://id.gs1.org/01/09521234000044/21/123456789012345678901",
        "https://id.gs1.org/01/09521234000044/21/é",
        "https://id.gs1.org/01/09521234000044/21/a%20b",
        "https://id.gs1.org/01/09521234000044/21/1/10/2",
        "https://id.gs1.org/01/09521234000044/235/1/21/2",
        "https://id.gs1.org/417/9521234000044/254/2",
        "https://id.gs1.org/01/٠٩٥٢١٢٣٤٠٠٠٠٤٤",
        "https://trace.example.cn/8004/press-house",
        "https://trace.example.cn/season/2026-hickory-1",
        "https://id.gs1.org/10/ABC",
        "ftp://id.gs1.org/01/09521234000044",
        "urn:epc:id:sgtin:4012345.0111111.9",
        "urn:epc:id:sgtin:40123.01111111.9",
        "urn:epc:id:sgtin:4012345.011111.a b",
        "urn:epc:id:sgtin:4012345.011111.",
        "urn:epc:id:sgtin:4012345.011111",
        "urn:epc:id:sscc:4012345.0000000333.1",
        "urn:epc:id:cpi:0614141..1234",
        "urn:epc:id:itip:4012345.011111.1.2.987",
        "urn:epc:idpat:giai:4012345.*",
        "urn:epc:idpat:sgtin:4012345.*.*",
        "urn:epc:idpat:sscc:4012345.*",
        "urn:epc:class:sgtin:4012345.011111.9",
        "urn:epc:id:nonsense:4012345.011111.9",
        "",
        "42",
    ],
)
def test_outside_stays_unchanged(text: str) -> None:
    assert parse_dl(text) is None
    assert canonical(text) == text


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("https://x.example/01/09521234000044/21/%2a%2A%41%5f", "01/09521234000044/21/**A_"),
        ("https://x.example/01/09521234000044/21/%21%28%29!()*", "01/09521234000044/21/!()!()*"),
        ("https://x.example/01/09521234000044/10/a%2fb", "01/09521234000044/10/a%2Fb"),
        ("https://x.example/01/09521234000044/10/a+b%2b", "01/09521234000044/10/a+b%2B"),
    ],
)
def test_object_ids_are_percent_normal(text: str, same: str) -> None:
    assert object_id(text) == f"https://id.gs1.org/{same}"


@pytest.mark.parametrize(
    "text",
    [
        "https://id.gs1.org/01/09521234000044",
        "https://id.gs1.org/01/09521234000044/22/v",
        "https://id.gs1.org/8006/040123451234560102",
        "https://id.gs1.org/8006/040123451234560102/10/L",
        "urn:epc:idpat:sgtin:4012345.012345.*",
        "urn:epc:idpat:anything:at.all",
    ],
)
def test_classes_are_no_objects(text: str) -> None:
    assert object_id(text) is None
    assert identify(text).lot is None


def test_lot_and_product() -> None:
    lot = "https://id.gs1.org/01/09521234000044/10/L%2F1"
    assert identify("https://h.example/01/09521234000044/10/L%2f1/21/S").lot == lot
    assert identify(lot).object == identify(lot).lot == lot
    assert identify("https://h.example/8006/040123451234560102/10/L/21/S").lot is None
    assert product_of(lot) == "https://id.gs1.org/01/09521234000044"
    assert product_of("https://id.gs1.org/414/9521234000020") is None
    assert product_of("https://other.example/01/09521234000044/10/L") is None


@pytest.mark.parametrize(
    "text", ["", "42", "a b:c", "urn:é", "http://a/\n", "x:%2", "/a", "x:[", "h://[1]"]
)
def test_not_a_uri_is_malformed(text: str) -> None:
    with pytest.raises(Malformed):
        object_id(text)


def test_check_digits() -> None:
    assert check_digit("0952123400004") == "4"
    assert has_check_digit("09521234000044")
    assert not has_check_digit("09521234000045")
    assert not has_check_digit("")
    assert gtin14("9521234000044") == "09521234000044"
    for wrong in ("9521234000045", "952123400004", "x", "٠٩٥٢١٢٣٤٠٠٠٠٤٤"):
        with pytest.raises(Malformed):
            gtin14(wrong)


_PIECES = st.sampled_from(
    [*"aZ0:/?#[]@!$&'()*+,;=%~. \n|é", "%41", "http", "urn", "//", "[::1]", "1.2.3.4"]
)


@given(st.lists(_PIECES, max_size=12).map("".join))
def test_is_uri_agrees_with_another_reading_of_rfc_3986(text: str) -> None:
    assert is_uri(text) == bool(validate_rfc3986(text) and not text.endswith("\n"))


@given(
    st.lists(_PIECES | st.sampled_from(["/01/", "9521234000044", "/21/", "/10/"]), max_size=12).map(
        "".join
    )
)
def test_canonical_is_idempotent_and_never_fails(text: str) -> None:
    once = canonical(text)
    assert canonical(once) == once
    if is_uri(text):
        whole = identify(text)
        assert identify(whole.uri).uri == whole.uri


@pytest.mark.parametrize(
    "text", ["http://[::1]:80/", "http://[v1.a:b]/", "http://[1::2::3]/", "http://[::1"]
)
def test_ip_literals(text: str) -> None:
    assert is_uri(text) == (text in ("http://[::1]:80/", "http://[v1.a:b]/"))


_PARTS = st.text("!\"%&'()*+,-./0189:;<=>?AZ_az~#2F", min_size=0, max_size=22)


@given(
    st.sampled_from((14, 14, 14, 13, 8, 5)),
    st.one_of(st.none(), _PARTS),
    st.one_of(st.none(), _PARTS),
)
def test_what_is_canonical_already_is_read_as_on_any_other_host(
    digits: int, lot: str | None, serial: str | None
) -> None:
    path = "/01/" + "0" * digits
    path += "" if lot is None else f"/10/{lot}"
    path += "" if serial is None else f"/21/{serial}"
    try:
        elsewhere = identify("https://trace.example" + path)
    except Malformed:
        with pytest.raises(Malformed):
            identify("https://id.gs1.org" + path)
        return
    if elsewhere.uri.startswith("https://id.gs1.org/"):
        assert identify("https://id.gs1.org" + path) == elsewhere
    else:
        assert identify("https://id.gs1.org" + path).lot is None
