from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from bundle_cases import Lot, Season
from logbuilder import encode

from suyuan.core import bundle as bundles
from suyuan.core.bundle import parse_bundle
from suyuan.core.errors import Malformed, Refused, TooLarge

VECTORS = Path(__file__).parents[2] / "vectors" / "suyuan-bundle"
GOOD = Season().with_serial()


@pytest.mark.parametrize("path", sorted(VECTORS.glob("*.suyuan.json")), ids=lambda p: p.stem)
def test_a_bundle_survives_being_read_and_written(path: Path) -> None:
    assert parse_bundle(path.read_bytes()).to_json() == json.loads(path.read_bytes())


def test_a_record_knows_its_index_from_its_proof() -> None:
    parsed = parse_bundle(encode(GOOD))
    assert [record.index for record in parsed.keys] == [0, 1, 2]
    assert parsed.serial is not None
    assert parsed.serial.index == 3
    assert parsed.anchor is not None
    assert parsed.anchor.block_number == 7


def _set(*path: str | int) -> Callable[[dict[str, Any], Any], None]:
    def change(bundle: dict[str, Any], value: Any) -> None:
        at: Any = bundle
        for name in path[:-1]:
            at = at[name]
        at[path[-1]] = value

    return change


@pytest.mark.parametrize(
    ("path", "value", "where"),
    [
        (("suyuan",), "bundle/v2", "/suyuan"),
        (("suyuan",), 1, "/suyuan"),
        (("more",), 1, ""),
        (("subject",), 1, "/subject"),
        (("checkpoint",), None, "/checkpoint"),
        (("tips",), [], "/tips"),
        (("records",), {}, "/records"),
        (("keys",), None, "/keys"),
        (("keys", 0), [], "/keys/0"),
        (("records", 1, "content"), [], "/records/1/content"),
        (("records", 1, "link"), "x", "/records/1/link"),
        (("records", 1, "disclosures"), {}, "/records/1/disclosures"),
        (("records", 1, "disclosures"), [1], "/records/1/disclosures/0"),
        (("records", 1, "entry"), {}, "/records/1/entry"),
        (("records", 1, "proof"), 1, "/records/1/proof"),
        (("records", 1, "proof"), "x", "/records/1/proof"),
        (("records", 1, "proof"), "c2sp.org/tlog-proof@v1\nindex 01\n\n", "/records/1"),
        (("records", 1, "proof"), "c2sp.org/tlog-proof@v1\nindex 99\n\n", "/records/2"),
        (("records", 1, "proof"), "c2sp.org/tlog-proof@v1\nindex 3\n\n", "/records/1"),
        (("records", 1, "more"), 1, "/records/1"),
        (("serial",), [], "/serial"),
        (("serial", "serial"), 1, "/serial/serial"),
        (("serial", "salt"), "x", "/serial/salt"),
        (("serial", "index"), -1, "/serial/index"),
        (("serial", "index"), "1", "/serial/index"),
        (("serial", "path"), "x", "/serial/path"),
        (("serial", "path", 0), "AAAA", "/serial/path/0"),
        (("serial", "issuedBy"), "x", "/serial/issuedBy"),
        (("serial", "more"), 1, "/serial"),
        (("anchor",), [], "/anchor"),
        (("anchor", "chainId"), "1", "/anchor/chainId"),
        (("anchor", "contract"), "0x22", "/anchor/contract"),
        (("anchor", "logId"), "0x" + "zz" * 32, "/anchor/logId"),
        (("anchor", "size"), 1.5, "/anchor/size"),
        (("anchor", "root"), "AAAA", "/anchor/root"),
        (("anchor", "txHash"), 1, "/anchor/txHash"),
        (("anchor", "blockNumber"), -1, "/anchor/blockNumber"),
        (("anchor", "blockHash"), "0x", "/anchor/blockHash"),
        (("anchor", "blockTime"), "2026-12-01", "/anchor/blockTime"),
        (("anchor", "more"), 1, "/anchor"),
    ],
)
def test_any_other_shape_is_refused_with_its_place(
    path: tuple[str | int, ...], value: object, where: str
) -> None:
    bundle = json.loads(encode(GOOD))
    _set(*path)(bundle, value)
    with pytest.raises(Malformed) as caught:
        parse_bundle(encode(bundle))
    assert caught.value.path.startswith(where)


@pytest.mark.parametrize("path", [(), ("records", 0), ("serial",), ("anchor",)])
def test_every_member_is_needed(path: tuple[str | int, ...]) -> None:
    whole: Any = json.loads(encode(GOOD))
    at = whole
    for name in path:
        at = at[name]
    for name in list(at):
        kept = at.pop(name)
        with pytest.raises(Malformed, match=name):
            parse_bundle(encode(whole))
        at[name] = kept
    parse_bundle(encode(whole))


def test_what_is_hidden_has_no_disclosures() -> None:
    bundle = Lot().bundle()
    bundle["records"][0]["content"] = None
    with pytest.raises(Malformed, match="no disclosures"):
        parse_bundle(encode(bundle))


def test_the_limits_are_those_of_the_format(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (bundles.MAX_BYTES, bundles.MAX_RECORDS, bundles.MAX_DEPTH) == (33_554_432, 10_000, 40)
    data = encode(GOOD)
    monkeypatch.setattr(bundles, "MAX_BYTES", len(data))
    parse_bundle(data)
    with pytest.raises(TooLarge):
        parse_bundle(data + b" ")
    count = len(GOOD["records"])
    monkeypatch.setattr(bundles, "MAX_BYTES", 2**25)
    monkeypatch.setattr(bundles, "MAX_RECORDS", count)
    parse_bundle(data)
    monkeypatch.setattr(bundles, "MAX_RECORDS", count - 1)
    with pytest.raises(TooLarge):
        parse_bundle(data)


@pytest.mark.parametrize("levels", [37, 38])
def test_a_bundle_file_may_be_40_levels_deep(levels: int) -> None:
    bundle = json.loads(encode(GOOD))
    deep: Any = 1
    for _ in range(levels):
        deep = [deep]
    bundle["records"][0]["link"] = {"x": deep}  # the fourth level is inside this object
    data = encode(bundle)
    if levels + 4 <= 40:
        parse_bundle(data)
    else:
        with pytest.raises(Refused, match="deeper than 40"):
            parse_bundle(data)
