"""Finds out before anything starts whether the ports we are told to use are free."""

from __future__ import annotations

import errno
import socket

from openmvno.settings import Settings, variable_name
from openmvno.supervisor.process import StartError

PORT_FIELDS = {
    "diameter_port": "Diameter",
    "engine_grpc_port": "internal gRPC",
    "http_port": "HTTP",
    "grpc_port": "gRPC",
    "radius_authentication_port": "RADIUS authentication",
    "radius_accounting_port": "RADIUS accounting",
    "diameter_tls_port": "Diameter over TLS",
}
"""All ports, by their settings."""

UDP_FIELDS = frozenset({"radius_authentication_port", "radius_accounting_port"})


def used_port_fields(settings: Settings) -> list[str]:
    """The settings of the ports that we listen on."""
    has_tls = settings.diameter_tls_certificate is not None
    return [field for field in PORT_FIELDS if has_tls or field != "diameter_tls_port"]


def listen_address(settings: Settings, field: str) -> tuple[str, int]:
    """Address and port that the setting ``field`` stands for."""
    is_internal = field == "engine_grpc_port"
    address = settings.engine_grpc_host if is_internal else settings.listen_address
    return address, int(getattr(settings, field))


def port_problem(settings: Settings, field: str) -> str | None:
    """What keeps us from listening there, in a sentence; None when nothing does."""
    address, port = listen_address(settings, field)
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    setting = variable_name(field)
    is_udp = field in UDP_FIELDS
    with socket.socket(family, socket.SOCK_DGRAM if is_udp else socket.SOCK_STREAM) as probe:
        try:
            if not is_udp:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((address, port))
            if not is_udp:
                probe.listen(1)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return (
                    f"Port {port} ({PORT_FIELDS[field]}) is in use by another program: stop that "
                    f"one, or set {setting} to a free port."
                )
            if error.errno == errno.EACCES:
                return (
                    f"Port {port} needs more rights than we have: set {setting} to one above 1023."
                )
            return f"Cannot listen on {address} port {port} ({error.strerror}): see {setting}."
    return None


def check_ports(settings: Settings) -> None:
    """Return when every port is free.

    Raises:
        StartError: some are not; names each with the setting that moves it.
    """
    seen: dict[tuple[bool, int], str] = {}
    problems: list[str] = []
    for field in used_port_fields(settings):
        port = int(getattr(settings, field))
        place = (field in UDP_FIELDS, port)
        if place in seen:
            other = variable_name(seen[place])
            problems.append(f"{other} and {variable_name(field)} are both {port}: change one.")
        elif problem := port_problem(settings, field):
            problems.append(problem)
        seen[place] = field
    if problems:
        raise StartError(" ".join(problems))
