from __future__ import annotations

import pytest
from eth_utils.crypto import keccak

from suyuan_contracts import MAX_PROOF, MAX_SIZE, artifact, log_id

OPENER = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"


def by_hand(opener: str, origin: bytes) -> bytes:
    """keccak256(abi.encode(address, string)), written out."""
    words = bytes(12) + bytes.fromhex(opener[2:]) + (64).to_bytes(32, "big")
    words += len(origin).to_bytes(32, "big") + origin + bytes(-len(origin) % 32)
    return keccak(words)


@pytest.mark.parametrize(
    "origin", ["", "a", "log.example/hickory", "溯源.example/山核桃", "x" * 65]
)
def test_log_id_is_the_hash_of_opener_and_origin(origin: str) -> None:
    assert log_id(OPENER, origin) == by_hand(OPENER, origin.encode())
    assert log_id(OPENER.lower(), origin) == log_id(OPENER, origin)


@pytest.mark.parametrize("opener", ["", "0x12", "nobody", OPENER + "00"])
def test_log_id_refuses_what_is_no_address(opener: str) -> None:
    with pytest.raises(ValueError, match="address"):
        log_id(opener, "a")


def test_artifact_is_whole() -> None:
    found = artifact()
    assert found.bytecode.endswith(found.deployed_bytecode)
    assert len(found.deployed_bytecode) < 24_576
    assert artifact() is found


def test_limits_are_the_contracts() -> None:
    """As constants they lie in the code: 2^48 and 64 in the checks of ``extend``."""
    assert MAX_SIZE == 2**48
    assert MAX_PROOF == 64
    assert b"\x66" + MAX_SIZE.to_bytes(7, "big") in artifact().deployed_bytecode
