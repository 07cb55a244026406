"""All that lies sealed in the database, under another secret: in one transaction."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import select, update

from suyuan.adapters.sql.connections import Connections
from suyuan.adapters.sql.tables import (
    case_files,
    cases,
    imports,
    kept_keys,
    laboratories,
    persons,
    subscriptions,
)
from suyuan.core.encoding import b64url, unb64url
from suyuan.core.sealed import CONTACT, PHOTO, WORDS
from suyuan.flow.credentials import DETAILS, SECRETS
from suyuan.flow.importing import PLANS, SEALED, SEALED_TEXT, UPLOAD

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
        # One file at a time: they may be large.
        for name in connection.scalars(select(imports.c.id)).all():
            body = connection.scalar(select(imports.c.body).where(imports.c.id == name))
            if body is not None and body.startswith(SEALED):
                sealed = anew(UPLOAD, name, body.removeprefix(SEALED))
                connection.execute(
                    update(imports).where(imports.c.id == name).values(body=SEALED + sealed)
                )
                count += 1
            plans = connection.scalar(select(imports.c.plans).where(imports.c.id == name)) or ""
            if plans.startswith(SEALED_TEXT):
                sealed = anew(PLANS, name, unb64url(plans.removeprefix(SEALED_TEXT)))
                connection.execute(
                    update(imports)
                    .where(imports.c.id == name)
                    .values(plans=SEALED_TEXT + b64url(sealed))
                )
                count += 1
    return count
