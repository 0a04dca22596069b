"""The public charging gRPC service, run inside ``serve``."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any, Final, Protocol
from uuid import UUID

from grpclib.const import Status
from grpclib.exceptions import GRPCError
from grpclib.server import Server
from opentelemetry import propagate, trace
from opentelemetry.trace import Span, SpanKind

from openmvno.charging.engine_client import EngineUnavailable
from openmvno.gateways.grpc import requests as build
from openmvno.gateways.grpc.authentication import Authenticator, Caller, require
from openmvno.gateways.grpc.batching import BatchingSubmitter, Submitter
from openmvno.gateways.grpc.subscribers import FindPayer, Payer
from openmvno.rpc.charging.v1 import charging_pb2 as messages
from openmvno.rpc.charging.v1.charging_grpc import ChargingBase
from openmvno.settings import Settings

if TYPE_CHECKING:
    from grpclib.server import Stream

CHARGE_SCOPE: Final = "charging:write"
BALANCE_SCOPE: Final = "balance:read"


Part = Callable[[Any], build.Request]


class ChargingEngine(Submitter, Protocol):
    """The part of the engine client this needs."""

    async def balance(self, tenant: UUID, account: UUID) -> dict[str, Any] | None:
        """The live balance; None when the account is unknown."""
        ...


class ChargingService(ChargingBase):
    """Checks callers and messages; the engine does the rest, in batches."""

    def __init__(
        self, engine: ChargingEngine, authenticator: Authenticator, find_payer: FindPayer
    ) -> None:
        self._engine = engine
        self._batches = BatchingSubmitter(engine)
        self._authenticator = authenticator
        self._find_payer = find_payer
        self._tracer = trace.get_tracer("openmvno.grpc")
        # While the process stops, what is under way is answered and nothing new is begun.
        self.draining = False
        self.under_way = 0

    async def Reserve(  # noqa: N802 -- named by the service
        self, stream: Stream[messages.ReserveRequest, messages.ChargingResponse]
    ) -> None:
        """Lock funds."""
        await self._charge(
            stream,
            "reserve",
            lambda request: {
                "type": "reserve" if request.request_number == 0 else "update",
                **build.quantities(request, "requested", "used", "used_after_change"),
                **build.optional_text(request, "destination", "correlation"),
                **build.unit_key(request),
                **build.surroundings(request),
            },
        )

    async def Commit(  # noqa: N802
        self, stream: Stream[messages.CommitRequest, messages.ChargingResponse]
    ) -> None:
        """Charge and close."""
        await self._charge(
            stream,
            "commit",
            lambda request: {
                "type": "commit",
                **build.quantities(request, "used", "used_after_change"),
                **build.unit_key(request),
            },
        )

    async def Cancel(  # noqa: N802
        self, stream: Stream[messages.CancelRequest, messages.ChargingResponse]
    ) -> None:
        """Release and close."""
        await self._charge(stream, "cancel", lambda _: {"type": "cancel"})

    async def Debit(  # noqa: N802
        self, stream: Stream[messages.DebitRequest, messages.ChargingResponse]
    ) -> None:
        """Charge at once."""
        await self._charge(
            stream,
            "debit",
            lambda request: {
                "type": "debit",
                **build.quantities(request, "requested"),
                **build.optional_text(request, "destination", "correlation"),
                **build.unit_key(request),
                **build.surroundings(request),
            },
        )

    async def Refund(  # noqa: N802
        self, stream: Stream[messages.RefundRequest, messages.ChargingResponse]
    ) -> None:
        """Give a debit back."""
        await self._charge(
            stream,
            "refund",
            lambda request: {
                "type": "refund",
                **build.refund_of(request.debit_cdr_id),
                **build.quantities(request, "requested"),
                **build.optional_text(request, "correlation"),
            },
            build.refund_response,
        )

    async def Balance(  # noqa: N802
        self, stream: Stream[messages.BalanceRequest, messages.BalanceResponse]
    ) -> None:
        """Read the live balance."""
        with self._counted():
            caller = await require(self._authenticator, stream, BALANCE_SCOPE)
            request = await _received(stream)
            with self._span("balance", stream.metadata), _engine_at_hand():
                payer = await self._payer(caller, build.identity(request.subscriber))
                balance = await self._engine.balance(caller.tenant_id, payer.account_id)
            if balance is None:
                raise build.unknown_subscriber()
            await stream.send_message(build.balance_response(balance))

    async def _charge(
        self,
        stream: Stream[Any, messages.ChargingResponse],
        name: str,
        part: Part,
        answer: Callable[[dict[str, Any]], messages.ChargingResponse] = build.charging_response,
    ) -> None:
        with self._counted():
            await stream.send_message(answer(await self._charged(stream, name, part)))

    async def _charged(self, stream: Stream[Any, Any], name: str, part: Part) -> dict[str, Any]:
        caller = await require(self._authenticator, stream, CHARGE_SCOPE)
        request = await _received(stream)
        identity = build.identity(request.subscriber)
        charge = {
            "tenant": str(caller.tenant_id),
            **build.session(request),
            **identity,
            **build.service(request),
            **part(request),
        }
        with self._span(name, stream.metadata), _engine_at_hand():
            currency = charge.pop("currency", None)
            if currency is not None:
                payer = await self._payer(caller, identity)
                build.refuse_other_currency(currency, payer.currency)
            return await self._batches.submit(charge)

    @contextmanager
    def _counted(self) -> Iterator[None]:
        """A call that a stopping process waits for."""
        if self.draining:
            raise GRPCError(Status.UNAVAILABLE, "this server is stopping: ask another")
        self.under_way += 1
        try:
            yield
        finally:
            self.under_way -= 1

    async def _payer(self, caller: Caller, identity: build.Request) -> Payer:
        ((kind, digits),) = identity.items()
        payer = await self._find_payer(caller.tenant_id, kind, digits)
        if payer is None:
            raise build.unknown_subscriber()
        return payer

    def _span(self, name: str, metadata: Any) -> AbstractContextManager[Span]:
        carrier = {key: value for key, value in (metadata or {}).items() if isinstance(value, str)}
        context = propagate.extract(carrier)
        return self._tracer.start_as_current_span(f"grpc {name}", context, kind=SpanKind.SERVER)


@contextmanager
def _engine_at_hand() -> Iterator[None]:
    try:
        yield
    except EngineUnavailable as error:
        raise GRPCError(Status.UNAVAILABLE, f"engine_unavailable: {error}") from error


class GrpcServer:
    """The public gRPC port and its calls."""

    def __init__(self, service: ChargingService) -> None:
        self._service = service
        self._server = Server([service])

    async def start(self, settings: Settings) -> None:
        """Listen.

        Raises:
            OSError: the port cannot be listened on.
        """
        await self._server.start(settings.listen_address, settings.grpc_port)

    def refuse(self) -> None:
        """From now on new calls are told to go elsewhere."""
        self._service.draining = True

    async def stop(self, seconds: float) -> None:
        """Answer the calls under way, within ``seconds``, and no new ones."""
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        self.refuse()
        while self._service.under_way and loop.time() < until:
            await asyncio.sleep(0.01)
        self._server.close()
        await self._server.wait_closed()


async def start_server(
    settings: Settings, engine: ChargingEngine, authenticator: Authenticator, find_payer: FindPayer
) -> GrpcServer:
    """Listen on the public gRPC port; the caller stops the server.

    Raises:
        OSError: the port cannot be listened on.
    """
    server = GrpcServer(ChargingService(engine, authenticator, find_payer))
    await server.start(settings)
    return server


async def _received(stream: Stream[Any, Any]) -> Any:
    message = await stream.recv_message()
    if message is None:
        raise GRPCError(Status.INVALID_ARGUMENT, "invalid_request: no message came")
    return message
