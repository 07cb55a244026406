from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from shared import shared

from suyuan.core import entry, jcs
from suyuan.core.encoding import b64url, digest_text
from suyuan.core.entry import Entry, Link
from suyuan.core.errors import Malformed

D1, D2 = (hashlib.sha256(bytes([i])).digest() for i in (1, 2))
KID = b64url(bytes(range(32)))
SALT = b64url(bytes(range(16)))
TIME = "2026-09-17T08:30:00.000Z"
ENTRY = Entry(content=D1, after=D2, kid=KID, record_time=TIME, sig=bytes(range(64)))
TEXT = ENTRY.encode().decode()


def test_entry_is_jcs() -> None:
    value = {
        "v": 1,
        "content": digest_text(D1),
        "after": digest_text(D2),
        "kid": KID,
        "recordTime": TIME,
        "sig": b64url(bytes(range(64))),
    }
    assert ENTRY.encode() == jcs.dumps(value)
    assert entry.parse_entry(ENTRY.encode()) == entry.parse_entry(TEXT) == ENTRY


def changed(**changes: Any) -> str:
    value = {**json.loads(TEXT), **changes}
    return jcs.dumps({name: item for name, item in value.items() if item is not ...}).decode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        TEXT + "\n",
        " " + TEXT,
        TEXT.replace(",", ", "),
        TEXT.replace('"v":1', '"v":1.0'),
        TEXT.replace('"v":1', '"v":1,"v":1'),
        TEXT.replace('"kid"', '"\\u006bid"'),
        TEXT.replace("08:30", "08:３0"),
        json.dumps(json.loads(TEXT), separators=(",", ":"))[:-7] + "}",
        '{"v":1,' + TEXT[1:-7] + "}",
        changed(v=2),
        changed(v="1"),
        changed(v=...),
        changed(sig=...),
        changed(x=1),
        changed(after=None),
        changed(after=digest_text(D2).upper()),
        changed(content=digest_text(D1)[:-1]),
        changed(content=digest_text(D1)[8:]),
        changed(kid=KID[:-1]),
        changed(kid=KID + "A"),
        changed(kid=KID[:-1] + "9"),
        changed(sig=b64url(bytes(63))),
        changed(sig=b64url(bytes(65))),
        changed(sig=b64url(bytes(64))[:-1] + "B"),
        changed(sig=b64url(bytes(64)) + "=="),
    ],
)
def test_any_other_text_is_refused(text: str) -> None:
    for data in (text, text.encode()):
        with pytest.raises(Malformed):
            entry.parse_entry(data)


@pytest.mark.parametrize(
    "time", ["2024-02-29T23:59:59.999Z", "0001-01-01T00:00:00.000Z", "9999-12-31T00:00:00.000Z"]
)
def test_real_times(time: str) -> None:
    assert entry.parse_entry(changed(recordTime=time)).record_time == time


@pytest.mark.parametrize(
    "time",
    [
        "2026-02-29T08:30:00.000Z",
        "2026-13-01T08:30:00.000Z",
        "2026-00-01T08:30:00.000Z",
        "2026-04-31T08:30:00.000Z",
        "0000-01-01T08:30:00.000Z",
        "2026-09-17T24:00:00.000Z",
        "2026-09-17T08:60:00.000Z",
        "2026-09-17T08:30:60.000Z",
        "2026-09-17T08:30:00Z",
        "2026-09-17T08:30:00.00Z",
        "2026-09-17T08:30:00.0000Z",
        "2026-09-17T08:30:00.000z",
        "2026-09-17t08:30:00.000Z",
        "2026-09-17 08:30:00.000Z",
        "2026-09-17T08:30:00.000+00:00",
        "2026-9-17T08:30:00.000Z",
    ],
)
def test_times_that_are_not(time: str) -> None:
    with pytest.raises(Malformed):
        entry.parse_entry(changed(recordTime=time))


@given(st.integers(0, len(TEXT)), st.text(max_size=2), st.integers(0, 2))
@example(TEXT.index('","recordTime'), "", 0)
def test_whatever_is_taken_is_canonical(at: int, junk: str, cut: int) -> None:
    text = TEXT[:at] + junk + TEXT[at + cut :]
    try:
        found = entry.parse_entry(text)
    except Malformed:
        return
    assert found.encode().decode() == text == jcs.dumps(json.loads(text)).decode()


@given(st.binary(min_size=32, max_size=32), st.binary(min_size=64, max_size=64))
def test_every_key_and_signature_fits(x: bytes, sig: bytes) -> None:
    made = Entry(x, D1, b64url(x), TIME, sig)
    assert entry.parse_entry(made.encode()) == made


