"""A trace: who is meant, what is shown, and the audit log that says who looked."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, aclosing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from psycopg import AsyncConnection

from openmvno import audit, catalog
from openmvno.actor import Actor
from openmvno.charging import (
    CdrNotFound,
    EngineClient,
    EngineNotReachable,
    EngineUnavailable,
    Exchange,
    TooManyTraces,
)
from openmvno.errors import DomainError
from openmvno.subscribers import LineNotFound, line_by_card, line_by_identity
from openmvno.traces.errors import TraceInvalid, TracesFull
from openmvno.traces.messages import diameter_message, engine_message
from openmvno.traces.model import TraceSubject
from openmvno.traces.rating import quote_request, rating_of
from openmvno.traces.schemas import MessageView, TracedCdr, TraceEntry, TraceSummary

log = logging.getLogger(__name__)

LONGEST_SECONDS: Final = 3_600
"""A trace that nobody ends does by itself."""

CDR_SECONDS: Final = 3.0
"""How long the tables may take to have a CDR that is to be explained."""

Connect = Callable[[], AbstractAsyncContextManager[AsyncConnection[Any]]]
Explain = Callable[[AsyncConnection[Any], UUID, UUID], Awaitable[dict[str, Any]]]
"""``openmvno.charging.explanation.explanation_of``."""


async def find_subject(
    connection: AsyncConnection[Any], tenant_id: UUID, named: str
) -> TraceSubject:
    """Whom an MSISDN, IMSI, ICCID, NAI or Session-Id means.

    Raises:
        LineNotFound: the tenant has no such line; TraceInvalid: it is none of these.
    """
    # A Session-Id begins with the client's name (RFC 6733 section 8.8).
    if ";" in named or (not named.lstrip("+").isdigit() and "@" not in named and named):
        return TraceSubject(tenant_id, named, session_id=named)
    # TS 23.003 section 19.3.2: before an IMSI an NAI has a 0.
    digits = named.partition("@")[0].lstrip("+")
    digits = digits[1:] if "@" in named and re.fullmatch(r"0\d{15}", digits) else digits
    if not digits.isdigit():
        raise TraceInvalid(
            f"{named[:60]!r} names nobody.",
            field="subject",
            accepted="an MSISDN, an IMSI, an ICCID, an NAI or a Session-Id",
        )
    line = await line_by_identity(connection, tenant_id, "msisdn", digits)
    line = line or await line_by_identity(connection, tenant_id, "imsi", digits)
    line = line or await line_by_card(connection, tenant_id, digits)
    if line is None:
        raise LineNotFound(f"There is no live line with {named}.", field="subject")
    return TraceSubject(tenant_id, named, line=line)


@dataclass(slots=True)
class _Follower:
    connect: Connect
    explain: Explain
    tenant_id: UUID
    shown: int = 0
    not_shown: int = 0

    async def entry(self, exchange: Exchange) -> TraceEntry:
        """An exchange in words, with its rating."""
        self.shown += 1
        self.not_shown += exchange.not_shown
        rating = rating_of(exchange)
        if rating is not None:
            rating.quote = await self._quoted(exchange)
            for cdr in rating.cdrs:
                cdr.explanation = await self._explained(cdr)
        request, answer = _messages(exchange)
        return TraceEntry(
            at=_instant(exchange.at),
            answered=_instant(exchange.answered) if exchange.answered else None,
            door=exchange.door,
            peer=exchange.peer,
            session_id=exchange.session,
            shard=exchange.shard,
            request=request,
            answer=answer,
            rating=rating,
            not_shown=exchange.not_shown,
        )

    async def _quoted(self, exchange: Exchange) -> dict[str, Any] | None:
        wanted = quote_request(exchange)
        if wanted is None:
            return None
        version, request = wanted
        try:
            async with self.connect() as connection:
                text = await catalog.text_of(connection, self.tenant_id, version)
            return await asyncio.to_thread(catalog.quote, text, request)
        except DomainError as error:
            log.warning("a traced grant cannot be quoted: %s", error)
            return None

    async def _explained(self, cdr: TracedCdr) -> dict[str, Any] | None:
        loop = asyncio.get_running_loop()
        until = loop.time() + CDR_SECONDS
        while True:
            try:
                async with self.connect() as connection:
                    return await self.explain(connection, self.tenant_id, cdr.cdr_id)
            except CdrNotFound:
                if loop.time() > until:
                    return None
                await asyncio.sleep(0.1)
            except DomainError as error:
                log.warning("a traced CDR cannot be explained: %s", error)
                return None


async def follow(
    connect: Connect,
    engine: EngineClient,
    explain: Explain,
    actor: Actor,
    subject: TraceSubject,
    seconds: int,
) -> AsyncGenerator[TraceEntry | TraceSummary, None]:
    """What the network asks about a subscriber, for so long; first an empty summary, once the
    trace runs and the audit log says so, and at the end what was shown.

    Raises:
        TracesFull, TraceInvalid, EngineNotReachable: nothing is traced.
    """
    if not 1 <= seconds <= LONGEST_SECONDS:
        raise TraceInvalid(
            f"A trace of {seconds} seconds is none.",
            field="seconds",
            accepted=f"1 to {LONGEST_SECONDS}",
        )
    follower = _Follower(connect, explain, subject.tenant_id)
    begun = False
    try:
        async with aclosing(engine.trace(subject.for_engine(), seconds)) as exchanges:
            async for exchange in exchanges:
                if not begun:
                    begun = True
                    await _audit(connect, actor, subject, "trace.started", {"seconds": seconds})
                    yield TraceSummary(0, 0)
                if exchange.door:
                    yield await follower.entry(exchange)
                else:
                    follower.not_shown += exchange.not_shown
        yield TraceSummary(follower.shown, follower.not_shown)
    except TooManyTraces as error:
        raise TracesFull(field=None) from error
    except EngineUnavailable as error:
        log.warning("a trace cannot run: %s", error)
        raise EngineNotReachable from error
    finally:
        if begun:
            counts = {"shown": follower.shown, "not_shown": follower.not_shown}
            # Also when the reader went away: the log always says how much was seen.
            await asyncio.shield(_audit(connect, actor, subject, "trace.ended", counts))


async def _audit(
    connect: Connect, actor: Actor, subject: TraceSubject, action: str, after: dict[str, Any]
) -> None:
    line = subject.line
    about = ("session", subject.session_id) if line is None else ("line", line.line_id)
    async with connect() as connection:
        await audit.record(
            connection, actor, action, *about, after={"subject": subject.named, **after}
        )


def _messages(exchange: Exchange) -> tuple[MessageView, MessageView]:
    """Request and answer in words."""
    if exchange.door == "diameter":
        return diameter_message(exchange.request), diameter_message(exchange.answer)
    return engine_message(exchange.request, "request"), engine_message(exchange.answer, "outcome")


def _instant(at: int) -> datetime:
    return datetime.fromtimestamp(at / 1000, UTC)
