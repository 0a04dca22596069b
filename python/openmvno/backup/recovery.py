"""A server that replays archived WAL up to a target, waits there, and is then promoted.

Its whole configuration is on its command line: what the restored folder brings (ALTER SYSTEM, a
synchronous standby that is not there) has no say.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import psycopg
from psycopg.conninfo import make_conninfo

from openmvno.backup.errors import BackupError
from openmvno.backup.plan import Plan, shown
from openmvno.backup.tools import Progress, Rarely, Tools
from openmvno.database.account import make_private_folder
from openmvno.database.archiving import fetch_command
from openmvno.database.embedded import server_options
from openmvno.database.location import SOCKET_PORT

POLL_SECONDS: Final = 0.1
STOP_SECONDS: Final = 120.0

# A server that replays must have room for as much as the one that wrote (PostgreSQL, "Hot
# Standby", administrator's overview); pg_controldata tells.
NEEDED_ROOM: Final = {
    "max_connections": "max_connections",
    "max_worker_processes": "max_worker_processes",
    "max_wal_senders": "max_wal_senders",
    "max_prepared_xacts": "max_prepared_transactions",
    "max_locks_per_xact": "max_locks_per_transaction",
}
STATE: Final = (
    "SELECT pg_is_in_recovery(), CASE WHEN pg_is_in_recovery()"
    " THEN pg_get_wal_replay_pause_state() = 'paused' END, pg_last_xact_replay_timestamp()"
)


@dataclass
class Recovery:
    """One recovery of ``cluster``, its files and socket in ``place``."""

    tools: Tools
    cluster: Path
    place: Path
    backup_dir: Path
    plan: Plan
    say: Progress
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where the server is."""
        return make_conninfo(
            host=str(self.place),
            port=SOCKET_PORT,
            dbname=self.plan.backup.database,
            user=self.plan.backup.role,
            connect_timeout=5,
            application_name="openmvno restore",
        )

    @contextmanager
    def promoted(self) -> Iterator[str]:
        """The restored server's address inside; it has replayed what was asked for and is on a
        timeline of its own.

        Raises:
            BackupError: it did not come to the target.
        """
        make_private_folder(self.place, self.tools.account)
        try:
            self._start()
            self._await_target()
            yield self.url
        finally:
            self._stop()
            shutil.rmtree(self.place, ignore_errors=True)

    def _start(self) -> None:
        (self.place / "empty.conf").write_text("")
        (self.place / "hba.conf").write_text("local all all trust\n")
        for path in self.place.iterdir():
            path.chmod(0o644)
        (self.cluster / "recovery.signal").touch()
        command = [self.tools.path("postgres"), "-D", str(self.cluster)]
        for name, value in self._settings().items():
            command += ["-c", f"{name}={value}"]
        with (self.place / "server.log").open("wb") as output:
            self.process = subprocess.Popen(
                command,
                stdout=output,
                stderr=output,
                **self.tools.identity(),
                **server_options(),
            )

    def _settings(self) -> dict[str, str]:
        return {
            "config_file": str(self.place / "empty.conf"),
            "hba_file": str(self.place / "hba.conf"),
            "ident_file": str(self.place / "empty.conf"),
            "unix_socket_directories": str(self.place),
            "listen_addresses": "",
            "port": str(SOCKET_PORT),
            "logging_collector": "off",
            "log_destination": "stderr",
            "shared_preload_libraries": "",
            "shared_buffers": "512MB",
            "synchronous_standby_names": "",
            "primary_conninfo": "",
            "primary_slot_name": "",
            "hot_standby": "on",
            "jit": "off",
            "timezone": "UTC",
            # With an empty command what is to be archived waits for the server that will serve.
            "archive_mode": "on",
            "archive_command": "",
            "restore_command": fetch_command(self.place, self.backup_dir),
            "recovery_target_timeline": str(self.plan.timeline),
            "recovery_target_action": "pause",
            **self._target(),
            **self._room(),
        }

    def _target(self) -> dict[str, str]:
        if self.plan.to is not None:
            # An offset, not a zone: names are known only after the parameters are read.
            return {"recovery_target_time": self.plan.to.astimezone(UTC).isoformat(" ")}
        if self.plan.last_lsn is not None:
            return {"recovery_target_lsn": self.plan.last_lsn}
        return {"recovery_target": "immediate"}

    def _room(self) -> dict[str, str]:
        text = self.tools.run("pg_controldata", str(self.cluster)).stdout
        found = dict(re.findall(r"^(\w+) setting:\s+(\d+)$", text, re.MULTILINE))
        if not found:
            raise BackupError(f"pg_controldata cannot read {self.cluster}: the backup is damaged.")
        return {name: found[key] for key, name in NEEDED_ROOM.items() if key in found}

    def _await_target(self) -> None:
        rarely = Rarely(self.say)
        while True:
            in_recovery, paused, at = self._state()
            if in_recovery is False:
                return
            if paused:
                self._promote()
            rarely(f"replayed up to {shown(at)}" if at else "replaying the WAL …")
            time.sleep(POLL_SECONDS)

    def _state(self) -> tuple[bool | None, bool | None, datetime | None]:
        try:
            with psycopg.connect(self.url, autocommit=True) as connection:
                row = connection.execute(STATE).fetchone()
                assert row is not None
                return row[0], row[1], row[2]
        except psycopg.OperationalError as error:
            assert self.process is not None
            if self.process.poll() is not None:
                raise BackupError(f"The recovery failed: {self._last_words()}") from error
            return None, None, None

    def _promote(self) -> None:
        # What pg_ctl promote does; pg_promote() wants a superuser, whom we may not know.
        signal_file = self.cluster / "promote"
        if not signal_file.exists():
            subprocess.run(
                [self.tools.path("pg_ctl"), "promote", "-W", "-D", str(self.cluster)],
                check=False,
                capture_output=True,
                **self.tools.identity(),
            )
            self.say("the target is reached")

    def _last_words(self) -> str:
        lines = (self.place / "server.log").read_text(errors="replace").splitlines()
        telling = [line for line in lines if re.search(r"FATAL|PANIC|HINT", line)]
        return " ".join(telling[-3:] or lines[-3:])

    def _stop(self) -> None:
        process = self.process
        if process is None or process.poll() is not None:
            return
        process.send_signal(2)  # SIGINT: "fast shutdown"
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
