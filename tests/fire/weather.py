"""What goes wrong beside the kills: the chain reorganises and forgets, its node fails, clocks jump."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from random import Random
from typing import Any

from fire.killable import Victim
from fire.proxy import Proxy

from suyuan_devnet.errors import RpcError
from suyuan_devnet.rpc import call

DEPTH = 5
"""Blocks that a reorganisation takes back at most."""
CONFIRMATIONS = 24
"""Beyond every reorganisation, and beyond what the devnet loses when it is killed."""
_FAILING = {"eth_sendRawTransaction": 0.1}
_ELSE = 0.002
"""How often a call fails in each of the two ways; one look at the chain is dozens of calls."""
_CLOCKS = (0.0, 100.0, -100.0)
"""Seconds ahead: as far apart as clocks may lie, and everything goes on."""
_WRONG = -3600.0
"""Nothing is sealed by a clock that lies so far behind, until it is set right."""


class Weather:
    """Blocks come, three a second; now and then one of the chain's faults, or a clock that jumps."""

    def __init__(self, rpc: Proxy, victims: Sequence[Victim], seed: int) -> None:
        self._rpc, self._victims, self._draw = rpc, victims, Random(seed)
        self._failing = Random(seed + 1)
        self.counts: Counter[str] = Counter()
        rpc.before = self._before
        rpc.answer = self._after

    def _before(self, method: str) -> bool:
        return self._happens(method, "RPC failed, not applied")

    def _after(self, method: str, _: list[Any], result: Any) -> Any:
        return b"500" if self._happens(method, "RPC failed, applied") else result

    def _happens(self, method: str, what: str) -> bool:
        if self._failing.random() >= _FAILING.get(method, _ELSE):
            return False
        self.counts[what] += 1
        return True

    def run(self, stop: threading.Event) -> None:
        while not stop.wait(0.3):
            with suppress(RpcError):  # it was just killed
                self._turn(stop)

    def _turn(self, stop: threading.Event) -> None:
        luck = self._draw.random()
        if luck < 0.08:
            self._chain("anvil_reorg", self._draw.randint(1, DEPTH), [])
            self.counts["reorganisation"] += 1
        elif luck < 0.14:
            self._hold(stop)
        elif luck < 0.18:
            self._jump(stop)
        else:
            self._chain("evm_mine")

    def _hold(self, stop: threading.Event) -> None:
        """No blocks for a while; of what waits then, half is forgotten."""
        self._chain("evm_setAutomine", False)
        self.counts["mining stopped"] += 1
        try:
            waiting = self._waiting(stop)
            for of_sender in waiting.values():
                for transaction in of_sender.values():
                    if self._draw.random() < 0.5:
                        self._chain("anvil_dropTransaction", transaction["hash"])
                        self.counts["transaction forgotten"] += 1
        finally:
            self._chain("evm_mine")
            self._chain("evm_setAutomine", True)

    def _waiting(self, stop: threading.Event) -> dict[str, dict[str, Any]]:
        """What is in the pool, by sender and nonce, as soon as something is; {} if nothing comes."""
        for _ in range(self._draw.randint(5, 30)):
            found: dict[str, dict[str, Any]] = self._chain("txpool_content")["pending"]
            if found or stop.wait(0.1):
                return found
        return {}

    def _jump(self, stop: threading.Event) -> None:
        victim = self._draw.choice(self._victims)
        if self._draw.random() < 0.25:
            victim.clock(_WRONG)
            self.counts["clock wrong"] += 1
            stop.wait(1.0)
        victim.clock(self._draw.choice(_CLOCKS))
        self.counts["clock jumped"] += 1

    def mine(self, blocks: int) -> None:
        for _ in range(blocks):
            self._chain("evm_mine")

    def _chain(self, method: str, *params: object) -> Any:
        return call(self._rpc.real, method, *params, timeout=5)

    def clear(self) -> None:
        """Peace: whatever was held, failed or jumped is as it should be."""
        self._rpc.before, self._rpc.answer = None, None
        for victim in self._victims:
            victim.clock(0.0)
        self._chain("evm_setAutomine", True)
        self.mine(CONFIRMATIONS)
