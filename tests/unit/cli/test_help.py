"""``--help`` of every command, in the person's language; in Chinese nothing of typer's is left."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from commands import itself
from hypothesis import given
from hypothesis import strategies as st
from typer.main import get_command
from typer.testing import CliRunner

from suyuan.cli.help import broken, keys_of, wide
from suyuan.cli.main import COMMANDS, app


def lines() -> Iterator[tuple[str, ...]]:
    """Every command there is, as it is called."""

    def of(command: Any, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        yield path
        for name, inner in getattr(command, "commands", {}).items():
            yield from of(itself(inner), (*path, name))

    yield from of(get_command(app), ())


@pytest.mark.parametrize("path", list(lines()), ids=lambda path: " ".join(path) or "suyuan")
def test_everything_is_said_in_chinese(
    path: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SUYUAN_LANG", "zh")
    shown = CliRunner().invoke(app, [*path, "--help"])
    assert shown.exit_code == 0
    assert shown.output.startswith("用法：")
    for foreign in (
        "Usage",
        "Options",
        "Arguments",
        "Commands",
        "required",
        "default:",
        "Show this",
    ):
        assert foreign not in shown.output
    for line in shown.output.splitlines()[1:]:
        # Names, values and examples are what they are; a sentence is Chinese.
        said = re.sub("`[^`]*`", "", line)
        assert not re.search(r"\b[a-z]{3,}( [a-z]{2,}){3,}", said), line


def test_a_group_without_a_command_and_required_options_are_explained(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SUYUAN_LANG", "zh")
    shown = CliRunner().invoke(app, ["person"]).output
    assert "命令：\n  add" in shown
    added = CliRunner().invoke(app, ["person", "add", "--help"]).output
    assert re.search(r"--as <str> +单位的 URI（必填）", added)
    label = CliRunner().invoke(app, ["label", "--help"]).output
    assert "（不写则为 203）" in label


@pytest.mark.parametrize(("name", "line"), [(name, line) for name, _, line in COMMANDS])
def test_the_list_says_what_the_command_says_of_itself(name: str, line: str) -> None:
    command = itself(get_command(app).commands[name])  # type: ignore[attr-defined]
    assert keys_of(command.help)[0] == line


def test_in_english_it_is_as_typer_says_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUYUAN_LANG", "en")
    shown = CliRunner().invoke(app, ["person", "add", "--help"]).output
    assert "Usage: suyuan person add [OPTIONS]" in shown
    assert "Show this message and exit." in shown


def test_paragraphs_are_keys_on_one_line() -> None:
    assert keys_of("One thing\nover two lines.\n\nAnd another.") == [
        "One thing over two lines.",
        "And another.",
    ]
    assert keys_of(None) == []


@given(st.text(alphabet="写入日志，。（） ab-c1", max_size=80), st.integers(8, 40))
def test_nothing_is_lost_or_too_wide_where_lines_are_broken(text: str, width: int) -> None:
    found = list(broken(text, width))
    assert "".join("".join(found).split()) == "".join(text.split())
    for line in found:
        # A closing mark hangs over rather than begin a line; a long word stays whole.
        words = [len(one) for one in re.findall(r"[\x21-\x7e]+", line)]
        assert wide(line.rstrip("，。；：、）” ")) <= max(width, *words, 0)
