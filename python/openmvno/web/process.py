"""The ``serve`` process: the REST API and the public gRPC in one event loop."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Final

import uvicorn
import uvloop
from litestar import Litestar

from openmvno.access import KnownTokens
from openmvno.database import (
    Role,
    create_pool,
    create_reading_pool,
    of_nobody,
)
from openmvno.gateways.grpc.authentication import token_authenticator
from openmvno.gateways.grpc.engine_client import GrpcEngineClient
from openmvno.gateways.grpc.server import start_server
from openmvno.gateways.grpc.subscribers import payer_finder
from openmvno.provisioning.sealing import Sealer
from openmvno.readiness import announce_ready, keep_what_stays, stop_on_signals
from openmvno.settings import Settings
from openmvno.web.application import create_application

log = logging.getLogger(__name__)

POOL_SIZE: Final = 20
READERS: Final = 10
"""Sessions of those that change something, and of those that only read."""

GC_AFTER: Final = 20_000
"""Objects made and not freed before the collector looks at the young ones."""
DRAIN_SECONDS: Final = 10
"""How long requests under way may take after SIGTERM."""


def main(settings: Settings) -> int:
    """Serve until SIGTERM; returns the exit status."""
    return uvloop.run(_run(settings))


async def _run(settings: Settings) -> int:
    stop = stop_on_signals()
    async with (
        create_pool(settings, "serve", role=Role.TENANT, minimum=2, maximum=POOL_SIZE) as pool,
        create_reading_pool(settings, "serve reads", minimum=2, maximum=READERS) as readers,
        GrpcEngineClient.from_settings(settings) as engine,
    ):
        tokens = KnownTokens(partial(of_nobody, pool))
        application = create_application(
            pool,
            readers,
            engine,
            Sealer.from_settings(settings),
            tokens=tokens,
            peer_file=settings.diameter_peers_file,
            public_url=settings.public_url,
            stopping=stop,
        )
        grpc_server = await start_server(
            settings, engine, token_authenticator(tokens), payer_finder(pool)
        )
        try:
            return await _serve_http(settings, application, stop, grpc_server.refuse)
        finally:
            await grpc_server.stop(settings.drain_seconds)


async def _serve_http(
    settings: Settings,
    application: Litestar,
    stop: asyncio.Event,
    on_stop: Callable[[], None],
) -> int:
    server = _Server(
        uvicorn.Config(
            application,
            host=settings.listen_address,
            port=settings.http_port,
            log_config=None,
            access_log=False,
            server_header=False,
            # Or anyone on this host could say to come from anywhere.
            proxy_headers=bool(settings.http_trusted_proxies),
            forwarded_allow_ips=settings.http_trusted_proxies,
            timeout_graceful_shutdown=DRAIN_SECONDS,
        )
    )
    keep_what_stays(GC_AFTER)
    serving = asyncio.create_task(server.serve())
    stopping = asyncio.create_task(stop.wait())
    started = asyncio.create_task(server.listening.wait())
    await asyncio.wait({serving, started}, return_when=asyncio.FIRST_COMPLETED)
    if server.listening.is_set():
        log.info("serving", extra={"http_port": settings.http_port, "grpc": settings.grpc_port})
        announce_ready()
        await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    on_stop()
    server.should_exit = True
    stopping.cancel()
    started.cancel()
    await serving
    return 0 if stop.is_set() else 1


class _Server(uvicorn.Server):
    """uvicorn in a loop of ours: signals are handled by the process, not by the server."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    async def startup(self, sockets: list[object] | None = None) -> None:  # type: ignore[override]
        """Start listening, and say so."""
        await super().startup(sockets)  # type: ignore[arg-type]
        if self.started:
            self.listening.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave SIGTERM and SIGINT to :func:`stop_on_signals`."""
        yield
