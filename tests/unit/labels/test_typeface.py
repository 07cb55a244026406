import io
from importlib import util
from pathlib import Path
from typing import Any

import pytest
from parts import absent
from PIL import ImageFont
from unit.labels.make_label import a_label

from suyuan_labels import LabelError, Typeface, bitmap, default_typeface
from suyuan_labels.typeface import BOLD, MEDIUM, REGULAR

# Characters of personal and place names that small fonts lack: extensions A to E among them.
RARE = "堃喆犇昇㛃䶮㙍𫖯𬭊𬜬𨱇𬍛𫍯𬀩𬘭𪩘"
DEBIAN = Path("/usr/share/fonts/opentype/noto")


def test_it_has_every_character_of_gbk_names() -> None:
    han = [chr(code) for code in (*range(0x4E00, 0x9FA6), *range(0x3400, 0x4DB6))]
    default_typeface().check("names", "".join(han) + RARE)


def test_missing_characters_are_refused_by_name() -> None:
    with pytest.raises(LabelError) as caught:
        bitmap(a_label(producer="阿☕农场𪜎☕"))
    assert caught.value.params["field"] == "producer"
    assert str(caught.value) == (
        "the label font has no glyph for ☕ (U+2615 HOT BEVERAGE),"
        " 𪜎 (U+2A70E CJK UNIFIED IDEOGRAPH-2A70E) in producer"
    )


@pytest.mark.parametrize(
    ("field", "value"), [("product_zh", "😀"), ("net", "5 ☕"), ("lines", ("好", "☕"))]
)
def test_every_field_is_checked(field: str, value: Any) -> None:
    with pytest.raises(LabelError, match="no glyph"):
        bitmap(a_label(**{field: value}))


def test_no_two_rare_characters_look_alike_or_empty() -> None:
    face = default_typeface()
    assert len({face.outline(c, REGULAR) for c in RARE}) == len(RARE)
    for mono in (True, False):
        drawn = {face.glyph(c, BOLD, 24, mono=mono).ink.tobytes() for c in RARE}
        assert len(drawn) == len(RARE)
        assert face.glyph("\u9ff0", BOLD, 24, mono=mono).ink.tobytes() not in drawn  # its notdef


def test_widths_grow_with_weight_and_han_is_one_em() -> None:
    face = default_typeface()
    assert face.width("核", REGULAR) == face.width("核", BOLD) == face.upem
    assert face.width("W", REGULAR) < face.width("W", MEDIUM) < face.width("W", BOLD)
    assert face.width("", REGULAR) == 0


def test_chinese_forms_are_drawn() -> None:
    # 骨 and 直 differ between the members of the collection.
    japanese = Typeface(font_file(), family="Noto Sans CJK JP")
    for character in "骨直":
        assert japanese.outline(character, REGULAR) != default_typeface().outline(
            character, REGULAR
        )


@pytest.mark.parametrize("weight", [REGULAR, MEDIUM, BOLD])
def test_a_subset_is_static_and_small(weight: int) -> None:
    subset = default_typeface().subset(set("山核桃仁𫖯A0 "), weight)
    assert subset.kind == "CFF"
    assert len(subset.data) < 5000
    assert sorted(subset.glyphs.values()) == list(range(1, 9))
    assert subset.widths[subset.glyphs["核"]] == 1000
    left, bottom, right, top = subset.box
    assert left <= 0 < right <= 1000
    assert -200 < bottom < 0 < top < 1000


def test_weights_differ_in_a_subset() -> None:
    face = default_typeface()
    assert face.subset({"核"}, REGULAR).data != face.subset({"核"}, BOLD).data


def test_a_truetype_file_serves_too(tmp_path: Path) -> None:
    file = tmp_path / "plain.ttf"
    plain = ImageFont.load_default(20)
    assert isinstance(plain, ImageFont.FreeTypeFont)
    assert isinstance(plain.path, io.BytesIO)
    file.write_bytes(plain.path.getvalue())
    face = Typeface(file)
    assert face.subset(set("Lot 1"), REGULAR).kind == "TrueType"
    assert face.glyph("L", BOLD, 20, mono=True).ink.getbbox()
    assert "Q" in face.outline("o", REGULAR)
    with pytest.raises(LabelError, match="山"):
        face.check("product_zh", "山")


def test_static_files_of_debian_serve_too() -> None:
    regular, bold = DEBIAN / "NotoSansCJK-Regular.ttc", DEBIAN / "NotoSansCJK-Bold.ttc"
    if not regular.exists():
        absent("fonts-noto-cjk")
    face = Typeface(regular, bold)
    assert face.outline("核", REGULAR) != face.outline("核", BOLD)
    assert bitmap(a_label(), face=face).size == (480, 320)


def test_an_unusable_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text.otf").write_text("not a font")
    for name in ("text.otf", "absent.otf"):
        with pytest.raises(LabelError, match=name):
            Typeface(tmp_path / name)


def test_a_family_that_is_not_there_is_refused() -> None:
    with pytest.raises(LabelError, match="no font named Comic"):
        Typeface(font_file(), family="Comic")


def test_a_missing_font_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    default_typeface.cache_clear()
    monkeypatch.setattr(util, "find_spec", lambda name: None)
    with pytest.raises(LabelError, match="install manimgx_fonts_cjk"):
        default_typeface()


def font_file() -> Path:
    spec = util.find_spec("manimgx_fonts_cjk")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).with_name("NotoSansCJK-VF.otf.ttc")
