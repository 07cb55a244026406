"""The lock files hold exactly what pyproject.toml asks for, each with its hashes."""

from __future__ import annotations

import json
import re
import tomllib
from functools import cache
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from shared import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


@cache
def lock(name: str) -> dict[str, list[tuple[Requirement, int]]]:
    """Pinned requirements by name, each with the number of its hashes.

    A name may stand there twice, for different platforms.
    """
    text = (ROOT / "requirements" / f"{name}.lock").read_text()
    text = re.sub(r"^\s*#.*\n", "", text, flags=re.MULTILINE).replace("\\\n", " ")
    pins: dict[str, list[tuple[Requirement, int]]] = {}
    for line in text.splitlines():
        if line.strip():
            wanted, *hashes = line.split("--hash=")
            requirement = Requirement(wanted.strip())
            pins.setdefault(canonicalize_name(requirement.name), []).append(
                (requirement, len(hashes))
            )
    return pins


def unmet(asked: list[str], name: str) -> list[str]:
    """What is asked for and not pinned in the lock to a version that will do."""
    pins = lock(name)
    return [
        text
        for text in asked
        if not (found := pins.get(canonicalize_name(Requirement(text).name)))
        or not all(
            Requirement(text).specifier.contains(version(pin), prereleases=True) for pin, _ in found
        )
    ]


def version(pin: Requirement) -> str:
    (specifier,) = pin.specifier
    assert specifier.operator == "=="
    return specifier.version


def test_run_lock_answers_the_dependencies() -> None:
    assert unmet(PROJECT["project"]["dependencies"], "run") == [], "run `make lock`"


def test_dev_lock_answers_the_tools_and_the_build() -> None:
    asked = PROJECT["dependency-groups"]["dev"] + PROJECT["build-system"]["requires"]
    assert unmet(asked, "dev") == [], "run `make lock`"


def test_dev_lock_contains_run_lock() -> None:
    for name, pins in lock("run").items():
        mine = sorted(str(pin) for pin, _ in pins)
        assert sorted(str(pin) for pin, _ in lock("dev")[name]) == mine


def test_bench_lock_answers_its_references() -> None:
    asked = (ROOT / "requirements" / "bench.in").read_text().splitlines()
    assert unmet([line for line in asked if line[0] != "#"], "bench") == [], "run `make lock`"


@pytest.mark.parametrize("name", ["dev", "bench"])
def test_every_pin_has_hashes(name: str) -> None:
    bare = [str(pin) for pins in lock(name).values() for pin, hashes in pins if not hashes]
    assert bare == []


def test_what_is_shipped_has_no_copyleft_reference() -> None:
    assert "pymerkle" in lock("bench")
    assert "pymerkle" not in lock("dev")


def test_an_unmet_requirement_is_seen() -> None:
    assert unmet(["typer<0.1", "no-such-package"], "run") == ["typer<0.1", "no-such-package"]


def npm(name: str) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads((ROOT / name).read_text())
    return parsed


def test_npm_lock_answers_package_json() -> None:
    package, root = npm("package.json"), npm("package-lock.json")["packages"][""]
    for group in ("dependencies", "devDependencies", "optionalDependencies"):
        assert root.get(group) == package.get(group), "run `make lock`"


def test_npm_lock_has_hashes_and_no_addresses() -> None:
    packages = npm("package-lock.json")["packages"]
    for path, package in packages.items():
        assert not path or package["integrity"].startswith("sha512-"), path
        assert "resolved" not in package, path
