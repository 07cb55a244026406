"""The journal of anchors: intents, transactions, policies, and the lease on sending."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Select, delete, func, literal_column, select, text, update

from suyuan.adapters.sql.connections import Connections, insert_rows
from suyuan.adapters.sql.tables import anchor_txs, anchors, leases, policies
from suyuan.core.errors import NotFound
from suyuan.ports.anchors import MINED, AnchorRow, AnchorState, AnchorTx, Lease, PolicyRow

_TAKE_LEASE = text(
    "INSERT INTO leases (name, holder, until) VALUES (:name, :holder, :until)"
    " ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until"
    " WHERE leases.holder = excluded.holder OR leases.until <= :now"
)


class SqlAnchors:
    """ports.anchors.AnchorStore."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def intend(self, row: AnchorRow) -> AnchorRow:
        with self._connections.write("anchors") as connection:
            number = (connection.scalar(select(func.max(anchors.c.id))) or 0) + 1
            connection.execute(
                anchors.insert().values(
                    id=number,
                    policy_version=row.policy_version,
                    old_size=row.old_size,
                    size=row.size,
                    root=row.root,
                    proof=b"".join(row.proof),
                    created_at=row.created_at,
                    **_mutable(row),
                )
            )
            for tx in row.txs:
                _insert_tx(connection, number, tx)
            return self._rows(connection, select(anchors).where(anchors.c.id == number))[0]

    def add_tx(self, anchor: int, tx: AnchorTx) -> None:
        with self._connections.write("anchors") as connection:
            if connection.scalar(select(anchors.c.id).where(anchors.c.id == anchor)) is None:
                raise NotFound("there is no anchor {anchor}", anchor=anchor)
            same = select(anchor_txs.c.position).where(
                anchor_txs.c.anchor == anchor, anchor_txs.c.tx_hash == tx.tx_hash
            )
            if connection.scalar(same) is None:
                _insert_tx(connection, anchor, tx)

    def mark_sent(self, anchor: int, tx_hash: str, at: str) -> None:
        sent = update(anchor_txs).where(
            anchor_txs.c.anchor == anchor, anchor_txs.c.tx_hash == tx_hash
        )
        with self._connections.write() as connection:
            if connection.execute(sent.values(sent_at=at)).rowcount != 1:
                raise NotFound("anchor {anchor} has no transaction {tx}", anchor=anchor, tx=tx_hash)

    def update(self, row: AnchorRow) -> None:
        change = update(anchors).where(anchors.c.id == row.id).values(**_mutable(row))
        with self._connections.write() as connection:
            if connection.execute(change).rowcount != 1:
                raise NotFound("there is no anchor {anchor}", anchor=row.id)

    def open(self, policy_version: int) -> list[AnchorRow]:
        query = _of(policy_version, ("pending", "mined", "safe")).order_by(
            anchors.c.size, anchors.c.id
        )
        with self._connections.read() as connection:
            return self._rows(connection, query)

    def latest(self, policy_version: int, states: tuple[AnchorState, ...]) -> AnchorRow | None:
        return self._first(
            _of(policy_version, states).order_by(anchors.c.size.desc(), anchors.c.id.desc())
        )

    def at(self, policy_version: int, size: int) -> AnchorRow | None:
        return self._first(_of(policy_version, MINED).where(anchors.c.size == size))

    def covering(self, policy_version: int, size: int) -> AnchorRow | None:
        return self._first(
            _of(policy_version, MINED)
            .where(anchors.c.size >= size)
            .order_by(anchors.c.size, anchors.c.id)
        )

    def policy(self) -> PolicyRow | None:
        with self._connections.read() as connection:
            row = connection.execute(
                select(policies).order_by(policies.c.version.desc()).limit(1)
            ).first()
        return None if row is None else PolicyRow(*row)

    def policies(self) -> list[PolicyRow]:
        with self._connections.read() as connection:
            rows = connection.execute(select(policies).order_by(policies.c.version))
            return [PolicyRow(*row) for row in rows]

    def add_policy(self, policy: bytes, since: str, *, same_contract: bool = False) -> PolicyRow:
        with self._connections.write("policies") as connection:
            version = (connection.scalar(select(func.max(policies.c.version))) or 0) + 1
            insert_rows(connection, policies, [(version, policy, since)])
            if same_contract:
                theirs = update(anchors).where(anchors.c.policy_version == version - 1)
                connection.execute(theirs.values(policy_version=version))
        return PolicyRow(version, policy, since)

    def lease(self, name: str, holder: str, seconds: float) -> bool:
        with self._connections.write() as connection:
            now = self._connections.now(connection)
            taken = connection.execute(
                _TAKE_LEASE, {"name": name, "holder": holder, "until": now + seconds, "now": now}
            )
            return taken.rowcount == 1

    def release(self, name: str, holder: str) -> None:
        with self._connections.write() as connection:
            connection.execute(
                delete(leases).where(leases.c.name == name, leases.c.holder == holder)
            )

    def leases(self) -> list[Lease]:
        with self._connections.read() as connection:
            now = self._connections.now(connection)
            query = select(leases).where(leases.c.until > now).order_by(leases.c.name)
            rows = connection.execute(query).all()
        return [Lease(row.name, row.holder, row.until - now) for row in rows]

    def _first(self, query: Select[Any]) -> AnchorRow | None:
        with self._connections.read() as connection:
            rows = self._rows(connection, query.limit(1))
        return rows[0] if rows else None

    def _rows(self, connection: Connection, query: Select[Any]) -> list[AnchorRow]:
        rows = connection.execute(query).all()
        txs = _txs(connection, [row.id for row in rows]) if rows else {}
        return [
            AnchorRow(
                id=row.id,
                policy_version=row.policy_version,
                old_size=row.old_size,
                size=row.size,
                root=row.root,
                proof=tuple(row.proof[i : i + 32] for i in range(0, len(row.proof), 32)),
                state=row.state,
                created_at=row.created_at,
                txs=tuple(txs[row.id]),
                tx_hash=row.tx_hash,
                block_number=row.block_number,
                block_hash=row.block_hash,
                block_time=row.block_time,
                gas_used=row.gas_used,
                problem=row.problem,
            )
            for row in rows
        ]


