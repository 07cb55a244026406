"""Where settings meet adapters: the one place that builds a node, and the workers that keep it going."""

from __future__ import annotations

import gc
import os
import secrets
import socket
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, TextIO, TypeVar

import structlog

from suyuan.adapters.audit_files import AuditFiles
from suyuan.adapters.defaults import default_documents
from suyuan.adapters.keys import (
    KeptKeys,
    Seal,
    label_keys,
    older_log_keys,
    open_seal,
    service_key,
)
from suyuan.adapters.outside import SystemClock, SystemRandomness
from suyuan.adapters.passwords import SlowPasswords
from suyuan.adapters.printer import NetworkPrinters
from suyuan.adapters.scoring import scoring
from suyuan.adapters.sql.engine import Database, open_database
from suyuan.adapters.sql.revision import migrate
from suyuan.adapters.webhook import Webhooks
from suyuan.adapters.witness_client import HttpWitnesses
from suyuan.core.errors import Fatal, NotFound, Refused, SuyuanError
from suyuan.core.note import NoteSigner
from suyuan.core.policy import Policy, parse_policy
from suyuan.core.sheets.sheet import Sheet
from suyuan.flow.accounts import Accounts
from suyuan.flow.anchor import Anchorer, ChainReset
from suyuan.flow.append import Appender
from suyuan.flow.archive import Archiving
from suyuan.flow.asking import Asking
from suyuan.flow.at_rest import SealedCertificates, SealedDrafts, SealedImports, SealedJobs
from suyuan.flow.attachments import collect
from suyuan.flow.audit import StoreSource
from suyuan.flow.audit_chain import Heads
from suyuan.flow.audits import Audits
from suyuan.flow.backlog import Backlog
from suyuan.flow.balance import Balances
from suyuan.flow.books import Books
from suyuan.flow.brands import Brands
from suyuan.flow.capture import Capture
from suyuan.flow.cases import Cases
from suyuan.flow.certificate_draft import Drafting
from suyuan.flow.certificate_look import Register
from suyuan.flow.certificate_printing import CertificatePapers, CertificatePrinting
from suyuan.flow.certificates import Certificates
from suyuan.flow.check_in import CheckIns
from suyuan.flow.claims import Claims
from suyuan.flow.codes import Codes
from suyuan.flow.cosign import Cosigning, parse_witnesses
from suyuan.flow.deliver import Deliveries, Turn, Writer
from suyuan.flow.discover import Discovery
from suyuan.flow.entrance import NOTED_EVERY, Entrance
from suyuan.flow.escaped import Escaped
from suyuan.flow.exporting import Exporting
from suyuan.flow.farm_drafts import Drafts
from suyuan.flow.gates import Gatekeeper
from suyuan.flow.ground import Grounds
from suyuan.flow.held import Held
from suyuan.flow.importing import Importing
from suyuan.flow.inputs import Inputs
from suyuan.flow.issue import Issuer
from suyuan.flow.jobs import Jobs
from suyuan.flow.judge import Judge
from suyuan.flow.label import Labeller
from suyuan.flow.leaving import Leaving
from suyuan.flow.look import Looker
from suyuan.flow.master import MasterData
from suyuan.flow.once import Forms
from suyuan.flow.people import People
from suyuan.flow.plots import Plots
from suyuan.flow.printing import Printing
from suyuan.flow.progress import Progress
from suyuan.flow.prove import Prover
from suyuan.flow.query import Events
from suyuan.flow.recall import Recalling, acts_on
from suyuan.flow.rulebook import RuleBook
from suyuan.flow.scan import Scanner
from suyuan.flow.scans import FLUSH_SECONDS, Scans
from suyuan.flow.scrub import HELD, Scrubber, Stored
from suyuan.flow.scrub import LEASE as SCRUB_LEASE
from suyuan.flow.seal import Sealer
from suyuan.flow.seasons import Seasons
from suyuan.flow.signing import Signing
from suyuan.flow.standing import Standing, Wallet, standing, wallet_of
from suyuan.flow.standings import AT_ONCE, Standings
from suyuan.flow.subscribe import Subscriptions
from suyuan.flow.supplies import Supplies
from suyuan.flow.tracing import Tracing
from suyuan.flow.walks import Walks
from suyuan.flow.watch import Watch
from suyuan.ports.printing import LabelJob
from suyuan.settings import Settings
from suyuan.words import LANGUAGES, say

if TYPE_CHECKING:
    from suyuan.adapters.chain import EthereumChain

