"""Rows written anew in place of damaged ones."""

from __future__ import annotations

from sqlalchemy import Connection, delete, select, update

from suyuan.adapters.sql.booked import Listed, take_away, write_deeds
from suyuan.adapters.sql.connections import Connections, insert_rows
from suyuan.adapters.sql.rows import event_row, number_objects, record_row, refer, write_flows
from suyuan.adapters.sql.tables import (
    attachments,
    checkpoints,
    contents,
    deeds,
    edges,
    erasures,
    events,
    extenders,
    flows,
    records,
    spot,
    tiles,
    touches,
)
from suyuan.ports.accounts import Attachment
from suyuan.ports.log import NewRecord
from suyuan.ports.tree import FullTile, SignedHead


class SqlRepair:
    """ports.repair.RepairStore."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def put_record(self, record: NewRecord, *, content: bool, names: bool) -> None:
        index = record.index
        with self._connections.write("log") as connection:
            row = dict(zip(records.c.keys(), record_row(record), strict=True))
            there = update(records).where(records.c.idx == index).values(row)
            if not connection.execute(there).rowcount:
                insert_rows(connection, records, [record_row(record)])
            connection.execute(delete(edges).where(edges.c.idx == index))
            insert_rows(connection, edges, [(index, after) for after in sorted(record.after)])
            if content:
                connection.execute(delete(contents).where(contents.c.idx == index))
                lines = "\n".join(record.disclosures).encode()
                insert_rows(connection, contents, [(index, record.content, lines)])
                refer(connection, [(digest, index) for digest in record.attachments])
            if names:
                _put_names(connection, record)

    def put_erasure(self, record: int, erasure: int) -> None:
        with self._connections.write("log") as connection:
            insert_rows(connection, erasures, [(record, erasure)], there="skip")

    def put_attachment(self, attachment: Attachment) -> None:
        new = attachment
        row = (
            new.digest, new.media_type, new.name, new.organisation, new.body, new.created_at,
        )  # fmt: skip
        there = update(attachments).where(attachments.c.digest == new.digest)
        with self._connections.write("attachments") as connection:
            if not connection.execute(there.values(body=new.body)).rowcount:
                insert_rows(connection, attachments, [row])

    def put_tile(self, tile: FullTile) -> None:
        place = spot(tile.level, tile.number)
        with self._connections.write("checkpoints") as connection:
            connection.execute(delete(tiles).where(tiles.c.spot == place))
            insert_rows(connection, tiles, [(place, tile.nodes)])

    def put_head(self, head: SignedHead) -> None:
        there = update(checkpoints).where(checkpoints.c.size == head.size)
        with self._connections.write("checkpoints") as connection:
            connection.execute(there.values(root=head.root, note=head.note))


def _put_names(connection: Connection, record: NewRecord) -> None:
    """What it touches; and its place in the search, unless that is there. What counts how many
    records name a word is left as it is: it was counted when the record came."""
    index, event = record.index, record.event
    numbers = number_objects(connection, record)
    extends = {numbers[uri] for uri in record.extends}
    rests = {numbers[uri] for uri in record.rests_on} - extends
    connection.execute(delete(touches).where(touches.c.idx == index))
    insert_rows(
        connection,
        touches,
        sorted([*((n, 1, index) for n in extends), *((n, 0, index) for n in rests)]),
    )
    owner = numbers[record.owner]
    insert_rows(connection, extenders, sorted((n, owner) for n in extends), there="skip")
    there = connection.scalar(select(events.c.idx).where(events.c.idx == index))
    if event is not None and there is None:
        insert_rows(connection, events, [event_row(record, event, numbers)])
        written = connection.scalar(select(deeds.c.idx).where(deeds.c.idx == index))
        if event.deed is not None and written is None:
            take_away(connection, [index])  # what outlived its deed's own line
            listed = Listed(index, owner, record.owner, record.record_time, event.deed)
            write_deeds(connection, [listed], again=True)
        connection.execute(delete(flows).where(flows.c.idx == index))
        write_flows(connection, [(index, record.owner, event, record.rests_on)], numbers)
