"""A shop that tops lines up over REST and never gives up: the same key until it is answered."""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID, uuid4

import httpx

PATIENCE_SECONDS = 120.0
PAUSE_SECONDS = 0.2


@dataclass
class Shop:
    """What it was told is done, and when."""

    url: str
    token: str
    accounts: list[UUID]
    paid: dict[UUID, Decimal] = field(default_factory=dict)
    acknowledged_at: list[float] = field(default_factory=list)
    repeated: int = 0

    async def run(self, stop: asyncio.Event) -> None:
        """Top up until ``stop`` is set; what was begun is brought to its end."""
        chance = random.Random(4)
        headers = {"Authorization": f"Bearer {self.token}"}
        async with httpx.AsyncClient(base_url=self.url, headers=headers, timeout=10) as client:
            while not stop.is_set():
                account = chance.choice(self.accounts)
                amount = Decimal(chance.randint(1, 999)) / 100
                await self._top_up(client, account, amount)
                await asyncio.sleep(PAUSE_SECONDS)

    async def _top_up(self, client: httpx.AsyncClient, account: UUID, amount: Decimal) -> None:
        path, body = f"/v1/accounts/{account}/top-ups", {"amount": str(amount), "currency": "EUR"}
        key = {"Idempotency-Key": str(uuid4())}
        began = time.monotonic()
        while time.monotonic() - began < PATIENCE_SECONDS:
            try:
                response = await client.post(path, json=body, headers=key)
            except httpx.HTTPError:
                response = None
            if response is not None and response.is_success:
                # 202 says that the engine has yet to apply it, and that it will.
                self.paid[account] = self.paid.get(account, Decimal()) + amount
                self.acknowledged_at.append(time.monotonic())
                return
            if response is not None and response.status_code < 500:
                raise AssertionError(f"{response.status_code} {response.text}")
            self.repeated += 1
            await asyncio.sleep(PAUSE_SECONDS)
        raise AssertionError(f"no answer to a top-up in {PATIENCE_SECONDS} s")

    async def check(self, opening: Decimal) -> None:
        """Every line has what it had and what was paid, to the last cent."""
        headers = {"Authorization": f"Bearer {self.token}"}
        async with httpx.AsyncClient(base_url=self.url, headers=headers, timeout=10) as client:
            for account in self.accounts:
                response = await client.get(f"/v1/accounts/{account}/balance")
                assert response.is_success, response.text
                balance = Decimal(response.json()["balance"])
                wanted = opening + self.paid.get(account, Decimal())
                assert balance == wanted, f"account {account} has {balance}, not {wanted}"
