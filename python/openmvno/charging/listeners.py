"""Where the Diameter door listens: TCP, SCTP, TLS on a port of its own (RFC 6733 section 2.1)."""

from __future__ import annotations

import asyncio
import logging
import ssl
from typing import Protocol

from openmvno.charging.door import Door
from openmvno.charging.ownership import EngineStartError
from openmvno.charging.sctp import SctpUnavailableError, StreamServer, sctp_listener
from openmvno.settings import Settings, variable_name

log = logging.getLogger(__name__)

BACKLOG = 128
HANDSHAKE_SECONDS = 5.0

_TLS_FILES = ("diameter_tls_certificate", "diameter_tls_key", "diameter_tls_client_ca")


class Listener(Protocol):
    """What is open to peers."""

    def close(self) -> None:
        """Accept no more."""
        ...


async def listen(settings: Settings, door: Door) -> list[Listener]:
    """Open the door on every transport that is configured.

    Raises:
        EngineStartError: a certificate cannot be used, or not all of TLS is configured.
        OSError: a port cannot be listened on.
    """
    context = tls_context(settings)
    loop = asyncio.get_running_loop()
    address = settings.listen_address
    servers: list[Listener] = [
        await loop.create_server(door.protocol, address, settings.diameter_port, backlog=BACKLOG)
    ]
    log.info("listening: Diameter %s:%d", address, settings.diameter_port)
    if settings.diameter_sctp:
        try:
            listener = sctp_listener(address, settings.diameter_port)
        except SctpUnavailableError as error:
            log.warning("Diameter over SCTP is not served: %s", error)
        else:
            servers.append(StreamServer(listener, door.protocol))
            log.info("listening: Diameter over SCTP %s:%d", address, settings.diameter_port)
    if context is not None:
        servers.append(
            await loop.create_server(
                door.protocol,
                address,
                settings.diameter_tls_port,
                backlog=BACKLOG,
                ssl=context,
                ssl_handshake_timeout=HANDSHAKE_SECONDS,
            )
        )
        log.info("listening: Diameter over TLS %s:%d", address, settings.diameter_tls_port)
    return servers


def tls_context(settings: Settings) -> ssl.SSLContext | None:
    """How TLS is spoken: both sides show a certificate (RFC 6733 section 13.1); None without TLS.

    Raises:
        EngineStartError: the message names the setting.
    """
    files = [getattr(settings, field) for field in _TLS_FILES]
    if files == [None, None, None]:
        return None
    missing = [
        variable_name(field) for field, file in zip(_TLS_FILES, files, strict=True) if file is None
    ]
    if missing:
        raise EngineStartError(f"Diameter over TLS needs {' and '.join(missing)}, too.")
    certificate, key, client_ca = files
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.verify_mode = ssl.CERT_REQUIRED
    try:
        context.load_cert_chain(certificate, key)
        context.load_verify_locations(client_ca)
    except (OSError, ssl.SSLError) as error:
        names = ", ".join(variable_name(field) for field in _TLS_FILES)
        raise EngineStartError(f"Diameter over TLS cannot use {names}: {error}") from error
    return context
