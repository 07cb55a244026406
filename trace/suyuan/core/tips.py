"""The log's signed word on the newest record of each object (formats.md §7, ``tips``)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from suyuan.core.encoding import decimal
from suyuan.core.errors import Malformed

HEADER = "suyuan/tips/v1"

_LINE = re.compile(r"(?:([0-9a-f]{64})|-) (\S+)")


@dataclass(frozen=True, slots=True)
class Tips:
    """Leaf hash of the newest record that extends each object, None where there is no record."""

    origin: str
    size: int
    newest: Mapping[str, bytes | None]

    def text(self) -> str:
        """The text to sign: lines sorted by object id in code points."""
        lines = [HEADER, self.origin, str(self.size)]
        for name in sorted(self.newest):
            leaf = self.newest[name]
            lines.append(f"{leaf.hex() if leaf is not None else '-'} {name}")
        return "\n".join(lines) + "\n"


def parse_tips(text: str) -> Tips:
    """Read the text of such a note; Malformed unless its lines are sorted, each object once."""
    header, *lines = text.split("\n")
    if header != HEADER or len(lines) < 3 or lines.pop() != "":
        raise Malformed("the word on the newest records is not a {header}", header=HEADER)
    origin, size, *lines = lines
    newest: dict[str, bytes | None] = {}
    before = ""
    for line in lines:
        found = _LINE.fullmatch(line)
        if found is None or found[2] <= before:
            raise Malformed("a line on the newest records is misshapen or not in its place")
        before = found[2]
        newest[before] = bytes.fromhex(found[1]) if found[1] else None
    return Tips(origin, decimal(size), newest)
