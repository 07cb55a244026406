"""Each kind of damage put right from a backup, a mirror, or what is beside it; and nothing else."""

from __future__ import annotations

import hashlib
import os
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path

import pytest
import uvicorn
from fire import tamper
from fire.tamper import Tampering, of_record, of_tile
from fire.test_damage import CALLER, IN_A_RECORD, IN_THE_INDEX, ON_POSTGRESQL, SIZES, Copy, fill
from nodes import BASE, event, made_up_policy, settings
from sqlalchemy import create_engine, make_url, text
from typer.testing import CliRunner

from suyuan.adapters.mirror_attachments import MirrorAttachments
from suyuan.adapters.mirror_contents import MirrorContents
from suyuan.adapters.mirror_files import MirrorFiles
from suyuan.adapters.spare import open_spare
from suyuan.backup import write_backup
from suyuan.bootstrap import Node, create_node
from suyuan.cli.admin import administrator
from suyuan.cli.main import app
from suyuan.core import jcs
from suyuan.core.encoding import digest_text
from suyuan.core.merkle import leaf_hash
from suyuan.core.visibility import PUBLIC
from suyuan.flow.capture import Incoming
from suyuan.flow.repair import NoSpare, Repaired, Repairer
from suyuan.ports.accounts import Attachment
from suyuan.ports.mirror import Kept
from suyuan.ports.repair import Spare
from suyuan.ports.said import SaidOpenly
from suyuan.web.mirror import Look, create_mirror

PHOTO = b"a photo of a lorry" * 1000
NOW = "2026-09-20T00:00:00.000Z"


def with_photo(node: Node) -> int:
    """One more record, which carries a photo."""
    digest = hashlib.sha256(PHOTO).digest()
    node.database.attachments.put(
        Attachment(digest, "image/jpeg", "lorry.jpg", CALLER.organisation, PHOTO, node.clock.now())
    )
    carried = {
        "digest": digest_text(digest),
        "mediaType": "image/jpeg",
        "size": len(PHOTO),
        "name": "lorry.jpg",
    }
    (index,) = node.capture.events(
        CALLER,
        [Incoming(event(epcList=[f"{BASE}crate/photo"], quantityList=None, action="OBSERVE",
                        **{"suyuan:attachments": [carried]}))],
    )  # fmt: skip
    node.sealer.seal()
    return index


