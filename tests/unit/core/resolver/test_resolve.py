"""The statements of the GS1-conformant resolver standard that need no network."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft7Validator  # type: ignore[import-untyped]
from shared import shared

from suyuan.core.errors import Malformed, NotFound
from suyuan.core.gs1.link import parse_link
from suyuan.core.resolver.description import describe
from suyuan.core.resolver.linkset import CONTEXT, DEFAULT, Entry, parse_entry, parse_linkset
from suyuan.core.resolver.negotiate import offered, weights
from suyuan.core.resolver.resolve import (
    FORMS,
    LINKSET,
    Choices,
    Listing,
    Redirect,
    levels,
    resolve,
)

HOST = "https://trace.example"
PRODUCT = "/01/09521234000044"
LOT = f"{PRODUCT}/10/LOT-1"
PACK = f"{LOT}/21/7K3"
HOME = "https://coop.example/hickory"


def target(href: str, **more: Any) -> dict[str, Any]:
    return {"href": href, "title": href.rpartition("/")[2], **more}


def known(*entries: dict[str, Any]) -> dict[str, Entry]:
    return {found.anchor: found for found in map(parse_entry, entries)}


def item(path: str, **links: Any) -> dict[str, Any]:
    return {
        "anchor": f"https://id.gs1.org{path}",
        "itemDescription": path,
        **{f"gs1:{name}": value for name, value in links.items()},
    }


LINKS = known(
    item(
        PRODUCT,
        defaultLink=[target(HOME)],
        defaultLinkMulti=[
            target(f"{HOME}/zh", hreflang=["zh"], type="text/html"),
            target(f"{HOME}/en", hreflang=["en"], type="text/html"),
        ],
        pip=[
            target(HOME),
            target(f"{HOME}/zh", hreflang=["zh"], type="text/html"),
            target(f"{HOME}/en", hreflang=["en"], type="text/html"),
        ],
        recipeInfo=[target("https://coop.example/r?a=b#top", fwqs=True)],
        masterData=[target("https://coop.example/m", fwqs=False)],
    ),
    item(LOT, certificationInfo=[target("https://coop.example/lab", type="application/pdf")]),
    item(
        f"{PRODUCT}/21/7K3",
        defaultLink=[target("https://coop.example/pack")],
        traceability=[target("https://coop.example/pack")],
    ),
)


def location(request: str, **headers: Any) -> str:
    answer = resolve(HOST + request, LINKS.get, **headers)
    assert isinstance(answer, Redirect), answer
    return answer.location


def test_default_link_of_the_finest_level_that_has_one() -> None:
    assert location(PRODUCT) == HOME
    assert location(LOT) == HOME
    assert location(f"{PRODUCT}/10/unheard-of/21/9") == HOME
    assert location(PACK) == "https://coop.example/pack"
    assert location(f"{PRODUCT}/21/7K3") == "https://coop.example/pack"


def test_trailing_slash_is_forgiven() -> None:
    assert location(f"{LOT}/") == location(LOT)
    assert location(f"{LOT}/?x=y") == location(f"{LOT}?x=y")


def test_language_chooses_among_default_links() -> None:
    assert location(LOT, accept_language="zh-CN,zh;q=0.9,en;q=0.5") == f"{HOME}/zh"
    assert location(LOT, accept_language="en-GB", accept="text/html,*/*;q=0.8") == f"{HOME}/en"
    assert location(LOT, accept_language="fr") == HOME
    assert location(LOT, accept_language="fr, *;q=0.1") == HOME
    assert location(LOT, accept_language="en", accept="application/pdf") == HOME
    assert location(LOT, accept_language="zh;q=0.4,en;q=0.6") == f"{HOME}/en"


def test_link_type_in_every_spelling_and_from_every_level() -> None:
    for spelling in ("gs1:certificationInfo", "https%3A%2F%2Fgs1.org%2Fvoc%2FcertificationInfo"):
        assert location(f"{PACK}?linkType={spelling}").startswith(
            "https://coop.example/lab?linkType"
        )
    assert location(f"{PACK}?linkType=gs1:traceability").startswith("https://coop.example/pack?")
    assert location(f"{PACK}?linkType=gs1:defaultLink").startswith("https://coop.example/pack?")


def test_query_is_handed_on() -> None:
    assert location(f"{LOT}?foo=bar&17=270917&z") == f"{HOME}?foo=bar&17=270917&z"
    assert location(f"{LOT}?x=1&linkType=gs1:recipeInfo") == (
        "https://coop.example/r?a=b&x=1&linkType=gs1:recipeInfo#top"
    )
    assert location(f"{LOT}?x=1&linkType=gs1:masterData") == "https://coop.example/m"


def test_404_where_nothing_is_known() -> None:
    for request in ("/01/09521234000051", f"{LOT}?linkType=gs1:nosuchlt", f"{LOT}?linkType=x:pip"):
        with pytest.raises(NotFound):
            resolve(HOST + request, LINKS.get)
    assert location(f"{LOT}?linkType=") == f"{HOME}?linkType="


@pytest.mark.parametrize(
    "request_path",
    [f"{LOT}/foo", "/01/09521234000045", f"{LOT}?11=261301", "/foo", "", "/", f"{PRODUCT}?10=A"],
)
def test_400_where_it_is_no_digital_link(request_path: str) -> None:
    with pytest.raises(Malformed):
        resolve(HOST + request_path, LINKS.get)


def test_redirects_point_to_the_linkset() -> None:
    answer = resolve(f"{HOST}{LOT}?foo=bar", LINKS.get)
    assert isinstance(answer, Redirect)
    assert answer.header == (
        f'<{HOST}{LOT}?linkType=linkset>; rel="linkset"; type="{LINKSET}"; title="linkset"'
    )


@pytest.mark.parametrize(
    ("query", "accept", "media_type"),
    [
        ("?linkType=linkset", None, LINKSET),
        ("?linkType=all", "*/*", LINKSET),
        ("", LINKSET, LINKSET),
        ("?linkType=gs1:pip", f"text/html;q=0.5,{LINKSET}", LINKSET),
        ("?linkType=linkset", "application/json", "application/json"),
        ("?linkType=linkset", "text/html,application/xhtml+xml,*/*;q=0.8", "text/html"),
        ("?linkType=linkset", "application/ld+json", "application/ld+json"),
    ],
)
def test_linkset_of_every_level(query: str, accept: str | None, media_type: str) -> None:
    answer = resolve(f"{HOST}{PACK}{query}", LINKS.get, accept=accept)
    assert isinstance(answer, Listing)
    assert answer.media_type == media_type
    assert [one["anchor"] for one in answer.linkset["linkset"]] == [
        f"{HOST}{path}" for path in (f"{PRODUCT}/21/7K3", LOT, PRODUCT)
    ]
    assert answer.linkset.get("@context") == (CONTEXT if "ld+" in media_type else None)
    assert 'rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"' in answer.header


def test_linkset_is_valid_by_gs1s_schema() -> None:
    path = shared("vectors", "gs1-linkset", "gs1-linkset-schema.json")
    validator = Draft7Validator(json.loads(path.read_text("utf-8")))
    answer = resolve(f"{HOST}{PACK}?linkType=linkset", LINKS.get, own=own(LOT))
    assert isinstance(answer, Listing)
    validator.validate(answer.linkset)
    languages = f"{HOST}{PRODUCT}?linkType=gs1:pip"
    alike = resolve(languages, LINKS.get, accept_language="zh,en", accept="text/html")
    assert isinstance(alike, Choices)
    validator.validate(alike.linkset)


def test_a_browser_is_not_given_the_linkset() -> None:
    accept = f"text/html,{LINKSET};q=0.1,*/*;q=0.8"
    assert location(PRODUCT, accept=accept) == HOME


def test_a_compressed_link_is_answered_as_what_it_stands_for() -> None:
    packed, plain = "/GhFRq4pxWQcFfCBRgcoRIo", f"{PRODUCT}/10/A%2FB/21/12345?17=270917"
    answer = resolve(f"{HOST}{packed}?foo=bar", LINKS.get)
    assert isinstance(answer, Redirect)
    assert answer.location == location(f"{plain}&foo=bar")
    assert answer.header.endswith(f', <{HOST}{plain}>; rel="owl:sameAs"; title="uncompressed"')
    listing = resolve(f"{HOST}{packed}/?linkType=linkset", LINKS.get)
    assert isinstance(listing, Listing)
    assert [one["anchor"] for one in listing.linkset["linkset"]] == [HOST + PRODUCT]
    assert 'rel="owl:sameAs"' in listing.header


CERTIFICATES = "https://certificate.example"


@pytest.mark.parametrize(
    ("query", "accept", "language", "expected"),
    [
        ("", "text/html", None, 3),
        ("", "text/html", "fr", "https://www.oeko-tex.com/v/07.BH.52767"),
        ("", "application/pdf", None, f"{CERTIFICATES}/001"),
        ("", "application/pdf", "en", f"{CERTIFICATES}/002"),
        ("&context=LK", "application/pdf", "en", f"{CERTIFICATES}/003"),
    ],
)
def test_model_linkset(query: str, accept: str, language: str | None, expected: int | str) -> None:
    """What GS1's suite asks of its model: each link where it alone fits, 300 where several do."""
    path = shared("vectors", "gs1-resolver-conformance", "modelLinkset.json")
    entries = {one.anchor: one for one in parse_linkset(json.loads(path.read_text("utf-8")))}
    answer = resolve(
        f"{HOST}/01/09506000164908/21/1234?linkType=gs1:certificationInfo{query}",
        entries.get,
        accept=accept,
        accept_language=language,
    )
    if isinstance(expected, str):
        assert isinstance(answer, Redirect)
        assert answer.location == f"{expected}?linkType=gs1:certificationInfo{query}"
    else:
        assert isinstance(answer, Choices)
        (one,) = answer.linkset["linkset"]
        assert one["anchor"] == f"{HOST}/01/09506000164908"
        assert len(one["https://ref.gs1.org/voc/certificationInfo"]) == expected
        assert answer.media_type == "text/html"