_log = structlog.get_logger()
T = TypeVar("T")
_PRINTERS_AT_ONCE = 16


@dataclass(slots=True)
class Node:
    """Everything the faces need, wired once."""

    settings: Settings
    database: Database
    clock: SystemClock
    accounts: Accounts
    people: People
    entrance: Entrance
    forms: Forms
    plots: Plots
    seasons: Seasons
    appender: Appender
    capture: Capture
    jobs: Jobs
    leaving: Leaving
    sealer: Sealer
    scrubber: Scrubber
    cosigning: Cosigning
    prover: Prover
    events: Events
    discovery: Discovery
    asking: Asking
    masters: MasterData
    books: Books
    drafts: Drafts
    rulebook: RuleBook
    judge: Judge
    standings: Standings
    progress: Progress
    balances: Balances
    importing: Importing
    exporting: Exporting
    archiving: Archiving
    watch: Watch
    tracing: Tracing
    recalling: Recalling
    escaped: Escaped
    signing: Signing
    claims: Claims
    cases: Cases
    gatekeeper: Gatekeeper
    register: Register
    certificates: Certificates
    check_ins: CheckIns
    inputs: Inputs
    audits: Audits
    subscriptions: Subscriptions
    deliveries: Deliveries
    brands: Brands
    codes: Codes
    issuer: Issuer
    scanner: Scanner
    scans: Scans
    labeller: Labeller
    supplies: Supplies
    printing: Printing
    certificate_printing: CertificatePrinting
    seal: Seal
    holder: str
    backlog: Backlog
    refusals: dict[int, int] = field(default_factory=dict)
    """Of the anchoring worker: anchor → transactions refused for their nonce."""
    _chain: EthereumChain | None = field(default=None)
    _key: bytes = field(default=b"", repr=False)

    def policy(self) -> Policy | None:
        """The policy in force, or None before a contract was set up."""
        row = self.database.anchors.policy()
        return parse_policy(row.policy) if row else None

    def chain(self) -> EthereumChain:
        """The chain of the policy, through the settings' RPC URLs."""
        policy = self.policy()
        if policy is None:
            raise Refused("no contract is set up for this log yet")
        key = service_key(self.settings.data_dir, self.seal, "anchor")
        # A contract set up anew, or a key rotated by another process, is taken without a restart.
        if self._chain is None or (self._chain.contract, self._key) != (policy.contract, key):
            if not self.settings.rpc_urls:
                raise Refused("no RPC URL is set: nothing can be anchored")
            # web3 takes a second to load, and most commands ask no chain.
            from suyuan.adapters.chain import EthereumChain

            self._chain = EthereumChain(
                self.settings.rpc_urls,
                contract=policy.contract,
                log_id=policy.log_id,
                operator_key=key,
                timeout=self.settings.rpc_timeout,
                confirmations=self.settings.confirmations,
                fee_ceiling=int(self.settings.max_fee_gwei * 10**9),
            )
            self._key = key
        return self._chain

    def standing(self) -> Standing:
        """How anchoring stands; what the chain does not tell now is unknown, and says why."""
        wallet: Wallet | None = None
        silent: SuyuanError | None = None
        try:
            if self.policy() is not None:
                wallet = wallet_of(self.chain())
        except SuyuanError as problem:
            silent = problem
        database = self.database
        return standing(database.log, database.tree, database.anchors, wallet, silent)

    def anchorer(self) -> Anchorer:
        """The anchoring verb over the policy's chain."""
        return Anchorer(
            self.database.anchors,
            self.database.tree,
            self.chain(),
            self.clock,
            self.holder,
            resubmit_after=self.settings.resubmit_after,
            settle=self.settings.settle_seconds,
            lease_seconds=max(60.0, 6 * self.settings.rpc_timeout),
            closing=self.database.log.closing() is not None,
            refusals=self.refusals,
        )

    def close(self) -> None:
        """Give database connections back."""
        self.database.close()


def set_up_logs(stream: TextIO | None = None) -> None:
    """One JSON object a line, on standard error or a stream; traces without the values of variables,
    some of which are secrets."""
    if structlog.is_configured():
        return
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        # Looked up at each line: who runs us may put another in its place.
        logger_factory=lambda *_: structlog.PrintLogger(stream or sys.stderr),
    )