def mirrored(node: Node, folder: Path) -> None:
    """What a mirror would have kept of the log."""
    files, tree = MirrorFiles(folder), node.database.tree
    for head in tree.heads():
        before = files.head()
        start = before.size if before else 0
        entries = tree.entries(start, head.size)
        files.extend(start, entries, [leaf_hash(entry) for entry in entries])
        files.publish(Kept(head.size, head.root, head.note, NOW))


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log with its backup and its mirror beside it."""
    folder = tmp_path_factory.mktemp("whole") / "node"
    with closing(create_node(settings(folder))) as node:
        fill(node, folder.parent / "party")
        with_photo(node)
        (folder / "policy.json").write_bytes(made_up_policy(node))
        mirrored(node, folder.parent / "mirror")
        write_backup(folder.parent / "log.suyuan-backup", node.settings, NOW)
    return folder


@pytest.fixture
def copy(original: Path, tmp_path: Path) -> Copy:
    folder = tmp_path / "node"
    shutil.copytree(original, folder)
    return Copy(folder, f"sqlite:///{folder / 'suyuan.db'}")


@pytest.fixture
def backup(original: Path) -> Spare:
    return open_spare(original.parent / "log.suyuan-backup", "node.example/log")


@pytest.fixture
def mirror(original: Path) -> Spare:
    return open_spare(original.parent / "mirror", "node.example/log")


@pytest.fixture(scope="module")
def telling(original: Path) -> Path:
    """The same mirror, with what the log tells everybody."""
    folder = original.parent / "telling"
    shutil.copytree(original.parent / "mirror", folder)
    with closing(Copy(original, f"sqlite:///{original / 'suyuan.db'}").open()) as node:
        views = list(node.prover.stream(PUBLIC, 0, None))
    said = [
        SaidOpenly(
            view.index,
            jcs.dumps(view.link),
            None if view.content is None else jcs.dumps(view.content),
            view.disclosures,
        )
        for view in views
    ]
    for block in range(-(-len(said) // 256)):
        MirrorContents(folder).put(block, said[block * 256 : (block + 1) * 256])
    digest = hashlib.sha256(PHOTO).digest()
    MirrorAttachments(folder).put(digest, PHOTO)
    MirrorAttachments(folder).name(digest, SIZES[-1])
    return folder


@pytest.fixture(params=["folder", "address"])
def told(telling: Path, original: Path, request: pytest.FixtureRequest) -> Iterator[Spare]:
    """A mirror with contents, by its folder and over HTTP."""
    if request.param == "folder":
        yield open_spare(telling, "node.example/log")
        return
    made = create_mirror(
        MirrorFiles(telling),
        b"{}",
        "o",
        Look(),
        MirrorContents(telling),
        MirrorAttachments(telling),
    )
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(made, log_level="error"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        yield open_spare(f"http://127.0.0.1:{listening.getsockname()[1]}", "node.example/log")
        server.should_exit = True
        thread.join(20)


def repaired(copy: Copy, spare: Spare | None, first: int = 0) -> Repaired:
    with closing(copy.open()) as node:
        size = max(SIZES[-1] + 1, node.database.log.tail().size)
        return Repairer(node.scrubber, node.database.repair).run(first, size, spare)


def is_whole(copy: Copy) -> None:
    """By the audit, the prover, the scrub and the sealer; and nothing stands on record."""
    assert copy.audit(signatures=True).difference is None
    with closing(copy.open()) as node:
        assert node.database.tree.damage() is None
        assert node.scrubber.mend() == node.database.log.tail().size
        assert node.prover.record(PUBLIC, copy.target()).content is not None
        node.capture.events(CALLER, [Incoming(event(eventID=f"{BASE}e/after", epcList=[f"{BASE}c/1"],
                                                    quantityList=None))])  # fmt: skip
        assert node.sealer.seal() is not None


def rows(url: str) -> dict[str, list[str]]:
    """All that repair may write."""
    engine = create_engine(url)
    with engine.connect() as connection:
        found = {
            name: sorted(map(repr, connection.execute(text(f"SELECT * FROM {name}")).all()))
            for name in ("records", "contents", "edges", "touches", "events", "tiles", "checkpoints",
                         "attachments", "attachment_records", "erasures", "known", "destinations",
                         "deeds", "deed_things")
        }  # fmt: skip
    engine.dispose()
    return found


@pytest.mark.parametrize("name", [*IN_A_RECORD, *IN_THE_INDEX])
def test_from_a_backup(copy: Copy, backup: Spare, name: str) -> None:
    before, index = rows(copy.url), copy.target()
    copy.change({**IN_A_RECORD, **IN_THE_INDEX}[name], index)
    assert rows(copy.url) != before
    done = repaired(copy, backup)
    assert index in {problem.index for problem in done.found}
    assert done.left == ()
    assert rows(copy.url) == before
    is_whole(copy)


def on_postgres_copy(url: str) -> Iterator[str]:
    parsed = make_url(url)
    name = f"{parsed.database}_copy"
    server = create_engine(parsed.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {parsed.database}"))
    yield parsed.set(database=name).render_as_string(hide_password=False)
    with server.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    server.dispose()


@pytest.fixture(scope="module")
def original_on_postgres(
    tmp_path_factory: pytest.TempPathFactory, new_postgres_database: Callable[[], str]
) -> tuple[Path, str]:
    folder, url = tmp_path_factory.mktemp("whole") / "node", new_postgres_database()
    with closing(create_node(settings(folder, database_url=url))) as node:
        fill(node, folder.parent / "party")
        with_photo(node)
        (folder / "policy.json").write_bytes(made_up_policy(node))
        write_backup(folder.parent / "log.suyuan-backup", node.settings, NOW)
    return folder, url


@pytest.mark.postgres
@pytest.mark.parametrize("name", [*ON_POSTGRESQL, "a tile", "a photo", "a checkpoint"])
def test_from_a_backup_on_postgresql(original_on_postgres: tuple[Path, str], name: str) -> None:
    folder, url = original_on_postgres
    spare = open_spare(folder.parent / "log.suyuan-backup", "node.example/log")
    copied = on_postgres_copy(url)
    copy = Copy(folder, next(copied))
    before, index = rows(copy.url), copy.target()
    change = {**IN_A_RECORD, "a tile": of_tile(40), "a photo": photo, "a checkpoint": checkpoint}[
        name
    ]
    copy.change(change, index)
    assert rows(copy.url) != before
    done = repaired(copy, spare)
    assert done.found
    assert done.left == ()
    assert rows(copy.url) == before
    is_whole(copy)
    with suppress(StopIteration):
        next(copied)


def photo(t: Tampering, _: int) -> None:
    t.flip("body", "attachments", "1 = 1", 100)


def no_photo(t: Tampering, _: int) -> None:
    t.run("DELETE FROM attachments")


def checkpoint(t: Tampering, _: int) -> None:
    tamper.of_checkpoint("note")(t, SIZES[1])
    tamper.of_checkpoint("root")(t, SIZES[2])


@pytest.mark.parametrize("change", [photo, no_photo])
def test_an_attachment(copy: Copy, backup: Spare, change: tamper.Change) -> None:
    before = rows(copy.url)
    copy.change(change, 0)
    done = repaired(copy, NoSpare())
    assert [(p.index, p.params["what"]) for p in done.left] == [(SIZES[-1], "attachment")]
    done = repaired(copy, backup)
    assert [(p.index, p.params["what"]) for p in done.found] == [(SIZES[-1], "attachment")]
    assert done.left == ()
    assert rows(copy.url) == before


@pytest.mark.parametrize("change", [photo, no_photo])
def test_an_attachment_from_a_mirror(copy: Copy, told: Spare, change: tamper.Change) -> None:
    """The bytes are the mirror's; whose they are and what they are called, the record says."""
    with closing(copy.open()) as node:
        digest = hashlib.sha256(PHOTO).digest()
        before = node.database.attachments.get(digest)
        time = node.database.log.records([SIZES[-1]])[SIZES[-1]].record_time
    copy.change(change, 0)
    done = repaired(copy, told)
    assert [(p.index, p.params["what"]) for p in done.found] == [(SIZES[-1], "attachment")]
    assert done.left == ()
    with closing(copy.open()) as node:
        after = node.database.attachments.get(digest)
    assert before is not None
    assert after is not None
    if change is no_photo:
        before = replace(before, created_at=time)
    assert after == before
    is_whole(copy)


