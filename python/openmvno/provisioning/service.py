"""Setting targets, replaying and discarding dead letters."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from psycopg import AsyncConnection

from openmvno import audit
from openmvno.actor import Actor
from openmvno.errors import one_of
from openmvno.provisioning import store
from openmvno.provisioning.adapters import check_login_secret
from openmvno.provisioning.command_template import CommandTemplate
from openmvno.provisioning.errors import (
    DeliveryNotDead,
    DeliveryNotFound,
    SecretMissing,
    SecretTooShort,
    TargetKindUnknown,
    TargetNameInvalid,
    TargetNotFound,
    TemplateInvalid,
)
from openmvno.provisioning.kinds import COMMAND_LINES, HTTP, KINDS, check_address
from openmvno.provisioning.model import Delivery, Target
from openmvno.provisioning.placeholders import names_in
from openmvno.provisioning.sealing import Sealer
from openmvno.provisioning.templates import AnyTemplate

SHORTEST_SECRET: Final = 16
LONG_ENOUGH: Final = f"at least {SHORTEST_SECRET} characters"

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


async def set_target(
    connection: AsyncConnection[Any],
    actor: Actor,
    sealer: Sealer,
    name: str,
    kind: str,
    url: str,
    secret: str | None,
    enabled: bool,
    events: Sequence[str] | None = None,
    template: AnyTemplate | None = None,
    imsi_prefixes: Sequence[str] = (),
) -> Target:
    """Create or replace a target. Events from now on are delivered to it.

    ``imsi_prefixes``: the beginnings of the IMSIs it serves; empty: all. ``events``: the beginnings
    of the names of those it hears of; None: what is usual for its kind.
    ``secret``: None leaves the present one to a target that keeps kind and address, so that no
    secret is ever sent to where it was not meant for.

    Raises:
        TargetNameInvalid, TargetKindUnknown, TargetUrlInvalid, SecretMissing, SecretTooShort,
        SecretInvalid, TemplateInvalid.
    """
    if _NAME.fullmatch(name) is None:
        raise TargetNameInvalid(f"{name[:60]!r} is not a name for a target.", field="name")
    if kind not in KINDS:
        raise TargetKindUnknown(
            f"There is no kind {kind[:60]!r}.", field="kind", accepted=one_of(KINDS)
        )
    check_address(kind, url)
    is_told_by_template = kind in (HTTP, *COMMAND_LINES)
    if (template is not None) != is_told_by_template:
        what = "needs a template" if is_told_by_template else "has no template"
        raise TemplateInvalid(
            f"A target of kind {kind} {what}.",
            field="template",
            accepted="an object" if is_told_by_template else "null",
        )
    before = await store.target_by_name(connection, actor.tenant_id, name, lock=True)
    if secret is None and before is not None and (before.kind, before.url) == (kind, url):
        present = await store.open_target(connection, actor.tenant_id, name)
        sealed = present.sealed_secret
        if sealed is None:
            _check_secret(kind, None, template)
    else:
        _check_secret(kind, secret, template)
        sealed = None if secret is None else sealer.seal(actor.tenant_id, name, secret)
    heard = KINDS[kind].events if events is None else events
    target = await store.put_target(
        connection,
        actor.tenant_id,
        name,
        kind,
        url,
        heard,
        template,
        sealed,
        enabled,
        imsi_prefixes,
    )
    await audit.record(
        connection,
        actor,
        "provisioning_target.set",
        "provisioning_target",
        name,
        before=None if before is None else _audited(before),
        after=_audited(target),
    )
    return target


def _audited(target: Target) -> dict[str, Any]:
    return {
        "kind": target.kind,
        "url": target.url,
        "events": target.events,
        "template": target.template,
        "enabled": target.enabled,
        "imsi_prefixes": target.imsi_prefixes,
    }


def _check_secret(kind: str, secret: str | None, template: AnyTemplate | None) -> None:
    terms = KINDS[kind]
    is_asked_for = isinstance(template, CommandTemplate) and "secret" in names_in(template)
    if not secret and (terms.needs_secret or is_asked_for):
        raise SecretMissing(
            f"A target of kind {kind} needs a secret.", field="secret", accepted=LONG_ENOUGH
        )
    if secret is None:
        return
    if terms.logs_in:
        check_login_secret(kind, secret)
    elif len(secret) < SHORTEST_SECRET:
        raise SecretTooShort(
            f"The secret has {len(secret)} characters.", field="secret", accepted=LONG_ENOUGH
        )


async def replay(
    connection: AsyncConnection[Any], actor: Actor, target: str, event_id: UUID
) -> Delivery:
    """Try a dead letter again.

    Raises:
        DeliveryNotFound, DeliveryNotDead.
    """
    await _dead_letter(connection, actor, target, event_id)
    await store.revive(connection, actor.tenant_id, target, event_id)
    return await _written(connection, actor, target, event_id, "delivery.replayed")


async def discard(
    connection: AsyncConnection[Any], actor: Actor, target: str, event_id: UUID
) -> Delivery:
    """Give a dead letter up, so that later events of its subject can go.

    Raises:
        DeliveryNotFound, DeliveryNotDead.
    """
    await _dead_letter(connection, actor, target, event_id)
    await store.discard(connection, actor.tenant_id, target, event_id)
    return await _written(connection, actor, target, event_id, "delivery.discarded")


async def replay_all(connection: AsyncConnection[Any], actor: Actor, target: str) -> int:
    """Try all dead letters of a target again; returns how many there were.

    Raises:
        TargetNotFound.
    """
    if await store.target_by_name(connection, actor.tenant_id, target) is None:
        raise TargetNotFound(f"There is no target {target[:60]!r}.", field="name")
    count = await store.revive_all(connection, actor.tenant_id, target)
    await audit.record(
        connection,
        actor,
        "deliveries.replayed",
        "provisioning_target",
        target,
        after={"replayed": count},
    )
    return count


async def find_delivery(
    connection: AsyncConnection[Any],
    tenant_id: UUID,
    target: str,
    event_id: UUID,
    *,
    lock: bool = False,
) -> Delivery:
    """A delivery of the tenant.

    Raises:
        DeliveryNotFound.
    """
    delivery = await store.delivery_of(connection, tenant_id, target, event_id, lock=lock)
    if delivery is None:
        raise DeliveryNotFound(
            f"There is no delivery of {event_id} to {target[:60]}.", field="event_id"
        )
    return delivery


async def _dead_letter(
    connection: AsyncConnection[Any], actor: Actor, target: str, event_id: UUID
) -> None:
    delivery = await find_delivery(connection, actor.tenant_id, target, event_id, lock=True)
    if delivery.state != "dead":
        raise DeliveryNotDead(f"The delivery is {delivery.state}.", field="event_id")


async def _written(
    connection: AsyncConnection[Any], actor: Actor, target: str, event_id: UUID, action: str
) -> Delivery:
    delivery = await find_delivery(connection, actor.tenant_id, target, event_id)
    await audit.record(
        connection,
        actor,
        action,
        "delivery",
        f"{target}/{event_id}",
        before={"state": "dead"},
        after={"state": delivery.state},
    )
    return delivery
