import random
from collections.abc import Callable
from itertools import groupby
from typing import Any

import pytest
import zxingcpp
from PIL import Image
from qrcode import constants, util
from qrcode.main import QRCode

from suyuan_labels import LabelError, qr

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
URI = "HTTPS://TRACE.EXAMPLE.COM/01/09521234543213/10/HK2026-0917A/21/0123456789ABCD"


def texts() -> list[str]:
    chance = random.Random(20260917)
    return ["".join(chance.choices(ALPHABET, k=length)) for length in range(1, 91)]


CORRECTION = {
    "M": constants.ERROR_CORRECT_M, "Q": constants.ERROR_CORRECT_Q, "H": constants.ERROR_CORRECT_H,
}  # fmt: skip


def by_the_library(text: str, symbol: qr.Symbol, mask: int) -> list[list[bool]]:
    code = QRCode(symbol.version, CORRECTION[symbol.level], mask_pattern=mask)
    code.add_data(util.QRData(text.encode(), mode=2), optimize=0)
    code.make(fit=False)
    return [[bool(module) for module in row] for row in code.modules]


def modules(symbol: qr.Symbol) -> list[list[bool]]:
    return [[bit == "1" for bit in f"{row:0{symbol.size}b}"] for row in symbol.rows]


def test_every_module_is_as_the_library_sets_it() -> None:
    for text in [*texts(), URI]:
        symbol = qr.symbol(text)
        assert modules(symbol) == by_the_library(text, symbol, symbol.mask), text


def test_the_smallest_version_is_taken() -> None:
    found = [qr.symbol("A" * length).version for length in range(1, 91)]
    assert found == [1] * 20 + [2] * 18 + [3] * 23 + [4] * 29


def test_the_strongest_level_that_makes_no_code_larger_is_taken() -> None:
    """ISO/IEC 18004 table 7: 1-H 10, 1-Q 16, 2-H 20, 2-Q 29, 3-H 35, 3-Q 47, 4-H 50, 4-Q 67."""
    found = "".join(qr.symbol("A" * length).level for length in range(1, 91))
    assert found == (
        "H" * 10 + "Q" * 6 + "M" * 4 + "Q" * 9 + "M" * 9 + "Q" * 9 + "M" * 14 + "Q" * 6 + "M" * 23
    )


def penalty(code: list[list[bool]]) -> int:
    """ISO/IEC 18004 §7.8.3, as it is written there."""
    size, points = len(code), 0
    for line in [*code, *map(list, zip(*code, strict=True))]:
        for _, run in groupby(line):
            length = len(list(run))
            points += 3 + length - 5 if length >= 5 else 0
        text = "".join("01"[module] for module in line)
        for start in range(size - 10):
            points += 40 * (text[start : start + 11] in ("10111010000", "00001011101"))
    for y in range(size - 1):
        for x in range(size - 1):
            points += 3 * (
                len({code[y][x], code[y][x + 1], code[y + 1][x], code[y + 1][x + 1]}) == 1
            )
    dark = sum(map(sum, code)) / size**2
    return points + 10 * int(abs(dark - 0.5) * 20)


def test_the_mask_is_the_one_of_least_penalty() -> None:
    chosen = set()
    for text in texts()[::3]:
        symbol = qr.symbol(text)
        all_penalties = [penalty(by_the_library(text, symbol, m)) for m in range(8)]
        assert all_penalties[symbol.mask] == min(all_penalties)
        chosen.add(symbol.mask)
    assert len(chosen) >= 6


@pytest.mark.parametrize("text", ["A", URI, "0" * 90, ALPHABET, "0" * 29, "0" * 67])
def test_a_reader_reads_it(text: str) -> None:
    symbol = qr.symbol(text)
    image = Image.new("L", (symbol.size + 8, symbol.size + 8), 255)
    for x, y, width in symbol.stretches():
        image.paste(0, (x + 4, y + 4, x + 4 + width, y + 5))
    (found,) = zxingcpp.read_barcodes(image.resize((4 * image.width, 4 * image.height), 0))
    assert found.text == text
    assert found.ec_level == symbol.level
    extra: Any = found.extra
    assert (extra["Version"], extra["DataMask"]) == (str(symbol.version), symbol.mask)


def test_the_mode_is_alphanumeric() -> None:
    # Its indicator is the first four data bits, in the lower right corner, two columns upwards.
    symbol = qr.symbol(URI)
    code = modules(symbol)
    conditions = (
        lambda y, x: y + x & 1,
        lambda y, x: y & 1,
        lambda y, x: x % 3,
        lambda y, x: (y + x) % 3,
        lambda y, x: y // 2 + x // 3 & 1,
        lambda y, x: y * x % 2 + y * x % 3,
        lambda y, x: y * x + y * x % 3 & 1,
        lambda y, x: y + x + y * x % 3 & 1,
    )  # table 10: a module is flipped where this is 0
    kept: Callable[[int, int], int] = conditions[symbol.mask]
    last = symbol.size - 1
    first = [(last, last), (last, last - 1), (last - 1, last), (last - 1, last - 1)]
    assert [code[y][x] ^ (kept(y, x) == 0) for y, x in first] == [False, False, True, False]


def test_the_stretches_are_the_dark_modules() -> None:
    symbol = qr.symbol(URI)
    dark = {(x + i, y) for x, y, width in symbol.stretches() for i in range(width)}
    expected = {(x, y) for y, row in enumerate(modules(symbol)) for x, on in enumerate(row) if on}
    assert dark == expected


@pytest.mark.parametrize("text", ["", "0" * 91])
def test_what_does_not_fit_is_refused(text: str) -> None:
    with pytest.raises(LabelError, match="1 to 90"):
        qr.symbol(text)


def test_characters_outside_the_set_are_named() -> None:
    with pytest.raises(LabelError) as caught:
        qr.symbol("https://A核")
    assert caught.value.params["characters"] == "'h' 'p' 's' 't' '核'"
