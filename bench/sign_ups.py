"""Sign-ups through the API: customer, account, line, number, SIM card and first money in a call."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final
from uuid import uuid4

import httpx

from bench.context import Context
from bench.generator import DIAMETER_SUCCESS
from bench.result import Figure, Measurement
from openmvno import access, numbers, sims, tenants
from openmvno.actor import command_line_actor
from openmvno.database import create_pool
from openmvno.identifiers import luhn_digit
from openmvno.provisioning import Sealer
from openmvno.rest import TENANT_SCOPES

AT_ONCE: Final = 16
TARGET: Final = 100.0
STOCK_A_SECOND: Final = 400
"""Numbers and cards laid in for each second; more than one token may take."""

FIRST_NUMBER: Final = 385_970_000_000
SAMPLE: Final = "sample"
PRODUCT: Final = "prepaid-basic"


async def sign_ups(context: Context) -> Measurement:
    """16 clients, each with one sign-up after the other; every one takes the first free number and
    card, and is answered once the engine has journaled it."""
    options = context.options
    token = await _stock(context, STOCK_A_SECOND * (options.seconds + options.warmup))
    run = await context.observe("sign-ups", lambda: _load(context, token))
    latency = run.report["latency_microseconds"]
    figures = [
        Figure(
            "sign-ups through the API",
            float(run.report["throughput"]),
            "/s",
            at_least=TARGET,
        ),
        Figure("sign-up p50", float(latency["p50"]) / 1000, "ms"),
        Figure("sign-up p99", float(latency["p99"]) / 1000, "ms"),
    ]
    return Measurement("sign-ups", "sign-ups through the API, 16 at a time", figures, [run])


async def _stock(context: Context, count: int) -> str:
    """Lay numbers and cards in; returns a token of the tenant."""
    settings = context.system.settings
    sealer = Sealer.from_settings(settings)
    async with create_pool(settings, "bench", maximum=1) as pool, pool.connection() as connection:
        owner = await tenants.tenant_by_code(connection, SAMPLE)
        actor = command_line_actor(owner.tenant_id, "bench")
        last = FIRST_NUMBER + count - 1
        await numbers.add_numbers(connection, actor, str(FIRST_NUMBER), str(last))
        terms = sims.ImportTerms()
        for lines in _cards(count):
            await sims.take_file(connection, actor, sealer, "bench.csv", lines, terms)
        return await access.create_token(connection, actor, "bench", list(TENANT_SCOPES))


def _cards(count: int) -> Iterator[bytes]:
    """Files that are small enough to be read at once."""
    for start in range(0, count, 2000):
        lines = ["iccid,imsi"]
        for index in range(start, min(count, start + 2000)):
            body = f"893859700{index:09d}"
            lines.append(f"{body}{luhn_digit(body)},{219_970_000_000_000 + index}")
        yield "\n".join(lines).encode()


async def _load(context: Context, token: str) -> dict[str, Any]:
    settings, options = context.system.settings, context.options
    url = f"http://{settings.listen_address}:{settings.http_port}"
    began, used = time.monotonic(), time.process_time()
    counted_from = began + options.warmup
    ends = counted_from + options.seconds
    taken: list[float] = []
    statuses: Counter[int] = Counter()
    async with httpx.AsyncClient(
        base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=30
    ) as client:

        async def one_client() -> None:
            while (start := time.monotonic()) < ends:
                response = await client.post(
                    "/v1/sign-ups", json=_wish(), headers={"Idempotency-Key": str(uuid4())}
                )
                statuses[response.status_code] += 1
                if start >= counted_from and time.monotonic() < ends:
                    taken.append(1e6 * (time.monotonic() - start))

        await asyncio.gather(*(one_client() for _ in range(AT_ONCE)))
    taken.sort()
    return {
        "complete": set(statuses) == {201},
        "answers": len(taken),
        # What every generator reports; of these, what is right is called as in Diameter.
        "results": {
            DIAMETER_SUCCESS if status == 201 else f"HTTP {status}": count
            for status, count in statuses.items()
        },
        "service_results": {},
        "throughput": len(taken) / options.seconds,
        "latency_microseconds": {
            name: taken[int(len(taken) * share)] if taken else 0.0
            for name, share in (("p50", 0.5), ("p99", 0.99), ("p99_9", 0.999))
        }
        | {"max": max(taken, default=0.0)},
        "generator_cores": (time.process_time() - used) / (time.monotonic() - began),
    }


def _wish() -> dict[str, Any]:
    return {
        "product": PRODUCT,
        "customer": {"name": "Ana Horvat"},
        "initial_top_up": {"amount": "10.00", "currency": "EUR"},
    }
