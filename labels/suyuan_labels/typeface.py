"""The typeface of labels: widths, outlines, bitmaps and subsets of it, measured once and kept.

A character that the typeface lacks is refused by name, so that no label ever shows a box.
HarfBuzz reads widths and outlines and cuts subsets; FreeType, through Pillow, draws bitmaps.
"""

from __future__ import annotations

import functools
import threading
from importlib import resources, util
from pathlib import Path
from typing import Literal, NamedTuple

import uharfbuzz as hb  # type: ignore[import-untyped]
from PIL import Image, ImageDraw, ImageFont

from suyuan_labels.errors import LabelError
from suyuan_labels.label import name_of

REGULAR, MEDIUM, BOLD = 400, 500, 700
_PACKAGE, _FILE = "manimgx_fonts_cjk", "NotoSansCJK-VF.otf.ttc"
_FAMILY = "Noto Sans CJK SC"
_SPACE = 0.28  # of the em
_BOX = (min, min, max, max)


class Glyph(NamedTuple):
    """A drawn character: where its upper left corner stands from the pen, and its ink as a mask."""

    left: int
    top: int
    ink: Image.Image


class Subset(NamedTuple):
    """A small font for a PDF: ``kind`` tells which outlines, ``glyphs`` maps characters to them."""

    kind: Literal["CFF", "TrueType"]
    data: bytes
    glyphs: dict[str, int]
    widths: list[int]
    """Of each glyph, in thousandths of the em."""
    box: list[int]
    """That holds every glyph: left, bottom, right, top, in thousandths of the em."""


class Typeface:
    """One family in one variable font file, or in two static ones (regular and bold).

    ``family`` picks a member of a font collection by its English name, and with it the Chinese
    forms of characters. Safe to share between threads. Raises LabelError for unusable files.
    """

    def __init__(self, path: Path, bold: Path | None = None, *, family: str = _FAMILY) -> None:
        self._paths = {REGULAR: path, MEDIUM: path, BOLD: bold or path}
        self._faces: dict[int, tuple[hb.Face, hb.Font]] = {}
        for weight, file in self._paths.items():
            face = _face(file, family)
            font = hb.Font(face)
            if "wght" in {axis.tag for axis in face.axis_infos}:
                font.set_variations({"wght": weight})
            self._faces[weight] = face, font
        self.upem: int = self._faces[REGULAR][0].upem
        self.name = (self._faces[REGULAR][0].get_name(1, "en") or path.stem).replace(" ", "")
        self._advances: dict[int, dict[str, int]] = {weight: {} for weight in self._faces}
        self._drawn: dict[tuple[str, int, int, bool], Glyph] = {}
        self._outlines: dict[tuple[str, int], str] = {}
        self._sizes: dict[tuple[int, int], ImageFont.FreeTypeFont] = {}
        self._lock = threading.Lock()  # FreeType's faces hold one glyph at a time

    def check(self, field: str, text: str) -> None:
        """Refuse ``text`` when a character has no glyph, naming every such character."""
        missing = [c for c in dict.fromkeys(text) if not self._glyph_id(c, REGULAR)]
        if missing:
            raise LabelError(
                "the label font has no glyph for {characters} in {field}",
                characters=", ".join(map(name_of, missing)),
                field=field,
            )

    def width(self, text: str, weight: int) -> int:
        """The text's width in font units: ``upem`` of them are one em."""
        return sum(self.advances(text, weight))

    def advances(self, text: str, weight: int) -> list[int]:
        """The width of each character, in font units."""
        known = self._advances[weight]
        try:
            return [known[character] for character in text]
        except KeyError:
            known.update((character, self._advance(character, weight)) for character in set(text))
            return [known[character] for character in text]

    def outline(self, character: str, weight: int) -> str:
        """The character's shape as SVG path data in font units, y upwards."""
        key = character, weight
        if key not in self._outlines:
            pen = _SvgPen()
            font = self._faces[weight][1]
            font.draw_glyph_with_pen(self._glyph_id(character, weight), pen)
            self._outlines[key] = "".join(pen.parts)
        return self._outlines[key]

    def glyph(self, character: str, weight: int, size: int, *, mono: bool) -> Glyph:
        """The character drawn at ``size`` dots per em; ``mono``: hinted for dots of one bit."""
        key = character, weight, size, mono
        if key not in self._drawn:
            with self._lock:
                self._drawn[key] = self._draw(character, weight, size, "1" if mono else "L")
        return self._drawn[key]

    def subset(self, characters: set[str], weight: int) -> Subset:
        """A static font of these characters alone, at this weight."""
        face, _ = self._faces[weight]
        wanted = hb.SubsetInput()
        wanted.sets(hb.SubsetInputSets.UNICODE).update(map(ord, characters))
        drop = ("GSUB", "GPOS", "GDEF", "BASE", "VORG", "vhea", "vmtx", "STAT", "DSIG")
        wanted.sets(hb.SubsetInputSets.DROP_TABLE_TAG).update(
            int.from_bytes(tag.encode(), "big") for tag in drop
        )
        wanted.flags |= hb.SubsetFlags.DOWNGRADE_CFF2 | hb.SubsetFlags.NO_HINTING
        if "wght" in {axis.tag for axis in face.axis_infos}:
            wanted.pin_axis_location(face, "wght", weight)
        small = hb.subset(face, wanted)
        font = hb.Font(small)
        scale = 1000 / self.upem
        glyphs = {character: font.get_nominal_glyph(ord(character)) for character in characters}
        widths = [0] * small.glyph_count
        for character, glyph in glyphs.items():
            widths[glyph] = round(self._advance(character, weight) * scale)
        cff = "CFF " in small.table_tags
        inks = [font.get_glyph_extents(g) for g in range(small.glyph_count)]
        edges = [
            (ink.x_bearing, ink.y_bearing + ink.height, ink.x_bearing + ink.width, ink.y_bearing)
            for ink in inks
            if ink is not None
        ]
        return Subset(
            "CFF" if cff else "TrueType",
            bytes((small.reference_table("CFF ") if cff else small.blob).data),
            glyphs,
            widths,
            [
                round(pick(edge) * scale)
                for pick, edge in zip(_BOX, zip(*edges, strict=True), strict=True)
            ],
        )

    def _advance(self, character: str, weight: int) -> int:
        font = self._faces[weight][1]
        advance: int = font.get_glyph_h_advance(self._glyph_id(character, weight))
        # The family's own space, under a quarter em, closes up at 16 dots.
        return max(advance, round(_SPACE * self.upem)) if character == " " else advance

    def _glyph_id(self, character: str, weight: int) -> int:
        return self._faces[weight][1].get_nominal_glyph(ord(character)) or 0

    def _draw(self, character: str, weight: int, size: int, mode: str) -> Glyph:
        font = self._sizes.get((weight, size))
        if font is None:
            font = ImageFont.truetype(
                self._paths[weight],
                size,
                index=self._faces[weight][0].index,
                layout_engine=ImageFont.Layout.BASIC,
            )
            if self._faces[weight][0].axis_infos:
                font.set_variation_by_axes([weight])
            self._sizes[weight, size] = font
        left, top, right, bottom = map(int, font.getbbox(character, mode=mode, anchor="ls"))
        ink = Image.new(mode, (max(right - left, 1), max(bottom - top, 1)))
        draw = ImageDraw.Draw(ink)
        draw.fontmode = mode
        draw.text((-left, -top), character, fill=255, font=font, anchor="ls")
        return Glyph(left, top, ink)


