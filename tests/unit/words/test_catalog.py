"""Everything that people can be told has Chinese words, and those fit the English ones."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, get_args, get_type_hints

from babel.messages.pofile import read_po
from commands import itself
from jinja2 import Environment, nodes
from typer.main import get_command

import suyuan
import suyuan_labels
from suyuan.cli import prove
from suyuan.cli.help import keys_of
from suyuan.cli.main import app
from suyuan.core import errors, report
from suyuan.flow.audit import AuditReport
from suyuan.web.problems import KINDS
from suyuan.words import misfit, say

SOURCE = Path(suyuan.__file__).parent
LABELS = Path(suyuan_labels.__file__).parent
CATALOG = SOURCE / "words" / "zh" / "messages.po"

ERRORS = {
    name
    for name in dir(errors)
    if isinstance(getattr(errors, name), type)
    and issubclass(getattr(errors, name), errors.SuyuanError)
}
SPEAKERS: dict[str, str | tuple[str, ...]] = {
    "Said": "suyuan",
    "_": "web",
    "word": "web",
    "tell": "cli",
    "words": ("cli", "desk", "called.py", "notices.py"),
    "_step": "cli",
    "_ask": "cli",
    "say": "demo",
    "_record": "demo",
    "LabelError": "suyuan_labels",
    "_Bad": "core",
    "LogInFirst": "desk",
}
"""Functions whose first argument is a key, and the parts of the house where they are that."""
RULES = {"refuse": 2, "text": 1, "pattern": 1, "typed": 1, "_whole": 1}
"""Helpers of core/epcis that take a message and raise it later."""
FORWARDED = {
    "message",
    "value.message",
    "problem.message",
    "item['message']",
    "problems",
    "self._problems",
    "found",
    "template",
}
"""Arguments of errors that were a message, or a list of errors, before."""


def _name(call: ast.Call) -> str:
    function = call.func
    if isinstance(function, ast.Name):
        return function.id
    return function.attr if isinstance(function, ast.Attribute) else ""


def _constants(node: ast.expr) -> Iterator[str]:
    """The texts that an expression can be: a constant, or one of two."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from _constants(node.body)
        yield from _constants(node.orelse)
    elif isinstance(node, ast.Subscript):
        return


@cache
def _trees() -> list[tuple[Path, ast.Module]]:
    files = [*sorted(SOURCE.rglob("*.py")), *sorted(LABELS.rglob("*.py"))]
    return [(file, ast.parse(file.read_text(encoding="utf-8"))) for file in files]


@cache
def _calls() -> list[tuple[Path, ast.Call]]:
    return [
        (file, node)
        for file, tree in _trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
    ]


def _python_keys() -> Iterator[tuple[str, str]]:
    for file, call in _calls():
        name, where = _name(call), f"{file.name}:{call.lineno}"
        speaks = SPEAKERS.get(name, ())
        rooms = {speaks} if isinstance(speaks, str) else set(speaks)
        place = 0 if name in ERRORS or rooms & set(file.parts) else None
        if name == "count" and "desk" in file.parts and len(call.args) == 3:
            for counted in call.args[1:]:
                for key in _constants(counted):
                    yield key, where
        if place is None and "epcis" in file.parts:
            place = RULES.get(name)
        if place is not None and len(call.args) > place:
            for key in _constants(call.args[place]):
                yield key, where
        if file.name == "errors.py" and name == "__init__" and call.args:
            for key in _constants(call.args[0]):
                yield key, where
        if isinstance(call.func, ast.Call) and _name(call.func) == "say":
            for key in _constants(call.args[0]):
                yield key, where


def _listed_keys() -> Iterator[tuple[str, str]]:
    """``message = "…"`` in core/epcis, and ``for key, … in (("…", …), …)`` wherever one is told."""
    for file, tree in _trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign) and "epcis" in file.parts:
                if ast.unparse(node.targets[0]) == "message":
                    for key in _constants(node.value):
                        yield key, f"{file.name}:{node.lineno}"
            elif isinstance(node, ast.For) and isinstance(node.target, ast.Tuple):
                told = ast.unparse(node.target.elts[0]) in ("key", "title")
                if told and isinstance(node.iter, ast.Tuple):
                    for pair in node.iter.elts:
                        assert isinstance(pair, ast.Tuple)
                        for key in _constants(pair.elts[0]):
                            yield key, f"{file.name}:{pair.lineno}"


