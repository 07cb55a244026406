"""Bundles spoiled at random: no exception escapes, and none passes that says something else."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from suyuan.core.policy import parse_policy
from suyuan.core.report import Report
from suyuan.core.verify import verify_bundle

FOLDER = Path(__file__).parents[2] / "vectors" / "suyuan-bundle"
POLICY = parse_policy((FOLDER / "policy.json").read_bytes())
FILES = [
    (FOLDER / f"{name}.suyuan.json").read_bytes()
    for name in ("pack", "lot-with-serial", "hidden-content", "erased-content", "logged")
]
HINTS = ("txHash", "blockNumber", "blockHash", "blockTime")
FUZZ = settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None
)

Path_ = tuple[str | int, ...]


def places(value: Any, path: Path_ = ()) -> Iterator[Path_]:
    """Paths of all values in a JSON value."""
    yield path
    if isinstance(value, dict):
        for name, item in value.items():
            yield from places(item, (*path, name))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from places(item, (*path, number))


def at(value: Any, path: Path_) -> Any:
    for name in path:
        value = value[name]
    return value


JSON = [json.loads(data) for data in FILES]
PLACES = [list(places(bundle))[1:] for bundle in JSON]
ODD: st.SearchStrategy[Any] = st.sampled_from(
    [None, True, 0, 1, -1, 2**53, 1.5, "", "x", "\ud800", "\n", [], {}, [[]], {"x": 1}, "0" * 64]
)


def spoil(draw: st.DrawFn, bundle: Any, paths: list[Path_]) -> None:
    """One change of a JSON value, in place."""
    path = draw(st.sampled_from(paths))
    parent, name = at(bundle, path[:-1]), path[-1]
    value = parent[name]
    how = draw(st.sampled_from(["delete", "odd", "from", "double", "move", "letter", "number"]))
    if how == "delete":
        del parent[name]
    elif how == "odd":
        parent[name] = draw(ODD)
    elif how == "from":
        parent[name] = copy.deepcopy(at(bundle, draw(st.sampled_from(paths))))
    elif how == "double" and isinstance(parent, list):
        parent.insert(draw(st.integers(0, len(parent))), copy.deepcopy(value))
    elif how == "double":
        parent[draw(st.sampled_from(["x", "content", "suyuan:sd", "link"]))] = copy.deepcopy(value)
    elif how == "move" and isinstance(parent, list):
        parent.insert(draw(st.integers(0, len(parent))), parent.pop(int(name)))
    elif how == "letter" and isinstance(value, str) and value:
        place = draw(st.integers(0, len(value) - 1))
        letter = draw(st.sampled_from("0Aa=+-_/ \n"))
        cut = draw(st.integers(0, 1))
        parent[name] = value[:place] + letter + value[place + cut :]
    elif how == "number" and isinstance(value, int):
        parent[name] = value + draw(st.sampled_from([-1, 1, 0.5, 2**40]))


@st.composite
def spoiled(draw: st.DrawFn) -> tuple[int, bytes]:
    """The number of a golden bundle, and a file that one to three changes made of it."""
    number = draw(st.integers(0, len(FILES) - 1))
    bundle = copy.deepcopy(JSON[number])
    for _ in range(draw(st.integers(1, 3))):
        paths = list(places(bundle))[1:] if _ else PLACES[number]
        if paths:
            spoil(draw, bundle, paths)
    return number, json.dumps(bundle).encode()


@st.composite
def spoiled_bytes(draw: st.DrawFn) -> tuple[int, bytes]:
    number = draw(st.integers(0, len(FILES) - 1))
    data = bytearray(FILES[number])
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(data)))
        stop = start + draw(st.integers(0, 40))
        data[start:stop] = (
            draw(st.binary(max_size=4)) if draw(st.booleans()) else data[start:stop] * 2
        )
    return number, bytes(data)


def core(bundle: dict[str, Any]) -> Any:
    """What a bundle says, without what its bearer may leave out or what is only a hint."""
    said = copy.deepcopy(bundle)
    if said["anchor"] is not None:
        for name in HINTS:
            del said["anchor"][name]
        for name in ("contract", "logId"):
            said["anchor"][name] = said["anchor"][name].lower()
    for record in said["records"]:
        del record["disclosures"]
        # How the text ends is fixed; a note's further signatures mean nothing.
    for note in ("checkpoint", "tips"):
        said[note] = said[note].rpartition("\n\n")[0]
    return said


def check(number: int, data: bytes) -> Report:
    report = verify_bundle(data, POLICY)
    if report.verdict == "failed":
        assert report.problem is not None
        assert report.text
        assert report.exit_code == 1
        return report
    honest, now = core(JSON[number]), core(json.loads(data))
    newly_hidden = 0
    for was, has in zip(honest["records"], now["records"], strict=True):
        if has["content"] is None and was["content"] is not None:
            was["content"] = None
            newly_hidden += 1
    if now["anchor"] is None:
        assert report.verdict == "logged"
        honest["anchor"] = None
    assert now == honest
    before = verify_bundle(FILES[number], POLICY)
    assert report.hidden + report.erased == before.hidden + before.erased + newly_hidden
    assert report.complete == ("unknown" if newly_hidden else before.complete)
    shown = {index: r["disclosures"] for index, r in enumerate(JSON[number]["records"])}
    for index, record in enumerate(json.loads(data)["records"]):
        assert set(record["disclosures"]) <= set(shown[index])
    return report


@FUZZ
@given(spoiled())
def test_a_spoiled_value_fails_or_means_the_same(case: tuple[int, bytes]) -> None:
    check(*case)


@FUZZ
@given(spoiled_bytes())
@example((0, FILES[0][:-1]))
@example((0, FILES[0] + b" \n"))
def test_spoiled_bytes_fail_or_mean_the_same(case: tuple[int, bytes]) -> None:
    check(*case)


def test_every_member_taken_out_alone_fails_or_means_the_same() -> None:
    bundle = JSON[1]
    for path in PLACES[1]:
        if path[0] == "records" and len(path) > 2 and path[1] not in (5, 6):
            continue  # one record of each sort stands for the others
        spoiled = copy.deepcopy(bundle)
        del at(spoiled, path[:-1])[path[-1]]
        report = check(1, json.dumps(spoiled).encode())
        withheld = len(path) == 4 and path[2] == "disclosures"
        assert withheld or report.verdict == "failed", path


def test_every_member_given_twice_fails() -> None:
    data = FILES[1]
    for name in ("subject", "serial", "records", "keys", "anchor", "content", "entry", "kind"):
        key = json.dumps(name).encode() + b":"
        compact = json.dumps(JSON[1], separators=(",", ":")).encode()
        assert key in compact
        report = check(1, compact.replace(key, key + b"null," + key, 1))
        assert report.step == "content"
    assert check(1, data).verdict == "anchor not checked"


@settings(FUZZ, max_examples=60)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=8,
    )
)
def test_any_json_at_all_gets_a_report(value: Any) -> None:
    report = verify_bundle(json.dumps(value).encode(), POLICY)
    assert report.step == "content"


@FUZZ
@given(st.binary(max_size=200))
def test_any_bytes_at_all_get_a_report(data: bytes) -> None:
    assert verify_bundle(data, POLICY).step == "content"
