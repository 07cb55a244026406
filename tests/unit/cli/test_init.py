"""`suyuan init` asks what it needs, and writes it down; without a terminal it says what is lacking."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from suyuan.cli import init
from suyuan.cli.main import app

GIVEN = [
    "--administrator",
    "https://trace.example.cn/org/c",
    "--zh",
    "县中心",
    "--county",
    "990101",
]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SUYUAN_DATA_DIR", str(tmp_path / "node"))
    monkeypatch.setenv("SUYUAN_LANG", "en")
    return tmp_path / "node"


def test_at_a_terminal_it_asks(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter(["https://trace.example.cn", "", "", "县数字乡村中心", "990101"])
    asked: list[tuple[str, str | None]] = []

    def prompt(text: str, *, default: str | None, err: bool) -> str:
        asked.append((text, default))
        return next(answers) or default or ""

    monkeypatch.setattr("typer.prompt", prompt)
    monkeypatch.setattr(init, "_at_terminal", lambda: True)
    result = CliRunner().invoke(app, ["init"])
    assert result.exit_code == 0, result.output
    written = tomllib.loads((folder / "suyuan.toml").read_text(encoding="utf-8"))
    assert written["origin"] == "trace.example.cn/log"
    assert written["uri_base"] == "https://trace.example.cn/"
    assert written["public_url"] == "https://trace.example.cn"
    assert written["rpc_urls"] == []
    assert len(asked) == 5
    assert asked[2][1] == "https://trace.example.cn/org/county"
    assert "administrator's key" in result.output
    # Asked once: what is there stays.
    again = CliRunner().invoke(app, ["init", *GIVEN])
    assert again.exit_code == 0, again.output
    assert len(asked) == 5


def test_without_a_terminal_it_says_what_is_lacking(folder: Path) -> None:
    result = CliRunner().invoke(app, ["init", "--zh", "县中心"])
    assert result.exit_code == 2
    assert "URI of the organisation" in result.output
    assert not folder.exists()


@pytest.mark.parametrize("wrong", ["trace.example.cn", "https://", "https://a.cn/b", "ftp://a.cn"])
def test_an_address_that_is_none(folder: Path, wrong: str) -> None:
    result = CliRunner().invoke(app, ["init", *GIVEN, "--public-url", wrong])
    assert result.exit_code == 2
    assert "https://trace.example.cn" in result.output
    assert not folder.exists()


def test_settings_are_told_without_passwords(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUYUAN_DATABASE_URL", "postgresql://suyuan:hush@db/suyuan")
    result = CliRunner().invoke(app, ["settings"])
    assert result.exit_code == 0, result.output
    assert "postgresql://suyuan:…@db/suyuan" in result.output
    assert "hush" not in result.output
