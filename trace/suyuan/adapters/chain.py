"""An Ethereum chain through JSON-RPC, as anchoring needs it (ports.chain.Chain)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from eth_account import Account
from eth_typing import BlockNumber, ChecksumAddress, HexStr
from hexbytes import HexBytes
from web3 import Web3
from web3.exceptions import BlockNotFound, ContractLogicError, TransactionNotFound
from web3.types import BlockData, TxParams, TxReceipt, Wei

from suyuan.adapters import rpc
from suyuan.core.errors import Refused
from suyuan.core.policy import TEST_CHAINS
from suyuan.ports.chain import ChainHead, Mined, SignedTx

GAS_LIMIT = 400_000
"""Several times what the longest proof of two different sizes costs (contracts/gas.json)."""


class EthereumChain:
    """One contract on one chain, one log, one operator key.

    ``fee_ceiling``: wei for each unit of gas that is never passed, however long a transaction hangs.
    """

    def __init__(
        self,
        urls: Sequence[str],
        *,
        contract: str,
        log_id: str,
        operator_key: bytes,
        timeout: float,
        confirmations: int,
        fee_ceiling: int,
    ) -> None:
        self.contract = contract
        self._rpc = rpc.Rpc(urls, timeout)
        self._address: ChecksumAddress = Web3.to_checksum_address(contract)
        self._log_id = HexBytes(log_id)
        self._account = Account.from_key(operator_key)
        self._confirmations = confirmations
        self._fee_ceiling = fee_ceiling
        self._chain_id: int | None = None

    @property
    def operator(self) -> str:
        return str(self._account.address)

    def identity(self) -> tuple[int, str]:
        found = self._rpc.identity(self._confirmations)
        self._chain_id = found[0]
        return found

    def head(self) -> ChainHead | None:
        def ask(client: Web3) -> tuple[str, int, bool, bytes | None] | None:
            number = client.eth.block_number  # all of one block, whoever extends meanwhile
            if not client.eth.get_code(self._address, number):
                return None
            operator, size, closed = rpc.call(
                client, self._address, "head", self._log_id, at=number
            )
            root = rpc.root_at(client, self._address, self._log_id, size, number) if size else None
            if size and root is None:
                # The contract has a root for every head: a reorganisation came between the two calls.
                raise ValueError("a head without its root")
            return str(operator), int(size), bool(closed), root

        found = self._rpc.ask(ask)
        opened = found is not None and (int(found[0], 16) or found[1])
        return ChainHead(*found) if found is not None and opened else None

    def root_at(self, size: int) -> bytes | None:
        return self._rpc.ask(
            lambda client: rpc.root_at(client, self._address, self._log_id, size, "latest")
        )

    def nonce(self) -> int:
        return self._rpc.ask(
            lambda client: int(client.eth.get_transaction_count(self._account.address, "latest"))
        )

    def balance(self) -> int:
        return self._rpc.ask(lambda client: int(client.eth.get_balance(self._account.address)))

    def price(self) -> int:
        def ask(client: Web3) -> int:
            base = client.eth.get_block("latest").get("baseFeePerGas")
            if base is None:
                return int(client.eth.gas_price)
            return int(base) + int(client.eth.max_priority_fee)

        return self._rpc.ask(ask)

    def sign_extend(
        self,
        old_size: int,
        size: int,
        root: bytes,
        proof: tuple[bytes, ...],
        *,
        nonce: int,
        bump_over: SignedTx | None,
    ) -> SignedTx:
        chain_id = self._chain_id if self._chain_id is not None else self.identity()[0]
        args = (self._log_id, old_size, size, root, list(proof))
        data = self._rpc.ask(lambda client: rpc.encode(client, self._address, "extend", *args))
        tx: TxParams = {"to": self._address, "data": HexStr(data), "value": Wei(0)}
        if reason := self._rpc.ask(lambda client: self._reverts(client, tx)):
            raise Refused("the contract would refuse the anchor: {why}", why=reason)
        fees = self._rpc.ask(lambda client: self._fees(client, bump_over))
        cap = max(fees.values())
        if cap > self._fee_ceiling:
            raise Refused(
                "anchoring would cost {fee} wei for each unit of gas; the settings' ceiling is "
                "{ceiling}",
                fee=cap,
                ceiling=self._fee_ceiling,
            )
        whole: dict[str, Any] = {
            **tx,
            **fees,
            "nonce": nonce,
            "chainId": chain_id,
            "gas": GAS_LIMIT,
        }
        signed = self._account.sign_transaction(whole)
        tip = fees.get("maxPriorityFeePerGas", cap)
        return SignedTx(
            HexBytes(signed.hash).to_0x_hex(), bytes(signed.raw_transaction), nonce, cap, tip
        )

    def _reverts(self, client: Web3, tx: TxParams) -> str:
        """Why the contract would refuse it: found out before gas is paid for it."""
        try:
            client.eth.call({**tx, "from": self._account.address})
        except ContractLogicError as problem:
            return rpc.revert_reason(problem)
        return ""

    def _fees(self, client: Web3, over: SignedTx | None) -> dict[str, int]:
        """EIP-1559 fees, or a legacy gas price where blocks have no base fee; above those of
        ``over`` where that one still waits, as nodes ask of a replacement."""
        before = over if over is not None and self._waits(client, over) else None
        base = client.eth.get_block("latest").get("baseFeePerGas")
        if base is None:
            return {
                "gasPrice": _raised(int(client.eth.gas_price), before.max_fee if before else None)
            }
        tip = _raised(int(client.eth.max_priority_fee), before.tip if before else None)
        cap = max(_raised(2 * int(base) + tip, before.max_fee if before else None), tip)
        return {"maxFeePerGas": cap, "maxPriorityFeePerGas": tip}

    def _waits(self, client: Web3, tx: SignedTx) -> bool:
        """Whether the node still knows it; one that was refused or forgotten replaces nothing."""
        try:
            client.eth.get_transaction(HexStr(tx.tx_hash))
        except TransactionNotFound:
            return False
        return True

    def send(self, raw: bytes) -> None:
        self._rpc.send(raw)

    def newest(self) -> tuple[int, str]:
        def ask(client: Web3) -> tuple[int, str]:
            block = client.eth.get_block("latest")
            return int(block["number"]), rpc.time_of(block)

        return self._rpc.ask(ask)

    def receipt(self, tx_hash: str, size: int, root: bytes) -> Mined | None:
        def ask(client: Web3) -> Mined | None:
            try:
                receipt = client.eth.get_transaction_receipt(HexStr(tx_hash))
                return self._mined(client, tx_hash, receipt, size, root)
            except (TransactionNotFound, BlockNotFound):
                return None

        return self._rpc.ask(ask)

    def _mined(
        self, client: Web3, tx_hash: str, receipt: TxReceipt, size: int, root: bytes
    ) -> Mined | None:
        block = client.eth.get_block(receipt["blockNumber"])
        if HexBytes(block["hash"]) != HexBytes(receipt["blockHash"]):
            return None
        # By whom is not asked: the hash says it, and the key may have been rotated since.
        told = HexBytes(receipt["transactionHash"]).to_0x_hex(), receipt["to"]
        if told != (tx_hash, self._address):
            raise ValueError("the receipt of another transaction")  # this node makes no sense
        ok = int(receipt["status"]) == 1
        if ok and not rpc.extended(receipt, self._address, self._log_id, size, root):
            raise ValueError("a receipt without the contract's event")
        return self._at(client, block, tx_hash, int(receipt["gasUsed"]), ok=ok)

    def held(self, size: int, root: bytes, noted: tuple[int, str] | None) -> Mined | None:
        def ask(client: Web3) -> Mined | None:
            block = None if noted is None else _canonical(client, *noted)
            if block is None:
                block = client.eth.get_block("latest")
                name = HexBytes(block["hash"])
                if rpc.root_at(client, self._address, self._log_id, size, name) != root:
                    return None
            return self._at(client, block, None, None, ok=True)

        return self._rpc.ask(ask)

    def _at(
        self, client: Web3, block: BlockData, tx_hash: str | None, gas: int | None, *, ok: bool
    ) -> Mined:
        number = int(block["number"])
        depth = int(client.eth.block_number) - number + 1
        return Mined(
            tx_hash=tx_hash,
            ok=ok,
            block_number=number,
            block_hash=rpc.hash_of(block),
            block_time=rpc.time_of(block),
            depth=depth,
            gas_used=gas,
            safe=2 * depth > self._confirmations and self._below(client, "safe", number),
            final=depth >= self._confirmations and self._below(client, "finalized", number),
        )

    def _below(self, client: Web3, tag: Literal["safe", "finalized"], number: int) -> bool:
        """Whether a block is that; a chain without the notion goes by depth alone."""
        if self._chain_id in TEST_CHAINS:
            return True
        newest = rpc.tagged(client, tag)
        return newest is None or number <= newest

    def raw(self, method: str, params: Sequence[Any]) -> dict[str, Any]:
        """One JSON-RPC call as it is: ``{"result": …}`` or ``{"error": …}``."""
        return self._rpc.raw(method, params)


def _canonical(client: Web3, number: int, name: str) -> BlockData | None:
    """The block of this number, if it is the chain's still under this hash."""
    try:
        block = client.eth.get_block(BlockNumber(number))
    except BlockNotFound:
        return None
    return block if rpc.hash_of(block) == name else None


def _raised(fee: int, before: int | None) -> int:
    """At least a tenth above the fee before (A5). Where gas costs nothing, nobody has a wei for it."""
    if before is None or fee == before == 0:
        return fee
    return max(fee, before + before // 8 + 1)
