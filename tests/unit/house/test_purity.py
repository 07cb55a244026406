"""core computes, and does nothing else: what it may import is listed, all else is refused."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from shared import ROOT

CORE = ROOT / "trace" / "suyuan" / "core"

PURE = {
    "__future__", "abc", "array", "base64", "binascii", "bisect", "collections", "contextlib", "copy",
    "csv", "dataclasses", "datetime", "decimal", "difflib", "enum", "fractions", "functools",
    "hashlib", "heapq", "hmac", "io", "ipaddress", "itertools", "json", "math", "operator", "re",
    "string", "struct", "textwrap", "types", "typing", "unicodedata", "urllib.parse",
    "cryptography", "nacl", "lxml", "rfc8785",
}  # fmt: skip

# Names whose call reads the clock, draws randomness or touches a file, however it is imported.
IMPURE_CALLS = {
    "now", "utcnow", "today", "fromtimestamp", "generate", "open", "print", "input", "exec", "eval",
    "read_text", "read_bytes", "write_text", "write_bytes", "urandom", "token_bytes",
}  # fmt: skip


def imported(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: relative import"
            yield node.lineno, node.module or ""


def is_pure(module: str) -> bool:
    return module in PURE or module.split(".")[0] in PURE | {"suyuan"}


def called(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            function = node.func
            if isinstance(function, ast.Name):
                yield node.lineno, function.id
            elif isinstance(function, ast.Attribute):
                yield node.lineno, function.attr


@pytest.mark.parametrize(
    "path", sorted(CORE.rglob("*.py")), ids=lambda path: str(path.relative_to(CORE))
)
def test_core_is_pure(path: Path) -> None:
    tree = ast.parse(path.read_bytes())
    assert [(line, name) for line, name in imported(tree) if not is_pure(name)] == []
    assert [(line, name) for line, name in called(tree) if name in IMPURE_CALLS] == []


@pytest.mark.parametrize(
    "impure",
    [
        "import os",
        "from time import monotonic",
        "import urllib.request",
        "from random import random",
    ],
)
def test_an_impure_import_is_seen(impure: str) -> None:
    assert not all(is_pure(name) for _, name in imported(ast.parse(impure)))


def test_an_impure_call_is_seen() -> None:
    tree = ast.parse("from datetime import datetime\nx = datetime.now()")
    assert [name for _, name in called(tree) if name in IMPURE_CALLS] == ["now"]
