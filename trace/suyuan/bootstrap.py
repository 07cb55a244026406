"""Where settings meet adapters: the one place that builds a node."""

from __future__ import annotations

import gc
import os
import secrets
import socket
import sys
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
from suyuan.core.errors import NotFound, Refused, SuyuanError
from suyuan.core.note import NoteSigner
from suyuan.core.policy import Policy, parse_policy
from suyuan.core.sheets.sheet import Sheet
from suyuan.flow.accounts import Accounts
from suyuan.flow.anchor import Anchorer
from suyuan.flow.append import Appender
from suyuan.flow.archive import Archiving
from suyuan.flow.asking import Asking
from suyuan.flow.at_rest import SealedCertificates, SealedDrafts, SealedImports, SealedJobs
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
from suyuan.flow.deliver import Deliveries
from suyuan.flow.discover import Discovery
from suyuan.flow.entrance import Entrance
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
from suyuan.flow.scans import Scans
from suyuan.flow.scrub import LEASE as SCRUB_LEASE
from suyuan.flow.scrub import Scrubber, Stored
from suyuan.flow.seal import Sealer
from suyuan.flow.seasons import Seasons
from suyuan.flow.signing import Signing
from suyuan.flow.standing import Standing, Wallet, standing, wallet_of
from suyuan.flow.standings import Standings
from suyuan.flow.subscribe import Subscriptions
from suyuan.flow.supplies import Supplies
from suyuan.flow.tracing import Tracing
from suyuan.flow.walks import Walks
from suyuan.flow.watch import Watch
from suyuan.settings import Settings
from suyuan.words import LANGUAGES, say

if TYPE_CHECKING:
    from suyuan.adapters.chain import EthereumChain

T = TypeVar("T")


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
            database.lineage,
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
        database.lineage,
    )
    balances = Balances(database.log, prover)
    exporting = Exporting(books, masters, balances, rulebook)
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
    watch = Watch(database.stocks, database.marks, rulebook, clock, database.log)
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
            seasons.asked,
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
