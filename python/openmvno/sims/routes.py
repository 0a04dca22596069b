"""SIM card routes."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from litestar import Response, get, patch, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import UnsetType

from openmvno.access import confirm_password
from openmvno.provisioning import ES2PLUS, Sealer, target_url
from openmvno.rest import Call, Done, Outcome, Page, PageRequest, opens, page_of, requires
from openmvno.rest.call import Connection, tagged
from openmvno.sims import codes, esim, service, store
from openmvno.sims.errors import SmdpMissing
from openmvno.sims.model import Policy
from openmvno.sims.schemas import (
    ActivationCode,
    PasswordAgain,
    ProfileOrder,
    SimChange,
    SimCodes,
    SimPolicy,
    SimPolicyIn,
    SimPuk,
    SimRangeChange,
    SimRangeChanged,
    SimView,
    TransportKeyIn,
    TransportKeyView,
    sim_view,
)

TAGS: Final = ["Inventory"]


@get("/sims", guards=[requires("inventory:read")], tags=TAGS, summary="List SIM cards")
async def list_sims(
    call: NamedDependency[Call],
    page: NamedDependency[PageRequest],
    sim_state: Annotated[
        Literal["available", "reserved", "in_use", "suspended", "lost", "disposed"] | None,
        QueryParameter(name="state", description="Only those in this state"),
    ] = None,
    imsi: Annotated[
        str | None,
        QueryParameter(description="The card with this IMSI, its first or a further one"),
    ] = None,
    iccid: Annotated[
        str | None,
        QueryParameter(
            description="Only those whose ICCID begins with these digits", pattern="^[0-9]{1,20}$"
        ),
    ] = None,
    first: Annotated[
        str | None,
        QueryParameter(description="Only those from this ICCID on", pattern="^[0-9]{1,20}$"),
    ] = None,
    last: Annotated[
        str | None,
        QueryParameter(description="Only those up to this ICCID", pattern="^[0-9]{1,20}$"),
    ] = None,
    allocated_to: Annotated[
        str | None, QueryParameter(description="Only those this one has to hand out")
    ] = None,
) -> Page[SimView]:
    """The inventory in order of ICCIDs."""
    async with call.connection() as connection:
        named = None if imsi is None else await store.iccid_of(connection, call.tenant_id, imsi)
        rows = await store.list_sims(
            connection,
            call.tenant_id,
            state=sim_state,
            named=named if imsi is None else named or "",
            begins_with=iccid,
            first=first,
            last=last,
            allocated_to=allocated_to,
            after=page.after(str),
            limit=page.rows,
        )
    await call.shown("line", [row.line_id for row in rows[: page.limit] if row.line_id])
    return page_of(rows, page, sim_view, lambda sim: sim.iccid)


@get("/sims/{iccid:str}", guards=[requires("inventory:read")], tags=TAGS, summary="One SIM card")
async def show_sim(call: NamedDependency[Call], iccid: FromPath[str]) -> Response[SimView]:
    """A card, with the ETag that a change may name."""
    async with call.connection() as connection:
        sim = await service.find_sim(connection, call.tenant_id, iccid)
    await call.shown("line", [sim.line_id] if sim.line_id else [])
    return Response(sim_view(sim), headers=tagged(sim.version))


@patch(
    "/sims/{iccid:str}",
    guards=[requires("inventory:write")],
    tags=TAGS,
    summary="Reserve, hold, lose or dispose of a SIM card",
)
async def change_sim(
    update: NamedDependency[Call], iccid: FromPath[str], data: JSONBody[SimChange]
) -> Response[SimView]:
    """Cards come into use and out of it with their lines, not here."""

    async def work(connection: Connection) -> Done:
        sim = await service.find_sim(connection, update.tenant_id, iccid, lock=True)
        update.check_version(sim.version)
        changed = await service.change_sim(connection, update.actor, sim, data.terms())
        return Done(200, sim_view(changed), tagged(changed.version))

    return await update.change(work)


@post(
    "/sims/ranges",
    guards=[requires("inventory:write")],
    tags=TAGS,
    summary="Change a range of SIM cards",
    status_code=200,
)
async def change_range(
    creation: NamedDependency[Call], data: JSONBody[SimRangeChange]
) -> Response[SimRangeChanged]:
    """Allocate, reserve, hold or dispose of all cards from one ICCID to another."""

    async def work(connection: Connection) -> Done:
        there, changed = await service.change_range(
            connection, creation.actor, data.first, data.last, data.terms()
        )
        return Done(200, SimRangeChanged(there, changed))

    return await creation.change(work)


@get(
    "/sims/{iccid:str}/codes",
    guards=[requires("sims:codes")],
    tags=TAGS,
    summary="PIN and PUK of a SIM card",
)
async def show_codes(call: NamedDependency[Call], iccid: FromPath[str]) -> Response[SimCodes]:
    """For entitled eyes; the audit log says who read them."""
    sealer: Sealer = call.request.app.state.sealer
    async with call.connection() as connection:
        known = await codes.read_codes(connection, call.actor, sealer, iccid)
    return Response(SimCodes(iccid, **known), headers={"Cache-Control": "no-store"})


@post(
    "/sims/{iccid:str}/puk",
    guards=[requires("sims:codes")],
    opt=opens("reach:read", ("subscriber",)),
    tags=TAGS,
    summary="PUK of one's own SIM card",
    status_code=200,
)
async def show_puk(
    creation: NamedDependency[Call], iccid: FromPath[str], data: JSONBody[PasswordAgain]
) -> Response[SimPuk]:
    """For the subscriber of the line that has the card, and for entitled eyes: whoever asks types
    the password once more. Wrong ones count as failed logins (429, Retry-After); the audit log says
    who read it. A repeated request gets no code."""
    sealer: Sealer = creation.request.app.state.sealer
    shown: dict[str, str] = {}

    async def work(connection: Connection) -> Done:
        await service.find_sim(connection, creation.tenant_id, iccid)
        refused = await confirm_password(connection, creation.actor, data.password)
        if refused is not None:
            return Done(refused.status, None, refusal=refused)
        shown.update(await codes.read_puk(connection, creation.actor, sealer, iccid))
        return Done(200, SimPuk(iccid), {"Cache-Control": "no-store"})

    def finish(body: dict[str, Any], _: list[Outcome]) -> dict[str, Any]:
        return {**body, **shown}

    async with creation.request.app.state.login_gate.enter():
        # Nothing that a password could be guessed from is kept with the key.
        return await creation.change(work, finish=finish, content=b"")


@get(
    "/sims/{iccid:str}/activation-code",
    guards=[requires("sims:codes")],
    opt=opens("reach:read"),
    tags=TAGS,
    summary="Activation code of an eSIM",
)
async def show_activation_code(
    call: NamedDependency[Call],
    iccid: FromPath[str],
    picture: Annotated[
        Literal["json", "svg", "png"], QueryParameter(name="format", description="Or a QR picture")
    ] = "json",
) -> Response[Any]:
    """For who loads it into a telephone; the audit log says who read it."""
    sealer: Sealer = call.request.app.state.sealer
    async with call.connection() as connection:
        sim = await service.find_sim(connection, call.tenant_id, iccid)
        code = await esim.activation_code(connection, call.actor, sealer, sim)
    headers = {"Cache-Control": "no-store"}
    if picture == "json":
        return Response(ActivationCode(iccid, code), headers=headers)
    return Response(
        esim.picture(code, picture), media_type=esim.PICTURE_TYPES[picture], headers=headers
    )


@post(
    "/sims/{iccid:str}/profile",
    guards=[requires("inventory:write")],
    tags=TAGS,
    summary="Order the profile of an eSIM",
    status_code=200,
)
async def order_profile(
    creation: NamedDependency[Call], iccid: FromPath[str], data: JSONBody[ProfileOrder]
) -> Response[SimView]:
    """From the SM-DP+ that is the provisioning target of kind ``es2plus`` (SGP.22 ES2+): ordered,
    confirmed and released. An eSIM that has its profile is answered as it is."""
    sealer: Sealer = creation.request.app.state.sealer

    async def work(connection: Connection) -> Done:
        sim = await service.find_sim(connection, creation.tenant_id, iccid, lock=True)
        url = await target_url(connection, creation.tenant_id, ES2PLUS)
        if url is None:
            raise SmdpMissing(field=None)
        ordered = await esim.order_profile(
            connection,
            creation.actor,
            sealer,
            url,
            sim,
            data.profile_type,
        )
        return Done(200, sim_view(ordered), tagged(ordered.version))

    return await creation.change(work)


@put(
    "/sims/transport-keys/{name:str}",
    guards=[requires("registers:write")],
    tags=TAGS,
    summary="Set a transport key",
)
async def put_transport_key(
    update: NamedDependency[Call], name: FromPath[str], data: JSONBody[TransportKeyIn]
) -> Response[TransportKeyView]:
    """Files name it in their header, or the import does."""
    sealer: Sealer = update.request.app.state.sealer

    async def work(connection: Connection) -> Done:
        await codes.set_transport_key(
            connection, update.actor, sealer, name, data.algorithm, data.key
        )
        return Done(200, TransportKeyView(name, data.algorithm))

    return await update.change(work)


@get(
    "/sims/transport-keys",
    guards=[requires("inventory:read")],
    tags=TAGS,
    summary="List transport keys",
)
async def list_transport_keys(call: NamedDependency[Call]) -> list[TransportKeyView]:
    """By name; the keys themselves are never shown."""
    async with call.connection() as connection:
        known = await codes.list_transport_keys(connection, call.tenant_id)
    return [TransportKeyView(name, algorithm) for name, algorithm in known]


@get(
    "/sims/policy",
    guards=[requires("inventory:read")],
    opt=opens("reach:read", ("subscriber",)),
    tags=TAGS,
    summary="Rules of SIM cards",
)
async def show_policy(call: NamedDependency[Call]) -> Response[SimPolicy]:
    """How long a line rests after a SIM swap, and whether its subscriber may see the PUK."""
    async with call.connection() as connection:
        policy = await store.policy_of(connection, call.tenant_id)
    return Response(_shown(policy), headers=tagged(policy.version))


def _shown(policy: Policy) -> SimPolicy:
    return SimPolicy(policy.swap_cooling_hours, policy.puk_to_subscribers)


@put(
    "/sims/policy",
    guards=[requires("inventory:write")],
    tags=TAGS,
    summary="Set the rules of SIM cards",
)
async def put_policy(
    update: NamedDependency[Call], data: JSONBody[SimPolicyIn]
) -> Response[SimPolicy]:
    """They hold at once, for swaps made before, too."""

    async def work(connection: Connection) -> Done:
        present = await store.policy_of(connection, update.tenant_id)
        update.check_version(present.version)
        shown = data.puk_to_subscribers
        wanted = Policy(
            data.swap_cooling_hours,
            present.puk_to_subscribers if isinstance(shown, UnsetType) else shown,
        )
        written = await service.set_policy(connection, update.actor, present, wanted)
        return Done(200, _shown(written), tagged(written.version))

    return await update.change(work)


SIM_ROUTES: Final[list[Any]] = [
    list_sims,
    show_sim,
    change_sim,
    change_range,
    show_codes,
    show_puk,
    show_activation_code,
    order_profile,
    put_transport_key,
    list_transport_keys,
    show_policy,
    put_policy,
]
