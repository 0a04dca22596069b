"""``openmvno backup`` and ``openmvno restore``."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

if TYPE_CHECKING:
    from openmvno.backup import BackupFolder, Books
    from openmvno.settings import Settings

PANEL = "Operate"
HELP = """Back up the installation while it charges; list and prune backups.

`openmvno backup` alone takes a base backup, as `openmvno backup create` does.

Examples:

    openmvno backup /srv/backup

    openmvno backup list

    openmvno backup prune --keep 7
"""
BOOKS_DO_NOT_BALANCE = 3

Folder = Annotated[
    Path | None,
    typer.Argument(metavar="[DIR]", help="Backup folder; not given: OPENMVNO_BACKUP_DIR."),
]


class _CreatesByDefault(TyperGroup):
    """A group whose ``create`` is what it does when no command of it is named."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        named = args[0] if args else ""
        if named not in self.commands and named not in ctx.help_option_names:
            args = ["create", *args]
        return super().parse_args(ctx, args)


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    group = typer.Typer(cls=_CreatesByDefault, help=HELP, rich_markup_mode="markdown")
    group.command()(create)
    group.command("list")(list_)
    group.command()(prune)
    app.add_typer(group, name="backup", rich_help_panel=PANEL)
    app.command(rich_help_panel=PANEL)(restore)


def create(
    directory: Folder = None,
    max_rate: Annotated[
        str | None,
        typer.Option(help="Octets a second at most, such as 20M, so that charging keeps its disk."),
    ] = None,
) -> None:
    """Take a base backup while charging goes on.

    With OPENMVNO_BACKUP_DIR set, the embedded PostgreSQL archives its WAL there all the time, and
    every moment from the end of this backup on can be restored. Exit status 1 when no backup was
    made.

    Example:

        OPENMVNO_BACKUP_DIR=/srv/backup openmvno backup --max-rate 20M
    """
    from openmvno import backup
    from openmvno.database.embedded import serving

    settings = _settings("backup")
    folder = _folder(settings, directory)
    backup.refuse_absent(settings)
    say = _teller()
    with serving(settings):
        made = backup.create_backup(settings, folder, say, max_rate)
    print(f"Backup {made.id} of {made.cluster_bytes >> 20} MiB is complete in {folder.path}")
    if made.archived:
        print(f"Every time from {backup.shown(made.finished_at)} on can be restored.")
    else:
        print(
            "Only its own end can be restored: this server does not archive its WAL into that"
            " folder (docs/operations/backup.md)."
        )
    print(f"Not included: {'; '.join(made.not_included)}")


def list_(directory: Folder = None) -> None:
    """List the backups, and the times that can be restored.

    Example:

        openmvno backup list /srv/backup
    """
    from openmvno import backup
    from openmvno.database.account import server_account

    settings = _settings("backup")
    folder = _folder(settings, directory)
    backups = folder.complete()
    for each in backups:
        print(
            f"{each.id}  from {backup.shown(each.finished_at)}  {each.cluster_bytes >> 20:>7} MiB"
            f"  PostgreSQL {each.postgresql}  schema {each.schema}  timeline {each.timeline}"
        )
    for place in folder.unfinished():
        print(f"{place.name}  not complete: interrupted, or being made now")
    if not backups:
        print(f"{folder.path} has no complete backup.")
        return
    account = server_account(settings.absolute_data_dir / "postgres")
    plan = backup.plan_restore(folder, account, None, None)
    print(backup.possible_times(backups[0], plan.latest))


