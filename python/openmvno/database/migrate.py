"""Bring a database's schema to this release's version, with Alembic, from inside the package."""

from __future__ import annotations

import psycopg
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from openmvno.database import access
from openmvno.database.errors import DatabaseError, SchemaError
from openmvno.database.schema import MIGRATIONS, latest_revision

MINIMUM_SERVER_VERSION = 150000
# Any number, the same in every release: two starts at once migrate one after the other.
MIGRATION_LOCK = 0x4F50454E4D564E4F % 2**63


def _configuration(connection: Connection | None = None) -> Config:
    configuration = Config()
    # Alembic expands %: a folder may have one in its name.
    configuration.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
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


def _known_revisions() -> set[str]:
    scripts = ScriptDirectory.from_config(_configuration()).walk_revisions()
    return {script.revision for script in scripts}


def upgrade(url: str) -> list[str]:
    """Run the migrations that are missing, in order, and set up who may do what; returns the
    migrations' revisions.

    Raises:
        SchemaError: a newer or different OpenMVNO wrote this database; nothing has changed.
        AccessError: the connecting role may not set up who may do what; nothing has changed.
        DatabaseError: the server is too old or cannot be reached.
    """
    latest = latest_revision()
    try:
        with _engine(url).connect() as connection, connection.begin():
            return _upgrade_locked(connection, latest)
    except DBAPIError as error:
        if isinstance(error.orig, psycopg.OperationalError):
            raise DatabaseError(f"The database cannot be reached: {error.orig}") from error
        raise DatabaseError(f"The migration failed and changed nothing: {error.orig}") from error


def _upgrade_locked(connection: Connection, latest: str) -> list[str]:
    version = int(connection.exec_driver_sql("SHOW server_version_num").scalar_one())
    if version < MINIMUM_SERVER_VERSION:
        raise DatabaseError(
            f"PostgreSQL {version // 10000} is too old: OpenMVNO needs 15 or later "
            "(OPENMVNO_DATABASE_URL)."
        )
    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")
    before = _revision(connection)
    if before is not None and before not in _known_revisions():
        raise SchemaError(
            f"The database was written by another OpenMVNO (schema {before}; this one knows up to "
            f"{latest}). Start that release, or name another database."
        )
    done: list[str] = []
    configuration = _configuration(connection)
    configuration.attributes["done"] = done
    command.upgrade(configuration, "head")
    access.establish(connection.connection.driver_connection)  # type: ignore[arg-type]
    return done
