"""Which schema a database has and which one this release works with, without loading Alembic.

Every role asks this when it starts; only the migration itself needs Alembic and SQLAlchemy. A
database that a newer release has migrated says for each step which releases go on working with it
(table ``schema_step``), so that roles of the release before may be restarted until all are new.
"""

from __future__ import annotations

import logging
from pathlib import Path

import psycopg

from openmvno.database.errors import DatabaseError, SchemaError

log = logging.getLogger(__name__)

MIGRATIONS = Path(__file__).parent / "migrations"

NEWER_STEPS = "SELECT count(*), max(works_from) FROM schema_step WHERE revision > %s"


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


def is_newer_and_works(url: str, current: str) -> bool:
    """Whether schema ``current`` of the database is a newer release's and suits this one: every
    step after our last one says so."""
    latest = latest_revision()
    if current <= latest:
        return False
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT to_regclass('schema_step')").fetchone()
        if row is None or row[0] is None:
            return False
        row = connection.execute(NEWER_STEPS, [latest]).fetchone()
        return row is not None and row[0] > 0 and row[1] <= latest


def check_schema(url: str) -> None:
    """Return when the database has this release's schema, or a newer one that suits it.

    Raises:
        SchemaError: it has another one; the message says what to do.
    """
    current, latest = current_revision(url), latest_revision()
    if current == latest:
        return
    if current is None or current < latest:
        raise SchemaError(
            f"The database has schema {current or 'none'}, this OpenMVNO works with {latest}: "
            "run `openmvno migrate`."
        )
    if not is_newer_and_works(url, current):
        raise SchemaError(
            f"The database has schema {current} of a newer OpenMVNO, and this one (schema {latest})"
            " does not work with it any more: install the newer one."
        )
    log.info("the database has schema %s already; this release works with it", current)
