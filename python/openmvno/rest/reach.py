"""What users outside the staff may reach: their subject, and what is below it.

A route is open to them where its handler is marked, ``opt=opens(...)``; every other answers 403.
Ids in the path, the query and the body are looked up before the handler runs, by the names they
have everywhere in this API, so that a route cannot forget one: what is outside the reach is
answered as if it did not exist.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final, NamedTuple
from uuid import UUID

import msgspec
from litestar import Request
from litestar.connection import ASGIConnection
from litestar.handlers.base import BaseRouteHandler

from openmvno.actor import OUTSIDE, Actor
from openmvno.rest.errors import MemberNotOpen, RouteNotOpen, ScopeMissing

ABOVE_LINES: Final = ("reseller", "distributor", "customer")
PARTNERS: Final = ("reseller", "distributor")

_MARK: Final = "reach"
_STATE: Final = "openmvno_within"

IN_PATH: Final = {
    "line_id": "line",
    "account_id": "account",
    "customer_id": "customer",
    "payment_id": "payment",
    "transfer_id": "transfer",
    "cdr_id": "cdr",
    "iccid": "sim",
}
"""What kind of thing a place in a path names."""

BESIDE: Final = frozenset({"instance_id", "top_up_id", "method_id", "setup_id"})
"""Places that the handler looks up within the thing before it in the path."""

IN_QUERY: Final = {
    "line": "line",
    "account": "account",
    "customer": "customer",
    "parent": "customer",
    "msisdn": "number",
    "imsi": "imsi",
}
IN_BODY: Final = {
    "line": "line",
    "line_id": "line",
    "account": "account",
    "account_id": "account",
    "to_account_id": "account",
    "customer_id": "customer",
    "parent_id": "customer",
    "msisdn": "number",
}


@dataclass(frozen=True, slots=True)
class Opening:
    """To whom a route is open outside the staff, and with what.

    ``members``: those of the body they may send, None for all. ``needs``: the further scope that a
    member of the body asks for. ``new``: members that name something of the stock and not what
    somebody has.
    """

    scope: str
    realms: tuple[str, ...] = OUTSIDE
    members: frozenset[str] | None = None
    needs: tuple[tuple[str, str], ...] = ()
    new: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Within:
    """The subject of a caller outside the staff: a line with its account, or a customer."""

    customer_id: UUID | None = None
    account_id: UUID | None = None
    line_id: UUID | None = None


class Named(NamedTuple):
    """A thing that a request names: what kind of, by which name, in which field."""

    kind: str
    name: str
    field: str


Look = Callable[[Actor, Iterator[Named]], Awaitable[Within]]
"""Finds the caller's subject, and raises the NotFound of the first thing outside its reach."""


def opens(
    scope: str,
    realms: tuple[str, ...] = OUTSIDE,
    *,
    members: tuple[str, ...] | None = None,
    needs: dict[str, str] | None = None,
    new: tuple[str, ...] = (),
) -> dict[str, Any]:
    """The ``opt`` of a handler that users outside the staff may call; see :class:`Opening`."""
    only = None if members is None else frozenset(members)
    return {_MARK: Opening(scope, realms, only, tuple((needs or {}).items()), frozenset(new))}


def opening_of(handler: BaseRouteHandler) -> Opening | None:
    """How a route is open outside the staff; None: it is not."""
    opening = handler.opt.get(_MARK)
    return opening if isinstance(opening, Opening) else None


def within(connection: ASGIConnection[Any, Any, Any, Any]) -> Within | None:
    """The subject that a request was let pass for; None: the caller is of the staff, or a token."""
    found = connection.scope["state"].get(_STATE)
    return found if isinstance(found, Within) else None


async def check(
    connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler, actor: Actor
) -> None:
    """Let a caller outside the staff pass, within its reach.

    Raises:
        RouteNotOpen, ScopeMissing, MemberNotOpen, SubjectMissing; the NotFound of what is outside.
    """
    opening = opening_of(handler)
    if opening is None or actor.realm not in opening.realms:
        raise RouteNotOpen(f"This is not open to users of the realm {actor.realm}.")
    check_scope(actor, opening.scope)
    if not set(connection.path_params) <= IN_PATH.keys() | BESIDE:
        raise RouteNotOpen("This address names something that nobody outside the staff reaches.")
    body = await _body(connection)
    for member, value in body.items():
        if value is None:
            continue
        if opening.members is not None and member not in opening.members:
            raise MemberNotOpen(
                f"{member[:60]} is for the staff to give.",
                field=member[:60],
                accepted="the request without it",
            )
    for member, scope in opening.needs:
        if body.get(member) is not None:
            check_scope(actor, scope)
    look: Look = connection.app.state.look
    found = await look(actor, _named(connection, opening, body))
    connection.scope["state"][_STATE] = found


def check_scope(actor: Actor, scope: str) -> None:
    """Let an actor pass who has a scope.

    Raises:
        ScopeMissing.
    """
    if scope not in actor.scopes:
        raise ScopeMissing(scope)


async def _body(connection: ASGIConnection[Any, Any, Any, Any]) -> dict[str, Any]:
    """The members of a JSON object; none of what the handler will refuse to read."""
    if not isinstance(connection, Request):
        return {}
    try:
        return msgspec.json.decode(await connection.body(), type=dict[str, Any])
    except msgspec.MsgspecError:
        return {}


def _named(
    connection: ASGIConnection[Any, Any, Any, Any], opening: Opening, body: dict[str, Any]
) -> Iterator[Named]:
    for place, value in connection.path_params.items():
        if place in IN_PATH:
            yield Named(IN_PATH[place], str(value), place)
    for name, value in connection.query_params.multi_items():
        if name in IN_QUERY:
            yield Named(IN_QUERY[name], value, name)
    for member, value in body.items():
        if member in IN_BODY and member not in opening.new and isinstance(value, str):
            yield Named(IN_BODY[member], value, member)
