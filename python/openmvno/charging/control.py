"""The engine's gRPC for our own processes: commands, value-added charging, balances, health."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import aclosing, contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from grpclib.const import Status
from grpclib.exceptions import GRPCError, StreamTerminatedError

from openmvno._core import Engine, shard_of
from openmvno.charging import balances, live_trace
from openmvno.charging.commands_feed import CommandsFeed
from openmvno.charging.links import Links
from openmvno.charging.outcomes import Outcomes
from openmvno.rpc.engine.v1 import engine_pb2
from openmvno.rpc.engine.v1.engine_grpc import EngineBase, EngineStub

if TYPE_CHECKING:
    from grpclib.server import Stream

# How long a caller's outcome is awaited when the caller sets no deadline. What is applied stays
# applied; asking again gives the answer.
WAIT_SECONDS = 10.0
BATCH_LIMIT = 1_000
# How long a call waits for a shard that changes hands.
OWNER_SECONDS = 5.0

Message = TypeVar("Message")


class Control(EngineBase):
    """Few, coarse calls: this process has one thread and the door comes first."""

    def __init__(
        self,
        *,
        engine: Engine,
        clock: Callable[[], int],
        outcomes: Outcomes,
        feed: CommandsFeed,
        shards: int,
        batch_pending: Callable[[], None],
        statistics: Callable[[], bytes],
        unhealthy: Callable[[], str | None],
        links: Links,
        reload_peers: Callable[[], Awaitable[bool]],
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._outcomes = outcomes
        self._feed = feed
        self._shards = shards
        self._batch_pending = batch_pending
        self._statistics = statistics
        self._unhealthy = unhealthy
        self._links = links
        self._reload_peers = reload_peers
        # While it stops, what is under way is answered and nothing new is begun.
        self.draining = False
        self.under_way = 0

    async def Apply(  # noqa: N802 -- named by the service
        self, stream: Stream[engine_pb2.ApplyRequest, engine_pb2.ApplyResponse]
    ) -> None:
        """Wait for a command."""
        request = await _received(stream)
        self._refuse_stopping()
        if not 0 <= request.shard < self._shards or request.seq < 1:
            raise GRPCError(
                Status.INVALID_ARGUMENT, f"no command can be at {request.shard}/{request.seq}"
            )
        with self._counted():
            other = await self._other_owner(request.shard)
            if other is None:
                outcome = await self._command_outcome(request.shard, request.seq)
                response = engine_pb2.ApplyResponse(outcome=outcome)
            else:
                response = await _relayed(
                    other.Apply(request, timeout=WAIT_SECONDS, metadata=self._links.metadata)
                )
            await stream.send_message(response)

    async def Submit(  # noqa: N802
        self, stream: Stream[engine_pb2.SubmitRequest, engine_pb2.SubmitResponse]
    ) -> None:
        """Charge a batch of requests."""
        request = await _received(stream)
        self._refuse_stopping()
        if len(request.requests) > BATCH_LIMIT:
            raise GRPCError(
                Status.RESOURCE_EXHAUSTED, f"a batch holds at most {BATCH_LIMIT} requests"
            )
        with self._counted():
            outcomes = await self._submit(list(request.requests))
            await stream.send_message(engine_pb2.SubmitResponse(outcomes=outcomes))

    async def Balance(  # noqa: N802
        self, stream: Stream[engine_pb2.BalanceRequest, engine_pb2.BalanceResponse]
    ) -> None:
        """Read a live balance."""
        request = await _received(stream)
        balance = await self._balance_anywhere(request)
        await stream.send_message(engine_pb2.BalanceResponse(balance=balance))

    async def Balances(  # noqa: N802
        self, stream: Stream[engine_pb2.BalanceQuestions, engine_pb2.BalanceAnswers]
    ) -> None:
        """Read live balances, for as long as the caller asks."""
        await balances.serve(stream, self._balance_here, self._balance_anywhere)

    async def Statistics(  # noqa: N802
        self, stream: Stream[engine_pb2.StatisticsRequest, engine_pb2.StatisticsResponse]
    ) -> None:
        """Read counters and gauges."""
        await _received(stream)
        await stream.send_message(engine_pb2.StatisticsResponse(json=self._statistics()))

    async def Health(  # noqa: N802
        self, stream: Stream[engine_pb2.HealthRequest, engine_pb2.HealthResponse]
    ) -> None:
        """Say whether we charge."""
        await _received(stream)
        reason = self._unhealthy()
        response = engine_pb2.HealthResponse(charging=reason is None, reason=reason or "")
        await stream.send_message(response)

    async def ReloadPeers(  # noqa: N802
        self, stream: Stream[engine_pb2.ReloadPeersRequest, engine_pb2.ReloadPeersResponse]
    ) -> None:
        """Put the configured peers in force."""
        await _received(stream)
        if not await self._reload_peers():
            raise GRPCError(Status.UNAVAILABLE, "the peers cannot be read now; those in force stay")
        await stream.send_message(engine_pb2.ReloadPeersResponse())

    async def PeerConnections(  # noqa: N802
        self, stream: Stream[engine_pb2.PeerConnectionsRequest, engine_pb2.PeerConnectionsResponse]
    ) -> None:
        """Say who is connected."""
        await _received(stream)
        text = self._engine.peer_connections().encode()
        await stream.send_message(engine_pb2.PeerConnectionsResponse(json=text))

    async def Forward(  # noqa: N802
        self, stream: Stream[engine_pb2.ForwardBatch, engine_pb2.ForwardBatch]
    ) -> None:
        """Serve another engine's doors."""
        await self._links.serve(stream)

    async def Sessions(  # noqa: N802
        self, stream: Stream[engine_pb2.SessionsRequest, engine_pb2.SessionsResponse]
    ) -> None:
        """Show the open sessions of a line."""
        request = await _received(stream)
        if {len(request.tenant), len(request.account), len(request.line)} != {16}:
            raise GRPCError(Status.INVALID_ARGUMENT, "identifiers are UUIDs of 16 bytes")
        other = await self._other_owner(shard_of(request.tenant, request.account, self._shards))
        if other is None:
            found = self._engine.sessions(request.tenant, request.account, request.line)
            response = engine_pb2.SessionsResponse(json=found or b"")
        else:
            response = await _relayed(
                other.Sessions(request, timeout=WAIT_SECONDS, metadata=self._links.metadata)
            )
        await stream.send_message(response)

    async def Trace(  # noqa: N802
        self, stream: Stream[engine_pb2.TraceRequest, engine_pb2.TraceMessage]
    ) -> None:
        """Show what the network asks about one subscriber."""
        request = await _received(stream)
        async with aclosing(live_trace.messages(self._engine, request)) as messages:
            async for message in messages:
                await stream.send_message(message)

    def _refuse_stopping(self) -> None:
        if self.draining:
            raise GRPCError(Status.FAILED_PRECONDITION, "this engine is stopping: ask another")

    @contextmanager
    def _counted(self) -> Iterator[None]:
        """A call that a stopping engine waits for."""
        self.under_way += 1
        try:
            yield
        finally:
            self.under_way -= 1

    # -- behind the calls ------------------------------------------------------------------------

    async def _other_owner(self, shard: int) -> EngineStub | None:
        """The engine that has a shard; None when it is this one. While it changes hands we wait."""
        deadline = asyncio.get_running_loop().time() + OWNER_SECONDS
        while asyncio.get_running_loop().time() < deadline:
            owner = self._engine.owner_of(shard)
            if self._links.is_own(owner):
                return None
            stub = self._links.stub(owner)
            if stub is not None:
                return stub
            await asyncio.sleep(0.02)
        raise GRPCError(Status.FAILED_PRECONDITION, f"no engine has shard {shard}: ask again")

    def _balance_here(self, request: engine_pb2.BalanceRequest) -> bytes | None:
        """The balance of an account whose shard this engine has, empty when it is unknown."""
        if not self._links.is_own(self._engine.owner_of(self._shard_of(request))):
            return None
        return self._engine.balance(request.tenant, request.account) or b""

    async def _balance_anywhere(self, request: engine_pb2.BalanceRequest) -> bytes:
        other = await self._other_owner(self._shard_of(request))
        if other is None:
            return self._engine.balance(request.tenant, request.account) or b""
        response = await _relayed(
            other.Balance(request, timeout=WAIT_SECONDS, metadata=self._links.metadata)
        )
        return response.balance

    def _shard_of(self, request: engine_pb2.BalanceRequest) -> int:
        if len(request.tenant) != 16 or len(request.account) != 16:
            raise GRPCError(Status.INVALID_ARGUMENT, "tenant and account are UUIDs of 16 bytes")
        return shard_of(request.tenant, request.account, self._shards)

    async def _command_outcome(self, shard: int, seq: int) -> bytes:
        place = (shard, seq)
        known = self._outcomes.recent(place)
        if known is not None:
            return known
        future = self._outcomes.expect_command(place)
        self._feed.poke()
        try:
            if self._engine.command_seq(shard) >= seq and not self._outcomes.is_outstanding(place):
                # Applied by an earlier run of this process: the materialiser has noted it down.
                return await self._outcome_on_record(shard, seq)
            return await asyncio.wait_for(future, WAIT_SECONDS)
        except TimeoutError as error:
            raise GRPCError(
                Status.DEADLINE_EXCEEDED,
                f"command {shard}/{seq} is not durable yet; it will be applied once, ask again",
            ) from error
        finally:
            self._outcomes.forget_command(place, future)

    async def _outcome_on_record(self, shard: int, seq: int) -> bytes:
        deadline = asyncio.get_running_loop().time() + WAIT_SECONDS
        while asyncio.get_running_loop().time() < deadline:
            outcome = await self._feed.outcome_on_record(shard, seq)
            if outcome is not None:
                return outcome
            await asyncio.sleep(0.1)
        raise TimeoutError

    async def _submit(self, requests: list[bytes]) -> list[bytes]:
        token = self._outcomes.token()
        future = self._outcomes.expect_requests(token)
        try:
            outcomes = self._engine.submit(token, requests, self._clock())
            self._batch_pending()
            if outcomes is None:
                outcomes = await asyncio.wait_for(future, WAIT_SECONDS)
            return outcomes
        except TimeoutError:
            return self._engine.abandon(token) or []
        finally:
            self._outcomes.forget_requests(token)


async def _relayed(call: Awaitable[Message]) -> Message:
    try:
        return await call
    except (OSError, StreamTerminatedError, TimeoutError) as error:
        raise GRPCError(Status.UNAVAILABLE, "the engine that has the shard is gone") from error


async def _received(stream: Stream[Message, Any]) -> Message:
    message = await stream.recv_message()
    if message is None:
        raise GRPCError(Status.CANCELLED, "no message")
    return message
