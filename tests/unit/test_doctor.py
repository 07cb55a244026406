"""The doctor names what is wrong, each thing by itself, and changes nothing."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from nodes import BASE, made_up_policy, make_world, settings
from store.conftest import run_sql
from typer.testing import CliRunner

from suyuan import doctor
from suyuan.adapters.keys import service_key
from suyuan.bootstrap import Node, open_node
from suyuan.cli.main import app
from suyuan.doctor import Finding, examine, note_backup
from suyuan.found import found_chain
from suyuan.ports.tree import Damage
from suyuan_devnet import Devnet

PUBLIC = {"public_url": "https://trace.example", "contact": "x", "filing_number": "y", "port": 9}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A node in order, sealed, with a backup, and without a chain or a service."""
    node = make_world(tmp_path / "node").node
    node.sealer.seal()
    note_backup(node.settings.data_dir, node.clock.now())
    node.close()
    return tmp_path / "node"


@contextlib.contextmanager
def opened(folder: Path) -> Iterator[Node]:
    with contextlib.closing(open_node(settings(folder))) as node:
        yield node


def look(folder: Path, now: str = "", **more: Any) -> dict[str, Finding]:
    """Findings by their English text."""
    given = settings(folder, **{**PUBLIC, **more})
    with opened(folder) as node:
        now = now or node.clock.now()
    return {f.text.template.format(**f.text.params): f for f in examine(given, now)}


def bad(found: dict[str, Finding]) -> set[str]:
    return {text for text, finding in found.items() if finding.level != "fine"}


REST = {"no contract is set up for this log yet", "no service answers at 127.0.0.1:9"}


def test_a_node_in_order(folder: Path) -> None:
    found = look(folder)
    assert bad(found) == REST
    assert "the secret opens the service's keys" in found
    assert "labels lead to https://trace.example" in found
    assert any(text.endswith("sealed") for text in found)


@pytest.mark.parametrize(
    ("more", "text", "level"),
    [
        (
            {"public_url": "http://127.0.0.1:8000"},
            "labels would lead to http://127.0.0.1:8000",
            "look",
        ),
        ({"public_url": "http://trace.example"}, "the public pages are at http://trace.", "wrong"),
        ({"host": "0.0.0.0"}, "the service listens on 0.0.0.0", "look"),
        ({"contact": ""}, "contact is not set", "look"),
        ({"filing_number": ""}, "filing_number is not set", "look"),
    ],
)
def test_settings_that_are_not_for_the_public(
    folder: Path, more: dict[str, str], text: str, level: str
) -> None:
    (new,) = bad(look(folder, **more)) - REST - {"no service answers at 0.0.0.0:9"}
    assert new.startswith(text)
    finding = look(folder, **more)[new]
    assert finding.level == level
    assert finding.mend is not None


def test_keys_that_others_may_read(folder: Path) -> None:
    (folder / "secret.key").chmod(0o644)
    (new,) = bad(look(folder)) - REST
    assert new == f"others on this machine may read {folder / 'secret.key'}"


def test_a_secret_that_is_another(folder: Path) -> None:
    (folder / "secret.key").write_bytes(b"x" * 32)
    found = list(examine(settings(folder, **PUBLIC), "2026-11-26T00:00:00.000Z"))
    assert found[-1].level == "wrong"
    assert found[-1].mend is not None
    assert "restore" in found[-1].mend.template


def test_no_node_at_all(tmp_path: Path) -> None:
    first, *_ = examine(settings(tmp_path / "none", **PUBLIC), "2026-11-26T00:00:00.000Z")
    assert first.level == "wrong"
    assert "suyuan init" in first.text.template


def test_a_disk_that_fills(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "LEAST_FREE", 1 << 60)
    (new,) = bad(look(folder)) - REST
    assert new.startswith("the disk has")


def test_backups_that_are_forgotten(folder: Path) -> None:
    note_backup(folder, "2026-01-01T00:00:00.000Z")
    assert bad(look(folder)) - REST == {"the last backup was made at 2026-01-01T00:00:00.000Z"}
    (folder / doctor.BACKED_UP).unlink()
    assert bad(look(folder)) - REST == {"there never was a backup"}