def test_a_mirror_without_the_attachment(copy: Copy, mirror: Spare, telling: Path) -> None:
    """One that keeps no contents has none; one whose bytes are others, none that is written."""
    copy.change(no_photo, 0)
    other = telling.parent / "wrong"
    shutil.copytree(telling, other)
    MirrorAttachments(other).put(hashlib.sha256(PHOTO).digest(), b"another photo")
    for spare in (mirror, open_spare(other, "node.example/log")):
        done = repaired(copy, spare)
        assert [(p.index, p.params["what"]) for p in done.left] == [(SIZES[-1], "attachment")]
        with closing(copy.open()) as node:
            assert node.database.attachments.get(hashlib.sha256(PHOTO).digest()) is None


BESIDE: dict[str, tamper.Change] = {
    "a tile": of_tile(40),
    "a tile's root": of_tile(510 * 32),
    "no tile": tamper.no_tile,
    "a checkpoint's root": lambda t, _: tamper.of_checkpoint("root")(t, SIZES[1]),
    **{name: IN_A_RECORD[name] for name in (
        "a leaf hash", "a content digest", "the kid beside it", "the time beside it",
        "the kind beside it",
    )},
    **IN_THE_INDEX,
}  # fmt: skip


@pytest.mark.parametrize("name", BESIDE)
def test_what_the_rest_of_the_log_tells(copy: Copy, name: str) -> None:
    """No backup is needed: it follows from the entries, which the checkpoints prove."""
    before = rows(copy.url)
    copy.change(BESIDE[name], copy.target())
    assert repaired(copy, NoSpare()).left == ()
    assert rows(copy.url) == before
    is_whole(copy)


