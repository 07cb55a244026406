"""What is committed is what the sources compile to."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from typing import Any

from eth_utils.abi import abi_to_signature
from shared import ROOT

from suyuan_contracts import artifact


def run(script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "contracts" / script), *arguments],
        capture_output=True,
        text=True,
        check=False,
    )


def test_recompiling_gives_the_same_bytes() -> None:
    done = run("compile.py", "--check")
    assert done.returncode == 0, done.stderr


def test_sources_are_those_compiled() -> None:
    sources = {
        f"src/{path.name}": "sha-256:" + hashlib.sha256(path.read_bytes()).hexdigest()
        for path in (ROOT / "contracts" / "src").iterdir()
    }
    assert artifact().sources == sources


def test_compiler_and_settings_are_pinned() -> None:
    assert artifact().compiler.startswith("0.8.37+commit.")
    assert artifact().settings["optimizer"]["enabled"] is True
    assert artifact().settings["evmVersion"] == "london"


def test_abi_is_the_interface() -> None:
    abi: list[Any] = artifact().abi
    functions = {abi_to_signature(one) for one in abi if one["type"] == "function"}
    assert functions == {
        "acceptOwner(bytes32)",
        "close(bytes32,bytes32)",
        "extend(bytes32,uint64,uint64,bytes32,bytes32[])",
        "head(bytes32)",
        "open(string,address)",
        "owner(bytes32)",
        "rootAt(bytes32,uint64)",
        "setOperator(bytes32,address)",
        "transferOwner(bytes32,address)",
        "verifyConsistency(uint64,bytes32,uint64,bytes32,bytes32[])",
        "verifyInclusion(bytes32,uint64,bytes32,uint64,bytes32[])",
    }


def test_nothing_can_destroy_or_redirect_it() -> None:
    """No SELFDESTRUCT, DELEGATECALL or CALLCODE among the instructions; CALL neither."""
    code, position, seen = artifact().deployed_bytecode, 0, set()
    while position < len(code):
        seen.add(code[position])
        if code[position] == 0xFE:  # INVALID: what follows is data, not code
            break
        position += 1 + max(0, code[position] - 0x5F) * (0x60 <= code[position] <= 0x7F)
    assert 0xFA in seen  # STATICCALL, of the precompile
    assert not seen & {0xFF, 0xF4, 0xF2, 0xF1, 0xF0, 0xF5}
