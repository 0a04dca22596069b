"""Full: an OsmoHLR of our own, the one given or one started for the story."""

from __future__ import annotations

import asyncio
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any, Final

from openmvno.provisioning.adapters.osmo_hlr import OsmoHlr
from openmvno.provisioning.configurations import configuration
from openmvno.provisioning.register import Entry
from openmvno.sims import MILENAGE, Keys
from openmvno.story.networks import WAIT_SECONDS, Card
from openmvno.story.report import Step

PROGRAM: Final = "osmo-hlr"
CONTROL_PORT: Final = 4259
VTY_PORT: Final = 4258
START_SECONDS: Final = 10.0

CONFIGURATION: Final = """\
log stderr
 logging filter all 1
 logging level set-all error
line vty
 bind {address} {vty}
ctrl
 bind {address}
hlr
 database {database}
 gsup
  bind ip {address}
"""


class RegisterMissingError(Exception):
    """There is no OsmoHLR: none was given, and none can be started."""


class StartedHlr:
    """An OsmoHLR in a temporary folder, on a loopback address of its own: its port is fixed."""

    def __init__(self) -> None:
        program = shutil.which(PROGRAM)
        if program is None:
            raise RegisterMissingError(
                "No HLR was given (--hlr), and osmo-hlr is not installed: apt install osmo-hlr"
            )
        address = f"127.{64 + secrets.randbelow(64)}.{secrets.randbelow(255)}.9"
        self._folder = tempfile.TemporaryDirectory(prefix="openmvno-hlr-")
        folder = Path(self._folder.name)
        settings = folder / "hlr.cfg"
        settings.write_text(
            CONFIGURATION.format(address=address, vty=VTY_PORT, database=folder / "hlr.db")
        )
        self._log = (folder / "hlr.log").open("wb")
        self._process = subprocess.Popen(
            [program, "-c", str(settings), "-l", str(folder / "hlr.db")],
            cwd=folder,
            stdout=self._log,
            stderr=self._log,
        )
        self.url = f"osmo-hlr://{address}:{CONTROL_PORT}?vty={VTY_PORT}"
        self._wait(address)

    def stop(self) -> None:
        """Stop it; what it held is gone."""
        self._process.terminate()
        self._process.wait(10)
        self._log.close()
        self._folder.cleanup()

    def _wait(self, address: str) -> None:
        deadline = time.monotonic() + START_SECONDS
        while self._process.poll() is None and time.monotonic() < deadline:
            try:
                socket.create_connection((address, CONTROL_PORT), 1).close()
                return
            except OSError:
                time.sleep(0.02)
        raise RegisterMissingError("osmo-hlr did not start")


class HlrNetwork:
    """``url``: of an OsmoHLR that runs; None: one is started."""

    configuration = "full"

    def __init__(self, url: str | None = None) -> None:
        self._started = StartedHlr() if url is None else None
        self.url = url if self._started is None else self._started.url
        self._keys: dict[str, Keys] = {}

    def targets(self) -> dict[str, dict[str, Any]]:
        """The HLR."""
        return configuration("full").with_values({"hlr": self.url or ""})

    def card_file(self, cards: list[Card]) -> str:
        """Cards with keys nobody else has."""
        lines = ["iccid,imsi,ki,opc"]
        for _, imsi, iccid in cards:
            keys = Keys(MILENAGE, secrets.token_hex(16), secrets.token_hex(16))
            self._keys[imsi] = keys
            lines.append(f"{iccid},{imsi},{keys.ki},{keys.opc}")
        return "\n".join(lines)

    def expect_line(self, step: Step, card: Card, *, is_served: bool) -> None:
        """The HLR holds number, keys and service of the line."""
        msisdn, imsi, _ = card
        deadline = time.monotonic() + WAIT_SECONDS
        wanted = Entry(imsi, msisdn, is_served, is_served, self._keys[imsi])
        held = self._find(imsi)
        while held != wanted and time.monotonic() < deadline:
            time.sleep(0.05)
            held = self._find(imsi)
        if held is None:
            step.failed(f"the HLR knows no IMSI {imsi} after {WAIT_SECONDS} s")
            return
        step.expect("OsmoHLR's entry for the IMSI: MSISDN", held.msisdn, msisdn)
        served = (held.circuit_switched, held.packet_switched)
        step.expect("circuit, packet switched service", served, (is_served, is_served))
        step.expect("it has the card's keys", held.keys == self._keys[imsi], True)

    def close(self) -> None:
        """Stop what was started."""
        if self._started is not None:
            self._started.stop()

    def _find(self, imsi: str) -> Entry | None:
        async def find() -> Entry | None:
            register = OsmoHlr(self.url or "")
            try:
                return await register.find(imsi)
            finally:
                await register.close()

        return asyncio.run(find())
