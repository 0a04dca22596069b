"""Which engines there are, and which shards each has, for people."""

from __future__ import annotations

from dataclasses import dataclass

import psycopg

from openmvno.charging import nodes, ownership


@dataclass(frozen=True)
class EngineAtWork:
    """An engine that is there."""

    address: str
    origin_host: str
    leaving: bool
    shards: tuple[int, ...]


@dataclass(frozen=True)
class Overview:
    """The engines of an installation."""

    engines: tuple[EngineAtWork, ...]
    without_owner: tuple[int, ...]
    """Shards that none of them has."""


def engines_at_work(conninfo: str) -> Overview:
    """Ask the database.

    Raises:
        psycopg.Error: it cannot be asked.
    """
    with psycopg.connect(conninfo, connect_timeout=5, autocommit=True) as connection:
        installed = connection.execute("SELECT shards FROM installation").fetchone()
        shards = 0 if installed is None else int(installed[0])
        rows = connection.execute(nodes.KNOWN, (ownership.NODE_LOCKS,)).fetchall()
        latest = connection.execute(nodes.LATEST_OWNERS, (shards,)).fetchall()
    owners: dict[int, int] = {shard: owner for shard, owner in latest if owner is not None}
    present = [row for row in (nodes.EngineRow(*row) for row in rows) if row.session is not None]
    engines = tuple(
        EngineAtWork(
            address=engine.address,
            origin_host=engine.origin_host,
            leaving=engine.leaving,
            shards=tuple(shard for shard, owner in owners.items() if owner == engine.owner),
        )
        for engine in present
    )
    served = {shard for engine in engines for shard in engine.shards}
    return Overview(engines, tuple(shard for shard in range(shards) if shard not in served))
