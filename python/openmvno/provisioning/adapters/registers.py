"""The connections to registers, kept from one delivery to the next."""

from __future__ import annotations

import httpx

from openmvno.provisioning.adapters.osmo_hlr import OsmoHlr
from openmvno.provisioning.adapters.pyhss import PyHss
from openmvno.provisioning.kinds import PYHSS
from openmvno.provisioning.register import Register


class Registers:
    """One connection to each register, whoever of the tenants uses it."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client
        self._known: dict[str, Register] = {}

    def at(self, kind: str, url: str, secret: str | None) -> Register:
        """The register at an address."""
        if kind == PYHSS:
            return PyHss(self._client, url, secret)
        if url not in self._known:
            self._known[url] = OsmoHlr(url)
        return self._known[url]

    async def close(self) -> None:
        """Give all connections up."""
        for register in self._known.values():
            await register.close()
        self._known.clear()
