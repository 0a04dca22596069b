"""Scopes: what a token may do."""

from __future__ import annotations

from typing import Any, Final

from litestar.connection import ASGIConnection
from litestar.handlers.base import BaseRouteHandler

from openmvno.rest import reach
from openmvno.rest.errors import ScopeMissing

SCOPES: Final = {
    "branding:write": "Set how the self-care pages of the tenant look",
    "catalog:read": "Read catalogue versions and products",
    "catalog:write": "Create, publish and retire catalogue versions",
    "customers:read": "Read customers, accounts and lines",
    "customers:write": "Sign up and change customers and lines",
    "inventory:read": "Read numbers and SIM cards",
    "inventory:write": "Add numbers, import SIM cards",
    "sims:codes": "Read PIN and PUK of SIM cards, each time audited",
    "charging:write": "Charge for value-added services over gRPC",
    "balance:read": "Read live balances",
    "payments:read": "Read top-ups, payments and saved payment methods",
    "payments:write": "Top accounts up, take payments, save payment methods",
    "payments:refund": "Give payments back, book chargebacks, allocate what came without a name",
    "payments:configure": "Set payment providers and the terms of transfers",
    "vouchers:read": "Read voucher batches, vouchers and redemptions",
    "vouchers:write": "Make, activate and block vouchers",
    "vouchers:redeem": "Redeem vouchers by their PIN",
    "usage:read": "Read CDRs and usage files",
    "usage:write": "Send usage files",
    "network:read": "Read the RADIUS clients of the installation",
    "network:write": "Set and remove RADIUS clients of the installation",
    "provisioning:read": "Read provisioning targets and deliveries",
    "provisioning:write": "Set provisioning targets, replay dead letters",
    "access:read": "Read users, roles, API tokens and OAuth clients",
    "access:write": "Change users, roles, API tokens and OAuth clients",
    "own:read": "Read what is the user's own; every session has it",
    "own:write": "Change one's own password and second factor; every session has it",
    "jobs:read": "Read jobs and what they rejected",
    "reach:read": "Read within one's reach: lines, balances, usage, payments; not for tokens",
    "reach:write": "Change within one's reach: add-ons, favourites, one's own block of a SIM card",
    "reach:pay": "Top up, redeem and transfer within one's reach",
    "reach:sell": "Sign up and change customers below one's own",
    "porting:read": "Read ports of numbers",
    "porting:write": "Ask for numbers of other operators",
    "porting:exchange": "Speak for the clearing house",
    "registers:write": "Set registers of the network, which are told the keys of SIM cards",
    "audit:read": "Read the audit log",
    "trace:read": "Follow what the network asks about a subscriber, live",
    "peers:read": "Read Diameter peers, connections and condition of the whole installation",
    "peers:write": "Set Diameter peers, of the whole installation",
}
"""Every scope and what it allows."""

INSTALLATION_SCOPES: Final = ("network:read", "network:write", "peers:read", "peers:write")
"""Those that reach beyond a tenant: a token gets them by name, never as part of all."""

OWN_SCOPES: Final = ("own:read", "own:write")
"""Those of a session, by being one."""

REACH_SCOPES: Final = {
    "reach:read": "customers:read",
    "reach:write": "customers:write",
    "reach:pay": "payments:write",
    "reach:sell": "customers:write",
}
"""Those of users outside the staff: what they allow ends at the user's subject. Whoever has the
scope beside one may give it."""

SENSITIVE_SCOPES: Final = ("registers:write", "sims:codes")
"""Those that let a tenant's secrets out: by name, too."""

TENANT_SCOPES: Final = tuple(
    scope
    for scope in SCOPES
    if scope not in INSTALLATION_SCOPES + SENSITIVE_SCOPES + OWN_SCOPES + tuple(REACH_SCOPES)
)


class requires:  # noqa: N801 -- reads as a phrase in a route: guards=[requires("usage:read")]
    """A Litestar guard that lets tokens and staff with ``scope`` pass, and others where
    :mod:`openmvno.rest.reach` does: ``scope`` is worth nothing to them."""

    def __init__(self, scope: str) -> None:
        if scope not in SCOPES:
            raise ValueError(f"{scope} is not a scope")
        self.scope = scope

    async def __call__(
        self, connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler
    ) -> None:
        if connection.user.is_outside and self.scope not in OWN_SCOPES:
            await reach.check(connection, handler, connection.user)
        elif self.scope not in connection.user.scopes:
            raise ScopeMissing(self.scope)