def test_a_checkpoint_comes_back_from_a_spare_or_not_at_all(
    copy: Copy, backup: Spare, mirror: Spare
) -> None:
    before = rows(copy.url)
    for spare in (backup, mirror):
        copy.change(checkpoint, 0)
        assert [p.params["what"] for p in repaired(copy, NoSpare()).left] == ["checkpoint"]
        assert repaired(copy, spare).left == ()
        assert rows(copy.url) == before


@pytest.mark.parametrize(
    "name", ["an entry's digest", "an entry's time", "an entry's signature", "an entry's frame"]
)
def test_an_entry_from_a_mirror(copy: Copy, mirror: Spare, name: str) -> None:
    before = rows(copy.url)
    copy.change(IN_A_RECORD[name], copy.target())
    assert repaired(copy, mirror).left == ()
    assert rows(copy.url) == before
    is_whole(copy)


def test_a_mirror_has_no_contents(copy: Copy, mirror: Spare) -> None:
    index = copy.target()
    copy.change(IN_A_RECORD["a content"], index)
    done = repaired(copy, mirror)
    assert [(p.index, p.params["what"]) for p in done.left] == [(index, "content")]
    with closing(copy.open()) as node:
        damage = node.database.tree.damage()
        assert damage is not None
        assert (damage.index, damage.what) == (index, "content")


@pytest.mark.parametrize(
    "name", ["a content", "a link's salt", "an entry's signature", "a record replaced whole"]
)
def test_a_mirror_that_holds_contents(copy: Copy, told: Spare, name: str) -> None:
    """With the private fields that still lie here, a content is the whole of it."""
    before, index = rows(copy.url), copy.target()
    copy.change(IN_A_RECORD[name], index)
    assert rows(copy.url) != before
    done = repaired(copy, told)
    assert done.left == ()
    assert rows(copy.url) == before
    is_whole(copy)


def test_what_was_never_private_comes_back_whole(copy: Copy, told: Spare, telling: Path) -> None:
    before, (one, two, *_) = rows(copy.url), never_private(telling)
    copy.change(tamper.no_content, one)
    copy.change(tamper.no_record, two)
    copy.change(checkpoint, 0)
    assert repaired(copy, told).left == ()
    assert rows(copy.url) == before


def never_private(folder: Path) -> list[int]:
    """Events that everybody is told the whole of."""
    said = MirrorContents(folder).read(0, SIZES[-1])
    return [
        one.index
        for one in said
        if one.content and b'"event"' in one.content and b"suyuan:sd" not in one.content
    ]


@pytest.mark.parametrize("name", ["a missing content", "a disclosure"])
def test_what_was_private_does_not_come_from_a_mirror(
    copy: Copy, told: Spare, backup: Spare, name: str
) -> None:
    """Left damaged rather than whole without it; a backup has it."""
    before, index = rows(copy.url), copy.target()
    copy.change(IN_A_RECORD[name], index)
    done = repaired(copy, told)
    assert [p.index for p in done.left] == [index]
    assert repaired(copy, backup).left == ()
    assert rows(copy.url) == before


def test_a_mirror_brings_back_nothing_that_was_erased(
    copy: Copy, told: Spare, telling: Path
) -> None:
    crate = never_private(telling)[0]
    with closing(copy.open()) as node:
        node.capture.erase(administrator(node), crate, "asked for")
        node.sealer.seal()
    copy.change(IN_A_RECORD["a link's salt"], crate)
    assert repaired(copy, told).left == ()
    with closing(copy.open()) as node:
        assert node.database.log.records([crate])[crate].content is None


def test_many_at_once(copy: Copy, backup: Spare) -> None:
    before = rows(copy.url)
    for number, change in enumerate(
        [of_record("content", 100, "contents"), of_record("link", -4), of_record("entry", 100),
         of_record("leaf_hash", 9), tamper.no_record, tamper.no_content, tamper.replaced]
    ):  # fmt: skip
        copy.change(change, 100 + 10 * number)
    for number in (0, 256):
        copy.change(of_tile(40), number)
    assert repaired(copy, backup).left == ()
    assert rows(copy.url) == before
    is_whole(copy)


