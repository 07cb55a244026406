"""How much may wait for the chain before new records are turned away for a while (A13)."""

from __future__ import annotations

from dataclasses import dataclass

from suyuan.core.errors import Unavailable
from suyuan.ports.anchors import MINED, AnchorStore
from suyuan.ports.log import LogStore


@dataclass(slots=True)
class Backlog:
    """The records that the contract does not hold yet, and their bound; 0: no bound."""

    log: LogStore
    anchors: AnchorStore
    bound: int
    _room: int = 0
    """Size of the log below which nothing has to be asked: what is anchored stays so."""

    def waiting(self) -> int:
        """Records in no mined anchor; 0 where there is no contract to wait for."""
        policy = self.anchors.policy()
        if policy is None:
            return 0
        done = self.anchors.latest(policy.version, MINED)
        return self.log.tail().size - (done.size if done else 0)

    def check(self) -> None:
        """Unavailable (503, with a time to come back) when the bound is reached."""
        if not self.bound or (self._room and self.log.tail().size < self._room):
            return
        waiting = self.waiting()
        if waiting >= self.bound:
            raise Unavailable(
                "{waiting} records wait for the chain, and no more than {bound} may; nothing of this "
                "was recorded, send it again later",
                waiting=waiting,
                bound=self.bound,
            )
        self._room = self.log.tail().size - waiting + self.bound
