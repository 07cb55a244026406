from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shared import shared

from suyuan.core.errors import Malformed, ProofError, Refused
from suyuan.core.note import NoteSigner, NoteVerifier, open_note

SIGNER = NoteSigner("example.org/log", bytes(range(32)))
OTHER = NoteSigner("example.org/other", bytes(range(1, 33)))
TEXT = "first line\n第二行\n"
NOTE = SIGNER.sign(TEXT)


def signatures(signed: str) -> str:
    return signed.rpartition("\n\n")[2]


def test_sign_and_open() -> None:
    assert NOTE.startswith(TEXT + "\n— example.org/log ")
    assert open_note(NOTE, [SIGNER.verifier]) == TEXT
    assert open_note(NOTE, [OTHER.verifier, SIGNER.verifier]) == TEXT
    assert SIGNER.name == "example.org/log"


def test_vkey_round_trip() -> None:
    assert NoteVerifier.parse(SIGNER.vkey) == SIGNER.verifier
    assert SIGNER.verifier.vkey == SIGNER.vkey


@given(st.text(st.characters(blacklist_categories=["Cs"]), max_size=30))
def test_any_text_comes_back(text: str) -> None:
    text += "\n"
    if any(char < " " and char != "\n" for char in text):
        with pytest.raises(Malformed):
            SIGNER.sign(text)
    else:
        assert open_note(SIGNER.sign(text), [SIGNER.verifier]) == text


@given(st.integers(0, len(NOTE) - 1), st.characters(blacklist_categories=["Cs"]))
def test_no_change_goes_unnoticed(at: int, char: str) -> None:
    changed = NOTE[:at] + char + NOTE[at + 1 :]
    if changed != NOTE:
        with pytest.raises(Refused):
            open_note(changed, [SIGNER.verifier])


def test_published_example() -> None:
    folder = shared("vectors", "c2sp", "signed-note")
    vkey = (folder / "example.vkey").read_text().strip()
    verifier = NoteVerifier.parse(vkey)
    assert verifier.vkey == vkey
    text = open_note((folder / "example.note").read_text(), [verifier])
    assert text == "This is an example message.\n"
    with pytest.raises(ProofError, match="no listed key"):
        open_note((folder / "quasimodo.note").read_text(), [verifier])


def test_published_cases() -> None:
    file = shared("vectors", "c2sp", "signed-note", "sumdb_note_cases.json")
    vectors = json.loads(file.read_text())
    errors: dict[str, tuple[type[Exception], ...]] = {
        "unverified": (ProofError,),
        "invalid-signature": (ProofError,),
        "malformed": (Malformed, UnicodeDecodeError),
        "error": (Malformed,),
    }
    for case in vectors["cases"]:
        data = base64.b64decode(case["note_b64"])
        verifiers = [NoteVerifier.parse(vkey) for vkey in case["vkeys"]]
        if case["expect"] == "ok":
            assert open_note(data.decode(), verifiers), case["name"]
        else:
            with pytest.raises(errors[case["expect"]]):
                open_note(data.decode(), verifiers)
    for vkey in vectors["bad_vkeys"]:
        with pytest.raises(Malformed):
            NoteVerifier.parse(vkey)


def test_sixteen_signature_lines_and_no_more() -> None:
    line = signatures(OTHER.sign(TEXT))
    assert open_note(NOTE + line * 15, [SIGNER.verifier]) == TEXT
    with pytest.raises(Malformed, match="at most 16"):
        open_note(NOTE + line * 16, [SIGNER.verifier])


def test_an_invalid_signature_of_a_listed_key_fails_the_note() -> None:
    wrong = signatures(OTHER.sign(TEXT + "more\n"))
    assert open_note(NOTE + wrong, [SIGNER.verifier]) == TEXT
    with pytest.raises(ProofError, match="other does not hold"):
        open_note(NOTE + wrong, [SIGNER.verifier, OTHER.verifier])
    again = signatures(SIGNER.sign(TEXT + "more\n"))
    for both in (NOTE + again, TEXT + "\n" + again + signatures(NOTE)):
        with pytest.raises(ProofError, match="does not hold"):
            open_note(both, [SIGNER.verifier])


