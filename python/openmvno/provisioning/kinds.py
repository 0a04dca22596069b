"""The kinds of targets, and what their addresses look like."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qs, urlsplit

from openmvno.provisioning.errors import TargetUrlInvalid


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of target. ``is_register``: it is told the keys of SIM cards, and can be compared
    with what we hold. ``needs_secret``: what it is sent is signed, or it lets nobody in without.
    ``logs_in``: the secret is a password or a private key, made by the other side.
    ``events``: the beginnings of the names of events it hears of where nothing else is said; empty:
    of all."""

    schemes: tuple[str, ...]
    example: str
    is_register: bool
    needs_secret: bool
    events: tuple[str, ...] = ()
    logs_in: bool = False


WEBHOOK: Final = "webhook"
OSMO_HLR: Final = "osmo_hlr"
PYHSS: Final = "pyhss"
HTTP: Final = "http"
SSH: Final = "ssh"
TELNET: Final = "telnet"
CLEARING_HOUSE: Final = "clearing_house"
ES2PLUS: Final = "es2plus"

KINDS: Final = {
    WEBHOOK: Kind(("http", "https"), "https://crm.example.net/events", False, True),
    HTTP: Kind(("http", "https"), "https://carrier.example.net/api", False, False, ("line.",)),
    SSH: Kind(("ssh",), "ssh://user@hlr.example.net:22", False, True, ("line.",), logs_in=True),
    TELNET: Kind(("telnet",), "telnet://127.0.0.1:4258", False, False, ("line.",), logs_in=True),
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

COMMAND_LINES: Final = (SSH, TELNET)
"""Kinds told by commands, in the words of a template."""


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
        if kind in COMMAND_LINES:
            # What is in an address is shown: a password does not belong there.
            good = good and parts.password is None and not (parts.path.strip("/") or parts.query)
            good = good and (kind == TELNET or bool(parts.username))
        if kind == PYHSS:
            good = good and all(int(value) > 0 for value in _numbers(parts.query))
    except ValueError:
        good = False
    if not good:
        raise TargetUrlInvalid(
            f"A target of kind {kind} cannot be reached at this address.",
            field="url",
            accepted=f"an address such as {terms.example}",
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
