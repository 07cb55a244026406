from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suyuan_labels import default_typeface
from suyuan_labels.fitting import fit, wrap
from suyuan_labels.typeface import MEDIUM


def lines_of(text: str, em: float) -> list[str]:
    """Wrapped at so many ems, were every character one em and Latin ones half."""
    advances = [2 if ord(c) > 0x2E80 else 1 for c in text]
    starts = wrap(text, advances, int(em * 2))
    return [text[a:b].strip() for a, b in pairwise((*starts, len(text)))]


def test_text_that_fits_keeps_its_size() -> None:
    assert fit(default_typeface(), "核桃", MEDIUM, 40, (20, 16)) == (20, ("核桃",), True)


def test_text_shrinks_before_it_wraps() -> None:
    assert fit(default_typeface(), "核桃", MEDIUM, 37, (20, 16), 2) == (18, ("核桃",), True)


def test_text_wraps_at_the_least_size() -> None:
    fitted = fit(default_typeface(), "山核桃仁", MEDIUM, 40, (20, 16), 2)
    assert fitted == (16, ("山核", "桃仁"), True)


def test_text_is_cut_when_its_lines_are_used_up() -> None:
    fitted = fit(default_typeface(), "山核桃仁礼盒", MEDIUM, 40, (20, 16), 2)
    assert fitted == (16, ("山核", "桃…"), False)


@pytest.mark.parametrize(
    ("text", "em", "lines"),
    [
        ("山核桃，仁", 3, ["山核", "桃，仁"]),
        ("山核桃（仁）", 4, ["山核桃", "（仁）"]),
        ("roasted hickory", 5, ["roasted", "hickory"]),
        ("ready-made", 4, ["ready-", "made"]),
        ("hickory", 2, ["hick", "ory"]),
        ("共25 g装", 3, ["共25 g", "装"]),
        ("。。。。", 2, ["。。", "。。"]),
        ("a  b", 1, ["a", "b"]),
        ("核", 0.5, ["核"]),
    ],
)
def test_lines_break_where_the_script_allows(text: str, em: float, lines: list[str]) -> None:
    assert lines_of(text, em) == lines


@given(
    st.text(alphabet="山核桃仁，。（）《aB -5", min_size=1).filter(str.strip),
    st.integers(30, 400),
    st.integers(1, 4),
)
def test_what_is_fitted_fits_and_says_so(text: str, width: int, limit: int) -> None:
    face, text = default_typeface(), " ".join(text.split())
    fitted = fit(face, text, MEDIUM, width, (22, 16), limit)
    assert len(fitted.lines) <= limit
    for line in fitted.lines:
        assert face.width(line, MEDIUM) * fitted.size <= width * face.upem
    shown = "".join("".join(fitted.lines).split())
    whole = "".join(text.split())
    if fitted.whole:
        assert shown == whole
    else:
        assert shown.endswith("…")
        assert whole.startswith(shown[:-1])
