"""Live balances for those who ask often: a stream of questions and answers.

A call of its own for each would cost both sides more than the balance does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from grpclib.const import Status
from grpclib.exceptions import GRPCError

from openmvno.rpc.engine.v1 import engine_pb2

if TYPE_CHECKING:
    from grpclib.server import Stream

Answers = list[engine_pb2.BalanceAnswer]

BalanceHere = Callable[[engine_pb2.BalanceRequest], bytes | None]
"""The balance of an account of this engine's, empty when it is unknown; None for another's."""

BalanceAnywhere = Callable[[engine_pb2.BalanceRequest], Awaitable[bytes]]
"""The balance from whichever engine has the account; raises GRPCError."""


async def serve(
    stream: Stream[engine_pb2.BalanceQuestions, engine_pb2.BalanceAnswers],
    here: BalanceHere,
    anywhere: BalanceAnywhere,
) -> None:
    """Answer until the asking side ends the stream. Who asks about another engine's account is
    waited for by nobody else."""
    sending = asyncio.Lock()

    async def send(answers: Answers) -> None:
        async with sending:
            await stream.send_message(engine_pb2.BalanceAnswers(answers=answers))

    async def ask_around(question: engine_pb2.BalanceQuestion) -> None:
        await send([await _from_anywhere(question, anywhere)])

    async with asyncio.TaskGroup() as elsewhere:
        while (asked := await stream.recv_message()) is not None:
            answers: Answers = []
            for question in asked.questions:
                answer = _from_here(question, here)
                if answer is None:
                    elsewhere.create_task(ask_around(question))
                else:
                    answers.append(answer)
            if answers:
                await send(answers)


def _from_here(
    question: engine_pb2.BalanceQuestion, here: BalanceHere
) -> engine_pb2.BalanceAnswer | None:
    try:
        balance = here(question.of)
    except GRPCError as error:
        return _refused(question.number, error)
    if balance is None:
        return None
    return engine_pb2.BalanceAnswer(number=question.number, balance=balance)


async def _from_anywhere(
    question: engine_pb2.BalanceQuestion, anywhere: BalanceAnywhere
) -> engine_pb2.BalanceAnswer:
    try:
        balance = await anywhere(question.of)
    except GRPCError as error:
        return _refused(question.number, error)
    except TimeoutError:
        late = GRPCError(Status.DEADLINE_EXCEEDED, "the engine that has the shard is late")
        return _refused(question.number, late)
    return engine_pb2.BalanceAnswer(number=question.number, balance=balance)


def _refused(number: int, error: GRPCError) -> engine_pb2.BalanceAnswer:
    return engine_pb2.BalanceAnswer(
        number=number, status=error.status.value, message=error.message or ""
    )
