"""One API call: its actor, its transaction, its idempotency, its wait for the engine."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from litestar import Request, Response
from litestar.params import HeaderParameter
from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from openmvno.actor import Actor
from openmvno.errors import DomainError, Told
from openmvno.rest import idempotency, reach
from openmvno.rest.errors import (
    EngineRefused,
    FilterMissing,
    IdempotencyKeyMissing,
    VersionMismatch,
)
from openmvno.rest.reach import Within

log = logging.getLogger(__name__)

Connection = AsyncConnection[TupleRow]
CommandPlace = tuple[int, int]
"""(shard, seq) of an engine command."""

Outcome = dict[str, Any] | None
"""What the engine answered to a command; None while it is not known to be applied."""

NoteRead = Callable[[Actor, str, str, Sequence[object], str], Awaitable[None]]
"""Notes that an actor was shown personal data: action, type and ids of the subjects, and the
address that was asked for it."""

Settle = Callable[[UUID, Sequence[CommandPlace]], Awaitable[list[Outcome]]]
"""Waits for commands of a tenant already committed; never applies anything twice."""

Refusals = Mapping[str, Told]
"""Which problem an error code of the engine is told as; any other is EngineRefused."""

_UNFORESEEN: Final = Told(EngineRefused, None)

Undo = Callable[[Connection, Any, list[Outcome]], Awaitable[Sequence[CommandPlace]]]
"""Takes back a change that the engine refused in part; returns the commands that do so."""

Finish = Callable[[Any, list[Outcome]], Any]
"""Completes a response body with the engine's outcomes."""


@dataclass(frozen=True, slots=True)
class Done:
    """What a change has to answer, before the engine's outcomes are known.

    ``refusal``: what the caller is told instead, while what the work wrote stays; so a failed
    attempt is counted. The Idempotency-Key is then free again. ``key_required``: it moves money, so
    that without a key nothing of it is done.
    """

    status: int
    body: Any
    headers: dict[str, str] = field(default_factory=dict)
    commands: Sequence[CommandPlace] = ()
    refusal: DomainError | None = None
    key_required: bool = False


@dataclass(frozen=True, slots=True)
class Resources:
    """What the application lends to each call."""

    connection_of: Callable[[UUID], AbstractAsyncContextManager[Connection]]
    """A connection whose transaction sees the rows of this tenant alone."""

    reading_of: Callable[[UUID], AbstractAsyncContextManager[Connection]]
    """One for single statements that read the rows of this tenant alone."""

    open_connection: Callable[[], AbstractAsyncContextManager[Connection]]
    """One for single statements, which sees no tenant's rows."""

    settle: Settle
    note_read: NoteRead


