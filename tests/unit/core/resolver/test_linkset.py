"""Linksets against GS1's schema and examples."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft7Validator  # type: ignore[import-untyped]
from shared import shared

from suyuan.core.errors import Malformed
from suyuan.core.resolver.linkset import (
    DEFAULT,
    GS1,
    Entry,
    TargetLink,
    link_type_of,
    linkset,
    parse_entry,
    parse_linkset,
)

LOT = "https://id.gs1.org/01/09521234000044/10/LOT-1"
PAGE = {"href": "https://coop.example/hickory", "title": "山核桃"}


def entry(**links: Any) -> dict[str, Any]:
    return {
        "anchor": LOT,
        "itemDescription": "山核桃 2026",
        **{f"gs1:{name}": value for name, value in links.items()},
    }


def _schema() -> Draft7Validator:
    path = shared("vectors", "gs1-linkset", "gs1-linkset-schema.json")
    return Draft7Validator(json.loads(path.read_text("utf-8")))


def _example(*parts: str) -> Any:
    return json.loads(shared("vectors", *parts).read_text("utf-8"))


def test_examples_of_gs1_are_taken_and_refused() -> None:
    parse_linkset(_example("gs1-linkset", "valid-gs1-example.json"))
    parse_linkset(_example("gs1-resolver-conformance", "modelLinkset.json"))
    for name in ("invalid-gs1-example.json", "invalid-basic-example.json"):
        with pytest.raises(Malformed):
            parse_linkset(_example("gs1-linkset", name))


def test_a_linkset_without_descriptions_is_one_of_rfc_9264_but_not_of_gs1() -> None:
    with pytest.raises(Malformed, match="itemDescription is missing"):
        parse_linkset(_example("gs1-linkset", "valid-basic-example.json"))


def test_what_is_written_is_valid_and_reads_back() -> None:
    model = _example("gs1-resolver-conformance", "modelLinkset.json")
    entries = parse_linkset(model)
    written = linkset(entries)
    _schema().validate(written)
    assert written == model
    assert linkset(entries, "https://trace.example/x")["linkset"][1]["anchor"] == (
        "https://trace.example/x/01/09506000164908/21/1234"
    )


def test_all_spellings_of_gs1_are_one() -> None:
    for spelling in ("gs1:pip", "https://gs1.org/voc/pip", "http://www.gs1.org/voc/pip"):
        assert link_type_of(spelling) == f"{GS1}pip"
    assert link_type_of("https://schema.org/review") == "https://schema.org/review"
    assert link_type_of("alternate") == "alternate"


def test_an_entry_is_kept_as_canonical_link() -> None:
    found = parse_entry({**entry(pip=[PAGE]), "anchor": "HTTPS://TRACE.EXAMPLE/01/9521234000044"})
    assert found == Entry(
        "https://id.gs1.org/01/09521234000044",
        "山核桃 2026",
        {f"{GS1}pip": (TargetLink(PAGE["href"], "山核桃"),)},
    )


@pytest.mark.parametrize(
    ("value", "path", "said"),
    [
        ([], "", "an object belongs here"),
        ({"anchor": LOT}, "", "the member itemDescription is missing"),
        ({**entry(), "anchor": 1}, "/anchor", "a text belongs here"),
        (
            {**entry(), "anchor": "https://a.example/x"},
            "/anchor",
            "there is no GS1 key in the path",
        ),
        ({**entry(), "anchor": f"{LOT}?17=270917"}, "/anchor", "links belong to a thing"),
        ({**entry(), "itemDescription": " "}, "/itemDescription", "a text for people belongs here"),
        ({**entry(), "Pip": [PAGE]}, "/Pip", "Pip is no link type"),
        (
            {**entry(), "https://a/b#c": [PAGE]},
            "/https:~1~1a~1b#c",
            "https://a/b#c is no link type",
        ),
        (
            {**entry(pip=[PAGE]), f"{GS1}pip": [PAGE]},
            "/https:~1~1ref.gs1.org~1voc~1pip",
            f"the link type {GS1}pip is there twice",
        ),
        (entry(pip=[]), "/gs1:pip", "there is no link here"),
        (entry(pip={}), "/gs1:pip", "an array belongs here"),
        (entry(pip=[{"href": "https://a.example"}]), "/gs1:pip/0", "the member title is missing"),
        (entry(pip=[PAGE, {**PAGE, "rel": ""}]), "/gs1:pip/1", "the member rel has no place here"),
        (entry(pip=[{**PAGE, "href": "javascript:x"}]), "/gs1:pip/0/href", "a link leads to a web"),
        (
            entry(pip=[{**PAGE, "href": "https://a\r\nb"}]),
            "/gs1:pip/0/href",
            "a link leads to a web",
        ),
        (entry(pip=[{**PAGE, "type": "html"}]), "/gs1:pip/0/type", "this is no media type"),
        (
            entry(pip=[{**PAGE, "hreflang": ["zho"]}]),
            "/gs1:pip/0/hreflang/0",
            "this is no language",
        ),
        (entry(pip=[{**PAGE, "fwqs": 1}]), "/gs1:pip/0/fwqs", "true or false belongs here"),
        (entry(defaultLink=[PAGE]), "", "the default link https://coop.example/hickory must also"),
        (
            entry(defaultLink=[PAGE, PAGE], pip=[PAGE]),
            "",
            "there is one default link, and here are 2",
        ),
        (
            entry(defaultLink=[{**PAGE, "hreflang": ["zh"]}], pip=[PAGE]),
            "",
            "the default link has no media type, language or context",
        ),
        (entry(pip=[PAGE] * 501), "", "one thing has at most 500 links"),
    ],
)
def test_a_refusal_says_what_and_where(value: Any, path: str, said: str) -> None:
    with pytest.raises(Malformed) as caught:
        parse_entry(value)
    assert caught.value.path == path
    assert caught.value.text.startswith(said)


_LINKS = st.lists(
    st.fixed_dictionaries(
        {"href": st.just(PAGE["href"]) | st.text(max_size=9), "title": st.text(max_size=3)},
        optional={
            "type": st.sampled_from(["text/html", "x", "application/ld+json", 1]),
            "hreflang": st.lists(st.sampled_from(["zh", "zh-CN", "eng", None]), max_size=2),
            "context": st.lists(st.text(max_size=3), max_size=2),
            "fwqs": st.booleans() | st.none(),
        },
    )
    | st.just(PAGE),
    max_size=3,
)
_ENTRIES = st.dictionaries(
    st.sampled_from(["gs1:pip", "gs1:defaultLink", "gs1:defaultLinkMulti", "next", DEFAULT])
    | st.text(max_size=9),
    _LINKS | st.none() | st.text(max_size=2),
    max_size=4,
)


@given(_ENTRIES)
def test_what_we_take_gs1s_schema_takes_and_the_rest_is_refused_in_words(links: Any) -> None:
    try:
        found = parse_entry({**entry(), **links})
    except Malformed as problem:
        str(problem)  # every hole of its words is filled
        return
    _schema().validate(linkset([found]))
    assert parse_linkset(linkset([found])) == (found,)
