"""Bring a database's schema to this release's version, with Alembic, from inside the package.

It may run while the roles of the release before serve: every step is a transaction of its own, and
waits only a moment for a lock, because whatever comes after a waiting ``ALTER TABLE`` waits behind
it. A step that does not get its locks is rolled back and tried again.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from functools import partial
from typing import Any, Final

import psycopg
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from openmvno.database import access, schema
from openmvno.database.errors import DatabaseError, SchemaError

log = logging.getLogger(__name__)

MINIMUM_SERVER_VERSION: Final = 150000
# Any number, the same in every release: two starts at once migrate one after the other.
MIGRATION_LOCK: Final = 0x4F50454E4D564E4F % 2**63
LOCK_TIMEOUT: Final = "300ms"
"""How long charging may stand behind a step that waits for its locks."""
REST_SECONDS: Final = 1.0
PATIENCE_SECONDS: Final = 300.0
"""How long a step is tried again while its tables are in use."""

BUSY_ERRORS: Final = (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected)
OLDEST_TRANSACTION: Final = (
    "SELECT format('process %s (%s), in a transaction for %s s', pid, application_name,"
    " extract(epoch FROM now() - xact_start)::bigint) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL"
    " ORDER BY xact_start LIMIT 1"
)

Say = Callable[[str], None]


def _configuration(connection: Connection | None = None) -> Config:
    configuration = Config()
    # Alembic expands %: a folder may have one in its name.
    configuration.set_main_option("script_location", str(schema.MIGRATIONS).replace("%", "%%"))
    configuration.set_main_option("path_separator", "os")
    configuration.attributes["connection"] = connection
    return configuration


def _engine(url: str) -> Engine:
    # Connections come from psycopg itself: SQLAlchemy's own URLs cannot name a socket folder well.
    return create_engine(
        "postgresql+psycopg://",
        creator=lambda: psycopg.connect(url, application_name="openmvno migrate"),
        poolclass=NullPool,
    )


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _known_revisions() -> list[str]:
    """This release's steps, in order."""
    scripts = ScriptDirectory.from_config(_configuration()).walk_revisions()
    return [script.revision for script in scripts][::-1]


def upgrade(url: str, say: Say = log.info, to: str | None = None) -> list[str]:
    """Run the migrations that are missing, in order, up to revision ``to`` (the last one when
    None), and set up who may do what; returns the migrations' revisions. A schema of a newer
    release that suits this one stays.

    Raises:
        SchemaError: a newer or different OpenMVNO wrote this database; nothing has changed.
        AccessError: the connecting role may not set up who may do what; nothing has changed.
        DatabaseError: the server is too old or cannot be reached, or a step failed: that step
            changed nothing, those before it are done.
    """
    try:
        with _engine(url).connect() as connection:
            return _upgrade(connection, url, say, to)
    except DBAPIError as error:
        if isinstance(error.orig, psycopg.OperationalError):
            raise DatabaseError(f"The database cannot be reached: {error.orig}") from error
        raise DatabaseError(f"The migration failed and changed nothing: {error.orig}") from error


def _upgrade(connection: Connection, url: str, say: Say, to: str | None) -> list[str]:
    version = int(connection.exec_driver_sql("SHOW server_version_num").scalar_one())
    if version < MINIMUM_SERVER_VERSION:
        raise DatabaseError(
            f"PostgreSQL {version // 10000} is too old: OpenMVNO needs 15 or later "
            "(OPENMVNO_DATABASE_URL)."
        )
    _wait_for_turn(connection)
    before = _revision(connection)
    known = _known_revisions()
    connection.exec_driver_sql(f"SET lock_timeout = '{LOCK_TIMEOUT}'")
    connection.commit()
    if before is not None and before not in known:
        if schema.is_newer_and_works(url, before):
            return []
        raise SchemaError(
            f"The database was written by another OpenMVNO (schema {before}; this one knows up to "
            f"{known[-1]}). Start that release, or name another database."
        )
    missing = known[known.index(before) + 1 if before else 0 : known.index(to) + 1 if to else None]
    # First, so that nothing has changed when an administrator is needed for it.
    _patiently(connection, "roles", partial(_with_driver, access.ensure_roles, connection), say)
    for revision in missing:
        _patiently(connection, f"step {revision}", partial(_run_step, connection, revision), say)
    if to is None or to == known[-1]:
        # A new table is its owner's alone until then.
        _patiently(connection, "rights", partial(_with_driver, access.establish, connection), say)
    return missing


def _wait_for_turn(connection: Connection) -> None:
    """Be the only one to migrate. The lock is the session's, since each step commits."""
    turn = f"SELECT pg_try_advisory_lock({MIGRATION_LOCK})"
    while not connection.exec_driver_sql(turn).scalar_one():
        # No transaction stays open meanwhile: building an index CONCURRENTLY waits for them all.
        connection.rollback()
        time.sleep(REST_SECONDS)


def _run_step(connection: Connection, revision: str) -> None:
    command.upgrade(_configuration(connection), revision)


def _with_driver(work: Callable[[psycopg.Connection[Any]], None], connection: Connection) -> None:
    connection.exec_driver_sql("SELECT 1")  # begins the transaction
    work(connection.connection.driver_connection)  # type: ignore[arg-type]


def _patiently(connection: Connection, what: str, work: Callable[[], None], say: Say) -> None:
    """Do it in a transaction, tried again while tables it locks are in use."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    said = False
    while True:
        try:
            work()
            connection.commit()
            return
        except (DBAPIError, psycopg.Error) as error:
            connection.rollback()
            if not isinstance(getattr(error, "orig", error), BUSY_ERRORS):
                raise
            oldest = _oldest(connection)
            if time.monotonic() > deadline:
                raise DatabaseError(
                    f"The {what} did not get its locks in {PATIENCE_SECONDS:.0f} s and changed "
                    f"nothing; the oldest transaction is of {oldest}. End it and run `openmvno "
                    "migrate` again."
                ) from error
            if not said:
                say(f"{what} waits, its tables are in use (oldest: {oldest})")
                said = True
        time.sleep(REST_SECONDS)


def _oldest(connection: Connection) -> str:
    found = connection.exec_driver_sql(OLDEST_TRANSACTION.replace("%", "%%")).scalar()
    connection.rollback()
    return str(found or "nobody any more")
