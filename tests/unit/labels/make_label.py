"""A label to print, for these tests."""

from __future__ import annotations

from datetime import date
from typing import Any

from suyuan_labels import Label, Link

HOST, GTIN, LOT, SERIAL = "trace.example.com", "9521234543213", "HK2026-0917A", "0123456789ABCD"
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def a_link(serial: str | None = SERIAL, **other: Any) -> Link:
    return Link(**{"host": HOST, "gtin": GTIN, "lot": LOT, "serial": serial, **other})


def a_label(link: Link | None = None, **other: Any) -> Label:
    usual = {
        "product_zh": "山核桃仁（原味）",
        "product_en": "Hickory kernels, roasted",
        "net": "180 g",
        "producer": "溪山县昌源山核桃专业合作社",
        "packed": date(2026, 9, 17),
        "best_before": date(2027, 3, 16),
    }
    return Label(link or a_link(), **{**usual, **other})


def serials(count: int) -> list[str]:
    """That many different serials of 14 characters, mixed as real ones are."""
    made = []
    for number in range(count):
        spread, text = pow(7, number + 1, 2**70 - 35), ""
        for _ in range(14):
            spread, digit = divmod(spread, 32)
            text += ALPHABET[digit]
        made.append(text)
    return made


# Texts that strain the layout, each in its own way.
HARD: dict[str, Label] = {
    "usual": a_label(),
    "lot alone": a_label(a_link(serial=None), best_before=None),
    "widest serial": a_label(a_link("WMWMWMWMWMWMWM")),
    "longest keys": a_label(Link("a.cn", GTIN, "WWWWWWWWWWWWWWWWWWWW", "WMWMWMWMWMWMWM")),
    "short code": a_label(Link("127.0.0.1:8443", GTIN, "1", scheme="http")),
    "long names": a_label(
        product_zh="临安区昌化镇龙岗村手剥椒盐奶油味山核桃仁礼盒装（精选大籽一级）",
        product_en="Hand-cracked hickory kernels, salt and pepper with butter, in a gift box of tin",
        producer="溪山县昌源山核桃专业合作社联合社第三加工车间有限责任公司",
    ),
    "one long word": a_label(product_en="Hickory" * 20, producer="Genossenschaft" * 8),
    "long net weight": a_label(net="500 g（20 g × 25 袋）"),
    "extra lines": a_label(
        lines=("贮存：阴凉干燥处", "配料：山核桃仁、食用盐、白砂糖；" * 6, "一级")
    ),
    "rare names": a_label(product_zh="䶮堃𫖯茶", producer="㛃𬭊家庭农场", net="50 g"),
}
