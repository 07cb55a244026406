"""All that lies sealed in the database, under another secret: in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, delete, select, update

from suyuan.adapters.sql.connections import Connections
from suyuan.adapters.sql.tables import (
    case_files,
    cases,
    certificates,
    drafts,
    forms,
    import_plans,
    imports,
    jobs,
    kept_keys,
    laboratories,
    persons,
    subscriptions,
)
from suyuan.core.encoding import b64url, unb64url
from suyuan.core.sealed import (
    CAPTURE,
    CERTIFICATE,
    CONTACT,
    FARM_DRAFT,
    PHOTO,
    PLANS,
    READING,
    SEALED,
    SEALED_TEXT,
    UPLOAD,
    WORDS,
)
from suyuan.flow.at_rest import reading_of
from suyuan.flow.credentials import DETAILS, SECRETS

Anew = Callable[[str, str, bytes], bytes]
"""(purpose, name, sealed) → sealed anew."""


def reseal(connections: Connections, anew: Anew) -> int:
    """How many were sealed anew."""
    count = 0
    with connections.write("accounts") as connection:
        for kid, sealed in connection.execute(select(kept_keys.c.kid, kept_keys.c.sealed)).all():
            value = anew("kept", kid, sealed)
            connection.execute(update(kept_keys).where(kept_keys.c.kid == kid).values(sealed=value))
            count += 1
        told = select(subscriptions.c.id, subscriptions.c.secret).where(
            subscriptions.c.secret.is_not(None)
        )
        for name, sealed in connection.execute(told).all():
            value = anew("signatureToken", name, sealed)
            connection.execute(
                update(subscriptions).where(subscriptions.c.id == name).values(secret=value)
            )
            count += 1
        people = select(persons.c.id, persons.c.details, persons.c.secrets)
        for name, details, secrets in connection.execute(people).all():
            connection.execute(
                update(persons)
                .where(persons.c.id == name)
                .values(
                    details=anew(DETAILS, name, details),
                    secrets=anew(SECRETS, name, secrets),
                    version=persons.c.version + 1,
                )
            )
            count += 2
        contacts = select(laboratories.c.organisation, laboratories.c.contact)
        for name, sealed in connection.execute(contacts).all():
            value = anew(CONTACT, name, sealed)
            connection.execute(
                update(laboratories)
                .where(laboratories.c.organisation == name)
                .values(contact=value)
            )
            count += 1
        told = select(cases.c.number, cases.c.words).where(cases.c.words != b"")
        for name, sealed in connection.execute(told).all():
            value = anew(WORDS, name, sealed)
            connection.execute(update(cases).where(cases.c.number == name).values(words=value))
            count += 1
        photos = case_files.c.name == "photo"
        for name in connection.scalars(select(case_files.c.case).where(photos)).all():
            here = photos & (case_files.c.case == name)
            sealed = connection.scalar(select(case_files.c.body).where(here))
            if sealed is not None:
                value = anew(PHOTO, name, sealed)
                connection.execute(update(case_files).where(here).values(body=value))
                count += 1
        # Of yesterday at most, and of no use to who comes with another secret.
        connection.execute(delete(forms))
        count += _waiting(connection, anew)
    return count


def _waiting(connection: Connection, anew: Anew) -> int:
    """What lies sealed behind a mark, beside what is from before it was. One by one: files are large."""
    count = 0
    for column, purpose, key in (
        (imports.c.body, UPLOAD, imports.c.id),
        (imports.c.plans, PLANS, imports.c.id),
        (drafts.c["values"], FARM_DRAFT, drafts.c.id),
        (certificates.c["values"], CERTIFICATE, certificates.c.code),
        (jobs.c.request, CAPTURE, jobs.c.id),
    ):
        for name in connection.scalars(select(key)).all():
            count += _marked(connection, anew, column, purpose, str(name), (key == name,))
    of = import_plans.c
    for organisation, headings in connection.execute(select(of.organisation, of.headings)).all():
        here = of.organisation == organisation, of.headings == headings
        name = reading_of(organisation, headings)
        count += _marked(connection, anew, of.plan, READING, name, here)
    return count


def _marked(
    connection: Connection,
    anew: Anew,
    column: Column[Any],
    purpose: str,
    name: str,
    here: Sequence[ColumnElement[bool]],
) -> int:
    """Seal one value anew; 0 where it is not sealed."""
    value = connection.scalar(select(column).where(*here))
    if isinstance(value, bytes) and value.startswith(SEALED):
        value = SEALED + anew(purpose, name, value.removeprefix(SEALED))
    elif isinstance(value, str) and value.startswith(SEALED_TEXT):
        sealed = unb64url(value.removeprefix(SEALED_TEXT))
        value = SEALED_TEXT + b64url(anew(purpose, name, sealed))
    else:
        return 0
    connection.execute(update(column.table).where(*here).values({column: value}))
    return 1
