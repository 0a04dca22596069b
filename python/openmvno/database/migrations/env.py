"""Alembic runs this, on the connection :mod:`openmvno.database.migrate` opened."""

from collections.abc import Collection, Mapping
from typing import Any

from alembic import context
from alembic.runtime.migration import MigrationContext, MigrationInfo

attributes = context.config.attributes


def _note(
    ctx: MigrationContext,  # noqa: ARG001 - Alembic passes all four by name
    step: MigrationInfo,
    heads: Collection[Any],  # noqa: ARG001
    run_args: Mapping[str, Any],  # noqa: ARG001
) -> None:
    attributes["done"].append(step.up_revision_id)


# All missing steps in the one transaction the caller opened: a failing step leaves nothing behind.
context.configure(connection=attributes["connection"], on_version_apply=_note)
context.run_migrations()
