"""PostgreSQL's own programs, run as the account that owns the data."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from openmvno.backup.errors import BackupError
from openmvno.database.account import Account, reachable_installation
from openmvno.database.embedded import MAJOR_VERSION, wheel_installation

Progress = Callable[[str], None]

PROGRESS_SECONDS = 2.0


class Rarely:
    """Hands on a line of progress every couple of seconds."""

    def __init__(self, say: Progress) -> None:
        self._say = say
        self._due = time.monotonic() + PROGRESS_SECONDS

    def __call__(self, line: str) -> None:
        """Say it, if it is time to."""
        if time.monotonic() >= self._due:
            self._due = time.monotonic() + PROGRESS_SECONDS
            self._say(line)


@dataclass(frozen=True)
class Tools:
    """The programs of one PostgreSQL installation."""

    bin: Path
    account: Account

    def path(self, program: str) -> str:
        """Where a program is."""
        return str(self.bin / program)

    def identity(self, environment: dict[str, str] | None = None) -> dict[str, Any]:
        """Keyword arguments of :class:`subprocess.Popen`: user, umask, environment, English."""
        variables = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC", **(environment or {})}
        return {"cwd": "/", "env": variables, "umask": 0o077, **self.account.run_as()}

    def run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a program that only reads, as ourselves, to its end."""
        return subprocess.run(
            [self.path(program), *arguments],
            check=False,
            capture_output=True,
            text=True,
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"},
        )

    def follow(
        self, progress: Progress, environment: dict[str, str], program: str, *arguments: str
    ) -> None:
        """Run a program and hand on what it says while it runs.

        Raises:
            BackupError: it failed; says what it said last.
        """
        with subprocess.Popen(
            [self.path(program), *arguments],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            **self.identity(environment),
        ) as running:
            assert running.stderr is not None
            last = _hand_on(progress, running.stderr)
            status = running.wait()
        if status != 0:
            raise BackupError(f"{program} failed: {' '.join(last) or f'status {status}'}")


def _hand_on(progress: Progress, lines: Iterable[str]) -> list[str]:
    """Pass lines on; the last few of them."""
    last: list[str] = []
    for line in lines:  # universal newlines: \r ends one, too
        text = line.strip()
        if text:
            progress(text)
            last = [*last[-4:], text]
    return last


def wheel_tools(account: Account) -> Tools:
    """The programs the wheel brought; its pg_basebackup reads from older servers, too."""
    return Tools(reachable_installation(wheel_installation(), account) / "bin", account)


def tools_of(major: int, account: Account) -> Tools:
    """The programs of PostgreSQL ``major``: the wheel's, or an installed one's.

    Raises:
        BackupError: there is none on this machine.
    """
    if major == int(MAJOR_VERSION):
        return wheel_tools(account)
    candidates = [Path(f"/usr/lib/postgresql/{major}/bin"), Path(f"/usr/pgsql-{major}/bin")]
    found = shutil.which("postgres")
    if found is not None:
        candidates.append(Path(os.path.realpath(found)).parent)
    for folder in candidates:
        tools = Tools(folder, account)
        if (folder / "postgres").exists() and f" {major}." in tools.run(
            "postgres", "--version"
        ).stdout.replace("\n", "."):
            return tools
    raise BackupError(
        f"This needs PostgreSQL {major}, which is not installed here (looked for `postgres` on the "
        f"PATH and in {candidates[0]}): install its server package."
    )
