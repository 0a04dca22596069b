"""The whole installation under load, and what can happen to it."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path

import psycopg
from tests.crash.audit import Books, audit
from tests.crash.load import Gateways
from tests.crash.tariff import CATALOG
from tests.ha.cluster import Cluster, Node
from tests.ha.fleet import ENVIRONMENT, Fleet
from tests.ha.gaps import Counts, Felt, Window, felt
from tests.ha.top_ups import Shop
from tests.support.operator import Operator

from openmvno.gateways.grpc.engine_client import GrpcEngineClient
from openmvno.sample import logins
from openmvno.settings import environment

LINES = 40
BALANCE = 40_000_000
SAMPLE_LINES = 10
OPENING = Decimal(100)  # what openmvno sample gives each
SEED = 7
WORKERS = 12
STEADY_SECONDS = 3.0
ENGINE_SECONDS = 2.0
FROZEN_SECONDS = 10.0
PRIMARY_SECONDS = 30.0
# The leader's key lapses after 20 s, as above; then connecting gives the frozen host its time.
FROZEN_PRIMARY_SECONDS = 45.0

Say = Callable[[str], None]


class Stage:
    """Events are methods; each returns when service is steady again."""

    def __init__(self, cluster: Cluster, folder: Path, say: Say) -> None:
        self.cluster = cluster
        self.fleet = Fleet(cluster.url, folder)
        self.url = cluster.auditor_url
        self._say = say
        self._operator = Operator(self.url, self.fleet.settings.shards, catalog=CATALOG)
        msisdns = [self._operator.msisdn(number) for number in range(LINES)]
        self._gateways = Gateways(self.fleet.ports, msisdns, SEED)
        self.ledger = self._gateways.ledger
        self.shop: Shop | None = None
        self._windows: list[Window] = []

    def migrate(self) -> None:
        """The schema, as an operator brings it in."""
        self._openmvno("migrate")

    @asynccontextmanager
    async def under_load(self, *, shop: bool = True) -> AsyncIterator[None]:
        """Load inside; at the end every session is brought to its end and the books are
        compared with what clients saw acknowledged.

        Raises:
            AssertionError: the money is not what it must be.
        """
        settings = self.fleet.settings
        async with self.fleet.running(), GrpcEngineClient.from_settings(settings) as client:
            for place in self._operator.create(LINES, BALANCE):
                assert (await client.apply(*place)).get("ok")
            if shop:
                await asyncio.to_thread(
                    self._openmvno, "sample", "--subscribers", str(SAMPLE_LINES)
                )
                self.shop = self._open_shop()
            closing = asyncio.Event()
            async with self._gateways.running(WORKERS), asyncio.TaskGroup() as group:
                if self.shop is not None:
                    group.create_task(self.shop.run(closing))
                await asyncio.sleep(STEADY_SECONDS)
                try:
                    yield
                finally:
                    closing.set()
            self._say("load has ended: comparing the books with what was acknowledged")
            await audit(Books(self.url), self._operator, self.ledger, client, BALANCE)
            if self.shop is not None:
                await self.shop.check(OPENING)

    def felt(self) -> list[Felt]:
        """What clients noticed, event by event."""
        return [self._felt(window) for window in self._windows]

    # -- events --------------------------------------------------------------------------------

    async def kill_engine(self) -> None:
        """kill -9 of the engine with the most shards; its service manager starts it again."""
        engine = await self.fleet.busiest()

        async def event() -> None:
            engine.role.kill()

        await self._measured(f"engine killed ({engine.name})", event, ENGINE_SECONDS)

    async def freeze_engine(self) -> None:
        """SIGSTOP of the engine with the most shards; it is woken when the others have them."""
        engine = await self.fleet.busiest()

        async def event() -> None:
            engine.signal(signal.SIGSTOP)
            await self.fleet.without(engine)
            await asyncio.sleep(STEADY_SECONDS)
            engine.signal(signal.SIGCONT)

        await self._measured(f"engine frozen ({engine.name})", event, FROZEN_SECONDS)

    async def kill_primary(self) -> None:
        """kill -9 of the primary's postmaster and of its Patroni."""
        primary = self._primary()

        async def event() -> None:
            primary.kill()
            await asyncio.to_thread(self.cluster.wait_for_primary, primary)
            await self.fleet.busiest()

        await self._measured(f"PostgreSQL primary killed ({primary.name})", event, PRIMARY_SECONDS)

    async def freeze_primary(self) -> None:
        """SIGSTOP of the primary's PostgreSQL and Patroni: TCP goes on, nothing is answered. It
        is woken when the other one serves."""
        primary = self._primary()

        async def event() -> None:
            primary.freeze()
            await asyncio.to_thread(self.cluster.wait_for_primary, primary)
            await self.fleet.busiest()
            await asyncio.sleep(STEADY_SECONDS)
            primary.wake()
            await asyncio.to_thread(self.cluster.wait_for_standby)

        name = f"PostgreSQL primary frozen ({primary.name})"
        await self._measured(name, event, FROZEN_PRIMARY_SECONDS)

    async def bring_back(self) -> None:
        """The node that was killed comes back and follows."""
        gone = next(node for node in self.cluster.nodes if not node.patroni.runs)

        async def event() -> None:
            gone.patroni.start()
            await asyncio.to_thread(self.cluster.wait_for_standby)

        await self._measured(f"old primary back as standby ({gone.name})", event)

    async def kill_standby(self) -> None:
        """kill -9 of the synchronous standby and its Patroni; it comes back afterwards."""
        standby = next(node for node in self.cluster.nodes if node is not self._primary())

        async def event() -> None:
            standby.kill()
            await asyncio.sleep(PRIMARY_SECONDS / 2)

        await self._measured(f"PostgreSQL standby killed ({standby.name})", event, PRIMARY_SECONDS)
        standby.patroni.start()
        await asyncio.to_thread(self.cluster.wait_for_standby)

    async def take_etcd_away(self) -> None:
        """No etcd for longer than the leader's key lives."""
        seconds = 25.0

        async def event() -> None:
            self.cluster.etcd.kill()
            await asyncio.sleep(seconds)
            self.cluster.etcd.start()

        await self._measured(f"etcd away for {seconds:.0f} s", event)

    async def _measured(
        self, name: str, event: Callable[[], Awaitable[None]], limit: float | None = None
    ) -> None:
        self._say(name)
        began, before = time.monotonic(), self._counts()
        await event()
        await self.fleet.busiest()
        answered = self.ledger.acknowledged
        async with asyncio.timeout(PRIMARY_SECONDS):
            while self.ledger.acknowledged < answered + 100:
                await asyncio.sleep(0.05)
        await asyncio.sleep(STEADY_SECONDS)
        window = Window(name, began, time.monotonic(), before, self._counts(), limit)
        self._windows.append(window)
        seen = self._felt(window)
        self._say(f"  longest gap {seen.gap:.2f} s, longest wait {seen.wait:.2f} s")

    def _felt(self, window: Window) -> Felt:
        return felt(window, self.ledger.acknowledged_at, self.ledger.waited)

    def _counts(self) -> Counts:
        return Counts(self.ledger.refusals.total(), self.ledger.retransmitted)

    def _primary(self) -> Node:
        primary = self.cluster.primary()
        assert primary is not None
        return primary

    # -- the sample operator ---------------------------------------------------------------------

    def _openmvno(self, *arguments: str) -> None:
        finished = subprocess.run(
            [sys.executable, "-m", "openmvno", *arguments],
            env={**environment(self.fleet.settings), **ENVIRONMENT},
            capture_output=True,
            text=True,
            check=False,
        )
        assert finished.returncode == 0, finished.stdout + finished.stderr

    def _open_shop(self) -> Shop:
        settings = self.fleet.settings
        with psycopg.connect(self.url) as connection:
            rows = connection.execute(
                "SELECT a.account_id FROM account a JOIN tenant t USING (tenant_id)"
                " WHERE t.code = 'sample'"
            ).fetchall()
        url = f"http://127.0.0.1:{settings.http_port}"
        return Shop(url, logins.read(settings)["everything"], [account for (account,) in rows])
