"""One thing changed in the database: audit, prover and sealer each name the record, and stop there."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from fire import tamper
from fire.story import COOP, told
from fire.tamper import Change, of_record, of_tile, tampering
from nodes import BASE, made_up_policy, play, settings
from sqlalchemy import create_engine, make_url, text
from typer.testing import CliRunner

from suyuan.bootstrap import Node, create_node, open_node
from suyuan.cli.main import app
from suyuan.core.errors import Damaged, Fatal
from suyuan.core.policy import parse_policy
from suyuan.core.visibility import PUBLIC
from suyuan.demo import season
from suyuan.flow.accounts import Caller
from suyuan.flow.audit import AuditReport, StoreSource, audit
from suyuan.flow.capture import Incoming
from suyuan.ports.log import EventQuery

SUBJECT = season.lot(season.GTIN_PACK, season.LOT_GOOD)
SIZES = (90, 400, 545)
"""Of the checkpoints: two full tiles and a part of one."""


def fill(node: Node, folder: Path) -> None:
    """A season, then crates; sealed three times. What is said of the crates nobody rests on later."""
    play(node, folder)
    assert node.database.log.tail().size == SIZES[0]
    for size in SIZES[1:]:
        start = node.database.log.tail().size
        node.capture.events(CALLER, [Incoming(told("crate", n)) for n in range(start, size)])
        assert node.sealer.seal() is not None
    assert [head.size for head in node.database.tree.heads()] == list(SIZES)


CALLER = Caller(COOP, "recorder", "990101", "fire")


@dataclass(slots=True)
class Copy:
    """A whole log to be damaged, closed."""

    folder: Path
    url: str

    def open(self) -> Node:
        """Anew, as a service that starts."""
        return open_node(settings(self.folder, database_url=self.url))

    def target(self) -> int:
        """A sprayed plot: in the lot's bundle, with private fields, and others rest on it."""
        with closing(self.open()) as node:
            found = node.database.log.find_events(EventQuery(biz_step=f"{BASE}voc/applying"))
            record = node.database.log.records(found)[found[0]]
            assert record.disclosures
            return record.index

    def change(self, change: Change, index: int) -> None:
        with tampering(self.url) as tables:
            change(tables, index)

    def audit(self, *, signatures: bool) -> AuditReport:
        with closing(self.open()) as node:
            database = node.database
            source = StoreSource(database.log, database.tree, database.anchors)
            policy = parse_policy((self.folder / "policy.json").read_bytes())
            return audit(source, policy, chain=None, signatures=signatures)

    def audit_by_command(self, *, alone: bool = False) -> tuple[int, int | None]:
        """Exit code of ``suyuan audit``, and the record that it names. ``alone``: in a process of its
        own, whose start takes longer than the audit."""
        words = ["audit", "--json", "--signatures", "--policy", str(self.folder / "policy.json")]
        env = {
            "SUYUAN_DATA_DIR": str(self.folder),
            "SUYUAN_DATABASE_URL": self.url,
            "SUYUAN_ORIGIN": "node.example/log",
            "SUYUAN_LANG": "en",
        }
        if alone:
            ended = subprocess.run(
                [sys.executable, "-c", "from suyuan.cli.main import app; app()", *words],
                env={**os.environ, **env},
                capture_output=True,
                text=True,
                check=False,
            )
            code, out, err = ended.returncode, ended.stdout, ended.stderr
        else:
            said = CliRunner().invoke(app, words, env=env)
            code, out, err = said.exit_code, said.stdout, said.stderr
        assert not err, err
        difference = json.loads(out)["difference"]
        return code, difference and difference["index"]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The log that every test on SQLite damages a copy of."""
    folder = tmp_path_factory.mktemp("whole") / "node"
    with closing(create_node(settings(folder))) as node:
        fill(node, folder.parent / "party")
        (folder / "policy.json").write_bytes(made_up_policy(node))
    return folder


@pytest.fixture
def copy(whole: Path, tmp_path: Path) -> Copy:
    folder = tmp_path / "node"
    shutil.copytree(whole, folder)
    return Copy(folder, f"sqlite:///{folder / 'suyuan.db'}")


@pytest.fixture(scope="module")
def whole_on_postgres(
    tmp_path_factory: pytest.TempPathFactory, new_postgres_database: Callable[[], str]
) -> tuple[Path, str]:
    folder, url = tmp_path_factory.mktemp("whole") / "node", new_postgres_database()
    with closing(create_node(settings(folder, database_url=url))) as node:
        fill(node, folder.parent / "party")
        (folder / "policy.json").write_bytes(made_up_policy(node))
    return folder, url


@pytest.fixture
def copy_on_postgres(whole_on_postgres: tuple[Path, str], tmp_path: Path) -> Iterator[Copy]:
    folder, original = whole_on_postgres
    url = make_url(original)
    name = f"{url.database}_copy"
    server = create_engine(url.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {url.database}"))
    yield Copy(folder, url.set(database=name).render_as_string(hide_password=False))
    with server.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    server.dispose()


IN_A_RECORD: dict[str, Change] = {
    "a content": of_record("content", 100, "contents"),
    "a disclosure": of_record("disclosures", 40, "contents"),
    "a link's hash": of_record("link", 20),
    "a link's salt": of_record("link", -4),
    "an entry's digest": of_record("entry", 100),
    "an entry's time": of_record("entry", -125),
    "an entry's signature": of_record("entry", -30),
    "an entry's frame": of_record("entry", 0),
    "a leaf hash": of_record("leaf_hash", 9),
    "a content digest": of_record("content_digest", 9),
    "the kid beside it": of_record("kid", 5),
    "the time beside it": of_record("record_time", 18),
    "the kind beside it": of_record("kind", 0),
    "a missing record": tamper.no_record,
    "a missing content": tamper.no_content,
    "a record replaced whole": tamper.replaced,
}
IN_THE_INDEX: dict[str, Change] = {
    "an object not extended": tamper.extended_no_more,
    "an object not touched": tamper.no_touch,
    "an object touched": tamper.one_touch_more,
}
ON_POSTGRESQL = (
    "a content",
    "a link's salt",
    "an entry's signature",
    "a leaf hash",
    "a missing record",
    "a record replaced whole",
)


def scrubbed(node: Node) -> None:
    """A whole round of the scrub."""
    node.scrubber.lease = lambda _: True  # the process before died with it
    ended = node.database.tree.scrubbed().ended_at
    while node.database.tree.scrubbed().ended_at == ended:
        node.scrubber.step()


def refused(copy: Copy, index: int) -> None:
    """Nothing is sealed over it, now or after a restart; what comes in is still taken."""
    for number in range(2):
        with closing(copy.open()) as node:
            before = node.database.log.tail().size
            assert node.capture.events(CALLER, [Incoming(told("late", number))]) == (before,)
            scrubbed(node)
            for _ in range(2):
                with pytest.raises(Damaged) as caught:
                    node.sealer.seal()
                assert caught.value.index == index
            damage = node.database.tree.damage()
            assert damage is not None
            assert damage.index == index
            latest = node.database.tree.latest()
            assert latest is not None
            assert latest.size == SIZES[-1]


def named_by(ask: Callable[[], object]) -> int:
    with pytest.raises(Damaged) as caught:
        ask()
    assert says(caught.value.text, caught.value.index)
    return caught.value.index


def says(text: str, index: int) -> bool:
    """A record by its index, a checkpoint by its size."""
    return str(index) in text or f"checkpoint at {index + 1}" in text


def named_by_audit(copy: Copy, *, signatures: bool) -> int:
    found = copy.audit(signatures=signatures).difference
    assert found is not None
    assert says(found.text, found.index)
    return found.index


def named_by_all(copy: Copy, index: int) -> None:
    for signatures in (False, True):
        assert named_by_audit(copy, signatures=signatures) == index
    on_server = not copy.url.startswith("sqlite")  # it drops the copy when all connections are gone
    assert copy.audit_by_command(alone=on_server) == (1, index)
    with closing(copy.open()) as node:
        assert named_by(lambda: node.prover.record(PUBLIC, index)) == index
        assert named_by(lambda: node.prover.bundle(PUBLIC, SUBJECT)) == index


def test_whole(copy: Copy) -> None:
    """Without damage there is nothing to say, so that the other tests mean something."""
    index = copy.target()
    for signatures in (False, True):
        report = copy.audit(signatures=signatures)
        assert report.difference is None
        assert (report.size, report.unsealed, report.checkpoints) == (SIZES[-1], 0, len(SIZES))
    assert copy.audit_by_command(alone=True) == (0, None)
    with closing(copy.open()) as node:
        assert node.prover.record(PUBLIC, index).content is not None
        assert node.prover.bundle(PUBLIC, SUBJECT)
        node.capture.events(CALLER, [Incoming(told("late", 0))])
        assert node.sealer.seal() is not None


@pytest.mark.parametrize("name", IN_A_RECORD)
def test_a_changed_record_is_named_and_not_sealed_over(copy: Copy, name: str) -> None:
    index = copy.target()
    copy.change(IN_A_RECORD[name], index)
    named_by_all(copy, index)
    refused(copy, index)


@pytest.mark.postgres
@pytest.mark.parametrize("name", ON_POSTGRESQL)
def test_on_postgresql(copy_on_postgres: Copy, name: str) -> None:
    index = copy_on_postgres.target()
    copy_on_postgres.change(IN_A_RECORD[name], index)
    named_by_all(copy_on_postgres, index)
    refused(copy_on_postgres, index)


@pytest.mark.parametrize("name", IN_THE_INDEX)
def test_a_changed_index_of_objects_is_named(copy: Copy, name: str) -> None:
    """By all that find records with it: bundles, not the look at one record."""
    index = copy.target()
    copy.change(IN_THE_INDEX[name], index)
    for signatures in (False, True):
        assert named_by_audit(copy, signatures=signatures) == index
    with closing(copy.open()) as node:
        assert named_by(lambda: node.prover.bundle(PUBLIC, SUBJECT)) == index
    refused(copy, index)


def test_an_index_that_no_link_depends_on_is_read_with_the_signatures(copy: Copy) -> None:
    """The newest record of a crate: nothing later says that it extended it."""
    index = SIZES[-1] - 1
    copy.change(tamper.extended_no_more, index)
    assert copy.audit(signatures=False).difference is None
    assert named_by_audit(copy, signatures=True) == index
    refused(copy, index)


def test_a_lost_way_between_records_is_named(copy: Copy) -> None:
    index = copy.target()
    copy.change(tamper.no_edge, index)
    with closing(copy.open()) as node:
        assert named_by(lambda: node.prover.bundle(PUBLIC, SUBJECT)) == index


LEAF, PAIR, ROOT = 0, 1, 8
"""Levels inside a tile."""


def node_over(index: int, level: int) -> int:
    """Byte of the tile where its hash over this record begins, at a level inside it."""
    return 32 * (sum(256 >> below for below in range(level)) + (index % 256 >> level))


@pytest.mark.parametrize("level", [LEAF, PAIR, ROOT])
def test_a_changed_tile_is_named_by_the_first_record_under_it(copy: Copy, level: int) -> None:
    index = copy.target()
    first = index >> level << level
    copy.change(of_tile(node_over(index, level)), index)
    for signatures in (False, True):
        assert named_by_audit(copy, signatures=signatures) == first
    assert copy.audit_by_command(alone=level == 0) == (1, first)
    # Whose proof goes through this hash: the record on the other side of it.
    beside = index ^ 1 << level
    with closing(copy.open()) as node:
        assert named_by(lambda: node.prover.record(PUBLIC, beside)) == first
    refused(copy, first)


def test_a_missing_tile_is_named_but_nobody_waits_for_it(copy: Copy) -> None:
    copy.change(tamper.no_tile, 256)
    for signatures in (False, True):
        assert named_by_audit(copy, signatures=signatures) == 256
    with closing(copy.open()) as node:
        assert node.prover.bundle(PUBLIC, SUBJECT)
    refused(copy, 256)


def test_a_record_at_the_edge_replaced_whole(copy: Copy) -> None:
    """No tile remembers it and nobody rests on it: the checkpoints before and after say where it is,
    the signature says which it is."""
    index = SIZES[-1] - 2
    copy.change(tamper.replaced, index)
    report = copy.audit(signatures=False)
    assert report.difference is not None
    assert (report.difference.index, report.difference.what) == (SIZES[-2], "checkpoint")
    assert named_by_audit(copy, signatures=True) == index
    with closing(copy.open()) as node, pytest.raises(Damaged):
        node.prover.record(PUBLIC, index)
    refused(copy, SIZES[-2])


def test_the_last_records_are_gone(copy: Copy) -> None:
    """Fatal, not only damaged: what would be appended now would take their places."""
    last = SIZES[-1] - 1
    copy.change(tamper.no_record, last)
    assert named_by_audit(copy, signatures=False) == last
    with closing(copy.open()) as node:
        with pytest.raises(Fatal, match="the past is missing"):
            node.sealer.seal()
        assert node.capture.events(CALLER, [Incoming(told("late", 0))]) == (last,)
        assert named_by(node.sealer.seal) == last


@pytest.mark.parametrize("column", ["note", "root"])
def test_a_changed_checkpoint_is_named(copy: Copy, column: str) -> None:
    for size in SIZES[1:]:
        copy.change(tamper.of_checkpoint(column), size)
    for signatures in (False, True):
        report = copy.audit(signatures=signatures)
        assert report.difference is not None
        assert report.difference.what == "checkpoint"
        # The newest is looked at first.
        assert report.difference.index == SIZES[-1] - 1
    with closing(copy.open()) as node:
        assert named_by(lambda: node.prover.bundle(PUBLIC, SUBJECT)) == SIZES[-1] - 1
    # The scrub begins at the oldest.
    refused(copy, SIZES[1] - 1)


def test_an_older_checkpoint_is_found_by_the_audit(copy: Copy) -> None:
    copy.change(tamper.of_checkpoint("note"), SIZES[0])
    assert named_by_audit(copy, signatures=False) == SIZES[0] - 1


def test_damage_goes_when_all_is_whole_again(copy: Copy) -> None:
    index = copy.target()
    with tampering(copy.url) as tables:
        content = tables.get("content", "contents", "idx = :idx", idx=index)
    copy.change(IN_A_RECORD["a content"], index)
    refused(copy, index)
    with closing(copy.open()) as node:
        assert named_by(node.scrubber.mend) == index
        assert named_by(node.sealer.seal) == index
        with tampering(copy.url) as tables:
            tables.run("UPDATE contents SET content = :c WHERE idx = :idx", c=content, idx=index)
        assert named_by(node.sealer.seal) == index
        size = node.database.log.tail().size
        assert node.scrubber.mend() == size
        assert node.database.tree.damage() is None
        head = node.sealer.seal()
        assert head is not None
        assert head.size == size
    assert copy.audit(signatures=True).difference is None
