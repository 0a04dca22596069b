"""Importing SIM cards: good lines land, bad ones are listed, a repeat doubles nothing."""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from psycopg import AsyncConnection

from openmvno import audit
from openmvno.actor import Actor
from openmvno.identifiers import new_id
from openmvno.sims import store
from openmvno.sims.model import Rejected, SimImport
from openmvno.sims.rules import read_sim_file


async def import_sims(
    connection: AsyncConnection[Any], actor: Actor, file_name: str, content: bytes
) -> SimImport:
    """Load a CSV file with the columns iccid and imsi; returns what became of each line.

    Raises:
        SimFileInvalid: the file as a whole cannot be read; nothing is loaded.
    """
    rejected: list[Rejected] = []
    good: list[tuple[int, str, str]] = []
    for entry in read_sim_file(content):
        if isinstance(entry, Rejected):
            rejected.append(entry)
        else:
            good.append(entry)
    import_id = new_id()
    cards = [(iccid, imsi) for _, iccid, imsi in good]
    inserted = await store.insert_sims(connection, actor.tenant_id, import_id, cards)
    known = await store.known_cards(connection, actor.tenant_id, [iccid for iccid, _ in cards])
    loaded, repeated = len(inserted), 0
    for line_number, iccid, imsi in good:
        if known.get(iccid) != imsi:
            rejected.append(_clash(line_number, iccid, imsi, known.get(iccid)))
        elif iccid in inserted:
            inserted.remove(iccid)  # the same line again in this file counts as known
        else:
            repeated += 1
    rejected.sort(key=lambda entry: entry.line_number)
    result = SimImport(
        import_id,
        file_name,
        loaded=loaded,
        already_known=repeated,
        rejected=len(rejected),
        report=[asdict(entry) for entry in rejected],
        created_at=datetime.now(UTC),
    )
    await store.insert_import(connection, actor.tenant_id, result, hashlib.sha256(content).digest())
    await audit.record(
        connection,
        actor,
        "sims.imported",
        "sim_import",
        import_id,
        after={
            "file_name": file_name,
            "loaded": result.loaded,
            "already_known": result.already_known,
            "rejected": result.rejected,
        },
    )
    return result


def _clash(line_number: int, iccid: str, imsi: str, other: str | None) -> Rejected:
    message = (
        f"the IMSI {imsi} belongs to another SIM card"
        if other is None
        else f"the SIM card {iccid} has the IMSI {other}"
    )
    return Rejected(line_number, "sim_conflict", message)
