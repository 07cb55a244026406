"""``--help`` in Chinese, where the language of the person is Chinese; else typer's own.

Typer speaks English only and breaks lines at spaces, which Chinese has none of. The sentences are
those of the docstrings and options, which are keys of the catalogue.
"""

from __future__ import annotations

import re
import shutil
import unicodedata
from collections.abc import Iterator
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from suyuan.cli.show import language, words

_EXTRA = re.compile(r"\s*\[((?:default|required|env var)[^\]]*)\]$")
_DEFAULT = re.compile(r"default: (.*)")
_GAP, _INDENT, _MOST_LEFT = 2, 2, 30


def keys_of(text: str | None) -> list[str]:
    """The paragraphs of a help text, each on one line: keys of the catalogue."""
    parts = (text or "").split("\n\n")
    return [line for part in parts if (line := " ".join(part.split()))]


def wide(text: str) -> int:
    """Columns that a text takes in a terminal."""
    return sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text)


def broken(text: str, width: int) -> Iterator[str]:
    """Lines of at most so many columns: broken at a space, or between two Chinese characters."""
    line = ""
    for piece in re.findall(r"[\x21-\x7e]+\s*|\s+|.", text):
        if line and wide(line) + wide(piece.rstrip()) > width and piece[0] not in "，。；：、）”":
            yield line.rstrip()
            line = piece.lstrip()
        else:
            line += piece
    if line.strip():
        yield line.rstrip()


def spoken_help(command: Any, ctx: Any) -> str:
    """The whole help of a command."""
    width = min(shutil.get_terminal_size().columns, 100) - _INDENT
    usage = " ".join([ctx.command_path, *map(_piece, command.collect_usage_pieces(ctx))])
    lines = [words("Usage: {usage}", usage=usage), ""]
    for paragraph in keys_of(command.help):
        lines += [" " * _INDENT + line for line in broken(words(paragraph), width)] + [""]
    arguments: list[tuple[str, str]] = []
    options: list[tuple[str, str]] = []
    for one in command.get_params(ctx):
        record = one.get_help_record(ctx)
        if record is not None:
            found = arguments if one.param_type_name == "argument" else options
            found.append((record[0], _said(one, record[1])))
    for title, rows in ((words("Arguments"), arguments), (words("Options"), options)):
        lines += _table(title, rows, width)
    if isinstance(command, TyperGroup):
        known = ((name, command.get_command(ctx, name)) for name in command.list_commands(ctx))
        lines += _table(
            words("Commands"),
            [(name, _first(one.help)) for name, one in known if one is not None and not one.hidden],
            width,
        )
    return "\n".join(lines).rstrip()


def _piece(text: str) -> str:
    """A part of the usage."""
    pieces = {"[OPTIONS]": words("[options]"), "COMMAND [ARGS]...": words("COMMAND …")}
    return pieces.get(text, text)


def _said(param: Any, record: str) -> str:
    """What a parameter is for, and what holds where it is not given."""
    given = getattr(param, "help", None)
    said = words("Say this and end") if param.name == "help" else ""
    said = said or "".join(words(key) for key in keys_of(given))
    extra = _EXTRA.search(record)
    for part in extra[1].split("; ") if extra else ():
        if part == "required":
            said += words(" (has to be given)")
        elif found := _DEFAULT.fullmatch(part):
            said += words(" (else {value})", value=found[1])
    return said


def _first(text: str | None) -> str:
    return next((words(key) for key in keys_of(text)), "")


def _table(title: str, rows: list[tuple[str, str]], width: int) -> list[str]:
    """Names on the left, what they are on the right."""
    if not rows:
        return []
    left = min(max(wide(name) for name, _ in rows), _MOST_LEFT)
    lines = [words("{title}:", title=title)]
    for name, said in rows:
        parts = list(broken(said, max(width - left - _GAP, 20))) or [""]
        if wide(name) > left:
            lines.append(" " * _INDENT + name)
            name = ""
        for part in parts:
            lines.append((" " * _INDENT + name + " " * (left - wide(name) + _GAP) + part).rstrip())
            name = ""
    return [*lines, ""]


class SpokenCommand(TyperCommand):
    """A command that says its help in the person's language."""

    def get_help(self, ctx: Any) -> str:
        return spoken_help(self, ctx) if language() == "zh" else super().get_help(ctx)


class SpokenGroup(TyperGroup):
    """The same of several commands."""

    def get_help(self, ctx: Any) -> str:
        return spoken_help(self, ctx) if language() == "zh" else super().get_help(ctx)


def speaking(app: typer.Typer) -> None:
    """Let every command of an application, and of those within it, say its help so."""
    for command in app.registered_commands:
        command.cls = SpokenCommand
    for group in app.registered_groups:
        group.cls = SpokenGroup
        if group.typer_instance is not None:
            speaking(group.typer_instance)
