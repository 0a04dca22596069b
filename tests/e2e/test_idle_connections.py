"""Ten thousand gateways that are connected and say nothing."""

from __future__ import annotations

import contextlib
import resource
import socket
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.support.diameter_peer import Peer

from openmvno.story.system import temporary_system

IDLE = 10_000
DESCRIPTORS = IDLE + 1_000
OCTETS_A_CONNECTION = 16 << 10
"""The most that one may take of the engine."""


@pytest.fixture
def descriptors() -> Iterator[None]:
    """Enough of them for the peers, which are all ours."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < DESCRIPTORS:
        pytest.skip(f"the system allows {hard} descriptors")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, DESCRIPTORS), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def engine_of(port: int) -> Path:
    """The folder in /proc of the ``charge`` process that listens on ``port``."""
    wanted = f"OPENMVNO_DIAMETER_PORT={port}".encode()
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            arguments = (folder / "cmdline").read_bytes().split(b"\0")
            if b"charge" in arguments and wanted in (folder / "environ").read_bytes():
                return folder
    raise AssertionError("the engine does not run")


def resident(engine: Path) -> int:
    """Octets of memory (proc_pid_statm(5))."""
    return int((engine / "statm").read_text().split()[1]) * resource.getpagesize()


def greet(transport: socket.socket, request: bytes) -> None:
    """Exchange capabilities and be silent."""
    transport.sendall(request)
    answer = transport.recv(4096)
    (word,) = struct.unpack("!I", answer[:4])
    assert len(answer) == word & 0xFFFFFF


@pytest.mark.soak
@pytest.mark.usefixtures("descriptors")
def test_ten_thousand_idle_connections(tmp_path: Path) -> None:
    log = tmp_path / "openmvno.log"
    with temporary_system(log, diameter_connections=IDLE + 100) as settings:
        port = settings.diameter_port
        engine = engine_of(port)
        idle: list[socket.socket] = []
        try:
            with Peer(port, "honest.example") as honest:
                before = resident(engine)
                request = honest.octets(honest.capabilities())
                for _ in range(IDLE):
                    transport = socket.create_connection(("127.0.0.1", port), 10)
                    greet(transport, request)
                    idle.append(transport)
                taken = (resident(engine) - before) / IDLE
                print(f"{taken:,.0f} octets of the engine for each of {IDLE:,} connections")
                assert taken < OCTETS_A_CONNECTION
                for _ in range(100):
                    answer: Any = honest.send(honest.capabilities())
                    assert answer.result_code == 2001
                with Peer(port, "late.example") as late:
                    assert late.send(late.capabilities()).result_code == 2001
        finally:
            for transport in idle:
                transport.close()
    assert "Traceback" not in log.read_text()
