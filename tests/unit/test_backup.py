"""A node backed up and put back: into the other kind of database, from an older one, in use."""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import stat
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from nodes import BASE, document, event, made_up_policy, make_world, play, settings
from older import as_version_2
from sqlalchemy import create_engine, inspect, text
from store.conftest import run_sql
from typer.testing import CliRunner

from suyuan.adapters.audit_files import AuditFiles
from suyuan.adapters.backup_file import close_keys, open_keys
from suyuan.adapters.sql import open_database
from suyuan.adapters.sql.revision import HEAD
from suyuan.backup import (
    back_up_keys,
    open_backup,
    restore,
    restore_files,
    restore_keys,
    write_backup,
)
from suyuan.bootstrap import Node, create_node, open_node
from suyuan.cli.main import app
from suyuan.core.errors import Conflict, Damaged, Fatal, Malformed, NotFound, Refused
from suyuan.flow.accounts import Caller
from suyuan.flow.audit import StoreSource, audit
from suyuan.flow.capture import Incoming
from suyuan.found import found_chain
from suyuan.ports.audits import Audit
from suyuan.settings import Settings
from suyuan_devnet import Devnet

PASSPHRASE = "correct horse battery"
NOW = "2026-09-20T00:00:00.000Z"
KINDS = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]


@pytest.fixture(params=KINDS)
def source_url(request: pytest.FixtureRequest) -> str:
    return _url(request)


@pytest.fixture(params=KINDS)
def target_url(request: pytest.FixtureRequest) -> str:
    return _url(request)


def _url(request: pytest.FixtureRequest) -> str:
    if request.param == "sqlite":
        return ""
    create: Callable[[], str] = request.getfixturevalue("new_postgres_database")
    return create()


@contextlib.contextmanager
def played(folder: Path, **more: Any) -> Iterator[Node]:
    """The demo's season, with a policy."""
    with contextlib.closing(create_node(settings(folder, **more))) as node:
        play(node, folder)
        node.database.anchors.add_policy(made_up_policy(node), node.clock.now())
        yield node


def rows_of(url: str) -> dict[str, list[str]]:
    """All rows of all tables, in one order and one form."""
    engine = create_engine(url)
    with engine.connect() as connection:
        found = {
            name: sorted(
                str([bytes(v) if isinstance(v, memoryview) else v for v in row])
                for row in connection.execute(text(f"SELECT * FROM {name}"))
            )
            for name in inspect(connection).get_table_names()
        }
    engine.dispose()
    return found


def put_back(given: Settings, file: Path, keys: bytes) -> Any:
    restore_keys(given, keys, PASSPHRASE)
    return restore(given, open_backup(file))


def test_everything_comes_back_in_either_kind_of_database(
    tmp_path: Path, source_url: str, target_url: str
) -> None:
    file = tmp_path / "log.suyuan-backup"
    with played(tmp_path / "old", database_url=source_url) as node:
        node.jobs.submit(_coop(node), _document())
        rows = write_backup(file, node.settings, NOW)
        keys = back_up_keys(node.settings, PASSPHRASE)
        before, size = rows_of(node.settings.database), node.database.log.tail().size
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    new = settings(tmp_path / "new", database_url=target_url)
    done = put_back(new, file, keys)
    assert (done.records, done.rows, done.made_at) == (size, rows, NOW)
    assert done.chain_size is None
    assert done.missing == 0
    assert rows_of(new.database) == before
    with contextlib.closing(open_node(new)) as node:
        policy = node.policy()
        assert policy is not None
        source = StoreSource(node.database.log, node.database.tree, node.database.anchors)
        assert audit(source, policy, chain=None, signatures=True).ok
        # It goes on where it ended: keys, numbering and tree are its own.
        node.masters.record(_coop(node), [("", {"id": f"{BASE}x", "type": "Thing", "name": "x"})])
        assert node.database.log.tail().size == size + 1
        sealed = node.sealer.seal()
        assert sealed is not None
        assert sealed.size == size + 1
        node.jobs.submit(_coop(node), _document())
        assert node.jobs.run_one() is not None
        assert node.jobs.run_one() is not None
        assert {job.state for job in node.database.jobs.list(f"{BASE}org/coop")} == {"done"}


def _coop(node: Node) -> Caller:
    return Caller(f"{BASE}org/coop", "recorder", "990101", "test")


def _document() -> bytes:
    return json.dumps(document([event()])).encode()


