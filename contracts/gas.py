"""What ``extend`` costs, as real transactions: ``python contracts/gas.py [--check]``.

Gas is the receipt's: the 21,000 of any transaction and its calldata included. Heads grow by 4,096
leaves, at 25 seeded sizes that are multiples of 4,096 and 25 that are not, in real trees of about a
million leaves, on the devnet. Everything is seeded (trees, origins, keys), so the figures
are the same to the unit on every machine: ``--check`` compares with the committed gas.json, and
with the targets, and exits 1 if either does not hold.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
from hashlib import sha256
from pathlib import Path
from typing import Any

from eth_abi.abi import encode
from eth_account import Account
from eth_utils.crypto import keccak

from suyuan_contracts import log_id
from suyuan_devnet.accounts import dev_accounts
from suyuan_devnet.anvil import HARDFORK
from suyuan_devnet.deploy import Sender, deploy
from suyuan_devnet.devnet import Devnet

SNAPSHOT = Path(__file__).resolve().parent / "gas.json"
SEED = "suyuan/gas/v1"
GROWTH = 4096
SIZES = 25
TARGETS = {"aligned": 64_000, "unaligned": 80_000}
LOW, HIGH = 900_000, 1_100_000


class Tree:
    """A real tree over made-up leaves: every complete subtree's hash, by level."""

    def __init__(self, leaves: int) -> None:
        self.levels = [[sha256(b"\x00" + i.to_bytes(8, "big")).digest() for i in range(leaves)]]
        while len(below := self.levels[-1]) > 1:
            self.levels.append(
                [
                    sha256(b"\x01" + below[i] + below[i + 1]).digest()
                    for i in range(0, len(below) - 1, 2)
                ]
            )

    def hash(self, start: int, end: int) -> bytes:
        """MTH(D[start:end]) of RFC 9162 §2.1.1, for the ranges that proofs are made of."""
        width = end - start
        if width & (width - 1) == 0:
            return self.levels[width.bit_length() - 1][start // width]
        middle = start + (1 << (width - 1).bit_length() - 1)
        return sha256(b"\x01" + self.hash(start, middle) + self.hash(middle, end)).digest()

    def consistency(self, m: int, n: int) -> list[bytes]:
        """PROOF(m, D[0:n]) of RFC 9162 §2.1.4.1."""
        return self._subproof(m, 0, n)

    def _subproof(self, m: int, start: int, end: int) -> list[bytes]:
        if m == end:
            return [self.hash(start, end)] if start else []
        middle = start + (1 << (end - start - 1).bit_length() - 1)
        if m <= middle:
            return [*self._subproof(m, start, middle), self.hash(middle, end)]
        return [*self._subproof(m, middle, end), self.hash(start, middle)]


def sizes() -> dict[str, list[int]]:
    """The seeded sizes that heads grow from."""
    draw = random.Random(SEED)  # noqa: S311 - figures, not keys
    aligned = draw.sample(range(-(-LOW // GROWTH) * GROWTH, HIGH, GROWTH), SIZES)
    anything = [size for size in draw.sample(range(LOW, HIGH), 2 * SIZES) if size % GROWTH]
    return {"aligned": sorted(aligned), "unaligned": sorted(anything[:SIZES])}


def measure() -> dict[str, Any]:
    """The figures, from a new chain."""
    tree = Tree(HIGH + GROWTH)
    owner, operator = dev_accounts()[:2]
    with tempfile.TemporaryDirectory() as folder, Devnet(Path(folder)) as chain:
        first = deploy(chain.rpc_url, SEED, owner_key=owner.key, operator=operator.address).contract
        opening = Sender(chain.rpc_url, Account.from_key(owner.key))
        extending = Sender(chain.rpc_url, Account.from_key(operator.key))

        def opened(origin: str) -> tuple[bytes, int]:
            data = _call("open(string,address)", ["string", "address"], origin, operator.address)
            return log_id(owner.address, origin), _gas(opening, first, data)

        def extended(name: bytes, m: int, n: int) -> tuple[int, int]:
            proof = tree.consistency(m, n) if m else []
            types = ["bytes32", "uint64", "uint64", "bytes32", "bytes32[]"]
            signature = f"extend({','.join(types)})"
            data = _call(signature, types, name, m, n, tree.hash(0, n), proof)
            return _gas(extending, first, data), len(proof)

        figures: dict[str, Any] = {"evm": HARDFORK, "growth": GROWTH, "seed": SEED}
        for kind, starts in sizes().items():
            rows = []
            for m in starts:
                name, opening_gas = opened(f"{SEED}/{kind}/{m}")
                first_gas, _ = extended(name, 0, m)
                gas, hashes = extended(name, m, m + GROWTH)
                rows.append({"from": m, "proof": hashes, "gas": gas})
            mean = sum(row["gas"] for row in rows) / len(rows)
            figures[kind] = {"target": TARGETS[kind], "mean": round(mean), "sizes": rows}
        figures["open"] = opening_gas
        figures["firstHead"] = first_gas
    return figures


def _call(signature: str, types: list[str], *values: object) -> bytes:
    return keccak(text=signature)[:4] + encode(types, values)


def _gas(sender: Sender, contract: str, data: bytes) -> int:
    return int(sender.send(contract, data)["gasUsed"], 16)


def _text(figures: dict[str, Any]) -> str:
    """JSON with one size a line."""
    text = json.dumps(figures, indent=1)
    for row in (*figures["aligned"]["sizes"], *figures["unaligned"]["sizes"]):
        text = text.replace(json.dumps(row, indent=1).replace("\n", "\n   "), json.dumps(row))
    return text + "\n"


def main(arguments: list[str]) -> None:
    if arguments not in ([], ["--check"]):
        sys.exit("usage: python contracts/gas.py [--check]")
    figures = measure()
    for kind, target in TARGETS.items():
        mean, rows = figures[kind]["mean"], figures[kind]["sizes"]
        low, high = min(row["gas"] for row in rows), max(row["gas"] for row in rows)
        spread = f"{mean:,} of {len(rows)} sizes ({low:,} to {high:,})"
        sys.stdout.write(f"extend, {kind}: mean {spread}, at most {target:,}\n")
        if mean > target:
            sys.exit(f"{kind} costs {mean:,} gas in the mean, more than {target:,}")
    if not arguments:
        SNAPSHOT.write_text(_text(figures))
    elif json.loads(SNAPSHOT.read_text()) != figures:
        sys.exit(
            f"{SNAPSHOT.name} is stale: run `python contracts/gas.py` and look at what changed"
        )


if __name__ == "__main__":
    main(sys.argv[1:])
