"""``suyuan doctor``: what is wrong with a node, and how to mend it."""

from __future__ import annotations

from typing import Annotated

import typer

from suyuan.cli.show import in_words, out, settings, words, write_json

_MARKS = {
    "fine": ("✓", "green"),
    "look": ("!", "yellow"),
    "wrong": ("✗", "red"),
    "unknown": ("?", ""),
}


@in_words
def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="For scripts")] = False,
) -> None:
    """Look at folder, keys, database, log, clock, chain and service. Exit 1 if anything is wrong."""
    from suyuan.adapters.outside import SystemClock
    from suyuan.doctor import examine

    worst, told = 0, []
    for found in examine(settings(), SystemClock().now()):
        worst = max(worst, 1 if found.level == "wrong" else 0)
        text = words(found.text.template, **found.text.params)
        mend = words(found.mend.template, **found.mend.params) if found.mend else None
        if as_json:
            told.append({"level": found.level, "text": text, "mend": mend})
            continue
        mark, style = _MARKS[found.level]
        out.print(f"{mark} {text}", markup=False, style=style)
        if mend:
            out.print(f"  → {mend}", markup=False)
    if as_json:
        write_json(told)
    raise typer.Exit(worst)
