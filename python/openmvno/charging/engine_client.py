"""What the business needs from the engine process.

``openmvno.gateways.grpc.engine_client.GrpcEngineClient`` is the real one.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID


class EngineUnavailable(Exception):
    """The engine did not answer in time. A command already committed is applied all the same."""


class TooManyTraces(Exception):
    """As many traces run as an engine has room for."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request of a traced subscriber and its answer; ``door`` empty: only a count.

    ``before`` and ``after``: {account_id, line, account, session} or None. ``not_shown``:
    exchanges that came faster than they were fetched, before this one.
    """

    door: str = ""
    peer: str = ""
    session: str = ""
    shard: int | None = None
    at: int = 0
    answered: int = 0
    request: bytes = b""
    answer: bytes = b""
    journal: bytes = b""
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None
    not_shown: int = 0


@dataclass(frozen=True, slots=True)
class EngineReport:
    """What one engine says of itself, or why it says nothing. ``figures``: see
    rust_core/node/src/statistics.rs and :meth:`EngineNode._statistics`; counters are since the
    engine's start."""

    address: str
    figures: dict[str, Any] | None
    problem: str = ""


class EngineClient(Protocol):
    """The engine process as seen by API, command line and housekeeping."""

    async def apply(self, shard: int, seq: int) -> dict[str, Any]:
        """Wait until the committed command (shard, seq) is journaled; returns its outcome.

        Asking again for a command that is applied never applies it twice.

        Raises:
            EngineUnavailable: no answer in time, or the outcome is not at hand.
        """
        ...

    async def balance(self, tenant: UUID, account: UUID) -> dict[str, Any] | None:
        """{currency, balance, reserved, available, sessions, credit_limit, temporary_limit,
        overrun, time_zone, buckets, counters, lines}, money in micros, instants in Unix ms; None
        when unknown.

        ``buckets``: {id, code, line, unit, initial, used, reserved, valid_from, expires_at,
        instance, members} in the bucket's own unit; line null: a pool all lines of the account
        share; unit null: the catalogue in force has no such bucket. ``counters``: {discount, line,
        used, until}, the volumes of discounts. ``lines``: {line, msisdn, status, product, products,
        favourites, groups, spending_cap, spent, own_balance, …}, the cap's null without one.

        Raises:
            EngineUnavailable: no answer in time.
        """
        ...

    async def reload_peers(self) -> None:
        """Have the engine put the configured peers in force; it has when this returns.

        Raises:
            EngineUnavailable: no answer in time, or it cannot read them; it will within seconds.
        """
        ...

    async def peer_connections(self) -> list[dict[str, Any]]:
        """Open Diameter connections: {connection, origin_host, origin_realm, peer, profile,
        address, secure, state, since (Unix ms)}.

        Raises:
            EngineUnavailable: no answer in time.
        """
        ...

    async def reports(self) -> list[EngineReport]:
        """What each engine of the installation says of itself, in the order of their addresses;
        those that do not answer within two seconds, too."""
        ...

    async def sessions(
        self, tenant: UUID, account: UUID, line: UUID
    ) -> list[dict[str, Any]] | None:
        """The open sessions of a line: {session_id, service, direction, destination, origin_host,
        since, last_report, expired, aborted, units}, instants in Unix ms; ``units``:
        {rating_group, rate, granted, used, charged_micros, reserved_micros, holds, parts}; None
        when the account is unknown.

        Raises:
            EngineUnavailable: no answer in time.
        """
        ...

    def trace(self, subject: dict[str, Any], seconds: int) -> AsyncGenerator[Exchange, None]:
        """What the network asks about a subscriber of any engine, as it happens, for so long; the
        first is empty and says that the trace runs.

        ``subject``: {tenant, line, session, identities}, see rust_core/node/src/live_trace.rs.

        Raises:
            EngineUnavailable: no engine is there; TooManyTraces.
        """
        ...
