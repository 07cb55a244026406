"""What is wrong with a node, and how to mend it: looked at from outside, with or without its service.

Every check ends in a finding, also where it cannot be made: what could not be looked at is unknown.
Nothing is changed.
"""

from __future__ import annotations

import shutil
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from suyuan.adapters.keys import coming_path, open_seal, secret_path, service_key
from suyuan.adapters.probe import chain_trouble, service_state, sqlite_trouble
from suyuan.bootstrap import Node, open_node
from suyuan.core.errors import Fatal, SuyuanError
from suyuan.core.policy import TEST_CHAINS
from suyuan.core.story_values import Said
from suyuan.core.timestamps import seconds_between
from suyuan.flow.clocks import TOLERANCE
from suyuan.flow.seal import CLOCK_TOLERANCE
from suyuan.flow.standing import FEW_ANCHORS
from suyuan.settings import Settings

Level = Literal["fine", "look", "wrong", "unknown"]

LEAST_FREE = 2 * 1024**3
"""Bytes: what a year of a busy cooperative's records and photos takes."""
OLD_BACKUP = 8 * 86_400.0
"""Seconds since a backup after which somebody should ask why."""
BACKED_UP = "backed-up"
"""File of the data folder: when `suyuan backup` last ended well."""


@dataclass(frozen=True, slots=True)
class Finding:
    """``mend`` says what to do, where there is something to do."""

    level: Level
    text: Said
    mend: Said | None = None


def examine(settings: Settings, now: str) -> Iterator[Finding]:
    """Look at everything, cheap things first; ends early where what comes next stands on it."""
    yield from _folder(settings)
    try:
        seal = open_seal(settings.secret_file, settings.data_dir)
        for name in ("log", "anchor", "owner", "label"):
            service_key(settings.data_dir, seal, name)
        if coming_path(secret_path(settings.secret_file, settings.data_dir)).exists():
            yield Finding(
                "wrong",
                Said("a rotation of the secret was cut off"),
                Said("stop the service, and run suyuan secret rotate again"),
            )
        yield Finding("fine", Said("the secret opens the service's keys"))
    except SuyuanError as problem:
        yield Finding(
            "wrong",
            _said(problem),
            Said("put the keys back: suyuan restore FILE --keys KEYFILE, or run suyuan init"),
        )
        return
    yield from _backup(settings, now)
    yield from _faces(settings)
    if trouble := sqlite_trouble(settings.database):
        yield Finding(
            "wrong",
            Said("the database file is damaged: {why}", why=trouble),
            Said("stop the service, and restore the newest backup: docs/backup.md"),
        )
        return
    try:
        node = open_node(settings)
    except SuyuanError as problem:
        mend = Said("run suyuan init again: it brings the database up to date")
        yield Finding("wrong", _said(problem), mend if isinstance(problem, Fatal) else None)
        return
    try:
        for look in (_log, _clock, _chain, _service):
            yield from _surely(look, node, now)
    finally:
        node.close()


def _surely(
    look: Callable[[Node, str], Iterator[Finding]], node: Node, now: str
) -> Iterator[Finding]:
    try:
        yield from look(node, now)
    except SuyuanError as problem:
        yield Finding("wrong" if isinstance(problem, Fatal) else "unknown", _said(problem))


def _said(problem: SuyuanError) -> Said:
    return Said(problem.message, **problem.params)