def open_node(settings: Settings) -> Node:
    """Open an initialised node; NotFound says to run ``suyuan init`` where it is none."""
    if not (settings.data_dir / "keys" / "log.sealed").exists():
        raise NotFound(
            "{folder} is no node yet; `suyuan init` makes it one", folder=str(settings.data_dir)
        )
    return _build(settings, open_seal(settings.secret_file, settings.data_dir))


def settle() -> None:
    """What is there when a service begins stays until it ends: the collector leaves it alone from here
    on. It would stop everything for a quarter of a second now and then, and find nothing."""
    gc.collect()
    gc.freeze()


def create_node(settings: Settings) -> Node:
    """Make keys and database where there are none yet, and open the node. Safe to repeat."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    seal = open_seal(settings.secret_file, settings.data_dir, create=True)
    for name in ("log", "anchor", "owner", "label"):
        service_key(settings.data_dir, seal, name, create=True)
    migrate(settings.database)
    return _build(settings, seal)


def _build(settings: Settings, seal: Seal) -> Node:
    set_up_logs()
    # One document makes 100,000 objects that reference counting frees; looked for after every 700 of
    # them, as is Python's default, cyclic garbage costs a seventh of capture and is never there. After
    # every 10,000 it costs a fiftieth, and no page stops for it for longer than a few milliseconds; but
    # for the whole heap, a tenth of a second, which is gone through once in some thousand pages.
    gc.set_threshold(10_000, 10, 50)
    # Keys first: where one does not open, no connection is left behind.
    signer = NoteSigner(
        settings.origin,
        service_key(settings.data_dir, seal, "log"),
        [
            NoteSigner(settings.origin, seed).verifier
            for seed in older_log_keys(settings.data_dir, seal)
        ],
    )
    valid, retired = label_keys(settings.data_dir, seal)
    database = open_database(settings.database)
    clock, randomness = SystemClock(), SystemRandomness()
    kept = KeptKeys(database.accounts, seal)
    accounts = Accounts(database.accounts, kept, clock)
    backlog = Backlog(database.log, database.anchors, settings.max_backlog)
    appender = Appender(database.log, clock, randomness, backlog.check)
    capture = Capture(
        database.log,
        appender,
        accounts,
        kept,
        database.attachments,
        randomness,
        settings.origin,
        seal.digest,
        clock,
    )
    prover = Prover(
        database.log, database.tree, database.anchors, accounts, appender, signer, settings.origin
    )
    events = Events(database.log, prover)
    asking = Asking(database.log, prover, f"{settings.uri_base}voc/")
    subscriptions = Subscriptions(
        database.subscriptions,
        database.queries,
        database.accounts,
        database.log,
        events,
        Webhooks(settings.outgoing_hosts, settings.outgoing_timeout),
        clock,
        close=lambda name, secret: seal.close("signatureToken", name, secret),
        asking=asking,
    )
    masters = MasterData(database.log, capture, prover)
    plots = Plots(database.log, masters, accounts, randomness, settings.uri_base)
    rulebook = RuleBook(database.log, appender, masters, settings.uri_base, default_documents())
    appender.ratio = rulebook.ratio
    judge = Judge(
        rulebook,
        capture,
        clock,
        settings.uri_base,
        database.stocks,
        Walks(
            database.log,
            prover,
            database.deeds,
            Held(database.log, rulebook, clock, _HELD_WALKS),
        ),
        partial(acts_on, database.lineage),
    )
    brands = Brands(
        database.codes,
        database.log,
        capture,
        prover,
        accounts,
        randomness,
        clock,
        settings.uri_base,
    )
    judge.granted = brands.as_granted
    rulebook.also = brands.newest
    codes = Codes(
        database.codes,
        database.log,
        database.lineage,
        brands,
        judge,
        rulebook,
        capture,
        clock,
        settings.uri_base,
    )
    appender.codes = codes.check
    scans = Scans(
        database.scans,
        database.codes,
        codes,
        rulebook,
        clock,
        seal.digest,
        scoring(settings.scan_scoring),
    )
    seasons = Seasons(database.log, masters, plots, rulebook, randomness, settings.uri_base)
    books = Books(
        database.log,
        database.deeds,
        capture,
        prover,
        accounts,
        Grounds(database.log, clock, settings.uri_base),
        settings.uri_base,
        judge.gate,
        seasons.template_of,
    )
    balances = Balances(database.log, prover)
    exporting = Exporting(books, masters, balances)
    people = People(
        database.people,
        database.sessions,
        database.accounts,
        seal,
        SlowPasswords(),
        randomness,
        clock,
        settings.uri_base,
    )
    watch = Watch(database.stocks, database.marks, rulebook, clock)
    tracing = Tracing(database.lineage, accounts)
    holder = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
    stored = Stored(
        database.log, database.tree, database.attachments, signer.verifiers, settings.origin
    )
    labeller = Labeller(database.log, settings.public_url)
    printers = NetworkPrinters(settings.printer_hosts, settings.outgoing_timeout)
    recalling = Recalling(
        tracing, capture, judge, database.log, database.drills, clock, time.monotonic
    )
    gatekeeper = Gatekeeper(judge, capture, clock, settings.uri_base)
    certified = SealedCertificates(database.certificates, seal)
    drafts = SealedDrafts(database.drafts, seal)
    register = Register(certified, database.log, prover, settings.uri_base)
    leaving = Leaving(judge, database.log, seasons.keeps_books)
    jobs = Jobs(
        SealedJobs(database.jobs, seal),
        capture,
        clock,
        holder,
        leaving,
        most_events=settings.max_events,
    )
    claims = Claims(judge, appender, database.log, database.label_jobs, clock)
    issuer = Issuer(
        capture, database.log, randomness, valid, settings.uri_base, codes, retired, claims.require
    )
    scanner = Scanner(
        prover,
        issuer,
        Looker(database.log, prover),
        database.log,
        database.tree,
        database.anchors,
        _lately(database.anchors.policy),
    )
    certificates = Certificates(
        certified,
        database.log,
        judge,
        register,
        Drafting(register, judge, recalling, accounts, clock),
        capture,
        clock,
        settings.uri_base,
        settings.public_url,
        lambda lot: scanner.thing(lot).story,
    )
    printing = Printing(
        database.label_jobs,
        database.log,
        labeller,
        printers,
        clock,
        holder,
        database.codes,
        CertificatePapers(certificates, accounts).of,
    )
    return Node(
        settings=settings,
        database=database,
        clock=clock,
        accounts=accounts,
        people=people,
        entrance=Entrance(people, database.attempts),
        forms=Forms(database.forms, seal, clock),
        plots=plots,
        seasons=seasons,
        appender=appender,
        capture=capture,
        jobs=jobs,
        leaving=leaving,
        sealer=Sealer(database.log, database.tree, clock, signer, settings.origin, stored),
        scrubber=Scrubber(stored, clock, partial(database.anchors.lease, SCRUB_LEASE, holder)),
        cosigning=Cosigning(
            database.tree,
            HttpWitnesses(settings.outgoing_timeout),
            parse_witnesses(settings.witnesses),
            clock,
        ),
        prover=prover,
        events=events,
        subscriptions=subscriptions,
        deliveries=Deliveries(
            subscriptions,
            open=lambda name, sealed: seal.open("signatureToken", name, sealed),
            holder=holder,
            timeout=settings.outgoing_timeout,
        ),
        asking=asking,
        masters=masters,
        books=books,
        drafts=Drafts(drafts, database.attachments, books, clock),
        rulebook=rulebook,
        judge=judge,
        standings=Standings(judge, Held(database.log, rulebook, clock, _HELD_SEASONS)),
        progress=Progress(books, Held(database.log, rulebook, clock, _HELD_SEASONS)),
        balances=balances,
        importing=Importing(
            SealedImports(database.imports, seal),
            books,
            masters,
            plots,
            people,
            drafts,
            jobs,
            database.log,
            clock,
            seal.digest,
            seal,
            [say(language) for language in LANGUAGES],
            _read_sheets,
            Held(database.log, rulebook, clock, _HELD_PARTS),
        ),
        exporting=exporting,
        archiving=Archiving(
            exporting,
            prover,
            database.log,
            database.tree,
            database.anchors,
            database.attachments,
        ),
        watch=watch,
        tracing=tracing,
        recalling=recalling,
        escaped=Escaped(database.deeds, tracing, judge),
        gatekeeper=gatekeeper,
        register=register,
        certificates=certificates,
        check_ins=CheckIns(
            database.links,
            database.attempts,
            accounts,
            gatekeeper,
            register,
            database.lineage,
            database.codes,
            capture,
            clock,
            settings.uri_base,
            seal.digest,
        ),
        signing=Signing(
            database.signing,
            database.attempts,
            accounts,
            capture,
            judge,
            masters,
            seal,
            randomness,
            clock,
            settings.origin,
            settings.uri_base,
        ),
        claims=claims,
        cases=Cases(
            database.cases,
            database.attempts,
            database.log,
            prover,
            issuer,
            accounts,
            rulebook,
            seal,
            randomness,
            clock,
        ),
        inputs=Inputs(books, judge, masters, watch, randomness, settings.uri_base),
        audits=Audits(
            AuditFiles(settings.data_dir / "audits"),
            lambda: StoreSource(database.log, database.tree, database.anchors),
            lambda: parse_policy(row.policy) if (row := database.anchors.policy()) else None,
            partial(_audited, settings),
            clock,
        ),
        discovery=Discovery(database.log, prover, database.accounts),
        brands=brands,
        codes=codes,
        issuer=issuer,
        scanner=scanner,
        scans=scans,
        labeller=labeller,
        supplies=Supplies(database.supplies, printers),
        printing=printing,
        certificate_printing=CertificatePrinting(certificates, printing, clock),
        seal=seal,
        holder=holder,
        backlog=backlog,
    )


def _lately(ask: Callable[[], T]) -> Callable[[], T]:
    """The answer, asked for again when it is two seconds old."""
    told: tuple[float, T] | None = None

    def answer() -> T:
        nonlocal told
        now = time.monotonic()
        if told is None or now - told[0] > 2:
            told = now, ask()
        return told[1]

    return answer


_HELD_SEASONS = 5_000
"""Seasons, by who looks at them, of which it is held what the rules say."""
_HELD_WALKS = 12
"""Forms that lie open, of which it is held what their records rest on: a season's deeds each."""
_HELD_PARTS = 2_000
"""Parts of tables, a season's rows at most, of which it is held what the rules said."""


