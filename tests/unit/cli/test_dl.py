"""``suyuan dl``: a JSON line for each link, and an exit code."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from shared import shared
from typer.testing import CliRunner

from suyuan.cli.main import app

LOT = "https://id.gs1.org/01/09521234000044/10/LOT-1"
Run = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def dl(monkeypatch: pytest.MonkeyPatch) -> Run:
    """`suyuan dl …`: its lines; fails on any exit code but the one expected."""
    monkeypatch.setenv("SUYUAN_LANG", "en")

    def call(*words: str, code: int = 0, given: str | bytes | None = None) -> list[dict[str, Any]]:
        result = CliRunner().invoke(app, ["dl", *words], input=given)
        assert result.exit_code == code, f"{words}: {result.output}\n{result.exception!r}"
        return [json.loads(line) for line in result.stdout.splitlines()]

    return call


def test_parse(dl: Run) -> None:
    assert dl("parse", f"{LOT}?17=270917", "urn:epc:id:pgln:9521234.00002") == [
        {
            "uri": f"{LOT}?17=270917",
            "ok": True,
            "elements": [["01", "09521234000044"], ["10", "LOT-1"], ["17", "270917"]],
            "error": None,
        },
        {
            "uri": "urn:epc:id:pgln:9521234.00002",
            "ok": True,
            "elements": [["417", "9521234000020"]],
            "error": None,
        },
    ]


def test_parse_says_what_is_wrong_and_goes_on(dl: Run) -> None:
    wrong, right = dl("parse", LOT.replace("0044/", "0045/"), LOT, code=1)
    assert wrong == {
        "uri": "https://id.gs1.org/01/09521234000045/10/LOT-1",
        "ok": False,
        "elements": [],
        "error": "AI (01): the check digit of 09521234000045 is 5, it should be 4",
    }
    assert right["ok"]


def test_parse_says_it_in_chinese(dl: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUYUAN_LANG", "zh")
    (line,) = dl("parse", "https://a.example/01/09521234000045", code=1)
    assert line["error"] == "应用标识符（01）：09521234000045 的校验位是 5，应为 4"


def test_build_says_which_character_is_not_allowed(dl: Run) -> None:
    (line,) = dl("build", "01=09521234000044", "10=a b", code=1)
    assert "character 2 of a b, U+0020, is none of those" in line["error"]
    (line,) = dl("build", "01=09521234000044", "10=aé", code=1)
    assert "character 2 of aé, é, is none of those" in line["error"]
    (line,) = dl("build", "01=09521234000044 10=ab  21=7")
    assert line["uri"] == "https://id.gs1.org/01/09521234000044/10/ab/21/7"
    assert "b is not AI=VALUE" in dl("build", "b", code=1)[0]["error"]


def test_parse_takes_names_only_where_asked(dl: Run) -> None:
    named = "https://a.example/gtin/09521234000044/lot/A"
    dl("parse", named, code=1)
    assert dl("parse", "--names", named)[0]["elements"] == [["01", "09521234000044"], ["10", "A"]]


def test_parse_takes_what_a_scanner_sends(dl: Run) -> None:
    (line,) = dl("parse", "(01)09521234000044(10)A")
    assert dl("parse", "]d2010952123400004410A")[0]["elements"] == line["elements"]


def test_parse_unpacks_where_asked(dl: Run) -> None:
    packed = "https://a.example/ARFRq4pxWCDKWcn9q"
    dl("parse", packed, code=1)
    assert dl("parse", "--compressed", packed)[0]["elements"][1] == ["10", "LOT-1"]


def test_thousands_of_lines(dl: Run) -> None:
    given = "".join(f"{LOT}/21/{n}\r\n\n" for n in range(5000)).encode() + b"https://\xff/01/1\n"
    lines = dl("parse", "-", given=given, code=1)
    assert len(lines) == 5001
    assert lines[4999]["elements"][2] == ["21", "4999"]
    assert not lines[5000]["ok"]


def test_canonical_of_the_open_cases(dl: Run) -> None:
    path = shared("vectors", "epc-dl-canonical", "ralphtro_normaliser.json")
    cases = json.loads(path.read_text("utf-8"))
    lines = dl("canonical", *(case["in"] for case in cases), code=1)
    assert [line["canonical"] for line in lines] == [case["canonical"] for case in cases]
    assert [line["ok"] for line in lines] == [case["canonical"] is not None for case in cases]
    assert all(bool(line["error"]) != line["ok"] for line in lines)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        (
            "https://x.example/01/09521234000044/21/%2a%2A%41%5f*",
            "01/09521234000044/21/%2A%2AA_%2A",
        ),
        ("https://x.example/01/09521234000044/10/a%2fb?17=270917", "01/09521234000044/10/a%2Fb"),
    ],
)
def test_canonical_is_percent_normal(dl: Run, text: str, canonical: str) -> None:
    assert dl("canonical", text)[0]["canonical"] == f"https://id.gs1.org/{canonical}"


def test_what_has_no_canonical_form(dl: Run) -> None:
    (line,) = dl("canonical", "https://a.example/8018/952123400000000017/8019/1", code=1)
    assert line["error"] == "(8018) and what follows has no canonical form"


def test_urn(dl: Run) -> None:
    words = ("urn", LOT, "--prefix", "9521234")
    assert dl(*words)[0]["urn"] == "urn:epc:class:lgtin:9521234.000004.LOT-1"
    assert dl("urn", LOT, "--length", "8")[0]["urn"] == "urn:epc:class:lgtin:95212340.00004.LOT-1"
    (line,) = dl("urn", LOT, code=1)
    assert line["urn"] is None
    assert line["error"].startswith("how long the company prefix of 9521234000044 is")
    dl("urn", LOT, "--prefix", "x", code=2)


def test_build(dl: Run) -> None:
    (line,) = dl("build", "10=A/B=C", "01=9521234000044", "17=270917")
    assert line == {
        "given": "10=A/B=C 01=9521234000044 17=270917",
        "ok": True,
        "uri": "https://id.gs1.org/01/09521234000044/10/A%2FB%3DC?17=270917",
        "elements": [["01", "09521234000044"], ["10", "A/B=C"], ["17", "270917"]],
        "error": None,
    }
    (line,) = dl("build", "--stem", "https://trace.example.cn/", "(01)09521234000044(10)A")
    assert line["uri"] == "https://trace.example.cn/01/09521234000044/10/A"


def test_build_reads_lines(dl: Run) -> None:
    lines = dl("build", "-", given="00=095212340000000013\n10=A\n01\n", code=1)
    assert [line["uri"] for line in lines] == [
        "https://id.gs1.org/00/095212340000000013",
        None,
        None,
    ]
    assert lines[1]["error"] == "(10) needs one of these beside it: 01, 02, 03, 8006, 8026"
    assert lines[2]["error"] == "01 is not AI=VALUE, such as 01=09521234000044"


def test_build_of_the_engines_cases(dl: Run) -> None:
    path = shared("vectors", "gs1-syntax-engine-vectors", "dl_other.json")
    built = 0
    for case in json.loads(path.read_text("utf-8")):
        if case["fn"] == "test_testGenerateDLuri" and "(89)" not in case["args"][2]:
            ok, stem, text, uri = case["args"]
            words = text.replace("(", " ").replace(")", "=").split()
            (line,) = dl("build", "--stem", stem, *words, code=0 if ok == "true" else 1)
            assert line["uri"] == (uri or None)
            built += 1
    assert built == 10
