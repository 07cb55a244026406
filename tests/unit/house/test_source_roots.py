"""The folders of the checkout are source roots, not packages (docs/decisions/0001-packaging.md)."""

from __future__ import annotations

import subprocess
import sys
import sysconfig

import pytest
from shared import ROOT

SOURCE_ROOTS = ("trace", "labels", "devnet", "contracts")


@pytest.mark.parametrize("name", SOURCE_ROOTS)
def test_source_root_is_no_package(name: str) -> None:
    assert (ROOT / name).is_dir()
    assert not (ROOT / name / "__init__.py").exists()


def test_tests_are_no_packages() -> None:
    assert list((ROOT / "tests").rglob("__init__.py")) == []


def test_trace_is_the_standard_librarys() -> None:
    ask = "import trace; print(trace.__file__)"
    found = subprocess.run(
        [sys.executable, "-c", ask], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert found.stdout.startswith(sysconfig.get_path("stdlib"))


@pytest.mark.parametrize(
    ("root", "package"),
    [
        ("trace", "suyuan"),
        ("labels", "suyuan_labels"),
        ("devnet", "suyuan_devnet"),
        ("contracts", "suyuan_contracts"),
    ],
)
def test_source_root_holds_one_package(root: str, package: str) -> None:
    """Another one would be importable in the checkout and missing from the wheel."""
    packages = [path.parent.name for path in (ROOT / root).glob("*/__init__.py")]
    assert packages == [package]
    assert (ROOT / root / package / "py.typed").exists()
