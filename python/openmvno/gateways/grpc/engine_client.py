"""The engine process as a client sees it, over its internal gRPC."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Sequence
from types import TracebackType
from typing import Any, Self, TypeVar
from uuid import UUID

from grpclib.client import Channel
from grpclib.exceptions import GRPCError, StreamTerminatedError

from openmvno.charging.engine_client import EngineUnavailable
from openmvno.rpc.engine.v1 import engine_pb2
from openmvno.rpc.engine.v1.engine_grpc import EngineStub
from openmvno.settings import Settings

HOST = "127.0.0.1"
TIMEOUT_SECONDS = 12.0

Response = TypeVar("Response")


class GrpcEngineClient:
    """Implements :class:`openmvno.charging.engine_client.EngineClient`; one channel, many calls."""

    def __init__(self, port: int, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        """``port``: setting ``engine_grpc_port``. Connects at the first call."""
        self._channel = Channel(HOST, port)
        self._stub = EngineStub(self._channel)
        self._timeout = timeout_seconds

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """The client of this installation's engine."""
        return cls(settings.engine_grpc_port)

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
        """Close the channel."""
        self._channel.close()

    async def apply(self, shard: int, seq: int) -> dict[str, Any]:
        """Wait until the committed command (shard, seq) is journaled; returns its outcome.

        Raises:
            EngineUnavailable: no answer in time; the command is applied once all the same.
        """
        request = engine_pb2.ApplyRequest(shard=shard, seq=seq)
        response = await _answer(self._stub.Apply(request, timeout=self._timeout))
        outcome: dict[str, Any] = json.loads(response.outcome)
        return outcome

    async def balance(self, tenant: UUID, account: UUID) -> dict[str, Any] | None:
        """{currency, balance, reserved, available, sessions} in micros; None when unknown.

        Raises:
            EngineUnavailable: no answer in time.
        """
        request = engine_pb2.BalanceRequest(tenant=tenant.bytes, account=account.bytes)
        response = await _answer(self._stub.Balance(request, timeout=self._timeout))
        return json.loads(response.balance) if response.balance else None

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
        response = await _answer(self._stub.Submit(request, timeout=self._timeout))
        return list(response.outcomes)

    async def statistics(self) -> dict[str, Any]:
        """Counters and gauges of the engine.

        Raises:
            EngineUnavailable: no answer in time.
        """
        request = engine_pb2.StatisticsRequest()
        response = await _answer(self._stub.Statistics(request, timeout=self._timeout))
        statistics: dict[str, Any] = json.loads(response.json)
        return statistics

    async def health(self) -> str | None:
        """None when requests are being charged, else the reason why not."""
        try:
            request = engine_pb2.HealthRequest()
            response = await _answer(self._stub.Health(request, timeout=2))
        except EngineUnavailable as error:
            return str(error)
        return None if response.charging else response.reason


async def _answer(call: Awaitable[Response]) -> Response:
    try:
        return await call
    except (TimeoutError, GRPCError, StreamTerminatedError, OSError) as error:
        message = error.message if isinstance(error, GRPCError) else str(error)
        raise EngineUnavailable(message or "the engine does not answer") from error
