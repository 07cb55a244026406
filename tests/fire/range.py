"""The other side of the fire: starts the worker again and again, and believes nothing it is told."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from eth_utils.crypto import keccak
from fire.story import name_of, told
from nodes import World

from suyuan.adapters.chain_view import AuditedChain
from suyuan.core import merkle
from suyuan.core.checkpoint import open_checkpoint
from suyuan.core.content import parse_content
from suyuan.core.policy import Policy
from suyuan.core.private import reveal
from suyuan.core.replay import RightEdge
from suyuan.core.strict_json import loads
from suyuan.flow.audit import StoreSource, audit
from suyuan.flow.rehash import whole
from suyuan_devnet.rpc import call

HEAD_EXTENDED = "HeadExtended(bytes32,uint64,bytes32)"


class Service:
    """A worker process (fire/worker.py) that takes one order after the other."""

    def __enter__(self) -> Service:
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("worker.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={"PYTHONPATH": str(Path(__file__).parents[1]), "PATH": ""},
        )
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(60)
        self._process.stdout.close()

    def run(self, order: dict[str, Any]) -> Iterator[tuple[str, str]]:
        """What it says, word and rest, until ``end``."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        for line in self._process.stdout:
            word, _, rest = line.strip().partition(" ")
            yield word, rest
            if word == "end":
                return
        raise AssertionError("the worker is gone")


