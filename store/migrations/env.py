"""Runs migrations on the connection and in the transaction that `store.schema` hands over."""

from alembic import context

from store.tables import Row

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Row.metadata,
    # SQLite's changes of schema are transactional; a crash midway must leave the old one.
    transactional_ddl=True,
)
context.run_migrations()
