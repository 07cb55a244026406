"""The command line used wrongly is told so in its own language, with exit code 2."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from suyuan.cli.main import app

WRONG = [
    ("--nope", "没有 --nope 这个选项", "there is no option --nope"),
    ("nope", "没有 nope 这个命令", "there is no command nope"),
    ("maste", "没有 maste 这个命令；相近的有 master", "there is no command maste; like it are master"),
    ("dl nope", "没有 nope 这个命令", "there is no command nope"),
    ("dl build", "缺少 elements", "elements is missing"),
    ("key make", "缺少 --as", "--as is missing"),
    ("key make --as", "--as 后面要有一个值，现在没有", "--as takes a value, which is missing"),
    ("seal --help=3", "--help 后面不带值", "--help takes no value"),
    ("serve a b", "这里用不上 a b", "there is no place for a b"),
    ("master --chek x", "没有 --chek 这个选项；相近的有 --check, --help",
     "there is no option --chek; like it are --check, --help"),
    ("epcis convert --to yaml f", "--to 只能是 json, xml, urn, dl 之一；正确的例子：json",
     "--to is one of json, xml, urn, dl; right is for example json"),
    ("dl urn --length abc x", "--length 应是整数", "--length is a whole number"),
    ("dl urn --length 99 x", "--length 不能大于 12", "--length is at most 12"),
]  # fmt: skip


@pytest.mark.parametrize(("line", "zh", "en"), WRONG)
def test_what_is_wrong_is_said(
    line: str, zh: str, en: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for language, said in (("zh", zh), ("en", en)):
        monkeypatch.setenv("SUYUAN_LANG", language)
        done = CliRunner().invoke(app, line.split())
        assert done.exit_code == 2
        assert done.stdout == ""
        assert done.stderr.splitlines()[-1].startswith(said)
        if "--as" not in line.split() and "--help=3" not in line.split():  # of no context
            assert done.stderr.startswith("用法：suyuan" if language == "zh" else "Usage: suyuan")


def test_help_is_no_refusal() -> None:
    done = CliRunner().invoke(app, ["dl"])
    assert "canonical" in done.output
    assert CliRunner().invoke(app, ["dl", "--help"]).exit_code == 0
