"""A chain as a verifier asks it (core.anchor_check.ChainView): one RPC URL, the policy's contract.

The verifier's own URL, not the service's: nothing here knows a node, a database or a key.
"""

from __future__ import annotations

from typing import Literal

from hexbytes import HexBytes
from web3 import Web3
from web3.exceptions import BlockNotFound, TransactionNotFound, Web3RPCError

from suyuan.adapters import rpc
from suyuan.core.bundle import Anchor


class EthereumView:
    """Reads one chain; whatever keeps it from answering is Unavailable."""

    def __init__(self, url: str, *, timeout: float = 10.0) -> None:
        self._rpc = rpc.Rpc([url], timeout)

    def chain_id(self) -> int:
        return self._rpc.ask(lambda client: int(client.eth.chain_id))

    def genesis_hash(self) -> str:
        return self._rpc.ask(lambda client: rpc.hash_of(client.eth.get_block(0)))

    def root_at(
        self, contract: str, log_id: str, size: int, *, block: Literal["finalized", "latest"]
    ) -> bytes | None:
        address, name = Web3.to_checksum_address(contract), HexBytes(log_id)

        def ask(client: Web3) -> bytes | None:
            try:
                return rpc.root_at(client, address, name, size, block)
            except (BlockNotFound, Web3RPCError):
                if block == "latest" or rpc.finalized(client) is not None:
                    raise
                return rpc.root_at(client, address, name, size, "latest")

        return self._rpc.ask(ask)

    def head_extended(
        self, contract: str, log_id: str, size: int, root: bytes, at: Anchor
    ) -> str | None:
        address, name = Web3.to_checksum_address(contract), bytes(HexBytes(log_id))

        def ask(client: Web3) -> str | None:
            try:
                receipt = client.eth.get_transaction_receipt(HexBytes(at.tx_hash))
                block = client.eth.get_block(receipt["blockNumber"])
            except (TransactionNotFound, BlockNotFound):
                return None
            if {HexBytes(block["hash"]), HexBytes(receipt["blockHash"])} != {
                HexBytes(at.block_hash)
            }:
                return None
            if not rpc.extended(receipt, address, name, size, root):
                return None
            return rpc.time_of(block)

        return self._rpc.ask(ask)


class AuditedChain:
    """The policy's contract, as flow.audit asks it."""

    def __init__(self, url: str, contract: str, log_id: str, *, timeout: float = 10.0) -> None:
        self._rpc = rpc.Rpc([url], timeout)
        self._address, self._log_id = Web3.to_checksum_address(contract), HexBytes(log_id)

    def identity(self) -> tuple[int, str]:
        return self._rpc.identity()

    def head_size(self) -> int:
        """0 also where there is no such contract."""

        def ask(client: Web3) -> int:
            if not client.eth.get_code(self._address):
                return 0
            return int(rpc.call(client, self._address, "head", self._log_id)[1])

        return self._rpc.ask(ask)

    def root_at(self, size: int) -> bytes | None:
        return self._rpc.ask(
            lambda client: rpc.root_at(client, self._address, self._log_id, size, "latest")
        )
