"""Where a subscriber can go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from openmvno.web.pages.words import N_


@dataclass(frozen=True, slots=True)
class Spot:
    """A place of the bar at the foot. ``icon``: its name in ``icons.svg``; ``also``: pages that
    are reached through it."""

    path: str
    name: str
    icon: str
    also: tuple[str, ...] = ()

    def holds(self, path: str) -> bool:
        """Whether a page belongs here."""
        return (
            path == self.path
            or path.startswith(tuple(f"{each}/" for each in self.also))
            or (path in self.also)
        )


_SPOTS: Final = (
    ("", N_("Home"), "home", ()),
    ("/usage", N_("Usage"), "list", ("/usage",)),
    ("/top-up", N_("Top up"), "coins", ("/top-up", "/cards", "/history")),
    ("/add-ons", N_("Add-ons"), "gift", ("/add-ons", "/wallets")),
    ("/more", N_("More"), "person", ("/more", "/sim", "/transfers", "/own")),
)


def places_of(base: str) -> tuple[Spot, ...]:
    """The bar at the foot of the pages that begin with ``base``."""
    return tuple(
        Spot(f"{base}{path}", name, icon, tuple(f"{base}{each}" for each in also))
        for path, name, icon, also in _SPOTS
    )
