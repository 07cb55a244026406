"""What the system says, said in words."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from suyuan.adapters.system import of_system


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file") as caught:
        (tmp_path / "none").read_bytes()
    assert str(of_system(caught.value)) == "there is no such file or folder"


def test_a_name_that_no_system_call_is_made_for(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="null") as caught:
        (tmp_path / "a\0b").read_bytes()
    assert str(of_system(caught.value)) == "it has no such name on this system"


@pytest.mark.parametrize(
    ("problem", "said"),
    [
        (TimeoutError(), "it did not answer in time"),
        (OSError(errno.ENOSPC, "x"), "the disk is full"),
        (OSError(errno.EXDEV, "x"), "the system says EXDEV"),
        (OSError("of no number"), "the system says OSError"),
        (UnicodeError("of a kind of its own"), "the system says UnicodeError"),
    ],
)
def test_others(problem: OSError | ValueError, said: str) -> None:
    assert str(of_system(problem)) == said
