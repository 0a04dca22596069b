"""freeDiameter as a relay in front of our door, and as a peer of ours."""

from __future__ import annotations

import shutil
import signal
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.support.certificates import Authority

PROGRAM = shutil.which("freeDiameterd")
EXTENSIONS = ("dict_nasreq", "dict_eap", "dict_dcca", "dict_dcca_3gpp")

IDENTITY = "dra.relay.example"
CLIENTS = "*.e2e.example"
SERVER = "ocs.openmvno.example"
WATCHDOG_SECONDS = 6
"""The least that RFC 3539 section 3.4.1 allows."""


class FreeDiameter:
    """``with FreeDiameter(folder, port, server_port) as relay: …`` a relay that knows our door."""

    def __init__(self, folder: Path, port: int, server_port: int, identity: str = IDENTITY) -> None:
        self.port = port
        self.log_file = folder / "freediameter.log"
        self._configuration = folder / "freediameter.conf"
        self._process: subprocess.Popen[bytes] | None = None
        authority = Authority(folder)
        shown = authority.sign(identity)
        allowed = folder / "clients.conf"
        allowed.write_text(f"ALLOW_IPSEC {CLIENTS}\n")
        extensions = "".join(f'LoadExtension = "{name}.fdx";\n' for name in EXTENSIONS)
        self._configuration.write_text(
            f'Identity = "{identity}";\n'
            f'Realm = "{identity.partition(".")[2]}";\n'
            f"Port = {port};\nSecPort = 0;\nNo_SCTP;\nNo_IPv6;\n"
            f'ListenOn = "127.0.0.1";\nTwTimer = {WATCHDOG_SECONDS};\n'
            f'TLS_Cred = "{shown.certificate}", "{shown.key}";\n'
            f'TLS_CA = "{authority.certificate}";\n'
            f"{extensions}"
            f'LoadExtension = "acl_wl.fdx" : "{allowed}";\n'
            f'ConnectPeer = "{SERVER}" {{ ConnectTo = "127.0.0.1"; Port = {server_port};'
            " No_TLS; No_SCTP; TcTimer = 1; };\n"
        )

    @property
    def log(self) -> str:
        """What it has said."""
        return self.log_file.read_text(errors="replace")

    def start(self, until: str = "-> 'STATE_OPEN'") -> None:
        """Start it and wait until it is connected to our door, or says something else."""
        assert PROGRAM is not None
        with self.log_file.open("ab") as output:
            self._process = subprocess.Popen(
                [PROGRAM, "-dd", "-c", str(self._configuration)], stdout=output, stderr=output
            )
        self.wait_for(until, 30)

    def wait_for(self, words: str, seconds: float) -> None:
        """Wait until it says so."""
        deadline = time.monotonic() + seconds
        while words not in self.log:
            assert self._process is not None
            assert self._process.poll() is None, self.log[-3000:]
            assert time.monotonic() < deadline, self.log[-3000:]
            time.sleep(0.1)

    def stop(self) -> None:
        """SIGTERM: it says good-bye to its peers."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._process is not None and self._process.poll() is None:
            self.stop()
        if kind is not None:
            print(self.log[-3000:])
