"""Logs of the builder in the stores of memory, a clock that is set, and a chain that is a dict."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace

from logbuilder import LogBuilder, Logged, event
from memory_store import MemoryDatabase

from suyuan.core import jcs, merkle
from suyuan.core.errors import ProofError, Refused, SuyuanError
from suyuan.flow.scrub import Scrubber, Stored
from suyuan.flow.seal import Sealer
from suyuan.ports.chain import ChainHead, Mined, SignedTx
from suyuan.ports.log import EventIndex, NewRecord

COOP = "https://node.example.cn/org/coop"


@dataclass(slots=True)
class SetClock:
    """Says what it is told to say."""

    time: str = "2026-06-01T08:00:00.000Z"

    def now(self) -> str:
        return self.time


def crates(log: LogBuilder, count: int, name: str = "crate") -> None:
    """So many records of the cooperative, on crates in turn."""
    if "coop" not in log.owners:
        log.enrol("coop", COOP)
    for number in range(count):
        value = event(
            "ObjectEvent",
            action="OBSERVE",
            epcList=[f"https://node.example.cn/{name}/{number % 7}"],
            **{"suyuan:note": f"{name} {log.size}"},
        )
        log.event(value, by="coop")


def new_record(log: LogBuilder, logged: Logged) -> NewRecord:
    """As an append hands it to the store."""
    by_leaf = {record.leaf: record.index for record in log.records}
    content = jcs.dumps(logged.content)
    digest = hashlib.sha256(content).digest()
    touched, kid = logged.touches, logged.kid
    found = None
    if logged.kind == "event":
        found = EventIndex(None, f"ni:///sha-256;{digest.hex()}", "ObjectEvent", "", "", digest)
    erases = None
    if logged.kind == "erasure":
        of = bytes.fromhex(logged.content["erasure"]["of"].removeprefix("sha-256:"))
        erases = by_leaf[of]
    return NewRecord(
        logged.index,
        logged.kind,
        content,
        digest,
        logged.disclosures,
        logged.link.encode(),
        tuple(sorted(by_leaf[leaf] for leaf in logged.link.after if leaf in by_leaf)),
        logged.entry,
        logged.leaf,
        kid,
        logged.owner,
        _time_of(logged),
        touched.extends,
        tuple(name for name in touched.rests_on if name != kid or name in touched.extends),
        found,
        erases,
    )


def _time_of(logged: Logged) -> str:
    return logged.entry.decode().split('"recordTime":"')[1][:24]


def append(database: MemoryDatabase, log: LogBuilder) -> None:
    """All of the log that is not there yet, in one block."""
    start = database.log.tail().size
    with database.log.sequencing() as sequencer:
        sequencer.insert([new_record(log, logged) for logged in log.records[start:]])


def stored(log: LogBuilder) -> MemoryDatabase:
    """The whole log in a store of its own."""
    database = MemoryDatabase()
    append(database, log)
    return database


def sealer(database: MemoryDatabase, log: LogBuilder, clock: SetClock | None = None) -> Sealer:
    clock = clock or SetClock()
    kept = everything(database, log)
    return Sealer(database.log, database.tree, clock, log.signer, log.origin, kept)


def scrubber(database: MemoryDatabase, log: LogBuilder, clock: SetClock | None = None) -> Scrubber:
    return Scrubber(everything(database, log), clock or SetClock())


def everything(database: MemoryDatabase, log: LogBuilder) -> Stored:
    """What is re-read of a log in memory."""
    return Stored(
        database.log, database.tree, database.attachments, log.signer.verifiers, log.origin
    )


def spoil(database: MemoryDatabase, index: int, **changes: object) -> None:
    """Change what is stored of a record."""
    records = database.state.records
    records[index] = replace(records[index], **changes)  # type: ignore[arg-type]


@dataclass(slots=True)
class _Sent:
    old_size: int
    size: int
    root: bytes
    proof: tuple[bytes, ...]
    nonce: int
    fee: int


@dataclass
class Contract:
    """A contract on a chain that mines when it is told to; whoever signs has the one key there is."""

    chain_id: int = 31337
    genesis: str = "0x" + "55" * 32
    operator: str = "0xOperator"
    named: str = "0xoperator"
    """Operator by the contract's word."""
    closed: bool = False
    gone: bool = False
    confirmations: int = 1
    heads: list[tuple[int, bytes]] = field(default_factory=list)
    pool: dict[str, _Sent] = field(default_factory=dict)
    signed: dict[bytes, str] = field(default_factory=dict)
    known: dict[str, _Sent] = field(default_factory=dict)
    receipts: dict[str, tuple[int, bool]] = field(default_factory=dict)
    """Transaction → (block, succeeded)."""
    block: int = 1
    used: int = 0
    automatic: bool = True
    failing: dict[str, SuyuanError] = field(default_factory=dict)
    """Method → what its next call raises."""
    unseen: bool = False
    """Receipts and roots are not shown: this node is behind."""
    asked: list[str] = field(default_factory=list)

    def _ask(self, name: str) -> None:
        self.asked.append(name)
        if (problem := self.failing.pop(name, None)) is not None:
            raise problem

    def identity(self) -> tuple[int, str]:
        self._ask("identity")
        return self.chain_id, self.genesis

    def head(self) -> ChainHead | None:
        self._ask("head")
        if self.gone:
            return None
        size, root = self.heads[-1] if self.heads else (0, None)
        return ChainHead(self.named, size, self.closed, root)

    def root_at(self, size: int) -> bytes | None:
        self._ask("root_at")
        return None if self.unseen else dict(self.heads).get(size)

    def nonce(self) -> int:
        self._ask("nonce")
        return self.used

    def balance(self) -> int:
        return 10**18

    def price(self) -> int:
        return 10**9

    def sign_extend(
        self,
        old_size: int,
        size: int,
        root: bytes,
        proof: tuple[bytes, ...],
        *,
        nonce: int,
        bump_over: SignedTx | None,
    ) -> SignedTx:
        self._ask("sign_extend")
        fee = bump_over.max_fee + bump_over.max_fee // 8 + 1 if bump_over else 1000
        sent = _Sent(old_size, size, root, proof, nonce, fee)
        raw = repr(sent).encode()
        tx_hash = "0x" + hashlib.sha256(raw).hexdigest()
        self.signed[raw], self.known[tx_hash] = tx_hash, sent
        return SignedTx(tx_hash, raw, nonce, fee, fee)

    def send(self, raw: bytes) -> None:
        problem = self.failing.pop("send, applied", None)
        self._ask("send")
        tx_hash = self.signed[raw]
        if tx_hash not in self.receipts:
            sent = self.known[tx_hash]
            if sent.nonce < self.used:
                raise Refused("the chain refused: {why}", why="nonce too low")
            self.pool = {h: s for h, s in self.pool.items() if s.nonce != sent.nonce}
            self.pool[tx_hash] = sent
            if self.automatic:
                self.mine()
        if problem is not None:
            raise problem

    def mine(self) -> None:
        """All that waits, by nonce, in one block."""
        self.block += 1
        for tx_hash, sent in sorted(self.pool.items(), key=lambda item: item[1].nonce):
            if sent.nonce == self.used:
                self.used += 1
                self.receipts[tx_hash] = self.block, self._extend(sent)
                del self.pool[tx_hash]

    def _extend(self, sent: _Sent) -> bool:
        old_size, old_root = self.heads[-1] if self.heads else (0, b"")
        if sent.old_size != old_size or self.closed or self.named.lower() != self.operator.lower():
            return False
        try:
            if old_size:
                merkle.verify_consistency(old_size, old_root, sent.size, sent.root, sent.proof)
        except ProofError:
            return False
        self.heads.append((sent.size, sent.root))
        return True

    def take_back(self) -> None:
        """The newest block vanishes, and its transactions wait again."""
        for tx_hash in [h for h, (block, _) in self.receipts.items() if block == self.block]:
            _, succeeded = self.receipts.pop(tx_hash)
            self.used -= 1
            self.pool[tx_hash] = self.known[tx_hash]
            if succeeded:
                self.heads.pop()
        self.block -= 1

    def newest(self) -> tuple[int, str]:
        return self.block, "2026-06-01T08:00:00.000Z"

    def receipt(self, tx_hash: str, size: int, root: bytes) -> Mined | None:
        self._ask("receipt")
        if self.unseen or tx_hash not in self.receipts:
            return None
        block, succeeded = self.receipts[tx_hash]
        return self._at(block, tx_hash, 60_000, ok=succeeded)

    def held(self, size: int, root: bytes, noted: tuple[int, str] | None) -> Mined | None:
        self._ask("held")
        if (size, root) not in self.heads:
            return None
        return self._at(noted[0] if noted else self.block, None, None, ok=True)

    def _at(self, block: int, tx_hash: str | None, gas: int | None, *, ok: bool) -> Mined:
        depth = self.block - block + 1
        return Mined(
            tx_hash=tx_hash,
            ok=ok,
            block_number=block,
            block_hash=f"0x{block:064x}",
            block_time="2026-06-01T08:00:00.000Z",
            depth=depth,
            gas_used=gas,
            safe=2 * depth > self.confirmations,
            final=depth >= self.confirmations,
        )


def sizes(contract: Contract) -> list[int]:
    return [size for size, _ in contract.heads]
