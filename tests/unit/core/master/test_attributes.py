"""Attributes of master data: by members, by terms of the GS1 Web Vocabulary, by CBV's names."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suyuan.core.master.attributes import MDA, attributes_of

GS1 = "{https://ref.gs1.org/voc/}"
PRODUCT: dict[str, Any] = {
    "id": "https://id.gs1.org/01/09521234000068",
    "type": "Product",
    "name": {"zh": "山核桃", "en": "Nuts"},
    "suyuan:brand": "Hickory",
    "suyuan:netWeight": {"value": 250, "uom": "GRM"},
    "suyuan:shelfLifeDays": 180,
    "suyuan:country": "CN",
    "suyuan:picture": {"digest": "sha-256:00", "mediaType": "image/png", "size": 1, "name": "a"},
    "links": None,
}
PLACE: dict[str, Any] = {
    "id": "https://id.gs1.org/414/9521234000013",
    "type": "Place",
    "name": "Yard",
    "suyuan:address": {"zh": "一号"},
    "suyuan:village": "Pingxi",
    "suyuan:country": "CN",
    "suyuan:position": {"lat": 30.5, "lon": 118.5, "datum": "WGS-84"},
    "@context": {"ex": "https://ns.example.com/"},
    "ex:depth": [3, [4], {"value": 5}],
}


@pytest.mark.parametrize(
    ("master", "name", "values"),
    [
        (PRODUCT, "name", ("山核桃", "Nuts")),
        (PRODUCT, "type", ("Product",)),
        (PRODUCT, "{suyuan:}netWeight", (250,)),
        (PRODUCT, "{suyuan:}shelfLifeDays", (180,)),
        (PRODUCT, "{suyuan:}picture", ()),
        (PRODUCT, f"{GS1}productName", ("山核桃", "Nuts")),
        (PRODUCT, f"{GS1}brandName", ("Hickory",)),
        (PRODUCT, f"{GS1}netContent", ("250",)),
        (PRODUCT, f"{GS1}gtin", ("09521234000068",)),
        (PRODUCT, f"{MDA}descriptionShort", ("山核桃", "Nuts")),
        (PRODUCT, f"{MDA}countryOfOrigin", ("CN",)),
        (PRODUCT, "links", None),
        (PRODUCT, f"{GS1}unitCode", None),
        (PRODUCT, f"{MDA}countryCode", None),
        (PRODUCT, f"{MDA}name", None),
        (PLACE, f"{MDA}name", ("Yard",)),
        (PLACE, f"{MDA}site", ("9521234000013",)),
        (PLACE, f"{MDA}countryCode", ("CN",)),
        (PLACE, f"{MDA}streetAddressOne", ("一号",)),
        (PLACE, f"{MDA}latitude", (30.5,)),
        (PLACE, f"{MDA}longitude", (118.5,)),
        (PLACE, f"{GS1}addressLocality", ("Pingxi",)),
        (PLACE, "{https://ns.example.com/}depth", (3, 5)),
        ({**PLACE, "id": "https://node.example/yard"}, f"{MDA}site", None),
        ({"id": "x:y", "type": "Organization", "name": "Coop"}, f"{MDA}name", ("Coop",)),
        ({"id": "x:y", "type": "Place", "cbvmda:city": "Linan"}, f"{MDA}city", ("Linan",)),
        (
            {"id": "x:y", "type": "Place", "urn:epcglobal:cbv:mda#city": "Linan"},
            f"{MDA}city",
            ("Linan",),
        ),
    ],
)
def test_by_name(master: dict[str, Any], name: str, values: Any) -> None:
    assert attributes_of(master).get(name) == values


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(sorted(PRODUCT | PLACE)) | st.text(max_size=9), JSON))
def test_whatever_it_is_nothing_is_raised(members: dict[str, Any]) -> None:
    for master in (members, {**PLACE, **members}):
        for values in attributes_of(master).values():
            assert all(isinstance(value, (str, int, float)) for value in values)
