"""The kinds of targets, and what their addresses look like."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qs, urlsplit

from openmvno.provisioning.errors import TargetUrlInvalid


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of target. ``is_register``: it is told the keys of SIM cards, and can be compared
    with what we hold. ``is_signed``: what it is sent is signed, so it needs a secret.
    ``events``: the beginnings of the names of events it hears of where nothing else is said; empty:
    of all."""

    schemes: tuple[str, ...]
    example: str
    is_register: bool
    is_signed: bool
    events: tuple[str, ...] = ()


WEBHOOK: Final = "webhook"
OSMO_HLR: Final = "osmo_hlr"
PYHSS: Final = "pyhss"
HTTP: Final = "http"
CLEARING_HOUSE: Final = "clearing_house"
ES2PLUS: Final = "es2plus"

KINDS: Final = {
    WEBHOOK: Kind(("http", "https"), "https://crm.example.net/events", False, True),
    HTTP: Kind(("http", "https"), "https://carrier.example.net/api", False, False, ("line.",)),
    PYHSS: Kind(
        ("http", "https"),
        "http://127.0.0.1:8080?apn=1&dl=100&ul=50",
        True,
        False,
        ("line.", "register."),
    ),
    CLEARING_HOUSE: Kind(
        ("http", "https"), "https://clearing.example.net/ports", False, True, ("port.",)
    ),
    # Asked when a profile is ordered; events have no such beginning.
    ES2PLUS: Kind(("http", "https"), "https://smdp.example.net", False, False, ("es2plus.",)),
    OSMO_HLR: Kind(
        ("osmo-hlr",),
        "osmo-hlr://127.0.0.1:4259?vty=4258",
        True,
        False,
        ("line.", "register."),
    ),
}


def check_address(kind: str, url: str) -> None:
    """Let the address of a target pass.

    Raises:
        TargetUrlInvalid: it is not one of this kind.
    """
    terms = KINDS[kind]
    try:
        parts = urlsplit(url)
        good = parts.scheme in terms.schemes and bool(parts.hostname) and parts.port != 0
        if kind == OSMO_HLR:
            vty_port(url)
        if kind == PYHSS:
            good = good and all(int(value) > 0 for value in _numbers(parts.query))
    except ValueError:
        good = False
    if not good:
        raise TargetUrlInvalid(
            f"A target of kind {kind} needs an address such as {terms.example}.", field="url"
        )


def _numbers(query: str) -> list[str]:
    given = parse_qs(query)
    return [value for name in ("apn", "dl", "ul") for value in given.get(name, [])]


def vty_port(url: str) -> int:
    """The port of the VTY in the address of an OsmoHLR.

    Raises:
        ValueError: it is not a port.
    """
    given = parse_qs(urlsplit(url).query, strict_parsing=False).get("vty", ["4258"])
    port = int(given[0])
    if not 0 < port < 65536:
        raise ValueError(given[0])
    return port
