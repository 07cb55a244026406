"""One database and the stores over it."""

from __future__ import annotations

from types import TracebackType

from suyuan.adapters.sql.accounts import SqlAccounts
from suyuan.adapters.sql.anchors import SqlAnchors
from suyuan.adapters.sql.attachments import SqlAttachments
from suyuan.adapters.sql.books import SqlDeeds, SqlDrafts
from suyuan.adapters.sql.cases import SqlCases
from suyuan.adapters.sql.certificates import SqlCertificates, SqlLinks
from suyuan.adapters.sql.codes import SqlCodes
from suyuan.adapters.sql.connections import Connections
from suyuan.adapters.sql.drills import SqlDrills
from suyuan.adapters.sql.engines import parse_url
from suyuan.adapters.sql.forms import SqlForms
from suyuan.adapters.sql.imports import SqlImports
from suyuan.adapters.sql.jobs import SqlJobs
from suyuan.adapters.sql.label_jobs import SqlLabelJobs, SqlSupplies
from suyuan.adapters.sql.lineage import SqlLineage
from suyuan.adapters.sql.log import SqlLog
from suyuan.adapters.sql.marks import SqlMarks
from suyuan.adapters.sql.people import SqlAttempts, SqlPeople, SqlSessions
from suyuan.adapters.sql.queries import SqlQueries
from suyuan.adapters.sql.repair import SqlRepair
from suyuan.adapters.sql.reseal import Anew, reseal
from suyuan.adapters.sql.revision import require_newest
from suyuan.adapters.sql.scans import SqlScans
from suyuan.adapters.sql.signing import SqlSigning
from suyuan.adapters.sql.stock import SqlStock
from suyuan.adapters.sql.subscriptions import SqlSubscriptions
from suyuan.adapters.sql.tree import SqlTree
from suyuan.ports.accounts import AccountStore, AttachmentStore, JobStore
from suyuan.ports.anchors import AnchorStore
from suyuan.ports.books import DeedStore, DraftStore
from suyuan.ports.cases import CaseStore
from suyuan.ports.certificates import CertificateStore, LinkStore
from suyuan.ports.codes import CodeStore, ScanStore
from suyuan.ports.drills import DrillStore
from suyuan.ports.forms import FormStore
from suyuan.ports.imports import ImportStore
from suyuan.ports.lineage import LineageStore
from suyuan.ports.log import LogStore
from suyuan.ports.people import AttemptStore, PeopleStore, SessionStore
from suyuan.ports.printing import LabelJobStore, SupplyStore
from suyuan.ports.queries import QueryStore
from suyuan.ports.repair import RepairStore
from suyuan.ports.signing import SigningStore
from suyuan.ports.subscriptions import SubscriptionStore
from suyuan.ports.tree import TreeStore
from suyuan.ports.watch import MarkStore, StockStore


class Database:
    """The stores of one log. Threads may share it; a process that forks must open its own."""

    def __init__(self, connections: Connections) -> None:
        self.connections = connections
        self.log: LogStore = SqlLog(connections)
        self.tree: TreeStore = SqlTree(connections)
        self.anchors: AnchorStore = SqlAnchors(connections)
        self.accounts: AccountStore = SqlAccounts(connections)
        self.people: PeopleStore = SqlPeople(connections)
        self.sessions: SessionStore = SqlSessions(connections)
        self.attempts: AttemptStore = SqlAttempts(connections)
        self.forms: FormStore = SqlForms(connections)
        self.repair: RepairStore = SqlRepair(connections)
        self.jobs: JobStore = SqlJobs(connections)
        self.attachments: AttachmentStore = SqlAttachments(connections)
        self.queries: QueryStore = SqlQueries(connections)
        self.deeds: DeedStore = SqlDeeds(connections)
        self.stocks: StockStore = SqlStock(connections)
        self.marks: MarkStore = SqlMarks(connections)
        self.drafts: DraftStore = SqlDrafts(connections)
        self.drills: DrillStore = SqlDrills(connections)
        self.certificates: CertificateStore = SqlCertificates(connections)
        self.links: LinkStore = SqlLinks(connections)
        self.lineage: LineageStore = SqlLineage(connections)
        self.imports: ImportStore = SqlImports(connections)
        self.label_jobs: LabelJobStore = SqlLabelJobs(connections)
        self.supplies: SupplyStore = SqlSupplies(connections)
        self.codes: CodeStore = SqlCodes(connections)
        self.scans: ScanStore = SqlScans(connections)
        self.signing: SigningStore = SqlSigning(connections)
        self.cases: CaseStore = SqlCases(connections)
        self.subscriptions: SubscriptionStore = SqlSubscriptions(connections)

    def reseal(self, anew: Anew) -> int:
        """Seal all that is sealed here under another secret; how many that were."""
        return reseal(self.connections, anew)

    def close(self) -> None:
        """Let go of all connections."""
        self.connections.close()

    def __enter__(self) -> Database:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def open_database(url: str, *, timeout: float = 60.0) -> Database:
    """Open a database that ``migrate`` has brought up to date.

    ``url``: ``sqlite:///FILE`` or ``postgresql://…``. ``timeout``: seconds to wait for a lock or a
    free connection before Unavailable. Malformed for another URL; Fatal unless its tables are
    exactly those of this program.
    """
    connections = Connections(parse_url(url), timeout)
    try:
        require_newest(connections)
    except BaseException:
        connections.close()
        raise
    return Database(connections)
