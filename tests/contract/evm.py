"""A log in LogAnchor, on whatever EVM, through web3."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest
from eth_tester.exceptions import TransactionFailed  # type: ignore[import-untyped]
from eth_utils.crypto import keccak
from web3 import Web3
from web3.exceptions import ContractCustomError

from suyuan_contracts import log_id

_origins = count()


@dataclass
class Log:
    """A log opened in a contract, by accounts that the node signs for."""

    w3: Web3
    contract: Any
    owner: str
    operator: str
    stranger: str
    id: bytes = b""

    def open(self) -> Log:
        """Another log of the same people in the same contract, never opened before."""
        origin = f"log.example/{next(_origins)}"
        self.send("open", origin, self.operator, by=self.owner)
        return Log(
            self.w3, self.contract, self.owner, self.operator, self.stranger,
            log_id(self.owner, origin),
        )  # fmt: skip

    def send(self, name: str, *values: object, by: str) -> Any:
        """The receipt of a transaction that succeeds."""
        function = getattr(self.contract.functions, name)(*values)
        receipt = self.w3.eth.wait_for_transaction_receipt(
            function.transact({"from": by, "gas": 3_000_000}), poll_latency=0.01
        )
        assert receipt["status"] == 1
        return receipt

    def extend(self, m: int, n: int, root: bytes, proof: list[bytes]) -> Any:
        return self.send("extend", self.id, m, n, root, proof, by=self.operator)

    def call(self, name: str, *values: object, by: str | None = None) -> Any:
        function = getattr(self.contract.functions, name)(*values)
        return function.call({"from": by} if by else {})

    def refusal(self, name: str, *values: object, by: str) -> list[Any]:
        """The custom error, name first, with which the contract refuses."""
        with pytest.raises((ContractCustomError, TransactionFailed)) as caught:
            self.call(name, *values, by=by)
        data = _revert_data(caught.value)
        for one in self.contract.abi:
            if one["type"] != "error":
                continue
            types = [given["type"] for given in one["inputs"]]
            if keccak(text=f"{one['name']}({','.join(types)})")[:4] == data[:4]:
                return [one["name"], *self.w3.codec.decode(types, data[4:])]
        raise AssertionError(f"unknown error {data.hex()}")


def _revert_data(error: BaseException) -> bytes:
    """What the contract answered: hex in a node's error, a bytes literal in eth-tester's."""
    if isinstance(error, ContractCustomError):
        return bytes.fromhex(str(error.data).removeprefix("0x"))
    return bytes(ast.literal_eval(str(error).removeprefix("execution reverted: ")))