_HOLE = re.compile(r"\{[a-z]+\}")
_ADDRESS = re.compile(r"(GET|POST|PATCH|DELETE) /")


def _templates() -> Iterator[tuple[str, str]]:
    """Whatever has a hole to be filled is said to somebody, however it gets there."""
    for file, tree in _trees():
        described = {
            id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)
        }  # docstrings
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and id(node) not in described:
                key = node.value
                if not isinstance(key, str) or " " not in key or "\n" in key:
                    continue
                if _HOLE.search(key) and not _ADDRESS.match(key):
                    yield key, f"{file.name}:{node.lineno}"


def _table_keys() -> Iterator[tuple[str, str]]:
    for table in (prove.VERDICT_WORDS,):
        for key in table.values():
            yield key, "cli/prove.py"
    for _, key in (*misfit.TEXTS.values(), misfit.ELSE):
        yield key, "words/misfit.py"
    for _, _, _, title in KINDS:
        yield title, "web/problems.py"
    for key in get_args(get_type_hints(report.Report)["complete"]):
        yield key, "core/report.py"
    for key in get_args(get_type_hints(AuditReport)["chain"]):
        yield key, "flow/audit.py"


def _help_keys() -> Iterator[tuple[str, str]]:
    """What ``--help`` says of the command line and everything in it."""

    def of(command: Any, path: str) -> Iterator[tuple[str, str]]:
        for text in (command.help, *(getattr(one, "help", None) for one in command.params)):
            for key in keys_of(text):
                yield key, path
        for name, inner in getattr(command, "commands", {}).items():
            yield from of(itself(inner), f"{path} {name}")

    yield from of(get_command(app), "suyuan")


def _template_keys() -> Iterator[tuple[str, str]]:
    environment = Environment(autoescape=True)
    for file in sorted((SOURCE / "web" / "templates").rglob("*.html")):
        tree = environment.parse(file.read_text(encoding="utf-8"))
        for call in tree.find_all(nodes.Call):
            if isinstance(call.node, nodes.Name) and call.node.name == "_":
                key = call.args[0]
                assert isinstance(key, nodes.Const), f"{file.name}:{call.lineno}: a computed key"
                yield key.value, f"{file.name}:{call.lineno}"
        for counted in tree.find_all(nodes.Filter):
            if counted.name == "count":
                for argument in counted.args:
                    assert isinstance(argument, nodes.Const)
                    yield argument.value, f"{file.name}:{counted.lineno}"


@cache
def keys() -> dict[str, str]:
    """Every key, and where it is said."""
    found: dict[str, str] = {}
    sources = (
        _python_keys(), _listed_keys(), _table_keys(), _template_keys(), _templates(), _help_keys(),
    )  # fmt: skip
    for source in sources:
        for key, where in source:
            if re.sub(r"\{\w*\}", "", key).strip():  # else it says nothing of its own
                found.setdefault(key, where)
    return found


def _holes(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_everything_that_is_said_has_chinese_words() -> None:
    chinese = say("zh")
    missing = {key: where for key, where in keys().items() if chinese(key) == key}
    assert not missing


def test_nothing_is_translated_that_is_not_said() -> None:
    """A key that changed in the code would leave its old words behind."""
    with CATALOG.open("rb") as file:
        known = {str(message.id) for message in read_po(file, locale="zh") if message.id}
    assert known - keys().keys() == set()


def test_no_word_stands_twice_in_the_catalog() -> None:
    ids = re.findall(r'^msgid "(.+)"$', CATALOG.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(ids) == len(set(ids))


def test_chinese_words_leave_the_same_holes() -> None:
    chinese = say("zh")
    other = {key: chinese(key) for key in keys() if _holes(chinese(key)) != _holes(key)}
    assert other == {}


def test_messages_of_errors_are_constants_or_were_checked_before() -> None:
    """A message that is put together at run time could have no Chinese."""
    computed = [
        f"{file.name}:{call.lineno}: {ast.unparse(call.args[0])}"
        for file, call in _calls()
        if _name(call) in ERRORS
        and call.args
        and not list(_constants(call.args[0]))
        and not isinstance(call.args[0], ast.List | ast.ListComp)
        and ast.unparse(call.args[0]) not in FORWARDED
    ]
    assert computed == []
