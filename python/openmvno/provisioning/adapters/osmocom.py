"""The two interfaces of Osmocom programs: control (for machines) and VTY (for people).

Control: GET and SET of variables by name, framed by the IPA multiplex protocol. VTY: lines of text
over telnet.
"""

from __future__ import annotations

import asyncio
import re
import struct
from typing import Final, Self

from openmvno.provisioning.register import RefusedError, UnreachableError

CONNECT_SECONDS: Final = 3.0
REPLY_SECONDS: Final = 5.0
LIST_SECONDS: Final = 120.0

# IPA multiplex: length of what follows the stream identifier, stream identifier (0xee: Osmocom
# extensions), then the extension (0x00: control).
_HEADER: Final = struct.Struct("!HB")
_OSMOCOM: Final = 0xEE
_CONTROL: Final = b"\x00"

# Telnet (RFC 854): IAC and the option commands WILL, WONT, DO, DONT, each with an option.
_IAC: Final = 0xFF
_OPTION_COMMANDS: Final = range(0xFB, 0xFF)


async def connect(host: str, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Open a connection.

    Raises:
        UnreachableError.
    """
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            return await asyncio.open_connection(host, port, limit=1 << 20)
    except (OSError, TimeoutError) as error:
        raise UnreachableError(f"{host}:{port}: {str(error) or 'no connection in time'}") from error


class Control:
    """A connection to the control interface; one request at a time."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._last_id = 0

    @classmethod
    async def open(cls, host: str, port: int) -> Self:
        """Connect.

        Raises:
            UnreachableError.
        """
        return cls(*await connect(host, port))

    async def get(self, name: str) -> str:
        """The value of a variable.

        Raises:
            RefusedError: with the program's own words; UnreachableError: the connection is lost.
        """
        return await self._ask("GET", name)

    async def set(self, name: str, value: str) -> None:
        """Set a variable; raises as :meth:`get` does, never with the value in the message."""
        await self._ask("SET", name, value)

    def close(self) -> None:
        """Close the connection."""
        self._writer.close()

    async def _ask(self, verb: str, name: str, *values: str) -> str:
        self._last_id += 1
        number = str(self._last_id)
        text = _CONTROL + " ".join((verb, number, name, *values)).encode()
        try:
            async with asyncio.timeout(REPLY_SECONDS):
                self._writer.write(_HEADER.pack(len(text), _OSMOCOM) + text)
                return self._outcome(verb, name, await self._reply(number))
        except (OSError, EOFError, TimeoutError) as error:
            reason = str(error) or "no answer in time"
            raise UnreachableError(f"{verb} {name}: {reason}") from error

    async def _reply(self, number: str) -> list[str]:
        """The words of the answer to a request; what it says of its own accord is passed over."""
        while True:
            size, stream = _HEADER.unpack(await self._reader.readexactly(_HEADER.size))
            body = await self._reader.readexactly(size)
            if stream != _OSMOCOM or body[:1] != _CONTROL:
                continue
            words = body[1:].decode(errors="replace").split(" ", 3)
            if len(words) > 1 and words[1] == number:
                return words

    @staticmethod
    def _outcome(verb: str, name: str, words: list[str]) -> str:
        if words[0] == f"{verb}_REPLY":
            return words[3] if len(words) > 3 else ""
        raise RefusedError(f"{verb} {name}: {' '.join(words[2:])}")


async def vty_lines(host: str, port: int, command: str, last: re.Pattern[bytes]) -> list[str]:
    """The lines a VTY prints for a command of view mode, up to one that ``last`` is found in: a
    prompt is also what it echoes before each command.

    Raises:
        UnreachableError.
    """
    reader, writer = await connect(host, port)
    try:
        async with asyncio.timeout(LIST_SECONDS):
            writer.write(f"terminal length 0\r\n{command}\r\n".encode())
            lines = [await _line(reader)]
            while last.search(lines[-1]) is None:
                lines.append(await _line(reader))
    except (OSError, EOFError, TimeoutError) as error:
        raise UnreachableError(f"{host}:{port}: {str(error) or 'no answer in time'}") from error
    finally:
        writer.close()
    return [_without_options(line).decode(errors="replace") for line in lines]


async def _line(reader: asyncio.StreamReader) -> bytes:
    return await reader.readuntil(b"\n")


def _without_options(said: bytes) -> bytes:
    """What is text in a telnet stream."""
    text = bytearray()
    place = 0
    while place < len(said):
        if said[place] != _IAC:
            text.append(said[place])
            place += 1
        elif place + 1 < len(said) and said[place + 1] in _OPTION_COMMANDS:
            place += 3
        else:
            place += 2
    return bytes(text)
