"""One engine with everything around it: built in the order that keeps charging safe.

Recovery, then the fence of the shards that are to be had (the first commit, which fails if anybody
else writes their journal), and only then the door opens.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import Coroutine
from importlib.metadata import version
from typing import Any

from grpclib.server import Server
from opentelemetry import metrics

from openmvno._core import Engine, Released
from openmvno.charging import ownership, scheduling
from openmvno.charging.catalogs import Catalogs
from openmvno.charging.clock_watch import ClockWatch
from openmvno.charging.cluster import Cluster, OwnNode
from openmvno.charging.commands_feed import CommandsFeed
from openmvno.charging.committer import Committer
from openmvno.charging.continuity import JournalRewound
from openmvno.charging.control import Control
from openmvno.charging.descriptors import allow_connections
from openmvno.charging.door import Door
from openmvno.charging.drain import drain
from openmvno.charging.engine_token import require_token
from openmvno.charging.evidence import Evidence
from openmvno.charging.following import Follower
from openmvno.charging.journal_session import JournalSession
from openmvno.charging.links import Links, Names
from openmvno.charging.listeners import Listener, listen
from openmvno.charging.monotone_clock import MonotoneClock
from openmvno.charging.outcomes import Outcomes
from openmvno.charging.pacing import Pacer, PacingRule
from openmvno.charging.peer_feed import PeerFeed
from openmvno.charging.recovery import recover
from openmvno.charging.snapshots import Snapshots
from openmvno.charging.spans import SpanWriter
from openmvno.database.partitions import ensure_journal_partitions
from openmvno.readiness import keep_what_stays
from openmvno.settings import Settings
from openmvno.telemetry.engine_metrics import EngineMetrics
from openmvno.telemetry.setup import exports

log = logging.getLogger(__name__)

RELEASE = version("openmvno")
TICK_SECONDS = 0.1
STATISTICS_SECONDS = 1.0
GC_AFTER = (50_000, 50, 1_000)
"""Full collections are kept out of the charging path."""


class EngineNode:
    """The parts of a running ``charge`` process."""

    def __init__(
        self,
        settings: Settings,
        conninfo: str,
        shards: int,
        owner: int,
        stop: asyncio.Event,
        *,
        origin_state_id: int,
    ) -> None:
        self._settings = settings
        self._conninfo = conninfo
        self._shards = shards
        self._owner = owner
        self._stop = stop
        self.fenced = False
        self._loop = asyncio.get_running_loop()
        self._clock = MonotoneClock()
        config = engine_config(settings, shards, owner, origin_state_id)
        self._engine = Engine(json.dumps(config))
        self._catalogs = Catalogs(self._engine)
        self._outcomes = Outcomes()
        self._spans = SpanWriter() if exports("traces") else None
        self._metrics: EngineMetrics | None = None
        self._committer = Committer(
            engine=self._engine,
            clock=self._clock,
            open_session=self._open_session,
            deliver=self._deliver,
            on_fenced=self._on_fenced,
            pacer=Pacer(PacingRule(interval_ms=settings.commit_interval_ms)),
        )
        secret = settings.engine_token
        token = None if secret is None else secret.get_secret_value()
        self._links = Links(
            engine=self._engine,
            clock=self._clock,
            own=Names(owner, settings.diameter_origin_host, settings.diameter_origin_realm),
            token=token,
            deliver=self._deliver,
            batch_pending=self._pending,
        )
        self._follower = Follower(self._engine, self._catalogs, shards)
        self._door = Door(
            self._engine,
            self._clock,
            self._pending,
            allow_connections(settings.diameter_connections),
        )
        self._peers = PeerFeed(self._engine, self._door, self._clock, conninfo, settings)
        self._snapshots = Snapshots(self._engine, conninfo)
        self._evidence = Evidence(self._engine, self._clock, conninfo, self._pending)
        self._clocks = ClockWatch(self._engine, conninfo)
        self._feed = CommandsFeed(
            engine=self._engine,
            catalogs=self._catalogs,
            clock=self._clock,
            conninfo=conninfo,
            outcomes=self._outcomes,
            batch_pending=self._committer.wake,
            catch_up=self._follower.catch_up,
            storage_available=lambda: self._committer.storage_available,
        )
        self._cluster = Cluster(
            own=OwnNode(
                owner=owner,
                address=f"{settings.engine_grpc_host}:{settings.engine_grpc_port}",
                origin_host=settings.diameter_origin_host,
                shards=shards,
            ),
            engine=self._engine,
            clock=self._clock,
            conninfo=conninfo,
            committer=self._committer,
            follower=self._follower,
            links=self._links,
        )
        self._listeners: list[Listener] = []
        self._grpc: Server | None = None
        self._control: Control | None = None
        self._tasks: list[asyncio.Task[None]] = []

    # -- start and stop --------------------------------------------------------------------------

    async def start(self, connection: ownership.Connection) -> None:
        """Recover, fence what is ours, listen. ``connection`` becomes the journal's session."""
        await ensure_journal_partitions(connection)
        realtime = self._settings.realtime and scheduling.make_process_realtime()
        # On another thread: nothing else waits for it yet.
        await asyncio.to_thread(
            recover, self._engine, self._catalogs, self._conninfo, self._shards, realtime=realtime
        )
        await ownership.be_present(connection, self._owner)
        self._committer.start(await self._adopt(connection, owns=True))
        self._committer.observe(self._snapshots.batch_taken, self._snapshots.batch_durable)
        await self._cluster.begin()
        await self._committer.drain()
        if self.fenced:
            return
        if not self._engine.owned_shards():
            log.info("standing by: the other engines of this installation have its shards")
        self._spawn(self._cluster.run(), "cluster")
        self._spawn(self._feed.run(), "commands feed")
        self._spawn(self._snapshots.run(), "snapshots")
        self._spawn(self._evidence.run(), "evidence")
        await self._open_door()
        keep_what_stays(*GC_AFTER)

    async def hand_over(self) -> None:
        """Before a stop: others decide from now on, whatever our doors still receive."""
        if not self.fenced:
            try:
                await self._cluster.hand_over()
            except JournalRewound as error:
                self._on_fenced(str(error))

    async def _open_door(self) -> None:
        self._start_telemetry()
        self._spawn(self._tick(), "timers")
        self._spawn(self._clocks.run(), "clocks")
        await self._peers.begin()
        self._spawn(self._peers.run(), "peers")
        await self._listen()

    async def _listen(self) -> None:
        settings = self._settings
        control = Control(
            engine=self._engine,
            clock=self._clock,
            outcomes=self._outcomes,
            feed=self._feed,
            shards=self._shards,
            batch_pending=self._pending,
            statistics=self._statistics_json,
            unhealthy=self._unhealthy,
            links=self._links,
            reload_peers=self._peers.reload,
        )
        self._control = control
        server = Server([control])
        if settings.engine_token is not None:
            require_token(server, settings.engine_token.get_secret_value())
        try:
            # The door first: who asks here whether we charge may send a gateway there at once.
            self._listeners += await listen(settings, self._door)
            await server.start(settings.engine_grpc_host, settings.engine_grpc_port)
            self._grpc = server
        except OSError as error:
            raise ownership.EngineStartError(f"The engine cannot listen: {error}") from error
        log.info("engine gRPC on %s:%d", settings.engine_grpc_host, settings.engine_grpc_port)

    async def stop(self) -> None:
        """Close the doors, let what is applied become durable, give the installation back."""
        for listener in self._listeners:
            listener.close()
        if not self.fenced:
            # Lease, timers and evidence go on meanwhile.
            await drain(
                self._engine,
                self._clock,
                self._door,
                self._committer,
                self._control,
                self._settings.drain_seconds,
            )
        if self._grpc is not None:
            self._grpc.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if not self.fenced and self._committer.storage_available:
            # What timers did since. What PostgreSQL does not confirm the next owner knows.
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._committer.drain(), self._settings.drain_seconds)
        self._door.close()
        await self._links.close()
        await self._committer.stop()
        await self._cluster.leave()

    def _spawn(self, work: Coroutine[Any, Any, None], name: str) -> None:
        task = self._loop.create_task(work, name=name)
        task.add_done_callback(self._task_ended)
        self._tasks.append(task)

    def _task_ended(self, task: asyncio.Task[None]) -> None:
        if task.cancelled():
            return
        if isinstance(task.exception(), JournalRewound):
            self._on_fenced(str(task.exception()))
        elif task.exception() is not None:
            log.critical("%s failed; stopping", task.get_name(), exc_info=task.exception())
            self._stop.set()

    # -- the committer's surroundings --------------------------------------------------------------

    async def _open_session(self) -> JournalSession:
        connection = await ownership.connect(self._conninfo, "openmvno charge")
        try:
            # Without its own lock the others take this engine for dead.
            owns = await ownership.be_present(connection, self._owner) and await ownership.try_lock(
                connection, self._engine.owned_shards()
            )
            self._cluster.session_replaced()
            return await self._adopt(connection, owns=owns)
        except BaseException:
            await connection.close()
            raise

    async def _adopt(self, connection: ownership.Connection, *, owns: bool) -> JournalSession:
        session = JournalSession(connection, self._owner, self._committer.session_lost, owns=owns)
        await session.open()
        if owns and self._settings.realtime:
            scheduling.make_backend_realtime(session.backend_pid, session.host)
        return session

    def _pending(self) -> None:
        self._committer.wake()
        self._links.wake()

    def _deliver(self, released: Released) -> None:
        self._door.write(released.writes)
        self._links.write(released.writes)
        outcomes = released.outcomes
        if outcomes:
            self._outcomes.deliver(outcomes)
        self._outcomes.deliver_requests(released.bundles)
        if self._spans is not None:
            self._spans.write(released.spans)

    def _on_fenced(self, reason: str) -> None:
        log.critical("%s: stopping without another answer", reason)
        self.fenced = True
        self._stop.set()

    # -- timers and figures ------------------------------------------------------------------------

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK_SECONDS)
            actions, pending = self._engine.tick(self._clock())
            if actions:
                self._door.act(actions)
                self._links.write((link, octets) for link, octets, _ in actions)
            self._door.tick()
            if pending:
                self._pending()
            self._committer.give_up_frozen()

    def _start_telemetry(self) -> None:
        if not exports("metrics"):
            return
        self._metrics = EngineMetrics(metrics.get_meter("openmvno.charging"))
        self._committer.on_commit = self._metrics.committed
        self._spawn(self._refresh_metrics(self._metrics), "metrics")

    async def _refresh_metrics(self, engine_metrics: EngineMetrics) -> None:
        while True:
            engine_metrics.update(self._statistics())
            await asyncio.sleep(STATISTICS_SECONDS)

    def _statistics(self) -> dict[str, Any]:
        statistics: dict[str, Any] = json.loads(self._engine.statistics())
        statistics["commit"] = self._committer.statistics.snapshot()
        statistics["queue_age_ms"] = self._committer.queue_age_ms()
        statistics["refused_connections"] = self._door.refused_connections
        statistics["snapshot_slices_written"] = self._snapshots.written
        statistics["followed_rows"] = self._follower.rows
        statistics["shards"] = self._shards
        statistics["owner"] = self._owner
        statistics["origin_host"] = self._settings.diameter_origin_host
        statistics["version"] = RELEASE
        statistics["other_engines"] = self._cluster.others
        statistics["clocks"] = self._clocks.figures
        return statistics

    def _statistics_json(self) -> bytes:
        return json.dumps(self._statistics()).encode()

    def _unhealthy(self) -> str | None:
        if self.fenced:
            return "another engine has taken over"
        homeless = self._cluster.without_owner()
        if homeless:
            return f"no engine has shards {homeless}"
        if not self._committer.storage_available:
            return "PostgreSQL does not confirm commits"
        return None


def engine_config(
    settings: Settings, shards: int, owner: int, origin_state_id: int
) -> dict[str, object]:
    """The core's EngineConfig."""
    return {
        "shards": shards,
        "owner": owner,
        "origin_state_id": origin_state_id,
        "origin_host": settings.diameter_origin_host,
        "origin_realm": settings.diameter_origin_realm,
        "country_code": settings.country_code,
        "requests_per_second": settings.requests_per_second,
        "queue_age_ms": settings.queue_age_ms,
        "orders_per_second": settings.diameter_orders_per_second,
        "session_failover": settings.diameter_session_failover,
        "failure_handling": settings.diameter_failure_handling or None,
        "debiting_failure_handling": settings.diameter_debiting_failure_handling or None,
        "trace_one_in": settings.trace_one_in if exports("traces") else 0,
    }
