"""Tables and templates: those that come with it are right; each defect is named by its path."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

import pytest
from cases import DATA
from hypothesis import given
from hypothesis import strategies as st

from suyuan.core.rules.check import TABLES, check_document

DOCUMENTS = {
    path.stem: json.loads(path.read_text("utf-8")) for path in sorted(DATA.glob("t*/*.json"))
}
FORMS = {
    name: frozenset({"items", "plots", "area", "purpose", "heads", "veterinarian", "quarantine",
                     "present", "step", "inputs", "outputs"})
    for name in (
        "sowing", "stocking", "spraying", "fertilising", "treating", "feeding", "irrigating",
        "field_work", "inspecting", "growing", "immunising", "head_count", "harvest", "processing",
        "test", "certificate", "packing", "shipping",
    )
}  # fmt: skip


@pytest.mark.parametrize("name", DOCUMENTS)
def test_what_a_node_begins_with_is_right(name: str) -> None:
    assert [str(problem) for problem in check_document(DOCUMENTS[name], FORMS)] == []


def test_every_table_and_the_five_templates_are_there() -> None:
    assert set(TABLES) <= set(DOCUMENTS)
    assert {"hickory", "xiang-lotus", "leafy-vegetables", "tea", "shaziling-pig"} <= set(DOCUMENTS)


def test_every_row_names_its_source() -> None:
    for name in TABLES:
        assert all(row.get("source") for row in DOCUMENTS[name]["rows"])


@pytest.mark.parametrize(
    ("name", "path", "value"),
    [
        ("bans", "/rows/0/from", "2026-6-1"),
        ("bans", "/rows/0/crops", []),
        ("bans", "/rows/0/source", None),
        ("bans", "/rows/0/colour", "red"),
        ("bans", "/rows/3", "x"),
        ("bans", "/table", "bands"),
        ("bans", "/rows", {}),
        ("counties", "/rows/0/code", "33012"),
        ("counties", "/rows/1/to", "1990-01-01"),
        ("thresholds", "/rows/0/value", -1),
        ("tea", "/stages/1/months", [13]),
        ("tea", "/stages/1/work/0", "dancing"),
        ("tea", "/overallRatio/value", 0),
        ("tea", "/steps/0/ratio", {"value": "much"}),
        ("tea", "/gates", ["moon"]),
        ("tea", "/fields/spraying", ["colour"]),
        ("tea", "/fields/dancing", []),
        ("tea", "/crop/zh", None),
        ("tea", "/kind", "stone"),
        ("tea", "/stages", "all"),
    ],
)
def test_a_defect_is_named_by_its_path(name: str, path: str, value: Any) -> None:
    document = deepcopy(DOCUMENTS[name])
    *parents, last = path[1:].split("/")
    place: Any = document
    for one in parents:
        place = place[int(one)] if isinstance(place, list) else place[one]
    place[int(last) if isinstance(place, list) else last] = value
    found = check_document(document, FORMS)
    assert any(problem.path.startswith(path) for problem in found), [str(p) for p in found]


def test_other_documents_are_none_of_its_business() -> None:
    assert check_document({"id": "x", "type": "Product"}, FORMS) == []


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
            st.sampled_from(["rows", "table", "crop", "stages", "steps", "from", "crops", "ratio"]),
            inner, max_size=4),
        max_leaves=12,
    )
)  # fmt: skip
def test_no_document_makes_it_fall_over(inner: Any) -> None:
    for kind in ("suyuan:RuleTable", "suyuan:CropTemplate"):
        document = {**(inner if isinstance(inner, dict) else {"rows": inner}), "type": kind}
        assert check_document({"table": "bans", **document}, FORMS) != []
