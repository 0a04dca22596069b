"""PostgreSQL under Patroni with etcd on this machine, to be broken: a primary and its standby."""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import httpx
import psycopg
import yaml
from psycopg import sql
from psycopg.conninfo import make_conninfo
from tests.ha.child import Child
from tests.ha.packages import Programs

from openmvno.database.account import Account, make_private_folder
from openmvno.database.location import following_the_primary
from openmvno.story.system import free_ports

HOST = "127.0.0.1"
READY_SECONDS = 60.0
LOOK_SECONDS = 0.1
DATABASE = ROLE = "openmvno"
ROLES = (
    "CREATE ROLE openmvno_tenant NOLOGIN NOSUPERUSER NOBYPASSRLS",
    "CREATE ROLE openmvno_engine NOLOGIN NOSUPERUSER NOBYPASSRLS",
    "CREATE ROLE openmvno_worker NOLOGIN NOSUPERUSER BYPASSRLS",
    "CREATE ROLE openmvno_radius NOLOGIN NOSUPERUSER NOBYPASSRLS",
    "GRANT openmvno_tenant, openmvno_engine, openmvno_worker, openmvno_radius TO openmvno",
)

# What docs/high-availability.md recommends, with sizes for a small machine and no watchdog.
DYNAMIC_CONFIGURATION: dict[str, Any] = {
    "ttl": 20,
    "loop_wait": 2,
    "retry_timeout": 5,
    "synchronous_mode": True,
    "failsafe_mode": True,
    "postgresql": {
        "use_pg_rewind": True,
        "parameters": {
            "synchronous_commit": "on",
            "wal_compression": "off",
            "max_wal_size": "2GB",
            "min_wal_size": "80MB",
            "shared_buffers": "128MB",
            "wal_sender_timeout": "5s",
            "wal_receiver_timeout": "5s",
            # So long a primary that was frozen waits, as it stops, for clients that have given up.
            "authentication_timeout": "10s",
        },
    },
}


class ClusterError(Exception):
    """The cluster did not come to the state that was waited for."""


@dataclass(frozen=True)
class Secrets:
    """Passwords of one run."""

    superuser: str = field(default_factory=lambda: secrets.token_hex(16))
    replication: str = field(default_factory=lambda: secrets.token_hex(16))
    application: str = field(default_factory=lambda: secrets.token_hex(16))
    rest: str = field(default_factory=lambda: secrets.token_hex(16))


class Node:
    """One Patroni and its PostgreSQL."""

    def __init__(
        self, name: str, folder: Path, account: Account, programs: Programs, passwords: Secrets
    ) -> None:
        self.name = name
        self.port, self.rest_port = free_ports(2)
        self._folder = folder / name
        self._data = self._folder / "data"
        self._passwords = passwords
        self._programs = programs
        self._configuration = self._folder / "patroni.yml"
        make_private_folder(self._folder, account)
        self.patroni = Child([programs.patroni, str(self._configuration)], self._folder, account)
        self._account = account

    def configure(self, etcd_port: int, api: int) -> None:
        """Write Patroni's file, which has passwords in it."""
        self._configuration.touch(mode=0o600)
        self._configuration.write_text(yaml.safe_dump(self._document(etcd_port, api)))
        os.chown(self._configuration, self._account.uid, self._account.gid)

    def _document(self, etcd_port: int, api: int) -> dict[str, Any]:
        passwords = self._passwords
        return {
            "scope": "openmvno",
            "name": self.name,
            "restapi": {
                "listen": f"{HOST}:{self.rest_port}",
                "connect_address": f"{HOST}:{self.rest_port}",
                "authentication": {"username": "patroni", "password": passwords.rest},
            },
            "etcd" if api == 2 else "etcd3": {"hosts": [f"{HOST}:{etcd_port}"]},
            "bootstrap": {
                "dcs": DYNAMIC_CONFIGURATION,
                "initdb": [
                    "data-checksums",
                    {"encoding": "UTF8"},
                    {"locale": "C.UTF-8"},
                    {"auth": "scram-sha-256"},
                ],
            },
            "postgresql": {
                "listen": f"{HOST}:{self.port}",
                "connect_address": f"{HOST}:{self.port}",
                "data_dir": str(self._data),
                "bin_dir": str(self._programs.postgresql),
                "pgpass": str(self._folder / "pgpass"),
                # Else the copy begins when a spread checkpoint ends, minutes later.
                "basebackup": [{"checkpoint": "fast"}],
                "authentication": {
                    "superuser": {"username": "postgres", "password": passwords.superuser},
                    "replication": {"username": "replicator", "password": passwords.replication},
                },
                "parameters": {"unix_socket_directories": ""},
                "pg_hba": [
                    f"host all all {HOST}/32 scram-sha-256",
                    f"host replication replicator {HOST}/32 scram-sha-256",
                ],
            },
        }

    def postmaster(self) -> int | None:
        """The process id of its PostgreSQL; None when there is none."""
        try:
            pid = int((self._data / "postmaster.pid").read_text().split()[0])
            os.kill(pid, 0)
        except (OSError, ValueError, IndexError):
            return None
        return pid

    def kill(self) -> None:
        """kill -9 of Patroni and of the postmaster at the same moment: the machine is gone."""
        pid = self.postmaster()
        self.patroni.signal(signal.SIGKILL)
        if pid is not None:
            os.kill(pid, signal.SIGKILL)
        self.patroni.kill()

    def freeze(self) -> None:
        """SIGSTOP of Patroni and of every process of PostgreSQL."""
        for pid in self._processes():
            os.kill(pid, signal.SIGSTOP)

    def wake(self) -> None:
        """SIGCONT of whatever was frozen."""
        for pid in self._processes():
            os.kill(pid, signal.SIGCONT)

    def _processes(self) -> list[int]:
        pids = [self.patroni.process.pid] if self.patroni.process and self.patroni.runs else []
        pid = self.postmaster()
        if pid is not None:
            # Every process of PostgreSQL is a child of its postmaster (proc(5)).
            children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
            pids += [pid, *map(int, children)]
        return pids

    def stop(self) -> None:
        """Patroni stops its PostgreSQL; what is left is killed."""
        self.wake()
        self.patroni.stop()
        pid = self.postmaster()
        if pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


