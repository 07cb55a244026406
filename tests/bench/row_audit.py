"""Replaying a whole log in a process of its own: time and memory."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from bench import long_log
from bench.context import Context, child
from bench.figures import Figure, Goal, Reference
from bench.timing import timed
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


def measure(context: Context) -> Iterator[Figure]:
    """Seconds for the whole log, in the chain's presence where there is one."""
    with (
        context.logs() as folder,
        long_log.on_chain(
            log := long_log.long_log(folder, context.long, chain=not context.quick)
        ) as rpc,
    ):
        reports = {
            checked: child(sys.executable, "bench.served", "audit", log, rpc or "", checked)
            for checked in ("hashes", "signatures")
        }
    for report in reports.values():
        assert (report["ok"], report["size"]) == (True, context.long), report
    plain, full = reports["hashes"], reports["signatures"]
    chain = f"the chain {plain['chain']}"
    yield Figure(
        f"audit of {context.long:,} entries: hashes, tips and chain",
        "s",
        [plain["own"]],
        Goal(at_most=60),
        crowd=plain["wall"] / plain["own"],
        note=chain,
    )
    yield Figure(
        "the same with signatures and contents",
        "s",
        [full["own"]],
        Goal(at_most=300),
        (Reference("Ed25519 alone", _verifying(context.long)),),
        crowd=full["wall"] / full["own"],
        note=chain,
    )
    yield Figure(
        "memory of the larger of both",
        "MB",
        [max(plain["memory"], full["memory"]) / 1e6],
        Goal(at_most=400),
    )


def _verifying(count: int) -> float:
    """Seconds for that many signatures, from a sample."""
    key = Ed25519PrivateKey.from_private_bytes(bytes(32))
    messages = [number.to_bytes(150, "big") for number in range(min(count, 5_000))]
    signed = [(key.sign(message), message) for message in messages]
    public = key.public_key()

    def verify() -> None:
        for signature, message in signed:
            public.verify(signature, message)

    return timed(verify, 3).seconds * count / len(signed)
