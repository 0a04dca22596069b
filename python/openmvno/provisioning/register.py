"""What a register of the network (HLR, HSS, AuC) holds of a subscriber, and what it should."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from openmvno.sims import Keys

IN_SERVICE = frozenset({"active"})
"""Statuses of a line that the network serves; in all others but closed the register knows the
subscriber and lets nothing through."""


class UnreachableError(Exception):
    """The other system does not answer at all: worth trying for long."""


class RefusedError(Exception):
    """The other system answered, but did not do it. ``is_final``: and never will."""

    def __init__(self, reason: str, *, is_final: bool = False) -> None:
        super().__init__(reason)
        self.is_final = is_final


@dataclass(frozen=True, slots=True)
class Entry:
    """A subscriber in a register. ``keys``: None where we, or it, know none."""

    imsi: str
    msisdn: str | None
    circuit_switched: bool
    packet_switched: bool
    keys: Keys | None = field(default=None, repr=False)


class Register(Protocol):
    """Brings a register to a state; asked twice it does nothing twice.

    ``shows_keys``: whether it can be seen if it holds the right keys. ``shares_numbers``: whether
    several IMSIs may have the same MSISDN. Every method raises
    :class:`UnreachableError` or :class:`RefusedError`.
    """

    shows_keys: bool
    shares_numbers: bool

    async def find(self, imsi: str) -> Entry | None:
        """What it holds of a subscriber."""

    async def put(self, entry: Entry) -> None:
        """Make it hold this; without keys, those it has stay."""

    async def remove(self, imsi: str) -> None:
        """Make it not know the subscriber."""

    async def subscribers(self) -> frozenset[str]:
        """The IMSIs of all it holds."""

    async def close(self) -> None:
        """Give the connection up."""


def served_imsis(
    payload: Mapping[str, Any], prefixes: Sequence[str], previous: str = ""
) -> list[str]:
    """The IMSIs of the line an event tells of, in order, as far as they begin with one of
    ``prefixes`` (all where there are none); with ``previous_``, those of the card before."""
    first = payload.get(f"{previous}imsi")
    every = [] if first is None else [first, *payload.get(f"{previous}further_imsis", ())]
    return [imsi for imsi in every if not prefixes or imsi.startswith(tuple(prefixes))]


def wanted_entries(
    payload: Mapping[str, Any],
    imsis: Sequence[str],
    keys: Mapping[str, Keys],
    *,
    shares_numbers: bool,
) -> list[Entry]:
    """What a register should hold of the IMSIs it serves of the line an event tells of; where it
    gives a number to one subscriber only, that is the first of them."""
    if payload["status"] == "closed":
        return []
    served = payload["status"] in IN_SERVICE
    return [
        Entry(
            imsi,
            payload["msisdn"] if place == 0 or shares_numbers else None,
            served,
            served,
            keys.get(imsi),
        )
        for place, imsi in enumerate(imsis)
    ]
