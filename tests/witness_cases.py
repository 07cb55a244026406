"""Golden bundles under a policy that names three witnesses and asks for two of them.

``python tests/witness_cases.py`` writes them to tests/vectors/suyuan-bundle-witness; both verifiers have
to say of each file what expected.json says: the step that fails, or none, and who cosigned.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from bundle_cases import Season
from logbuilder import LogBuilder, encode

from suyuan.core.cosignature import Cosigner, with_lines
from suyuan.core.encoding import b64, unb64

FOLDER = Path(__file__).parent / "vectors" / "suyuan-bundle-witness"

ONE, TWO, THREE = (Cosigner(f"w{n}.example/witness", bytes([n]) * 32) for n in (1, 2, 3))
STRANGER = Cosigner("stranger.example/witness", bytes([9]) * 32)
NAMESAKE = Cosigner(TWO.key.name, bytes([8]) * 32)
POLICY = replace(LogBuilder().policy, witnesses=(ONE.key, TWO.key, THREE.key), quorum=2)
TIME = 1790000000


def _bent(line: str, at: int, bits: int = 1) -> str:
    """A cosignature's line with one byte of its data changed."""
    dash, name, text = line.rstrip("\n").split(" ")
    data = bytearray(unb64(text))
    data[at] ^= bits
    return f"{dash} {name} {b64(bytes(data))}\n"


def _cut(line: str, size: int) -> str:
    dash, name, text = line.rstrip("\n").split(" ")
    return f"{dash} {name} {b64(unb64(text)[:size])}\n"


def cases() -> Mapping[str, tuple[dict[str, Any], str | None, list[str]]]:
    """Name of a file → its bundle, the step at which it fails, and who cosigned."""
    bundle = Season().bundle()
    note = bundle["checkpoint"]
    text = note.rpartition("\n\n")[0] + "\n"
    one, two, three = (w.cosign(text, TIME + n) for n, w in enumerate((ONE, TWO, THREE)))
    other = text.replace("\n", "\n1", 1)  # a tree of another size
    names = [w.key.name for w in (ONE, TWO, THREE)]
    bad = "checkpoint"
    lines: dict[str, tuple[list[str], str | None, list[str]]] = {
        "two-of-three": ([three, one], None, [names[0], names[2]]),
        "three-of-three": ([one, two, three], None, names),
        "two-and-a-stranger": ([STRANGER.cosign(text, TIME), one, two], None, names[:2]),
        "two-and-a-namesake": ([NAMESAKE.cosign(text, TIME), one, two], None, names[:2]),
        "one-of-them-twice": ([one, ONE.cosign(text, 5), two], None, names[:2]),
        "the-last-second-there-is": ([one, TWO.cosign(text, 2**63 - 1)], None, names[:2]),
        "bad/none-of-three": ([], bad, []),
        "bad/one-of-three": ([two], bad, []),
        "bad/one-twice-is-one": ([one, ONE.cosign(text, 5)], bad, []),
        "bad/one-and-a-stranger": ([one, STRANGER.cosign(text, TIME)], bad, []),
        "bad/one-and-a-namesake": ([one, NAMESAKE.cosign(text, TIME)], bad, []),
        "bad/another-time": ([one, two, _bent(three, 11)], bad, []),
        "bad/another-signature": ([one, two, _bent(three, 30)], bad, []),
        "bad/another-scalar": ([one, two, _bent(three, 60)], bad, []),
        "bad/scalar-beyond-the-order": ([one, two, _bent(three, 75, 0xF0)], bad, []),
        "bad/time-beyond-63-bits": ([one, two, _bent(three, 4, 0x80)], bad, []),
        "bad/cut-short": ([one, two, _cut(three, 75)], bad, []),
        "bad/cut-to-the-time": ([one, two, _cut(three, 12)], bad, []),
        "bad/of-another-head": ([one, THREE.cosign(other, TIME)], bad, []),
    }
    return {
        name: ({**bundle, "checkpoint": with_lines(note, added)}, step, told)
        for name, (added, step, told) in lines.items()
    }


def write(folder: Path = FOLDER) -> None:
    """Write all cases, the policy, and what is expected of each."""
    (folder / "bad").mkdir(parents=True, exist_ok=True)
    for old in folder.rglob("*.suyuan.json"):
        old.unlink()
    for name, (bundle, _, _) in cases().items():
        (folder / f"{name}.suyuan.json").write_bytes(encode(bundle))
    (folder / "policy.json").write_bytes(POLICY.encode())
    expected = {name: {"step": step, "cosigned": told} for name, (_, step, told) in cases().items()}
    text = json.dumps(expected, ensure_ascii=False, indent=1, sort_keys=True)
    (folder / "expected.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    write()