def test_damage_and_records_that_nobody_seals(folder: Path) -> None:
    with opened(folder) as node:
        node.database.tree.report_damage(Damage(3, "content", "2026-11-26T00:00:00.000Z"))
    (new,) = bad(look(folder)) - REST
    assert new.startswith("record 3: content is damaged")
    with opened(folder) as node:
        node.database.tree.report_damage(None)
    run_sql(settings(folder).database, "DELETE FROM checkpoints")
    assert not bad(look(folder)) - REST, "a minute's records may wait"
    late = look(folder, now="2099-01-01T00:00:00.000Z")
    assert any("are not sealed, the newest since" in text for text in bad(late))


def test_a_clock_that_is_behind(folder: Path) -> None:
    found = look(folder, now="2020-01-01T00:00:00.000Z")
    assert any(text.startswith("the clock says 2020") for text in bad(found))


def test_a_database_file_that_is_damaged(folder: Path) -> None:
    path = folder / "suyuan.db"
    data = bytearray(path.read_bytes())
    data[4096 * 3 : 4096 * 9] = b"\xff" * 4096 * 6
    path.write_bytes(data)
    *_, last = examine(settings(folder, **PUBLIC), "2026-11-26T00:00:00.000Z")
    assert last.level == "wrong"
    assert last.text.template.startswith("the database file is damaged")


def test_a_database_of_an_older_version(folder: Path) -> None:
    run_sql(settings(folder).database, "UPDATE alembic_version SET version_num = '0002'")
    *_, last = examine(settings(folder, **PUBLIC), "2026-11-26T00:00:00.000Z")
    assert last.level == "wrong"
    assert last.mend is not None
    assert "suyuan init" in last.mend.template


def test_a_chain_that_is_silent(folder: Path) -> None:
    with opened(folder) as node:
        node.database.anchors.add_policy(made_up_policy(node), node.clock.now())
    assert "no RPC URL is set: nothing can be anchored" in bad(look(folder))
    (new,) = bad(look(folder, rpc_urls=["http://key:secret@127.0.0.1:9/apikey"])) - REST
    assert new.startswith("http://127.0.0.1:9: ")
    assert "apikey" not in new.partition(": ")[0]


@pytest.mark.chain
def test_a_chain_that_is_there(tmp_path: Path) -> None:
    with Devnet(tmp_path / "chain") as chain:
        world = make_world(tmp_path / "node", rpc_urls=[chain.rpc_url], confirmations=1)
        found_chain(world.node, chain.rpc_url)
        world.node.sealer.seal()
        for _ in range(20):
            if world.node.anchorer().step().state == "final":
                break
        note_backup(tmp_path / "node", world.node.clock.now())
        world.node.close()
        found = look(tmp_path / "node", rpc_urls=[chain.rpc_url], confirmations=1)
        assert bad(found) == {
            "test chain: proves nothing to strangers",
            "no service answers at 127.0.0.1:9",
        }
        assert any("records are anchored, at block" in text for text in found)
        (tmp_path / "node" / "keys" / "anchor.sealed").rename(tmp_path / "old")
        with opened(tmp_path / "node") as node:
            service_key(tmp_path / "node", node.seal, "anchor", create=True)
        found = look(tmp_path / "node", rpc_urls=[chain.rpc_url], confirmations=1)
        assert any(text.startswith("the contract's operator is 0x") for text in bad(found))
        assert any(text == "the wallet pays for 0 more anchors" for text in bad(found))
    with Devnet(tmp_path / "other") as chain:
        found = look(tmp_path / "node", rpc_urls=[chain.rpc_url])
        assert any("genesis" in text for text in bad(found))


def test_the_command(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "DATA_DIR": str(folder), "ORIGIN": "node.example/log", "URI_BASE": BASE,
        "PUBLIC_URL": "https://trace.example", "LANG": "zh", "PORT": "9",
    }.items():  # fmt: skip
        monkeypatch.setenv(f"SUYUAN_{name}", value)
    result = CliRunner().invoke(app, ["doctor"])
    assert result.exit_code == 0, result.output
    assert "✓" in result.output
    assert "! " in result.output
    monkeypatch.setenv("SUYUAN_PUBLIC_URL", "http://trace.example")
    result = CliRunner().invoke(app, ["doctor", "--json"])
    assert result.exit_code == 1
    assert {"wrong", "look", "fine"} == {line["level"] for line in json.loads(result.output)}
