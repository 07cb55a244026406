"""Run by Alembic inside ``migrate``: one transaction, begun there, on the connection given there.

Migrations are written by hand, all names spelt out; a test holds them against tables.py.
"""

from __future__ import annotations

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    transactional_ddl=True,
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
