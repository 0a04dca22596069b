"""Diameter over TLS, whose certificates change without a restart: a renewed one is for whoever
connects next, connections that are there go on under the one they began with.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from collections.abc import Callable
from pathlib import Path

from openmvno.charging.ownership import EngineStartError
from openmvno.settings import Settings, variable_name

log = logging.getLogger(__name__)

BACKLOG = 128
HANDSHAKE_SECONDS = 5.0
LOOK_SECONDS = 2.0

TLS_FILES = ("diameter_tls_certificate", "diameter_tls_key", "diameter_tls_client_ca")

Protocols = Callable[[], asyncio.Protocol]
FileState = tuple[tuple[int, int, int], ...]


class TlsListener:
    """A listening socket that stays, and the server on it that knows the certificates of now."""

    def __init__(self, settings: Settings, protocols: Protocols) -> None:
        self._settings = settings
        self._protocols = protocols
        self._socket: socket.socket | None = None
        self._server: asyncio.Server | None = None
        self._watch: asyncio.Task[None] | None = None
        self._seen: FileState = ()
        self._complaint = ""

    async def open(self, context: ssl.SSLContext) -> None:
        """Listen, and watch the files.

        Raises:
            OSError: the port cannot be listened on.
        """
        self._seen = self._state()
        address, port = self._settings.listen_address, self._settings.diameter_tls_port
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self._socket = socket.create_server((address, port), family=family, backlog=BACKLOG)
        self._socket.setblocking(False)
        await self._serve(context)
        self._watch = asyncio.get_running_loop().create_task(self._follow())

    def close(self) -> None:
        """Accept no more."""
        if self._watch is not None:
            self._watch.cancel()
        if self._server is not None:
            self._server.close()
        if self._socket is not None:
            self._socket.close()

    async def _serve(self, context: ssl.SSLContext) -> None:
        """Another server takes over; who knocks meanwhile waits in the socket's own queue."""
        if self._socket is None:
            return
        before = self._server
        self._server = await asyncio.get_running_loop().create_server(
            self._protocols,
            sock=self._socket.dup(),
            backlog=BACKLOG,
            ssl=context,
            ssl_handshake_timeout=HANDSHAKE_SECONDS,
        )
        if before is not None:
            before.close()

    async def _follow(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            state = self._state()
            if state != self._seen and await self._renewed():
                self._seen = state

    async def _renewed(self) -> bool:
        """Whether what the files hold now is in force; certificate and key may change one after
        the other, so what does not fit together yet is looked at again."""
        try:
            context = tls_context(self._settings)
            if context is not None:
                await self._serve(context)
        except (EngineStartError, OSError) as error:
            if str(error) != self._complaint:
                self._complaint = str(error)
                log.error("the certificates in force stay: %s", error)  # noqa: TRY400
            return False
        self._complaint = ""
        log.info("the TLS certificates have changed")
        return True

    def _state(self) -> FileState:
        return tuple(_file_state(getattr(self._settings, field)) for field in TLS_FILES)


def _file_state(path: Path | None) -> tuple[int, int, int]:
    try:
        found = None if path is None else path.stat()
    except OSError:  # on its way: loading says what is wrong
        found = None
    return (0, 0, 0) if found is None else (found.st_ino, found.st_mtime_ns, found.st_size)


def tls_context(settings: Settings) -> ssl.SSLContext | None:
    """How TLS is spoken: both sides show a certificate (RFC 6733 section 13.1); None without TLS.

    Raises:
        EngineStartError: the message names the setting.
    """
    files = [getattr(settings, field) for field in TLS_FILES]
    if files == [None, None, None]:
        return None
    missing = [
        variable_name(field) for field, file in zip(TLS_FILES, files, strict=True) if file is None
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
        names = ", ".join(variable_name(field) for field in TLS_FILES)
        raise EngineStartError(f"Diameter over TLS cannot use {names}: {error}") from error
    return context
