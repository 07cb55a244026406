"""The compiled anchor contract (its source is ``contracts/src``), and the name of a log in it.

A leaf: imports nothing of the project.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from eth_abi.abi import encode
from eth_utils.address import is_address, to_canonical_address
from eth_utils.crypto import keccak

__all__ = ["MAX_PROOF", "MAX_SIZE", "Artifact", "artifact", "log_id"]

MAX_SIZE = 2**48
"""The largest size that ``extend`` takes."""

MAX_PROOF = 64
"""The longest consistency proof, in hashes, that ``extend`` takes."""


@dataclass(frozen=True, slots=True)
class Artifact:
    """LogAnchor as the pinned compiler made it; a test compiles it anew and compares."""

    abi: list[dict[str, Any]]
    bytecode: bytes
    """What a deployment sends. The constructor takes nothing."""
    deployed_bytecode: bytes
    """What ``eth_getCode`` answers at the contract's address."""
    compiler: str
    """solc's full version."""
    settings: dict[str, Any]
    """solc's settings: EVM version, optimizer, pipeline, metadata."""
    sources: dict[str, str]
    """Path below ``contracts`` → ``sha-256:<hex>`` of the source compiled."""


@cache
def artifact() -> Artifact:
    """The committed artifact, read once."""
    found = json.loads((files(__name__) / "LogAnchor.json").read_text(encoding="utf-8"))
    return Artifact(
        abi=found["abi"],
        bytecode=bytes.fromhex(found["bytecode"][2:]),
        deployed_bytecode=bytes.fromhex(found["deployedBytecode"][2:]),
        compiler=found["compiler"],
        settings=found["settings"],
        sources=found["sources"],
    )


def log_id(opener: str, origin: str) -> bytes:
    """keccak256(abi.encode(address opener, string origin)): the log's name in the contract.

    ``opener`` is the address that opened it, which stays in the name when the owner changes.
    ValueError if it is no address.
    """
    if not is_address(opener):
        raise ValueError(f"not an address: {opener}")
    return keccak(encode(["address", "string"], [to_canonical_address(opener), origin]))