def test_a_backup_is_of_one_moment_while_others_write(tmp_path: Path) -> None:
    world = make_world(tmp_path / "node")
    node, caller = world.node, world.node.accounts.authenticate(world.tokens["coop"])
    stop = threading.Event()
    written: list[int] = []

    def write() -> None:
        while not stop.is_set():
            lot = f"https://id.gs1.org/01/09521234000068/10/W-{len(written)}"
            made = event(quantityList=[{"epcClass": lot, "quantity": 1, "uom": "KGM"}])
            written.extend(node.capture.events(caller, [Incoming(made)]))
            node.sealer.seal()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        while len(written) < 20:
            stop.wait(0.01)
        during = len(written)
        file = tmp_path / "backup"
        sizes = []
        write_backup(file, node.settings, NOW, lambda *_: sizes.append(len(written)))
    finally:
        stop.set()
        writer.join()
    keys = back_up_keys(node.settings, PASSPHRASE)
    node.close()
    done = put_back(settings(tmp_path / "new"), file, keys)
    assert written[during - 1] < done.records <= written[-1] + 1


def test_a_database_of_an_older_version_comes_back_as_one_of_this(tmp_path: Path) -> None:
    file = tmp_path / "backup"
    with played(tmp_path / "old") as node:
        url, given = node.settings.database, node.settings
        before = rows_of(url)
        keys = back_up_keys(given, PASSPHRASE)
    as_version_2(url)
    write_backup(file, given, NOW)
    new = settings(tmp_path / "new")
    put_back(new, file, keys)
    after = rows_of(new.database)
    assert after["alembic_version"] == [f"['{HEAD}']"]
    assert after["known"] == before["known"] != []
    assert {name: rows for name, rows in after.items() if name != "events"} == {
        name: rows for name, rows in before.items() if name != "events"
    }


def test_a_backup_of_a_newer_program_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "backup"
    with played(tmp_path / "old") as node:
        write_backup(file, node.settings, NOW)
    lines = gzip.decompress(file.read_bytes()).split(b"\n")
    head = {**json.loads(lines[0]), "revision": "9999"}
    file.write_bytes(gzip.compress(b"\n".join([json.dumps(head).encode(), *lines[1:]])))
    with pytest.raises(Fatal, match="9999"):
        open_backup(file)


