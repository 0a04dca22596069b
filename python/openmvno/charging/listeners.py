"""Where the Diameter door listens: TCP, SCTP, TLS on a port of its own (RFC 6733 section 2.1)."""

from __future__ import annotations

import asyncio
import logging
from typing import Protocol

from openmvno.charging.door import Door
from openmvno.charging.sctp import SctpUnavailableError, StreamServer, sctp_listener
from openmvno.charging.tls_listener import BACKLOG, TlsListener, tls_context
from openmvno.settings import Settings

log = logging.getLogger(__name__)


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
        secured = TlsListener(settings, door.protocol)
        await secured.open(context)
        servers.append(secured)
        log.info("listening: Diameter over TLS %s:%d", address, settings.diameter_tls_port)
    return servers
