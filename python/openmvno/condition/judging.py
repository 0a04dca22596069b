"""How bad it is, and what to do: by the limits of docs/operations/alerts.yaml where it has one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from openmvno.condition.engines import EngineState, Shard
from openmvno.condition.model import Database, Finding, ProcessReport, State, TargetQueue

QUEUE_AGE_MS: Final = 500
FILLED: Final = 0.8
CLOCK_MS: Final = 1_000
LAG_SECONDS: Final = 10.0
ARCHIVE_FILES: Final = 20
SILENT: Final = timedelta(seconds=60)
"""``work`` reports every ten seconds."""
DELIVERY_WAITS: Final = timedelta(minutes=10)
BACKUP_AGE: Final = timedelta(hours=26)
CONNECTIONS_FILLED: Final = 0.9


def engines(states: Sequence[EngineState], shards: Sequence[Shard]) -> list[Finding]:
    """Findings about engines and shards."""
    answering = [each for each in states if each.answers]
    homeless = [each.shard for each in shards if each.engine is None]
    found = [_owners(answering, homeless, len(shards)), _standby(states, answering)]
    found.append(
        _worst_of(
            "storage",
            [each.address for each in answering if not each.storage_available],
            "PostgreSQL does not confirm the commits of",
            "Commits go through.",
            "See that PostgreSQL runs, takes connections and has room on its disk.",
            "StorageAway",
        )
    )
    oldest = max((each.queue_age_ms for each in answering), default=0)
    found.append(
        Finding("answers", State.OK, f"The oldest answer that waits is {oldest} ms old.")
        if oldest <= QUEUE_AGE_MS
        else Finding(
            "answers",
            State.CRITICAL,
            f"The oldest answer waits {oldest} ms for its commit.",
            "See whether another job writes to PostgreSQL's disk, or a synchronous standby is"
            " slow.",
            "AnswersAreOld",
        )
    )
    found.append(_gateways(sum(each.gateways for each in answering)))
    found += _shards(shards)
    found.append(_clocks(answering))
    return found


def _owners(answering: Sequence[EngineState], homeless: Sequence[int], shards: int) -> Finding:
    if not answering:
        return Finding(
            "engines",
            State.CRITICAL,
            "No engine answers; every request is refused.",
            "Start `openmvno charge`; its log says what it waits for.",
            "NobodyCharges",
        )
    if homeless:
        return Finding(
            "engines",
            State.CRITICAL,
            f"No engine that answers has shards {list(homeless)}; requests of their subscribers"
            " are refused.",
            "Look at the engines' logs, and run `openmvno doctor`.",
            "ShardWithoutOwner",
        )
    return Finding(
        "engines", State.OK, f"{len(answering)} answer and have all {shards} shards between them."
    )


def _standby(states: Sequence[EngineState], answering: Sequence[EngineState]) -> Finding:
    silent = [each.address for each in states if not each.answers]
    if len(answering) >= 2 and not silent:
        return Finding("standby", State.OK, "Another engine would take over.")
    found = "One engine alone; when it dies, nobody takes over before it is restarted."
    if silent:
        found = f"These engines do not answer: {', '.join(silent)}."
    return Finding(
        "standby",
        State.WARNING,
        found,
        "Start a second engine and name both in OPENMVNO_ENGINE_NODES.",
        "NoStandby",
    )


def _gateways(connections: int) -> Finding:
    if connections:
        return Finding("gateways", State.OK, f"{connections} Diameter connections are open.")
    return Finding(
        "gateways",
        State.CRITICAL,
        "No gateway is connected.",
        "Look at `openmvno peer connections` and the engine's log: it names who was refused, and"
        " why.",
        "NoGateway",
    )


def _shards(shards: Sequence[Shard]) -> list[Finding]:
    full = [f"shard {each.shard}" for each in shards if each.queue_filled > FILLED]
    crowded = [f"shard {each.shard}" for each in shards if each.memory_filled > FILLED]
    busy = [f"shard {each.shard}" for each in shards if (each.utilisation or 0) > FILLED]
    return [
        _worst_of(
            "queues",
            full,
            "The queue is nearly full of",
            "The shards' queues have room.",
            "See whether one account makes the load, or the engine is at its limit.",
            "ShardQueueFills",
        ),
        _worst_of(
            "memory",
            crowded,
            "There is little room for new sessions in",
            "The shards have room for sessions.",
            "Find the gateway that opens sessions and does not end them; a shorter validity_time"
            " ends them sooner.",
            "ShardMemoryFills",
        ),
        _worst_of(
            "utilisation",
            busy,
            "Nearly all of the time is used by",
            "No shard is near its limit.",
            "See whether one account makes the load and share it among several payers.",
            "ShardSaturated",
            State.WARNING,
        ),
    ]


def _clocks(answering: Sequence[EngineState]) -> Finding:
    wrong = [
        f"{each.address} (PostgreSQL is {each.clock_ahead_ms:.0f} ms ahead)"
        for each in answering
        if each.clock_ahead_ms is not None and abs(each.clock_ahead_ms) > CLOCK_MS
    ]
    return _worst_of(
        "clocks",
        wrong,
        "The clock differs of",
        "The clocks of engines and PostgreSQL agree.",
        "Set the clocks of both hosts by NTP.",
        "ClockSkew",
    )


def _worst_of(
    subject: str,
    wrong: Sequence[str],
    found: str,
    well: str,
    advice: str,
    alert: str,
    state: State = State.CRITICAL,
) -> Finding:
    if not wrong:
        return Finding(subject, State.OK, well)
    return Finding(subject, state, f"{found} {', '.join(wrong)}.", advice, alert)


def work(reports: Sequence[ProcessReport], lag: float, now: datetime) -> list[Finding]:
    """Findings about the materialiser and the books."""
    recent = [each for each in reports if now - each.reported_at <= SILENT]
    if not recent:
        return [
            Finding(
                "work",
                State.CRITICAL,
                "No `work` process has reported for a minute: CDRs, balances and deliveries wait.",
                "Start `openmvno work`; it goes on where it was.",
                "MaterialiserBehind",
            )
        ]
    found = [Finding("work", State.OK, f"{len(recent)} at work.")]
    found.append(
        Finding("materialiser", State.OK, f"CDRs are {lag:.1f} s behind charging.")
        if lag <= LAG_SECONDS
        else Finding(
            "materialiser",
            State.WARNING,
            f"CDRs, postings and balances are {lag:.0f} s behind the journal.",
            "Look at PostgreSQL's processor and disk; it catches up by itself when load ends.",
            "MaterialiserBehind",
        )
    )
    wrong = max(_number(each.figures.get("books_mismatches")) for each in recent)
    found.append(
        Finding("books", State.OK, "The last check of the books found nothing wrong.")
        if not wrong
        else Finding(
            "books",
            State.CRITICAL,
            f"The last check of the books found {wrong} things wrong.",
            "Run `openmvno doctor`: it names the first; keep everything as it is.",
            "BooksDoNotBalance",
        )
    )
    return found


def deliveries(queues: Sequence[TargetQueue], now: datetime) -> list[Finding]:
    """Findings about what other systems have to be told."""
    late = [
        f"{each.tenant}/{each.target}"
        for each in queues
        if each.oldest_waiting_at is not None and now - each.oldest_waiting_at > DELIVERY_WAITS
    ]
    dead = [f"{each.tenant}/{each.target} ({each.dead})" for each in queues if each.dead]
    return [
        _worst_of(
            "deliveries",
            late,
            "Deliveries have waited more than ten minutes for",
            "Deliveries leave in time.",
            "See whether the target answers; deliveries go on by themselves when it does.",
            "",
            State.WARNING,
        ),
        _worst_of(
            "dead letters",
            dead,
            "There are dead letters for",
            "There are no dead letters.",
            "Read why in the tenant's deliveries, mend it, and replay them.",
            "",
            State.WARNING,
        ),
    ]


def database(found: Database) -> list[Finding]:
    """Findings about PostgreSQL's room."""
    text = (
        f"PostgreSQL {found.version}, {found.size_bytes >> 20} MiB, {found.connections} of"
        f" {found.most_connections} connections."
    )
    if found.connections <= CONNECTIONS_FILLED * found.most_connections:
        return [Finding("database", State.OK, text)]
    return [
        Finding(
            "database",
            State.WARNING,
            text,
            "Raise max_connections, or find who holds them in pg_stat_activity.",
        )
    ]


