"""What an audit asks a chain that takes blocks back between two questions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from logbuilder import LogBuilder

from suyuan.core.errors import Damaged, Unavailable
from suyuan.flow.audit_chain import ChainAudit, Moved

POLICY = LogBuilder().policy
IDENTITY = (POLICY.chain_id, POLICY.genesis)


def root(size: int) -> bytes:
    """The log's own."""
    return size.to_bytes(32, "big")


Block = dict[int, bytes]
"""Roots that the contract has in a block; the largest size is its head."""


@dataclass(slots=True)
class Chain:
    """Answers of the block that was newest when it was chosen; ``later`` happens before an answer."""

    block: Block
    later: list[Callable[[Chain], None] | None] = field(default_factory=list)
    chosen: Block | None = None
    silent: bool = False
    chosen_times: int = 0

    def identity(self) -> tuple[int, str]:
        return IDENTITY

    def head_size(self) -> int:
        if self.silent:
            raise Unavailable("gone")
        self.chosen = self.block
        self.chosen_times += 1
        return max(self.block, default=0)

    def root_at(self, size: int) -> bytes | None:
        event = self.later.pop(0) if self.later else None
        if event is not None:
            event(self)
        if self.silent:
            raise Unavailable("gone")
        if self.chosen is not self.block:
            raise Moved
        return self.block.get(size)


def to(*sizes: int, **other: bytes) -> Callable[[Chain], None]:
    """The chain is another one from now on, whose contract has these sizes."""

    def happen(chain: Chain) -> None:
        chain.block = of(*sizes)

    return happen


def of(*sizes: int) -> Block:
    return {size: root(size) for size in sizes}


def audited(
    chain: Chain, *noted: tuple[int, bool], sealed: int = 500, ends: bool = True
) -> ChainAudit:
    made = ChainAudit(chain, POLICY, root)
    made.begin(sealed)
    marks = dict(noted)
    for size in range(1, sealed + 1):
        if size in marks or size == made.head:
            made.compare(size, final=marks.get(size, True))
    if ends:
        made.end(sealed)
    return made


def test_a_chain_that_stays_is_asked_once() -> None:
    chain = Chain(of(100, 300))
    made = audited(chain, (100, True), (300, True))
    assert (made.asked, made.sizes, chain.chosen_times) == ("agrees", [100, 300], 1)


def test_the_head_is_taken_back_between_two_questions() -> None:
    """An honest log: what it noted as mined, and not for good, is not there any more."""
    chain = Chain(of(100, 300), later=[None, to(100)])
    made = audited(chain, (100, True), (300, False))
    assert (made.asked, made.sizes) == ("agrees", [100])


def test_the_head_moves_on_meanwhile() -> None:
    chain = Chain(of(100), later=[to(100, 200)])
    made = audited(chain, (100, True), (200, True))
    assert (made.asked, made.sizes) == ("agrees", [100, 200])


def test_another_head_that_was_passed_already_is_asked_for() -> None:
    chain = Chain(of(100, 300), later=[None, to(100, 250)])
    made = audited(chain, (100, True), (300, False))
    assert (made.asked, made.sizes) == ("agrees", [100, 250])
    lying = Chain(of(100, 300), later=[None, lambda c: setattr(c, "block", {250: bytes(32)})])
    with pytest.raises(Damaged, match="another root at 250"):
        audited(lying, (300, False))


def test_the_block_is_taken_back_after_the_last_answer() -> None:
    """What was found before has to be of the chain that is there in the end."""
    lying = Chain(of(100, 300), later=[None, None, lambda c: setattr(c, "block", {100: bytes(32)})])
    with pytest.raises(Damaged, match="another root at 100"):
        audited(lying, (100, True), (300, False))
    honest = Chain(of(100, 300), later=[None, None, to(100)])
    assert audited(honest, (100, True), (300, False)).sizes == [100]


def test_what_is_noted_for_good_has_to_be_there() -> None:
    with pytest.raises(Damaged, match="another root at 100"):
        audited(Chain(of(300)), (100, True), (300, True))
    with pytest.raises(Damaged, match="another root at 300"):
        audited(Chain(of(100)), (100, True), (300, True))
    with pytest.raises(Damaged, match="another root at 300"):
        audited(Chain({}), (300, True))


def test_what_was_anchored_after_the_block_was_chosen_is_asked_of_a_newer_one() -> None:
    chain = Chain(of(100), later=[None, lambda c: c.block.update(of(300))])
    made = audited(chain, (100, True), (300, True))
    assert (made.asked, made.sizes) == ("agrees", [100, 300])


def test_more_than_is_sealed_appears_in_another_block() -> None:
    chain = Chain(of(100), later=[to(100, 900)])
    with pytest.raises(Damaged, match="taken away"):
        audited(chain, (100, True))


def test_a_chain_that_never_stays_or_falls_silent_is_not_reached() -> None:
    chain = Chain(of(100), later=[to(100) for _ in range(9)])
    made = audited(chain, (100, True))
    assert (made.asked, chain.chosen_times) == ("not reached", 6)
    silent = Chain(of(100), later=[lambda c: setattr(c, "silent", True)])
    assert audited(silent, (100, True)).asked == "not reached"
    gone = Chain(of(100), silent=True)
    assert audited(gone, (100, True)).asked == "not reached"
