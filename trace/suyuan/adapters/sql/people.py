"""Persons, their sessions, and tries to log in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, insert, or_, select, update

from suyuan.adapters.sql.connections import Connections, insert_rows
from suyuan.adapters.sql.lookup import Prepared
from suyuan.adapters.sql.tables import (
    attempts,
    organisations,
    person_names,
    person_roles,
    persons,
    sessions,
)
from suyuan.core.errors import Conflict, NotFound
from suyuan.ports.people import Person, Session, pause

_DETAILS = Prepared(
    select(persons.c.id, persons.c.details)
    .where(
        persons.c.id.in_(
            select(person_roles.c.person).where(
                person_roles.c.organisation
                == bindparam("organisation", type_=person_roles.c.organisation.type)
            )
        )
    )
    .order_by(persons.c.id)
)


class SqlPeople:
    """ports.people.PeopleStore."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def add(self, *people: Person) -> None:
        with self._connections.write("people") as connection:
            for person in people:
                row = (
                    person.id, person.details, person.secrets, person.created_at,
                    person.disabled_at, person.version,
                )  # fmt: skip
                _require(connection, person)
                insert_rows(connection, persons, [row])
                _insert_parts(connection, person)

    def put(self, person: Person) -> None:
        written = (
            update(persons)
            .where(persons.c.id == person.id, persons.c.version == person.version)
            .values(
                details=person.details,
                secrets=person.secrets,
                disabled_at=person.disabled_at,
                version=person.version + 1,
            )
        )
        with self._connections.write("people") as connection:
            if connection.execute(written).rowcount != 1:
                there = select(persons.c.id).where(persons.c.id == person.id)
                if connection.scalar(there) is None:
                    raise NotFound("no person {id}", id=person.id)
                raise Conflict("somebody changed this person in the same moment; look again")
            _require(connection, person)
            for parts in (person_names, person_roles):
                connection.execute(delete(parts).where(parts.c.person == person.id))
            _insert_parts(connection, person)

    def get(self, person_id: str) -> Person | None:
        with self._connections.read() as connection:
            row = connection.execute(select(persons).where(persons.c.id == person_id)).first()
            return None if row is None else _people(connection, [row])[0]

    def find(self, name: bytes) -> Person | None:
        joined = (
            select(persons)
            .join(person_names, person_names.c.person == persons.c.id)
            .where(person_names.c.digest == name)
        )
        with self._connections.read() as connection:
            row = connection.execute(joined).first()
            return None if row is None else _people(connection, [row])[0]

    def of(self, organisation: str | None) -> list[Person]:
        wanted = select(persons).order_by(persons.c.id)
        if organisation is not None:
            there = select(person_roles.c.person).where(person_roles.c.organisation == organisation)
            wanted = wanted.where(persons.c.id.in_(there))
        with self._connections.read() as connection:
            return _people(connection, connection.execute(wanted).all(), organisation)

    def details(self, organisation: str) -> list[tuple[str, bytes]]:
        with self._connections.read() as connection:
            rows = _DETAILS.rows(connection, organisation=organisation)
            return [(name, bytes(details)) for name, details in rows]

    def delete(self, person_id: str) -> bool:
        with self._connections.write("people") as connection:
            for parts in (person_names, person_roles, sessions):
                connection.execute(delete(parts).where(parts.c.person == person_id))
            return (
                connection.execute(delete(persons).where(persons.c.id == person_id)).rowcount == 1
            )


def _require(connection: Connection, person: Person) -> None:
    """Every organisation is there, and no name is another's."""
    where = list(person.organisations)
    known = select(organisations.c.id).where(organisations.c.id.in_(where))
    missing = set(where) - set(connection.scalars(known))
    if missing:
        raise NotFound("there is no organisation {id}", id=min(missing))
    taken = select(person_names.c.digest).where(
        person_names.c.digest.in_(person.names), person_names.c.person != person.id
    )
    if connection.scalar(taken.limit(1)) is not None:
        raise Conflict(
            "this phone number or log-in name belongs to somebody else already", path="/account"
        )


def _insert_parts(connection: Connection, person: Person) -> None:
    insert_rows(connection, person_names, [(name, person.id) for name in sorted(person.names)])
    insert_rows(
        connection, person_roles, [(person.id, where, role) for where, role in sorted(person.roles)]
    )


