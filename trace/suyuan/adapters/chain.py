"""An Ethereum chain through JSON-RPC (ports.chain.Chain), by web3.py.

Several URLs are asked in turn: the first that answers counts, and all that answer must be the same
chain. Whatever goes wrong on the way is Unavailable; what the chain will not take is Refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar, cast

import requests
from eth_account import Account
from eth_typing import BlockNumber, ChecksumAddress, HexStr
from hexbytes import HexBytes
from web3 import HTTPProvider, Web3
from web3.exceptions import BlockNotFound, TransactionNotFound, Web3Exception, Web3RPCError
from web3.types import RPCEndpoint, TxParams, TxReceipt, Wei

from suyuan.core.errors import Fatal, Refused, Unavailable
from suyuan.core.timestamps import from_datetime
from suyuan.ports.chain import ChainHead, Mined, SignedTx
from suyuan_contracts import artifact

T = TypeVar("T")

GAS_LIMIT = 400_000
"""Several times what the longest proof of two different sizes costs (contracts/gas.json)."""

DEV_CHAINS = frozenset({1337, 31337})
_ALREADY = ("already known", "already imported", "known transaction")
_NO_FINALIZED = ("finalized", "safe", "unknown block", "not found")


def connect(url: str, timeout: float) -> Web3:
    """A client for one URL; no call is made yet."""
    return Web3(HTTPProvider(url, request_kwargs={"timeout": timeout}))


class EthereumChain:
    """One contract on one chain, one log, one operator key."""

    def __init__(
        self,
        urls: Sequence[str],
        *,
        contract: str,
        log_id: str,
        operator_key: bytes,
        timeout: float,
        confirmations: int,
    ) -> None:
        self.contract = contract
        self._clients = [connect(url, timeout) for url in urls]
        self._address: ChecksumAddress = Web3.to_checksum_address(contract)
        self._log_id = HexBytes(log_id)
        self._account = Account.from_key(operator_key)
        self._confirmations = confirmations
        self._chain_id: int | None = None

    @property
    def operator(self) -> str:
        """Address of the operator key."""
        return str(self._account.address)

    def _ask(self, question: Callable[[Web3], T]) -> T:
        """The first answer; Refused if a node says no, Unavailable if none answers."""
        trouble = "no RPC URL is set"
        for client in self._clients:
            try:
                return question(client)
            except Web3RPCError as problem:
                raise Refused("the chain refused: {why}", why=rpc_message(problem)) from None
            except (requests.RequestException, Web3Exception, OSError, ValueError) as problem:
                trouble = type(problem).__name__
        raise Unavailable("the chain does not answer ({why})", why=trouble)

    def identity(self) -> tuple[int, str]:
        """Chain id and genesis; all URLs that answer must agree."""
        found: set[tuple[int, str]] = set()
        trouble = "no RPC URL is set"
        for client in self._clients:
            try:
                chain_id = client.eth.chain_id
                block = client.eth.get_block(BlockNumber(0))
                found.add((int(chain_id), HexBytes(block["hash"]).to_0x_hex()))
            except (requests.RequestException, Web3Exception, OSError, ValueError) as problem:
                trouble = type(problem).__name__
        if not found:
            raise Unavailable("the chain does not answer ({why})", why=trouble)
        if len(found) > 1:
            raise Fatal(
                "the RPC URLs are of different chains: {chains}",
                chains=", ".join(str(chain) for chain, _ in sorted(found)),
            )
        chain_id, genesis = found.pop()
        self._chain_id = chain_id
        return chain_id, genesis

    def _call(self, client: Web3, name: str, *args: object) -> Any:
        contract = client.eth.contract(address=self._address, abi=artifact().abi)
        return contract.functions[name](*args).call()

    def deployed(self) -> bool:
        if not self._ask(lambda client: client.eth.get_code(self._address)):
            return False
        operator, _, _ = self._ask(lambda client: self._call(client, "head", self._log_id))
        return int(operator, 16) != 0

    def head(self) -> ChainHead:
        operator, size, closed = self._ask(lambda client: self._call(client, "head", self._log_id))
        return ChainHead(str(operator), int(size), bool(closed))

    def root_at(self, size: int) -> bytes | None:
        root = bytes(self._ask(lambda client: self._call(client, "rootAt", self._log_id, size)))
        return root if any(root) else None

    def nonce(self) -> int:
        return int(
            self._ask(
                lambda client: client.eth.get_transaction_count(self._account.address, "latest")
            )
        )

    def balance(self) -> int:
        return int(self._ask(lambda client: client.eth.get_balance(self._account.address)))

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
        data = self._ask(
            lambda client: client.eth.contract(
                address=self._address, abi=artifact().abi
            ).encode_abi("extend", args=[self._log_id, old_size, size, root, list(proof)])
        )
        tx: TxParams = {
            "to": self._address,
            "data": HexStr(data),
            "nonce": nonce,  # type: ignore[typeddict-item]
            "chainId": chain_id,
            "gas": GAS_LIMIT,
            "value": Wei(0),
        }
        fees, tip = self._fees(bump_over)
        signed = self._account.sign_transaction(cast(dict[str, Any], {**tx, **fees}))
        raw = bytes(signed.raw_transaction)
        cap = fees.get("maxFeePerGas", fees.get("gasPrice", 0))
        return SignedTx(HexBytes(signed.hash).to_0x_hex(), raw, nonce, cap, tip)

    def _fees(self, over: SignedTx | None) -> tuple[dict[str, int], int]:
        """EIP-1559 fees, or a legacy gas price where blocks have no base fee; raised over ``over``."""
        block = self._ask(lambda client: client.eth.get_block("latest"))
        base = block.get("baseFeePerGas")
        if base is None:
            price = int(self._ask(lambda client: client.eth.gas_price))
            if over is not None:
                price = max(price, over.max_fee + over.max_fee // 8 + 1)
            return {"gasPrice": price}, price
        tip = int(self._ask(lambda client: client.eth.max_priority_fee))
        cap = 2 * int(base) + tip
        if over is not None:
            tip = max(tip, over.tip + over.tip // 8 + 1)
            cap = max(cap, over.max_fee + over.max_fee // 8 + 1, tip)
        return {"maxFeePerGas": cap, "maxPriorityFeePerGas": tip}, tip

    def send(self, raw: bytes) -> None:
        try:
            self._ask(lambda client: client.eth.send_raw_transaction(raw))
        except Refused as problem:
            if not any(word in str(problem).lower() for word in _ALREADY):
                raise

    def receipt(self, tx_hash: str) -> Mined | None:
        def ask(client: Web3) -> Mined | None:
            try:
                receipt = client.eth.get_transaction_receipt(HexStr(tx_hash))
            except TransactionNotFound:
                return None
            return self._mined(client, tx_hash, receipt)

        return self._ask(ask)

    def _mined(self, client: Web3, tx_hash: str, receipt: TxReceipt) -> Mined | None:
        try:
            block = client.eth.get_block(receipt["blockNumber"])
        except BlockNotFound:
            return None
        if HexBytes(block["hash"]) != HexBytes(receipt["blockHash"]):
            return None
        if HexBytes(receipt["transactionHash"]).to_0x_hex() != tx_hash:
            raise Fatal("a node gave the receipt of another transaction")
        depth = int(client.eth.block_number) - int(receipt["blockNumber"]) + 1
        return Mined(
            tx_hash=tx_hash,
            ok=receipt["status"] == 1,
            block_number=int(receipt["blockNumber"]),
            block_hash=HexBytes(block["hash"]).to_0x_hex(),
            block_time=from_datetime(datetime.fromtimestamp(int(block["timestamp"]), UTC)),
            depth=depth,
            gas_used=int(receipt["gasUsed"]),
            final=depth >= self._confirmations
            and self._below_finalized(client, int(receipt["blockNumber"])),
        )

    def _below_finalized(self, client: Web3, number: int) -> bool:
        """Whether a block is final; a chain without that notion goes by depth alone."""
        if self._chain_id in DEV_CHAINS:
            return True
        try:
            return int(client.eth.get_block("finalized")["number"]) >= number
        except (BlockNotFound, Web3RPCError):
            return True

    def raw(self, method: str, params: Sequence[Any]) -> dict[str, Any]:
        """One JSON-RPC call as it is: ``{"result": …}`` or ``{"error": …}``."""

        def ask(client: Web3) -> Mapping[str, Any]:
            return client.provider.make_request(RPCEndpoint(method), params)

        answer = self._ask(ask)
        return {key: answer[key] for key in ("result", "error") if key in answer}


def rpc_message(problem: Web3RPCError) -> str:
    """What the node said, in one line."""
    response = problem.rpc_response
    if response is not None and isinstance(response.get("error"), dict):
        return str(response["error"].get("message", problem))
    return str(problem)


def open_chain(
    urls: Sequence[str],
    *,
    contract: str,
    log_id: str,
    operator_key: bytes,
    timeout: float,
    confirmations: int,
) -> EthereumChain:
    """A chain adapter; nothing is asked of the chain yet."""
    return EthereumChain(
        urls,
        contract=contract,
        log_id=log_id,
        operator_key=operator_key,
        timeout=timeout,
        confirmations=confirmations,
    )
