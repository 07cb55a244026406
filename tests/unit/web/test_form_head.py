"""What was typed in front of a file that is too large."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from suyuan.web.form_head import words_in

KIND = "multipart/form-data; boundary=XyZ"


def body(*fields: tuple[str, str], file: bytes = b"") -> bytes:
    made = b"".join(
        f'--XyZ\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n'.encode()
        for name, text in fields
    )
    top = b'--XyZ\r\nContent-Disposition: form-data; name="photo"; filename="a.jpg"\r\n\r\n'
    return made + top + file


def test_fields_in_front_of_the_file_are_kept_and_the_file_is_not() -> None:
    sent = body(("kind", "fake"), ("text", "发霉\r\n第二行"), file=b"\xff\xd8" * 40_000)
    assert words_in(sent, KIND) == {"kind": "fake", "text": "发霉\r\n第二行"}
    assert words_in(sent, KIND.replace("XyZ", '"XyZ"')) == words_in(sent, KIND)


def test_half_of_a_field_is_no_field() -> None:
    sent = body(("kind", "fake"), ("text", "long"))
    assert words_in(sent[: sent.index(b"long") + 2], KIND) == {"kind": "fake"}


def test_another_kind_of_body_has_no_words() -> None:
    assert words_in(b"kind=fake", "application/x-www-form-urlencoded") == {}
    assert words_in(b"", KIND) == {}
    assert words_in(body(("kind", "fake")), "multipart/form-data") == {}


@given(st.binary(max_size=300), st.text(max_size=60))
def test_nothing_that_comes_breaks_it(head: bytes, kind: str) -> None:
    words_in(head, kind)
    words_in(b"--XyZ\r\n" + head, KIND)
