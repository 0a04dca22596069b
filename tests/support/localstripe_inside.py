"""Runs inside a network namespace of its own: localstripe, and doors for it that are Unix sockets.

localstripe listens on every address, so it gets a namespace where nobody else is. Unix sockets lead
in (``api.sock``) and out (``webhooks.sock``, for its messages to port 9000).

    python localstripe_inside.py FOLDER
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

PORT = 8420
MESSAGES_PORT = 9000


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except (ConnectionError, asyncio.CancelledError):
        pass  # the end of the test
    finally:
        writer.close()


async def join(
    one: tuple[asyncio.StreamReader, asyncio.StreamWriter],
    other: tuple[asyncio.StreamReader, asyncio.StreamWriter],
) -> None:
    """Pass on what either side says to the other, until both are silent."""
    await asyncio.gather(_pump(one[0], other[1]), _pump(other[0], one[1]))


async def main(folder: Path) -> None:
    """Serve until killed."""
    stripe = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "localstripe", "--port", str(PORT), "--from-scratch", cwd=folder
    )
    while True:
        try:
            _, probe = await asyncio.open_connection("127.0.0.1", PORT)
            probe.close()
            break
        except OSError:
            await asyncio.sleep(0.05)

    async def inwards(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await join((reader, writer), await asyncio.open_connection("127.0.0.1", PORT))

    async def outwards(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        door = await asyncio.open_unix_connection(str(folder / "webhooks.sock"))
        await join((reader, writer), door)

    await asyncio.start_server(outwards, "127.0.0.1", MESSAGES_PORT)
    await asyncio.start_unix_server(inwards, str(folder / "api.sock"))
    await stripe.wait()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
