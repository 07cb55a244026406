"""LogAnchor on two EVMs that have nothing in common: anvil's (revm) and eth-tester's (py-evm)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from contract.evm import Log
from web3 import EthereumTesterProvider, HTTPProvider, Web3

from suyuan_contracts import artifact
from suyuan_devnet import Devnet


@pytest.fixture(scope="session")
def devnet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Devnet]:
    with Devnet(tmp_path_factory.mktemp("devnet")) as chain:
        yield chain


@pytest.fixture(scope="session", params=["anvil", "py-evm"])
def deployed(request: pytest.FixtureRequest) -> Log:
    """LogAnchor on each of the two EVMs."""
    if request.param == "anvil":
        provider: Any = HTTPProvider(request.getfixturevalue("devnet").rpc_url)
    else:
        provider = EthereumTesterProvider()
    w3 = Web3(provider)
    owner, operator, stranger = list(w3.eth.accounts)[:3]
    factory = w3.eth.contract(abi=artifact().abi, bytecode=artifact().bytecode)
    receipt = w3.eth.wait_for_transaction_receipt(factory.constructor().transact({"from": owner}))
    address = receipt["contractAddress"]
    assert address is not None
    assert bytes(w3.eth.get_code(address)) == artifact().deployed_bytecode
    return Log(w3, w3.eth.contract(address, abi=artifact().abi), owner, operator, stranger)


@pytest.fixture
def log(deployed: Log) -> Log:
    """A log just opened."""
    return deployed.open()
