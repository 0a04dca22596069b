"""Gateways that go on from where they stood at a moment, on a system restored to it.

Requests acknowledged by then are done. Those on their way are sent again with T, sessions that were
open are brought to their end, and what was sent later has never happened.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence

from tests.crash import wire
from tests.crash.load import Exchange, Gateways, Ledger
from tests.crash.wire import Ccr, Units


class Rewound(Gateways):
    """The gateways behind ``ledger`` as they were at ``moment``."""

    def __init__(
        self, ports: Sequence[int], msisdns: list[str], seed: int, ledger: Ledger, moment: float
    ) -> None:
        super().__init__(ports, msisdns, seed)
        self._moment = moment
        self._past: dict[str, list[Exchange]] = defaultdict(list)
        for exchange in ledger.exchanges:
            if exchange.asked_at <= moment:
                self._past[exchange.request.session].append(exchange)
        self.in_flight = 0
        self.resumed = 0

    async def finish(self) -> None:
        """Bring everything begun before the moment to its end; call while :meth:`running`."""
        async with asyncio.TaskGroup() as group:
            for number, past in enumerate(self._past.values()):
                group.create_task(self._finish(number, past))

    async def _finish(self, number: int, past: list[Exchange]) -> None:
        link = self._links[number % len(self._links)]
        last = past[-1]
        request, answer = last.request, last.answer
        if last.acknowledged_at > self._moment:
            self.in_flight += 1
            answer = await self._ask(link, request, again=True)
        if request.kind == wire.EVENT:
            self.ledger.messages[request.session] = (request.msisdn, answer.result == 2001)
            return
        assert answer.result == 2001, (request, answer)
        usage: dict[int, int] = defaultdict(int)
        for unit in (unit for each in past for unit in each.request.units):
            usage[unit.group] += unit.used or 0
        if request.kind != wire.TERMINATION:
            self.resumed += 1
            granted = self._grants(request, answer)
            units = tuple(
                Units(unit.group, None, self._chance.randint(0, granted.get(unit.group, 0)))
                for unit in request.units
            )
            end = Ccr(
                request.session,
                wire.TERMINATION,
                request.number + 1,
                request.msisdn,
                request.context,
                units,
                request.called,
            )
            ended = await self._ask(link, end)
            assert ended.result == 2001, (end, ended)
            for unit in units:
                usage[unit.group] += unit.used or 0
        self.ledger.sessions[request.session] = (request.msisdn, dict(usage))
