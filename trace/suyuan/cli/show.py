"""How the command line speaks: the person's language, errors in words, progress on long work."""

from __future__ import annotations

import functools
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from tomllib import TOMLDecodeError
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from suyuan.adapters.system import of_system
from suyuan.core.errors import Blocked, Malformed, Many, Refused, SuyuanError
from suyuan.core.reasons import place_of_toml
from suyuan.core.said import Said
from suyuan.words import Language, choose, text_of
from suyuan.words import told as spoken

if TYPE_CHECKING:
    from suyuan.bootstrap import Node
    from suyuan.settings import Settings

P = ParamSpec("P")
R = TypeVar("R")

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def language() -> Language:
    """From SUYUAN_LANG, LC_ALL, LC_MESSAGES or LANG; English where none says Chinese."""
    for name in ("SUYUAN_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(name, "")
        if value:
            return choose(value.replace("_", "-")) if value.lower().startswith("zh") else "en"
    return "en"


def words(key: str, **params: object) -> str:
    """A sentence in the person's language."""
    return spoken(Said(key, **params), language())


def tell(key: str, **params: object) -> None:
    """Print a sentence."""
    out.print(words(key, **params), markup=False)


def explain(error: SuyuanError) -> None:
    """Print an error, every part of it on its own line, to standard error."""
    parts = error.errors if isinstance(error, Many) else (error,)
    for part in parts[:200]:
        text = text_of(part, language())
        err.print(f"{part.path}: {text}" if part.path else text, markup=False, style="red")
    if isinstance(error, Many):
        err.print(text_of(error, language()), markup=False)
    if isinstance(error, Blocked):
        # Loaded when it is needed.
        from suyuan.core.rules.finding import Finding
        from suyuan.web.wording import wording

        for one in error.findings:
            if isinstance(one, Finding):
                text = f"{one.name}: {wording(language()).said(one.text)}"
                err.print(text, markup=False, style="red")


def in_words(command: Callable[P, R]) -> Callable[P, R]:
    """Our own errors, and files that cannot be written, end a command with words and exit code 2."""

    @functools.wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except SuyuanError as problem:
            explain(problem)
        except BrokenPipeError:
            raise
        except OSError as problem:
            explain(Refused("{file}: {why}", file=problem.filename, why=of_system(problem)))
        raise typer.Exit(2)

    return wrapped


def node() -> Node:
    """The node of this folder's settings."""
    # Loaded when it is needed: `suyuan verify` and `suyuan sign` need no node.
    from suyuan.bootstrap import open_node

    return open_node(settings())


def settings() -> Settings:
    """The settings in force; Refused, naming each that is none."""
    from pydantic import ValidationError
    from pydantic_settings import SettingsError

    from suyuan.settings import Settings
    from suyuan.words.misfit import misfit

    try:
        return Settings()
    except ValidationError as problem:
        wrong = problem.errors(include_url=False, include_input=False)
        found = [misfit(one, ".".join(map(str, one["loc"]))) for one in wrong]
    except TOMLDecodeError as problem:
        message = "{file} is no TOML; right is for example {example}"
        found = [Malformed(message, path=place_of_toml(str(problem)), file="suyuan.toml",
                           example="port = 8000")]  # fmt: skip
    except SettingsError as problem:
        # Of a list in an environment variable that is no JSON; pydantic names it in quotes.
        name = str(problem).partition('"')[2].partition('"')[0] or "SUYUAN_…"
        found = [misfit({"type": "list_type"}, name)]
    raise found[0] if len(found) == 1 else Many(found)


def progress(label: str) -> Progress:
    """A progress bar on standard error, silent where that is no terminal."""
    return Progress(
        TextColumn(label),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=err,
        transient=True,
        disable=not err.is_terminal,
    )


def write_json(value: Any, path: Path | None = None) -> None:
    """Print JSON for scripts, or write it to a file."""
    text = json.dumps(value, ensure_ascii=False, indent=2)
    if path is None:
        sys.stdout.write(text + "\n")
    else:
        path.write_text(text + "\n", encoding="utf-8")


def read(path: Path) -> bytes:
    """A file's bytes; Refused, saying why, where it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as problem:
        raise Refused("{file}: {why}", file=str(path), why=of_system(problem)) from None
