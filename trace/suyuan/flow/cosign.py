"""The log asks its witnesses to cosign its newest head.

A witness that has seen a larger tree than ours, or another one, is the alarm that this is for: somebody
put an old database back, or showed two histories. It stays in trouble until an operator has looked.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from suyuan.core import merkle
from suyuan.core.cosignature import CosignerKey, cosigned, with_lines
from suyuan.core.errors import Fatal, Malformed, Refused, Unavailable
from suyuan.core.note import MAX_SIGNATURES
from suyuan.core.witness import write_request
from suyuan.ports.outside import Clock
from suyuan.ports.tree import SignedHead, TreeStore
from suyuan.ports.witness import Witnesses


@dataclass(frozen=True, slots=True)
class Asked:
    """A witness that the log asks: its key, and the address that add-checkpoint is below."""

    key: CosignerKey
    url: str


def parse_witnesses(lines: Sequence[str]) -> tuple[Asked, ...]:
    """``VKEY URL`` each, from the settings; Malformed, naming the line."""
    found = []
    for line in lines:
        vkey, gap, url = line.strip().partition(" ")
        if not gap or not url.startswith(("https://", "http://")):
            raise Malformed(
                "a witness is written as its key, a space, and its address: {line}", line=line
            )
        found.append(Asked(CosignerKey.parse(vkey), url.strip().rstrip("/")))
    if len(found) >= MAX_SIGNATURES:
        raise Malformed("a head carries at most {most} signatures", most=MAX_SIGNATURES)
    if len({asked.key for asked in found}) != len(found):
        raise Malformed("two of the witnesses have the same key")
    return tuple(found)


@dataclass(slots=True)
class Cosigning:
    """Asks every witness that has not cosigned the newest head; each by itself."""

    tree: TreeStore
    witnesses: Witnesses
    asked: tuple[Asked, ...]
    clock: Clock
    _sizes: dict[CosignerKey, int] = field(default_factory=dict)
    """What each cosigned last, as far as we know; a restart asks anew."""

    def step(self) -> int:
        """One round; how many cosignatures came. Unavailable names who did not answer, after all
        others were asked; Fatal where a witness saw another history."""
        head = self.tree.latest()
        if head is None:
            return 0
        there = cosigned(
            with_lines(head.note, self.tree.cosignatures(head.size)), [a.key for a in self.asked]
        )
        came, silent = 0, []
        for asked in self.asked:
            if asked.key in there:
                continue
            try:
                line = self._ask(asked, head)
            except (Unavailable, Refused) as problem:
                silent.append(f"{asked.key.name}: {problem.text}")
                continue
            self.tree.cosign(head.size, asked.key.name, line, self.clock.now())
            self._sizes[asked.key] = head.size
            came += 1
        if silent:
            raise Unavailable("witnesses have not cosigned: {why}", why="; ".join(silent))
        return came

    def _ask(self, asked: Asked, head: SignedHead) -> str:
        old = self._sizes.get(asked.key, 0)
        old = old if old <= head.size else 0
        for _ in range(3):  # another process of ours may ask in the same moment
            status, body = self.witnesses.ask(
                f"{asked.url}/add-checkpoint",
                write_request(old, self._proof(old, head.size), head.note),
            )
            if status == 200:
                return _line(asked.key, head, body)
            told = _size(body) if status == 409 else None
            if told is None:
                break
            if told > head.size:
                raise Fatal(
                    "the witness {name} has seen {told} records of this log, which has {size}: an "
                    "old database was put back",
                    name=asked.key.name,
                    told=told,
                    size=head.size,
                )
            old = told
        why = _why(body)
        if status in {409, 422}:
            # It holds another root at a size that we have: two histories, ours or its own.
            raise Fatal(
                "the witness {name} has seen another history of this log: {why}",
                name=asked.key.name,
                why=why,
            )
        raise Refused("it answers {status}: {why}", status=status, why=why)

    def _proof(self, old: int, size: int) -> list[bytes]:
        if old in (0, size):
            return []
        found = self.tree.nodes(merkle.consistency_nodes(old, size))
        return merkle.consistency_proof(old, size, lambda level, number: found[level, number])


def _line(key: CosignerKey, head: SignedHead, body: bytes) -> str:
    """The witness's own line of its answer, after it was checked; Refused where there is none."""
    try:
        lines = body.decode().splitlines(keepends=True)
    except UnicodeDecodeError:
        lines = []
    for line in lines[:MAX_SIGNATURES]:
        whole = line.startswith(f"— {key.name} ") and line.endswith("\n")
        if whole and key in cosigned(head.note + line, [key]):
            return line
    raise Refused("its answer holds no cosignature of the key that is expected")


def _size(body: bytes) -> int | None:
    text = body[:32].decode(errors="replace").strip()
    return int(text) if text.isascii() and text.isdigit() else None


def _why(body: bytes) -> str:
    text = body[:2000].decode(errors="replace").strip()
    try:
        told = json.loads(text)
        return str(told["detail"])[:300]
    except (ValueError, KeyError, TypeError):
        return text[:300]
