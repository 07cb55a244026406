"""The newest master data of things. An erasure touches what the erased record did, and is none itself:
what was erased may have been an older record, and then the newest that was recorded still stands."""

from __future__ import annotations

from collections.abc import Mapping

from suyuan.ports.log import LogStore, StoredRecord, Tip


def newest_masters(
    log: LogStore, tips: Mapping[str, Tip], size: int, *, standing: bool = False
) -> dict[str, StoredRecord]:
    """By object id, of the last records that extended these in a log of this size. Of one that was
    erased itself the content is None; ``standing``: the one before it that was not erased, if any."""
    stored = log.records({tip.index for tip in tips.values()}) if tips else {}
    found = {name: stored[tip.index] for name, tip in tips.items()}
    gone = [name for name, record in found.items() if record.kind == "erasure"]
    for name, indices in (log.touched(gone, size=size, extends_only=True) if gone else {}).items():
        known = log.records(indices)
        masters = [known[index] for index in sorted(indices) if known[index].kind == "master"]
        left = [record for record in masters if record.content is not None] if standing else []
        if masters:
            found[name] = (left or masters)[-1]
    return found


__all__ = ["newest_masters"]
