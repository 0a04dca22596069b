"""A system of our own in a temporary folder, and a tenant for the story."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psycopg

from openmvno.access import create_token
from openmvno.actor import command_line_actor
from openmvno.database import connection_url
from openmvno.database.embedded import temporary_data_folder
from openmvno.rest.guards import SCOPES
from openmvno.settings import Settings, environment
from openmvno.story.play import Endpoints, StoryError
from openmvno.tenants import ensure_tenant

START_SECONDS = 120.0
STOP_SECONDS = 60.0


def free_ports(count: int) -> list[int]:
    """TCP ports of 127.0.0.1 nobody listens on."""
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]
    finally:
        for probe in probes:
            probe.close()


@contextmanager
def temporary_system(log: Path | None = None, **changes: Any) -> Iterator[Settings]:
    """``openmvno up --no-sample`` in a temporary folder on free ports, stopped afterwards.

    ``changes``: further settings.

    Raises:
        StoryError: it did not come up.
    """
    with temporary_data_folder() as folder:
        http, diameter, grpc, engine_grpc, authentication, accounting = free_ports(6)
        settings = Settings(
            data_dir=folder / "data",
            database_url=None,
            http_port=http,
            diameter_port=diameter,
            grpc_port=grpc,
            engine_grpc_port=engine_grpc,
            radius_authentication_port=authentication,
            radius_accounting_port=accounting,
            **{"public_url": f"http://127.0.0.1:{http}", **changes},
        )
        with running(settings, log or folder / "openmvno.log"):
            yield settings


@contextmanager
def running(settings: Settings, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """``openmvno up --no-sample`` with these settings, its output in ``log``."""
    command = [sys.executable, "-P", "-m", "openmvno", "up", "--no-sample"]
    with log.open("ab") as output:
        process = subprocess.Popen(
            command, env={**os.environ, **environment(settings)}, stdout=output, stderr=output
        )
    try:
        _wait_ready(settings, process, log)
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_ready(settings: Settings, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            url = f"http://{settings.listen_address}:{settings.http_port}/readyz"
            if httpx.get(url, timeout=2).is_success:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.1)
    last_words = log.read_text(errors="replace")[-3000:]
    raise StoryError(f"The system did not come up. It said:\n{last_words}")


def tenant_token(settings: Settings, code: str) -> str:
    """A new token with every scope for the tenant ``code``, which is created if need be.

    Raises:
        StoryError: the database of the settings cannot be reached.
    """

    async def make() -> str:
        async with await psycopg.AsyncConnection.connect(connection_url(settings)) as connection:
            tenant = await ensure_tenant(connection, code, "The story's operator", "EUR")
            actor = command_line_actor(tenant.tenant_id, "story")
            return await create_token(connection, actor, "story", list(SCOPES))

    try:
        return asyncio.run(make())
    except psycopg.OperationalError as error:
        raise StoryError(
            f"No token was given, and none can be made: {str(error).strip()}. Is the system "
            "running with these settings? `openmvno story --start` brings one up."
        ) from error


def endpoints(settings: Settings, token: str) -> Endpoints:
    """Where the system of these settings listens."""
    return Endpoints(
        api_url=f"http://{settings.listen_address}:{settings.http_port}",
        token=token,
        diameter_address=settings.listen_address,
        diameter_port=settings.diameter_port,
        diameter_host=settings.diameter_origin_host,
        diameter_realm=settings.diameter_origin_realm,
    )
