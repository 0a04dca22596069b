"""Waiting for committed commands: the engine first, the table of outcomes second."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from openmvno.charging.commands import CommandPlace
from openmvno.charging.engine_client import EngineClient, EngineUnavailable
from openmvno.database import OpenConnection


async def settle(
    open_connection: OpenConnection, engine: EngineClient, places: Sequence[CommandPlace]
) -> list[dict[str, Any] | None]:
    """The outcomes of committed commands, None for each not known to be applied yet.

    Nothing is applied here: the engine takes commands from the table by number, once. This only
    asks it to look now instead of at its next poll, so asking again is always safe.
    """
    outcomes: dict[CommandPlace, dict[str, Any]] = {}
    answers = await asyncio.gather(
        *(engine.apply(shard, seq) for shard, seq in places), return_exceptions=True
    )
    for place, answer in zip(places, answers, strict=True):
        if isinstance(answer, dict):
            outcomes[place] = answer
        elif not isinstance(answer, EngineUnavailable):
            raise answer
    if len(outcomes) < len(set(places)):
        outcomes |= await _known(
            open_connection, [place for place in places if place not in outcomes]
        )
    return [outcomes.get(place) for place in places]


async def _known(
    open_connection: OpenConnection, places: Sequence[CommandPlace]
) -> dict[CommandPlace, dict[str, Any]]:
    """Outcomes that the materialiser has written already."""
    async with open_connection() as connection:
        cursor = await connection.execute(
            "SELECT shard, seq, outcome FROM engine_command"
            " JOIN unnest(%s::int[], %s::bigint[]) AS place (shard, seq) USING (shard, seq)"
            " WHERE outcome IS NOT NULL",
            ([shard for shard, _ in places], [seq for _, seq in places]),
        )
        return {(shard, seq): outcome for shard, seq, outcome in await cursor.fetchall()}
