"""What a printer says of itself."""

from __future__ import annotations

from typing import Literal, NamedTuple

Trouble = Literal["paper", "open", "ribbon", "jam", "paused", "error"]


class State(NamedTuple):
    """``idle``: all that it was sent is printed. ``trouble``: why it prints nothing just now."""

    idle: bool = False
    trouble: Trouble | None = None
