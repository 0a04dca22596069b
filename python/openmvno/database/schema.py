"""Which schema a database has and which one this release works with, without loading Alembic.

Every role asks this when it starts; only the migration itself needs Alembic and SQLAlchemy.
"""

from __future__ import annotations

from pathlib import Path

import psycopg

from openmvno.database.errors import DatabaseError, SchemaError

MIGRATIONS = Path(__file__).parent / "migrations"


def latest_revision() -> str:
    """The schema version this release works with: the number of its last migration."""
    numbers = [path.name.partition("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*.py")]
    if not numbers:
        raise SchemaError("This OpenMVNO was packaged without its migrations; install it again.")
    return max(numbers)


def current_revision(url: str) -> str | None:
    """The schema version of the database behind ``url``; None when it is empty."""
    try:
        with psycopg.connect(url) as connection:
            row = connection.execute("SELECT to_regclass('alembic_version')").fetchone()
            if row is None or row[0] is None:
                return None
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
            return str(row[0]) if row is not None else None
    except psycopg.OperationalError as error:
        raise DatabaseError(f"The database cannot be reached: {str(error).strip()}") from error


def check_schema(url: str) -> None:
    """Return when the database has this release's schema.

    Raises:
        SchemaError: it has another one; the message says what to do.
    """
    current, latest = current_revision(url), latest_revision()
    if current != latest:
        raise SchemaError(
            f"The database has schema {current or 'none'}, this OpenMVNO works with {latest}: "
            "run `openmvno migrate`."
        )
