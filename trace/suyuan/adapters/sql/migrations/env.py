"""Run by Alembic inside ``migrate``: one transaction, begun there, on the connection given there."""

from __future__ import annotations

from alembic import context

from suyuan.adapters.sql.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