def _people(
    connection: Connection, rows: Iterable[Row[Any]], organisation: str | None = None
) -> list[Person]:
    found = [tuple(row) for row in rows]
    names: defaultdict[str, set[bytes]] = defaultdict(set)
    roles: defaultdict[str, set[tuple[str, Any]]] = defaultdict(set)
    one = {row[0] for row in found} if len(found) == 1 else None
    for parts in (person_names, person_roles):
        wanted = select(parts)
        if one is not None:
            wanted = wanted.where(parts.c.person.in_(one))
        elif organisation is not None:
            there = select(person_roles.c.person).where(person_roles.c.organisation == organisation)
            wanted = wanted.where(parts.c.person.in_(there))
        for row in connection.execute(wanted):
            if parts is person_names:
                names[row[1]].add(row[0])
            else:
                roles[row[0]].add((row[1], row[2]))
    return [
        Person(row[0], row[1], row[2], frozenset(names[row[0]]), frozenset(roles[row[0]]), *row[3:])
        for row in found
    ]


class SqlSessions:
    """ports.people.SessionStore."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def add(self, session: Session) -> None:
        with self._connections.write() as connection:
            connection.execute(insert(sessions).values(**_values(session)))

    def get(self, digest: bytes) -> Session | None:
        with self._connections.read() as connection:
            row = connection.execute(select(sessions).where(sessions.c.digest == digest)).first()
        return None if row is None else Session(*row)

    def put(self, session: Session) -> None:
        written = update(sessions).where(sessions.c.digest == session.digest)
        with self._connections.write() as connection:
            connection.execute(written.values(**_values(session)))

    def saw(self, digests: Mapping[bytes, float]) -> None:
        with self._connections.write() as connection:
            for digest, at in sorted(digests.items()):
                connection.execute(
                    update(sessions)
                    .where(sessions.c.digest == digest, sessions.c.seen < at)
                    .values(seen=at)
                )

    def of(self, person: str) -> list[Session]:
        wanted = select(sessions).where(sessions.c.person == person)
        wanted = wanted.order_by(sessions.c.seen.desc(), sessions.c.digest)
        with self._connections.read() as connection:
            return [Session(*row) for row in connection.execute(wanted)]

    def end(self, digest: bytes) -> bool:
        with self._connections.write() as connection:
            gone = connection.execute(delete(sessions).where(sessions.c.digest == digest))
            return gone.rowcount == 1

    def end_all(self, person: str, but: bytes | None = None) -> int:
        gone = delete(sessions).where(sessions.c.person == person)
        if but is not None:
            gone = gone.where(sessions.c.digest != but)
        with self._connections.write() as connection:
            return connection.execute(gone).rowcount

    def sweep(self, now: float, idle: float) -> int:
        past = or_(sessions.c.until <= now, sessions.c.seen <= now - idle)
        with self._connections.write() as connection:
            return connection.execute(delete(sessions).where(past)).rowcount


def _values(session: Session) -> dict[str, Any]:
    return {name: getattr(session, name) for name in Session.__dataclass_fields__}


class SqlAttempts:
    """ports.people.AttemptStore."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def begin(self, key: bytes, now: float, *, free: int, longest: float, forget: float) -> float:
        # One after the other over all processes: a row that is not there yet cannot be locked.
        with self._connections.write("attempts") as connection:
            connection.execute(delete(attempts).where(attempts.c.gone <= now))
            row = connection.execute(select(attempts).where(attempts.c.key == key)).first()
            if row is not None and row.until > now:
                return float(row.until - now)
            count = 1 if row is None else row.tries + 1
            waits = pause(count, free, longest)
            values = {"tries": count, "until": now + waits, "gone": now + forget}
            if row is None:
                connection.execute(insert(attempts).values(key=key, **values))
            else:
                connection.execute(update(attempts).where(attempts.c.key == key).values(**values))
            return 0.0

    def forgive(self, key: bytes, count: int | None = None) -> None:
        at = attempts.c.key == key
        with self._connections.write("attempts") as connection:
            if count is None:
                connection.execute(delete(attempts).where(at))
                return
            left = attempts.c.tries - count
            connection.execute(update(attempts).where(at).values(tries=left, until=0.0))
            connection.execute(delete(attempts).where(at, attempts.c.tries <= 0))
