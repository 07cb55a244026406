"""A witness against logs that grow, shrink, fork and lie; and the log that asks it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from growing import LOG, ORIGIN, Tree
from hypothesis import given
from hypothesis import strategies as st
from memory_store import MemoryDatabase
from shared import shared
from starlette.testclient import TestClient

from suyuan.adapters.witness_files import WitnessFiles
from suyuan.core import merkle
from suyuan.core.cosignature import Cosigner, cosigned
from suyuan.core.errors import (
    Conflict,
    Damaged,
    Fatal,
    Forbidden,
    Malformed,
    NotFound,
    ProofError,
    Refused,
    Unavailable,
)
from suyuan.core.note import NoteSigner
from suyuan.core.witness import parse_request, write_request
from suyuan.flow.cosign import Cosigning, parse_witnesses
from suyuan.flow.witness import Elsewhere, Witness
from suyuan.ports.tree import SignedHead
from suyuan.ports.witness import Seen
from suyuan.web.witness import create_witness

COSIGNER = Cosigner("w.example/1", b"w" * 32)
NOW = "2026-09-17T00:00:00.000Z"


TREE = Tree(*map(str, range(40)))
FORK = Tree(*map(str, range(4)), *(f"other {n}" for n in range(4, 40)))


@pytest.fixture
def store(tmp_path: Path) -> WitnessFiles:
    return WitnessFiles(tmp_path / "witness")


@pytest.fixture
def witness(store: WitnessFiles) -> Witness:
    return Witness(COSIGNER, {ORIGIN: [LOG.verifier]}, store, lambda: 1679315147)


def test_a_log_that_grows_is_cosigned(witness: Witness, store: WitnessFiles) -> None:
    old = 0
    for size in (0, 1, 5, 5, 8, 33):
        line = witness.add(TREE.request(old, size))
        assert cosigned(TREE.note(size) + line, [COSIGNER.key]) == {COSIGNER.key: 1679315147}
        assert store.seen(ORIGIN) == Seen(size, TREE.root(size))
        old = size


def refused(witness: Witness, store: WitnessFiles, body: bytes, kind: type[Exception]) -> None:
    before = store.seen(ORIGIN)
    with pytest.raises(kind):
        witness.add(body)
    assert store.seen(ORIGIN) == before


def test_what_is_refused_changes_nothing(witness: Witness, store: WitnessFiles) -> None:
    witness.add(TREE.request(0, 8))
    stranger = NoteSigner("other.example/log", bytes(32))
    thief = NoteSigner(ORIGIN, b"t" * 32)
    refused(witness, store, TREE.request(5, 9), Elsewhere)
    refused(witness, store, TREE.request(0, 5), Elsewhere)
    refused(witness, store, write_request(8, [], FORK.note(8)), Conflict)
    refused(witness, store, write_request(8, FORK.proof(8, 9), FORK.note(9)), ProofError)
    refused(witness, store, write_request(8, [], TREE.note(9)), ProofError)
    refused(witness, store, write_request(8, [b"x" * 32], TREE.note(8)), ProofError)
    refused(witness, store, write_request(0, [], TREE.note(9, stranger)), NotFound)
    refused(witness, store, write_request(8, TREE.proof(8, 9), TREE.note(9, thief)), Forbidden)
    refused(witness, store, write_request(9, [], TREE.note(8)), Malformed)
    many = write_request(8, [b"x" * 32] * 64, TREE.note(9))
    refused(witness, store, many, Malformed)
    for body in (b"", b"old\n\n", b"\xff", b"old -1\n\n", b"old 08\n\n" + TREE.note(9).encode()):
        refused(witness, store, body, Malformed)
    refused(witness, store, TREE.request(8, 9) + b"x" * 20_000, Malformed)


def test_it_remembers_after_a_restart_and_never_after_damage(
    tmp_path: Path, witness: Witness
) -> None:
    witness.add(TREE.request(0, 8))
    again = Witness(COSIGNER, witness.logs, WitnessFiles(tmp_path / "witness"), lambda: 1679315148)
    with pytest.raises(Elsewhere) as told:
        again.add(FORK.request(0, 8))
    assert told.value.size == 8
    (file,) = (tmp_path / "witness").glob("*.json")
    file.write_bytes(file.read_bytes()[:-9])
    with pytest.raises(Damaged):
        again.add(TREE.request(0, 9))


def test_two_at_once_never_roll_back(store: WitnessFiles) -> None:
    """The race that the standard describes: whoever comes second is told the new size."""
    started = threading.Barrier(8)
    answers: list[str] = []

    def ask(size: int) -> None:
        witness = Witness(COSIGNER, {ORIGIN: [LOG.verifier]}, store, lambda: 1)
        started.wait()
        try:
            witness.add(TREE.request(0, size))
            answers.append("cosigned")
        except Elsewhere:
            answers.append("elsewhere")

    threads = [threading.Thread(target=ask, args=(size,)) for size in range(8, 16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == ["cosigned"] + ["elsewhere"] * 7
    seen = store.seen(ORIGIN)
    assert seen is not None
    assert seen.root == TREE.root(seen.size)


def test_over_http_as_the_standard_says(witness: Witness) -> None:
    client = TestClient(create_witness(witness))

    def post(body: bytes) -> tuple[int, str, str]:
        answer = client.post("/add-checkpoint", content=body)
        return answer.status_code, answer.text, answer.headers["content-type"]

    status, text, _ = post(TREE.request(0, 8))
    assert status == 200
    assert text.startswith("— w.example/1 ")
    assert post(TREE.request(0, 9)) == (409, "8\n", "text/x.tlog.size")
    assert post(write_request(8, [], FORK.note(8)))[0] == 409
    assert post(write_request(8, [], TREE.note(9)))[0] == 422
    assert post(write_request(0, [], TREE.note(9, NoteSigner("x", bytes(32)))))[0] == 404
    assert post(write_request(8, [], TREE.note(9, NoteSigner(ORIGIN, bytes(32)))))[0] == 403
    assert post(b"nonsense")[0] == 400
    assert post(b"x" * 1_000_000)[0] == 400
    assert client.get("/").text.splitlines() == [COSIGNER.key.vkey, f"{ORIGIN} 8"]


def test_the_published_request_is_read_and_written_again() -> None:
    body = (shared("vectors", "c2sp", "tlog-witness") / "add-checkpoint.request.txt").read_bytes()
    request = parse_request(body)
    assert (request.old_size, len(request.proof), request.checkpoint.size) == (
        20852014,
        4,
        20852163,
    )
    assert write_request(request.old_size, request.proof, request.note) == body


@given(st.binary(max_size=300))
def test_no_body_raises_anything_else(body: bytes) -> None:
    for head in (b"", b"old 0\n\n", b"old 3\n"):
        try:
            parse_request(head + body)
        except Refused:
            continue


class Wire:
    """Witnesses of the log's side: real ones behind an address, or one that misbehaves."""

    def __init__(self, answer: Callable[[str, bytes], tuple[int, bytes]]) -> None:
        self.answer = answer
        self.asked: list[str] = []

    def ask(self, url: str, body: bytes) -> tuple[int, bytes]:
        self.asked.append(url)
        return self.answer(url, body)


