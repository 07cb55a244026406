"""How anchoring stands, in plain words: for the command line and for administrators' page."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

from suyuan.flow.anchor import LEASE as ANCHORING
from suyuan.flow.scrub import LEASE as SCRUB
from suyuan.flow.standing import Standing
from suyuan.ports.anchors import Lease

_MANY = 10**9
"""More anchors than this are told as enough for ever."""


def told(found: Standing, _: Callable[..., str], moment: Callable[[str], str] = str) -> list[str]:
    """Sentences, what matters most first; ``_`` gives a key's words and fills them,
    ``moment`` writes an RFC 3339 time."""
    lines = [
        _(
            "{records} records, {sealed} of them sealed, {anchored} anchored",
            records=found.records,
            sealed=found.sealed,
            anchored=found.anchored,
        )
    ]
    if found.waiting and found.since:
        lines.append(
            _(
                "{count} wait for the chain since {since}",
                count=found.waiting,
                since=moment(found.since),
            )
        )
    params = dict(found.why.params)
    if "at" in params:
        params["at"] = moment(str(params["at"]))
    lines.append(_(found.why.template, **params))
    if found.at_most is not None:
        lines.append(_("it costs at most {amount} ether", amount=_ether(found.at_most)))
    return lines + _wallet(found, _) + leases_told(found.leases, _)


def leases_told(leases: Iterable[Lease], _: Callable[..., str]) -> list[str]:
    """Who anchors and who scrubs: a process that was killed keeps its right until it runs out."""
    lines = []
    for lease in leases:
        seconds = math.ceil(lease.seconds)
        if lease.name == ANCHORING:
            lines.append(
                _(
                    "process {holder} anchors; if it is gone, another one takes over within {seconds} s",
                    holder=lease.holder,
                    seconds=seconds,
                )
            )
        elif lease.name == SCRUB:
            lines.append(
                _(
                    "process {holder} re-reads the past; if it is gone, another one takes over within "
                    "{seconds} s",
                    holder=lease.holder,
                    seconds=seconds,
                )
            )
    return lines


def _wallet(found: Standing, _: Callable[..., str]) -> list[str]:
    wallet = found.wallet
    if wallet is None:
        if found.silent is None:
            return []
        why = _(found.silent.message, **found.silent.params)
        return [_("what the wallet holds is unknown: {why}", why=why)]
    if wallet.anchors_left is None:
        return [_("gas costs nothing on this chain: the wallet needs nothing")]
    if wallet.anchors_left > _MANY:
        return [
            _("the wallet holds {amount} ether: enough", amount=_ether(wallet.balance)),
        ]
    return [
        _(
            "the wallet {address} holds {amount} ether: enough for about {count} more anchors",
            address=wallet.operator,
            amount=_ether(wallet.balance),
            count=wallet.anchors_left,
        )
    ]


def _ether(wei: int) -> str:
    return f"{wei / 10**18:.9f}".rstrip("0").rstrip(".")
