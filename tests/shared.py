"""Where the vectors made by others are, when they are there."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def shared(*parts: str) -> Path:
    """Path below ``../shared``; skips the test, by name, where that folder is absent."""
    path = ROOT.parent.joinpath("shared", *parts)
    if not path.exists():
        pytest.skip(f"no ../shared/{'/'.join(parts)}")
    return path
