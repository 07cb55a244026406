"""What a mirror keeps of what records say: only what hashes, nothing private, nothing erased."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from nodes import BASE, World, event, made_up_policy, make_world
from starlette.testclient import TestClient

from suyuan.adapters.mirror_attachments import MirrorAttachments
from suyuan.adapters.mirror_contents import MirrorContents
from suyuan.adapters.mirror_files import MirrorFiles
from suyuan.adapters.remote import PublishedLog
from suyuan.core.errors import Unavailable
from suyuan.core.policy import parse_policy
from suyuan.flow.accounts import Caller
from suyuan.flow.capture import Incoming
from suyuan.flow.mirror import Mirror
from suyuan.flow.mirror_contents import Contents
from suyuan.ports.said import SaidOpenly
from suyuan.web.mirror import Look, create_mirror, look_once

COOP = Caller(f"{BASE}org/coop", "recorder", "990101", "test")
ADMIN = Caller(f"{BASE}org/admin", "administrator", "990101", "test")


class Client(PublishedLog):
    """The log's own client, over an application in this process."""

    def __init__(self, client: TestClient) -> None:
        super().__init__("http://log")
        self._client = client
        self.silent = False
        self.bend: dict[int, SaidOpenly] = {}
        """What the log tells in place of the truth."""
        self.bent: dict[bytes, bytes] = {}
        self.down: set[bytes] = set()

    def _get(self, path: str) -> bytes:
        answer = self._client.get(f"/{path}")
        if self.silent or answer.status_code != 200:
            raise Unavailable("gone")
        return answer.content

    def attachment(self, digest: bytes) -> bytes | None:
        if self.silent or digest in self.down:
            raise Unavailable("gone")
        if digest in self.bent:
            return self.bent[digest]
        answer = self._client.get(f"/attachments/{digest.hex()}")
        return answer.content if answer.status_code == 200 else None

    def told(self, start: int, stop: int) -> list[SaidOpenly]:
        return [self.bend.get(one.index, one) for one in super().told(start, stop)]


class Mirrored:
    """A mirror with contents, of a node in this process."""

    def __init__(self, world: World, folder: Path) -> None:
        self.world, self.folder = world, folder
        self.source = Client(world.client)
        self.files, self.contents = MirrorFiles(folder), MirrorContents(folder)
        self.attached = MirrorAttachments(folder)
        self.policy = made_up_policy(world.node)
        clock = world.node.clock
        checked = parse_policy(self.policy)
        self.mirror = Mirror(self.source, self.files, checked, None, clock)
        self.said = Contents(self.source, self.files, self.contents, self.attached)
        self.look = Look()

    def step(self) -> bool:
        return look_once(self.mirror.step, self.look, lambda: "now", self.said.step)

    def record(self, *lots: str, private: tuple[str, ...] = (), **more: object) -> list[int]:
        made = [
            event(
                quantityList=[{"epcClass": f"https://id.gs1.org/01/09521234000068/10/{lot}"}],
                **more,
            )
            for lot in lots
        ]
        indices = self.world.node.capture.events(
            COOP, [Incoming(one, private=private) for one in made]
        )
        self.world.node.sealer.seal()
        return list(indices)

    def content(self, index: int) -> SaidOpenly:
        (one,) = self.contents.read(index, index + 1)
        return one


@pytest.fixture
def mirrored(tmp_path: Path) -> Iterator[Mirrored]:
    world = make_world(tmp_path / "node")
    yield Mirrored(world, tmp_path / "mirror")
    world.node.close()


def test_what_is_said_openly_is_kept_and_served(mirrored: Mirrored) -> None:
    indices = mirrored.record("L-1", "L-2")
    assert mirrored.step()
    size = mirrored.world.node.database.log.tail().size
    assert mirrored.contents.size() == size
    assert mirrored.look.said is not None
    assert len(mirrored.look.said.wrong) == 0
    log = mirrored.world.node.database.log
    for index, stored in log.records(range(size)).items():
        one = mirrored.content(index)
        assert one.link == stored.link
        if index in indices:
            assert one.content == stored.content
    serving = TestClient(
        create_mirror(mirrored.files, mirrored.policy, "o", mirrored.look, mirrored.contents)
    )
    state = serving.get("/readyz").json()
    assert state["contents"] == mirrored.contents.count() > 0
    # A mirror of the mirror holds the same.
    again = Mirrored(mirrored.world, mirrored.folder.parent / "second")
    again.source._client = serving
    assert again.step()
    assert list(again.contents.read(0, size)) == list(mirrored.contents.read(0, size))
    bare = TestClient(create_mirror(mirrored.files, mirrored.policy, "o", mirrored.look))
    assert bare.get("/records").status_code == 404
    assert len(serving.get("/heads").text.splitlines()) == len(mirrored.files.sizes())


