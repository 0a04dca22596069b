"""Taking a usage file: each line checked, each good record once to the engine."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.types.json import Jsonb

from openmvno import audit, catalog, statistics
from openmvno.actor import Actor
from openmvno.charging import CommandPlace, insert_commands, rate_usage
from openmvno.errors import told
from openmvno.identifiers import new_id
from openmvno.mediation import store
from openmvno.mediation.errors import UsageFileDuplicate
from openmvno.mediation.model import BadLine, UsageFile, UsageRecord
from openmvno.mediation.rules import content_key, read_usage_file
from openmvno.subscribers import lines_by_identities

Owner = tuple[UUID, UUID]
"""(account, line) a record belongs to."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A file that was taken, and the commands the engine has yet to follow."""

    file: UsageFile
    commands: list[CommandPlace]


@dataclass(frozen=True, slots=True)
class _Judged:
    """A line and its fate before the engine has seen it."""

    line: UsageRecord | BadLine
    state: str
    code: str | None = None
    message: str | None = None
    key: str | None = None
    owner: Owner | None = None


async def take_file(
    connection: AsyncConnection[Any], actor: Actor, file_name: str, content: bytes
) -> Taken:
    """Take a CSV file of usage; every line's fate is kept.

    Raises:
        CatalogNotPublished; UsageFileInvalid: nothing is kept; UsageFileDuplicate.
    """
    tenant_id = actor.tenant_id
    services = await _services(connection, tenant_id)
    lines = list(read_usage_file(content, services, datetime.now(UTC)))
    file_id = new_id()
    digest = hashlib.sha256(content).digest()
    if not await store.insert_file(connection, tenant_id, file_id, file_name, digest):
        earlier = await store.file_with_content(connection, tenant_id, digest)
        raise UsageFileDuplicate(
            f"The same content was taken as file {earlier}.",
            field=None,
            extra={"file_id": str(earlier)},
        )
    await store.lock_records(connection, tenant_id)
    judged = await _judge(connection, tenant_id, lines)
    places = await _command(connection, tenant_id, judged)
    await _keep(connection, tenant_id, file_id, judged, places)
    counts = Counter(each.state for each in judged)
    file = UsageFile(
        file_id,
        file_name,
        counts["accepted"],
        counts["duplicate"],
        counts["rejected"],
        datetime.now(UTC),
    )
    await store.set_counts(
        connection, tenant_id, file_id, file.accepted, file.duplicates, file.rejected
    )
    causes = Counter(each.code or "" for each in judged if each.state == "rejected")
    for cause, lines_of_it in sorted(causes.items()):
        await statistics.note(
            connection, tenant_id, "failure", "usage_record", cause, events=lines_of_it
        )
    await audit.record(
        connection,
        actor,
        "usage_file.taken",
        "usage_file",
        file_id,
        after={
            "file_name": file_name,
            "accepted": file.accepted,
            "duplicates": file.duplicates,
            "rejected": file.rejected,
        },
    )
    return Taken(file, places)


async def _services(connection: AsyncConnection[Any], tenant_id: UUID) -> frozenset[str]:
    version = await catalog.current_version(connection, tenant_id)
    document = await catalog.document_of(connection, tenant_id, version.id)
    return frozenset(service["code"] for service in document["services"])


async def _judge(
    connection: AsyncConnection[Any], tenant_id: UUID, lines: list[UsageRecord | BadLine]
) -> list[_Judged]:
    records = [line for line in lines if isinstance(line, UsageRecord)]
    known = await store.known_records(
        connection, tenant_id, [record.record_id for record in records]
    )
    owners = {
        kind: await lines_by_identities(
            connection,
            tenant_id,
            kind,
            [getattr(record, kind) for record in records if getattr(record, kind)],
        )
        for kind in ("imsi", "msisdn")
    }
    judged = []
    for line in lines:
        if isinstance(line, BadLine):
            judged.append(_Judged(line, "rejected", line.code, line.message))
        else:
            judged.append(_judge_record(line, known, owners))
    return judged


def _judge_record(
    record: UsageRecord, known: dict[str, str], owners: dict[str, dict[str, Owner]]
) -> _Judged:
    """``known`` grows with each record accepted, so repeats inside the file are seen too."""
    key = content_key(record)
    if known.get(record.record_id) == key:
        return _Judged(record, "duplicate", "record_duplicate", "the record was taken before", key)
    if record.record_id in known:
        return _Judged(
            record,
            "rejected",
            "record_id_conflict",
            told("record_id: another record with it was taken before", "a record_id of its own"),
            key,
        )
    found = {
        owners[kind].get(identity)
        for kind, identity in (("imsi", record.imsi), ("msisdn", record.msisdn))
        if identity is not None
    }
    owner = found.pop()
    if found:
        return _Judged(
            record,
            "rejected",
            "identity_conflict",
            told("imsi: it is not of the line with the msisdn", "both of one line, or one of them"),
            key,
        )
    if owner is None:
        where = "imsi" if record.imsi is not None else "msisdn"
        message = told(f"{where}: no live line has it", "that of a live line")
        return _Judged(record, "rejected", "line_not_found", message, key)
    known[record.record_id] = key
    return _Judged(record, "accepted", key=key, owner=owner)


async def _command(
    connection: AsyncConnection[Any], tenant_id: UUID, judged: list[_Judged]
) -> list[CommandPlace]:
    commands = []
    for each in judged:
        if each.owner is None:
            continue
        record = each.line
        assert isinstance(record, UsageRecord)
        assert each.key is not None
        commands.append(
            rate_usage(
                tenant_id,
                *each.owner,
                content_key=each.key,
                service=record.service,
                direction=record.direction,
                destination=record.destination,
                usage=record.usage,
                started_at=record.started_at,
                **asdict(record.circumstances),
            )
        )
    return await insert_commands(connection, commands)


async def _keep(
    connection: AsyncConnection[Any],
    tenant_id: UUID,
    file_id: UUID,
    judged: list[_Judged],
    places: list[CommandPlace],
) -> None:
    remaining = iter(places)
    rows = []
    for each in judged:
        account_id, line_id = each.owner or (None, None)
        shard, seq = next(remaining) if each.owner is not None else (None, None)
        rows.append(
            (
                tenant_id,
                file_id,
                each.line.line_number,
                each.line.record_id,
                each.state,
                each.code,
                each.message,
                each.key,
                Jsonb(each.line.raw),
                account_id,
                line_id,
                shard,
                seq,
            )
        )
    await store.copy_records(connection, rows)
