"""`suyuan gate` and `suyuan certificate`: what they print, what they record, how they end."""

from __future__ import annotations

from pathlib import Path

import pytest
from certified import CONTACT, LOT, grown
from commands import objects, run
from nodes import BASE, World

from suyuan.cli import certificate, show

COOP = f"{BASE}org/coop"
AS = ("--as", COOP)
WHO = (*AS, "--person", "王会计")


@pytest.fixture(autouse=True)
def _opened(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    grown(world)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SUYUAN_LANG", "en")
    for module in (certificate, show):
        monkeypatch.setattr(module, "node", lambda: world.node)
    monkeypatch.setattr(type(world.node), "close", lambda _: None)


def test_a_gate_is_shown_and_its_state_is_the_exit_code(world: World) -> None:
    (told,) = objects(run("gate", "show", LOT, *AS, code=1))
    assert told["origin"]["state"] == "closed"
    assert told["market"]["state"] == "closed"
    run("certificate", "issue", LOT, *WHO, "--contact", CONTACT, "--origin", "测试县")
    (told,) = objects(run("gate", "show", LOT, *AS))
    assert told["origin"]["state"] == "open"
    assert "nothing is recorded of" in run("gate", "show", "urn:x:never", *AS, code=2).output


def test_a_certificate_is_issued_printed_shown_and_voided(world: World, tmp_path: Path) -> None:
    size = world.node.database.log.tail().size
    output = run("certificate", "issue", LOT, *WHO, "--quantity", "5 公斤", code=2).output
    assert "/contact" in output
    assert world.node.certificates.listed([COOP]) == [], "no draft is left behind"
    (issued,) = objects(
        run("certificate", "issue", LOT, *WHO, "--contact", CONTACT, "--origin", "测试县",
            "--quantity", "5 公斤", "--product", "青叶", "--tick", "委托检测合格")
    )  # fmt: skip
    assert (issued["state"], issued["record"]) == ("issued", size)
    (told,) = objects(run("certificate", "show", issued["address"]))
    assert (told["state"], told["says"]["product"]) == ("valid", "青叶")
    assert CONTACT not in str(told)
    for name, start in (("a.pdf", b"%PDF"), ("a.png", b"\x89PNG"), ("a.svg", b"<svg")):
        run("certificate", "print", issued["code"], *AS, "-o", name)
        assert (tmp_path / name).read_bytes().startswith(start)
    run("certificate", "print", issued["code"], *AS, "--label", "--dpi", "300", "-o", "a.tspl")
    assert len(world.node.certificates.store.prints(issued["code"])) == 4
    output = run("certificate", "print", issued["code"], *AS, "-o", "a.gif", code=2).output
    assert ".pdf" in output
    assert len(world.node.certificates.store.prints(issued["code"])) == 4, "nothing was printed"
    run("certificate", "void", issued["code"], *WHO, "--reason", "the weight was wrong")
    (told,) = objects(run("certificate", "show", issued["code"], code=1))
    assert told["state"] == "voided"
    (told,) = objects(run("certificate", "show", "000000000000", code=1))
    assert told["state"] == "unknown"


def test_a_release_takes_overrides_by_name(world: World) -> None:
    size = world.node.database.log.tail().size
    run("gate", "release", LOT, *WHO, code=2)
    assert world.node.database.log.tail().size == size
    (done,) = objects(
        run("gate", "release", LOT, *WHO, "--override", "9/certificate=首批试销，次日补开")
    )
    assert done == {"index": size + 1, "overrides": [size]}
    output = run("gate", "release", LOT, *WHO, "--override", "9/ban=because of it", code=2).output
    assert "nothing of the rule 9/ban blocks this" in output


def test_a_link_is_told_once(world: World) -> None:
    (told,) = objects(run("gate", "link", "城东农贸市场", *AS, "--days", "3"))
    token = told["address"].rsplit("/", 1)[-1]
    assert world.node.check_ins.enter(token, "here").market == "城东农贸市场"
    assert "from 1 to" in run("gate", "link", "x", *AS, "--days", "0", code=2).output
