"""A usage as the rules see it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.reference import calendars, numbering, places
from tests.reference.numbering import Document


@dataclass(frozen=True)
class Usage:
    """A quote's request with everything that does not depend on the moment found out."""

    document: Document
    service: str
    unit: str
    direction: str
    number: str
    on_net: bool
    favourite: bool
    cug: bool
    rating_group: int | None
    zone: str | None
    cell: str
    properties: dict[str, Any]
    """What the conditions of a product's table compare, by the condition's name."""
    at: int
    time_zone: str
    units: int
    after_change: int | None
    session: str

    def symbols(self) -> set[str]:
        """What the line is to the other party."""
        held = {"cug": self.cug, "favourite": self.favourite, "on_net": self.on_net}
        return {symbol for symbol, holds in held.items() if holds}


def by_code(document: Document, kind: str, code: str) -> dict[str, Any]:
    """The entry of a list of the document."""
    for entry in document.get(kind, []):
        if entry["code"] == code:
            return dict(entry)
    raise ValueError(f"there is no {code} in {kind}")


def usage_of(document: Document, request: dict[str, Any]) -> Usage:
    """Reads a request; ValueError for one that makes no sense."""
    service = by_code(document, "services", request["service"])
    location = request.get("location") or {}
    units, after = request["usage"], request.get("usage_after_change")
    if after is not None and after > units:
        raise ValueError("usage_after_change is part of usage")
    at = request.get("at")
    return Usage(
        document=document,
        service=service["code"],
        unit=service["unit"],
        direction=request.get("direction") or "originating",
        number=numbering.normalise(document, request.get("destination")),
        on_net=bool(request.get("on_net")),
        favourite=bool(request.get("favourite")),
        cug=bool(request.get("cug")),
        rating_group=request.get("rating_group"),
        zone=places.zone_of(document, location),
        cell=location.get("cell") or "",
        properties={
            "rating_groups": request.get("rating_group"),
            "apns": request.get("apn"),
            "service_identifiers": request.get("service_identifier"),
            "rat_types": request.get("rat_type"),
            "qos_classes": request.get("qos_class"),
            "slices": request.get("slice"),
            "access_networks": request.get("access_network"),
        },
        at=0 if at is None else calendars.instant(at),
        time_zone=request.get("time_zone") or document.get("time_zone", "UTC"),
        units=units,
        after_change=after,
        session=request.get("session") or "quote",
    )
