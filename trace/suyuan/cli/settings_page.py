"""Every setting of a node: the values in force, and the page about them."""

from __future__ import annotations

import json
import re
from typing import Annotated

import typer

from suyuan.cli.show import in_words, out, settings


@in_words
def settings_page(
    markdown: Annotated[
        bool, typer.Option("--markdown", help="All of them as a page, without values")
    ] = False,
) -> None:
    """Every setting with its meaning and the value in force."""
    from suyuan.settings import Settings

    if markdown:
        typer.echo(page(), nl=False)
        return
    given = settings()
    for name, field in Settings.model_fields.items():
        value = getattr(given, name)
        shown = _PASSWORD.sub(r"\1…@", json.dumps(value, ensure_ascii=False, default=str))
        out.print(f"{name} = {shown}", markup=False)
        out.print(f"    {field.description}", markup=False, style="dim")


_PASSWORD = re.compile(r"(://[^/@:\s]*:)[^/@\s]+@")


def page() -> str:
    """docs/settings.md: what each setting means, by what name, and what holds without it."""
    from suyuan.settings import Settings

    lines = [*_PAGE]
    for name, field in Settings.model_fields.items():
        value = field.get_default(call_default_factory=True)
        shown = "none" if value is None else f"`{json.dumps(value, default=str)}`"
        lines.append(f"| `{name}` | {shown} | {field.description} |")
    return "\n".join(lines) + "\n"


_PAGE = (
    "# Settings",
    "",
    "In `suyuan.toml` in the data folder by their name, or in the environment with `SUYUAN_` before it,",
    "in capitals, lists as JSON; the environment wins. `suyuan settings` tells the values in force.",
    "(Made from the code by `suyuan settings --markdown`.)",
    "",
    "| setting | without it | meaning |",
    "|---|---|---|",
)
