from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from eth_abi.abi import encode
from eth_account import Account
from eth_utils.crypto import keccak

from suyuan_contracts import artifact, log_id
from suyuan_devnet import Devnet, fund
from suyuan_devnet.accounts import dev_accounts
from suyuan_devnet.deploy import Deployment, Sender, deploy
from suyuan_devnet.errors import DeployFailed, RpcError, WellKnownKey
from suyuan_devnet.rpc import call

pytestmark = pytest.mark.chain

OWNER = Account.from_key("0x" + "01" * 31 + "02")
OPERATOR = Account.from_key("0x" + "03" * 31 + "04")
ORIGIN = "log.example/hickory"


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Devnet]:
    with Devnet(tmp_path_factory.mktemp("chain")) as running:
        fund(running.rpc_url, OWNER.address, 10**18)
        yield running


@pytest.fixture(scope="module")
def first(chain: Devnet) -> Deployment:
    return deploy(chain.rpc_url, ORIGIN, owner_key=OWNER.key, operator=OPERATOR.address)


def height(url: str) -> int:
    return int(call(url, "eth_blockNumber"), 16)


def test_answers_what_a_policy_says(chain: Devnet, first: Deployment) -> None:
    assert first.policy() == {
        "chainId": 31337,
        "genesis": chain.genesis,
        "contract": first.contract,
        "logId": "0x" + log_id(OWNER.address, ORIGIN).hex(),
    }
    assert (first.origin, first.owner, first.operator) == (
        ORIGIN, OWNER.address, OPERATOR.address,
    )  # fmt: skip
    code = call(chain.rpc_url, "eth_getCode", first.contract, "latest")
    assert bytes.fromhex(code[2:]) == artifact().deployed_bytecode


def test_again_changes_nothing(chain: Devnet, first: Deployment) -> None:
    before = height(chain.rpc_url)
    again = deploy(
        chain.rpc_url,
        ORIGIN,
        owner_key=OWNER.key.hex(),
        operator=OPERATOR.address.lower(),
        contract=first.contract.lower(),
    )
    assert again == first
    assert height(chain.rpc_url) == before


def test_another_log_goes_into_the_same_contract(chain: Devnet, first: Deployment) -> None:
    other = deploy(
        chain.rpc_url, "b", owner_key=OWNER.key, operator=OWNER.address, contract=first.contract
    )
    assert other.contract == first.contract
    assert other.log_id != first.log_id


def test_another_operator_is_not_taken_silently(chain: Devnet, first: Deployment) -> None:
    with pytest.raises(DeployFailed, match=f"has the operator {OPERATOR.address}"):
        deploy(
            chain.rpc_url,
            ORIGIN,
            owner_key=OWNER.key,
            operator=OWNER.address,
            contract=first.contract,
        )


def test_a_closed_log_is_not_opened_again(chain: Devnet, first: Deployment) -> None:
    values = {"owner_key": OWNER.key, "operator": OPERATOR.address, "contract": first.contract}
    deploy(chain.rpc_url, "closed", **values)
    data = encode(["bytes32", "bytes32"], [log_id(OWNER.address, "closed"), bytes(32)])
    selector = keccak(text="close(bytes32,bytes32)")[:4]
    Sender(chain.rpc_url, OWNER).send(first.contract, selector + data)
    with pytest.raises(DeployFailed, match="was closed"):
        deploy(chain.rpc_url, "closed", **values)


@pytest.mark.parametrize("contract", ["0x" + "5b" * 20, OPERATOR.address])
def test_other_code_is_not_trusted(chain: Devnet, contract: str) -> None:
    with pytest.raises(DeployFailed, match="not that of LogAnchor"):
        deploy(
            chain.rpc_url, "c", owner_key=OWNER.key, operator=OPERATOR.address, contract=contract
        )


@pytest.mark.parametrize("key", ["", "0x12", b"short", "no hex", "00" * 32])
def test_what_is_no_key_is_refused(chain: Devnet, key: str | bytes) -> None:
    with pytest.raises(DeployFailed, match="the owner's key"):
        deploy(chain.rpc_url, "d", owner_key=key, operator=OPERATOR.address)


@pytest.mark.parametrize("address", ["", "0x12", "nobody"])
def test_what_is_no_address_is_refused(chain: Devnet, address: str) -> None:
    with pytest.raises(DeployFailed, match="is no address"):
        deploy(chain.rpc_url, "d", owner_key=OWNER.key, operator=address)
    with pytest.raises(DeployFailed, match="is no address"):
        deploy(
            chain.rpc_url,
            "d",
            owner_key=OWNER.key,
            operator=OPERATOR.address,
            contract=address or "0x",
        )


def test_without_ether_the_chain_says_no(chain: Devnet) -> None:
    with pytest.raises(RpcError, match=r"(?i)insufficient funds"):
        deploy(chain.rpc_url, "e", owner_key=OPERATOR.key, operator=OPERATOR.address)


def test_published_keys_are_refused_elsewhere(node: Callable[[dict[str, Any]], str]) -> None:
    url = node({"eth_chainId": "0x1"})
    known = dev_accounts()[0]
    with pytest.raises(WellKnownKey):
        deploy(url, "f", owner_key=known.key, operator=OPERATOR.address)
    with pytest.raises(WellKnownKey):
        deploy(url, "f", owner_key=OWNER.key, operator=known.address)


def test_a_consortium_chain_where_nobody_holds_ether(tmp_path: Path) -> None:
    with Devnet(tmp_path, consortium=True) as chain:
        newest = call(chain.rpc_url, "eth_getBlockByNumber", "latest", False)
        assert "baseFeePerGas" not in newest
        assert call(chain.rpc_url, "eth_getBalance", OWNER.address, "latest") == "0x0"
        values = {"owner_key": OWNER.key, "operator": OPERATOR.address}
        given = deploy(chain.rpc_url, ORIGIN, **values, gas_price=0)
        asked = deploy(chain.rpc_url, "b", **values, contract=given.contract)
        assert asked.contract == given.contract
        types = ["bytes32", "uint64", "uint64", "bytes32", "bytes32[]"]
        data = encode(types, [bytes.fromhex(given.log_id[2:]), 0, 5, b"r" * 32, []])
        selector = keccak(text=f"extend({','.join(types)})")[:4]
        receipt = Sender(chain.rpc_url, OPERATOR, gas_price=0).send(given.contract, selector + data)
        assert (receipt["type"], receipt["effectiveGasPrice"]) == ("0x0", "0x0")


def test_a_transaction_that_is_never_mined(tmp_path: Path) -> None:
    with Devnet(tmp_path, block_time=3600) as chain:
        call(chain.rpc_url, "anvil_setBalance", OWNER.address, hex(10**18))
        with pytest.raises(DeployFailed, match=r"not mined within 0\.2 s"):
            deploy(chain.rpc_url, "g", owner_key=OWNER.key, operator=OPERATOR.address, timeout=0.2)
