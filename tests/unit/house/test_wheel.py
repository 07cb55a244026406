"""The wheel holds all that the packages need, and works outside the checkout."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import venv
import zipfile
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest
from shared import ROOT

PACKAGES = (
    "trace/suyuan",
    "labels/suyuan_labels",
    "devnet/suyuan_devnet",
    "contracts/suyuan_contracts",
)
BUILT = Path("trace", "suyuan", "web", "static", "build")

IMPORT_ALL = """
import importlib, pkgutil, sys, trace
assert not trace.__file__.startswith(sys.prefix), trace.__file__
names = []
for top in ("suyuan", "suyuan_labels", "suyuan_devnet", "suyuan_contracts"):
    package = importlib.import_module(top)
    assert package.__file__.startswith(sys.prefix), package.__file__
    names += [top, *(m.name for m in pkgutil.walk_packages(package.__path__, top + "."))]
for name in names:
    if ".migrations" not in name and not name.endswith("__main__"):  # alembic runs those
        importlib.import_module(name)
print(len(names))
"""

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory"]
    subprocess.run([*build, str(folder)], cwd=ROOT, check=True, capture_output=True)
    (made,) = folder.glob("*.whl")
    return made


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new environment's Python: the wheel, what run.lock names, and none of the tools.

    The dependencies are linked from the environment of the tests, so that no network is needed.
    """
    folder = tmp_path_factory.mktemp("fresh") / "venv"
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    (site,) = folder.glob("lib/python*/site-packages")
    for name in re.findall(r"^([\w.-]+)==", (ROOT / "requirements/run.lock").read_text(), re.M):
        try:
            files = distribution(name).files or []
        except PackageNotFoundError:  # For another platform: `pip check` tells if it is not.
            continue
        for file in files:
            source, target = Path(str(file.locate())), site / file
            if ".." not in file.parts and source.is_file() and not target.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                _link(source, target)
    run(python, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", wheel)
    return python


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:  # another file system
        shutil.copy2(source, target)


def run(*command: str | Path) -> str:
    """Runs outside the checkout, with none of its settings."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("SUYUAN_", "PYTHON"))}
    done = subprocess.run(
        command, cwd="/", env=clean, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_wheel_holds_exactly_the_packages(wheel: Path) -> None:
    """Templates, catalogs, migrations and the compiled contract too: whatever git keeps there."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", *PACKAGES],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    kept = {Path(name) for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()}
    front = {path.relative_to(ROOT) for path in (ROOT / BUILT).rglob("*") if path.is_file()}
    inside = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert inside == {Path(*path.parts[1:]).as_posix() for path in kept | front}


def test_front_is_built() -> None:
    """Without it the wheel's pages would lose their verifier silently."""
    assert [path.name for path in (ROOT / BUILT).iterdir() if path.stat().st_size == 0] == []
    assert any((ROOT / BUILT).glob("*.js"))


def test_wheel_installed_alone_imports_whole(python: Path) -> None:
    assert run(python, "-m", "pip", "check")
    assert int(run(python, "-c", IMPORT_ALL)) > 100


@pytest.mark.parametrize("command", ["suyuan", "suyuan-devnet"])
def test_wheel_brings_its_commands(python: Path, command: str) -> None:
    assert "Usage" in run(python.parent / command, "--help").replace("usage", "Usage")