def test_the_same_name_with_another_key_is_another_key() -> None:
    namesake = NoteSigner(SIGNER.name, bytes(32))
    with pytest.raises(ProofError, match="no listed key"):
        open_note(NOTE, [namesake.verifier])
    assert open_note(NOTE, [namesake.verifier, SIGNER.verifier]) == TEXT


def test_the_same_verifier_twice_is_refused() -> None:
    with pytest.raises(Malformed):
        open_note(NOTE, [SIGNER.verifier, SIGNER.verifier])


SIGNATURE = signatures(NOTE).removeprefix("— example.org/log ").removesuffix("\n")


@pytest.mark.parametrize(
    "text",
    [
        "",
        TEXT,
        TEXT + "\n",
        NOTE[:-1],
        NOTE + "\n",
        NOTE.replace("—", "-"),
        NOTE.replace("— ", "—"),
        NOTE.replace("— ", "—  "),
        NOTE.replace("\n", "\r\n"),
        NOTE.replace("line", "li\x00ne"),
        NOTE.replace("line", "li\ud800ne"),
        f"{TEXT}\n— example.org/log\n",
        f"{TEXT}\n—  {SIGNATURE}\n",
        f"{TEXT}\n— a+b {SIGNATURE}\n{signatures(NOTE)}",
        f"{TEXT}\n— a\u3000b {SIGNATURE}\n{signatures(NOTE)}",
        f"{TEXT}\n— other AAAA\n{signatures(NOTE)}",
        f"{TEXT}\n— other {SIGNATURE[:-1]}\n{signatures(NOTE)}",
        f"{TEXT}\n— other {SIGNATURE} \n{signatures(NOTE)}",
        f"{TEXT}\nnot a signature\n{signatures(NOTE)}",
        signatures(NOTE),
        "\n" + signatures(NOTE),
    ],
)
def test_misshapen_notes(text: str) -> None:
    with pytest.raises(Malformed):
        open_note(text, [SIGNER.verifier])


@pytest.mark.parametrize("length", [0, 63, 65])
def test_a_listed_key_with_a_signature_of_another_length(length: int) -> None:
    data = SIGNER.verifier.key_hash + b"x" * length
    line = f"— {SIGNER.name} {base64.b64encode(data).decode()}\n"
    with pytest.raises(Refused):
        open_note(f"{TEXT}\n{line}", [SIGNER.verifier])


@pytest.mark.parametrize(
    "vkey",
    [
        None,
        "",
        SIGNER.vkey + " ",
        SIGNER.vkey.replace("example", "example "),
        SIGNER.vkey.replace("log", "log2"),
        SIGNER.vkey.upper(),
        SIGNER.vkey[:-1],
        "a+b",
        f"a+{'0' * 8}+{base64.b64encode(bytes(33)).decode()}",
        NoteVerifier("a", bytes(32)).vkey,  # of small order
        NoteVerifier("a", b"\xff" * 32).vkey,  # not canonical
    ],
)
def test_refused_verifier_keys(vkey: object) -> None:
    with pytest.raises(Malformed):
        NoteVerifier.parse(vkey)


@pytest.mark.parametrize(
    "name", ["", "a b", "a+b", "a\nb", "a\u00a0b", "a\u2028b", "a\x01", "\ud800"]
)
def test_refused_names(name: str) -> None:
    with pytest.raises(Malformed):
        NoteSigner(name, bytes(32)).sign("x\n")


@pytest.mark.parametrize("text", ["", "x", "x\ty\n", "\ud800\n"])
def test_refused_texts(text: str) -> None:
    with pytest.raises(Malformed):
        SIGNER.sign(text)


def test_a_seed_has_32_bytes() -> None:
    with pytest.raises(Malformed):
        NoteSigner("a", bytes(31))
