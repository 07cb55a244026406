"""What every measurement is given."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.figures import Reference

ROOT = Path(__file__).resolve().parents[2]
TESTS = ROOT / "tests"
FOLDER = ROOT / ".suyuan" / "bench"
VENV = ROOT / ".suyuan" / "bench-venv"
LOCK = ROOT / "requirements" / "bench.lock"


@dataclass(frozen=True, slots=True)
class Context:
    """``quick``: as little of everything as shows that it works; its figures mean nothing."""

    quick: bool
    references: References

    @property
    def long(self) -> int:
        """Entries of the long log."""
        return 2_000 if self.quick else 1_000_000

    @contextmanager
    def logs(self) -> Iterator[Path]:
        """Where logs are kept from one time to the next, but for quick ones."""
        if self.quick:
            with self.scratch() as folder:
                yield folder
        else:
            FOLDER.mkdir(parents=True, exist_ok=True)
            yield FOLDER

    def runs(self, many: int) -> int:
        return 1 if self.quick else many

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """A folder on the disk that data lies on, gone afterwards."""
        FOLDER.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=FOLDER) as folder:
            yield Path(folder)


class References:
    """Other people's libraries, in an environment of their own: pymerkle is GPL-3, and nothing that
    we install or import may hold it."""

    def __init__(self, *, install: bool) -> None:
        self._why_not = ""
        stamp = VENV / "lock"
        if stamp.exists() and stamp.read_bytes() == LOCK.read_bytes():
            return
        if not install:
            self._why_not = "not set up"
            return
        try:
            subprocess.run([sys.executable, "-m", "venv", "--clear", VENV], check=True)
            command = [str(VENV / "bin/python"), "-m", "pip", "install", "--quiet"]
            command += ["--disable-pip-version-check", "--require-hashes", "-r", str(LOCK)]
            subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
            stamp.write_bytes(LOCK.read_bytes())
        except (OSError, subprocess.CalledProcessError) as problem:
            self._why_not = f"could not be installed ({type(problem).__name__})"

    def ask(self, what: str, *arguments: str | Path) -> Any:
        """What bench.theirs answers to this, None where the references are not there."""
        if self._why_not:
            return None
        return child(VENV / "bin" / "python", "bench.theirs", what, *arguments)

    def of(self, name: str, value: float | None) -> Reference:
        """A reference's figure, or why there is none."""
        return Reference(name, value, self._why_not)


def child(python: str | Path, module: str, *arguments: str | Path) -> Any:
    """Run a module of the benchmark in a process of its own; its last line is JSON."""
    ended = subprocess.run(
        [python, "-m", module, *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": str(TESTS)},
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode:
        raise RuntimeError(
            f"{module} {arguments[0]} ended {ended.returncode}:\n{ended.stderr[-4000:]}"
        )
    return json.loads(ended.stdout.splitlines()[-1])
