"""The command line used wrongly: what typer refuses, in the language in which all else is said.

Typer speaks English only. What of its sentences is known gets one here; of the rest only that the
command is used in another way, and how.
"""

from __future__ import annotations

import re
from typing import Any

import typer

# Typer has no public name for these but that of one of them, BadParameter.
from typer._click.exceptions import (
    BadOptionUsage,
    BadParameter,
    MissingParameter,
    NoArgsIsHelpError,
    NoSuchOption,
    UsageError,
)

from suyuan.cli.help import SpokenGroup
from suyuan.cli.show import err, language, words
from suyuan.core.errors import Malformed
from suyuan.core.said import Said
from suyuan.words import text_of
from suyuan.words import told as spoken
from suyuan.words.misfit import misfit

_COMMAND = re.compile(r"No such command '(.*?)'\.?(?: Did you mean (.*)\?)?", re.DOTALL)
_EXTRA = re.compile(r"Got unexpected extra argument\(s\) \((.*)\)", re.DOTALL)
_CHOICE = re.compile(r"is not one of (.*)\.")


class Speaking(SpokenGroup):
    """The whole command line; its refusals end with exit code 2, as typer's own do."""

    def make_context(self, *args: Any, **extra: Any) -> Any:
        try:
            return super().make_context(*args, **extra)
        except UsageError as problem:
            raise _explained(problem) from None

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except UsageError as problem:
            raise _explained(problem) from None


def _explained(problem: UsageError) -> Exception:
    """Print it; what is raised then. Help that stands in the place of a command is no refusal."""
    if isinstance(problem, NoArgsIsHelpError):
        return problem
    ctx = problem.ctx
    if ctx is not None:
        usage = " ".join([ctx.command_path, *ctx.command.collect_usage_pieces(ctx)])
        err.print(words("Usage: {usage}", usage=usage), markup=False)
        told = words("{command} --help says more", command=ctx.command_path)
        err.print(told, markup=False)
    said = _said(problem)
    text = spoken(said, language()) if isinstance(said, Said) else text_of(said, language())
    err.print(text, markup=False, style="red")
    return typer.Exit(problem.exit_code)


def _said(problem: UsageError) -> Said | Malformed:
    text = problem.message
    if isinstance(problem, NoSuchOption):
        return _none("option", problem.option_name, ", ".join(sorted(problem.possibilities or ())))
    if isinstance(problem, BadOptionUsage):
        if "does not take" in text:
            return Said("{name} takes no value", name=problem.option_name)
        return Said("{name} takes a value, which is missing", name=problem.option_name)
    if isinstance(problem, MissingParameter):
        return Said("{name} is missing", name=_name(problem))
    if isinstance(problem, BadParameter):
        return _bad(problem)
    if found := _COMMAND.match(text):
        return _none("command", found[1], (found[2] or "").replace("'", ""))
    if found := _EXTRA.match(text):
        return Said("there is no place for {extra}", extra=found[1])
    if text == "Missing command.":
        return Said("a command is missing")
    return Said("the command is used in another way")


def _none(kind: str, name: str, others: str) -> Said:
    if kind == "option":
        if others:
            return Said("there is no option {name}; like it are {others}", name=name, others=others)
        return Said("there is no option {name}", name=name)
    if others:
        return Said("there is no command {name}; like it are {others}", name=name, others=others)
    return Said("there is no command {name}", name=name)


def _bad(problem: BadParameter) -> Said | Malformed:
    """A value of the wrong kind: pydantic looked at it for typer."""
    # Loaded when it is needed.
    from pydantic import ValidationError

    name = _name(problem)
    if found := _CHOICE.search(problem.message):
        allowed = found[1].replace("'", "")
        return Said(
            "{name} is one of {words}; right is for example {example}",
            name=name,
            words=allowed,
            example=allowed.split(", ")[0],
        )
    if isinstance(problem.__cause__, ValidationError):
        return misfit(problem.__cause__.errors(include_url=False)[0], name)
    return Said("the command is used in another way")


def _name(problem: BadParameter) -> str:
    """As a person writes it: ``--as`` of an option, the name of an argument."""
    if problem.param is None:
        return str(problem.param_hint or "")
    if problem.param.param_type_name == "option":
        return max(problem.param.opts, key=len)
    return str(problem.param.name)