def own(path: str) -> Entry:
    page = [target(f"{HOST}/p{path}")]
    return parse_entry(item(path, defaultLink=page, traceability=page))


def test_our_own_page_stands_in_where_no_default_link_is_set() -> None:
    nothing: dict[str, Entry] = {}
    answer = resolve(HOST + LOT, nothing.get, own=own(LOT))
    assert isinstance(answer, Redirect)
    assert answer.location == f"{HOST}/p{LOT}"
    only = known(item(LOT, certificationInfo=[target("https://coop.example/lab")]))
    answer = resolve(f"{HOST}{LOT}?linkType=linkset", only.get, own=own(LOT))
    assert isinstance(answer, Listing)
    (one,) = answer.linkset["linkset"]
    assert len(one) == 5
    assert one["https://ref.gs1.org/voc/traceability"][0]["href"] == f"{HOST}/p{LOT}"


def test_our_own_page_yields_to_the_owners_links_but_stays_to_be_asked_for() -> None:
    answer = resolve(HOST + LOT, LINKS.get, own=own(LOT))
    assert isinstance(answer, Redirect)
    assert answer.location == HOME
    answer = resolve(f"{HOST}{LOT}?linkType=gs1:traceability", LINKS.get, own=own(LOT))
    assert isinstance(answer, Redirect)
    assert answer.location.startswith(f"{HOST}/p{LOT}?")
    answer = resolve(f"{HOST}{PACK}?linkType=gs1:traceability", LINKS.get, own=own(LOT))
    assert isinstance(answer, Redirect)
    assert answer.location.startswith("https://coop.example/pack?")


