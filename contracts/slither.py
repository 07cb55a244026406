"""Static analysis of the contract by slither: no finding but those that are explained here.

    python contracts/slither.py SLITHER        the program, from an environment of its own

Builds a copy of the sources beside nothing else, reads the build-info, and exits 1 for a finding that
is not explained, or an explanation whose finding is gone.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from suyuan_devnet.anvil import find

HERE = Path(__file__).resolve().parent
_HASHING = (
    "Two messages of 65 bytes are hashed over and over; by hand that costs 10,000 gas less an anchor. "
    "It is memory-safe, checked against a recursive reference for all sizes up to 64, and against "
    "two other implementations on thousands of proofs."
)
EXPLAINED = {
    ("assembly", "consistent"): _HASHING,
    ("assembly", "included"): _HASHING,
}
"""(detector, function) → why it is as it should be."""


def findings(slither: str) -> list[dict[str, Any]]:
    """What slither has to say of the sources alone, without tests."""
    forge = find("forge")
    # The compiler runs on the virtual environment's node where the machine has none.
    path = os.pathsep.join(
        [str(forge.parent), str(Path(sys.executable).parent), os.environ.get("PATH", "")]
    )
    environment = {**os.environ, "PATH": path}
    with tempfile.TemporaryDirectory() as name:
        copy = Path(name)
        shutil.copytree(HERE / "src", copy / "src")
        shutil.copy(HERE / "solc.cjs", copy)
        (copy / "node_modules").symlink_to(HERE.parent / "node_modules")
        settings = (HERE / "foundry.toml").read_text().split("additional_compiler_profiles")[0]
        (copy / "foundry.toml").write_text(settings)
        how: dict[str, Any] = {
            "cwd": copy,
            "env": environment,
            "capture_output": True,
            "text": True,
        }
        built = subprocess.run([forge, "build", "--build-info"], check=False, **how)
        if built.returncode:
            sys.exit(built.stdout + built.stderr)
        command = [
            str(Path(slither).absolute()),
            ".",
            "--ignore-compile",
            "--foundry-out-directory",
            "out",
            "--json",
            "-",
        ]
        told = json.loads(subprocess.run(command, check=False, **how).stdout)
    if not told["success"]:
        sys.exit(str(told["error"]))
    found: list[dict[str, Any]] = told["results"].get("detectors", [])
    return found


def main() -> int:
    """Compare findings with explanations."""
    found = {
        (one["check"], one["elements"][0]["name"] if one["elements"] else ""): one["description"]
        for one in findings(sys.argv[1])
    }
    for key in found.keys() - EXPLAINED.keys():
        sys.stdout.write(f"not explained: {found[key]}\n")
    for check, where in EXPLAINED.keys() - found.keys():
        sys.stdout.write(f"explained, but not found any more: {check} in {where}\n")
    known = len(found.keys() & EXPLAINED.keys())
    sys.stdout.write(f"slither: {len(found)} findings, {known} explained\n")
    return int(found.keys() != EXPLAINED.keys())


if __name__ == "__main__":
    sys.exit(main())
