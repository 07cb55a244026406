from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from logbuilder import LogBuilder

from suyuan.core.cosignature import Cosigner
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


WITNESS = Cosigner("w.example/1", b"\x07" * 32).key.vkey
SAME = Cosigner("other.example/name", b"\x07" * 32).key.vkey


def test_witnesses_may_be_named_and_asked_for() -> None:
    policy = parse_policy(json.dumps({**GOOD, "witnesses": {"keys": [WITNESS], "quorum": 1}}))
    assert ([key.vkey for key in policy.witnesses], policy.quorum) == ([WITNESS], 1)
    assert parse_policy(policy.encode()) == policy
    # Who chose the fingerprint chose the witnesses, and how many are enough.
    assert (
        len({p.fingerprint() for p in (policy, replace(policy, quorum=0), LogBuilder().policy)})
        == 3
    )
    assert "witnesses" not in LogBuilder().policy.to_json()


@pytest.mark.parametrize(
    ("value", "where"),
    [
        (None, "/witnesses"),
        ({}, "/witnesses"),
        ({"keys": [WITNESS]}, "/witnesses"),
        ({"keys": [WITNESS], "quorum": 1, "more": 1}, "/witnesses"),
        ({"keys": [], "quorum": 0}, "/witnesses/keys"),
        ({"keys": "x", "quorum": 0}, "/witnesses/keys"),
        ({"keys": [GOOD["logKeys"][0]], "quorum": 0}, "/witnesses/keys/0"),
        ({"keys": [WITNESS, WITNESS], "quorum": 0}, "/witnesses/keys/1"),
        ({"keys": [WITNESS, SAME], "quorum": 0}, "/witnesses/keys/1"),
        ({"keys": [WITNESS], "quorum": 2}, "/witnesses/quorum"),
        ({"keys": [WITNESS], "quorum": -1}, "/witnesses/quorum"),
        ({"keys": [WITNESS], "quorum": True}, "/witnesses/quorum"),
    ],
)
def test_witnesses_are_named_in_one_form_only(value: Any, where: str) -> None:
    with pytest.raises(Malformed) as caught:
        parse_policy(json.dumps({**GOOD, "witnesses": value}))
    assert caught.value.path == where


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
