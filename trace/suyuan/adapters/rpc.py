"""JSON-RPC nodes of one Ethereum chain, by web3.py, asked in turn."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any, Literal, TypeVar

from eth_typing import BlockNumber, ChecksumAddress
from eth_utils.crypto import keccak
from hexbytes import HexBytes
from web3 import HTTPProvider, Web3
from web3.exceptions import (
    BlockNotFound,
    ContractCustomError,
    ContractLogicError,
    RequestTimedOut,
    Web3RPCError,
)
from web3.types import BlockData, BlockIdentifier, RPCEndpoint, TxReceipt

from suyuan.adapters import elliptic  # noqa: F401
from suyuan.core.errors import Fatal, Refused, SuyuanError, Unavailable
from suyuan.core.timestamps import from_datetime
from suyuan_contracts import artifact

T = TypeVar("T")


class Rpc:
    """RPC URLs that all have to be of one chain. The first that answers counts."""

    def __init__(self, urls: Sequence[str], timeout: float) -> None:
        # Without retries of the client's own: whoever asks here will ask again (A7).
        self._clients = [
            Web3(
                HTTPProvider(
                    url, request_kwargs={"timeout": timeout}, exception_retry_configuration=None
                )
            )
            for url in urls
        ]

    def ask(self, question: Callable[[Web3], T]) -> T:
        """The first answer; Unavailable if no node gives one that makes sense."""
        trouble = "no RPC URL is set"
        for answer in self._each(question):
            if not isinstance(answer, _Silent):
                return answer
            trouble = answer.why
        raise Unavailable("the chain does not answer ({why})", why=trouble)

    def identity(self, depth: int = 1) -> tuple[int, str]:
        """Chain id and hash of block 0; Fatal unless all nodes that answer agree (A11).

        Of several, also on the block that lies ``depth`` below the newest that all of them have: a
        node on a fork would show heads and receipts that never were.
        """

        def told(client: Web3) -> tuple[int, str]:
            genesis = client.eth.get_block(BlockNumber(0))
            return int(client.eth.chain_id), hash_of(genesis)

        found: set[tuple[int, str]] = set()
        trouble = "no RPC URL is set"
        for answer in self._each(told):
            if isinstance(answer, _Silent):
                trouble = answer.why
            else:
                found.add(answer)
        if not found:
            raise Unavailable("the chain does not answer ({why})", why=trouble)
        if len(found) > 1:
            raise Fatal(
                "the RPC URLs are of different chains: {chains}",
                chains=", ".join(f"{chain} ({genesis})" for chain, genesis in sorted(found)),
            )
        if len(self._clients) > 1:
            self._agree(depth)
        return found.pop()

    def _agree(self, depth: int) -> None:
        heights = self._told(lambda client: int(client.eth.block_number))
        number = max(min(heights, default=0) - depth, 0)
        hashes = set(self._told(lambda client: hash_of(client.eth.get_block(BlockNumber(number)))))
        if len(hashes) > 1:
            raise Fatal(
                "the RPC URLs disagree on block {number}: {hashes}",
                number=number,
                hashes=", ".join(sorted(hashes)),
            )

    def _told(self, question: Callable[[Web3], T]) -> list[T]:
        return [told for told in self._each(question) if not isinstance(told, _Silent)]

    def send(self, raw: bytes) -> None:
        """To the first node that answers. Refused, with its reason, if it will not take it."""

        def sent(client: Web3) -> str | None:
            try:
                client.eth.send_raw_transaction(raw)
            except RequestTimedOut:
                raise
            except Web3RPCError as problem:
                return rpc_message(problem)
            return ""

        refused = self.ask(sent)
        if refused and not any(word in refused.lower() for word in _ALREADY):
            raise Refused("the chain refused: {why}", why=refused)

    def raw(self, method: str, params: Sequence[Any]) -> dict[str, Any]:
        """One call as it is: ``{"result": …}`` or ``{"error": …}``."""

        def told(client: Web3) -> Mapping[str, Any]:
            return client.provider.make_request(RPCEndpoint(method), params)

        answer = self.ask(told)
        return {key: answer[key] for key in ("result", "error") if key in answer}

    def _each(self, question: Callable[[Web3], T]) -> Iterator[T | _Silent]:
        for client in self._clients:
            try:
                answer = question(client)
            except SuyuanError:
                raise
            except Exception as problem:  # a node may answer anything, and web3 raise anything
                yield _Silent(type(problem).__name__)
            else:
                yield answer


@dataclass(frozen=True, slots=True)
class _Silent:
    """A node that gave no answer, or none that makes sense."""

    why: str


_ALREADY = ("already known", "already imported", "known transaction")


@cache
def _abi() -> list[dict[str, Any]]:
    return artifact().abi


def call(
    client: Web3,
    address: ChecksumAddress,
    name: str,
    *args: object,
    at: BlockIdentifier = "latest",
) -> Any:
    """Ask the contract."""
    contract = client.eth.contract(address=address, abi=_abi())
    return contract.functions[name](*args).call(block_identifier=at)


def encode(client: Web3, address: ChecksumAddress, name: str, *args: object) -> str:
    """Call data of a function of the contract, in hex."""
    return str(client.eth.contract(address=address, abi=_abi()).encode_abi(name, args=args))


def root_at(
    client: Web3, address: ChecksumAddress, log_id: bytes, size: int, at: BlockIdentifier
) -> bytes | None:
    """``rootAt(logId, size)``, None for no root, and where there is no contract."""
    if not client.eth.get_code(address, at):
        return None
    root = bytes(call(client, address, "rootAt", log_id, size, at=at))
    return root if any(root) else None


def extended(
    receipt: TxReceipt, address: ChecksumAddress, log_id: bytes, size: int, root: bytes
) -> bool:
    """Whether a receipt carries the contract's HeadExtended of this log, size and root."""
    topics = [_EXTENDED, bytes(log_id), size.to_bytes(32, "big")]
    return any(
        entry["address"] == address
        and [bytes(topic) for topic in entry["topics"]] == topics
        and bytes(entry["data"]) == root
        for entry in receipt["logs"]
    )


