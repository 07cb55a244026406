"""QR codes of version ≤ 4 and at least level M in alphanumeric mode (ISO/IEC 18004:2015).

The version is the smallest that holds the text at level M; of that the strongest level that still holds
it is taken, which makes no code larger and no module smaller.

A code is a linear function of its data bits (error correction is linear, placing permutes, masking
adds a constant), so the ``qrcode`` library is asked once per version what each single bit does, and
a code is then one exclusive-or per set bit: 3,000 a second in place of 130. The choice of the mask
is the standard's, counted on whole matrices held as one integer.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from qrcode import base, constants, util
from qrcode.main import QRCode

from suyuan_labels.errors import LabelError

Level = Literal["M", "Q", "H"]
ROOM: dict[Level, dict[int, int]] = {
    "M": {1: 20, 2: 38, 3: 61, 4: 90},
    "Q": {1: 16, 2: 29, 3: 47, 4: 67},
    "H": {1: 10, 2: 20, 3: 35, 4: 50},
}
"""Alphanumeric characters that each version holds at each level (table 7)."""
CAPACITY = ROOM["M"]
_CORRECTION = {
    "M": constants.ERROR_CORRECT_M,
    "Q": constants.ERROR_CORRECT_Q,
    "H": constants.ERROR_CORRECT_H,
}
QUIET = 4
"""Modules that must stay blank on every side (§6.3.8)."""
_VALUES = {c: i for i, c in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:")}  # table 5


class Symbol(NamedTuple):
    """A finished code. Each of ``rows`` is one row, its most significant of ``size`` bits at left."""

    version: int
    mask: int
    size: int
    rows: tuple[int, ...]
    level: Level

    def stretches(self) -> Iterator[tuple[int, int, int]]:
        """Each horizontal stretch of dark modules: its column, row and length."""
        for y, row in enumerate(self.rows):
            bits, x = f"{row:0{self.size}b}0", 0
            while (x := bits.find("1", x)) >= 0:
                end = bits.index("0", x)
                yield x, y, end - x
                x = end


def symbol(text: str) -> Symbol:
    """The smallest code that holds ``text`` at level M, at the strongest level that it has room for.

    Raises LabelError for what version 4-M cannot hold.
    """
    outside = sorted(set(text) - set(_VALUES))
    if outside:
        raise LabelError(
            "a label's code holds digits, capitals and $%*+-./: only, not {characters}",
            characters=" ".join(map(repr, outside)),
        )
    version = next((v for v, room in CAPACITY.items() if len(text) <= room), None)
    if version is None or not text:
        raise LabelError(
            "a label's code holds 1 to {limit} characters, not {length}",
            limit=CAPACITY[4],
            length=len(text),
        )
    levels: tuple[Level, ...] = ("H", "Q", "M")
    level = next(one for one in levels if len(text) <= ROOM[one][version])
    size = _size(version)
    blank, effects = _effects(version, level)
    plain = blank
    data = int.from_bytes(_data_words(text, _word_count(version, level)), "big")
    for effect in effects:
        if data & 1:
            plain ^= effect
        data >>= 1
    _, mask, best = min(
        (_penalty(plain ^ flip, size), mask, plain ^ flip)
        for mask, flip in enumerate(_mask_flips(version, level))
    )
    return Symbol(version, mask, size, tuple(_rows(best, size)), level)


def _data_words(text: str, words: int) -> bytes:
    """Mode, count, characters in pairs, terminator and padding (§7.4.4, §7.4.9, §7.4.10)."""
    bits, length = 0b0010 << 9 | len(text), 13
    for first, second in zip(text[::2], text[1::2], strict=False):
        bits, length = bits << 11 | 45 * _VALUES[first] + _VALUES[second], length + 11
    if len(text) % 2:
        bits, length = bits << 6 | _VALUES[text[-1]], length + 6
    end = min(-(-(length + 4) // 8), words)
    padding = (b"\xec\x11" * words)[: words - end]
    return (bits << 8 * end - length).to_bytes(end, "big") + padding


# A matrix is held as one integer of lines: its rows, an empty line, then its columns as lines, each
# line followed by a bit that is neither dark nor light. So whatever is counted along lines is
# counted in both directions at once, and no run crosses from one line to the next.


def _size(version: int) -> int:
    return 17 + 4 * version


def _lines(rows: Sequence[str]) -> int:
    columns = ["".join(column) for column in zip(*rows, strict=True)]
    return int("0".join([*rows, "0" * len(rows), *columns]), 2)


@functools.cache
def _all(size: int) -> int:
    return _lines(["1" * size] * size)


def _rows(matrix: int, size: int) -> Iterator[int]:
    row = (1 << size) - 1
    return (matrix >> (size + 1) * (2 * size - y) & row for y in range(size))


def _penalty(dark: int, size: int) -> int:
    """The four features of §7.8.3 that make a code hard to read; every one counts in points."""
    light = dark ^ _all(size)
    points = blocks = 0
    for one in (dark, light):
        two = one & one >> 1
        five = two & two >> 2 & one >> 4
        # A run of n ≥ 5 costs n - 2: one for each window of five, and two more for the run.
        points += five.bit_count() + 2 * (five & ~(five << 1)).bit_count()
        blocks += (two & two >> size + 1).bit_count()
    margin = light & light >> 1 & light >> 2 & light >> 3
    finder = dark & light >> 1 & dark >> 2 & dark >> 3 & dark >> 4 & light >> 5 & dark >> 6
    points += 40 * ((finder & margin >> 7).bit_count() + (finder >> 4 & margin).bit_count())
    steps = abs(dark.bit_count() - size * size) * 10 // (size * size)  # of 5 % from one half
    return points + 3 * blocks // 2 + 10 * steps


# What follows asks the library, once per version and level.


def _blocks(version: int, level: Level) -> list[base.RSBlock]:
    return base.rs_blocks(version, _CORRECTION[level])


@functools.cache
def _word_count(version: int, level: Level) -> int:
    return sum(block.data_count for block in _blocks(version, level))


@functools.cache
def _mask_flips(version: int, level: Level) -> tuple[int, ...]:
    """For each mask, the modules in which it differs from mask 0."""
    words = [0] * sum(block.total_count for block in _blocks(version, level))
    first = _drawn(version, level, words)
    return tuple(first ^ _drawn(version, level, words, mask) for mask in range(8))


@functools.cache
def _effects(version: int, level: Level) -> tuple[int, tuple[int, ...]]:
    """The matrix of all data bits zero under mask 0, and what each bit flips, from the last on."""
    blocks = _blocks(version, level)
    count, total = _word_count(version, level), sum(block.total_count for block in blocks)
    blank = _drawn(version, level, [0] * total)
    places = _places(version, level, total, blank)
    ones = _coded([1] * count, blocks)
    effects: list[int] = []
    for word in reversed(range(count)):
        # The library cannot code a block of zeros, so what a 1 does is seen by taking it away.
        without = _coded([int(i != word) for i in range(count)], blocks)
        coded = [a ^ b for a, b in zip(ones, without, strict=True)]
        for power in range(8):
            # Correction words are linear over GF(256): those of 2^n are 2^n times those of 1.
            scaled = [base.gexp(base.glog(w) + power) if w else 0 for w in coded]
            bits = int.from_bytes(bytes(scaled), "big")
            effects.append(sum(place for n, place in enumerate(places) if bits >> n & 1))
    return blank, tuple(effects)


def _coded(data: list[int], blocks: list[base.RSBlock]) -> list[int]:
    """Data words and their correction words, as they are placed."""
    buffer = util.BitBuffer()
    buffer.buffer, buffer.length = data, 8 * len(data)
    return util.create_bytes(buffer, blocks)


def _places(version: int, level: Level, total: int, blank: int) -> list[int]:
    """The matrix bits (in its row and in its column) of each bit of the words, from the last on.

    Found by drawing the bits' own numbers, one binary digit at a time.
    """
    length = 8 * total
    digits = length.bit_length()
    drawn = []
    for digit in range(digits):
        numbers = sum((n + 1 >> digit & 1) << n for n in range(length))
        drawn.append(blank ^ _drawn(version, level, list(numbers.to_bytes(total, "big"))))
    places = [0] * length
    for position in range(max(matrix.bit_length() for matrix in drawn)):
        number = sum((matrix >> position & 1) << digit for digit, matrix in enumerate(drawn))
        if number:
            places[number - 1] |= 1 << position
    return places


def _drawn(version: int, level: Level, words: list[int], mask: int = 0) -> int:
    code = QRCode(version, _CORRECTION[level], mask_pattern=mask)
    code.data_cache = words
    code.makeImpl(False, mask)  # noqa: FBT003
    return _lines(["".join("01"[bool(module)] for module in row) for row in code.modules])
