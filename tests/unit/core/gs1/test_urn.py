"""EPC URNs of Digital Links."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shared import shared

from suyuan.core.errors import Malformed
from suyuan.core.gs1.urn import known_prefixes, to_urn
from suyuan.core.identifiers import canonical

KNOWN = known_prefixes(["9521234", "0614141", "4012345", "01234567", "999999999999"])
LOSSY = "urn:epc:idpat:(?:upui|sgln):"
"""Patterns that have the Digital Link of something else too: of a sgtin's, of the place itself."""

TWINS = [
    ("urn:epc:id:sgtin:9521234.000004.7K3", "01/09521234000044/21/7K3"),
    ("urn:epc:id:sgtin:9521234.100004.A!'()*+,-.:;=_z", "01/19521234000041/21/A!'()*+,-.:;=_z"),
    ("urn:epc:id:sgtin:9521234.000004.6789%2F%26%25%22", "01/09521234000044/21/6789%2F%26%25%22"),
    ("urn:epc:idpat:sgtin:9521234.000004.*", "01/09521234000044"),
    ("urn:epc:class:lgtin:9521234.000004.LOT-1", "01/09521234000044/10/LOT-1"),
    ("urn:epc:id:upui:9521234.000004.51qIgY)%3C", "01/09521234000044/235/51qIgY)%3C"),
    ("urn:epc:id:itip:9521234.000004.01.02.987", "8006/095212340000440102/21/987"),
    ("urn:epc:idpat:itip:9521234.000004.01.02.*", "8006/095212340000440102"),
    ("urn:epc:id:sscc:9521234.0000000001", "00/095212340000000013"),
    ("urn:epc:id:sgln:9521234.00002.0", "414/9521234000020"),
    ("urn:epc:id:sgln:9521234.00002.P%2F1", "414/9521234000020/254/P%2F1"),
    ("urn:epc:id:pgln:9521234.00002", "417/9521234000020"),
    ("urn:epc:id:pgln:999999999999.", "417/9999999999994"),
    ("urn:epc:id:grai:9521234.00002.334455", "8003/09521234000020334455"),
    ("urn:epc:idpat:grai:9521234.00002.*", "8003/09521234000020"),
    ("urn:epc:id:giai:9521234.ABC345", "8004/9521234ABC345"),
    ("urn:epc:id:gsrn:9521234.0000000001", "8018/952123400000000017"),
    ("urn:epc:id:gsrnp:9521234.0000000001", "8017/952123400000000017"),
    ("urn:epc:id:gdti:9521234.00002.PO-4711", "253/9521234000020PO-4711"),
    ("urn:epc:idpat:gdti:9521234.00002.*", "253/9521234000020"),
    ("urn:epc:id:sgcn:9521234.00002.04711", "255/952123400002004711"),
    ("urn:epc:idpat:sgcn:9521234.00002.*", "255/9521234000020"),
    ("urn:epc:id:cpi:9521234.1-A%23%2F.1234", "8010/95212341-A%23%2F/8011/1234"),
    ("urn:epc:idpat:cpi:9521234.AB12.*", "8010/9521234AB12"),
    ("urn:epc:id:ginc:9521234.xyz47%2F11", "401/9521234xyz47%2F11"),
    ("urn:epc:id:gsin:9521234.000000001", "402/95212340000000013"),
]


@pytest.mark.parametrize(("urn", "path"), TWINS)
def test_there_and_back(urn: str, path: str) -> None:
    assert canonical(urn) == f"https://id.gs1.org/{path}"
    assert to_urn(f"https://id.gs1.org/{path}", KNOWN) == urn
    assert to_urn(urn, KNOWN) == urn


def _corpus() -> Iterator[str]:
    """Every EPC URN in other people's documents, and of the canonicaliser's cases."""
    for folder in ("openepcis-test-resources", "gs1-epcis-official", "event-hash-ralphtro-G2-2026"):
        for file in Path(shared("vectors", folder)).rglob("*"):
            if file.suffix in (".json", ".jsonld", ".xml"):
                text = file.read_text("utf-8", errors="replace")
                yield from re.findall(r'urn:epc:(?:id|class|idpat):[^"<\s]+', text)
    for case in json.loads(
        shared("vectors", "epc-dl-canonical", "ralphtro_normaliser.json").read_text()
    ):
        yield case["in"]


def test_every_urn_of_the_corpus_comes_back() -> None:
    there = 0
    for urn in sorted(set(_corpus())):
        link = canonical(urn)
        if link == urn or not urn.startswith("urn:") or re.match(LOSSY, urn):
            continue
        prefix = urn.split(":")[4].split(".")[0]
        assert to_urn(link, known_prefixes([prefix])) == urn
        there += 1
    assert there > 120


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("https://id.gs1.org/01/09521234000045/21/1", "no EPC URN names the same"),  # check digit
        ("https://id.gs1.org/01/09521234000044/21/a&b", "no EPC URN names the same"),
        ("https://id.gs1.org/414/9521234000020/254/0", "no EPC URN names the same"),
        ("https://id.gs1.org/8006/095212340000440102/10/L", "no EPC URN names the same"),
        ("https://id.gs1.org/8003/19521234000020", "no EPC URN names the same"),
        ("https://id.gs1.org/01/07350053850019/21/1", "how long the company prefix of"),
        ("https://trace.example/season/1", "names nothing with a GS1 key"),
        ("urn:epc:id:gid:1.2.3", "names nothing with a GS1 key"),
        ("", " names nothing with a GS1 key"),
    ],
)
def test_no_urn_is_made_up(text: str, said: str) -> None:
    with pytest.raises(Malformed) as caught:
        to_urn(text, KNOWN)
    assert said in caught.value.text


def test_prefixes_of_china_and_a_default() -> None:
    lengths = known_prefixes(["6901234567"])
    assert [lengths(digits) for digits in ("6901234567890", "6912345678901", "6921234567890")] == [
        10,
        7,
        8,
    ]
    assert lengths("9521234000020") is None
    assert known_prefixes(default=7)("9521234000020") == 7
    assert to_urn("https://x.example/01/06921234567890/10/A/21/B", known_prefixes()) == (
        "urn:epc:id:sgtin:69212345.06789.B"
    )


@pytest.mark.parametrize("prefix", ["", "12345", "1234567890123", "1234567a", "١٢٣٤٥٦٧"])
def test_a_prefix_is_6_to_12_digits(prefix: str) -> None:
    with pytest.raises(Malformed, match="6 to 12 digits"):
        known_prefixes([prefix])


_PIECES = st.sampled_from(
    [
        *"/.:*%&2F01A",
        *("https://id.gs1.org", "/01/", "09521234000044", "9521234000020", "/10/", "/21/", "/235/"),
        *("urn:epc:id:", "sgtin:", "/8004/", "/8010/", "/8011/", "/414/", "/254/", "/253/", "/00/"),
        *("/8006/", "095212340000440102", "095212340000000013", "/401/", "/255/", "/8003/"),
    ]
)


@given(
    st.text(max_size=60) | st.lists(_PIECES, max_size=12).map("".join),
    st.none() | st.integers(6, 12),
)
def test_a_urn_names_the_same_whatever_the_lengths_of_prefixes(text: str, size: int | None) -> None:
    try:
        urn = to_urn(text, known_prefixes(["9521234"], size))
    except Malformed as problem:
        str(problem)  # every hole of its words is filled
        return
    assert canonical(urn) == canonical(text)
    assert urn.startswith("urn:epc:")