def test_what_does_not_hash_is_not_written(copy: Copy, tmp_path: Path, original: Path) -> None:
    """A backup of a damaged log mends nothing of what was damaged there."""
    index = copy.target()
    for name in ("a content", "a link's salt"):
        copy.change(IN_A_RECORD[name], index)
    copy.change(photo, 0)
    with closing(copy.open()) as node:
        write_backup(tmp_path / "bad.suyuan-backup", node.settings, NOW)
    before = rows(copy.url)
    done = repaired(copy, open_spare(tmp_path / "bad.suyuan-backup", "node.example/log"))
    assert [p.index for p in done.left] == [index, SIZES[-1]]
    assert rows(copy.url) == before


def test_what_was_erased_does_not_come_back(copy: Copy, backup: Spare) -> None:
    """Not even where somebody took the note of the erasure away, or its record, or both."""
    index = SIZES[1] + 3
    with closing(copy.open()) as node:
        erasure = node.capture.erase(administrator(node), index, "asked for")
        node.sealer.seal()
    before = rows(copy.url)
    copy.change(lambda t, i: t.run("DELETE FROM erasures WHERE record = :i", i=i), index)
    done = repaired(copy, backup)
    assert (done.left, done.erased) == ((), (index,))
    assert rows(copy.url) == before
    with closing(copy.open()) as node:
        assert node.database.log.records([index])[index].content is None
    # The erasure itself is newer than the backup: what it deleted cannot be known from there.
    copy.change(lambda t, i: t.run("DELETE FROM erasures WHERE record = :i", i=i), index)
    copy.change(tamper.no_content, erasure)
    done = repaired(copy, backup)
    assert {problem.index for problem in done.left} == {index, erasure}
    with closing(copy.open()) as node:
        assert node.database.log.records([index])[index].content is None


@pytest.mark.parametrize("gap", range(3))
def test_a_crash_leaves_the_old_row_or_the_right_one(
    copy: Copy, backup: Spare, gap: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = rows(copy.url)
    indices = (100, 110, 120)
    for index in indices:
        copy.change(of_record("content", 100, "contents"), index)
    with closing(copy.open()) as node:
        repairer = Repairer(node.scrubber, node.database.repair)
        put, left = node.database.repair.put_record, [gap]

        def dies(*args: object, **kwargs: bool) -> None:
            if not left[0]:
                raise KeyboardInterrupt
            left[0] -= 1
            put(*args, **kwargs)  # type: ignore[arg-type]

        monkeypatch.setattr(node.database.repair, "put_record", dies)
        with pytest.raises(KeyboardInterrupt):
            repairer.run(0, SIZES[-1], backup)
        assert node.database.tree.damage() is not None
    done = repaired(copy, backup)
    assert [problem.index for problem in done.found] == list(indices[gap:])
    assert rows(copy.url) == before


def test_by_command(copy: Copy, original: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("SUYUAN_"):
            monkeypatch.delenv(name)
    for name, value in {
        "DATA_DIR": str(copy.folder), "ORIGIN": "node.example/log", "URI_BASE": BASE, "LANG": "en",
    }.items():  # fmt: skip
        monkeypatch.setenv(f"SUYUAN_{name}", value)

    def run(*words: str, code: int = 0) -> str:
        ended = CliRunner().invoke(app, ["repair", *words])
        assert ended.exit_code == code, ended.output
        return ended.output

    assert "all is whole" in run()
    index = copy.target()
    copy.change(IN_A_RECORD["a content"], index)
    assert f"record {index}: its content is not what was committed" in run("--look", code=1)
    assert "all is whole" in run("--first", str(index + 256))
    assert "damaged still" in run(code=1)
    assert "is not there" in run("--from", "nowhere", code=2)
    assert "no mirror's folder" in run("--from", str(copy.folder), code=2)
    assert "no backup" in run("--from", str(copy.folder / "policy.json"), code=2)
    told = run("--from", str(original.parent / "log.suyuan-backup"))
    assert "all is whole" in told
    is_whole(copy)
