from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shared import shared

from suyuan.core.checkpoint import Checkpoint
from suyuan.core.cosignature import Cosigner, CosignerKey, cosigned, require_quorum, with_lines
from suyuan.core.encoding import b64, unb64
from suyuan.core.errors import Malformed, ProofError, Refused
from suyuan.core.note import NoteSigner, open_note

LOG = NoteSigner("node.example/log", bytes(range(32)))
ONE, TWO, THREE = (Cosigner(f"w.example/{n}", bytes([n]) * 32) for n in (1, 2, 3))
TEXT = Checkpoint("node.example/log", 7, b"r" * 32).text()
NOTE = LOG.sign(TEXT)


def test_a_cosigned_note_is_still_the_logs() -> None:
    note = with_lines(NOTE, [ONE.cosign(TEXT, 1679315147), TWO.cosign(TEXT, 1679315148)])
    assert open_note(note, [LOG.verifier]) == TEXT
    assert cosigned(note, [ONE.key, THREE.key]) == {ONE.key: 1679315147}
    assert require_quorum(note, [ONE.key, TWO.key, THREE.key], 2) == {
        ONE.key: 1679315147,
        TWO.key: 1679315148,
    }
    with pytest.raises(ProofError, match="2 of the 3"):
        require_quorum(note, [ONE.key, TWO.key, THREE.key], 3)
    assert require_quorum(NOTE, [], 0) == {}


def test_the_form_is_the_standards() -> None:
    """C2SP tlog-cosignature: key id, 64-bit time, 64 bytes of Ed25519 over header, time and text."""
    line = ONE.cosign(TEXT, 1679315147)
    dash, name, text = line.rstrip("\n").split(" ")
    assert (dash, name) == ("—", "w.example/1")
    data = unb64(text)
    assert data[:4] == ONE.key.key_hash
    assert int.from_bytes(data[4:12], "big") == 1679315147
    assert len(data) == 76


def test_the_published_example_has_its_key_id() -> None:
    """The witness's key is not published with it: what can be checked is how the line is read."""
    note = (shared("vectors", "c2sp", "tlog-cosignature") / "example.checkpoint").read_text()
    assert cosigned(note, [ONE.key]) == {}
    name, text = note.splitlines()[-1].split(" ")[1:]
    assert name == "witness.example.com/w1"
    assert int.from_bytes(unb64(text)[4:12], "big") == 1679315147


def test_keys_round_trip_and_are_of_their_kind() -> None:
    assert CosignerKey.parse(ONE.key.vkey) == ONE.key
    with pytest.raises(Malformed, match="witness"):
        CosignerKey.parse(LOG.vkey)
    for wrong in ("", "x", ONE.key.vkey[:-4], ONE.key.vkey.replace("+", "-", 1), 7):
        with pytest.raises(Malformed):
            CosignerKey.parse(wrong)
    with pytest.raises(Malformed):
        Cosigner("a b", bytes(32))
    with pytest.raises(Malformed):
        Cosigner("a", bytes(31))
    with pytest.raises(Malformed):
        ONE.cosign(TEXT, -1)


def test_a_logs_signature_is_no_cosignature() -> None:
    """Another kind of key, another key id: the log cannot be its own witness by accident."""
    same = Cosigner(LOG.name, bytes(range(32)))
    assert same.key.key_hash != LOG.verifier.key_hash
    assert cosigned(NOTE, [same.key]) == {}


@given(st.integers(0, 75), st.integers(1, 255))
def test_any_changed_byte_is_noticed(at: int, by: int) -> None:
    prefix, _, text = ONE.cosign(TEXT, 1679315147).rstrip("\n").rpartition(" ")
    data = bytearray(unb64(text))
    data[at] ^= by
    note = with_lines(NOTE, [f"{prefix} {b64(bytes(data))}\n"])
    if at < 4:
        assert cosigned(note, [ONE.key]) == {}
    else:
        with pytest.raises(ProofError):
            cosigned(note, [ONE.key])


@given(st.text(max_size=80))
def test_whatever_stands_there_is_refused_in_our_words(text: str) -> None:
    try:
        cosigned(NOTE + text, [ONE.key])
    except Refused:
        return
    assert text == "" or text.startswith("—")


def test_a_line_for_another_text_does_not_hold() -> None:
    other = Checkpoint("node.example/log", 8, b"r" * 32).text()
    with pytest.raises(ProofError):
        cosigned(with_lines(NOTE, [ONE.cosign(other, 5)]), [ONE.key])
