"""What an installation fixes when it is created: the number of shards."""

from __future__ import annotations

import psycopg

from openmvno.database.errors import DatabaseError


def ensure_installation(url: str, shards: int) -> int:
    """Create the installation's rows in a migrated database if it has none yet.

    Returns the number of shards in force: ``shards`` for a new installation, otherwise what it was
    created with, since every account's shard follows from it.
    """
    try:
        with psycopg.connect(url) as connection:
            connection.execute(
                "INSERT INTO installation (shards) VALUES (%s) ON CONFLICT DO NOTHING", [shards]
            )
            row = connection.execute("SELECT shards FROM installation").fetchone()
            if row is None:
                raise DatabaseError("The installation's row is gone; restore it from a backup.")
            for table in ("command_sequence", "materialiser_watermark"):
                connection.execute(
                    f"INSERT INTO {table} (shard) SELECT generate_series(0, %s - 1)"
                    " ON CONFLICT DO NOTHING",
                    [row[0]],
                )
            return int(row[0])
    except psycopg.OperationalError as error:
        raise DatabaseError(f"The database cannot be reached: {error}") from error
