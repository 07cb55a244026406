"""The table of docs/anchoring.md: every rule has its tests, they are there, and run on anvil."""

from __future__ import annotations

import ast
import re
from functools import cache

import pytest
from shared import ROOT

PAGE = (ROOT / "docs" / "anchoring.md").read_text(encoding="utf-8")
ROWS = {
    cells[0]: cells
    for line in PAGE.splitlines()
    if re.match(r"\| A\d+ \|", line)
    for cells in [[cell.strip() for cell in line.strip("|").split("|")]]
}
NAMED = re.compile(r"`([a-z_/]+\.py)::(test_\w+)`")


@cache
def parsed(path: str) -> ast.Module:
    return ast.parse((ROOT / "tests" / path).read_text(encoding="utf-8"))


def named_in(path: str) -> set[str]:
    """Names of all test functions of a file, in classes too."""
    return {
        node.name
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


def on_anvil(path: str) -> bool:
    """Whether the whole file is marked as one that needs the chain."""
    marks = [
        ast.unparse(node.value)
        for node in parsed(path).body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "pytestmark"
    ]
    return any("pytest.mark.chain" in mark for mark in marks)


def test_every_rule_is_there_once() -> None:
    assert list(ROWS) == [f"A{number}" for number in range(1, 17)]


@pytest.mark.parametrize("rule", ROWS)
def test_the_named_in_a_rule_are_there(rule: str) -> None:
    _, said, where, chain, other = ROWS[rule]
    assert said
    assert where
    assert NAMED.findall(chain), "a rule without a test on anvil"
    for path, name in NAMED.findall(chain):
        assert name in named_in(path), f"{path}::{name}"
        assert on_anvil(path), path
    for path, name in NAMED.findall(other):
        assert name in named_in(path), f"{path}::{name}"


def test_other_tests_that_the_page_names_are_there() -> None:
    for path, name in NAMED.findall(PAGE):
        assert name in named_in(path), f"{path}::{name}"
