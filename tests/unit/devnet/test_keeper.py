"""What the keeper saves is one moment of the chain, and whole on disk, whenever it is killed."""

from __future__ import annotations

import argparse
import gzip
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from suyuan_devnet import files
from suyuan_devnet.errors import DevnetError
from suyuan_devnet.keeper import Keeper


class Chain(Keeper):
    """A keeper whose anvil is a counter: its accounts are those of the block that is newest."""

    def __init__(self, folder: Path, mined_meanwhile: Iterator[bool]) -> None:
        super().__init__(argparse.Namespace(data=folder), 0)
        self.block, self.dumps, self._meanwhile = 1, 0, mined_meanwhile

    def _call(self, method: str, *_: object, timeout: float = 10) -> Any:
        if method == "eth_getBlockByNumber":
            return {"hash": f"0x{self.block:02x}"}
        assert method == "anvil_dumpState"
        self.dumps += 1
        listed = self.block
        self.block += next(self._meanwhile, False)
        return "0x" + gzip.compress(f"blocks {listed}, accounts {self.block}".encode()).hex()


def test_a_block_made_while_it_dumps_is_not_half_of_what_is_saved(tmp_path: Path) -> None:
    keeper = Chain(tmp_path, iter([True, True, False]))
    keeper._save()
    assert files.state_file(tmp_path).read_text() == "blocks 3, accounts 3"
    assert keeper.dumps == 3
    keeper._save()
    assert keeper.dumps == 3


def test_what_was_saved_before_stays_where_blocks_come_too_fast(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    files.replace(files.state_file(tmp_path), b"the last whole one")
    keeper = Chain(tmp_path, iter([True] * 1000))
    with pytest.raises(DevnetError, match="faster"):
        keeper._save()
    assert not keeper._try_to_save()
    assert "not saved: blocks come faster" in capfd.readouterr().err
    assert files.state_file(tmp_path).read_bytes() == b"the last whole one"


class Killed(BaseException):
    pass


@pytest.mark.parametrize(("where", "step"), [(os, "fsync"), (Path, "replace")])
def test_killed_before_it_has_its_name_it_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: object, step: str
) -> None:
    """Written beside it, on disk, and only then put in its place."""
    state = files.state_file(tmp_path)
    files.replace(state, b"old")

    def killed(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(where, step, killed)
        with pytest.raises(Killed):
            files.replace(state, b"new" * 1000)
    assert state.read_bytes() == b"old"
    files.replace(state, b"new")
    assert state.read_bytes() == b"new"
