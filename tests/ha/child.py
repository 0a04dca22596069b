"""A child process under PostgreSQL's account, stopped whatever happens."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from pathlib import Path
from typing import Any, cast

from openmvno.database.account import Account

STOP_SECONDS = 20.0


class Child:
    """One program with its log."""

    def __init__(self, command: list[str], folder: Path, account: Account) -> None:
        """It runs in ``folder``, which is its own."""
        self._command = command
        self._folder = folder
        self._account = account
        self.log_file = folder / f"{Path(command[0]).name}.log"
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def runs(self) -> bool:
        """Whether it is there."""
        return self.process is not None and self.process.poll() is None

    @property
    def log(self) -> str:
        """The end of what it has said."""
        return self.log_file.read_text(errors="replace")[-3000:] if self.log_file.exists() else ""

    def start(self) -> None:
        """Start it; it is not ready yet."""
        with self.log_file.open("ab") as output:
            self.process = subprocess.Popen(
                self._command,
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,  # Ctrl-C is for us, who keep the order
                env={"PATH": os.environ.get("PATH", ""), "LANG": "C.UTF-8"},
                **cast("dict[str, Any]", self._account.run_as()),
            )

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(number)

    def kill(self) -> None:
        """kill -9."""
        self.signal(signal.SIGKILL)
        if self.process is not None:
            self.process.wait()

    def stop(self) -> None:
        """SIGTERM, and kill -9 where that does not help."""
        if self.process is None:
            return
        self.signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(STOP_SECONDS)
        self.kill()
