"""The command line, as tests run it."""

from __future__ import annotations

import json
from typing import Any

from typer.testing import CliRunner, Result

from suyuan.cli.later import Later
from suyuan.cli.main import app


def run(*words: str, code: int = 0) -> Result:
    """Fails where it does not end with ``code``, and shows what was printed."""
    result = CliRunner().invoke(app, list(words))
    assert result.exit_code == code, (result.output, result.exception)
    return result


def itself(command: Any) -> Any:
    """A command of typer's; what stands for one that was not called yet, loaded."""
    return command.loaded() if isinstance(command, Later) else command


def objects(result: Result) -> list[Any]:
    """The JSON objects that were printed, one behind the other."""
    found, text, decoder = [], result.stdout.strip(), json.JSONDecoder()
    while text:
        value, end = decoder.raw_decode(text)
        found.append(value)
        text = text[end:].lstrip()
    return found
