from datetime import date
from typing import Any

import pytest
from unit.labels.make_label import a_label, a_link

from suyuan_labels import LabelError
from suyuan_labels.label import content_of, date_en, date_zh


def test_dates_are_written_as_people_write_them() -> None:
    assert date_zh(date(2026, 9, 17)) == "2026年9月17日"
    assert date_en(date(2026, 9, 7)) == "7 Sep 2026"


def test_content_holds_both_languages_and_the_keys() -> None:
    content = content_of(a_label(lines=("一级",)))
    assert [(row.zh, row.en, row.values) for row in (*content.facts, *content.keys)] == [
        ("包装日期", "Packed", ("2026年9月17日", "17 Sep 2026")),
        ("保质期至", "Best by", ("2027年3月16日", "16 Mar 2027")),
        ("生产者", "By", ("溪山县昌源山核桃专业合作社",)),
        ("", "GTIN", ("09521234543213",)),
        ("批号", "Lot", ("HK2026-0917A",)),
    ]
    assert (content.title, content.subtitle) == ("山核桃仁（原味）", "Hickory kernels, roasted")
    assert (content.net.values, content.lines) == (("180 g",), ("一级",))


def test_labels_of_a_lot_have_the_same_content() -> None:
    assert content_of(a_label()) == content_of(a_label(a_link("ZZZZZZZZZZZZZZ")))
    assert content_of(a_label()) != content_of(a_label(a_link(serial=None)))


def test_no_best_before_is_no_row() -> None:
    assert [row.en for row in content_of(a_label(best_before=None)).facts] == ["Packed", "By"]
    ahead = a_label(packed=None, best_before=None)
    for detail in ("full", "brief", "least"):
        assert not [
            row for row in content_of(ahead, detail).facts if "包装" in "".join(row.values) + row.zh
        ]


@pytest.mark.parametrize(
    ("field", "value", "why"),
    [
        ("product_zh", "", "empty"),
        ("producer", " \u3000", "empty"),
        ("product_en", "two\nlines", r"U\+000A"),
        ("net", "180\tg", r"U\+0009"),
        ("product_zh", "核\u200b桃", "ZERO WIDTH SPACE"),
        ("producer", "\u202e社", "RIGHT-TO-LEFT OVERRIDE"),
        ("producer", "\ue000", r"U\+E000"),
        ("product_en", "x\u0301\u0302", "COMBINING"),
        ("lines", ("一级", "\ud800"), r"lines\[1\]"),
        ("product_en", "a" * 401, "401"),
        ("lines", ("",), r"lines\[0\] is empty"),
        ("best_before", date(2026, 9, 16), "before the packing date 2026-09-17"),
    ],
)
def test_texts_that_cannot_be_set_are_refused(field: str, value: Any, why: str) -> None:
    with pytest.raises(LabelError, match=why):
        a_label(**{field: value})


def test_letters_are_composed() -> None:
    assert a_label(product_en="Cafe\u0301").product_en == "Café"


def test_a_compatibility_character_of_a_name_is_left_alone() -> None:
    assert a_label(producer="\ufa19").producer == "\ufa19"


def test_a_latin_apostrophe_is_not_set_full_width() -> None:
    label = a_label(product_en="Yan’s tea", product_zh="‘雨前’茶")
    assert (label.product_en, label.product_zh) == ("Yan's tea", "‘雨前’茶")