@functools.cache
def default_typeface() -> Typeface:
    """Noto Sans CJK SC, from the wheel that this package depends on (OFL 1.1)."""
    if util.find_spec(_PACKAGE) is None:
        raise LabelError("the label font is missing: install {package}", package=_PACKAGE)
    return Typeface(Path(str(resources.files(_PACKAGE) / _FILE)))


def _face(path: Path, family: str) -> hb.Face:
    try:
        blob = hb.Blob.from_file_path(str(path))
    except hb.HarfBuzzError as error:
        raise LabelError("the font {path} cannot be read", path=path) from error
    faces = [hb.Face(blob, index) for index in range(hb.Face(blob).count)]
    for face in faces:
        if face.glyph_count and (len(faces) == 1 or face.get_name(1, "en") == family):
            return face
    raise LabelError("{path} holds no font named {family}", path=path, family=family)


class _SvgPen:
    """Collects an outline as SVG path data."""

    def __init__(self) -> None:
        self.parts: list[str] = []

    def moveTo(self, to: tuple[float, float]) -> None:  # noqa: N802 (the pen protocol's names)
        self._add("M", to)

    def lineTo(self, to: tuple[float, float]) -> None:  # noqa: N802
        self._add("L", to)

    def curveTo(self, *points: tuple[float, float]) -> None:  # noqa: N802
        self._add("C", *points)

    def qCurveTo(self, *points: tuple[float, float]) -> None:  # noqa: N802
        self._add("Q", *points)

    def closePath(self) -> None:  # noqa: N802
        self.parts.append("Z")

    def endPath(self) -> None:  # noqa: N802
        self.parts.append("Z")

    def _add(self, command: str, *points: tuple[float, float]) -> None:
        self.parts.append(command + " ".join(f"{round(x)} {round(y)}" for x, y in points))
