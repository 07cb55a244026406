"""What a test does when a root-installed part (PostgreSQL, Chromium …) is not on this machine."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest


def absent(part: str) -> NoReturn:
    """Skip by name; with ``CI=true`` fail, because there ``scripts/need_parts`` installs it."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"no {part} on this machine, and CI skips nothing", pytrace=False)
    pytest.skip(f"no {part} on this machine")
