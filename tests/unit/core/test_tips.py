from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suyuan.core.errors import Malformed
from suyuan.core.tips import Tips, parse_tips

LEAF = b"\xab" * 32
TEXT = f"suyuan/tips/v1\nlog.example\n9\n{LEAF.hex()} Kid\n- https://a.example/x\n"


def test_the_text_is_sorted_by_code_point() -> None:
    tips = Tips("log.example", 9, {"https://a.example/x": None, "Kid": LEAF})
    assert tips.text() == TEXT
    assert parse_tips(TEXT) == tips


@given(
    st.dictionaries(
        st.from_regex(r"[!-~]+", fullmatch=True), st.none() | st.binary(min_size=32, max_size=32)
    )
)
def test_what_is_written_is_read(newest: dict[str, bytes | None]) -> None:
    tips = Tips("log.example", 2**40, newest)
    assert parse_tips(tips.text()) == tips


@pytest.mark.parametrize(
    "text",
    [
        "",
        "suyuan/tips/v1",
        "suyuan/tips/v1\nlog.example\n9",
        "suyuan/tips/v2\nlog.example\n9\n",
        TEXT[:-1],
        TEXT + "\n",
        TEXT.replace("\n9\n", "\n09\n"),
        TEXT.replace("\n9\n", "\n-9\n"),
        TEXT.replace("- https", "-  https"),
        TEXT.replace("- https", "https"),
        TEXT.replace("- https", LEAF.hex()[1:] + " https"),
        TEXT.replace("ab", "AB"),
        TEXT.replace("Kid", "Kid x"),
        TEXT.replace("Kid", "https://z.example"),
        TEXT.replace("Kid", "https://a.example/x"),
    ],
)
def test_any_other_text_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        parse_tips(text)
