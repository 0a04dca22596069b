"""Balances by a stream that stays open: what each question gets, and what ends with the stream."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import pytest
from grpclib.const import Cardinality, Handler, Status
from grpclib.exceptions import GRPCError
from grpclib.server import Server

from openmvno.charging import EngineUnavailable, balances
from openmvno.gateways.grpc.engine_client import GrpcEngineClient
from openmvno.rpc.engine.v1 import engine_pb2

if TYPE_CHECKING:
    from grpclib.server import Stream

TENANT = uuid4()
OURS, OTHERS, SLOW, UNKNOWN, MISTAKEN, NOBODYS = (uuid4() for _ in range(6))


class Engine:
    """Has some accounts, knows of another engine with others; serves the one call, by the real
    code."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.streams = 0

    def __mapping__(self) -> dict[str, Handler]:
        """What grpclib serves."""
        call = Handler(
            self._balances,
            Cardinality.STREAM_STREAM,
            engine_pb2.BalanceQuestions,
            engine_pb2.BalanceAnswers,
        )
        return {"/openmvno.engine.v1.Engine/Balances": call}

    async def _balances(
        self, stream: Stream[engine_pb2.BalanceQuestions, engine_pb2.BalanceAnswers]
    ) -> None:
        self.streams += 1
        await balances.serve(stream, self._here, self._anywhere)

    def _here(self, request: engine_pb2.BalanceRequest) -> bytes | None:
        account = UUID(bytes=request.account)
        if account == MISTAKEN:
            raise GRPCError(Status.INVALID_ARGUMENT, "that is no account")
        if account == UNKNOWN:
            return b""
        return self._json(account) if account not in (OTHERS, SLOW, NOBODYS) else None

    async def _anywhere(self, request: engine_pb2.BalanceRequest) -> bytes:
        account = UUID(bytes=request.account)
        if account == NOBODYS:
            raise GRPCError(Status.FAILED_PRECONDITION, "no engine has the shard: ask again")
        await asyncio.sleep(3.0 if account == SLOW else 0.01)
        return self._json(account)

    def _json(self, account: UUID) -> bytes:
        return f'{{"engine": "{self.name}", "account": "{account}"}}'.encode()


@asynccontextmanager
async def served(engine: Engine, port: int) -> AsyncIterator[None]:
    server = Server([engine])
    await server.start("127.0.0.1", port)
    try:
        yield
    finally:
        server.close()
        await server.wait_closed()


@asynccontextmanager
async def wire(to_port: int, port: int) -> AsyncIterator[None]:
    """Carries connections from ``port`` on; cut at the end, as by the end of a process."""
    writers: list[asyncio.StreamWriter] = []

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while octets := await reader.read(1 << 16):
            writer.write(octets)

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", to_port)
        writers.extend((writer, back))
        await asyncio.gather(carry(reader, back), carry(there, writer), return_exceptions=True)

    server = await asyncio.start_server(connected, "127.0.0.1", port)
    try:
        yield
    finally:
        server.close()
        for writer in writers:
            writer.transport.abort()
        await asyncio.sleep(0.1)


@pytest.fixture
def ports(free_port: Callable[[], int]) -> list[int]:
    return [free_port(), free_port()]


async def test_each_question_gets_its_answer(ports: list[int]) -> None:
    engine = Engine("a")
    async with (
        served(engine, ports[0]),
        GrpcEngineClient([("127.0.0.1", ports[0])]) as client,
    ):
        accounts = [uuid4() for _ in range(50)]
        found = await asyncio.gather(*(client.balance(TENANT, account) for account in accounts))
        assert found == [{"engine": "a", "account": str(account)} for account in accounts]
        assert await client.balance(TENANT, UNKNOWN) is None
        with pytest.raises(EngineUnavailable, match="that is no account"):
            await client.balance(TENANT, MISTAKEN)
        assert (await client.balance(TENANT, OTHERS) or {})["account"] == str(OTHERS)
        assert engine.streams == 1


async def test_who_waits_for_another_engine_keeps_nobody_waiting(ports: list[int]) -> None:
    async with (
        served(Engine("a"), ports[0]),
        GrpcEngineClient([("127.0.0.1", ports[0])], timeout_seconds=1.0) as client,
    ):
        slow = asyncio.create_task(client.balance(TENANT, SLOW))
        await asyncio.sleep(0.1)
        async with asyncio.timeout(0.8):
            assert await client.balance(TENANT, OURS) is not None
        with pytest.raises(EngineUnavailable):
            await slow
        # The answer that nobody waits for any more harms nobody.
        await asyncio.sleep(2.5)
        assert await client.balance(TENANT, OURS) is not None


async def test_the_next_engine_is_asked(ports: list[int]) -> None:
    addresses = [("127.0.0.1", port) for port in ports]
    async with GrpcEngineClient(addresses) as client:
        with pytest.raises(EngineUnavailable):
            await client.balance(TENANT, OURS)
        async with served(Engine("b"), ports[1]):
            assert (await client.balance(TENANT, OURS) or {})["engine"] == "b"
            async with served(Engine("a"), ports[0]):
                with pytest.raises(EngineUnavailable, match="no engine has the shard"):
                    await client.balance(TENANT, NOBODYS)


async def test_a_stream_that_broke_is_opened_anew(ports: list[int]) -> None:
    async with (
        served(Engine("a"), ports[0]),
        GrpcEngineClient([("127.0.0.1", ports[1])]) as client,
    ):
        async with wire(*ports):
            assert await client.balance(TENANT, OURS) is not None
            waiting = asyncio.create_task(client.balance(TENANT, SLOW))
            await asyncio.sleep(0.1)
        with pytest.raises(EngineUnavailable):
            await waiting
        with pytest.raises(EngineUnavailable):
            await client.balance(TENANT, OURS)
        async with wire(*ports):
            assert await client.balance(TENANT, OURS) is not None


async def test_who_asks_while_the_client_closes_is_told(ports: list[int]) -> None:
    async with served(Engine("a"), ports[0]):
        client = GrpcEngineClient([("127.0.0.1", ports[0])])
        assert await client.balance(TENANT, OURS) is not None
        waiting = asyncio.create_task(client.balance(TENANT, SLOW))
        await asyncio.sleep(0.1)
        client.close()
        with pytest.raises(EngineUnavailable):
            await waiting
