"""``openmvno audit``: is the audit log what was sealed? And taking it elsewhere."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from openmvno.cli.business import PANEL, run_business
from openmvno.cli.moments import moment

if TYPE_CHECKING:
    from openmvno.audit import Anchor, AuditEntry
    from openmvno.database import Pool
    from openmvno.gateways.grpc.engine_client import GrpcEngineClient
    from openmvno.settings import Settings

ENTRIES_AT_ONCE = 1_000


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    group = typer.Typer(no_args_is_help=True, help="The audit log; see docs/access.md.")
    group.command()(verify)
    group.command()(anchors)
    group.command()(export)
    app.add_typer(group, name="audit", rich_help_panel=PANEL)


def verify(
    tenant: Annotated[str | None, typer.Option(help="Code of one tenant; all otherwise.")] = None,
    anchors_file: Annotated[
        Path | None,
        typer.Option("--anchors", exists=True, help="Anchors kept outside the database."),
    ] = None,
) -> None:
    """Check the chain of hashes entry by entry; name the first that is not what was sealed.

    Ends with status 1 when one is not.

    Examples:

        openmvno audit verify

        openmvno audit verify --tenant sample --anchors /mnt/worm/anchors.jsonl
    """
    kept = [] if anchors_file is None else _read_anchors(anchors_file)

    async def work(settings: Settings, pool: Pool, _: GrpcEngineClient) -> bool:
        from openmvno import audit, tenants
        from openmvno.provisioning import installation_key

        key = installation_key(settings, audit.ANCHOR_KEY)
        sound = True
        async with pool.connection() as connection:
            if tenant is None:
                chosen = await tenants.all_tenants(connection)
            else:
                chosen = [await tenants.tenant_by_code(connection, tenant)]
            for each in chosen:
                own = [anchor for anchor in kept if anchor.tenant_id == each.tenant_id]
                verdict = await audit.verify(
                    connection, each.tenant_id, key, _progress(each.code), own
                )
                sound = sound and verdict.fault is None
                print(_told(each.code, verdict.checked, verdict.head, verdict.fault))
        return sound

    if not run_business("audit verify", work):
        raise typer.Exit(1)


def _told(code: str, checked: int, head: bytes, fault: str | None) -> str:
    if fault is not None:
        return f"{code}: NOT SOUND. After {checked:,} sound entries: {fault}."
    return f"{code}: sound, {checked:,} entries, head {head.hex()}"


def _progress(code: str) -> Any:
    def tell(checked: int) -> None:
        if sys.stderr.isatty():
            print(f"\r{code}: {checked:,} entries", end="\r", file=sys.stderr, flush=True)

    return tell


def anchors(
    tenant: Annotated[str, typer.Option(help="Code of the tenant.")],
) -> None:
    """Print the anchors of a tenant's chain as JSON lines, to be kept where nobody here can write.

    Example:

        openmvno audit anchors --tenant sample >> /mnt/worm/anchors.jsonl
    """

    async def work(_: Settings, pool: Pool, __: GrpcEngineClient) -> list[Anchor]:
        from openmvno import audit, tenants

        async with pool.connection() as connection:
            owner = await tenants.tenant_by_code(connection, tenant)
            return [anchor for anchor, _ in await audit.anchors_of(connection, owner.tenant_id)]

    import msgspec

    for anchor in run_business("audit anchors", work):
        print(
            msgspec.json.encode(
                {
                    "tenant": anchor.tenant_id,
                    "entries": anchor.number,
                    "hash": anchor.hash.hex(),
                    "at": anchor.anchored_at,
                }
            ).decode()
        )


def _read_anchors(path: Path) -> list[Anchor]:
    import json
    from uuid import UUID

    from openmvno.audit import Anchor

    found = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            found.append(
                Anchor(
                    UUID(row["tenant"]),
                    int(row["entries"]),
                    bytes.fromhex(row["hash"]),
                    datetime.fromisoformat(row["at"]),
                )
            )
        except (ValueError, KeyError, TypeError) as error:
            raise typer.BadParameter(
                f"line {number} of {path} is not an anchor as `openmvno audit anchors` prints it",
                param_hint="--anchors",
            ) from error
    return found


def export(
    tenant: Annotated[str, typer.Option(help="Code of the tenant.")],
    since: Annotated[str | None, typer.Option(help="From then on, RFC 3339.")] = None,
    until: Annotated[str | None, typer.Option(help="Before then, RFC 3339.")] = None,
) -> None:
    """Print entries as JSON lines, the newest first, with their place in the chain.

    Example:

        openmvno audit export --tenant sample --since 2026-01-01T00:00:00Z > audit.jsonl
    """
    import msgspec

    from openmvno.audit import EntryFilter, list_entries
    from openmvno.audit.schemas import view

    async def work(_: Settings, pool: Pool, __: GrpcEngineClient) -> None:
        from openmvno import tenants

        async with pool.connection() as connection:
            owner = await tenants.tenant_by_code(connection, tenant)
            wanted = EntryFilter(
                since=moment(since, owner.time_zone, "--since"),
                until=moment(until, owner.time_zone, "--until"),
            )
            last = None
            while True:
                entries: list[AuditEntry] = await list_entries(
                    connection, owner.tenant_id, wanted, before=last, limit=ENTRIES_AT_ONCE
                )
                for entry in entries:
                    print(msgspec.json.encode(view(entry)).decode())
                if len(entries) < ENTRIES_AT_ONCE:
                    return
                last = entries[-1].entry_id

    run_business("audit export", work)
