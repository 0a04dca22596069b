"""OsmoHLR: subscribers by its control interface, their list by its VTY."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar
from urllib.parse import urlsplit

from openmvno.provisioning.adapters.osmocom import Control, vty_lines
from openmvno.provisioning.kinds import vty_port
from openmvno.provisioning.register import Entry, RefusedError, UnreachableError
from openmvno.sims import MILENAGE, Keys

T = TypeVar("T")

CONTROL_PORT: Final = 4259
IND_BITS: Final = 5
"""Bits of the index in a sequence number (3GPP TS 33.102 annex C.1.1.1), OsmoHLR's own default."""

UNKNOWN: Final = "No such subscriber"
"""How OsmoHLR says that it does not know one."""

_LIST_END = re.compile(rb"Subscribers Shown: \d+|No matching subscriber")
_LISTED = re.compile(r"\s*\d+\s+\S+\s+(?P<imsi>\d{6,15})\s")


class OsmoHlr:
    """An OsmoHLR by its address ``osmo-hlr://host:port?vty=port``."""

    shows_keys = True
    shares_numbers = False

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._host = parts.hostname or ""
        self._port = parts.port or CONTROL_PORT
        self._vty_port = vty_port(url)
        self._control: Control | None = None
        self._one_at_a_time = asyncio.Lock()

    async def find(self, imsi: str) -> Entry | None:
        """What it holds of a subscriber."""
        async with self._one_at_a_time:
            return await self._find(imsi)

    async def put(self, entry: Entry) -> None:
        """Make it hold this, telling it only what differs."""
        async with self._one_at_a_time:
            present = await self._find(entry.imsi)
            if present is None:
                await self._set("subscriber.create", entry.imsi)
                present = Entry(entry.imsi, None, True, True)
            name = f"subscriber.by-imsi-{entry.imsi}"
            # Service first: a new subscriber has it, and could use it once there are keys.
            if entry.circuit_switched != present.circuit_switched:
                await self._set(f"{name}.cs-enabled", str(int(entry.circuit_switched)))
            if entry.packet_switched != present.packet_switched:
                await self._set(f"{name}.ps-enabled", str(int(entry.packet_switched)))
            if entry.keys is not None and entry.keys != present.keys:
                await self._set(*_authentication(name, entry.keys))
            if entry.msisdn != present.msisdn:
                await self._set(f"{name}.msisdn", entry.msisdn or "none")

    async def remove(self, imsi: str) -> None:
        """Make it not know the subscriber."""
        async with self._one_at_a_time:
            if await self._find(imsi) is not None:
                await self._set("subscriber.delete", imsi)

    async def subscribers(self) -> frozenset[str]:
        """The IMSIs of all it holds: the control interface has no list."""
        lines = await vty_lines(self._host, self._vty_port, "show subscribers all", _LIST_END)
        return frozenset(found["imsi"] for line in lines if (found := _LISTED.match(line)))

    async def close(self) -> None:
        """Give the connection up."""
        self._drop()

    async def _find(self, imsi: str) -> Entry | None:
        try:
            text = await self._get(f"subscriber.by-imsi-{imsi}.info-all")
        except RefusedError as error:
            if UNKNOWN in str(error):
                return None
            raise
        values = dict(line.split("\t", 1) for line in text.splitlines() if "\t" in line)
        return Entry(
            imsi,
            values.get("msisdn"),
            values.get("nam_cs") == "1",
            values.get("nam_ps") == "1",
            _keys(values),
        )

    async def _get(self, name: str) -> str:
        is_kept = self._control is not None
        try:
            return await self._asked(lambda control: control.get(name))
        except UnreachableError:
            if not is_kept:
                raise
            # It may have been restarted since the last request: worth one new connection.
            return await self._asked(lambda control: control.get(name))

    async def _set(self, name: str, value: str) -> None:
        # Always after a _get, so the connection is one that has just answered.
        await self._asked(lambda control: control.set(name, value))

    async def _asked(self, ask: Callable[[Control], Awaitable[T]]) -> T:
        if self._control is None:
            self._control = await Control.open(self._host, self._port)
        try:
            return await ask(self._control)
        except RefusedError:
            raise
        except BaseException:
            self._drop()  # an answer may still be under way
            raise

    def _drop(self) -> None:
        if self._control is not None:
            self._control.close()
            self._control = None


def _authentication(name: str, keys: Keys) -> tuple[str, str]:
    """The variable that holds a card's keys, and its value."""
    if keys.algorithm == MILENAGE:
        return f"{name}.aud3g", f"milenage,{keys.ki},opc,{keys.opc},{IND_BITS}"
    return f"{name}.aud2g", f"{keys.algorithm},{keys.ki}"


def _keys(values: dict[str, str]) -> Keys | None:
    if "aud3g.k" in values:
        return Keys(values["aud3g.algo"].lower(), values["aud3g.k"], values.get("aud3g.opc"))
    if "aud2g.ki" in values:
        return Keys(values["aud2g.algo"].lower(), values["aud2g.ki"])
    return None
