"""Found a log: its administrator, its contract, its policy. Each step is safe to repeat.

A crash between the steps leaves a node that the same command completes: entry 0 is appended once,
the contract is looked for before it is deployed again, a policy is added only when it changes.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
from eth_account import Account
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from suyuan.adapters import elliptic  # noqa: F401
from suyuan.adapters.keys import service_key, write_private
from suyuan.bootstrap import Node
from suyuan.core.errors import Refused, Unavailable
from suyuan.core.note import NoteVerifier
from suyuan.core.policy import Policy, parse_policy
from suyuan.flow.anchor import ChainReset
from suyuan_devnet import CHAIN_ID, DevnetError, fund
from suyuan_devnet.deploy import Sender, deploy, owner_of
from suyuan_devnet.rpc import call

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Founder:
    """The organisation that administers the log."""

    id: str
    zh: str
    en: str
    county: str


def found_log(node: Node, founder: Founder) -> str:
    """Register the administrator and append entry 0, if the log is empty; returns the admin's kid."""
    node.accounts.add_organisation(
        founder.id, name_zh=founder.zh, name_en=founder.en, county=founder.county
    )
    if node.database.log.tail().size == 0:
        try:
            node.capture.bootstrap(founder.id, node.clock.now())
        except Refused:
            if node.database.log.tail().size == 0:
                raise
            # Somebody else began it in the same moment, and their key is the administrator's.
    return node.database.log.records([0])[0].kid


def operator_address(node: Node) -> str:
    """Address of the anchoring key: what the contract's owner names as operator."""
    key = service_key(node.settings.data_dir, node.seal, "anchor")
    return str(Account.from_key(key).address)


def owner_address(node: Node) -> str:
    """Address of the owner's key that `suyuan init` made: it deploys, and pays for that."""
    key = service_key(node.settings.data_dir, node.seal, "owner")
    return str(Account.from_key(key).address)


def found_chain(node: Node, rpc_url: str, *, contract: str | None = None) -> Policy:
    """Deploy the contract and open the log in it (or take the one given), and publish the policy.

    Where it was set up on this very chain before, that contract is taken and nothing is sent.
    """
    _fund(node, rpc_url)
    journal = node.settings.data_dir / "contract.json"
    before = _set_up_before(node, journal, rpc_url, contract)
    contract, opened_as = before or (contract, None)
    anew = contract is None
    try:
        made = deploy(
            rpc_url,
            node.settings.origin,
            owner_key=service_key(node.settings.data_dir, node.seal, "owner"),
            operator=operator_address(node),
            contract=contract,
            opened_as=opened_as,
        )
    except DevnetError as problem:
        raise Unavailable("the contract could not be set up: {why}", why=str(problem)) from None
    write_private(journal, json.dumps(made.policy()).encode())
    first = node.database.log.records([0]).get(0)
    if first is None:
        raise Refused("the log has no administrator yet")
    current = node.policy()
    # Whom the policy in force believes besides the log stays so: the contract is what is new.
    policy = Policy(
        origin=node.settings.origin,
        log_keys=_log_keys(node, current),
        admin_kid=first.kid,
        chain_id=made.chain_id,
        genesis=made.genesis,
        contract=made.contract.lower(),
        log_id=made.log_id,
        witnesses=() if current is None else current.witnesses,
        quorum=0 if current is None else current.quorum,
    ).encode()
    row = node.database.anchors.policy()
    # A contract that was deployed again may have its old address; what was anchored in it is gone.
    if row is None or row.policy != policy or anew:
        row = node.database.anchors.add_policy(policy, node.clock.now())
        _log.warning(
            "policy in force", version=row.version, fingerprint=parse_policy(policy).fingerprint()
        )
    return parse_policy(policy)


def _log_keys(node: Node, policy: Policy | None) -> tuple[NoteVerifier, ...]:
    """The key in use first; then those whose signatures the policy in force holds good."""
    own = node.sealer.signer.verifier
    earlier = [] if policy is None else [key for key in policy.log_keys if key != own]
    return (own, *earlier)


def rotate_operator(node: Node) -> tuple[str, str]:
    """Make another anchoring key and have the contract's owner name it (A16); both addresses.

    The new key is kept before the contract hears of it, so that a crash leaves a key that the same
    command goes on with. The old one stays sealed in the folder: what it holds of ether is not lost.
    """
    policy, folder = node.policy(), node.settings.data_dir
    if policy is None or not node.settings.rpc_urls:
        raise Refused("no contract is set up for this log yet")
    old = service_key(folder, node.seal, "anchor")
    new = service_key(folder, node.seal, "anchor-next", create=True)
    before, after = (str(Account.from_key(key).address) for key in (old, new))
    head = node.chain().head()
    if head is None or head.closed:
        raise Refused("the log was closed in the contract; open its successor")
    try:
        if head.operator.lower() != after.lower():
            _send(node, policy, "owner", "setOperator(bytes32,address)", after)
    except DevnetError as problem:
        raise Unavailable("the contract could not be set up: {why}", why=str(problem)) from None
    retired = f"anchor-{before[2:10].lower()}"
    if before != after:
        write_private(
            folder / "keys" / f"{retired}.sealed", node.seal.close("service", retired, old)
        )
    write_private(folder / "keys" / "anchor.sealed", node.seal.close("service", "anchor", new))
    (folder / "keys" / "anchor-next.sealed").unlink()
    _fund(node, node.settings.rpc_urls[0])
    return before, after


