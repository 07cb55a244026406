"""What the packages import is what they ask for: nothing is there by another's favour alone."""

from __future__ import annotations

import ast
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from shared import ROOT

SOURCES = [
    path
    for top in ("trace", "labels", "devnet", "contracts")
    for path in (ROOT / top).glob("*/**/*.py")
]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
DECLARED = {canonicalize_name(Requirement(text).name) for text in PROJECT["dependencies"]}
# A typeface, whose file is read; what SQLAlchemy speaks to PostgreSQL with, named in an address; what
# uvicorn speaks WebSocket with, where it is there; and what Starlette reads forms with.
NOT_IMPORTED = {"manimgx-fonts-cjk", "psycopg", "python-multipart", "websockets"}


def imported() -> Iterator[str]:
    """The distributions that our sources import, by their canonical names."""
    providers = packages_distributions()
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_bytes())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            for name in names:
                top = name.split(".")[0]
                if top not in sys.stdlib_module_names and not top.startswith("suyuan"):
                    yield canonicalize_name(providers[top][0])


def test_every_import_is_declared() -> None:
    assert set(imported()) - DECLARED == set()


def test_every_declared_dependency_is_used() -> None:
    assert DECLARED - set(imported()) - NOT_IMPORTED == set()
