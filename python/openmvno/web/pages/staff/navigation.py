"""Where staff can go, and the scope that each place needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from openmvno.web.pages.session import Session
from openmvno.web.pages.words import N_


@dataclass(frozen=True, slots=True)
class Place:
    """A page of the menu. ``icon``: its name in ``icons.svg``."""

    path: str
    name: str
    icon: str
    scope: str
    also: tuple[str, ...] = ()
    """Addresses of pages that belong here, too."""

    def holds(self, path: str) -> bool:
        """Whether a page belongs here."""
        if self.path in (path, "/staff"):
            return path == self.path
        return any(path.startswith(f"{each}/") for each in (self.path, *self.also))


MENU: Final[tuple[tuple[str, tuple[Place, ...]], ...]] = (
    ("", (Place("/staff", N_("Dashboard"), "gauge", "usage:read"),)),
    (
        N_("Customers"),
        (
            Place(
                "/staff/customers",
                N_("Customers"),
                "people",
                "customers:read",
                ("/staff/lines", "/staff/accounts"),
            ),
            Place("/staff/sign-up", N_("Sign up"), "plus", "customers:write"),
            Place("/staff/payments", N_("Payments"), "coins", "payments:read"),
            Place("/staff/vouchers", N_("Vouchers"), "ticket", "vouchers:read"),
        ),
    ),
    (
        N_("Catalogue"),
        (
            Place("/staff/catalogue", N_("Catalogue"), "book", "catalog:read"),
            Place("/staff/quote", N_("Quote"), "calculator", "catalog:read"),
        ),
    ),
    (
        N_("Stock"),
        (
            Place("/staff/sims", N_("SIM cards"), "sim", "inventory:read"),
            Place("/staff/numbers", N_("Numbers"), "hash", "inventory:read"),
            Place("/staff/ports", N_("Porting"), "arrows", "porting:read"),
        ),
    ),
    (
        N_("Operation"),
        (
            Place("/staff/provisioning", N_("Provisioning"), "queue", "provisioning:read"),
            Place("/staff/jobs", N_("Bulk jobs"), "layers", "jobs:read"),
            Place("/staff/branding", N_("Branding"), "brush", "branding:write"),
            Place("/staff/system", N_("System health"), "pulse", "peers:read"),
        ),
    ),
    (
        N_("Access"),
        (
            Place("/staff/users", N_("Users"), "key", "access:read"),
            Place("/staff/tokens", N_("API tokens"), "code", "access:read"),
            Place("/staff/audit", N_("Audit"), "eye", "audit:read"),
        ),
    ),
)
"""Groups of places; the first has no name of its own."""


def menu_of(session: Session) -> list[tuple[str, list[Place]]]:
    """The places a session may see."""
    groups = [
        (name, [place for place in places if session.may(place.scope)]) for name, places in MENU
    ]
    return [(name, places) for name, places in groups if places]
