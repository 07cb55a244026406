"""The records of an archive, checked one by one against a policy that was got elsewhere (formats.md §7).

It proves of each record that it stands so in the log of the checkpoint, signed by a key that counts. It
does not prove that none is left out: that is a bundle's, or an audit's.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from suyuan.core.bundle import BundleRecord
from suyuan.core.checkpoint import open_checkpoint
from suyuan.core.errors import Malformed, Refused
from suyuan.core.policy import Policy
from suyuan.core.record_check import RecordChecker
from suyuan.core.strict_json import loads

_MEMBERS = {"kind", "content", "disclosures", "link", "entry", "proof"}


@dataclass(frozen=True, slots=True)
class Checked:
    """All that was checked. ``hidden``: records without their content, erased or not for this reader."""

    records: int
    keys: int
    hidden: int
    size: int
    """Records of the log under the checkpoint."""


def check_archive(lines: Iterable[bytes], checkpoint: str, policy: Policy) -> Checked:
    """Raises Refused at ``records.ndjson line N`` for the first record that does not hold."""
    tree = open_checkpoint(checkpoint, policy.log_keys, policy.origin)
    checker = RecordChecker(policy, tree, lambda _: None)
    read = [(number, _record(line, number)) for number, line in enumerate(lines, 1) if line.strip()]
    keys = [one for one in read if one[1][0] == "key"]
    others = [one for one in read if one[1][0] != "key"]
    hidden = 0
    for number, (kind, record) in [*keys, *others]:
        try:
            checker.check(record, is_key=kind == "key")
        except Refused as problem:
            raise problem.at(f"records.ndjson line {number}") from None
        hidden += record.content is None
    return Checked(len(read), len(keys), hidden, tree.size)


def _record(line: bytes, number: int) -> tuple[str, BundleRecord]:
    value: Any = loads(line, max_depth=40)
    if not isinstance(value, dict) or value.keys() != _MEMBERS:
        raise Malformed("this is no line of an archive", path=f"records.ndjson line {number}")
    return str(value["kind"]), BundleRecord(
        value["content"],
        tuple(map(str, value["disclosures"])),
        value["link"],
        str(value["entry"]),
        str(value["proof"]),
    )
