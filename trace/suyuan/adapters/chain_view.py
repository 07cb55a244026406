"""A chain as a verifier asks it (core.anchor_check.ChainView): one RPC URL, the policy's contract.

The verifier's own URL, not the service's: nothing here knows a node, a database or a key.
"""

from __future__ import annotations

from typing import Literal

from eth_typing import BlockNumber
from hexbytes import HexBytes
from web3 import Web3
from web3.exceptions import BlockNotFound, TransactionNotFound, Web3RPCError

from suyuan.adapters import rpc
from suyuan.core.bundle import Anchor
from suyuan.core.errors import Unavailable
from suyuan.flow.audit_chain import Moved


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
    """The policy's contract, as flow.audit_chain asks it: everything of one block, by its hash."""

    def __init__(self, url: str, contract: str, log_id: str, *, timeout: float = 10.0) -> None:
        self._rpc = rpc.Rpc([url], timeout)
        self._address, self._log_id = Web3.to_checksum_address(contract), HexBytes(log_id)
        self._number, self._hash = -1, HexBytes(b"")

    def identity(self) -> tuple[int, str]:
        return self._rpc.identity()

    def head_size(self) -> int:
        """0 also where there is no such contract. The newest block is what is asked from now on."""

        def ask(client: Web3) -> int:
            block = client.eth.get_block("latest")
            self._number, self._hash = int(block["number"]), HexBytes(block["hash"])
            if not client.eth.get_code(self._address, self._hash):
                return 0
            head = rpc.call(client, self._address, "head", self._log_id, at=self._hash)
            return int(head[1])

        return self._rpc.ask(ask)

    def root_at(self, size: int) -> bytes | None:
        if self._number < 0:
            self.head_size()
        try:
            root = self._rpc.ask(
                lambda client: rpc.root_at(client, self._address, self._log_id, size, self._hash)
            )
        except Unavailable:
            # A node forgets a block that was taken back, and the state of one that is old.
            self._rpc.ask(lambda client: client.eth.block_number)  # a silent node is Unavailable
            raise Moved from None
        if not self._rpc.ask(self._stands):
            raise Moved
        return root

    def _stands(self, client: Web3) -> bool:
        """Whether the block is the chain's still. A node may go on knowing one that is not."""
        try:
            block = client.eth.get_block(BlockNumber(self._number))
        except BlockNotFound:
            return False
        return HexBytes(block["hash"]) == self._hash