class Cluster:
    """``with Cluster(folder, account, programs) as cluster: …`` etcd, a primary, and a second node
    that is still copying it: see :meth:`wait_for_standby`."""

    def __init__(self, folder: Path, account: Account, programs: Programs) -> None:
        self.passwords = Secrets()
        self._stopped = False
        self._etcd_port, peer_port = free_ports(2)
        make_private_folder(folder / "etcd", account)
        client, peer = f"http://{HOST}:{self._etcd_port}", f"http://{HOST}:{peer_port}"
        command = [programs.etcd, "--name", "one", "--data-dir", "data"]
        command += ["--listen-client-urls", client, "--advertise-client-urls", client]
        command += ["--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer]
        command += ["--initial-cluster", f"one={peer}"]
        self._api = programs.etcd_api()
        command += ["--enable-v2"] if self._api == 2 else []
        self.etcd = Child(command, folder / "etcd", account)
        self.nodes = [
            Node(name, folder, account, programs, self.passwords) for name in ("pg1", "pg2")
        ]

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _start(self) -> None:
        self.etcd.start()
        self._wait("etcd answers", self._etcd_answers)
        for node in self.nodes:
            node.configure(self._etcd_port, self._api)
            node.patroni.start()
            if node is self.nodes[0]:
                self._wait("a primary", lambda: self.primary() is not None)
        self._create_database()

    def stop(self) -> None:
        """Everything, the standby first; who waits for something elsewhere is told."""
        self._stopped = True
        primary = self.primary()
        for node in sorted(self.nodes, key=lambda each: each is primary):
            node.stop()
        self.etcd.stop()

    @property
    def url(self) -> str:
        """The connection string our processes get: every node, whichever is the primary."""
        hosts = ",".join(f"{HOST}:{node.port}" for node in self.nodes)
        return f"postgresql://{ROLE}:{self.passwords.application}@{hosts}/{DATABASE}"

    @property
    def auditor_url(self) -> str:
        """As who may see every tenant's rows and write them without the API."""
        hosts = ",".join(f"{HOST}:{node.port}" for node in self.nodes)
        return following_the_primary(
            f"postgresql://postgres:{self.passwords.superuser}@{hosts}/{DATABASE}"
        )

    def primary(self) -> Node | None:
        """The node that holds the leader's key and may be written to."""
        return next((node for node in self.nodes if self._status(node, "primary")), None)

    def standby(self) -> Node | None:
        """The node that has every commit that is acknowledged."""
        return next((node for node in self.nodes if self._status(node, "synchronous")), None)

    def wait_for_standby(self) -> None:
        """Wait until a commit is on two nodes before it is acknowledged."""
        self._wait("a synchronous standby", lambda: self.standby() is not None)

    def wait_for_primary(self, other_than: Node) -> Node:
        """Wait until another node is the primary."""
        self._wait("another primary", lambda: self.primary() not in (None, other_than))
        primary = self.primary()
        if primary is None:
            raise ClusterError("the new primary went away again")
        return primary

    @staticmethod
    def _status(node: Node, what: str) -> bool:
        # Patroni's own health check: 200 when the node is what was asked for.
        try:
            return httpx.get(f"http://{HOST}:{node.rest_port}/{what}", timeout=2).is_success
        except httpx.HTTPError:
            return False

    def _etcd_answers(self) -> bool:
        try:
            return httpx.get(f"http://{HOST}:{self._etcd_port}/health", timeout=2).is_success
        except httpx.HTTPError:
            return False

    def _wait(self, what: str, reached: Callable[[], bool]) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while not reached():
            if self._stopped:
                raise ClusterError("it is being stopped")
            if time.monotonic() > deadline:
                logs = "\n".join([self.etcd.log, *(node.patroni.log for node in self.nodes)])
                raise ClusterError(f"no sign of {what} in {READY_SECONDS:.0f} s\n{logs}")
            time.sleep(LOOK_SECONDS)

    def _create_database(self) -> None:
        primary = self.primary()
        if primary is None:
            raise ClusterError("the first primary went away again")
        admin = make_conninfo(
            "",
            host=HOST,
            port=primary.port,
            user="postgres",
            password=self.passwords.superuser,
            dbname="postgres",
        )
        role, database = sql.Identifier(ROLE), sql.Identifier(DATABASE)
        password = sql.Literal(self.passwords.application)
        with psycopg.connect(admin, autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(role, password))
            connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(database, role))
            for line in ROLES:  # docs/access.md
                connection.execute(line)
