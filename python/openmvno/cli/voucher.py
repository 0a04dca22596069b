"""``openmvno voucher``: cards with a PIN."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from openmvno.cli.business import PANEL, run_business

if TYPE_CHECKING:
    from openmvno.actor import Actor
    from openmvno.database import Pool
    from openmvno.gateways.grpc.engine_client import GrpcEngineClient
    from openmvno.settings import Settings
    from openmvno.tenants import Tenant
    from openmvno.vouchers import Batch, Redemption

Code = Annotated[str, typer.Option("--tenant", help="Code of the tenant.")]
First = Annotated[int, typer.Option("--from", min=1, help="First serial number.")]
Last = Annotated[int, typer.Option("--to", min=1, help="Last serial number.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    group = typer.Typer(no_args_is_help=True, help="Vouchers; see docs/payments.md.")
    group.command()(generate)
    group.command()(activate)
    group.command()(block)
    group.command()(redeem)
    group.command(name="list")(list_batches)
    app.add_typer(group, name="voucher", rich_help_panel=PANEL)


def generate(
    tenant: Code,
    name: Annotated[str, typer.Option(help="What the batch is called.")],
    count: Annotated[int, typer.Option(min=1, help="How many vouchers.")],
    expires: Annotated[
        str, typer.Option(help="Last instant: 2027-12-31, or with time and offset.")
    ],
    out: Annotated[Path, typer.Option(help="New file for serial numbers and PINs.")],
    value: Annotated[str | None, typer.Option(help="What one is sold for.")] = None,
    currency: Annotated[str | None, typer.Option(help="Not given: the tenant's.")] = None,
    bucket: Annotated[str | None, typer.Option(help="Wallet that it fills.")] = None,
    option: Annotated[str | None, typer.Option(help="Option of the wallet.")] = None,
    amount: Annotated[str | None, typer.Option(help="Content, where no option is named.")] = None,
    days: Annotated[int | None, typer.Option(min=1, help="How long the content lasts.")] = None,
    product: Annotated[str | None, typer.Option(help="Add-on that it brings.")] = None,
    certificate: Annotated[
        Path | None,
        typer.Option(help="X.509 (PEM, RSA) to encrypt the PINs for; else the file is plain."),
    ] = None,
) -> None:
    """Make vouchers; their PINs are written once, into a file that only you may read.

    None can be used before `openmvno voucher activate`. The database has no PIN, so keep the file
    until the cards are printed, then delete it. An encrypted one is read with
    `openssl cms -decrypt -inform PEM -inkey KEY`.

    Example:

        openmvno voucher generate --tenant sample --name summer --count 1000 --value 10.00 \\
          --expires 2027-12-31 --out pins.csv
    """
    from openmvno import vouchers
    from openmvno.cli.moments import moment
    from openmvno.provisioning import Sealer

    if out.exists():
        raise typer.BadParameter(f"{out} exists; PINs are never written over a file.")
    recipient = None if certificate is None else certificate.read_text()

    async def work(settings: Settings, pool: Pool, _: GrpcEngineClient) -> Batch:
        owner, actor = await _owner(pool, tenant, "voucher generate")
        expires_at = moment(expires, owner.time_zone, "--expires")
        assert expires_at is not None
        wish = vouchers.Wish(
            value, currency or owner.currency, bucket, option, amount, days, product
        )
        async with pool.connection() as connection:
            terms = await vouchers.terms_on_sale(connection, owner.tenant_id, wish)
        async with pool.connection() as connection:
            batch, pins = await vouchers.generate(
                connection,
                actor,
                vouchers.PinKey(Sealer.from_settings(settings), owner.tenant_id),
                name=name,
                count=count,
                terms=terms,
                expires_at=expires_at,
                tell=_tell,
            )
            content = pins.encode() if recipient is None else vouchers.encrypted(pins, recipient)
            # Before the commit: there is never a voucher whose PIN nobody has.
            vouchers.write_private(out, content)
            _tell("committing")
        return batch

    batch = run_business("voucher", work)
    print(
        f"{batch.count} vouchers, {vouchers.shown_serial(batch.first_serial)} to"
        f" {vouchers.shown_serial(batch.last_serial)}; PINs in {out}"
    )


def activate(tenant: Code, first: First, last: Last) -> None:
    """Activate vouchers by serial number: from now on they can be used, and are owed for.

    Example:

        openmvno voucher activate --tenant sample --from 1 --to 1000
    """
    _change(tenant, first, last, "active")


def block(tenant: Code, first: First, last: Last) -> None:
    """Block vouchers by serial number; `activate` lets them be used again.

    Example:

        openmvno voucher block --tenant sample --from 17 --to 17
    """
    _change(tenant, first, last, "blocked")


def _change(tenant: str, first: int, last: int, state: str) -> None:
    from openmvno import vouchers

    async def work(_: Settings, pool: Pool, __: GrpcEngineClient) -> tuple[int, dict[str, int]]:
        owner, actor = await _owner(pool, tenant, f"voucher {state}")
        async with pool.connection() as connection:
            change = await vouchers.change_range(connection, actor, first, last, state)
            states = await vouchers.states_between(connection, owner.tenant_id, first, last)
        return change.changed, states

    changed, states = run_business("voucher", work)
    print(f"{changed} changed; now " + ", ".join(f"{n} {name}" for name, n in states.items()))


def redeem(
    msisdn: Annotated[str, typer.Argument(help="Number of the line, international digits.")],
    tenant: Code,
) -> None:
    """Redeem a voucher for a line; its PIN is read from standard input.

    Example:

        openmvno voucher redeem 385910000001 --tenant sample < pin.txt
    """
    from openmvno import vouchers
    from openmvno.errors import DomainError, Told
    from openmvno.provisioning import Sealer

    pin = sys.stdin.readline().strip()

    async def work(
        settings: Settings, pool: Pool, engine: GrpcEngineClient
    ) -> tuple[Redemption, dict[str, Any] | None]:
        from openmvno import charging

        owner, actor = await _owner(pool, tenant, "voucher redeem")
        key = vouchers.PinKey(Sealer.from_settings(settings), owner.tenant_id)
        async with pool.connection() as connection:
            recipient = await vouchers.find_recipient(connection, owner.tenant_id, msisdn=msisdn)
            used = await vouchers.redeem(connection, actor, key, recipient, pin, "")
        if isinstance(used, DomainError):
            raise used
        redemption, place = used
        [outcome] = await charging.settle(pool.connection, engine, [place])
        if outcome is not None and "error" in outcome:
            told = vouchers.REFUSALS.get(outcome["error"], Told(DomainError, None))
            raise told.kind(str(outcome["message"]), field=told.field)
        return redemption, outcome

    redemption, outcome = run_business("voucher", work)
    when = "is redeemed" if outcome is not None else "will be redeemed as soon as the engine runs"
    print(f"Voucher {vouchers.shown_serial(redemption.serial)} {when}")


def list_batches(
    tenant: Code,
    limit: Annotated[int, typer.Option(min=1, help="How many, from the newest on.")] = 20,
) -> None:
    """List batches with the states of their vouchers.

    Example:

        openmvno voucher list --tenant sample
    """
    from openmvno import vouchers
    from openmvno.cli.moments import shown
    from openmvno.money import format_amount

    async def work(_: Settings, pool: Pool, __: GrpcEngineClient) -> list[str]:
        owner, _actor = await _owner(pool, tenant, "voucher list")
        lines = []
        async with pool.connection() as connection:
            for batch in await vouchers.list_batches(
                connection, owner.tenant_id, before=None, limit=limit
            ):
                states = await vouchers.states_between(
                    connection, owner.tenant_id, batch.first_serial, batch.last_serial
                )
                counts = ", ".join(f"{count} {state}" for state, count in states.items())
                serials = (
                    f"{vouchers.shown_serial(batch.first_serial)}"
                    f"-{vouchers.shown_serial(batch.last_serial)}"
                )
                worth = f"{format_amount(batch.face_micros, batch.currency)} {batch.currency}"
                lines.append(
                    f"{serials}  {batch.name:<24} {batch.kind:<8} {worth:>12}"
                    f"  until {shown(batch.expires_at)}  {counts}"
                )
        return lines

    for line in run_business("voucher", work):
        print(line)


def _tell(what: str) -> None:
    at = datetime.now().astimezone().strftime("%H:%M:%S")
    print(f"{at} {what} …", file=sys.stderr, flush=True)


async def _owner(pool: Pool, tenant: str, command: str) -> tuple[Tenant, Actor]:
    from openmvno import tenants
    from openmvno.actor import command_line_actor

    async with pool.connection() as connection:
        owner = await tenants.tenant_by_code(connection, tenant)
    return owner, command_line_actor(owner.tenant_id, command)
