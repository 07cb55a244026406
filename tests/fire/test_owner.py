"""Another owner's key through the contract: in two steps, whatever happens between them (A16)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak
from fire.anchoring import Chain, anchor, policy_of, seal
from fire.conftest import on_chain
from nodes import World, make_world
from typer.testing import CliRunner

from suyuan import found
from suyuan.adapters.keys import service_key, write_private
from suyuan.cli.main import app
from suyuan.closing import close_log
from suyuan.core.errors import Refused, Unavailable
from suyuan.found import found_chain, owner_address, rotate_operator, rotate_owner
from suyuan_devnet import Devnet, DevnetError
from suyuan_devnet.deploy import Sender, owner_of

pytestmark = pytest.mark.chain

NOBODY = "0x" + "0" * 40


@pytest.fixture(params=[False, True], ids=["ether", "consortium"])
def own(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[tuple[World, Devnet]]:
    with Devnet(tmp_path / "chain", consortium=request.param) as chain:
        given = {"rpc_urls": [chain.rpc_url], "confirmations": 1}
        world = on_chain(make_world(tmp_path / "node", **given), chain.rpc_url)
        yield world, chain
        world.node.close()


def owners(world: World, devnet: Devnet) -> tuple[str, str]:
    """The contract's word: who owns our log, and who was named to."""
    policy = policy_of(world.node)
    return owner_of(devnet.rpc_url, policy.contract, bytes.fromhex(policy.log_id[2:]))


def test_the_log_its_policy_and_its_anchors_stay(own: tuple[World, Devnet]) -> None:
    world, devnet = own
    policy, old = policy_of(world.node), owner_address(world.node)
    seal(world.node)
    anchor(world.node)
    before, after = rotate_owner(world.node)
    assert (before, after) == (old, owner_address(world.node))
    assert owners(world, devnet) == (after.lower(), NOBODY)
    assert after != old
    # The old one is kept for its ether, and can do nothing here any more.
    name = f"owner-{before[2:10].lower()}"
    key = service_key(world.node.settings.data_dir, world.node.seal, name)
    data = keccak(text="setOperator(bytes32,address)")[:4] + bytes.fromhex(policy.log_id[2:])
    with pytest.raises(DevnetError):
        Sender(devnet.rpc_url, Account.from_key(key)).send(
            to_checksum_address(policy.contract), data + bytes(32)
        )
    # The new one names operators; the log is found again under the name that its opener gave it.
    rotate_operator(world.node)
    assert found_chain(world.node, devnet.rpc_url) == policy
    seal(world.node)
    anchor(world.node)
    rotate_owner(world.node)
    close_log(world.node, "")
    head = world.node.chain().head()
    assert head is not None
    assert head.closed
    with pytest.raises(Refused, match="was closed"):
        rotate_owner(world.node)


def test_by_command(own: tuple[World, Devnet], monkeypatch: pytest.MonkeyPatch) -> None:
    """As docs/keys.md has it, and the operator's key after it."""
    world, devnet = own
    settings = world.node.settings
    for name, value in {
        "DATA_DIR": str(settings.data_dir), "ORIGIN": settings.origin, "URI_BASE": settings.uri_base,
        "RPC_URLS": f'["{devnet.rpc_url}"]', "LANG": "en",
    }.items():  # fmt: skip
        monkeypatch.setenv(f"SUYUAN_{name}", value)
    before = owner_address(world.node)
    told = CliRunner().invoke(app, ["anchor", "rotate-owner"])
    assert told.exit_code == 0, told.output
    after = owner_address(world.node)
    assert f"the contract took {after} as owner in place of {before}" in told.output
    assert owners(world, devnet) == (after.lower(), NOBODY)
    told = CliRunner().invoke(app, ["anchor", "rotate"])
    assert told.exit_code == 0, told.output
    seal(world.node)
    anchor(world.node)


class Killed(BaseException):
    pass


@pytest.mark.parametrize("last", ["nothing", "named", "accepted", "old kept"])
def test_the_process_ends_on_the_way(
    own: tuple[World, Devnet], monkeypatch: pytest.MonkeyPatch, last: str
) -> None:
    """``last``: what was done before the end. Done again, it goes on with the same new key."""
    world, devnet = own
    done: list[str] = []
    send = found._send

    def dies(step: str) -> None:
        if last == (done[-1] if done else "nothing"):
            raise Killed
        done.append(step)

    def sends(*what: Any) -> None:
        dies("accepted" if done else "named")
        send(*what)

    def writes(*what: Any) -> None:
        dies("old kept" if done[-1] == "accepted" else "placed")
        write_private(*what)

    with monkeypatch.context() as patch:
        patch.setattr(found, "_send", sends)
        patch.setattr(found, "write_private", writes)
        with pytest.raises(Killed):
            rotate_owner(world.node)
    place = world.node.settings.data_dir
    coming = str(Account.from_key(service_key(place, world.node.seal, "owner-next")).address)
    _, after = rotate_owner(world.node)
    assert after == coming == owner_address(world.node)
    assert owners(world, devnet) == (after.lower(), NOBODY)
    rotate_operator(world.node)


def test_who_cannot_pay_is_told_where_to_send_ether(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Devnet(tmp_path / "chain") as devnet:
        given = {"rpc_urls": [devnet.rpc_url], "confirmations": 1}
        world = on_chain(make_world(tmp_path / "node", **given), devnet.rpc_url)
        monkeypatch.setattr(found, "_fund", lambda *_: None)
        with pytest.raises(Unavailable, match="fund it") as caught:
            rotate_owner(world.node)
        address = str(caught.value.params["address"])
        assert owners(world, devnet)[1] == address.lower()
        Chain(devnet.rpc_url)("anvil_setBalance", address, hex(10**18))
        assert rotate_owner(world.node)[1] == address
        world.node.close()


def test_a_contract_that_knows_no_such_log_is_told(own: tuple[World, Devnet]) -> None:
    """A journal that names another log's opener must not open a second one."""
    world, devnet = own
    journal = world.node.settings.data_dir / "contract.json"
    policy = policy_of(world.node)
    journal.write_text(journal.read_text().replace(policy.log_id, "0x" + "ab" * 32))
    with pytest.raises(Unavailable, match="knows no log"):
        found_chain(world.node, devnet.rpc_url)
