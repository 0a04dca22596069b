"""Systems with a command line, told by a template: one session at a time to each target, kept from
one delivery to the next as far as the template lets it be.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import unquote, urlsplit
from uuid import UUID

from openmvno.provisioning.adapters.dialogue import Dialogue, LoginRefusedError
from openmvno.provisioning.adapters.ssh import check_private_key, is_private_key, open_ssh
from openmvno.provisioning.adapters.telnet import open_telnet
from openmvno.provisioning.command_template import (
    Command,
    CommandTemplate,
    Session,
    Step,
    commands_for,
    is_secret,
    judge,
)
from openmvno.provisioning.errors import SecretInvalid
from openmvno.provisioning.kinds import SSH
from openmvno.provisioning.placeholders import filled_line, secrets_of, without_secrets
from openmvno.provisioning.register import UnreachableError

TURN_SECONDS: Final = 5.0
"""How long a delivery waits for the session that others of its target have."""

TASK_SECONDS: Final = 20.0
"""How long one may take."""

LOGIN_PAUSE_SECONDS: Final = 30.0
"""Between two logins when the first was refused: a wrong password locks no account."""

Place = tuple[UUID, str]
"""A tenant and the name of its target."""


class BusyError(Exception):
    """Others of the same target took all the time: it is no attempt."""


@dataclass(frozen=True, slots=True)
class Access:
    """How to come in; a session is kept for as long as this stays the same."""

    kind: str
    url: str
    secret: str = field(repr=False)
    session: Session


@dataclass(slots=True)
class _Kept:
    """A target's session. ``failed_at``: when it was last found out of reach, with the reason;
    until ``shut_until`` nobody tries."""

    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    access: Access | None = None
    dialogue: Dialogue | None = None
    tasks: int = 0
    failed_at: float = 0.0
    shut_until: float = 0.0
    reason: str = ""
    end: asyncio.TimerHandle | None = None

    def drop(self) -> None:
        if self.end is not None:
            self.end.cancel()
            self.end = None
        if self.dialogue is not None:
            self.dialogue.close()
            self.dialogue = None


class CommandLines:
    """The sessions of all targets."""

    def __init__(self) -> None:
        self._kept: dict[Place, _Kept] = {}

    async def tell(
        self,
        place: Place,
        access: Access,
        template: CommandTemplate,
        event: str,
        variables: Mapping[str, Any],
    ) -> None:
        """Give the commands that a template has for an event, one after the other.

        Raises:
            BusyError, UnreachableError, RefusedError.
        """
        known = dict(variables)
        orders = [
            (command, filled_line(command.send, known), _confirmed(command, known))
            for command in commands_for(template, event, known)
        ]
        if not orders:
            return
        kept = self._kept.setdefault(place, _Kept())
        asked_at = time.monotonic()
        await _take_turn(kept.turn)
        try:
            # Whoever waited while it was found out of reach need not find it again.
            if kept.failed_at >= asked_at or kept.shut_until > time.monotonic():
                raise UnreachableError(kept.reason)
            await _carried_out(kept, access, orders, secrets_of(known))
        finally:
            kept.turn.release()

    async def close(self) -> None:
        """Take leave of all."""
        for kept in self._kept.values():
            kept.drop()
        self._kept.clear()


def check_login_secret(kind: str, secret: str) -> None:
    """Let a secret pass that a target may let us in by.

    Raises:
        SecretInvalid.
    """
    if kind == SSH and is_private_key(secret):
        check_private_key(secret)
    elif not secret.isprintable():
        raise SecretInvalid(
            "A password is one line, without control characters.",
            field="secret",
            accepted="one line of text without control characters",
        )


Orders = list[tuple[Command, str, list[Step]]]


def _confirmed(command: Command, variables: Mapping[str, Any]) -> list[Step]:
    return [Step(step.wait_for, filled_line(step.send, variables)) for step in command.confirm]


async def _take_turn(turn: asyncio.Lock) -> None:
    try:
        async with asyncio.timeout(TURN_SECONDS):
            await turn.acquire()
    except TimeoutError as error:
        raise BusyError from error


async def _carried_out(
    kept: _Kept, access: Access, orders: Orders, secrets: list[str | None]
) -> None:
    """Carry orders out, in the session that is kept or a new one."""
    if kept.end is not None:
        kept.end.cancel()
        kept.end = None
    if kept.access != access or kept.tasks >= access.session.tasks:
        kept.drop()
    was_kept = kept.dialogue is not None
    try:
        async with asyncio.timeout(TASK_SECONDS):
            try:
                await _in_session(kept, access, orders, secrets)
            except LoginRefusedError:
                raise
            except UnreachableError:
                if not was_kept:
                    raise
                # It may have been restarted since the last delivery: worth one new session.
                await _in_session(kept, access, orders, secrets)
    except TimeoutError as error:
        kept.drop()
        raise UnreachableError(f"nothing came of it in {TASK_SECONDS:.0f} s") from error
    except UnreachableError as error:
        kept.failed_at, kept.reason = time.monotonic(), str(error)
        if isinstance(error, LoginRefusedError):
            kept.shut_until = kept.failed_at + LOGIN_PAUSE_SECONDS
        raise
    finally:
        if kept.dialogue is not None:
            loop = asyncio.get_running_loop()
            kept.end = loop.call_later(access.session.idle_seconds, kept.drop)


async def _in_session(
    kept: _Kept, access: Access, orders: Orders, secrets: list[str | None]
) -> None:
    if kept.dialogue is None:
        kept.dialogue = await _opened(access)
        kept.access, kept.tasks = access, 0
    kept.tasks += 1
    for command, line, confirm in orders:
        try:
            answer = await kept.dialogue.ask(line, confirm)
        except BaseException:
            kept.drop()  # an answer may still be under way
            raise
        shown = "(not shown: the command has secrets)"
        if not is_secret(command):
            shown = without_secrets(" ".join(answer.split()), secrets)[:200]
        judge(command, answer, shown)


async def _opened(access: Access) -> Dialogue:
    if access.kind == SSH:
        stream = await open_ssh(access.url, access.secret, access.session)
    else:
        stream = await open_telnet(access.url)
    dialogue = Dialogue(stream, access.session)
    try:
        await dialogue.log_in(unquote(urlsplit(access.url).username or ""), access.secret)
    except BaseException:
        stream.close()
        raise
    return dialogue
