"""EPC patterns: what they cover, and what is none."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from suyuan.core.epcis.patterns import parse_pattern
from suyuan.core.epcis.query import parse_query
from suyuan.core.epcis.validate import validate_event
from suyuan.core.errors import Malformed
from suyuan.core.identifiers import canonical

COVERED = [
    ("urn:epc:idpat:sgtin:9521234.000006.*", "urn:epc:id:sgtin:9521234.000006.S.1"),
    ("urn:epc:idpat:sgtin:9521234.000006.S.1", "urn:epc:id:sgtin:9521234.000006.S.1"),
    ("urn:epc:idpat:sgtin:9521234.*.*", "urn:epc:id:sgtin:9521234.100006.S1"),
    ("urn:epc:idpat:sscc:9521234.*", "urn:epc:id:sscc:9521234.0000000001"),
    ("urn:epc:idpat:sscc:9521234.0000000001", "https://id.gs1.org/00/095212340000000013"),
    ("urn:epc:idpat:sgln:9521234.00001.*", "https://id.gs1.org/414/9521234000013/254/A"),
    ("urn:epc:idpat:pgln:9521234.00001", "https://id.gs1.org/417/9521234000013"),
    ("urn:epc:idpat:grai:9521234.00001.*", "urn:epc:id:grai:9521234.00001.7"),
    ("urn:epc:idpat:gdti:*.*.*", "urn:epc:id:gdti:9521234.00001.7"),
    ("urn:epc:idpat:itip:9521234.000006.01.02.*", "urn:epc:id:itip:9521234.000006.01.02.7"),
    ("urn:epc:idpat:giai:9521234.*", "urn:epc:id:giai:9521234.77.8"),
    ("urn:epc:idpat:cpi:9521234.A.*", "urn:epc:id:cpi:9521234.A.8"),
]


@pytest.mark.parametrize(("pattern", "uri"), COVERED)
def test_what_is_covered(pattern: str, uri: str) -> None:
    assert parse_pattern(pattern).matches(canonical(uri))
    assert not parse_pattern(pattern).matches(canonical("urn:epc:id:gsrn:9521234.0000000001"))


@pytest.mark.parametrize(
    "text",
    [
        "urn:epc:idpat:lgtin",
        "urn:epc:idpat:lgtin:9521234.000006.*",
        "urn:epc:idpat:sgtin:9521234.00000.*",
        "urn:epc:idpat:sgtin:9521234.0000066.S1",
        "urn:epc:idpat:sgtin:9521234.000006",
        "urn:epc:idpat:sgtin:9521234.*",
        "urn:epc:idpat:sgtin:9521234.*.S1",
        "urn:epc:idpat:sgtin:9521234.000006.",
        "urn:epc:idpat:sgtin:9521234.00000A.*",
        "urn:epc:idpat:sgtin:*.000006.*",
        "urn:epc:idpat:sgtin:95212.*.*",
        "urn:epc:idpat:sgtin:9521234.000006.S#1",
        "urn:epc:idpat:sscc:9521234.0000000001.*",
        "urn:epc:idpat:sscc:9521234.000000001",
        "urn:epc:idpat:gsrn:9521234.*.*",
        "urn:epc:idpat:itip:9521234.000006.*",
        "urn:epc:idpat:",
        "no uri",
    ],
)
def test_what_is_no_pattern(text: str) -> None:
    for name in ("MATCH_epc", "MATCH_epcClass", "MATCH_anyEPC"):
        with pytest.raises(Malformed) as caught:
            parse_query({name: text})
        assert caught.value.path == f"/{name}"
        assert "urn:epc:idpat:sgtin:9521234.000006.*" in caught.value.text


SHORT = "urn:epc:id:sgtin:9521234.00000.S1"
"""Twelve digits where thirteen belong; a URI all the same, and that is all that the schema asks."""


def test_an_urn_with_too_few_digits_is_that_text_and_nothing_else() -> None:
    event = {
        "@context": "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
        "type": "ObjectEvent",
        "eventTime": "2026-09-10T08:00:00+08:00",
        "eventTimeZoneOffset": "+08:00",
        "action": "OBSERVE",
        "epcList": [SHORT],
    }
    assert validate_event(event) == []
    assert parse_query({"MATCH_epc": SHORT}).matches(event)
    for other in (
        "urn:epc:idpat:sgtin:9521234.*.*",
        "urn:epc:idpat:sgtin:9521234.000000.*",
        "urn:epc:id:sgtin:9521234.000000.S1",
        "https://id.gs1.org/01/09521234000006/21/S1",
    ):
        assert not parse_query({"MATCH_epc": other}).matches(event)
        whole = {**event, "epcList": [other.replace("idpat", "id").replace("*", "1")]}
        assert not parse_query({"MATCH_epc": SHORT}).matches(whole)


PIECES = st.sampled_from(
    ["urn:epc:idpat:", "sgtin", "sscc", "grai", ":", "9521234", ".", "000006", "*", "S1", "é", "%"]
)


@given(st.lists(PIECES, max_size=12).map("".join) | st.text(max_size=40), st.text(max_size=40))
@example("urn:epc:idpat:sgtin:9521234.000006.*", "https://id.gs1.org/01/%")
def test_nothing_but_our_own_errors(text: str, uri: str) -> None:
    with suppress(Malformed):
        parse_pattern(text).matches(uri)
