"""Where the user is: zones by network, cell groups by cell."""

from __future__ import annotations

from typing import Any

from tests.reference.numbering import Document, longest

UNKNOWN = "unknown"


def zone_of(document: Document, location: dict[str, Any]) -> str | None:
    """The user's zone, None for no zone, `UNKNOWN` for a network to be rejected.

    The PLMN decides, else the PLMN in the cell, else the MSC; nothing known of the place: no zone.
    """
    cell = location.get("cell") or ""
    plmn = location.get("plmn") or cell.split("-")[0]
    msc = location.get("msc") or ""
    if plmn:
        return _zone_of_plmn(document, plmn)
    if msc:
        return _zone_of_msc(document, msc)
    return None


def _zone_of_plmn(document: Document, plmn: str) -> str | None:
    zones = document.get("zones", [])
    for zone in zones:
        if plmn in zone.get("plmns", []):
            return str(zone["code"])
    for zone in zones:  # the country alone
        if plmn[:3] in zone.get("plmns", []):
            return str(zone["code"])
    return _unknown(document)


def _zone_of_msc(document: Document, msc: str) -> str | None:
    digits = "".join(letter for letter in msc if letter in "0123456789")
    owners: dict[str, str] = {}
    for zone in document.get("zones", []):
        for prefix in zone.get("msc_prefixes", []):
            owners[prefix] = zone["code"]
    best = longest(list(owners), digits)
    return _unknown(document) if best is None else owners[best]


def _unknown(document: Document) -> str | None:
    policy = document.get("unknown_zone")
    return UNKNOWN if policy == "reject" else policy


def in_cell_groups(document: Document, codes: list[str], cell: str) -> bool:
    """Whether the cell (PLMN-LAC-cell) is in one of the groups."""
    for group in document.get("cell_groups", []):
        if group["code"] in codes:
            for entry in group["cells"]:
                if cell == entry or cell.startswith(entry + "-"):
                    return True
    return False
