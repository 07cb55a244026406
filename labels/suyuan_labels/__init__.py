"""Labels whose code leads to a public page: QR of a GS1 Digital Link, and the words beside it.

A leaf: it knows nothing of the rest of the project, keeps nothing and asks no network.

    link = Link("trace.example.com", "09521234543213", "HK2026-0917A", "0123456789ABCD")
    label = Label(link, "山核桃仁", "Hickory kernels", "180 g", "某某合作社", date(2026, 9, 17))
    bitmap_png(label)           # a 60 × 40 mm label for a 203 dpi thermal printer
    pdf([label, ...])           # A4 sheets of 3 × 8
    Press(ROLL_60X40, DOTS_203).bits(label)     # dots for a printer's own language: SPEECH["zpl"].one
"""

from suyuan_labels.calibration import calibration
from suyuan_labels.certificate import PAGE_A4, Certificate
from suyuan_labels.errors import LabelError
from suyuan_labels.head import Head, Media
from suyuan_labels.label import Label
from suyuan_labels.languages import SPEECH, Language, Speech
from suyuan_labels.link import Link
from suyuan_labels.notice import Notice
from suyuan_labels.pdf import pdf
from suyuan_labels.press import Bits, Press, bits_of
from suyuan_labels.raster import bitmap, bitmap_png, png
from suyuan_labels.state import State, Trouble
from suyuan_labels.stock import (
    A4_3X8,
    A4_4X10,
    CELL_52X29,
    CELL_70X37,
    DOTS_203,
    DOTS_300,
    ROLL_40X30,
    ROLL_50X30,
    ROLL_60X40,
    Sheet,
    Stock,
    Type,
    custom,
    single,
)
from suyuan_labels.svg import svg
from suyuan_labels.typeface import Typeface, default_typeface

__all__ = [
    "A4_3X8",
    "A4_4X10",
    "CELL_52X29",
    "CELL_70X37",
    "DOTS_203",
    "DOTS_300",
    "PAGE_A4",
    "ROLL_40X30",
    "ROLL_50X30",
    "ROLL_60X40",
    "SPEECH",
    "Bits",
    "Certificate",
    "Head",
    "Label",
    "LabelError",
    "Language",
    "Link",
    "Media",
    "Notice",
    "Press",
    "Sheet",
    "Speech",
    "State",
    "Stock",
    "Trouble",
    "Type",
    "Typeface",
    "bitmap",
    "bitmap_png",
    "bits_of",
    "calibration",
    "custom",
    "default_typeface",
    "pdf",
    "png",
    "single",
    "svg",
]
