"""The engine process as a client sees it, over its internal gRPC."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from types import TracebackType
from typing import Any, Self, TypeVar
from uuid import UUID

import msgspec
from grpclib.client import Channel
from grpclib.const import Status
from grpclib.events import SendRequest, listen
from grpclib.exceptions import GRPCError, StreamTerminatedError

from openmvno.charging.engine_client import EngineReport, EngineUnavailable, Exchange
from openmvno.gateways.grpc.balance_stream import BalanceStream
from openmvno.gateways.grpc.live_trace import trace_all
from openmvno.rpc.engine.v1 import engine_pb2
from openmvno.rpc.engine.v1.engine_grpc import EngineStub
from openmvno.settings import Settings

HOST = "127.0.0.1"
TIMEOUT_SECONDS = 12.0
HEALTH_SECONDS = 2.0

Address = tuple[str, int]
Response = TypeVar("Response")


class GrpcEngineClient:
    """Implements :class:`openmvno.charging.engine_client.EngineClient`; one channel, many calls.

    Any engine may be asked: it serves, or asks the one that has the shard. One that is not there,
    or knows of no owner, has done nothing with a call, so the next is asked; one that does not
    answer may have, so the caller is told.
    """

    def __init__(
        self,
        addresses: Sequence[Address],
        timeout_seconds: float = TIMEOUT_SECONDS,
        token: str | None = None,
    ) -> None:
        """``addresses``: host and ``engine_grpc_port`` of every engine; ``token``: what they want
        to be shown. Connects at the first call."""
        self._addresses = [f"{host}:{port}" for host, port in addresses]
        self._channels = [_channel(address, token) for address in addresses]
        self._stubs = [EngineStub(channel) for channel in self._channels]
        self._balances = {stub: BalanceStream(stub, timeout_seconds) for stub in self._stubs}
        self._asked = 0
        self._timeout = timeout_seconds

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """The client of this installation's engines."""
        named = [node.strip() for node in settings.engine_nodes.split(",") if node.strip()]
        own = (settings.engine_grpc_host, settings.engine_grpc_port)
        token = settings.engine_token
        return cls(
            [_address(node) for node in named] or [own],
            token=None if token is None else token.get_secret_value(),
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the channels."""
        for stream in self._balances.values():
            stream.close()
        for channel in self._channels:
            channel.close()

    async def apply(self, shard: int, seq: int) -> dict[str, Any]:
        """Wait until the committed command (shard, seq) is journaled; returns its outcome.

        Raises:
            EngineUnavailable: no answer in time; the command is applied once all the same.
        """
        request = engine_pb2.ApplyRequest(shard=shard, seq=seq)
        response = await self._ask(lambda stub: stub.Apply(request, timeout=self._timeout))
        outcome: dict[str, Any] = json.loads(response.outcome)
        return outcome

    async def balance(self, tenant: UUID, account: UUID) -> dict[str, Any] | None:
        """{currency, balance, reserved, available, sessions} in micros; None when unknown.

        Raises:
            EngineUnavailable: no answer in time.
        """
        balance = await self._ask(lambda stub: self._balances[stub].ask(tenant, account))
        return msgspec.json.decode(balance) if balance else None

    async def submit(self, requests: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """Charge requests; their outcomes in the same order, each durable.

        Raises:
            EngineUnavailable: no answer in time; the same requests again get the true answers.
        """
        encoded = [json.dumps(each).encode() for each in requests]
        return [json.loads(outcome) for outcome in await self.submit_encoded(encoded)]

    async def submit_encoded(self, requests: Sequence[bytes]) -> list[bytes]:
        """The same with requests and outcomes in JSON.

        Raises:
            EngineUnavailable: no answer in time; the same requests again get the true answers.
        """
        request = engine_pb2.SubmitRequest(requests=requests)
        response = await self._ask(lambda stub: stub.Submit(request, timeout=self._timeout))
        return list(response.outcomes)

    async def statistics(self) -> dict[str, Any]:
        """Counters and gauges of the engine.

        Raises:
            EngineUnavailable: no answer in time.
        """
        request = engine_pb2.StatisticsRequest()
        response = await self._ask(lambda stub: stub.Statistics(request, timeout=self._timeout))
        statistics: dict[str, Any] = json.loads(response.json)
        return statistics

    async def reports(self) -> list[EngineReport]:
        """What each engine says of itself, see :meth:`EngineClient.reports`."""
        return list(
            await asyncio.gather(
                *(
                    _report(address, stub)
                    for address, stub in zip(self._addresses, self._stubs, strict=True)
                )
            )
        )

    async def reload_peers(self) -> None:
        """Have the engine put the configured peers in force; it has when this returns.

        Raises:
            EngineUnavailable: no answer in time, or it cannot read them; it will within seconds.
        """
        request = engine_pb2.ReloadPeersRequest()
        await self._ask_all(lambda stub: stub.ReloadPeers(request, timeout=self._timeout))

    async def peer_connections(self) -> list[dict[str, Any]]:
        """Open Diameter connections, see :meth:`EngineClient.peer_connections`.

        Raises:
            EngineUnavailable: no answer in time.
        """
        request = engine_pb2.PeerConnectionsRequest()
        responses = await self._ask_all(
            lambda stub: stub.PeerConnections(request, timeout=self._timeout)
        )
        return [connection for response in responses for connection in json.loads(response.json)]

    async def sessions(
        self, tenant: UUID, account: UUID, line: UUID
    ) -> list[dict[str, Any]] | None:
        """The open sessions of a line, see :meth:`EngineClient.sessions`.

        Raises:
            EngineUnavailable: no answer in time.
        """
        request = engine_pb2.SessionsRequest(
            tenant=tenant.bytes, account=account.bytes, line=line.bytes
        )
        response = await self._ask(lambda stub: stub.Sessions(request, timeout=self._timeout))
        return json.loads(response.json) if response.json else None

    def trace(self, subject: dict[str, Any], seconds: int) -> AsyncGenerator[Exchange, None]:
        """What the network asks about a subscriber, see :meth:`EngineClient.trace`."""
        return trace_all(self._stubs, subject, seconds)

    async def health(self) -> str | None:
        """None when requests are being charged, else the reason why not."""
        reason = ""
        for _ in self._stubs:
            try:
                request = engine_pb2.HealthRequest()
                stub = self._stubs[self._asked]
                response = await _answer(stub.Health(request, timeout=HEALTH_SECONDS))
            except (EngineUnavailable, _NotAsked) as error:
                reason = reason or str(error)
            else:
                if response.charging:
                    return None
                reason = response.reason
            self._ask_next()
        return reason

    async def _ask(self, call: Callable[[EngineStub], Awaitable[Response]]) -> Response:
        refusal = ""
        for _ in self._stubs:
            try:
                return await _answer(call(self._stubs[self._asked]))
            except _NotAsked as error:
                refusal = str(error)
                self._ask_next()
            except EngineUnavailable:
                self._ask_next()
                raise
        raise EngineUnavailable(refusal)

    async def _ask_all(self, call: Callable[[EngineStub], Awaitable[Response]]) -> list[Response]:
        """The answers of every engine that is there, whether it charges or stands by."""
        responses = []
        refusal = ""
        for stub in self._stubs:
            try:
                responses.append(await _answer(call(stub)))
            except _NotAsked as error:
                refusal = str(error)
        if not responses:
            raise EngineUnavailable(refusal)
        return responses

    def _ask_next(self) -> None:
        self._asked = (self._asked + 1) % len(self._stubs)


async def _report(address: str, stub: EngineStub) -> EngineReport:
    request = engine_pb2.StatisticsRequest()
    try:
        response = await _answer(stub.Statistics(request, timeout=HEALTH_SECONDS))
    except (EngineUnavailable, _NotAsked) as error:
        return EngineReport(address, None, str(error))
    return EngineReport(address, json.loads(response.json))


class _NotAsked(Exception):
    """The call has not reached an engine that charges."""


async def _answer(call: Awaitable[Response]) -> Response:
    try:
        return await call
    except (TimeoutError, StreamTerminatedError) as error:
        raise EngineUnavailable(str(error) or "the engine does not answer") from error
    except OSError as error:
        raise _NotAsked(str(error) or "the engine is not there") from error
    except GRPCError as error:
        message = error.message or "the engine does not answer"
        if error.status is Status.FAILED_PRECONDITION:
            raise _NotAsked(message) from error
        raise EngineUnavailable(message) from error


def _channel(address: Address, token: str | None) -> Channel:
    channel = Channel(*address)
    if token is not None:

        async def show(event: SendRequest) -> None:
            event.metadata["authorization"] = f"Bearer {token}"

        listen(channel, SendRequest, show)
    return channel


def _address(node: str) -> Address:
    host, _, port = node.rpartition(":")
    return host or HOST, int(port)
