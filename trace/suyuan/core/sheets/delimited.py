"""CSV as programs in China write it: UTF-8, UTF-16 or GB18030; commas, semicolons or tabs (RFC 4180)."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

from suyuan.core.errors import Malformed
from suyuan.core.sheets.sheet import Sheet, sheet_of

_DELIMITERS = (",", "\t", ";", "，", "|")
_LOOKED_AT = 20
_LONGEST = 131_072
"""Characters of a cell, as the csv module has it."""


_ODD = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x80-\x9f\ue000-\uf8ff]")


def text_of_bytes(data: bytes) -> tuple[str, str]:
    """The text and the name of its encoding; Malformed where it is none that is read here."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        known: tuple[str, ...] = ("utf-16",)
    elif data.startswith(b"\xef\xbb\xbf"):
        known = ("utf-8-sig",)
    else:
        known = ("utf-8", "gb18030")
    for name in known:
        try:
            text = data.decode(name)
        except UnicodeDecodeError:
            continue
        if "\0" not in text and not _garbled(text):
            return text, name
    raise Malformed(
        "the letters of this file cannot be read: it is neither UTF-8 nor GB18030; in Excel, save it "
        "as «CSV UTF-8», or as a workbook (.xlsx)"
    )


def _garbled(text: str) -> bool:
    """Bytes of another encoding that GB18030 happens to take fall into its private or empty places."""
    return len(_ODD.findall(text, 0, 100_000)) * 50 > len(text[:100_000])


def sheet_of_csv(data: bytes, title: str, *, comment: str = "#") -> Sheet:
    """The one sheet of a delimited file. Lines at its top that begin with ``comment`` are left out.

    Rows are numbered by the line in which they begin.
    """
    text, _ = text_of_bytes(data)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    lines = text.split("\n")
    skipped = 0
    while skipped < len(lines) and (
        not lines[skipped].strip() or (comment and lines[skipped].startswith(comment))
    ):
        skipped += 1
    body = "\n".join(lines[skipped:])
    return sheet_of(title, _rows(body, _delimiter(lines[skipped:]), skipped))


def _rows(body: str, delimiter: str, skipped: int) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(body, newline=""), delimiter=delimiter, strict=True)
    begins = skipped + 1
    try:
        for row in reader:
            yield begins, row
            begins = skipped + reader.line_num + 1
    except csv.Error:
        raise Malformed(
            "the table ends or breaks off in row {row}: a quotation mark is not closed, or a cell is "
            "longer than {most} characters",
            row=begins,
            most=_LONGEST,
        ) from None


def _delimiter(lines: list[str]) -> str:
    """The one that stands in each of the first lines, and most often; a comma in doubt."""
    seen = [line for line in lines[:_LOOKED_AT] if line.strip()]
    counts = {
        mark: (sum(mark in line for line in seen), sum(line.count(mark) for line in seen))
        for mark in _DELIMITERS
    }
    return max(_DELIMITERS, key=counts.__getitem__)
