"""A chain as a verifier asks it (core.anchor_check.ChainView): one RPC URL, the policy's contract.

The verifier's own URL, not the service's: nothing here knows a node, a database or a key.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Literal

import requests
from eth_utils.crypto import keccak
from hexbytes import HexBytes
from web3 import Web3
from web3.exceptions import BlockNotFound, TransactionNotFound, Web3Exception, Web3RPCError
from web3.types import BlockIdentifier

from suyuan.adapters.chain import connect
from suyuan.core.bundle import Anchor
from suyuan.core.errors import Unavailable
from suyuan.core.timestamps import from_datetime
from suyuan_contracts import artifact

_EXTENDED = keccak(text="HeadExtended(bytes32,uint64,bytes32)")


class EthereumView:
    """Reads one chain; whatever keeps it from answering is Unavailable."""

    def __init__(self, url: str, *, timeout: float = 10.0) -> None:
        self._client: Web3 = connect(url, timeout)

    def chain_id(self) -> int:
        return int(self._ask(lambda: self._client.eth.chain_id))

    def genesis_hash(self) -> str:
        block = self._ask(lambda: self._client.eth.get_block(0))
        return str(HexBytes(block["hash"]).to_0x_hex())

    def root_at(
        self, contract: str, log_id: str, size: int, *, block: Literal["finalized", "latest"]
    ) -> bytes | None:
        called = self._client.eth.contract(
            address=Web3.to_checksum_address(contract), abi=artifact().abi
        ).functions.rootAt(HexBytes(log_id), size)

        def at(where: BlockIdentifier) -> bytes | None:
            if not self._client.eth.get_code(Web3.to_checksum_address(contract), where):
                return None
            root = bytes(called.call(block_identifier=where))
            return root if any(root) else None

        def ask() -> bytes | None:
            try:
                return at(block)
            except (BlockNotFound, Web3RPCError):
                if block == "latest":
                    raise
                return at("latest")

        found: bytes | None = self._ask(ask)
        return found

    def head_extended(
        self, contract: str, log_id: str, size: int, root: bytes, at: Anchor
    ) -> str | None:
        def ask() -> str | None:
            try:
                receipt = self._client.eth.get_transaction_receipt(HexBytes(at.tx_hash))
                block = self._client.eth.get_block(receipt["blockNumber"])
            except (TransactionNotFound, BlockNotFound):
                return None
            if HexBytes(block["hash"]) != HexBytes(at.block_hash) or HexBytes(
                receipt["blockHash"]
            ) != HexBytes(at.block_hash):
                return None
            for entry in receipt["logs"]:
                topics = [bytes(topic) for topic in entry["topics"]]
                if (
                    entry["address"].lower() == contract.lower()
                    and topics == [_EXTENDED, bytes(HexBytes(log_id)), size.to_bytes(32, "big")]
                    and bytes(entry["data"]) == root
                ):
                    return from_datetime(datetime.fromtimestamp(int(block["timestamp"]), UTC))
            return None

        found: str | None = self._ask(ask)
        return found

    # For audits (flow.audit.Heads).

    def head_size(self, contract: str, log_id: str) -> int:
        """Size of the contract's head."""
        called = self._client.eth.contract(
            address=Web3.to_checksum_address(contract), abi=artifact().abi
        ).functions.head(HexBytes(log_id))
        return int(self._ask(called.call)[1])

    def _ask(self, question: Any) -> Any:
        try:
            return question()
        except (requests.RequestException, Web3Exception, OSError, ValueError) as problem:
            raise Unavailable(
                "the chain does not answer ({why})", why=type(problem).__name__
            ) from None


class AuditedChain:
    """The policy's contract, as flow.audit asks it."""

    def __init__(self, url: str, contract: str, log_id: str) -> None:
        self._view = EthereumView(url)
        self._contract, self._log_id = contract, log_id

    def identity(self) -> tuple[int, str]:
        return self._view.chain_id(), self._view.genesis_hash()

    def head_size(self) -> int:
        return self._view.head_size(self._contract, self._log_id)

    def root_at(self, size: int) -> bytes | None:
        return self._view.root_at(self._contract, self._log_id, size, block="latest")