class Clock:
    def now(self) -> str:
        return NOW


def log_of(tree: Tree, size: int) -> MemoryDatabase:
    """A store whose newest head is this."""
    database = MemoryDatabase()
    head = SignedHead(size, tree.root(size), tree.note(size), NOW)
    database.state.heads.append(head)

    def nodes(wanted: list[tuple[int, int]]) -> dict[tuple[int, int], bytes]:
        return {
            (level, number): merkle.root_from_leaf_hashes(
                tree.leaves[number << level : (number + 1) << level]
            )
            for level, number in wanted
        }

    database.tree.nodes = nodes  # type: ignore[assignment,method-assign]
    return database


def cosigning(database: MemoryDatabase, wire: Wire, *more: str) -> Cosigning:
    asked = parse_witnesses([f"{COSIGNER.key.vkey} https://w.example/", *more])
    return Cosigning(database.tree, wire, asked, Clock())


def through(client: TestClient) -> Callable[[str, bytes], tuple[int, bytes]]:
    def answer(url: str, body: bytes) -> tuple[int, bytes]:
        told = client.post(url.removeprefix("https://w.example"), content=body)
        return told.status_code, told.content

    return answer


def test_the_log_asks_and_keeps_what_is_said(witness: Witness) -> None:
    client = TestClient(create_witness(witness))
    wire = Wire(through(client))
    database = log_of(TREE, 8)
    asking = cosigning(database, wire)
    assert asking.step() == 1
    (line,) = database.tree.cosignatures(8)
    assert cosigned(TREE.note(8) + line, [COSIGNER.key])
    assert asking.step() == 0
    assert len(wire.asked) == 1
    # Grown, and started anew: it asks with nothing, is told 8, and proves the way from there.
    database = log_of(TREE, 21)
    assert cosigning(database, wire).step() == 1
    assert len(database.tree.cosignatures(21)) == 1
    assert len(wire.asked) == 3


def test_an_old_database_is_an_alarm(witness: Witness) -> None:
    wire = Wire(through(TestClient(create_witness(witness))))
    assert cosigning(log_of(TREE, 21), wire).step() == 1
    with pytest.raises(Fatal, match="21 records"):
        cosigning(log_of(TREE, 8), wire).step()
    for size in (21, 30):
        with pytest.raises(Fatal, match="another history"):
            cosigning(log_of(FORK, size), wire).step()


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ((200, b""), "no cosignature"),
        ((200, "— w.example/2 AAAA\n".encode()), "no cosignature"),
        ((200, COSIGNER.cosign(TREE.note(9), 1).encode()), "does not hold"),
        ((200, b"\xff"), "no cosignature"),
        ((500, b"oops"), "500"),
        ((404, b'{"detail": "not followed"}'), "not followed"),
    ],
)
def test_a_witness_that_misbehaves_holds_nobody_up(answer: tuple[int, bytes], why: str) -> None:
    other = Cosigner("w.example/9", b"9" * 32)

    def both(url: str, body: bytes) -> tuple[int, bytes]:
        if "//good" in url:
            return 200, other.cosign(parse_request(body).text, 1).encode()
        return answer

    database = log_of(TREE, 8)
    asking = cosigning(database, Wire(both), f"{other.key.vkey} https://good.example")
    with pytest.raises(Unavailable, match=why):
        asking.step()
    assert len(database.tree.cosignatures(8)) == 1


def test_nothing_is_asked_before_there_is_a_head() -> None:
    wire = Wire(lambda _, __: (500, b""))
    assert cosigning(MemoryDatabase(), wire).step() == 0
    assert wire.asked == []


@pytest.mark.parametrize(
    "lines",
    [
        ["x"],
        [COSIGNER.key.vkey],
        [f"{COSIGNER.key.vkey} ftp://x"],
        [f"{LOG.vkey} https://x"],
        [f"{COSIGNER.key.vkey} https://x"] * 2,
        [f"{Cosigner(str(n), bytes([n]) * 32).key.vkey} https://x" for n in range(16)],
    ],
)
def test_settings_that_are_none(lines: list[str]) -> None:
    with pytest.raises(Malformed):
        parse_witnesses(lines)
