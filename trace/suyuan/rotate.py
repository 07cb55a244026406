"""Put another key in the place of the log's own or the labels', another secret, other witnesses.

The service is stopped meanwhile: it would go on with what it has read. Each step is safe to repeat, and
a crash between two leaves a node that opens, and that the same command completes.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import replace
from pathlib import Path

import structlog

from suyuan.adapters.keys import (
    DIGEST,
    Seal,
    coming_path,
    open_seal,
    read_secret,
    secret_path,
    service_key,
    write_private,
)
from suyuan.adapters.probe import service_state
from suyuan.adapters.sql import open_database
from suyuan.bootstrap import Node
from suyuan.core.checkpoint import Checkpoint
from suyuan.core.errors import Refused, Unavailable
from suyuan.core.note import NoteSigner
from suyuan.core.policy import Policy, parse_policy
from suyuan.settings import Settings

_log = structlog.get_logger()


def rotate_log_key(node: Node, *, stolen: bool = False) -> tuple[str, str, Policy | None]:
    """Sign with another key from now on; the old verifier key, the new one, and the new policy.

    The policy lists both, so that what the old one signed holds still. ``stolen``: it lists the new one
    alone, and all checkpoints, whose roots are ours, are signed again with it. The policy is None where
    no contract was set up yet.
    """
    settings = node.settings
    refuse_while_served(settings)
    folder, origin = settings.data_dir / "keys", settings.origin
    old = service_key(settings.data_dir, node.seal, "log")
    new = service_key(settings.data_dir, node.seal, "log-next", create=True)
    after = NoteSigner(origin, new)
    before = NoteSigner(origin, old)
    if old == new:  # cut off after the new one was put in place
        older = [key for key in node.sealer.signer.verifiers if key != after.verifier]
    else:
        older = list(node.sealer.signer.verifiers)
        retired = f"log-{before.verifier.key_hash.hex()}"
        write_private(folder / f"{retired}.sealed", node.seal.close("service", retired, old))
        write_private(folder / "log.sealed", node.seal.close("service", "log", new))
    policy = node.policy()
    if policy is not None:
        listed = (after.verifier, *(() if stolen else older))
        wanted = replace(policy, log_keys=listed)
        if wanted != policy:
            node.database.anchors.add_policy(wanted.encode(), node.clock.now(), same_contract=True)
            _log.warning("policy in force", fingerprint=wanted.fingerprint())
        policy = wanted
    if stolen:
        _sign_again(node, after)
        for path in folder.glob("log-[0-9a-f]*.sealed"):
            path.unlink()
    (folder / "log-next.sealed").unlink()
    first = older[0].vkey if older else before.vkey
    return first, after.vkey, policy


def _sign_again(node: Node, signer: NoteSigner) -> None:
    """All checkpoints with a key of their own history: only such as an earlier key signed."""
    stored = node.scrubber.stored
    for head in node.database.tree.heads():
        if stored.root_in(head.note, head.size) != head.root:
            continue
        note = signer.sign(Checkpoint(stored.origin, head.size, head.root).text())
        node.database.repair.put_head(replace(head, note=note))


def rotate_label_key(node: Node, *, stolen: bool = False) -> int:
    """Make serials with another key from now on; how many keys are retired.

    The one before stays valid beside it, and the one before that is retired: of its serials only those
    count that were issued. ``stolen``: the present one is retired at once.
    """
    refuse_while_served(node.settings)
    data_dir, seal = node.settings.data_dir, node.seal
    folder = data_dir / "keys"
    present = service_key(data_dir, seal, "label")
    coming = service_key(data_dir, seal, "label-next", create=True)
    if present != coming:  # else cut off after the new one was put in place
        before = folder / "label-before.sealed"
        if stolen:
            _retire(node, present)
        else:
            if before.exists():
                older = service_key(data_dir, seal, "label-before")
                if older != present:
                    _retire(node, older)
            write_private(before, seal.close("service", "label-before", present))
        write_private(folder / "label.sealed", seal.close("service", "label", coming))
    (folder / "label-next.sealed").unlink()
    return len(list(folder.glob("label-retired-*.sealed")))


def _retire(node: Node, key: bytes) -> None:
    name = f"label-retired-{hashlib.sha256(key).hexdigest()[:8]}"
    path = node.settings.data_dir / "keys" / f"{name}.sealed"
    write_private(path, node.seal.close("service", name, key))


def pin_witnesses(node: Node, quorum: int, *, none: bool = False) -> Policy:
    """A new policy that names the witnesses of the settings, and how many of them have to cosign.

    The service is stopped meanwhile: it would go on under the old one. ``none``: it names none any more.
    Where the policy in force says the same, nothing is added.
    """
    refuse_while_served(node.settings)
    policy, witnesses = node.policy(), tuple(asked.key for asked in node.cosigning.asked)
    if policy is None:
        raise Refused("no contract is set up for this log yet")
    if not none and not witnesses:
        raise Refused("the settings name no witnesses; set SUYUAN_WITNESSES first")
    wanted = replace(policy, witnesses=() if none else witnesses, quorum=0 if none else quorum)
    parse_policy(wanted.encode())  # no more asked for than there are, none of them twice
    if wanted != policy:
        node.database.anchors.add_policy(wanted.encode(), node.clock.now(), same_contract=True)
        _log.warning("policy in force", fingerprint=wanted.fingerprint())
    return wanted


def rotate_secret(settings: Settings) -> int:
    """Seal all that is sealed under a new secret; how many keys.

    While both secrets are there, either opens: the new one is kept first, all is sealed anew, and only
    then it takes the place of the old one.
    """
    refuse_while_served(settings)
    place = secret_path(settings.secret_file, settings.data_dir)
    coming = coming_path(place)
    _writable(place)
    read_secret(settings.secret_file, settings.data_dir)
    if not coming.exists():
        write_private(coming, secrets.token_bytes(32), first=True)
    both, new = open_seal(settings.secret_file, settings.data_dir), Seal(coming.read_bytes())
    kept = settings.data_dir / "keys" / f"{DIGEST}.sealed"
    if not kept.exists():
        write_private(kept, both.close("service", DIGEST, both.digest_key))
    count = 0
    for path in sorted((settings.data_dir / "keys").glob("*.sealed")):
        seed = both.open("service", path.stem, path.read_bytes())
        write_private(path, new.close("service", path.stem, seed))
        count += 1

    def anew(purpose: str, name: str, sealed: bytes) -> bytes:
        return new.close(purpose, name, both.open(purpose, name, sealed))

    with open_database(settings.database) as database:
        count += database.reseal(anew)
    coming.replace(place)
    return count


def _writable(place: Path) -> None:
    probe = place.with_name(f"{place.name}.try")
    try:
        write_private(probe, b"")
        probe.unlink()
    except OSError as problem:
        raise Unavailable(
            "the secret's folder {folder} cannot be written: {why}; name the file itself in "
            "SUYUAN_SECRET_FILE",
            folder=str(place.parent),
            why=problem.strerror or "unknown",
        ) from None


def refuse_while_served(settings: Settings) -> None:
    """Refused while a service answers on this machine: it holds the keys as they were."""
    if service_state(f"http://{settings.host}:{settings.port}/readyz") is not None:
        raise Refused(
            "the service is running at {host}:{port}; stop it first: systemctl stop suyuan",
            host=settings.host,
            port=settings.port,
        )
