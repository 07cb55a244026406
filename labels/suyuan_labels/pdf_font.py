"""A subset of the label's typeface as a PDF composite font (ISO 32000-2 §9.7)."""

from __future__ import annotations

import hashlib

import pydyf  # type: ignore[import-untyped]

from suyuan_labels.typeface import Typeface

_CMAP = """/CIDInit /ProcSet findresource begin
12 dict begin
begincmap
/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def
/CMapName /Adobe-Identity-UCS def
/CMapType 2 def
1 begincodespacerange
<0000> <ffff>
endcodespacerange
{maps}
endcmap
CMapName currentdict /CMap defineresource pop
end
end
"""


class PdfFont:
    """The characters of one weight, as glyphs numbered from 1 in a font of their own."""

    def __init__(self, face: Typeface, characters: set[str], weight: int) -> None:
        self._subset = face.subset(characters, weight)
        digest = hashlib.sha256(self._subset.data).digest()
        # Subsets are told apart by six capitals (§9.9.2).
        tag = "".join(chr(ord("A") + byte % 26) for byte in digest[:6])
        self.name = f"{tag}+{face.name}-{weight}"

    def encode(self, text: str) -> str:
        """The text as a hexadecimal string of glyph numbers."""
        return "<" + "".join(f"{self._subset.glyphs[c]:04x}" for c in text) + ">"

    def add_to(self, pdf: pydyf.PDF) -> bytes:
        """Write the font's objects, and give the reference to it."""
        subset = self._subset
        cff = subset.kind == "CFF"
        file = pydyf.Stream(
            [subset.data],
            {"Subtype": "/CIDFontType0C"} if cff else {"Length1": len(subset.data)},
            compress=True,
        )
        pdf.add_object(file)
        descriptor = pydyf.Dictionary(
            {
                "Type": "/FontDescriptor",
                "FontName": f"/{self.name}",
                "Flags": 4,
                "FontBBox": pydyf.Array(subset.box),
                "ItalicAngle": 0,
                "Ascent": 880,
                "Descent": -120,
                "CapHeight": 733,
                "StemV": 80,
                "FontFile3" if cff else "FontFile2": file.reference,
            }
        )
        pdf.add_object(descriptor)
        descendant = pydyf.Dictionary(
            {
                "Type": "/Font",
                "Subtype": "/CIDFontType0" if cff else "/CIDFontType2",
                "BaseFont": f"/{self.name}",
                "CIDSystemInfo": pydyf.Dictionary(
                    {
                        "Registry": pydyf.String("Adobe"),
                        "Ordering": pydyf.String("Identity"),
                        "Supplement": 0,
                    }
                ),
                "FontDescriptor": descriptor.reference,
                "W": pydyf.Array([0, pydyf.Array(subset.widths)]),
            }
        )
        if not cff:
            descendant["CIDToGIDMap"] = "/Identity"
        pdf.add_object(descendant)
        unicode = pydyf.Stream([self._to_unicode()], compress=True)
        pdf.add_object(unicode)
        font = pydyf.Dictionary(
            {
                "Type": "/Font",
                "Subtype": "/Type0",
                "BaseFont": f"/{self.name}",
                "Encoding": "/Identity-H",
                "DescendantFonts": pydyf.Array([descendant.reference]),
                "ToUnicode": unicode.reference,
            }
        )
        pdf.add_object(font)
        return bytes(font.reference)

    def _to_unicode(self) -> str:
        pairs = sorted(
            (number, character.encode("utf-16-be").hex())
            for character, number in self._subset.glyphs.items()
        )
        blocks = [pairs[i : i + 100] for i in range(0, len(pairs), 100)]  # §9.10.3: at most 100
        maps = "\n".join(
            f"{len(block)} beginbfchar\n"
            + "\n".join(f"<{number:04x}> <{text}>" for number, text in block)
            + "\nendbfchar"
            for block in blocks
        )
        return _CMAP.format(maps=maps)
