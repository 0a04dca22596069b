"""Tables ``sim_import``, ``sim_import_piece`` and ``sim_import_rejection``."""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from typing import Any, Final
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.types.json import Jsonb

from openmvno.database.copying import copy_rows
from openmvno.database.rows import fetch_all, fetch_one, fetch_written, newest_first
from openmvno.identifiers import new_id
from openmvno.provisioning import Sealer
from openmvno.sims.errors import SimImportNotFound
from openmvno.sims.loading import Loaded
from openmvno.sims.model import ImportTerms, Rejected, SimImport
from openmvno.sims.sealed import file_piece
from openmvno.sims.sheets import Table

PIECE_OCTETS: Final = 1 << 20

_IMPORT = (
    "import_id, file_name, state, lines, lines_read, loaded, already_known, removed, rejected,"
    " ignored_columns, problem, created_at, finished_at"
)


async def begin(
    connection: AsyncConnection[Any],
    tenant_id: UUID,
    file_name: str,
    content: bytes,
    terms: ImportTerms,
    table: Table,
) -> SimImport:
    """A file that is to be read."""
    return await fetch_written(
        connection,
        SimImport,
        "INSERT INTO sim_import (tenant_id, import_id, file_name, content_key, state, terms, lines,"
        " ignored_columns, loaded, already_known, rejected)"
        " VALUES (%s, %s, %s, %s, 'waiting', %s, %s, %s, 0, 0, 0)"
        f" RETURNING {_IMPORT}",
        (
            tenant_id,
            new_id(),
            file_name,
            hashlib.sha256(content).digest(),
            Jsonb(asdict(terms)),
            table.lines,
            table.ignored,
        ),
    )


async def put_aside(
    connection: AsyncConnection[Any],
    tenant_id: UUID,
    import_id: UUID,
    sealer: Sealer,
    content: bytes,
) -> None:
    """Keep a file until it has been read."""
    await copy_rows(
        connection,
        "sim_import_piece",
        ("tenant_id", "import_id", "number", "sealed"),
        (
            (
                tenant_id,
                import_id,
                number,
                sealer.seal_octets(tenant_id, file_piece(import_id, number), piece),
            )
            for number, piece in enumerate(
                content[start : start + PIECE_OCTETS]
                for start in range(0, len(content), PIECE_OCTETS)
            )
        ),
    )


async def content_of(
    connection: AsyncConnection[Any], tenant_id: UUID, import_id: UUID, sealer: Sealer
) -> bytes:
    """A file that was put aside; empty when it is not there any more."""
    cursor = await connection.execute(
        "SELECT number, sealed FROM sim_import_piece WHERE tenant_id = %s AND import_id = %s"
        " ORDER BY number",
        (tenant_id, import_id),
    )
    return b"".join(
        sealer.open_octets(tenant_id, file_piece(import_id, number), bytes(sealed))
        for number, sealed in await cursor.fetchall()
    )


async def open_imports(connection: AsyncConnection[Any]) -> list[tuple[UUID, UUID, ImportTerms]]:
    """(tenant, import, terms) of files that wait or were left half read, the oldest first."""
    cursor = await connection.execute(
        "SELECT tenant_id, import_id, terms FROM sim_import"
        " WHERE state IN ('waiting', 'running') ORDER BY created_at"
    )
    return [(tenant, key, ImportTerms(**terms)) for tenant, key, terms in await cursor.fetchall()]


async def advance(
    connection: AsyncConnection[Any],
    tenant_id: UUID,
    import_id: UUID,
    line_number: int,
    done: Loaded,
    rejected: list[Rejected],
) -> None:
    """The file has been read up to a line."""
    await connection.execute(
        "UPDATE sim_import SET state = 'running', lines_read = %s, loaded = loaded + %s,"
        " already_known = already_known + %s, removed = removed + %s, rejected = rejected + %s"
        " WHERE tenant_id = %s AND import_id = %s",
        (
            line_number,
            done.loaded,
            done.already_known,
            done.removed,
            len(rejected),
            tenant_id,
            import_id,
        ),
    )
    if rejected:
        await copy_rows(
            connection,
            "sim_import_rejection",
            ("tenant_id", "import_id", "line_number", "code", "message"),
            (
                (tenant_id, import_id, entry.line_number, entry.code, entry.message)
                for entry in rejected
            ),
        )


async def finish(connection: AsyncConnection[Any], tenant_id: UUID, import_id: UUID) -> SimImport:
    """Every line has been read: the file is forgotten."""
    return await _end(connection, tenant_id, import_id, "done", None)


async def fail(
    connection: AsyncConnection[Any], tenant_id: UUID, import_id: UUID, problem: str
) -> SimImport:
    """The file cannot be read on: it is forgotten; what came before stays in the stock."""
    return await _end(connection, tenant_id, import_id, "failed", problem)


async def _end(
    connection: AsyncConnection[Any],
    tenant_id: UUID,
    import_id: UUID,
    state: str,
    problem: str | None,
) -> SimImport:
    await connection.execute(
        "DELETE FROM sim_import_piece WHERE tenant_id = %s AND import_id = %s",
        (tenant_id, import_id),
    )
    return await fetch_written(
        connection,
        SimImport,
        "UPDATE sim_import SET state = %(state)s, problem = %(problem)s, finished_at = now(),"
        " lines = CASE WHEN %(state)s = 'done' THEN greatest(lines, lines_read) ELSE lines END,"
        " lines_read = CASE WHEN %(state)s = 'done' THEN greatest(lines, lines_read)"
        "  ELSE lines_read END"
        f" WHERE tenant_id = %(tenant)s AND import_id = %(import)s RETURNING {_IMPORT}",
        {"state": state, "problem": problem, "tenant": tenant_id, "import": import_id},
    )


async def find(connection: AsyncConnection[Any], tenant_id: UUID, import_id: UUID) -> SimImport:
    """What became of a file.

    Raises:
        SimImportNotFound.
    """
    found = await fetch_one(
        connection,
        SimImport,
        f"SELECT {_IMPORT} FROM sim_import WHERE tenant_id = %s AND import_id = %s",
        (tenant_id, import_id),
    )
    if found is None:
        raise SimImportNotFound(f"There is no SIM import {import_id}.", field="import_id")
    return found


async def list_imports(
    connection: AsyncConnection[Any], tenant_id: UUID, *, before: UUID | None, limit: int
) -> list[SimImport]:
    """Imports from the newest on."""
    return await fetch_all(
        connection,
        SimImport,
        f"SELECT {_IMPORT} FROM sim_import WHERE tenant_id = %(tenant)s{newest_first('import_id')}",
        {"tenant": tenant_id, "before": before, "limit": limit},
    )


async def list_rejections(
    connection: AsyncConnection[Any],
    tenant_id: UUID,
    import_id: UUID,
    *,
    after: int | None,
    limit: int,
) -> list[Rejected]:
    """The lines of a file that were not loaded, in order."""
    return await fetch_all(
        connection,
        Rejected,
        "SELECT line_number, code, message FROM sim_import_rejection WHERE tenant_id = %s"
        " AND import_id = %s AND line_number > %s ORDER BY line_number LIMIT %s",
        (tenant_id, import_id, after or 0, limit),
    )
