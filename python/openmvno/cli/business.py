"""What the commands of the business share: database, engine and settings, opened and closed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from openmvno.database import Pool
    from openmvno.gateways.grpc.engine_client import GrpcEngineClient
    from openmvno.settings import Settings

T = TypeVar("T")

PANEL = "Business"


def run_business(name: str, work: Callable[[Settings, Pool, GrpcEngineClient], Awaitable[T]]) -> T:
    """Run ``work`` on the installation; the embedded PostgreSQL is started when it is not running.

    Raises:
        DatabaseError, SettingsError, and what ``work`` raises.
    """
    import asyncio

    from openmvno.database import connection_url, create_pool, schema
    from openmvno.database.embedded import serving
    from openmvno.gateways.grpc.engine_client import GrpcEngineClient
    from openmvno.settings import load_settings
    from openmvno.telemetry import configure_logging

    settings = load_settings()
    configure_logging(settings, name)

    async def run() -> T:
        async with (
            create_pool(settings, name, maximum=4) as pool,
            GrpcEngineClient.from_settings(settings) as engine,
        ):
            return await work(settings, pool, engine)

    with serving(settings):
        schema.check_schema(connection_url(settings))
        return asyncio.run(run())
