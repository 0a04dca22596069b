"""SIGTERM to ``serve``: calls under way by HTTP and gRPC are answered, new ones are not begun."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import httpx
import psycopg
import pytest
from grpclib.client import Channel
from grpclib.const import Status
from grpclib.exceptions import GRPCError, StreamTerminatedError
from tests.support.roles import Role

from openmvno import access, tenants
from openmvno.actor import command_line_actor
from openmvno.database import Pool
from openmvno.rpc.charging.v1.charging_grpc import ChargingStub
from openmvno.rpc.charging.v1.charging_pb2 import BalanceRequest, Subscriber
from openmvno.settings import Settings


async def test_calls_under_way_are_answered(
    settings: Settings, database_url: str, pool: Pool, tmp_path: Path
) -> None:
    settings = settings.model_copy(update={"data_dir": tmp_path})
    async with pool.connection() as connection:
        tenant = await tenants.ensure_tenant(connection, "sample", "Sample", "EUR")
        actor = command_line_actor(tenant.tenant_id, "test")
        scopes = ["audit:read", "balance:read"]
        token = await access.create_token(connection, actor, "test", scopes)
    headers = {"authorization": f"Bearer {token}"}
    request = BalanceRequest(subscriber=Subscriber(msisdn="385910000001"))
    with Role("serve", settings, tmp_path / "serve.log") as role:
        base = f"http://127.0.0.1:{settings.http_port}"
        channel = Channel("127.0.0.1", settings.grpc_port)
        stub = ChargingStub(channel)
        async with httpx.AsyncClient(base_url=base, trust_env=False, timeout=20) as client:
            await until_up(client)
            # Whoever calls waits for its token to be looked up.
            async with await psycopg.AsyncConnection.connect(database_url) as holding:
                await holding.execute("LOCK TABLE api_token IN ACCESS EXCLUSIVE MODE")
                by_http = asyncio.create_task(client.get("/v1/audit", headers=headers))
                by_grpc = asyncio.create_task(stub.Balance(request, metadata=headers, timeout=20))
                await until_waiting(database_url, 2)
                assert role.process is not None
                role.process.send_signal(signal.SIGTERM)
                await until_refused(stub, headers)
                assert not by_http.done()
                assert not by_grpc.done()
                await holding.rollback()
            answer = await by_http
            assert (answer.status_code, len(answer.json()["items"]) > 0) == (200, True)
            with pytest.raises(GRPCError) as told:
                await by_grpc
            assert told.value.status is Status.NOT_FOUND, "answered: nobody has this number"
            assert await asyncio.to_thread(role.process.wait, 20) == 0
        channel.close()


async def until_up(client: httpx.AsyncClient) -> None:
    async with asyncio.timeout(30):
        while True:
            try:
                if (await client.get("/healthz")).is_success:
                    return
            except httpx.TransportError:
                await asyncio.sleep(0.1)


async def until_waiting(database_url: str, count: int) -> None:
    """Until so many sessions wait for a lock."""
    query = "SELECT count(*) FROM pg_locks WHERE NOT granted"
    async with (
        asyncio.timeout(10),
        await psycopg.AsyncConnection.connect(database_url, autocommit=True) as connection,
    ):
        while True:
            cursor = await connection.execute(query)
            row = await cursor.fetchone()
            if row is not None and row[0] >= count:
                return
            await asyncio.sleep(0.05)


async def until_refused(stub: ChargingStub, headers: dict[str, str]) -> None:
    """New calls are told to go elsewhere, once the process has heard the signal."""
    request = BalanceRequest(subscriber=Subscriber(msisdn="385910000001"))
    async with asyncio.timeout(10):
        while True:
            try:
                await stub.Balance(request, metadata=headers, timeout=0.5)
            except GRPCError as error:
                if error.status is Status.UNAVAILABLE and "stopping" in (error.message or ""):
                    return
            except (TimeoutError, StreamTerminatedError):
                continue
