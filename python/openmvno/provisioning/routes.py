"""Provisioning routes."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal
from uuid import UUID

from litestar import Response, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from openmvno.provisioning import drift, service, store
from openmvno.provisioning.errors import RegisterScopeMissing, TargetNotFound
from openmvno.provisioning.kinds import KINDS
from openmvno.provisioning.schemas import (
    DeliveryView,
    DriftView,
    QueueView,
    RepairView,
    Replayed,
    TargetIn,
    TargetView,
    delivery_view,
    drift_view,
    queue_view,
    repair_view,
    target_view,
)
from openmvno.provisioning.sealing import Sealer
from openmvno.provisioning.templates import needs_keys, read_template
from openmvno.rest import Call, Done, Page, PageRequest, page_of, requires
from openmvno.rest.call import Connection, tagged

TAGS: Final = ["Provisioning"]
REGISTERS: Final = "registers:write"


@put(
    "/provisioning-targets/{name:str}",
    guards=[requires("provisioning:write")],
    tags=TAGS,
    summary="Set a target",
    opt={"also": {201: "It is new"}},
)
async def put_target(
    update: NamedDependency[Call], name: FromPath[str], data: JSONBody[TargetIn]
) -> Response[TargetView]:
    """Create or replace the target of this name; line events from now on are delivered to it.

    Each request carries OpenMVNO-Event-Id, OpenMVNO-Event-Sequence and OpenMVNO-Signature
    (``t=<unix time>,v1=<HMAC-SHA256 of time, dot and body>``). Any 2xx takes the event. A register
    is told the keys of SIM cards: setting one needs the scope ``registers:write``, too.
    """
    sealer: Sealer = update.request.app.state.sealer
    template = read_template(data.kind, data.template)
    is_told_keys = data.kind in KINDS and KINDS[data.kind].is_register
    is_told_keys = is_told_keys or (template is not None and needs_keys(template))
    if is_told_keys and REGISTERS not in update.actor.scopes:
        raise RegisterScopeMissing(
            f"This needs the scope {REGISTERS}.",
            accepted=f"a token or session with the scope {REGISTERS}",
            extra={"scope": REGISTERS},
        )

    async def work(connection: Connection) -> Done:
        present = await store.target_by_name(connection, update.tenant_id, name, lock=True)
        update.check_version(present.version if present else 0)
        target = await service.set_target(
            connection,
            update.actor,
            sealer,
            name,
            data.kind,
            data.url,
            data.secret,
            data.enabled,
            data.events,
            template,
            data.imsi_prefixes,
        )
        status = 200 if present else 201
        return Done(status, target_view(target), tagged(target.version))

    return await update.change(work)


@get(
    "/provisioning-targets",
    guards=[requires("provisioning:read")],
    tags=TAGS,
    summary="List targets",
)
async def list_targets(call: NamedDependency[Call]) -> list[TargetView]:
    """All targets; secrets are never shown."""
    async with call.connection() as connection:
        targets = await store.list_targets(connection, call.tenant_id)
    return [target_view(target) for target in targets]


@get(
    "/provisioning-targets/{name:str}",
    guards=[requires("provisioning:read")],
    tags=TAGS,
    summary="One target",
)
async def show_target(call: NamedDependency[Call], name: FromPath[str]) -> Response[TargetView]:
    """A target, with the ETag that a change may name."""
    async with call.connection() as connection:
        target = await store.target_by_name(connection, call.tenant_id, name)
    if target is None:
        raise TargetNotFound(f"There is no target {name[:60]!r}.", field="name")
    return Response(target_view(target), headers=tagged(target.version))


@get(
    "/provisioning-targets/{name:str}/drift",
    guards=[requires("provisioning:read")],
    tags=TAGS,
    summary="Compare a register with our books",
)
async def show_drift(call: NamedDependency[Call], name: FromPath[str]) -> DriftView:
    """Every open line is asked for, and the register for what else it holds."""
    sealer: Sealer = call.request.app.state.sealer
    found = await drift.compare(call.connection, sealer, call.tenant_id, name)
    return drift_view(name, found)


@post(
    "/provisioning-targets/{name:str}/repairs",
    guards=[requires("provisioning:write")],
    tags=TAGS,
    summary="Make a register hold what our books say",
    status_code=202,
)
async def repair_register(creation: NamedDependency[Call], name: FromPath[str]) -> RepairView:
    """Each difference becomes a delivery to this register, in order with others of its line; asked
    for again, only what still differs does."""
    sealer: Sealer = creation.request.app.state.sealer
    found = await drift.repair(creation.connection, sealer, creation.actor, name)
    return repair_view(name, found)


@post(
    "/provisioning-targets/{name:str}/replay",
    guards=[requires("provisioning:write")],
    tags=TAGS,
    summary="Try all dead letters of a target again",
    status_code=200,
)
async def replay_target(creation: NamedDependency[Call], name: FromPath[str]) -> Response[Replayed]:
    """Back into the queue, in order, with all attempts anew."""

    async def work(connection: Connection) -> Done:
        return Done(200, Replayed(await service.replay_all(connection, creation.actor, name)))

    return await creation.change(work)


@get("/deliveries", guards=[requires("provisioning:read")], tags=TAGS, summary="List deliveries")
async def list_deliveries(
    call: NamedDependency[Call],
    page: NamedDependency[PageRequest],
    delivery_state: Annotated[
        Literal["pending", "delivered", "dead", "discarded", "cancelled"] | None,
        QueryParameter(name="state", description="dead: the dead letters"),
    ] = None,
    line: Annotated[UUID | None, QueryParameter(description="Of this line")] = None,
    target: Annotated[str | None, QueryParameter(description="To this target")] = None,
) -> Page[DeliveryView]:
    """Events and what became of them, from the newest on."""
    async with call.connection() as connection:
        rows = await store.list_deliveries(
            connection,
            call.tenant_id,
            state=delivery_state,
            subject_id=line,
            target=target,
            after=page.after(tuple[UUID, str]),
            limit=page.rows,
        )
    await call.shown("delivery", sorted({row.subject_id for row in rows[: page.limit]}))
    return page_of(rows, page, delivery_view, lambda each: (each.event_id, each.target))


@get(
    "/delivery-queues",
    guards=[requires("provisioning:read")],
    tags=TAGS,
    summary="What waits for each target",
)
async def list_queues(call: NamedDependency[Call]) -> list[QueueView]:
    """By the names of targets; of one that has everything both counts are 0."""
    async with call.connection() as connection:
        queues = await store.queues_of(connection, call.tenant_id)
    return [queue_view(queue) for queue in queues]


@get(
    "/deliveries/{target:str}/{event_id:uuid}",
    guards=[requires("provisioning:read")],
    tags=TAGS,
    summary="One delivery",
)
async def show_delivery(
    call: NamedDependency[Call], target: FromPath[str], event_id: FromPath[UUID]
) -> DeliveryView:
    """An event on its way to a target, with what it says."""
    async with call.connection() as connection:
        delivery = await service.find_delivery(connection, call.tenant_id, target, event_id)
    await call.shown("delivery", [delivery.subject_id])
    return delivery_view(delivery)


@post(
    "/deliveries/{target:str}/{event_id:uuid}/replay",
    guards=[requires("provisioning:write")],
    tags=TAGS,
    summary="Try a dead letter again",
    status_code=200,
)
async def replay_delivery(
    creation: NamedDependency[Call], target: FromPath[str], event_id: FromPath[UUID]
) -> Response[DeliveryView]:
    """Back into the queue, with all attempts anew."""

    async def work(connection: Connection) -> Done:
        delivery = await service.replay(connection, creation.actor, target, event_id)
        return Done(200, delivery_view(delivery))

    return await creation.change(work)


@post(
    "/deliveries/{target:str}/{event_id:uuid}/discard",
    guards=[requires("provisioning:write")],
    tags=TAGS,
    summary="Give a dead letter up",
    status_code=200,
)
async def discard_delivery(
    creation: NamedDependency[Call], target: FromPath[str], event_id: FromPath[UUID]
) -> Response[DeliveryView]:
    """A dead letter holds back later events of its line; discarded, it lets them go."""

    async def work(connection: Connection) -> Done:
        delivery = await service.discard(connection, creation.actor, target, event_id)
        return Done(200, delivery_view(delivery))

    return await creation.change(work)


PROVISIONING_ROUTES: Final[list[Any]] = [
    put_target,
    list_targets,
    show_target,
    show_drift,
    repair_register,
    replay_target,
    list_deliveries,
    list_queues,
    show_delivery,
    replay_delivery,
    discard_delivery,
]
