"""Close a log for good, and open its successor with who and what can be carried over.

Closing seals and anchors what was recorded last, then closes in the contract; each step is safe to
repeat, so a crash leaves a log that the same command goes on to close. What was anchored is served and
proved for ever. A successor is another log: its keys are new, and so is its policy.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from eth_account import Account
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from suyuan.adapters import elliptic  # noqa: F401
from suyuan.adapters.keys import open_seal, service_key, write_private
from suyuan.adapters.sql import open_database
from suyuan.bootstrap import Node
from suyuan.core.content import decode_content
from suyuan.core.errors import Conflict, NotFound, Refused, Unavailable
from suyuan.core.keys import KeyRing, parse_key
from suyuan.flow.accounts import Caller
from suyuan.found import Founder
from suyuan.ports.accounts import AccountStore
from suyuan.ports.log import Closing, LogStore
from suyuan.settings import Settings
from suyuan_devnet import DevnetError
from suyuan_devnet.deploy import Sender

_NOWHERE = "0x" + "0" * 64


@dataclass(frozen=True, slots=True)
class ClosedLog:
    """A log as it was closed: its size, and the contract that holds the last of it; None: no chain."""

    size: int
    contract: str | None


def close_log(
    node: Node,
    successor: str,
    *,
    at_once: bool = False,
    patience: float = 900.0,
    on_wait: Callable[[str], None] = lambda _: None,
) -> ClosedLog:
    """Refuse what is new, seal, anchor until that is final, and close in the contract.

    ``successor``: a logId, ``0x`` and 64 hex digits, or "". ``at_once``: neither seal nor anchor, for
    where the contract holds a false head. ``patience``: seconds to wait for the chain; then
    Unavailable, and the same command goes on later.
    """
    node.database.log.close(Closing(node.clock.now(), successor))
    size = node.database.log.tail().size
    while not at_once and ((head := node.database.tree.latest()) is None or head.size < size):
        node.sealer.seal()
    policy = node.policy()
    if policy is None:
        return ClosedLog(size, None)
    chain, deadline = node.chain(), time.monotonic() + patience
    on_chain = chain.head()
    if on_chain is None or not on_chain.closed:
        while not at_once and not _final(node, size):
            state = node.anchorer().step().state
            on_wait(state)
            if time.monotonic() > deadline:
                raise Unavailable(
                    "the last records are not final on the chain yet; run the same command again later"
                )
            time.sleep(min(0.2 if node.settings.confirmations == 1 else 5.0, patience))
        node.anchorer().release()
        data = keccak(text="close(bytes32,bytes32)")[:4] + bytes.fromhex(
            policy.log_id[2:] + (successor or _NOWHERE)[2:]
        )
        owner = Account.from_key(service_key(node.settings.data_dir, node.seal, "owner"))
        try:
            Sender(node.settings.rpc_urls[0], owner).send(
                to_checksum_address(policy.contract), data
            )
        except DevnetError as problem:
            raise Unavailable(
                "the log could not be closed in the contract: {why}", why=str(problem)
            ) from None
    return ClosedLog(size, policy.contract)


def _final(node: Node, size: int) -> bool:
    row = node.database.anchors.policy()
    done = node.database.anchors.latest(row.version, ("final",)) if row else None
    return done is not None and done.size >= size


@dataclass(frozen=True, slots=True)
class Carried:
    """How much came along."""

    organisations: int
    tokens: int
    keys: int


def predecessor(folder: Path, own: Settings) -> tuple[Settings, Founder]:
    """The settings of the log before, and the organisation that runs it; Refused for our own log."""
    old = Settings.of(folder)
    if not (folder / "keys" / "log.sealed").exists():
        raise NotFound("{folder} is no node yet; `suyuan init` makes it one", folder=str(folder))
    if old.origin == own.origin:
        raise Refused(
            "a successor is another log: give it another name than {origin}", origin=own.origin
        )
    with open_database(old.database) as database:
        ring = _ring(database.log)
        owners = [s.owner for kid in ring.known if (s := ring.state(kid)) and s.role == "admin"]
        if not owners:
            raise NotFound("the log has no administrator yet")
        told = database.accounts.organisation(owners[0])
    if told is None:
        raise NotFound("no organisation {id}", id=owners[0])
    return old, Founder(told.id, told.name_zh, told.name_en, told.county)


def carry_label_key(old: Settings, own: Settings) -> None:
    """Labels that were printed for lots to come are taken by the successor too."""
    own.data_dir.mkdir(parents=True, exist_ok=True)
    theirs = open_seal(old.secret_file, old.data_dir)
    seal = open_seal(own.secret_file, own.data_dir, create=True)
    # The present one last: while it is not there, the command is not done.
    for path in sorted((old.data_dir / "keys").glob("label*.sealed"), reverse=True):
        name, place = path.stem, own.data_dir / "keys" / path.name
        seed = service_key(old.data_dir, theirs, name)
        if not place.exists():
            write_private(place, seal.close("service", name, seed), first=True)
        elif service_key(own.data_dir, seal, name) != seed:
            raise Conflict("{file} is there already, and is another", file=str(place))


def carry_over(node: Node, old: Settings) -> Carried:
    """Organisations, tokens in force, and for each kept key in force a new one (one key, one log)."""
    with open_database(old.database) as database:
        accounts, ring = database.accounts, _ring(database.log)
        organisations = _organisations(node, accounts)
        tokens = 0
        for token in accounts.tokens():
            if token.revoked_at is None and node.database.accounts.token(token.digest) is None:
                node.database.accounts.add_token(token)
                tokens += 1
        roles = {
            (key.organisation, key.role) for key in accounts.keys(None) if ring.is_active(key.kid)
        }
    keys = 0
    owner = node.database.log.records([0])[0].owner
    admin = Caller(owner, "administrator", node.accounts.county_of(owner), "")
    own = node.appender.ring()
    for organisation, role in sorted(roles):
        if any(map(own.is_active, node.accounts.kept_kids(organisation, role))):
            continue
        node.capture.enrol_kept(admin, organisation, role, node.clock.now())
        keys += 1
    return Carried(organisations, tokens, keys)


def _organisations(node: Node, accounts: AccountStore) -> int:
    count = 0
    for one in accounts.organisations():
        if node.database.accounts.organisation(one.id) is None:
            node.database.accounts.add_organisation(one)
            count += 1
    return count


def _ring(log: LogStore) -> KeyRing:
    ring = KeyRing()
    for record in log.key_records():
        if record.content is not None:
            ring.apply(record.index, record.kid, parse_key(decode_content(record.content).value))
    return ring
