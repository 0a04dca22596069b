"""Sessions of telnet (RFC 854), by telnetlib3."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

import telnetlib3

from openmvno.provisioning.adapters.dialogue import Stream
from openmvno.provisioning.register import UnreachableError

PORT: Final = 23
CONNECT_SECONDS: Final = 3.0
NEGOTIATION_SECONDS: Final = 1.0
"""How long options are negotiated with one who does not finish."""


async def open_telnet(url: str) -> Stream:
    """Connect; a terminal so wide that no line is broken.

    Raises:
        UnreachableError.
    """
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or PORT
    try:
        reader, writer = await telnetlib3.open_connection(
            host,
            port,
            # Without a word about this machine or its user.
            client_factory=telnetlib3.TelnetClient,
            send_environ=(),
            encoding="utf-8",
            force_binary=True,
            term="dumb",
            cols=1000,
            rows=1000,
            compression=False,
            connect_maxwait=NEGOTIATION_SECONDS,
            connect_timeout=CONNECT_SECONDS,
        )
    except (OSError, TimeoutError) as error:
        raise UnreachableError(f"{host}:{port}: {str(error) or 'no connection in time'}") from error
    assert isinstance(reader, telnetlib3.TelnetReaderUnicode), "an encoding was named"
    assert isinstance(writer, telnetlib3.TelnetWriterUnicode)
    return Stream(reader.read, writer.write, writer.close)