def _read_sheets(name: str, data: bytes) -> list[Sheet]:
    # Loaded when it is needed: most services never read a workbook.
    from suyuan.adapters.sheets import read_sheets

    return read_sheets(name, data)


def _audited(settings: Settings, policy: Policy) -> Heads | None:
    """The chain as an audit asks it: through the first of the settings' nodes; None without one."""
    url = next(iter(settings.rpc_urls), None)
    if url is None:
        return None
    from suyuan.adapters.chain_view import AuditedChain

    return AuditedChain(url, policy.contract, policy.log_id)


@dataclass(slots=True)
class Workers:
    """Threads that run jobs, seal, anchor and clean up until ``stop``, each through its own troubles.

    ``troubles`` tells the faces what is wrong now: worker name → the error that it met last.
    """

    node: Node
    on_reset: Callable[[Node, ChainReset], None] | None = None
    """What to do when the chain was started over; it raises where that is not for it to mend."""
    writer: Writer | None = None
    """How a delivery to a subscriber is written; without it nothing is delivered."""
    troubles: dict[str, SuyuanError] = field(default_factory=dict)
    _stop: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)
    _delivering: dict[Turn, threading.Thread] = field(default_factory=dict)
    _printing: dict[str, threading.Thread] = field(default_factory=dict)

    def start(self) -> None:
        settings = self.node.settings
        loops: list[tuple[str, float, Callable[[], object]]] = [
            ("jobs", 0.5, self.node.jobs.run_one),
            ("seal", min(1.0, settings.seal_seconds), self._seal),
            ("attachments", 3600.0, self._collect),
            ("rules", AT_ONCE, self.node.standings.work),
            ("scans", FLUSH_SECONDS, self.node.scans.flush),
            ("sessions", NOTED_EVERY, self.node.entrance.note),
        ]
        if self.node.cosigning.asked:
            loops.append(("witness", settings.poll_seconds, self.node.cosigning.step))
        if self.writer is not None and settings.outgoing_hosts:
            loops.append(("deliver", 0.25, self._deliver))
        if settings.printer_hosts:
            self.node.printing.stopping = self._stop.is_set
            loops.append(("labels", 0.5, self._print))
        if settings.scrub_rate:
            loops.append(("scrub", 1.0, self._scrub))
        if settings.rpc_urls:
            loops.append(("anchor", settings.poll_seconds, self.anchor))
        for name, pause, work in loops:
            thread = threading.Thread(
                target=self._run, args=(name, pause, work), name=f"suyuan-{name}", daemon=True
            )
            thread.start()
            self._threads.append(thread)

    def stop(self, timeout: float = 15.0) -> None:
        """Let each worker end what it is doing, and wait for it."""
        self._stop.set()
        self.node.jobs.arrived.set()
        for thread in (
            *self._threads,
            *list(self._delivering.values()),
            *list(self._printing.values()),
        ):
            thread.join(timeout)
        # What was counted since the last look goes with the service that stops in peace.
        self.node.scans.flush()
        self.node.entrance.note()
        for lease in ("anchoring", SCRUB_LEASE):
            self.node.database.anchors.release(lease, self.node.holder)

    def _seal(self) -> None:
        self.node.sealer.due(self.node.settings.seal_seconds)

    def _scrub(self) -> None:
        rate = self.node.settings.scrub_rate
        for problem in self.node.scrubber.step(lambda units: self._rest(units / rate)):
            _log.error("stored data is damaged", record=problem.index, problem=str(problem))

    def _rest(self, seconds: float) -> None:
        """In parts, so that the right to scrub does not run out meanwhile."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0 and not self._stop.wait(min(left, HELD / 4)):
            self.node.scrubber.lease(HELD)

    def _collect(self) -> None:
        self.node.importing.collect()
        self.node.cases.collect()
        count = collect(self.node.database.attachments, self.node.clock)
        if count:
            _log.info("attachments that no record names are deleted", count=count)

    def _deliver(self) -> Turn | None:
        """Give a turn that is due a thread of its own, so that who answers slowly holds up nobody."""
        turn = self.node.deliveries.next_turn(list(self._delivering))
        if turn is not None:
            thread = threading.Thread(
                target=self._run_turn, args=(turn,), name="suyuan-delivery", daemon=True
            )
            self._delivering[turn] = thread
            thread.start()
        return turn

    def _print(self) -> LabelJob | None:
        """Give a job of labels a thread of its own: one printer without paper holds up no other."""
        if len(self._printing) >= _PRINTERS_AT_ONCE:
            return None
        job = self.node.printing.claim()
        if job is not None:
            thread = threading.Thread(
                target=self._run_labels, args=(job,), name="suyuan-labels", daemon=True
            )
            self._printing[job.id] = thread
            thread.start()
        return job

    def _run_labels(self, job: LabelJob) -> None:
        try:
            self.node.printing.run(job)
            self.troubles.pop("label-job", None)
        except SuyuanError as problem:  # its lease runs out, and it is taken up or falls into doubt
            self._trouble("label-job", problem)
        except Exception as problem:
            self._trouble("label-job", _crash("label-job", problem))
            _log.exception("worker", worker="label-job")
        finally:
            del self._printing[job.id]

    def _run_turn(self, turn: Turn) -> None:
        assert self.writer is not None
        try:
            self.node.deliveries.run(turn, self.writer)
            self.troubles.pop("deliver-turn", None)
        except SuyuanError as problem:  # its turn runs out, and it is tried again
            self._trouble("deliver-turn", problem)
        except Exception as problem:
            self._trouble("deliver-turn", _crash("deliver-turn", problem))
            _log.exception("worker", worker="deliver-turn")
        finally:
            del self._delivering[turn]

    def anchor(self) -> None:
        """One look at the chain: its clock, and the next step of anchoring."""
        try:
            chain = self.node.chain()
            self.node.sealer.chain_clock.look(*chain.newest(), self.node.clock.now())
            self.node.anchorer().step()
        except ChainReset as reset:
            if self.on_reset is None:
                raise
            self.on_reset(self.node, reset)

    def _run(self, name: str, pause: float, work: Callable[[], object]) -> None:
        while not self._stop.is_set():
            if self.look(name, work) and name in ("jobs", "deliver", "labels"):
                continue
            if name == "jobs":  # of this process; of another one's it hears at its next look
                self.node.jobs.arrived.wait(pause)
                self.node.jobs.arrived.clear()
            else:
                self._stop.wait(pause)

    def look(self, name: str, work: Callable[[], object]) -> bool:
        """One turn of a worker, its trouble noted; whether it found something to do."""
        try:
            found = work() is not None
            self.troubles.pop(name, None)
        except SuyuanError as problem:
            self._trouble(name, problem)
        except Exception as problem:  # a worker that dies in silence would be worse
            self._trouble(name, _crash(name, problem))
            _log.exception("worker", worker=name)
        else:
            return found
        return False

    def _trouble(self, name: str, problem: SuyuanError) -> None:
        if str(self.troubles.get(name)) != str(problem):
            _log.error("worker in trouble", worker=name, problem=str(problem))
        self.troubles[name] = problem


def _crash(name: str, problem: Exception) -> SuyuanError:
    return Fatal("{kind} in the {name} worker", kind=type(problem).__name__, name=name)