def _folder(settings: Settings) -> Iterator[Finding]:
    folder = settings.data_dir
    if not folder.is_dir():
        yield Finding(
            "wrong",
            Said("{folder} is no node yet; `suyuan init` makes it one", folder=str(folder)),
        )
        return
    for path in (folder / "secret.key", *sorted((folder / "keys").glob("*.sealed"))):
        if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077:
            yield Finding(
                "wrong",
                Said("others on this machine may read {file}", file=str(path)),
                Said("chmod 600 {file}", file=str(path)),
            )
    free = shutil.disk_usage(folder).free
    if free < LEAST_FREE:
        yield Finding(
            "look",
            Said("the disk has {free} MB left", free=free // 1024**2),
            Said("make room: when it is full, nothing can be recorded any more"),
        )
    else:
        yield Finding("fine", Said("the disk has {free} GB left", free=free // 1024**3))


def _backup(settings: Settings, now: str) -> Iterator[Finding]:
    mend = Said("suyuan backup FILE, every night, to another machine")
    path = settings.data_dir / BACKED_UP
    if not path.exists():
        yield Finding("look", Said("there never was a backup"), mend)
        return
    made = path.read_text(encoding="ascii").strip()
    if seconds_between(made, now) > OLD_BACKUP:
        yield Finding("look", Said("the last backup was made at {time}", time=made), mend)
    else:
        yield Finding("fine", Said("the last backup was made at {time}", time=made))


def _faces(settings: Settings) -> Iterator[Finding]:
    url = urlsplit(settings.public_url)
    local = url.hostname in {"127.0.0.1", "localhost", "::1"}
    if local:
        yield Finding(
            "look",
            Said(
                "labels would lead to {url}, which nobody else can reach", url=settings.public_url
            ),
            Said("set public_url to the address of the public pages before labels are printed"),
        )
    elif url.scheme != "https":
        yield Finding(
            "wrong",
            Said("the public pages are at {url}, without TLS", url=settings.public_url),
            Said("put nginx with a certificate before it: docs/running.md"),
        )
    else:
        yield Finding("fine", Said("labels lead to {url}", url=settings.public_url))
    if settings.host not in {"127.0.0.1", "::1", "localhost"}:
        yield Finding(
            "look",
            Said(
                "the service listens on {host}, so that tokens may pass in clear",
                host=settings.host,
            ),
            Said("set host to 127.0.0.1 and let nginx answer outside: docs/running.md"),
        )
    for name, value in (
        ("contact", settings.contact),
        ("filing_number", settings.filing_number),
    ):
        if not value:
            yield Finding(
                "look",
                Said("{name} is not set; public pages leave it out", name=name),
                Said(
                    "set {name} in {file}", name=name, file=str(settings.data_dir / "suyuan.toml")
                ),
            )


def _log(node: Node, now: str) -> Iterator[Finding]:
    damage, tail = node.database.tree.damage(), node.database.log.tail()
    if not tail.size:
        yield Finding("wrong", Said("the log has no administrator yet"), Said("suyuan init …"))
        return
    if damage is not None:
        yield Finding(
            "wrong",
            Said(
                "record {index}: {what} is damaged since {at}; nothing is sealed until it is "
                "repaired",
                index=damage.index,
                what=damage.what,
                at=damage.found_at,
            ),
            Said("suyuan repair --from BACKUP; docs/backup.md says more"),
        )
    head = node.database.tree.latest()
    sealed = head.size if head else 0
    waiting = tail.size - sealed
    overdue = 10 * node.settings.seal_seconds
    if waiting and seconds_between(tail.record_time, now) > overdue:
        yield Finding(
            "look",
            Said(
                "{count} records are not sealed, the newest since {time}",
                count=waiting,
                time=tail.record_time,
            ),
            Said("run suyuan serve; or by hand, suyuan seal"),
        )
    else:
        yield Finding(
            "fine", Said("{size} records, {sealed} sealed", size=tail.size, sealed=sealed)
        )


def _clock(node: Node, now: str) -> Iterator[Finding]:
    tail = node.database.log.tail()
    if tail.record_time and seconds_between(now, tail.record_time) > CLOCK_TOLERANCE:
        yield Finding(
            "wrong",
            Said(
                "the clock says {now}, the last record {last}: sealing stops until it is right",
                now=now,
                last=tail.record_time,
            ),
            Said("set the clock right, and keep it right with chrony or systemd-timesyncd"),
        )


def _chain(node: Node, now: str) -> Iterator[Finding]:
    settings, policy = node.settings, node.policy()
    if policy is None:
        yield Finding(
            "look",
            Said("no contract is set up for this log yet"),
            Said("suyuan init --rpc URL …; until then nothing is anchored"),
        )
        return
    if not settings.rpc_urls:
        yield Finding(
            "wrong",
            Said("no RPC URL is set: nothing can be anchored"),
            Said("set rpc_urls in {file}", file=str(settings.data_dir / "suyuan.toml")),
        )
        return
    answering = 0
    for url in settings.rpc_urls:
        trouble = chain_trouble(url, settings.rpc_timeout, policy)
        answering += trouble is None
        if trouble is not None:
            yield Finding("wrong", Said("{url}: {why}", url=_without_secrets(url), why=trouble))
    if not answering:
        return
    chain = node.chain()
    head = chain.head()
    if head is None:
        yield Finding(
            "wrong",
            Said("the contract {address} does not know this log", address=policy.contract),
            Said("suyuan anchor new-chain, if the chain was started over"),
        )
        return
    if head.closed and node.database.log.closing() is not None:
        yield Finding("fine", Said("the log is closed in the contract, at {size}", size=head.size))
        return
    if head.operator.lower() != chain.operator.lower():
        yield Finding(
            "wrong",
            Said("the contract's operator is {found}, our key is {own}", found=head.operator,
                 own=chain.operator),
            Said("suyuan anchor rotate; if it was stolen: docs/keys.md"),
        )  # fmt: skip
    number, time = chain.newest()
    if seconds_between(now, time) > TOLERANCE:
        yield Finding(
            "wrong",
            Said(
                "the clock says {now}, the chain {block}: sealing stops until one of them is right",
                now=now,
                block=time,
            ),
        )
    found = node.standing()
    yield Finding(
        "fine" if not found.waiting or found.state else "look",
        Said(
            "{anchored} of {records} records are anchored, at block {block}",
            anchored=found.anchored,
            records=found.records,
            block=number,
        ),
    )
    if found.wallet is not None:
        left = found.wallet.anchors_left
        if left is not None and left < FEW_ANCHORS:
            yield Finding(
                "wrong" if not left else "look",
                Said("the wallet pays for {count} more anchors", count=left),
                Said("send ether to {address}", address=found.wallet.operator),
            )
    if policy.chain_id in TEST_CHAINS:
        yield Finding("look", Said("test chain: proves nothing to strangers"))


def _without_secrets(url: str) -> str:
    """Providers put keys into paths and queries."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname}{f':{parts.port}' if parts.port else ''}"


def _service(node: Node, now: str) -> Iterator[Finding]:
    settings = node.settings
    state = service_state(f"http://{settings.host}:{settings.port}/readyz")
    if state is None:
        yield Finding(
            "look",
            Said("no service answers at {host}:{port}", host=settings.host, port=settings.port),
            Said("systemctl start suyuan, or suyuan serve"),
        )
        return
    for name, trouble in sorted(state.items()):
        yield Finding("wrong", Said("the {name} worker: {why}", name=name, why=trouble))
    if not state:
        yield Finding("fine", Said("the service answers, and no worker is in trouble"))


def note_backup(folder: Path, now: str) -> None:
    """Leave word that a backup ended well."""
    (folder / BACKED_UP).write_text(now + "\n", encoding="ascii")