@pytest.mark.parametrize(
    "wrong",
    [
        Entry(D1[:31], D2, KID, TIME, bytes(64)),
        Entry(D1, D2, KID + '","x":"', TIME, bytes(64)),
        Entry(D1, D2, "é" * 43, TIME, bytes(64)),
        Entry(D1, D2, KID, "2026-09-17", bytes(64)),
        Entry(D1, D2, KID, TIME, bytes(63)),
        Entry(D1, D2, KID, TIME + "\ud800", bytes(64)),
    ],
)
def test_a_wrong_entry_is_not_written(wrong: Entry) -> None:
    with pytest.raises(Malformed):
        wrong.encode()


def test_record_message() -> None:
    assert entry.record_message("trace.example.cn/log", KID, D1) == (
        b"suyuan/record/v1\ntrace.example.cn/log\n"
        + KID.encode()
        + b"\n"
        + D1.hex().encode()
        + b"\n"
    )


@pytest.mark.parametrize(
    ("origin", "digest"), [("a\nb", D1), ("例", D1), ("a\x7f", D1), ("a", D1[:31]), ("a", b"")]
)
def test_record_message_refuses(origin: str, digest: bytes) -> None:
    with pytest.raises(Malformed):
        entry.record_message(origin, KID, digest)


@pytest.mark.parametrize("kid", ["", KID + "\n", "short", "é" * 43, "\ud800"])
def test_record_message_wants_a_kid(kid: str) -> None:
    with pytest.raises(Malformed):
        entry.record_message("a", kid, D1)


@given(st.sets(st.binary(min_size=32, max_size=32), max_size=5))
def test_link_is_jcs(hashes: set[bytes]) -> None:
    link = Link(tuple(sorted(hashes)), SALT)
    value = {"salt": SALT, "after": sorted(map(digest_text, hashes))}
    assert link.encode() == jcs.dumps(value)
    assert link.digest() == hashlib.sha256(link.encode()).digest()
    assert entry.parse_link(value) == entry.decode_link(link.encode()) == link
    assert entry.decode_link(link.encode().decode()) == link


A, B = sorted((digest_text(D1), digest_text(D2)))


@pytest.mark.parametrize(
    ("value", "path"),
    [
        (None, ""),
        ([], ""),
        ({"after": []}, ""),
        ({"after": [], "salt": SALT, "x": 1}, ""),
        ({"after": None, "salt": SALT}, "/after"),
        ({"after": A, "salt": SALT}, "/after"),
        ({"after": [B, A], "salt": SALT}, "/after"),
        ({"after": [A, A], "salt": SALT}, "/after"),
        ({"after": [A.upper()], "salt": SALT}, "/after"),
        ({"after": [A, None], "salt": SALT}, "/after"),
        ({"after": [], "salt": SALT[:-1]}, "/salt"),
        ({"after": [], "salt": SALT[:-1] + "B"}, "/salt"),
        ({"after": [], "salt": SALT + "A"}, "/salt"),
        ({"after": [], "salt": None}, "/salt"),
    ],
)
def test_link_of_another_shape(value: Any, path: str) -> None:
    with pytest.raises(Malformed) as caught:
        entry.parse_link(value)
    assert caught.value.path == path
    if value is not None:
        with pytest.raises(Malformed):
            entry.decode_link(jcs.dumps(value))


@pytest.mark.parametrize(
    "text",
    [
        "",
        f'{{"after":["{A}",],"salt":"{SALT}"}}',
        f'{{"after":["{A}" ,"{B}"],"salt":"{SALT}"}}',
        f'{{"salt":"{SALT}","after":[]}}',
        f'{{"after":[],"salt":"{SALT}"}}\n',
    ],
)
def test_link_text_that_is_not_canonical(text: str) -> None:
    with pytest.raises(Malformed):
        entry.decode_link(text)


@pytest.mark.parametrize(
    "wrong", [Link((D1, D1), SALT), Link((b"short",), SALT), Link((), "short"), Link((), "é" * 22)]
)
def test_a_wrong_link_is_not_written(wrong: Link) -> None:
    with pytest.raises(Malformed):
        wrong.encode()


def test_golden_entries_and_links() -> None:
    files = sorted(shared("vectors", "suyuan-bundle").glob("*.suyuan.json"))
    seen = 0
    for file in files:
        bundle = json.loads(file.read_text())
        for item in bundle["records"] + bundle["keys"]:
            found = entry.parse_entry(item["entry"])
            link = entry.parse_link(item["link"])
            assert found.encode().decode() == item["entry"]
            assert link.digest() == found.after
            if item["content"] is not None:
                assert hashlib.sha256(jcs.dumps(item["content"])).digest() == found.content
            seen += 1
    assert seen > 50