@dataclass(slots=True)
class Range:
    """One log under fire, and all that was ever acknowledged, published and anchored of it."""

    world: World
    rpc_url: str
    writers: dict[str, int] = field(default_factory=lambda: {"a": 0, "b": 0, "c": 0})
    """The number that each writer tells next: its first that was not acknowledged."""
    kills: Counter[str] = field(default_factory=Counter)
    acknowledged: dict[str, int] = field(default_factory=dict)
    published: dict[int, bytes] = field(default_factory=dict)
    anchored: set[int] = field(default_factory=set)
    indices: dict[str, int] = field(default_factory=dict)
    """Every eventID in the log, found by reading it."""
    edge: RightEdge = field(default_factory=RightEdge)

    def order(self, service: Service, **more: Any) -> tuple[int, Counter[str]]:
        """Run the service until it dies or its time is over: its exit status, and its words counted.

        gap: where it dies. seed: of its chances. seconds: until it stops by itself. writers: those
        of them that write. settle: whether it ends only when all is anchored. lease: in seconds.
        release: whether it gives the lease up when it ends in order.
        """
        settings = self.world.node.settings
        given: dict[str, Any] = {
            "folder": str(settings.data_dir),
            "database": settings.database_url,
            "rpc": self.rpc_url,
            "gap": "",
            "seed": 0,
            "seconds": 20.0,
            "settle": False,
            "lease": 0.25,
            "release": True,
            "writers": list(self.writers),
            **more,
        }
        given["writers"] = {name: self.writers[name] for name in given["writers"]}
        said: Counter[str] = Counter()
        status = 0
        for word, rest in service.run(given):
            said[word] += 1
            self._hear(word, rest)
            status = int(rest) if word == "end" else status
        return status, said

    def kill_in(self, service: Service, gap: str, seed: int) -> None:
        """One round: it dies in this gap, and then everything that it said still holds."""
        status, said = self.order(service, gap=gap, seed=seed)
        assert status == -9, (gap, status, said)
        assert said["dies"] == 1
        self.check()

    def _hear(self, word: str, rest: str) -> None:
        assert word not in {"crash", "trouble"}, rest
        if word == "ack":
            writer, number, index = rest.split()
            name = name_of(writer, int(number))
            assert self.acknowledged.setdefault(name, int(index)) == int(index)
            self.writers[writer] = int(number) + 1
        elif word == "sealed":
            size, root = rest.split()
            self._publish(int(size), bytes.fromhex(root))
        elif word == "anchored":
            self.anchored.add(int(rest))
        elif word == "dies":
            self.kills[json.loads(rest)] += 1

    def _publish(self, size: int, root: bytes) -> None:
        assert self.published.setdefault(size, root) == root, f"two heads of size {size}"

    def check(self) -> None:
        """Cheap, after each death: what is new in the log is whole, and nothing said is undone."""
        node = self.world.node
        database = node.database
        heads = {head.size: head for head in database.tree.heads()}
        for head in heads.values():
            self._publish(head.size, head.root)
        assert self.published.keys() == heads.keys(), "a published checkpoint is gone"
        for record in whole(database.log, self.edge.size, database.log.tail().size):
            assert record.index == self.edge.size
            assert record.content is not None
            content = parse_content(loads(record.content))
            if content.kind == "event":
                sent = reveal(content.value, record.disclosures)
                writer, number = sent["eventID"].rsplit("/", 1)[1].split("-")
                assert sent == told(writer, int(number))
                assert sent["eventID"] not in self.indices, "recorded twice"
                self.indices[sent["eventID"]] = record.index
            self.edge.push(record.leaf_hash)
            if record.index + 1 in heads:
                assert self.edge.root() == heads[record.index + 1].root
        missing = {
            name: index
            for name, index in self.acknowledged.items()
            if self.indices.get(name) != index
        }
        assert not missing, "acknowledged, and not there"
        self._check_chain()

    def _check_chain(self) -> None:
        """The contract has exactly what the journal says or is about to say, and all of it is ours.

        A node that was killed may have lost the block and kept the state: then the contract's own word
        counts, as it does for verifiers."""
        extended = {
            int(entry["topics"][2], 16): bytes.fromhex(entry["data"][2:])
            for entry in self._events()
        }
        for size, root in extended.items():
            assert self.published[size] == root, "the contract holds another history"
        for size in self.anchored - extended.keys():
            assert self._holds(size), "an anchor is gone from the chain"
        journal = self._journal()
        assert self.anchored <= set(journal), "an anchor is gone from the journal"
        self.anchored.update(journal)

    def _holds(self, size: int) -> bool:
        """Whether the contract has the root of ours at this size."""
        policy = self._policy()
        root = AuditedChain(self.rpc_url, policy.contract, policy.log_id).root_at(size)
        return root is not None and root == self.published.get(size)

    def _events(self) -> list[dict[str, Any]]:
        contract = self._policy().contract
        topic = "0x" + keccak(text=HEAD_EXTENDED).hex()
        found: list[dict[str, Any]] = call(
            self.rpc_url,
            "eth_getLogs",
            {"address": contract, "topics": [topic], "fromBlock": "0x0", "toBlock": "latest"},
        )
        return found

    def check_all(self) -> None:
        """In the end: proofs between all heads; journal and contract agree one to one."""
        database = self.world.node.database
        self.check()
        heads = list(database.tree.heads())
        for head in heads:
            open_checkpoint(head.note, self._policy().log_keys, self._policy().origin)
        for older, newer in pairwise(heads):
            proof = merkle.consistency_proof(older.size, newer.size, self._node)
            merkle.verify_consistency(older.size, older.root, newer.size, newer.root, proof)
        events = [int(entry["topics"][2], 16) for entry in self._events()]
        assert len(events) == len(set(events)), "anchored twice"
        journal = self._journal()
        assert set(events) <= set(journal), "journal and contract differ"
        for size in set(journal) - set(events):
            assert self._holds(size), "journal and contract differ"
        row = database.anchors.policy()
        assert row is not None
        assert not database.anchors.open(row.version), "an anchor was left open"

    def sound(self) -> None:
        """The audit has nothing to say, signatures and chain included."""
        database, policy = self.world.node.database, self._policy()
        found = audit(
            StoreSource(database.log, database.tree, database.anchors),
            policy,
            chain=AuditedChain(self.rpc_url, policy.contract, policy.log_id),
            signatures=True,
        )
        assert found.difference is None
        assert found.chain == "agrees"
        assert (found.size, found.unsealed) == (database.log.tail().size, 0)
        assert set(found.chain_sizes) >= self.anchored
        assert found.checkpoints == len(self.published)

    def _node(self, level: int, number: int) -> bytes:
        return self.world.node.database.tree.nodes([(level, number)])[level, number]

    def _journal(self) -> list[int]:
        """Sizes that were mined, as the database tells."""
        anchors = self.world.node.database.anchors
        row = anchors.policy()
        assert row is not None
        found, size = [], 0
        while anchor := anchors.covering(row.version, size + 1):
            size = anchor.size
            found.append(size)
        return found

    def _policy(self) -> Policy:
        policy = self.world.node.policy()
        assert policy is not None
        return policy
