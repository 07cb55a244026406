"""Digital Links read, checked and built, with the cases of GS1's own engine."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shared import shared

from suyuan.core.errors import Malformed
from suyuan.core.gs1.ai import IDENTIFIERS, lookup
from suyuan.core.gs1.element_strings import parse_element_string
from suyuan.core.gs1.link import build_link, canonical_link, parse_link, unescape
from suyuan.core.gs1.rules import Element
from suyuan.core.identifiers import canonical

OPTIONS = {
    ("https://a/gtin/12312312312333/ser/ABC123", True): "names",
    ("https://example.com/01/09520123456788?99=XYZ&89=ABC123", True): "unassigned identifiers",
}
"""Cases that the engine takes only where it is told to; the first we can be told too."""


def scanned(elements: tuple[Element, ...]) -> str:
    text, separated = "", False
    for ai, value in elements:
        text += f"{'' if separated else '^'}{ai}{value}"
        separated = lookup(ai).fixed
    return text


def test_engine_reads_the_same() -> None:
    path = shared("vectors", "gs1-syntax-engine-vectors", "dl_parse_uri.json")
    cases = json.loads(path.read_text())
    assert len(cases) == 59
    for case in cases:
        if OPTIONS.get((case["uri"], case["ok"])) == "unassigned identifiers":
            continue
        names = OPTIONS.get((case["uri"], case["ok"])) == "names"
        if case["ok"]:
            link = parse_link(case["uri"], names=names)
            assert scanned(link.elements) == case["expected_ai_data"], case
        else:
            with pytest.raises(Malformed):
                parse_link(case["uri"], names=names)


def test_engine_builds_the_same() -> None:
    path = shared("vectors", "gs1-syntax-engine-vectors", "dl_other.json")
    built = 0
    for case in json.loads(path.read_text()):
        arguments = case["args"]
        if case["fn"] == "test_testGenerateDLuri" and "(89)" not in arguments[2]:
            ok, stem, text, uri = arguments
            built += 1
            if ok == "true":
                elements = parse_element_string(text)
                assert build_link(elements, stem).uri() == uri, case
            else:
                with pytest.raises(Malformed):
                    build_link(parse_element_string(text), stem)
    assert built == 10


def test_engine_unescapes_the_same() -> None:
    path = shared("vectors", "gs1-syntax-engine-vectors", "dl_other.json")
    cases = [c["args"] for c in json.loads(path.read_text()) if c["fn"] == "test_URIunescape"]
    assert len(cases) == 11
    for text, in_path, in_query in cases:
        assert (unescape(text), unescape(text, form=True)) == (in_path, in_query)


def test_names_of_digital_link_1_1_only_where_asked() -> None:
    text = "https://a.example/gtin/9521234000044/lot/A/ser/B"
    assert parse_link(text, names=True).path == (
        ("01", "09521234000044"),
        ("10", "A"),
        ("21", "B"),
    )
    with pytest.raises(Malformed) as caught:
        parse_link(text)
    assert caught.value.text == "ser was another way to write 21 until Digital Link 1.1; write /21/"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("https://a.example/01/09521234000045", "AI (01): the check digit of 09521234000045 is 5,"),
        (
            "https://a.example/01/09521234000044/21/A/10/B",
            "after (01) the path may have 22, 10, 21 | 235, in this order, and here it has 21, 10",
        ),
        (
            "https://a.example/00/095212340000000013/10/B",
            "after (00) nothing more may follow in the path, and here 10 does",
        ),
        ("https://a.example/01/09521234000044?21=A", "(21) belongs in the path, as /21/…"),
        ("https://a.example/01/09521234000044?03=09521234000044", "(03) may not stand behind"),
        (
            "https://a.example/01/09521234000044?11=261301",
            "AI (11): the date 261301 has no month 13",
        ),
        ("https://a.example/01/09521234000044?11=260917&11=260917", "(11) is there already"),
        (
            "https://a.example/01/09521234000044?427=ZJ",
            "(427) needs one of these beside it: 01+422",
        ),
        ("https://a.example/01/09521234000044?8888=1", "(8888) is no application identifier"),
        ("https://a.example/products/17", "there is no GS1 key in the path: products stands where"),
        ("https://a.example/01/09521234000044/", "there is no GS1 key in the path"),
        ("https://a.example/01/0952 ", "character 26,  , may not stand in an address"),
        ("https://a.example/01/é", "character 22, é, may not stand in an address; in a value"),
        ("ftp://a.example/01/09521234000044", "a Digital Link begins with https:// or http://"),
        ("https://me:pw@a.example/01/09521234000044", "this is no web address"),
        ("https://a_b.example/01/09521234000044", "this is no web address"),
        ("https://a.example/01/09521234000044/10/100%", "this is no web address"),
        ("urn:epc:id:sgtin:9521234.00004.1", "this is no EPC URN of a GS1 key"),
        ("42", "a Digital Link begins with https:// or http://"),
    ],
)
def test_a_refusal_says_what_and_where(text: str, said: str) -> None:
    with pytest.raises(Malformed) as caught:
        parse_link(text)
    assert caught.value.text.startswith(said)


def test_a_label_in_capitals_on_any_host_and_stem() -> None:
    link = parse_link(
        "HTTPS://TRACE.EXAMPLE.CN/A/01/09521234000044/10/L.1/21/7K3?lang=zh&17=270917#x"
    )
    assert link.stem == "HTTPS://TRACE.EXAMPLE.CN/A"
    assert link.path == (("01", "09521234000044"), ("10", "L.1"), ("21", "7K3"))
    assert (link.attributes, link.others) == ((("17", "270917"),), ("lang=zh",))
    assert link.uri() == ("HTTPS://TRACE.EXAMPLE.CN/A/01/09521234000044/10/L.1/21/7K3?17=270917")
    assert link.uri("https://id.gs1.org").startswith("https://id.gs1.org/01/09521234000044/10/L.1")


def test_an_epc_urn_is_read_as_what_it_names() -> None:
    link = parse_link("urn:epc:id:sgtin:9521234.000004.A%2FB")
    assert link.elements == (("01", "09521234000044"), ("21", "A/B"))
    assert link.uri() == "https://id.gs1.org/01/09521234000044/21/A%2FB"


@pytest.mark.parametrize(
    ("elements", "uri"),
    [
        ([("10", "A/B"), ("01", "9521234000044")], "https://id.gs1.org/01/09521234000044/10/A%2FB"),
        (
            [("01", "09521234000044"), ("10", "A"), ("235", "T")],
            "(235) may not stand behind the ? of a Digital Link",
        ),
        (
            [("00", "095212340000000013"), ("403", "X+Y")],
            "https://id.gs1.org/00/095212340000000013?403=X%2BY",
        ),
        ([("414", "9521234000020"), ("254", "P1")], "https://id.gs1.org/414/9521234000020/254/P1"),
        (
            [("01", "09521234000044"), ("10", "L"), ("7007", "260917"), ("13", "260918")],
            "https://id.gs1.org/01/09521234000044/10/L?13=260918&7007=260917",
        ),
        ([("10", "A")], "(10) needs one of these beside it: 01, 02, 03, 8006, 8026"),
        ([("400", "A")], "none of these is a key that a Digital Link can begin with"),
    ],
)
def test_building(elements: list[Element], uri: str) -> None:
    if uri.startswith("https"):
        assert build_link(elements).uri() == uri
    else:
        with pytest.raises(Malformed) as caught:
            build_link(elements)
        assert caught.value.text.startswith(uri)


@pytest.mark.parametrize(
    "stem", ["", "id.gs1.org", "https://a b", "https://a?x=1", "https://a#b", "https://$a"]
)
def test_a_stem_is_a_web_address(stem: str) -> None:
    with pytest.raises(Malformed, match="no address that a Digital Link could begin with"):
        build_link([("01", "09521234000044")], stem)
    assert build_link([("01", "09521234000044")], "http://[::1]:80/x/").stem == "http://[::1]:80/x"


_VALUES = st.text("!\"%&'()*+,-./0189:;<=>?AZ_az", min_size=1, max_size=20)


@given(st.none() | _VALUES, st.none() | _VALUES, st.none() | _VALUES)
def test_what_is_built_is_read_back_and_is_canonical_for_the_fast_reader_too(
    lot: str | None, serial: str | None, source: str | None
) -> None:
    said = [("01", "09521234000044"), ("10", lot), ("21", serial), ("251", source)]
    elements = tuple((ai, value) for ai, value in said if value is not None)
    uri = build_link(elements, "https://a.example/x").uri()
    assert parse_link(uri).elements == elements
    finest = (
        f"/21/{quote(serial, safe='')}" if serial else f"/10/{quote(lot, safe='')}" if lot else ""
    )
    assert canonical(uri) == f"https://id.gs1.org/01/09521234000044{finest}"


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("https://a.example/01/0952123400004%34/21/%2a%41", "01/09521234000044/21/%2AA"),
        ("https://a.example/gtin/9521234000044/lot/a%2fb/ser/(x)", "01/09521234000044/21/%28x%29"),
        ("urn:epc:id:sgln:9521234.00002.0", "414/9521234000020"),
        ("https://a.example/01/09521234000045", "01/09521234000045"),  # nobody asked
    ],
)
def test_canonical_links(text: str, path: str) -> None:
    assert canonical_link(text) == f"https://id.gs1.org/{path}"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("https://a.example/8013/1987654Ad4X4bL5ttr2310c2K", "(8013) and what follows has no"),
        ("https://a.example/x", "there is no GS1 key in the path"),
        ("urn:epc:id:gid:1.2.3", "this is no EPC URN of a GS1 key"),
        ("42", "a Digital Link begins with https:// or http://"),
    ],
)
def test_what_has_no_canonical_link_is_refused_in_words(text: str, said: str) -> None:
    with pytest.raises(Malformed) as caught:
        canonical_link(text)
    assert caught.value.text.startswith(said)


_PIECES = st.sampled_from(
    [
        *"/?&=#%:.+ \n|é[]@",
        *(
            "https://",
            "http://",
            "a.example",
            "/01/",
            "9521234000044",
            "/21/",
            "/10/",
            "?17=270917",
        ),
        *("urn:epc:id:", "sgtin:9521234.000004.", "/8010/", "/414/", "/gtin/", "99=", "%2F", "%00"),
        *IDENTIFIERS,
    ]
)


@given(
    st.text(max_size=60) | st.lists(_PIECES, max_size=14).map("".join),
    st.booleans(),
)
def test_any_text_is_read_or_refused_in_words(text: str, names: bool) -> None:
    try:
        link = parse_link(text, names=names)
    except Malformed as problem:
        str(problem)  # every hole of its words is filled
        return
    assert parse_link(link.uri()).elements == link.elements


@given(st.text(max_size=60) | st.lists(_PIECES, max_size=14).map("".join))
def test_any_text_has_one_canonical_link_or_none(text: str) -> None:
    try:
        once = canonical_link(text)
    except Malformed as problem:
        str(problem)  # every hole of its words is filled
        return
    assert canonical_link(once) == once


@given(
    st.lists(
        st.tuples(st.sampled_from(sorted(IDENTIFIERS)) | st.text(max_size=5), st.text(max_size=20))
    ),
    st.text(max_size=20).map(lambda text: f"https://{text}"),
)
def test_any_elements_are_built_or_refused_in_words(elements: list[Element], stem: str) -> None:
    try:
        link = build_link(elements, stem)
    except Malformed as problem:
        str(problem)  # every hole of its words is filled
        return
    assert parse_link(link.uri()).elements == link.elements
