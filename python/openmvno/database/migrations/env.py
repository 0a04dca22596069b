"""Alembic calls this to run migrations on the connection :mod:`openmvno.database.migrate` opened."""

from typing import Any

from alembic import context

attributes = context.config.attributes


def _note(step: Any, **_: object) -> None:
    attributes["done"].append(step.up_revision_id)


# All missing steps in the one transaction the caller opened: a failing step leaves nothing behind.
context.configure(connection=attributes["connection"], on_version_apply=_note)
context.run_migrations()
