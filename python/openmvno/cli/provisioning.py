"""``openmvno provisioning``: what the network's registers hold, compared and mended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from openmvno.cli.business import PANEL, run_business

if TYPE_CHECKING:
    from openmvno.database import Pool
    from openmvno.gateways.grpc.engine_client import GrpcEngineClient
    from openmvno.provisioning.drift import Drift
    from openmvno.settings import Settings

Tenant = Annotated[str, typer.Option(help="Code of the tenant.")]
TargetName = Annotated[str, typer.Argument(help="Name of the provisioning target.")]

SHOWN = 100


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    group = typer.Typer(
        no_args_is_help=True, help="Registers and other targets; see docs/provisioning.md."
    )
    group.command()(configure)
    group.command()(drift)
    group.command()(replay)
    app.add_typer(group, name="provisioning", rich_help_panel=PANEL)


def configure(
    name: Annotated[str, typer.Argument(help="full, thin, ott, full-vty.")],
    tenant: Tenant,
    given: Annotated[
        list[str] | None,
        typer.Option("--set", help="PARAMETER=VALUE, or PARAMETER=@FILE for a secret; repeat it."),
    ] = None,
) -> None:
    """Set the targets of a full, a thin or an OTT MVNO. Without --set: what has to be given.

    Examples:

        openmvno provisioning configure full --tenant sample --set hlr=osmo-hlr://127.0.0.1:4259

        openmvno provisioning configure thin --tenant sample --set carrier=https://… --set secret=@f
    """
    import msgspec

    from openmvno import tenants
    from openmvno.actor import command_line_actor
    from openmvno.provisioning import Sealer
    from openmvno.provisioning.configurations import configuration
    from openmvno.provisioning.schemas import TargetIn
    from openmvno.provisioning.service import set_target
    from openmvno.provisioning.templates import read_template

    ready = configuration(name)
    if given is None:
        print(ready.summary)
        for parameter, what in ready.parameters.items():
            print(f"  --set {parameter}=…   {what}")
        return
    targets = ready.with_values(dict(_parameter(each) for each in given))

    async def work(settings: Settings, pool: Pool, _: GrpcEngineClient) -> None:
        sealer = Sealer.from_settings(settings)
        async with pool.connection() as connection:
            owner = await tenants.tenant_by_code(connection, tenant)
            actor = command_line_actor(owner.tenant_id, "provisioning configure")
            for target, document in targets.items():
                wanted = msgspec.convert(document, TargetIn)
                template = read_template(wanted.kind, wanted.template)
                await set_target(
                    connection,
                    actor,
                    sealer,
                    target,
                    wanted.kind,
                    wanted.url,
                    wanted.secret,
                    wanted.enabled,
                    wanted.events,
                    template,
                    wanted.imsi_prefixes,
                )

    run_business("provisioning", work)
    print(f"set: {', '.join(targets)}")


def _parameter(given: str) -> tuple[str, str]:
    from pathlib import Path

    name, equals, value = given.partition("=")
    if not equals:
        raise typer.BadParameter("PARAMETER=VALUE is expected", param_hint="--set")
    if value.startswith("@"):
        value = Path(value[1:]).read_text("utf-8").strip()
    return name, value


def drift(
    target: TargetName,
    tenant: Tenant,
    repair: Annotated[bool, typer.Option("--repair", help="Have every difference mended.")] = False,
) -> None:
    """Compare what a register holds with our books. Exit status 1 when they differ.

    With --repair the differences become deliveries to the register, which `openmvno work` makes.

    Examples:

        openmvno provisioning drift hlr --tenant sample

        openmvno provisioning drift hlr --tenant sample --repair
    """
    from openmvno import tenants
    from openmvno.actor import command_line_actor
    from openmvno.provisioning import Sealer
    from openmvno.provisioning import drift as comparison

    async def work(settings: Settings, pool: Pool, _: GrpcEngineClient) -> Drift:
        sealer = Sealer.from_settings(settings)
        async with pool.connection() as connection:
            owner = await tenants.tenant_by_code(connection, tenant)
        if not repair:
            return await comparison.compare(pool.connection, sealer, owner.tenant_id, target)
        actor = command_line_actor(owner.tenant_id, "provisioning drift --repair")
        return await comparison.repair(pool.connection, sealer, actor, target)

    found = run_business("provisioning", work)
    _show(found)
    if repair:
        count = sum(difference.is_repairable for difference in found.differences)
        print(f"{count} repairs ordered; `openmvno work` delivers them")
    raise typer.Exit(1 if found.differences and not repair else 0)


def _show(found: Drift) -> None:
    print(f"{found.lines} lines compared; the register holds {found.held} subscribers")
    for each in found.differences[:SHOWN]:
        what = f"{each.kind} {' '.join(each.fields)}".strip()
        also = f" ({each.under_way} deliveries)" if each.under_way else ""
        print(f"{each.imsi:<16} {what}{also}")
    if len(found.differences) > SHOWN:
        print(f"… and {len(found.differences) - SHOWN} more")
    if not found.differences:
        print("no difference")


def replay(target: TargetName, tenant: Tenant) -> None:
    """Try all dead letters of a target again, in order.

    Example:

        openmvno provisioning replay hlr --tenant sample
    """
    from openmvno import tenants
    from openmvno.actor import command_line_actor
    from openmvno.provisioning.service import replay_all

    async def work(_: Settings, pool: Pool, __: GrpcEngineClient) -> int:
        async with pool.connection() as connection:
            owner = await tenants.tenant_by_code(connection, tenant)
            actor = command_line_actor(owner.tenant_id, "provisioning replay")
            return await replay_all(connection, actor, target)

    print(f"{run_business('provisioning', work)} dead letters are tried again")