def rotate_owner(node: Node) -> tuple[str, str]:
    """Make another owner's key, and hand the log over to it in the contract; both addresses.

    Two steps there, so that the log is never handed to a key that nobody has: the old one names it, the
    new one accepts. The new one pays for that: Unavailable, with its address, where it cannot; the same
    command goes on later. The log's name stays that of who opened it.
    """
    policy, folder = node.policy(), node.settings.data_dir
    if policy is None or not node.settings.rpc_urls:
        raise Refused("no contract is set up for this log yet")
    head = node.chain().head()
    if head is None or head.closed:
        raise Refused("the log was closed in the contract; open its successor")
    url, name = node.settings.rpc_urls[0], bytes.fromhex(policy.log_id[2:])
    old = service_key(folder, node.seal, "owner")
    new = service_key(folder, node.seal, "owner-next", create=True)
    before, after = (str(Account.from_key(key).address) for key in (old, new))
    contract = to_checksum_address(policy.contract)
    try:
        owner, pending = owner_of(url, contract, name)
        if owner.lower() != after.lower():
            if pending.lower() != after.lower():
                _send(node, policy, "owner", "transferOwner(bytes32,address)", after)
            _fund(node, url, after)
            _send(node, policy, "owner-next", "acceptOwner(bytes32)")
    except DevnetError as problem:
        raise Unavailable(
            "{address} is not the owner yet: {why}; fund it, and run the same command again",
            address=after,
            why=str(problem),
        ) from None
    if before != after:
        retired = f"owner-{before[2:10].lower()}"
        write_private(
            folder / "keys" / f"{retired}.sealed", node.seal.close("service", retired, old)
        )
    write_private(folder / "keys" / "owner.sealed", node.seal.close("service", "owner", new))
    (folder / "keys" / "owner-next.sealed").unlink()
    return before, after


def _send(node: Node, policy: Policy, key: str, function: str, address: str = "") -> None:
    """One transaction about our log, signed with one of the service's keys."""
    data = keccak(text=function)[:4] + bytes.fromhex(policy.log_id[2:])
    if address:
        data += bytes.fromhex(address[2:].rjust(64, "0"))
    account = Account.from_key(service_key(node.settings.data_dir, node.seal, key))
    Sender(node.settings.rpc_urls[0], account).send(to_checksum_address(policy.contract), data)


def refound_devnet(node: Node, reset: ChainReset) -> None:
    """After a devnet was started over: contract and policy anew, so that all is anchored again (A14).

    Any other chain waits for an operator's word (``suyuan init --rpc``): ``reset`` is raised again.
    """
    policy = node.policy()
    urls = node.settings.rpc_urls
    if policy is None or policy.chain_id != CHAIN_ID or any(_chain_id(u) != CHAIN_ID for u in urls):
        raise reset
    _log.warning("the devnet was started over; setting it up anew", problem=str(reset))
    found_chain(node, urls[0])


def _set_up_before(
    node: Node, journal: Path, rpc_url: str, wanted: str | None
) -> tuple[str, str] | None:
    """The contract noted or in force, if it is still there on this chain, and the log's name in it.

    ``wanted``: that contract alone, where an operator names one.
    """
    found: list[tuple[str, str, str]] = []
    if journal.exists():
        noted = json.loads(journal.read_text(encoding="utf-8"))
        found.append((noted["genesis"], noted["contract"], noted["logId"]))
    current = node.policy()
    if current is not None:
        found.append((current.genesis, current.contract, current.log_id))
    genesis = _genesis(rpc_url)
    for chain, contract, name in found:
        if wanted is not None and wanted.lower() != contract.lower():
            continue
        if chain == genesis and _ask(rpc_url, "eth_getCode", contract, "latest") != "0x":
            return contract, name
    return None


def _fund(node: Node, rpc_url: str, *more: str) -> None:
    """On the devnet, and there alone, ether comes from nowhere."""
    if _chain_id(rpc_url) != CHAIN_ID:
        return
    try:
        for address in (owner_address(node), operator_address(node), *more):
            fund(rpc_url, address, 100 * 10**18)
    except DevnetError as problem:
        raise Unavailable("the chain does not answer ({why})", why=str(problem)) from None


def _chain_id(rpc_url: str) -> int:
    return int(_ask(rpc_url, "eth_chainId"), 16)


def _genesis(rpc_url: str) -> str:
    return str(_ask(rpc_url, "eth_getBlockByNumber", "0x0", False)["hash"])  # noqa: FBT003


def _ask(rpc_url: str, method: str, *params: object) -> Any:
    try:
        return call(rpc_url, method, *params)
    except DevnetError as problem:
        raise Unavailable("the chain does not answer ({why})", why=str(problem)) from None
