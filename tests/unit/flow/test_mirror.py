"""A mirror against logs that grow, shrink, fork, rewrite and fall silent."""

from __future__ import annotations

from pathlib import Path

import pytest
from growing import LOG, ORIGIN, Tree
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from suyuan.adapters.mirror_files import MirrorFiles
from suyuan.core.errors import Damaged, Unavailable
from suyuan.core.note import NoteSigner
from suyuan.core.policy import Policy
from suyuan.core.tiles import decode_entries, entries_path, tile_path
from suyuan.flow.mirror import Mirror
from suyuan.web.mirror import Look, create_mirror, look_once

NOW = "2026-09-17T00:00:00.000Z"
LONG = Tree(*map(str, range(70_000)))
FORK = Tree(*map(str, range(300)), *(f"other {n}" for n in range(300, 1000)))
CHAIN = (31337, "0x" + "5" * 64)
POLICY = Policy(
    origin=ORIGIN,
    log_keys=(LOG.verifier,),
    admin_kid="A" * 43,
    chain_id=CHAIN[0],
    genesis=CHAIN[1],
    contract="0x" + "2" * 40,
    log_id="0x" + "1" * 64,
)


class Clock:
    def now(self) -> str:
        return NOW


class Log:
    """What a service publishes; ``silent_after`` bundles it falls silent."""

    def __init__(self, tree: Tree, size: int, signer: NoteSigner = LOG) -> None:
        self.tree, self.size, self.signer = tree, size, signer
        self.silent_after = 1 << 30
        self.asked = 0

    def checkpoint(self) -> str:
        return self.tree.note(self.size, self.signer)

    def entries(self, number: int, width: int) -> list[bytes]:
        self.asked += 1
        if self.asked > self.silent_after:
            raise Unavailable("gone")
        return self.tree.entries[number * 256 : number * 256 + width]


class Contract:
    def __init__(self, tree: Tree, *sizes: int, identity: tuple[int, str] = CHAIN) -> None:
        self.tree, self.sizes, self._identity = tree, sizes, identity

    def identity(self) -> tuple[int, str]:
        return self._identity

    def head_size(self) -> int:
        return max(self.sizes, default=0)

    def root_at(self, size: int) -> bytes | None:
        return self.tree.root(size) if size in self.sizes else None


def mirror(folder: Path, log: Log, chain: Contract | None = None) -> Mirror:
    return Mirror(log, MirrorFiles(folder), POLICY, chain, Clock())


def kept(folder: Path) -> int:
    head = MirrorFiles(folder).head()
    return head.size if head else 0


def test_it_follows_a_log_over_restarts(tmp_path: Path) -> None:
    log = Log(LONG, 0)
    one = mirror(tmp_path, log)
    for size in (0, 1, 255, 256, 257, 300, 300, 65_535, 65_536, 65_540, 66_000):
        log.size = size
        before = kept(tmp_path)
        again = mirror(tmp_path, log) if size % 2 else one
        assert again.step().new == size - before
        assert kept(tmp_path) == size
        for at in {0, 1, 256, 300, 65_536} & set(again.store.sizes()):
            assert again.root(at) == LONG.root(at)
    assert MirrorFiles(tmp_path).entries(250, 66_000) == LONG.entries[250:66_000]
    assert log.asked < 400 + 20, "only what is new is fetched"


def lie(folder: Path, log: Log, match: str, chain: Contract | None = None) -> None:
    """The lie is found, kept with its proof, and the mirror takes nothing more."""
    before = kept(folder)
    with pytest.raises(Damaged, match=match):
        mirror(folder, log, chain).step()
    alarm = MirrorFiles(folder).alarm()
    assert alarm is not None
    assert alarm.note == log.checkpoint()
    assert kept(folder) == before or chain is not None
    with pytest.raises(Damaged, match="found at"):
        mirror(folder, Log(LONG, 900)).step()
    (folder / "alarm").unlink()


def test_two_histories_are_found_and_the_proof_is_kept(tmp_path: Path) -> None:
    mirror(tmp_path, Log(LONG, 400)).step()
    for size in (350, 400, 600, 1000):
        lie(tmp_path, Log(FORK, size), "not of the history")
    lie(tmp_path, Log(LONG, 500, NoteSigner(ORIGIN, bytes(32))), "cannot be read")
    # After the operator looked, the honest log is followed as if nothing had been.
    assert mirror(tmp_path, Log(LONG, 1000)).step().new == 600
    assert mirror(tmp_path, Log(LONG, 1000)).root(1000) == LONG.root(1000)