@dataclass(frozen=True, slots=True)
class Call:
    """One request of an authenticated caller."""

    request: Request[Actor, Any, Any]
    resources: Resources
    idempotency_key: str | None = None
    if_match: str | None = None

    @property
    def actor(self) -> Actor:
        """Who calls."""
        return self.request.user

    @property
    def tenant_id(self) -> UUID:
        """On whose behalf; every query filters by it, and row security does."""
        return self.actor.tenant_id

    @property
    def within(self) -> Within | None:
        """What a caller outside the staff is kept within; None: staff and programs are not."""
        return reach.within(self.request)

    def of_lines(
        self, account_id: UUID | None, line_id: UUID | None
    ) -> tuple[UUID | None, UUID | None]:
        """The account and line that a listing of lines' entries is of, kept within the reach.

        Raises:
            FilterMissing: a caller outside the staff has to name one of them.
        """
        if self.within is not None and self.within.line_id is not None:
            return self.within.account_id, self.within.line_id
        self._check_filter(account_id or line_id)
        return account_id, line_id

    def of_account(self, account_id: UUID | None) -> UUID | None:
        """The account that a listing of accounts' entries is of, kept within the reach.

        Raises:
            FilterMissing: a caller outside the staff has to name it.
        """
        if self.within is not None and self.within.account_id is not None:
            return self.within.account_id
        self._check_filter(account_id)
        return account_id

    def _check_filter(self, named: UUID | None) -> None:
        if self.within is not None and named is None:
            raise FilterMissing(field="account")

    @property
    def _address(self) -> str:
        url = self.request.url
        return f"{url.path}?{url.query}" if url.query else url.path

    def connection(self) -> AbstractAsyncContextManager[Connection]:
        """A connection with a transaction that commits when the block ends, and sees the tenant's
        rows alone."""
        return self.resources.connection_of(self.tenant_id)

    def reading(self) -> AbstractAsyncContextManager[Connection]:
        """A connection for what only reads: each statement is a transaction by itself that sees the
        tenant's rows alone. Cheaper than :meth:`connection`."""
        return self.resources.reading_of(self.tenant_id)

    async def shown(self, subject_type: str, subjects: Sequence[object]) -> None:
        """Note in the audit log that the caller reads personal data of these subjects; to be
        called by every route that shows some."""
        action = f"{subject_type}.read"
        await self.resources.note_read(self.actor, action, subject_type, subjects, self._address)

    def check_version(self, version: int) -> None:
        """Compare If-Match, when it was sent, with the present version.

        Raises:
            VersionMismatch: somebody has changed it meanwhile.
        """
        if self.if_match is None or self.if_match.strip() == "*":
            return
        if etag(version) not in {tag.strip() for tag in self.if_match.split(",")}:
            raise VersionMismatch(
                f"The present version is {etag(version)}.",
                field="If-Match",
                accepted=f"{etag(version)}, once it was read again and decided anew",
            )

    async def change(
        self,
        work: Callable[[Connection], Awaitable[Done]],
        *,
        finish: Finish | None = None,
        key_required: bool = False,
        content: bytes | None = None,
        refusals: Refusals | None = None,
        undo: Undo | None = None,
    ) -> Response[Any]:
        """Do ``work`` in one transaction, once per Idempotency-Key, and answer.

        The answer waits for the engine commands the work wrote. While the engine does not answer
        it is 202 with the body as it is; the commands are durable and will be applied, and the
        same key asked again finds their outcome. ``content`` stands for the body where its bytes
        differ from attempt to attempt (multipart). ``undo`` takes back what the work did when the
        engine refuses a part of it; asked twice it does nothing twice.

        Raises:
            IdempotencyKeyMissing, IdempotencyKeyReused, what ``work`` raises, and for what the
            engine refuses the error that ``refusals`` names, else EngineRefused.
        """
        key = self.idempotency_key
        self._check_key(key, key_required)
        async with self.connection() as connection:
            answer = await self._once(connection, work, key, content)
        if isinstance(answer, DomainError):
            raise answer
        outcomes: list[Outcome] = []
        if answer.commands:
            outcomes = await self.resources.settle(self.tenant_id, answer.commands)
        for outcome in outcomes:
            if outcome is not None and "error" in outcome:
                if undo is not None:
                    await self._undone(undo, answer.body, outcomes)
                code = str(outcome["error"])
                refused = (refusals or {}).get(code, _UNFORESEEN)
                raise refused.kind(
                    str(outcome.get("message", "")),
                    field=refused.field,
                    extra={"engine_code": code},
                )
        body = finish(answer.body, outcomes) if finish else answer.body
        status = 202 if None in outcomes else answer.status
        return Response(content=body, status_code=status, headers=answer.headers)

    @staticmethod
    def _check_key(key: str | None, is_required: bool) -> None:
        if key is None and is_required:
            raise IdempotencyKeyMissing(field="Idempotency-Key")

    async def _undone(self, undo: Undo, body: Any, outcomes: list[Outcome]) -> None:
        async with self.connection() as connection:
            places = await undo(connection, body, outcomes)
        if not places:
            return
        for outcome in await self.resources.settle(self.tenant_id, places):
            if outcome is not None and "error" in outcome:
                log.error("the engine did not take back all of a refused call: %s", outcome)

    async def _once(
        self,
        connection: Connection,
        work: Callable[[Connection], Awaitable[Done]],
        key: str | None,
        content: bytes | None,
    ) -> idempotency.Stored | DomainError:
        if key is not None:
            body = await self.request.body() if content is None else content
            mark = idempotency.fingerprint(self.request.method, self._address, body)
            known = await idempotency.claim(connection, self.tenant_id, key, mark)
            if known is not None:
                return known
        done = await work(connection)
        self._check_key(key, done.key_required)
        if done.refusal is not None:
            if key is not None:
                await idempotency.give_back(connection, self.tenant_id, key)
            return done.refusal
        body_now = msgspec.to_builtins(done.body)
        answer = idempotency.Stored(done.status, body_now, done.headers, list(done.commands))
        if key is not None:
            await idempotency.store(connection, self.tenant_id, key, answer)
        return answer


def becomes(status: str) -> Finish:
    """Finishes a body: its ``status`` is this one once the engine has followed every command."""

    def finish(body: dict[str, Any], outcomes: list[Outcome]) -> dict[str, Any]:
        return body if None in outcomes else {**body, "status": status}

    return finish


def etag(version: int) -> str:
    """The entity tag of a version (RFC 9110 section 8.8.3)."""
    return f'"{version}"'


def tagged(version: int, location: str | None = None) -> dict[str, str]:
    """Headers with the entity tag of a version and, of something new, where it is."""
    headers = {"ETag": etag(version)}
    return headers if location is None else {**headers, "Location": location}


def provide_call(request: Request[Actor, Any, Any]) -> Call:
    """The call of a reading route (a Litestar dependency)."""
    return Call(request, request.app.state.resources)


def provide_creation(
    request: Request[Actor, Any, Any],
    idempotency_key: Annotated[
        str | None,
        HeaderParameter(
            name="Idempotency-Key",
            description="The same key with the same request is done once; the answer is replayed.",
            schema_extra={"pattern": r"^[\x20-\x7e]+$", "minLength": 1, "maxLength": 255},
        ),
    ] = None,
) -> Call:
    """The call of a POST (a Litestar dependency)."""
    key = None if idempotency_key is None else idempotency.check_key(idempotency_key)
    return Call(request, request.app.state.resources, idempotency_key=key)


def provide_update(
    request: Request[Actor, Any, Any],
    if_match: Annotated[
        str | None,
        HeaderParameter(
            name="If-Match", description="Change it only if its ETag is still this one."
        ),
    ] = None,
) -> Call:
    """The call of a PUT, PATCH or DELETE (a Litestar dependency)."""
    return Call(request, request.app.state.resources, if_match=if_match)
