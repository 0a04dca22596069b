"""``openmvno quote``: what a usage would cost, and every step of the price."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from openmvno.cli.business import PANEL, run_business

if TYPE_CHECKING:
    from openmvno.database import Pool
    from openmvno.gateways.grpc.engine_client import GrpcEngineClient
    from openmvno.settings import Settings

_WHERE = "Where the user is"
_NETWORK = "What the network says"
_PAYER = "Who pays"


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command(rich_help_panel=PANEL)(quote)


def quote(
    service: Annotated[str, typer.Option(help="Code of the service.")],
    usage: Annotated[int, typer.Option(min=0, help="Seconds, octets or events.")],
    product: Annotated[str | None, typer.Option(help="Code of the main product.")] = None,
    line: Annotated[
        str | None,
        typer.Option(help="Id or MSISDN of a subscriber, in place of product and payers."),
    ] = None,
    file: Annotated[
        Path | None, typer.Option(help="Price by this document; needs no server.")
    ] = None,
    tenant: Annotated[str, typer.Option(help="Price by the catalogue of a tenant.")] = "sample",
    version: Annotated[
        int | None, typer.Option(help="Version number [the one in force then].")
    ] = None,
    addon: Annotated[list[str] | None, typer.Option(help="Code of an add-on; repeat it.")] = None,
    direction: Annotated[
        str, typer.Option(help="originating, terminating or forwarded.")
    ] = "originating",
    destination: Annotated[str | None, typer.Option(help="The other party's number.")] = None,
    on_net: Annotated[bool, typer.Option("--on-net", help="It is a line of the tenant.")] = False,
    favourite: Annotated[bool, typer.Option("--favourite", help="It is on the list.")] = False,
    cug: Annotated[bool, typer.Option("--cug", help="It is in a closed user group.")] = False,
    rating_group: Annotated[int | None, typer.Option(min=0, help="Rating-Group of data.")] = None,
    at: Annotated[str | None, typer.Option(help="RFC 3339 time the usage began [1970].")] = None,
    time_zone: Annotated[str | None, typer.Option(help="IANA name [the document's].")] = None,
    usage_after_change: Annotated[
        int | None, typer.Option(min=0, help="The part after the tariff change (data).")
    ] = None,
    session: Annotated[str | None, typer.Option(help="Session-Id, the seed of draws.")] = None,
    plmn: Annotated[str | None, typer.Option(rich_help_panel=_WHERE, help="MCC+MNC.")] = None,
    msc: Annotated[str | None, typer.Option(rich_help_panel=_WHERE, help="MSC number.")] = None,
    cell: Annotated[str | None, typer.Option(rich_help_panel=_WHERE, help="PLMN-LAC-cell.")] = None,
    apn: Annotated[str | None, typer.Option(rich_help_panel=_NETWORK)] = None,
    service_identifier: Annotated[int | None, typer.Option(rich_help_panel=_NETWORK)] = None,
    rat_type: Annotated[int | None, typer.Option(rich_help_panel=_NETWORK)] = None,
    qos_class: Annotated[int | None, typer.Option(rich_help_panel=_NETWORK)] = None,
    network_slice: Annotated[str | None, typer.Option("--slice", rich_help_panel=_NETWORK)] = None,
    access_network: Annotated[str | None, typer.Option(rich_help_panel=_NETWORK)] = None,
    balance: Annotated[
        str | None, typer.Option(rich_help_panel=_PAYER, help="Decimal amount [unlimited].")
    ] = None,
    bucket: Annotated[
        list[str] | None,
        typer.Option(rich_help_panel=_PAYER, help="CODE=REMAINING[@EXPIRY]; repeat it."),
    ] = None,
    counter: Annotated[
        list[str] | None,
        typer.Option(rich_help_panel=_PAYER, help="DISCOUNT=USED; repeat it."),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")] = False,
) -> None:
    """Show what a usage would cost and why: by a file, or by a tenant's catalogue. Nothing changes.

    Exit status: 0 answered (whatever the result), 1 the document or the request is wrong.

    Examples:

        openmvno quote --file catalog.yaml --product prepaid-basic --service voice --usage 90
        --destination 38591234567

        openmvno quote --tenant sample --version 3 --product prepaid-basic --service data
        --usage 5000000 --rating-group 10 --json

        openmvno quote --line 385910000001 --service voice --usage 300 --destination 38591234567
    """
    if (product is None) == (line is None):
        raise typer.BadParameter("name a --product or a --line")
    if line is not None and file is not None:
        raise typer.BadParameter("--line asks the installation, --file needs none")
    request = {
        "line": line,
        "product": product,
        "addons": addon,
        "service": service,
        "direction": direction,
        "destination": destination,
        "on_net": on_net or None,
        "favourite": favourite or None,
        "cug": cug or None,
        "rating_group": rating_group,
        "at": at,
        "time_zone": time_zone,
        "usage": usage,
        "usage_after_change": usage_after_change,
        "session": session,
        "location": _given({"plmn": plmn, "msc": msc, "cell": cell}),
        "apn": apn,
        "service_identifier": service_identifier,
        "rat_type": rat_type,
        "qos_class": qos_class,
        "slice": network_slice,
        "access_network": access_network,
        "balance": balance,
        "buckets": None if bucket is None else [_bucket(text) for text in bucket],
        "counters": None if counter is None else [_counter(text) for text in counter],
    }
    _show(_answer(file, tenant, version, _given(request) or {}), as_json=json)


def _given(members: dict[str, Any]) -> dict[str, Any] | None:
    """What was given; the core has the defaults. None when nothing was."""
    return {name: value for name, value in members.items() if value is not None} or None


def _bucket(text: str) -> dict[str, Any]:
    code, content = _pair(text, "--bucket")
    remaining, _, expires_at = content.partition("@")
    return {"code": code, "remaining": remaining, "expires_at": expires_at or None}


def _counter(text: str) -> dict[str, Any]:
    code, used = _pair(text, "--counter")
    return {"discount": code, "used": used}


def _pair(text: str, option: str) -> tuple[str, str]:
    code, separator, value = text.partition("=")
    if not separator or not code or not value:
        raise typer.BadParameter(f"{option} {text}: write CODE=VALUE")
    return code, value


def _answer(
    file: Path | None, tenant: str, version: int | None, request: dict[str, Any]
) -> dict[str, Any]:
    from openmvno.catalog.pricing import quote as ask

    if file is not None:
        from openmvno.cli.catalog_files import load

        return ask(load(file).text, request)

    async def work(
        _: Settings, pool: Pool, engine: GrpcEngineClient
    ) -> tuple[bytes, dict[str, Any], int]:
        from openmvno import tenants
        from openmvno.catalog import store
        from openmvno.catalog.line_quotes import fill_in, quoted_version

        async with pool.connection() as connection:
            owner = (await tenants.tenant_by_code(connection, tenant)).tenant_id
            found = await quoted_version(connection, owner, version, request.get("at"))
            text = await store.text_of(connection, owner, found.id)
            if "line" not in request:
                return text, request, found.number
            filled = await fill_in(connection, engine, owner, text, request)
            return text, filled, found.number

    text, filled, number = run_business("quote", work)
    return {**ask(text, filled), "version": number}


def _show(answer: dict[str, Any], *, as_json: bool) -> None:
    import msgspec

    if as_json:
        print(msgspec.json.format(msgspec.json.encode(answer)).decode())
        return
    from openmvno.cli.quote_tables import show_quote

    show_quote(answer)