def test_an_older_head_is_no_lie_by_itself(tmp_path: Path) -> None:
    mirror(tmp_path, Log(LONG, 400)).step()
    with pytest.raises(Unavailable, match="400 before"):
        mirror(tmp_path, Log(LONG, 399)).step()
    assert MirrorFiles(tmp_path).alarm() is None


def test_a_log_that_falls_silent_loses_nothing(tmp_path: Path) -> None:
    log = Log(LONG, 300)
    one = mirror(tmp_path, log)
    one.step()
    log.size, log.silent_after = 40_000, log.asked + 100
    with pytest.raises(Unavailable):
        one.step()
    assert kept(tmp_path) == 300
    log.silent_after = 1 << 30
    assert one.step().size == 40_000
    assert one.root(40_000) == LONG.root(40_000)


def test_the_contract_is_asked(tmp_path: Path) -> None:
    log = Log(LONG, 400)
    assert mirror(tmp_path, log).step().chain == "not asked"
    assert mirror(tmp_path, log, Contract(LONG)).step().chain == "agrees"
    found = mirror(tmp_path, log, Contract(LONG, 200, 400)).step()
    assert (found.chain, found.chain_size) == ("agrees", 400)
    lie(tmp_path, log, "taken away", Contract(LONG, 401))
    lie(tmp_path, log, "another root at 400", Contract(FORK, 400))
    lie(tmp_path, log, "not the chain", Contract(LONG, 400, identity=(1, "0x00")))

    class Silent(Contract):
        def head_size(self) -> int:
            raise Unavailable("gone")

    assert mirror(tmp_path, log, Silent(LONG)).step().chain == "not reached"


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_way_to_grow_gives_the_same(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Crashes included: what lies beyond the newest head was never there."""
    folder = tmp_path_factory.mktemp("mirror")
    sizes = sorted(data.draw(st.lists(st.integers(0, 1500), min_size=1, max_size=6)))
    for size in sizes:
        log = Log(LONG, size)
        if data.draw(st.booleans()):
            store = MirrorFiles(folder)
            store.publish = lambda _: (_ for _ in ()).throw(OSError(5, "killed"))  # type: ignore[method-assign,assignment]
            crashing = Mirror(log, store, POLICY, None, Clock())
            if size > kept(folder) or not kept(folder):
                with pytest.raises(OSError, match="killed"):
                    crashing.step()
        mirror(folder, log).step()
    store = MirrorFiles(folder)
    assert store.entries(0, sizes[-1]) == LONG.entries[: sizes[-1]]
    one = mirror(folder, Log(LONG, sizes[-1]))
    assert {one.root(size) == LONG.root(size) for size in store.sizes()} == {True}


def test_it_serves_what_it_verified(tmp_path: Path) -> None:
    log, look = Log(LONG, 66_000), Look()
    one = mirror(tmp_path, log)
    assert look_once(one.step, look, Clock().now)
    client = TestClient(create_mirror(one.store, b'{"v":1}', ORIGIN, look))
    assert client.get("/log/checkpoint").text == LONG.note(66_000)
    assert client.get("/log/checkpoint/66000").text == LONG.note(66_000)
    assert client.get("/log/checkpoint/5").status_code == 404
    assert client.get("/log/policy.json").json() == {"v": 1}
    body = client.get("/log/" + entries_path(257, 208)).content
    assert decode_entries(body) == LONG.entries[257 * 256 : 66_000]
    for level, number, width in ((0, 3, 256), (0, 257, 208), (1, 0, 256), (1, 1, 1), (2, 0, 1)):
        hashes = client.get("/log/" + tile_path(level, number, width)).content
        size = 256**level
        first = number * 256 * size
        assert hashes[:32] == Tree.root_of(LONG.leaves[first : first + size])
        assert len(hashes) == 32 * width
    assert client.get("/log/" + tile_path(0, 257, 209)).status_code == 404
    assert client.get("/log/tile/0/x").status_code == 404
    assert client.post("/log/checkpoint").status_code == 405
    assert client.get("/readyz").json()["records"] == 66_000
    log.tree = FORK
    log.size = 1000
    assert not look_once(one.step, look, Clock().now)
    assert client.get("/readyz").status_code == 503
    assert "not of the history" in client.get("/").text
    assert client.get("/log/checkpoint").text == LONG.note(66_000)