def prune(
    directory: Folder = None,
    keep: Annotated[int | None, typer.Option(help="How many of the newest backups stay.")] = None,
    older_than: Annotated[
        int | None, typer.Option(metavar="DAYS", help="Remove those older; the newest stays.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
) -> None:
    """Remove old backups and the archived WAL that only they need.

    Examples:

        openmvno backup prune --keep 7

        openmvno backup prune /srv/backup --older-than 30 --dry-run
    """
    from openmvno import backup

    folder = _folder(_settings("backup"), directory)
    age = None if older_than is None else timedelta(days=older_than)
    pruning = backup.plan_pruning(folder, keep, age)
    would = "would be removed" if dry_run else "removed"
    if not dry_run:
        backup.prune(folder, pruning)
    for each in pruning.backups:
        print(f"{each.id} {would}")
    for place in pruning.leftovers:
        print(f"{place.name} (never completed) {would}")
    print(f"{len(pruning.wal)} files of archived WAL {would}; {len(pruning.kept)} backups stay.")


def restore(
    directory: Folder = None,
    to: Annotated[
        str | None,
        typer.Option(
            "--to", metavar="TIME", help="Moment with its zone; not given: the latest there is."
        ),
    ] = None,
    into: Annotated[
        Path | None,
        typer.Option(help="New data folder; not given: OPENMVNO_DATA_DIR, if it is empty."),
    ] = None,
    timeline: Annotated[
        int | None,
        typer.Option(help="Timeline to follow; not given: the one that began last."),
    ] = None,
) -> None:
    """Make a new data folder as the installation was at a moment, and audit it.

    Nothing that exists is overwritten, and the backup folder stays as it is. Exit status 1 when
    nothing was restored, 3 when it was and its books do not balance.

    Examples:

        openmvno restore /srv/backup --to 2026-10-01T14:30:00+02:00 --into /srv/restored

        OPENMVNO_BACKUP_DIR=/srv/backup openmvno restore --into data
    """
    from openmvno import backup
    from openmvno.cli.moments import moment
    from openmvno.database.account import server_account

    wanted = moment(to, "UTC", "--to") if to is None or len(to) > len("2026-01-01") else None
    if to is not None and wanted is None:
        raise typer.BadParameter(f"--to: {to} is a day; write a moment: {to}T00:00:00Z")
    settings = _settings("restore")
    folder = _folder(settings, directory)
    place = (into.expanduser().resolve()) if into is not None else settings.absolute_data_dir
    backup.refuse_occupied(place)
    plan = backup.plan_restore(folder, server_account(place / "postgres"), wanted, timeline)
    say = _teller()
    restored = backup.restore(folder, plan, place, say)
    print(f"\nRestored into {place}")
    _print_books(restored.books)
    print(f"  secrets       {', '.join(restored.secrets) or 'none were in the backup'}")
    print(f"  not included  {'; '.join(plan.backup.not_included)}")
    if restored.is_embedded:
        print(f"\nStart it: OPENMVNO_DATA_DIR={place} openmvno up")
    else:
        print(f"\nStart PostgreSQL {plan.backup.postgresql} on {restored.cluster}")
    if not restored.books.balance:
        raise typer.Exit(BOOKS_DO_NOT_BALANCE)


# -- behind the commands ---------------------------------------------------------------------------


def _settings(name: str) -> Settings:
    from openmvno.settings import load_settings
    from openmvno.telemetry import configure_logging

    settings = load_settings()
    configure_logging(settings, name)
    return settings


def _folder(settings: Settings, directory: Path | None) -> BackupFolder:
    from openmvno.backup import BackupError, BackupFolder

    chosen = directory.expanduser().resolve() if directory else settings.absolute_backup_dir
    if chosen is None:
        raise BackupError("Name the backup folder, or set OPENMVNO_BACKUP_DIR.")
    return BackupFolder(chosen)


def _teller() -> Callable[[str], None]:
    began = time.monotonic()

    def say(line: str) -> None:
        print(f"{time.monotonic() - began:7.1f} s  {line}", flush=True)

    return say


def _print_books(books: Books) -> None:
    from openmvno.backup import shown

    at = shown(books.last_row_at) if books.last_row_at is not None else "none"
    positions = ", ".join(f"{shard}: {seq}" for shard, seq in books.positions.items())
    print(f"  last charge   {at}")
    print(f"  journal       {positions or 'empty'} (last row of each shard)")
    print(f"  catalogues    {books.catalogs}")
    print(f"  content       {books.accounts} accounts, {books.lines} lines, {books.cdrs} CDRs")
    print(f"  sessions      {books.sessions} open")
    print(f"  outbox        {books.deliveries} deliveries wait and will be made, perhaps again")
    for finding in books.findings:
        mark = "ok     " if finding.is_good else "PROBLEM"
        print(f"  {mark}       {finding.subject}: {finding.detail}")
