"""A dialogue of lines with another system, over whatever carries text."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from openmvno.provisioning.command_template import Session, Step
from openmvno.provisioning.placeholders import filled_line
from openmvno.provisioning.register import RefusedError, UnreachableError

LONGEST_ANSWER: Final = 262_144
"""Characters; who says more is not listened to."""

_PIECE: Final = 4096


class LoginRefusedError(UnreachableError):
    """We are not let in, or do not trust who answers: it is no fault of what was to be told."""


@dataclass(frozen=True, slots=True)
class Stream:
    """What carries text. ``read``: up to so many characters, none at the end."""

    read: Callable[[int], Awaitable[str]]
    write: Callable[[str], None]
    close: Callable[[], None]


class Dialogue:
    """Commands and their answers, one after the other. Every method but :meth:`close` raises
    :class:`UnreachableError` when the other side is gone or silent; then it is of no more use."""

    def __init__(self, stream: Stream, session: Session) -> None:
        self._stream = stream
        self._session = session
        self._heard = ""

    async def log_in(self, user: str, secret: str) -> None:
        """From the greeting to the first prompt, ready for commands.

        Raises:
            LoginRefusedError.
        """
        terms = self._session
        variables = {"user": user, "secret": secret}
        for step in terms.login:
            await self._login_said([step.wait_for])
            self._send(filled_line(step.send, variables))
        await self._login_said(terms.prompt)
        for line in terms.start:
            await self.ask(line, [])

    async def _login_said(self, awaited: Sequence[str]) -> None:
        said, _ = await self._until(awaited, self._session.refused)
        if any(phrase in said for phrase in self._session.refused):
            raise LoginRefusedError("the login is refused")

    async def ask(self, line: str, confirm: Sequence[Step]) -> str:
        """The answer to a command, without echo and prompt. ``confirm``: questions on the way, with
        their answers filled in."""
        self._send(line)
        if self._session.echo:
            await self._until([], [line])
        waiting = list(confirm)
        answer = ""
        while True:
            questions = [step.wait_for for step in waiting]
            said, end = await self._until([*questions, *self._session.prompt], [])
            answer += said
            if end not in questions:
                return answer.removesuffix(end).strip()
            step = waiting.pop(questions.index(end))
            self._send(step.send)

    def close(self) -> None:
        """Take leave."""
        try:
            if self._session.end is not None:
                self._send(self._session.end)
        except UnreachableError:
            pass
        finally:
            self._stream.close()

    def _send(self, line: str) -> None:
        try:
            self._stream.write(line + self._session.line_end)
        except (OSError, EOFError, RuntimeError) as error:
            # What was to be sent may be a secret: it is not told.
            raise UnreachableError("the connection is lost") from error

    async def _until(self, endings: Sequence[str], anywhere: Sequence[str]) -> tuple[str, str]:
        """What is said until it ends with one of ``endings``, or up to one of ``anywhere``, and
        which it was.

        Raises:
            UnreachableError: it ended or took too long; RefusedError: it never ends.
        """
        seconds = self._session.answer_seconds
        try:
            async with asyncio.timeout(seconds):
                while True:
                    found = self._found(endings, anywhere)
                    if found is not None:
                        return found
                    if len(self._heard) > LONGEST_ANSWER:
                        raise RefusedError(f"the answer is over {LONGEST_ANSWER} characters")
                    piece = await self._stream.read(_PIECE)
                    if not piece:
                        raise UnreachableError("the connection was closed by the other side")
                    self._heard += piece
        except TimeoutError as error:
            raise UnreachableError(f"no prompt within {seconds:g} s") from error
        except (OSError, EOFError) as error:
            raise UnreachableError("the connection is lost") from error

    def _found(self, endings: Sequence[str], anywhere: Sequence[str]) -> tuple[str, str] | None:
        heard = self._heard
        for phrase in endings:
            if heard.endswith(phrase):
                self._heard = ""
                return heard, phrase
        for phrase in anywhere:
            place = heard.find(phrase)
            if place >= 0:
                end = place + len(phrase)
                self._heard = heard[end:]
                return heard[:end], phrase
        return None