@pytest.mark.parametrize("path", [LOT, PRODUCT])
def test_our_default_link_is_always_described(path: str) -> None:
    only = known(item(path, traceability=[target("https://coop.example/trace")]))
    answer = resolve(f"{HOST}{LOT}?linkType=linkset", only.get, own=own(LOT))
    assert isinstance(answer, Listing)
    finest = parse_linkset(answer.linkset)[0]
    assert finest.links[DEFAULT][0] in finest.links["https://ref.gs1.org/voc/traceability"]
    assert len(answer.linkset["linkset"]) == (1 if path == LOT else 2)


def test_no_default_link_anywhere_is_404() -> None:
    only = known(item(LOT, certificationInfo=[target("https://coop.example/lab")]))
    with pytest.raises(NotFound, match="no default link"):
        resolve(HOST + LOT, only.get)


def test_levels() -> None:
    link = parse_link(f"{HOST}{PRODUCT}/22/V/10/A%2FB/21/S")
    assert levels(link.path) == tuple(
        f"https://id.gs1.org{PRODUCT}{rest}"
        for rest in ("/22/V/10/A%2FB/21/S", "/21/S", "/22/V/10/A%2FB", "/10/A%2FB", "/22/V", "")
    )
    assert levels((("414", "9521234000020"), ("254", "P1"))) == (
        "https://id.gs1.org/414/9521234000020/254/P1",
        "https://id.gs1.org/414/9521234000020",
    )


