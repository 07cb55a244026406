"""`suyuan demo`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from suyuan.cli.show import in_words


@in_words
def demo(
    folder: Annotated[Path, typer.Option(help="Where everything is kept")] = Path(".suyuan"),
    port: Annotated[int, typer.Option(help="Port of the service; 0 takes a free one")] = 8000,
    once: Annotated[bool, typer.Option("--once", help="End when all is verified")] = False,
) -> None:
    """Play a hickory season from farm to pack, anchor it, verify it, and leave the service running."""
    from suyuan.cli import stage

    stage.run(folder, port, once=once)