@pytest.mark.parametrize(
    "spoil", ["cut", "cut text", "changed", "a row", "a table", "noise", "none"]
)
def test_a_spoilt_backup_leaves_nothing(tmp_path: Path, spoil: str) -> None:
    file, new = tmp_path / "backup", settings(tmp_path / "new")
    with played(tmp_path / "old") as node:
        write_backup(file, node.settings, NOW)
        restore_keys(new, back_up_keys(node.settings, PASSPHRASE), PASSPHRASE)
    data = file.read_bytes()
    lines = gzip.decompress(data).split(b"\n")
    match spoil:
        case "cut":
            file.write_bytes(data[: len(data) // 2])
        case "cut text":
            file.write_bytes(gzip.compress(b"\n".join(lines[: len(lines) // 2]) + b"\n"))
        case "changed":
            at = next(n for n, line in enumerate(lines) if b"org/coop" in line and line[:1] == b"[")
            lines[at] = lines[at].replace(b"org/coop", b"org/coup")
            file.write_bytes(gzip.compress(b"\n".join(lines)))
        case "a row":
            at = next(n for n, line in enumerate(lines) if line[:1] == b"[")
            lines[at] = b"[1]"
            file.write_bytes(gzip.compress(b"\n".join(lines)))
        case "a table":
            file.write_bytes(
                gzip.compress(b"\n".join(lines).replace(b'"table":"edges"', b'"table":"hedges"'))
            )
        case "noise":
            file.write_bytes(gzip.compress(b"\xff\n" * 10))
        case "none":
            file.write_bytes(b"nothing")
    with pytest.raises(Malformed):
        restore(new, open_backup(file))
    assert sorted(path.name for path in new.data_dir.iterdir()) == ["keys", "secret.key"]


@pytest.mark.postgres
def test_a_spoilt_backup_leaves_nothing_in_postgresql(
    tmp_path: Path, new_postgres_database: Callable[[], str]
) -> None:
    file = tmp_path / "backup"
    new = settings(tmp_path / "new", database_url=new_postgres_database())
    with played(tmp_path / "old") as node:
        write_backup(file, node.settings, NOW)
        restore_keys(new, back_up_keys(node.settings, PASSPHRASE), PASSPHRASE)
    lines = gzip.decompress(file.read_bytes()).split(b"\n")
    file.write_bytes(gzip.compress(b"\n".join(lines[:-3])))
    with pytest.raises(Malformed, match="cut off"):
        restore(new, open_backup(file))
    assert rows_of(new.database) == {}


def test_no_database_is_written_over(tmp_path: Path) -> None:
    file = tmp_path / "backup"
    with played(tmp_path / "old") as node:
        write_backup(file, node.settings, NOW)
        before = rows_of(node.settings.database)
        with pytest.raises(Conflict, match="empty"):
            restore(node.settings, open_backup(file))
        assert rows_of(node.settings.database) == before


def test_a_tampered_record_is_named_when_it_comes_back(tmp_path: Path) -> None:
    file, new = tmp_path / "backup", settings(tmp_path / "new")
    with played(tmp_path / "old") as node:
        run_sql(node.settings.database, "UPDATE contents SET content = 'x' WHERE idx = 7")
        write_backup(file, node.settings, NOW)
        keys = back_up_keys(node.settings, PASSPHRASE)
    with pytest.raises(Damaged) as caught:
        put_back(new, file, keys)
    assert caught.value.index == 7
    # It is there, to be repaired, and nothing is sealed over it.
    with open_database(new.database) as database:
        damage = database.tree.damage()
    assert damage is not None
    assert damage.index == 7


def test_a_log_of_another_name_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "backup"
    with played(tmp_path / "old") as node:
        write_backup(file, node.settings, NOW)
    with pytest.raises(Conflict, match=r"other\.example"):
        restore(settings(tmp_path / "new", origin="other.example/log"), open_backup(file))


def test_without_the_keys_nothing_is_restored(tmp_path: Path) -> None:
    file, new = tmp_path / "backup", settings(tmp_path / "new")
    with played(tmp_path / "old") as node:
        write_backup(file, node.settings, NOW)
    with pytest.raises(NotFound, match="--keys"):
        restore(new, open_backup(file))
    assert not new.data_dir.exists()


def test_a_write_that_fails_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "out" / "backup"
    file.parent.mkdir()
    file.write_bytes(b"the one before")
    with played(tmp_path / "old") as node:

        def full(_: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("os.fsync", full)
        with pytest.raises(OSError, match="space"):
            write_backup(file, node.settings, NOW)
        monkeypatch.undo()
    assert [path.name for path in file.parent.iterdir()] == ["backup"]
    assert file.read_bytes() == b"the one before"


def test_keys_come_back_with_their_passphrase_alone(tmp_path: Path) -> None:
    with played(tmp_path / "old") as node:
        given = node.settings
        with pytest.raises(Refused, match="12"):
            back_up_keys(given, "short")
        data = back_up_keys(given, PASSPHRASE)
    assert (given.data_dir / "secret.key").read_bytes() not in data
    for wrong in (data[:-20], b"[]", data.replace(b'"n": 131072', b'"n": 2'), b"\xff"):
        with pytest.raises(Malformed):
            open_keys(wrong, PASSPHRASE)
    new = settings(tmp_path / "new", secret_file=tmp_path / "elsewhere" / "secret")
    with pytest.raises(Malformed, match="passphrase"):
        restore_keys(new, data, PASSPHRASE + "r")
    assert not new.data_dir.exists()
    assert restore_keys(new, data, PASSPHRASE) == 5
    assert (tmp_path / "elsewhere" / "secret").read_bytes() == (
        given.data_dir / "secret.key"
    ).read_bytes()
    for path in (given.data_dir / "keys").iterdir():
        assert (new.data_dir / "keys" / path.name).read_bytes() == path.read_bytes()
        assert stat.S_IMODE((new.data_dir / "keys" / path.name).stat().st_mode) == 0o600
    assert restore_keys(new, data, PASSPHRASE) == 5
    (new.data_dir / "keys" / "log.sealed").write_bytes(b"another")
    with pytest.raises(Conflict, match=r"log\.sealed"):
        restore_keys(new, data, PASSPHRASE)


@pytest.mark.parametrize(
    "name", ["../evil.sealed", "keys/../../evil", "keys/x", "other/log.sealed"]
)
def test_a_key_file_writes_nowhere_else(tmp_path: Path, name: str) -> None:
    with pytest.raises(Malformed):
        restore_keys(settings(tmp_path / "new"), close_keys({name: b"x"}, PASSPHRASE), PASSPHRASE)
    assert list(tmp_path.iterdir()) == []


def test_the_audits_reports_come_along_and_replace_none(tmp_path: Path) -> None:
    file = tmp_path / "backup"
    one = Audit("20260917T080000-0123456789ab", "a:org", "a:person", NOW, "done", 3, 3, NOW,
                {"holds": True})  # fmt: skip
    with played(tmp_path / "old") as node:
        AuditFiles(tmp_path / "old" / "audits").put(one)
        write_backup(file, node.settings, NOW)
    new = settings(tmp_path / "new")
    assert restore_files(new, open_backup(file)) == ("audits",)
    kept = AuditFiles(tmp_path / "new" / "audits")
    assert kept.get(one.id) == one
    changed = replace(one, done=2)
    kept.put(changed)
    assert restore_files(new, open_backup(file)) == ()
    assert kept.get(one.id) == changed


@pytest.mark.parametrize("name", ["../../etc/x", "20260917T080000-0123456789ab", "x"])
def test_no_audit_of_a_backup_leads_elsewhere(tmp_path: Path, name: str) -> None:
    text = json.dumps({"id": "20260917T080000-ffffffffffff", "organisation": "a:org",
                       "asked_by": "a:person", "asked_at": NOW})  # fmt: skip
    for given in (text, "[]", "{}", "no JSON", text.replace("20260917T080000-ffffffffffff", name)):
        if name.startswith("2026") and name in given:
            continue
        with pytest.raises(Malformed):
            AuditFiles(tmp_path / "audits").restore({name: given})
    assert not (tmp_path / "audits").exists()


def test_settings_come_along_and_replace_none(tmp_path: Path) -> None:
    file = tmp_path / "backup"
    with played(tmp_path / "old") as node:
        (tmp_path / "old" / "suyuan.toml").write_text('contact = "村委会"\n', encoding="utf-8")
        write_backup(file, node.settings, NOW)
    new = settings(tmp_path / "new")
    assert restore_files(new, open_backup(file)) == ("suyuan.toml",)
    assert "村委会" in (tmp_path / "new" / "suyuan.toml").read_text(encoding="utf-8")
    assert restore_files(new, open_backup(file)) == ()


@pytest.mark.chain
def test_what_the_contract_knows_and_the_backup_lacks_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the command line, as on the day the machine is gone."""
    early, late, keys = (tmp_path / name for name in ("early", "late", "keys"))
    secret = tmp_path / "passphrase"
    secret.write_text(PASSPHRASE + "\n")
    with Devnet(tmp_path / "chain") as chain:
        monkeypatch.setenv("SUYUAN_PASSPHRASE_FILE", str(secret))
        monkeypatch.setenv("SUYUAN_LANG", "en")
        for name, value in {
            "ORIGIN": "node.example/log", "URI_BASE": BASE, "CONFIRMATIONS": "1",
            "RPC_URLS": json.dumps([chain.rpc_url]),
        }.items():  # fmt: skip
            monkeypatch.setenv(f"SUYUAN_{name}", value)

        def run(*words: str, folder: str, code: int = 0) -> str:
            monkeypatch.setenv("SUYUAN_DATA_DIR", str(tmp_path / folder))
            result = CliRunner().invoke(app, words)
            assert result.exit_code == code, result.output
            return " ".join(result.output.split())

        world = make_world(tmp_path / "node", rpc_urls=[chain.rpc_url], confirmations=1)
        node = world.node
        found_chain(node, chain.rpc_url)
        node.sealer.seal()
        assert "apart" in run("backup", str(early), "--keys", str(keys), folder="node")
        caller = node.accounts.authenticate(world.tokens["coop"])
        node.capture.events(caller, [Incoming(event())])
        node.sealer.seal()
        for _ in range(20):
            if node.anchorer().step().state == "final":
                break
        run("backup", str(late), folder="node")
        size = node.database.log.tail().size
        node.close()
        told = run("restore", str(early), "--keys", str(keys), folder="first", code=1)
        assert f"the contract knows of {size} records: the last 1 are not in this backup" in told
        told = run("restore", str(late), "--keys", str(keys), folder="second")
        assert f"the contract knows of {size} records; all of them are here" in told
        assert "nothing differs" in run("audit", folder="second")
        assert "empty" in run("restore", str(late), folder="second", code=2)
    told = run("restore", str(late), "--keys", str(keys), folder="third")
    assert "the chain was not reached" in told


def test_the_backup_says_what_it_is() -> None:
    """The form of the file, which outlives the program: header, tables, rows, end."""
    from suyuan.adapters.backup_file import DATA, write_data
    from suyuan.adapters.sql.dump import Shape

    stream = io.BytesIO()
    rows = iter([[1, b"\x00\xff", None]])
    assert list(
        write_data(stream, {"origin": "x"}, [(Shape("t", ("a", "b", "c"), (1, 2)), rows)])
    ) == [1]
    first, table, row, end = gzip.decompress(stream.getvalue()).splitlines()
    assert json.loads(first) == {"suyuan": DATA, "origin": "x"}
    assert json.loads(table) == {"table": "t", "columns": ["a", "b", "c"], "binary": [1, 2]}
    assert json.loads(row) == [1, "AP8=", None]
    assert json.loads(end)["rows"] == 1