def backup(
    found: Database, reports: Sequence[ProcessReport], now: datetime
) -> tuple[list[Finding], datetime | None]:
    """Findings about archive and backups, and when the last backup ended."""
    figures = reports[0].figures if reports else {}
    if not figures.get("embedded"):
        text = "Backups of this PostgreSQL are its administrator's."
        return [Finding("backup", State.OK, text), _archive(found, 0)], None
    ended = figures.get("last_backup_at")
    last = datetime.fromisoformat(ended) if isinstance(ended, str) else None
    waiting = _number(figures.get("archive_waiting"))
    if not figures.get("backup_folder"):
        missing = Finding(
            "backup",
            State.WARNING,
            "Nothing is backed up.",
            "Set OPENMVNO_BACKUP_DIR to a folder on another disk, start again, and run"
            " `openmvno backup`.",
        )
        return [missing], None
    if last is None or now - last > BACKUP_AGE:
        said = "There is no backup yet." if last is None else f"The last backup ended {last:%F %R}."
        old = Finding("backup", State.WARNING, said, "Run `openmvno backup`, every day.")
        return [old, _archive(found, waiting)], last
    well = Finding("backup", State.OK, f"The last backup ended {last:%F %R} UTC.")
    return [well, _archive(found, waiting)], last


def _archive(found: Database, waiting: int) -> Finding:
    if not found.archives:
        return Finding(
            "archive",
            State.WARNING,
            "WAL is not archived: only base backups can be restored.",
            "Set OPENMVNO_BACKUP_DIR and start PostgreSQL again, or have its administrator"
            " archive.",
        )
    if found.archive_fails or waiting > ARCHIVE_FILES:
        failed = f"{found.failed_wal} could not be archived; " if found.archive_fails else ""
        return Finding(
            "archive",
            State.CRITICAL if waiting > ARCHIVE_FILES else State.WARNING,
            f"{failed}{waiting} WAL files wait.",
            "PostgreSQL's log says why: the backup folder is full, away, or another"
            " installation's.",
            "NothingIsArchived",
        )
    return Finding("archive", State.OK, "WAL is archived.")


def versions(named: Sequence[str]) -> Finding:
    """Whether all processes are of one release."""
    different = sorted(set(named))
    if len(different) <= 1:
        return Finding("release", State.OK, f"All that answer are {''.join(different)}.")
    return Finding(
        "release",
        State.WARNING,
        f"Processes are of {', '.join(different)}.",
        "Finish the upgrade: start the older ones again with the new release.",
    )


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0
