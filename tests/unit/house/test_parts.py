"""An absent part is skipped by name, and in CI it is a failure."""

from __future__ import annotations

import pytest
from parts import absent


def test_absent_part_is_skipped_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="PostgreSQL"):
        absent("PostgreSQL")


def test_absent_part_fails_in_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="Chromium"):
        absent("Chromium")
