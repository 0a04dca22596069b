"""OpenSSH's server from Debian's package, on a free port, with a register behind it."""

from __future__ import annotations

import getpass
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import asyncssh
import pytest

PROGRAM = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
HLR = Path(__file__).with_name("command_line_hlr.py")
START_SECONDS = 10.0

needs_sshd = pytest.mark.skipif(PROGRAM is None, reason="sshd is not installed: make test-packages")

CONFIGURATION = """\
ListenAddress 127.0.0.1
Port {port}
HostKey {folder}/host_key
AuthorizedKeysFile {folder}/authorized_keys
ForceCommand {python} -P {hlr} {folder}
PidFile none
StrictModes no
UsePAM no
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
"""


class SshServer:
    """``with SshServer(folder) as server: …``; stopped and started again it has all it had."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = _free_port()
        self._log = folder / "sshd.log"
        self._process: subprocess.Popen[bytes] | None = None
        login = asyncssh.generate_private_key("ssh-ed25519")
        self.secret = login.export_private_key().decode()
        (folder / "authorized_keys").write_bytes(login.export_public_key())
        self.new_host_key()
        (folder / "sshd_config").write_text(
            CONFIGURATION.format(port=self.port, folder=folder, python=sys.executable, hlr=HLR)
        )

    @property
    def url(self) -> str:
        """Its address as a provisioning target."""
        return f"ssh://{getpass.getuser()}@127.0.0.1:{self.port}"

    def new_host_key(self) -> None:
        """Have it show another key from its next start on."""
        key = asyncssh.generate_private_key("ssh-ed25519")
        self.host_key = key.export_public_key().decode().strip()
        path = self.folder / "host_key"
        path.write_bytes(key.export_private_key())
        path.chmod(0o600)

    @property
    def held(self) -> dict[str, Any]:
        """The subscribers its register has, by IMSI."""
        store = self.folder / "held.json"
        found: dict[str, Any] = json.loads(store.read_text()) if store.exists() else {}
        return found

    @property
    def asked(self) -> list[str]:
        """Every command, and ``(login)`` for every session."""
        asked = self.folder / "asked"
        return asked.read_text().splitlines() if asked.exists() else []

    def be_busy(self) -> None:
        """Refuse the next command for the time being."""
        (self.folder / "busy").touch()

    def start(self) -> None:
        """Start it and wait until it answers."""
        assert PROGRAM is not None
        if os.geteuid() == 0:
            Path("/run/sshd").mkdir(exist_ok=True)  # where it separates its privileges
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [PROGRAM, "-D", "-e", "-f", str(self.folder / "sshd_config")],
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + START_SECONDS
        while True:
            assert self._process.poll() is None, self._log.read_text()
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                assert time.monotonic() < deadline, self._log.read_text()
                time.sleep(0.02)

    def stop(self) -> None:
        """Stop it and end the sessions that it left."""
        assert self._process is not None
        self._process.terminate()
        self._process.wait(10)
        pids = self.folder / "pids"
        for pid in pids.read_text().split() if pids.exists() else ():
            with suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGTERM)
        pids.unlink(missing_ok=True)

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
            print(self._log.read_text()[-3000:])


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
