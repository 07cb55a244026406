from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from logbuilder import LogBuilder

from suyuan.core.errors import Malformed
from suyuan.core.note import NoteSigner
from suyuan.core.policy import parse_policy

VECTOR = Path(__file__).parents[2] / "vectors" / "suyuan-bundle" / "policy.json"
GOOD: dict[str, Any] = LogBuilder().policy.to_json()


def test_the_golden_policy_is_read() -> None:
    policy = parse_policy(VECTOR.read_bytes())
    assert policy.origin == "trace.example.cn/log"
    assert policy.log_keys[0].name == policy.origin
    assert (policy.chain_id, policy.is_test_chain) == (31337, True)
    assert policy.to_json() == json.loads(VECTOR.read_bytes())
    assert policy.fingerprint() == "f993 a5e8 c027 512f"


def test_it_survives_being_written_and_read() -> None:
    policy = LogBuilder(chain_id=1).policy
    assert parse_policy(policy.encode()) == policy
    assert not policy.is_test_chain
    assert policy.fingerprint() != LogBuilder().policy.fingerprint()
    # Whatever the file looks like, the same policy has the same fingerprint.
    spaced = json.dumps(dict(reversed(policy.to_json().items())), indent=2)
    assert parse_policy(spaced).fingerprint() == policy.fingerprint()


def test_several_log_keys_may_be_listed() -> None:
    second = NoteSigner("log.example.cn/one", b"\x05" * 32).vkey
    policy = parse_policy(json.dumps({**GOOD, "logKeys": [*GOOD["logKeys"], second]}))
    assert [key.vkey for key in policy.log_keys][1] == second


@pytest.mark.parametrize(
    ("member", "value", "where"),
    [
        ("v", 2, "/v"),
        ("v", True, "/v"),
        ("v", "1", "/v"),
        ("origin", "", "/origin"),
        ("origin", "a log", "/origin"),
        ("origin", "日志", "/origin"),
        ("origin", "log\n", "/origin"),
        ("origin", 1, "/origin"),
        ("logKeys", [], "/logKeys"),
        ("logKeys", "x", "/logKeys"),
        ("logKeys", ["x"], "/logKeys/0"),
        ("logKeys", [1], "/logKeys/0"),
        ("logKeys", GOOD["logKeys"] * 2, "/logKeys/1"),
        ("adminKid", "x", "/adminKid"),
        ("adminKid", None, "/adminKid"),
        ("chainId", 0, "/chainId"),
        ("chainId", -1, "/chainId"),
        ("chainId", "1", "/chainId"),
        ("chainId", 1.5, "/chainId"),
        ("genesis", "0x" + "AB" * 32, "/genesis"),
        ("genesis", "0x" + "ab" * 31, "/genesis"),
        ("genesis", "ab" * 33, "/genesis"),
        ("contract", "0x" + "Ab" * 20, "/contract"),
        ("contract", "0x" + "ab" * 32, "/contract"),
        ("logId", "0x" + "gg" * 32, "/logId"),
        ("logId", 1, "/logId"),
        ("extra", 1, ""),
    ],
)
def test_anything_else_is_refused_with_its_place(member: str, value: object, where: str) -> None:
    with pytest.raises(Malformed) as caught:
        parse_policy(json.dumps({**GOOD, member: value}))
    assert caught.value.path == where


@pytest.mark.parametrize("member", list(GOOD))
def test_every_member_is_needed(member: str) -> None:
    with pytest.raises(Malformed, match=member):
        parse_policy(json.dumps({name: GOOD[name] for name in GOOD if name != member}))


@pytest.mark.parametrize("data", [b"", b"[]", b"{", b"\xff", b'{"v":1,"v":1}'])
def test_what_is_no_object_is_refused(data: bytes) -> None:
    with pytest.raises(Malformed):
        parse_policy(data)
