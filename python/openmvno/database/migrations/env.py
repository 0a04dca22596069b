"""Alembic runs this, on the connection :mod:`openmvno.database.migrate` opened."""

from collections.abc import Collection, Mapping
from typing import Any

from alembic import context
from alembic.runtime.migration import MigrationContext, MigrationInfo

attributes = context.config.attributes

# The first step that says whom it suits makes the table.
RECORD = "INSERT INTO schema_step (revision, works_from) VALUES (%s, %s)"


def _note(
    ctx: MigrationContext,
    step: MigrationInfo,
    heads: Collection[Any],  # noqa: ARG001 - Alembic passes all four by name
    run_args: Mapping[str, Any],  # noqa: ARG001
) -> None:
    works_from = getattr(getattr(step.up_revision, "module", None), "works_from", None)
    if works_from is not None and ctx.connection is not None:
        ctx.connection.exec_driver_sql(RECORD, (step.up_revision_id, works_from))


# Each step is a transaction of its own: what it locks is free again before the next one begins.
context.configure(
    connection=attributes["connection"], on_version_apply=_note, transaction_per_migration=True
)
with context.begin_transaction():
    context.run_migrations()
