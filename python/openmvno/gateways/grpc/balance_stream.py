"""Questions about balances to one engine, on a stream that stays open."""

from __future__ import annotations

import asyncio
from itertools import count
from typing import TYPE_CHECKING
from uuid import UUID

from grpclib.const import Status
from grpclib.exceptions import GRPCError, StreamTerminatedError

from openmvno.rpc.engine.v1 import engine_pb2
from openmvno.rpc.engine.v1.engine_grpc import EngineStub

if TYPE_CHECKING:
    from grpclib.client import Stream

    Questions = Stream[engine_pb2.BalanceQuestions, engine_pb2.BalanceAnswers]


class BalanceStream:
    """What is asked while a message leaves goes with the next one. A stream that broke is opened
    anew by the next question."""

    def __init__(self, stub: EngineStub, timeout_seconds: float) -> None:
        self._stub = stub
        self._timeout = timeout_seconds
        self._numbers = count(1)
        self._unsent: list[engine_pb2.BalanceQuestion] = []
        self._waiting: dict[int, asyncio.Future[bytes]] = {}
        self._has_work = asyncio.Event()
        self._running: asyncio.Task[None] | None = None

    async def ask(self, tenant: UUID, account: UUID) -> bytes:
        """The balance in JSON, empty when the account is unknown.

        Raises:
            OSError, StreamTerminatedError, GRPCError, TimeoutError: as a call of its own.
        """
        number = next(self._numbers)
        of = engine_pb2.BalanceRequest(tenant=tenant.bytes, account=account.bytes)
        future: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._waiting[number] = future
        self._unsent.append(engine_pb2.BalanceQuestion(number=number, of=of))
        self._has_work.set()
        if self._running is None:
            self._running = asyncio.create_task(self._run(), name="balances")
        try:
            async with asyncio.timeout(self._timeout):
                return await future
        finally:
            del self._waiting[number]

    def close(self) -> None:
        """End the stream."""
        if self._running is not None:
            self._running.cancel()

    async def _run(self) -> None:
        failure: Exception = StreamTerminatedError("the engine has ended the stream")
        try:
            async with self._stub.Balances.open() as stream:
                await stream.send_request()
                await self._converse(stream)
        except (OSError, GRPCError, StreamTerminatedError) as error:
            failure = error
        finally:
            self._running = None
            self._unsent.clear()
            for future in self._waiting.values():
                if not future.done():
                    future.set_exception(failure)

    async def _converse(self, stream: Questions) -> None:
        sending = asyncio.create_task(self._send(stream))
        try:
            while (answers := await stream.recv_message()) is not None:
                self._received(answers)
        finally:
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)

    async def _send(self, stream: Questions) -> None:
        while True:
            await self._has_work.wait()
            self._has_work.clear()
            questions, self._unsent = self._unsent, []
            await stream.send_message(engine_pb2.BalanceQuestions(questions=questions))

    def _received(self, answers: engine_pb2.BalanceAnswers) -> None:
        for answer in answers.answers:
            future = self._waiting.get(answer.number)
            if future is None or future.done():
                continue  # nobody waits any more
            if answer.status:
                future.set_exception(GRPCError(Status(answer.status), answer.message))
            else:
                future.set_result(answer.balance)