def test_only_what_is_new_is_asked_for(mirrored: Mirrored) -> None:
    mirrored.record(*(f"A-{n}" for n in range(300)))
    mirrored.step()
    asked: list[tuple[int, int]] = []
    told = mirrored.source.told

    def listening(start: int, stop: int) -> list[SaidOpenly]:
        asked.append((start, stop))
        return told(start, stop)

    mirrored.source.told = listening  # type: ignore[method-assign]
    mirrored.step()
    assert asked == []
    mirrored.record("B-1")
    mirrored.step()
    assert [start for start, _ in asked] == [256]


def test_what_is_private_stays_out(mirrored: Mirrored) -> None:
    (index,) = mirrored.record("P-1", private=("/suyuan:price",), **{"suyuan:price": "12.50 CNY"})
    mirrored.step()
    stored = mirrored.world.node.database.log.records([index])[index]
    assert len(stored.disclosures) == 1
    assert mirrored.content(index).disclosures == ()
    kept = b"".join(p.read_bytes() for p in mirrored.folder.rglob("*") if p.is_file())
    assert b"12.50" not in kept
    assert stored.disclosures[0].encode() not in kept


def test_what_does_not_hash_is_not_kept_and_asked_for_again(mirrored: Mirrored) -> None:
    one, two = mirrored.record("L-1", "L-2")
    right = mirrored.world.node.database.log.records([one, two])
    lie = SaidOpenly(one, right[two].link, right[two].content)
    mirrored.source.bend = {one: lie}
    mirrored.step()
    assert mirrored.look.said is not None
    assert mirrored.look.said.wrong == (one,)
    assert (mirrored.content(one).content, mirrored.content(one).link) == (None, None)
    assert mirrored.content(two).content == right[two].content
    assert mirrored.look.trouble is None
    mirrored.source.bend = {}
    mirrored.step()
    assert len(mirrored.look.said.wrong) == 0
    assert mirrored.content(one).content == right[one].content
    assert list(mirrored.contents.again()) == []