def _of(policy_version: int, states: Iterable[AnchorState]) -> Select[Any]:
    return select(anchors).where(
        anchors.c.policy_version == policy_version, anchors.c.state.in_(list(states))
    )


def _mutable(row: AnchorRow) -> dict[str, Any]:
    return {
        "state": row.state,
        "tx_hash": row.tx_hash,
        "block_number": row.block_number,
        "block_hash": row.block_hash,
        "block_time": row.block_time,
        "gas_used": row.gas_used,
        "problem": row.problem,
    }


def _insert_tx(connection: Connection, anchor: int, tx: AnchorTx) -> None:
    place = connection.scalar(
        select(func.count(literal_column("*"))).where(anchor_txs.c.anchor == anchor)
    )
    row = (
        anchor, place, tx.tx_hash, tx.raw, tx.nonce, str(tx.max_fee), str(tx.tip),
        tx.signed_at, tx.sent_at,
    )  # fmt: skip
    insert_rows(connection, anchor_txs, [row])


def _txs(connection: Connection, numbers: list[int]) -> dict[int, list[AnchorTx]]:
    query = (
        select(anchor_txs)
        .where(anchor_txs.c.anchor.in_(numbers))
        .order_by(anchor_txs.c.anchor, anchor_txs.c.position)
    )
    found: dict[int, list[AnchorTx]] = defaultdict(list)
    for row in connection.execute(query):
        found[row.anchor].append(
            AnchorTx(
                row.tx_hash, row.raw, row.nonce, int(row.max_fee), int(row.tip),
                row.signed_at, row.sent_at,
            )
        )  # fmt: skip
    return found
