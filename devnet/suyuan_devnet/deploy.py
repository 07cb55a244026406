"""Putting LogAnchor on a chain and opening a log in it: done once for a log, by its owner."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from eth_abi.abi import decode, encode
from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_utils.address import is_address, to_checksum_address
from eth_utils.crypto import keccak

from suyuan_contracts import artifact, log_id
from suyuan_devnet.accounts import refuse_well_known
from suyuan_devnet.errors import DeployFailed, RpcError
from suyuan_devnet.rpc import call


@dataclass(frozen=True, slots=True)
class Deployment:
    """Where a log is anchored: what a policy says of its chain, and who keeps it there."""

    chain_id: int
    genesis: str
    """Hash of block 0, ``0x…``."""
    contract: str
    """Checksum address."""
    log_id: str
    """``0x`` and 64 hex digits."""
    origin: str
    owner: str
    """The cold key's address: names operators, hands the log over, closes it."""
    operator: str
    """The hot key's address: can do nothing but extend."""

    def policy(self) -> dict[str, str | int]:
        """The chain's members of a policy (formats.md §6)."""
        return {
            "chainId": self.chain_id,
            "genesis": self.genesis,
            "contract": self.contract,
            "logId": self.log_id,
        }


def deploy(
    rpc_url: str,
    origin: str,
    *,
    owner_key: str | bytes,
    operator: str,
    contract: str | None = None,
    opened_as: str | None = None,
    gas_price: int | None = None,
    timeout: float = 120.0,
) -> Deployment:
    """Deploys LogAnchor and opens the log ``origin`` in it; the owner's key signs and pays both.

    Done again with the ``contract`` it gave, it changes nothing and answers the same.

    owner_key: 32 bytes or their hex. operator: an address. contract: one that is there already,
    whose code must be exactly ours. opened_as: the log's name in it, ``0x…``, where an earlier owner
    opened it, for the name is the opener's for ever. gas_price: wei; given (0 too), the transactions
    are legacy ones at that price, as consortium chains want them. timeout: seconds for each
    transaction.

    WellKnownKey for a published key on another chain than the devnet's, RpcError if the chain does
    not answer, DeployFailed otherwise.
    """
    try:
        account = Account.from_key(owner_key)
    except Exception as error:  # eth-keys and eth-utils each have a tree of their own
        raise DeployFailed("the owner's key is not 32 bytes, or their hex") from error
    sender = Sender(rpc_url, account, gas_price, timeout)
    for what, address in (("operator", operator), ("contract", contract)):
        if address is not None and not is_address(address):
            raise DeployFailed(f"the {what} {address} is no address")
    for address in (sender.account.address, operator):
        refuse_well_known(address, sender.chain_id)
    if contract is None:
        contract = sender.send(None, artifact().bytecode)["contractAddress"]
    contract = to_checksum_address(contract)
    if _bytes(call(rpc_url, "eth_getCode", contract, "latest")) != artifact().deployed_bytecode:
        raise DeployFailed(f"the code at {contract} is not that of LogAnchor")
    name = bytes.fromhex(opened_as[2:]) if opened_as else log_id(sender.account.address, origin)
    owner, _ = owner_of(rpc_url, contract, name)
    if int(owner, 16) == 0 and opened_as:
        raise DeployFailed(f"the contract at {contract} knows no log {opened_as}")
    if int(owner, 16) == 0:
        data = _selector("open(string,address)") + encode(["string", "address"], [origin, operator])
        sender.send(contract, data)
    named, _, closed = _read(
        rpc_url, contract, "head(bytes32)", name, ["address", "uint64", "bool"]
    )
    if closed or to_checksum_address(named) != to_checksum_address(operator):
        how = "was closed" if closed else f"has the operator {to_checksum_address(named)}"
        raise DeployFailed(f"the log {origin} is opened there already, and {how}")
    return Deployment(
        chain_id=sender.chain_id,
        genesis=call(rpc_url, "eth_getBlockByNumber", "0x0", False)["hash"],  # noqa: FBT003
        contract=contract,
        log_id="0x" + name.hex(),
        origin=origin,
        owner=sender.account.address,
        operator=to_checksum_address(operator),
    )


def owner_of(rpc_url: str, contract: str, name: bytes) -> tuple[str, str]:
    """The owner of a log in the contract, and who was named to be the next; zero addresses for none."""
    found = _read(rpc_url, contract, "owner(bytes32)", name, ["address", "address"])
    return str(found[0]), str(found[1])


class Sender:
    """Signs with one key, sends, and waits."""

    def __init__(
        self,
        url: str,
        account: LocalAccount,
        gas_price: int | None = None,
        timeout: float = 120.0,
    ) -> None:
        self.url = url
        self.account = account
        self.chain_id = int(call(url, "eth_chainId"), 16)
        self._gas_price = gas_price
        self._timeout = timeout

    def send(self, to: str | None, data: bytes) -> dict[str, Any]:
        """The receipt of a transaction that succeeded."""
        transaction: dict[str, Any] = {"data": "0x" + data.hex(), "value": 0}
        if to is not None:
            transaction["to"] = to
        asked = {"from": self.account.address, **transaction, "value": "0x0"}
        transaction["gas"] = int(call(self.url, "eth_estimateGas", asked), 16) * 6 // 5
        transaction["chainId"] = self.chain_id
        nonce = call(self.url, "eth_getTransactionCount", self.account.address, "latest")
        transaction["nonce"] = int(nonce, 16)
        transaction |= self._fees()
        raw = self.account.sign_transaction(transaction).raw_transaction
        return self._receipt(call(self.url, "eth_sendRawTransaction", "0x" + raw.hex()))

    def _fees(self) -> dict[str, int]:
        if self._gas_price is not None:
            return {"gasPrice": self._gas_price}
        base = call(self.url, "eth_getBlockByNumber", "latest", False).get(  # noqa: FBT003
            "baseFeePerGas"
        )
        if base is None:
            return {"gasPrice": int(call(self.url, "eth_gasPrice"), 16)}
        tip = int(call(self.url, "eth_maxPriorityFeePerGas"), 16)
        return {"maxFeePerGas": 2 * int(base, 16) + tip, "maxPriorityFeePerGas": tip}

    def _receipt(self, tx_hash: str) -> dict[str, Any]:
        deadline = time.monotonic() + self._timeout
        pause = 0.02
        while time.monotonic() < deadline:
            found: dict[str, Any] | None = call(self.url, "eth_getTransactionReceipt", tx_hash)
            if found is not None:
                if int(found["status"], 16) != 1:
                    raise DeployFailed(f"transaction {tx_hash} reverted")
                return found
            time.sleep(pause)
            pause = min(pause * 2, 2.0)
        raise DeployFailed(f"transaction {tx_hash} was not mined within {self._timeout:g} s")


def _read(
    url: str, contract: str, signature: str, name: bytes, types: list[str]
) -> tuple[Any, ...]:
    data = "0x" + (_selector(signature) + name).hex()
    answer = _bytes(call(url, "eth_call", {"to": contract, "data": data}, "latest"))
    return decode(types, answer)


def _selector(signature: str) -> bytes:
    return keccak(text=signature)[:4]


def _bytes(text: str) -> bytes:
    try:
        return bytes.fromhex(text.removeprefix("0x"))
    except ValueError as error:
        raise RpcError(f"not hexadecimal: {text[:80]}") from error