def test_what_does_not_hash_is_asked_for_again_also_after_a_death(
    mirrored: Mirrored, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed as soon as the block is kept: that it is to be asked for again was noted before."""
    one, two = mirrored.record("L-1", "L-2")
    right = mirrored.world.node.database.log.records([one, two])
    mirrored.source.bend = {one: SaidOpenly(one, right[two].link, right[two].content)}
    put = MirrorContents.put

    def dying(self: MirrorContents, block: int, said: Sequence[SaidOpenly]) -> None:
        put(self, block, said)
        raise KeyboardInterrupt

    mirrored.mirror.step()
    with monkeypatch.context() as patched:
        patched.setattr(MirrorContents, "put", dying)
        with pytest.raises(KeyboardInterrupt):
            mirrored.said.step()
    mirrored.source.bend = {}
    mirrored.said.step()
    assert mirrored.content(one).content == right[one].content


def test_a_disclosure_that_is_not_the_events_is_left_out(mirrored: Mirrored) -> None:
    (index,) = mirrored.record("L-1")
    mirrored.step()
    honest = mirrored.content(index)
    mirrored.source.bend = {index: replace(honest, disclosures=("WyJhIl0",))}
    mirrored.contents.set_again([index // 256])
    mirrored.step()
    assert mirrored.content(index) == honest


def test_what_was_erased_is_forgotten(mirrored: Mirrored) -> None:
    gone, stays = mirrored.record("L-1", "L-2")
    mirrored.step()
    content = mirrored.content(gone).content
    assert content is not None
    mirrored.world.node.capture.erase(ADMIN, gone, "asked for")
    mirrored.world.node.sealer.seal()
    mirrored.source.silent = True
    assert not mirrored.step()
    assert mirrored.content(gone).content == content
    mirrored.source.silent = False
    assert mirrored.step()
    assert mirrored.look.said is not None
    assert mirrored.look.said.dropped == (gone,)
    assert mirrored.content(gone).content is None
    assert mirrored.content(stays).content is not None
    salt = content[-40:]
    assert all(salt not in p.read_bytes() for p in mirrored.folder.rglob("*") if p.is_file())


def test_an_erasure_that_the_log_does_not_follow_is_no_reason(mirrored: Mirrored) -> None:
    (index,) = mirrored.record("L-1")
    mirrored.step()
    honest = mirrored.content(index)
    mirrored.world.node.capture.erase(ADMIN, index, "asked for")
    mirrored.world.node.sealer.seal()
    mirrored.source.bend = {index: honest}
    mirrored.step()
    assert mirrored.content(index) == honest


def test_a_log_that_falls_silent_loses_nothing(mirrored: Mirrored) -> None:
    mirrored.record(*(f"A-{n}" for n in range(600)))
    told, left = mirrored.source.told, 1

    def silent(start: int, stop: int) -> list[SaidOpenly]:
        nonlocal left
        if left == 0:
            raise Unavailable("gone")
        left -= 1
        return told(start, stop)

    mirrored.source.told = silent  # type: ignore[method-assign]
    assert not mirrored.step()
    assert mirrored.contents.size() == 256
    left = 1 << 30
    assert mirrored.step()
    assert mirrored.contents.size() == mirrored.world.node.database.log.tail().size


PHOTO = b"a photo of a lorry"


def photo(mirrored: Mirrored, body: bytes = PHOTO) -> tuple[bytes, dict[str, Any]]:
    """Sent to the log, and to be named by an event."""
    answer = mirrored.world.client.post(
        "/attachments",
        content=body,
        headers=mirrored.world.head("coop", **{"Content-Type": "image/jpeg"}),
    )
    member = answer.json()
    return hashlib.sha256(body).digest(), {"suyuan:attachments": [member]}


def test_the_photos_of_what_is_said_openly_are_kept_and_served(mirrored: Mirrored) -> None:
    digest, naming = photo(mirrored)
    mirrored.record("L-1", "L-2", **naming)
    assert mirrored.step()
    assert mirrored.attached.get(digest) == PHOTO
    assert mirrored.look.said is not None
    assert (mirrored.look.said.attached, mirrored.look.said.wrong) == (1, ())
    held = (mirrored.files, mirrored.policy, "o", mirrored.look, mirrored.contents)
    serving = TestClient(create_mirror(*held, mirrored.attached))
    answer = serving.get(f"/attachments/{digest.hex()}")
    assert (answer.status_code, answer.content) == (200, PHOTO)
    assert answer.headers["Content-Disposition"] == "attachment"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert serving.get("/readyz").json()["attachments"] == 1
    for wrong in ("00" * 32, "..%2fhead", "x", digest.hex()[:-1]):
        assert serving.get(f"/attachments/{wrong}").status_code == 404
    again = Mirrored(mirrored.world, mirrored.folder.parent / "second")
    again.source._client = serving
    assert again.step()
    assert again.attached.get(digest) == PHOTO
    assert TestClient(create_mirror(*held)).get(f"/attachments/{digest.hex()}").status_code == 404


def test_a_photo_that_is_not_everybodys_stays_out(mirrored: Mirrored) -> None:
    """Of an event that the public does not see, and one that no event names."""
    hidden, naming = photo(mirrored)
    unnamed, _ = photo(mirrored, b"sent, and named by nobody")
    mirrored.record("L-1", private=("/suyuan:attachments",), **naming)
    assert mirrored.step()
    assert mirrored.attached.count() == 0
    kept = b"".join(p.read_bytes() for p in mirrored.folder.rglob("*") if p.is_file())
    assert PHOTO not in kept
    client = mirrored.world.client
    assert client.get(f"/attachments/{hidden.hex()}").status_code == 404
    assert client.get(f"/attachments/{unnamed.hex()}").status_code == 404


def test_a_photo_that_does_not_hash_is_asked_for_again(mirrored: Mirrored) -> None:
    digest, naming = photo(mirrored)
    (index,) = mirrored.record("L-1", **naming)
    mirrored.source.bent = {digest: b"another one"}
    assert mirrored.step()
    assert mirrored.look.said is not None
    assert mirrored.look.said.wrong == (index,)
    assert mirrored.attached.count() == 0
    assert mirrored.content(index).content is not None
    mirrored.source.bent = {}
    assert mirrored.step()
    assert mirrored.attached.get(digest) == PHOTO
    assert list(mirrored.contents.again()) == []


def test_a_photo_that_does_not_come_is_waited_for(mirrored: Mirrored) -> None:
    digest, naming = photo(mirrored)
    mirrored.record("L-1", **naming)
    mirrored.source.down = {digest}
    assert not mirrored.step()
    mirrored.source.down = set()
    assert mirrored.step()
    assert mirrored.attached.get(digest) == PHOTO


def test_a_photo_goes_with_the_last_record_that_carries_it(mirrored: Mirrored) -> None:
    digest, naming = photo(mirrored)
    one, two = mirrored.record("L-1", "L-2", **naming)
    mirrored.step()
    for index, left in ((one, PHOTO), (two, None)):
        mirrored.world.node.capture.erase(ADMIN, index, "asked for")
        mirrored.world.node.sealer.seal()
        assert mirrored.step()
        assert mirrored.attached.get(digest) == left
    kept = b"".join(p.read_bytes() for p in mirrored.folder.rglob("*") if p.is_file())
    assert PHOTO not in kept


def test_a_mirror_of_before_attachments_asks_for_those_of_all_it_has(mirrored: Mirrored) -> None:
    digest, naming = photo(mirrored)
    mirrored.record("L-1", **naming)
    mirrored.record(*(f"A-{n}" for n in range(300)))
    mirrored.step()
    shutil.rmtree(mirrored.folder / "contents" / "attachments")
    mirrored.record("B-1")
    assert mirrored.step()
    assert mirrored.attached.get(digest) == PHOTO
    assert list(mirrored.contents.again()) == []
