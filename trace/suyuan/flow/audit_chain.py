"""What an audit asks the chain: every answer of one block, which has to be the chain's still in the end.

A reorganisation between two questions would mix two chains: a head of one with the roots of another,
and an honest log would look rewritten. So a block is chosen, everything is asked of that block, and
where it is the chain's no more another one is chosen and everything asked again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Literal, Protocol, TypeAlias

from suyuan.core.errors import Damaged, Unavailable
from suyuan.core.policy import Policy

Asked: TypeAlias = Literal["agrees", "not asked", "not reached", "differs"]

_TRIES = 5
"""Blocks that are chosen until one stays; a chain that takes back more in a row is not reached."""


class Moved(Unavailable):
    """The block that was chosen is the chain's no more, or is not known there any more."""

    def __init__(self) -> None:
        super().__init__("the chain took back the block that was asked")


class Heads(Protocol):
    """The part of a chain that an audit asks. Unavailable where it does not answer."""

    def identity(self) -> tuple[int, str]:
        """Chain id and hash of block 0."""
        ...

    def head_size(self) -> int:
        """Of the newest block, which is chosen by this question."""
        ...

    def root_at(self, size: int) -> bytes | None:
        """Of the block chosen last; Moved where that is the chain's no more."""
        ...


@dataclass(slots=True)
class ChainAudit:
    """One replay's questions. ``root_of``: the log's own root of so many records, once they are read."""

    chain: Heads | None
    policy: Policy
    root_of: Callable[[int], bytes]
    asked: Asked = "not asked"
    sealed: int = 0
    head: int = 0
    """Size of the contract's head in the block that was chosen."""
    sizes: list[int] = field(default_factory=list)
    """Where the contract was found to agree, as they were asked."""
    _due: dict[int, bool] = field(default_factory=dict)
    """Sizes asked so far → whether the contract has to have a root there."""
    _strict: bool = False
    """The block is newer than all that was noted."""

    def begin(self, sealed: int) -> None:
        """Choose a block; Damaged where the contract holds more than is sealed, or on another chain."""
        self.sealed = sealed
        if self.chain is None:
            return
        try:
            self._choose()
        except Unavailable:
            self._silent()

    def compare(self, size: int, *, final: bool) -> None:
        """A size that is noted as anchored (``final``: for good), or is the head: Damaged for another
        root. What is not final may be missing there; what is newer than the block, until the end."""
        self._due[size] = final
        self._ask([size])

    def end(self, read: int) -> None:
        """After ``read`` records: is the block that was asked the chain's still? Else all again.

        What is noted for good and was not there yet is asked of a newer block.
        """
        if self.chain is None or not self._due:
            return
        if any(final and size > self.head for size, final in self._due.items()):
            self._strict = True
            try:
                self._choose()
            except Unavailable:
                self._silent()
            self.sizes.clear()
            self._ask(sorted(self._due), read)
        else:
            self._ask([self.head] if self.head in self._due else [], read)

    def _choose(self) -> None:
        assert self.chain is not None
        identity, size = self.chain.identity(), self.chain.head_size()
        if identity != (self.policy.chain_id, self.policy.genesis):
            raise Damaged("this is not the chain of the policy", what="chain")
        if size > self.sealed:
            raise Damaged(
                "the contract holds {size} records, the log shows only {top}: the newest were "
                "taken away",
                index=self.sealed,
                what="chain",
                size=size,
                top=self.sealed,
            )
        self.asked, self.head = "agrees", size

    def _ask(self, wanted: Iterable[int], read: int = 0) -> None:
        if self.chain is None:
            return
        sizes = list(wanted)
        try:
            for _ in range(_TRIES):
                try:
                    for size in sizes:
                        self._compare(size)
                except Moved:
                    self._choose()
                    self.sizes.clear()
                    # The head of the new block too, where the records below it were read already.
                    passed = max([read, *self._due])
                    if 0 < self.head <= passed:
                        self._due.setdefault(self.head, False)
                    sizes = sorted(self._due)
                else:
                    return
            self._silent()
        except Unavailable:
            self._silent()

    def _compare(self, size: int) -> None:
        assert self.chain is not None
        root = self.chain.root_at(size)
        owed = self._due[size] and (self._strict or size < self.head)
        if root is None and size != self.head and not owed:
            return
        if root != self.root_of(size):
            raise Damaged(
                "the contract holds another root at {size}: the past was rewritten after it was "
                "anchored",
                index=size - 1,
                size=size,
                what="chain",
            )
        if size not in self.sizes:
            self.sizes.append(size)

    def _silent(self) -> None:
        self.asked, self.chain = "not reached", None
