"""Commands that are loaded when they are called: one that is not used costs no time at the start."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import typer
from typer.main import get_group

from suyuan.cli.help import SpokenCommand, speaking


class Later(SpokenCommand):
    """A command, or a group of them, known by its name and the first line of its help.

    ``place`` is where it is: ``module:attribute`` below ``suyuan.cli``, a function or a Typer.
    """

    def __init__(self, name: str, place: str, line: str) -> None:
        super().__init__(name, help=line)
        self._place = place

    def loaded(self) -> Any:
        """The command itself, by this name."""
        module, _, attribute = self._place.partition(":")
        part = getattr(import_module(f"suyuan.cli.{module}"), attribute)
        around = typer.Typer(rich_markup_mode=None)
        if isinstance(part, typer.Typer):
            around.add_typer(part, name=self.name)
        else:
            around.command(self.name)(part)
        speaking(around)
        return get_group(around).commands[str(self.name)]

    def make_context(self, *args: Any, **more: Any) -> Any:
        """A context of the command itself: from here on nobody sees this stand-in."""
        return self.loaded().make_context(*args, **more)