_EXTENDED = keccak(text="HeadExtended(bytes32,uint64,bytes32)")


def finalized(client: Web3) -> int | None:
    """Number of the newest final block; None on a chain that has no such notion."""
    return tagged(client, "finalized")


def tagged(client: Web3, tag: Literal["safe", "finalized"]) -> int | None:
    """Number of the newest block of a kind; None on a chain that has no such notion."""
    try:
        return int(client.eth.get_block(tag)["number"])
    except BlockNotFound:
        return None
    except Web3RPCError as problem:
        if any(word in rpc_message(problem).lower() for word in _NO_SUCH_TAG):
            return None
        raise


_NO_SUCH_TAG = (
    "finalized",
    "safe",
    "not found",
    "unknown block",
    "invalid",
    "unsupported",
    "hex string",
)


def hash_of(block: BlockData) -> str:
    return HexBytes(block["hash"]).to_0x_hex()


def time_of(block: BlockData) -> str:
    """Its timestamp, as the log writes times."""
    return from_datetime(datetime.fromtimestamp(int(block["timestamp"]), UTC))


def rpc_message(problem: Web3RPCError) -> str:
    """What the node said, in one line."""
    response = problem.rpc_response
    if response is not None and isinstance(response.get("error"), dict):
        return str(response["error"].get("message", problem))
    return str(problem)


def revert_reason(problem: ContractLogicError) -> str:
    """The name of the contract's own error, else what the node said."""
    data = problem.data if isinstance(problem, ContractCustomError) else None
    return _errors().get(str(data)[:10], str(problem.message))


@cache
def _errors() -> dict[str, str]:
    """Selector → name."""
    return {
        "0x" + keccak(text=_signature(item))[:4].hex(): item["name"]
        for item in _abi()
        if item["type"] == "error"
    }


def _signature(item: Mapping[str, Any]) -> str:
    return f"{item['name']}({','.join(given['type'] for given in item['inputs'])})"