def test_description() -> None:
    said = describe(HOST, "Suyuan")
    assert said["resolverRoot"] == HOST
    assert {"01", "00", "414", "417", "8003", "8004", "8006", "8010", "8017", "8018", "253"} <= set(
        said["supportedPrimaryKeys"]
    )
    assert "10" not in said["supportedPrimaryKeys"]


def test_weights() -> None:
    assert weights("zh-CN, en;q=0.5,fr;q=x,,de;level=1;q=0") == {
        "zh-cn": 1.0,
        "en": 0.5,
        "fr": 0.0,
        "de": 0.0,
    }
    assert weights(None) == {}
    assert offered("text/*;q=0.9,application/json;q=0.8", FORMS) == "text/html"


_TEXTS = st.text(max_size=30) | st.lists(
    st.sampled_from(
        [
            *(
                PRODUCT,
                LOT,
                PACK,
                "/",
                "?",
                "&",
                "#",
                "=",
                "linkType=",
                "linkset",
                "gs1:pip",
                "all",
            ),
            *(
                "context=",
                "%",
                "%00",
                ",",
                ";q=",
                "0.5",
                "zh",
                "en",
                "text/html",
                LINKSET,
                "*",
                "*/*",
            ),
        ]
    ),
    max_size=10,
).map("".join)


@given(_TEXTS, st.none() | _TEXTS, st.none() | _TEXTS)
def test_any_request_is_answered_or_refused_in_words(
    request: str, accept: str | None, language: str | None
) -> None:
    try:
        answer = resolve(HOST + request, LINKS.get, accept=accept, accept_language=language)
    except (Malformed, NotFound) as problem:
        str(problem)  # every hole of its words is filled
        return
    assert "\n" not in answer.header
    if isinstance(answer, Redirect):
        assert answer.location.isprintable()
    else:
        assert answer.linkset["linkset"]


@given(st.sampled_from([PRODUCT, LOT, PACK]), st.none() | _TEXTS, st.none() | _TEXTS)
def test_some_default_link_is_always_there(
    path: str, accept: str | None, language: str | None
) -> None:
    answer = resolve(HOST + path, LINKS.get, accept=accept, accept_language=language)
    if isinstance(answer, Redirect):
        hrefs = {
            link.href
            for entry in LINKS.values()
            for name, links in entry.links.items()
            if name.startswith(DEFAULT)
            for link in links
        }
        assert answer.location in hrefs
