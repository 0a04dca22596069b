"""Reads through the API at a steady rate: what care desks and self-care ask about subscribers."""

from __future__ import annotations

import random
from typing import Any, Final

import psycopg

from bench.context import Context
from bench.generator import DIAMETER_SUCCESS
from bench.http_load import Outcome, Request, in_a_process
from bench.result import Figure, Measurement
from openmvno import access, tenants
from openmvno.actor import command_line_actor
from openmvno.database import create_pool
from openmvno.rest import TENANT_SCOPES

RATE: Final = 500
"""Requests a second."""

P99_MILLISECONDS: Final = 20.0
TOKENS: Final = 4
"""A token may not ask more than 500 times a second; Poisson arrivals would now and then."""

SUBJECTS: Final = 20_000
"""Lines that are asked about, drawn from all there are."""

SEED: Final = 20_261_127
SAMPLE: Final = "sample"

KINDS: Final = {
    "balance": "/v1/balance?msisdn={msisdn}",
    "line": "/v1/lines/{line}",
    "customer": "/v1/customers/{customer}",
    "buckets": "/v1/lines/{line}/buckets",
    "CDRs": "/v1/cdrs?line={line}&limit=20",
    "by number": "/v1/lines?msisdn={msisdn}",
}
"""What is asked, each as often as the others."""

Subject = dict[str, str]


async def reads(context: Context) -> Measurement:
    """500 requests a second (Poisson), whether the last ones are answered or not."""
    tokens, subjects = await _prepared(context)
    run = await context.observe("reads", lambda: _load(context, tokens, subjects))
    report = run.report
    latency = report["latency_microseconds"]
    figures = [
        Figure("reads through the API", float(report["throughput"]), "/s"),
        Figure("read p50", float(latency["p50"]) / 1000, "ms"),
        Figure("read p99", float(latency["p99"]) / 1000, "ms", at_most=P99_MILLISECONDS),
        Figure("read p99.9", float(latency["p99_9"]) / 1000, "ms"),
        *(
            Figure(f"{kind} p99", float(microseconds) / 1000, "ms")
            for kind, microseconds in report["p99_of_kinds"].items()
        ),
        Figure("of it the generator's own, p99", float(report["lateness_p99"]) / 1000, "ms"),
    ]
    title = f"reads through the API, {RATE}/s, {context.options.subscribers:,} subscribers"
    return Measurement("reads", title, figures, [run])


async def _prepared(context: Context) -> tuple[list[str], list[Subject]]:
    """Tokens of the tenant, and whom they ask about."""
    settings = context.system.settings
    async with create_pool(settings, "bench", maximum=1) as pool, pool.connection() as connection:
        owner = await tenants.tenant_by_code(connection, SAMPLE)
        actor = command_line_actor(owner.tenant_id, "bench")
        tokens = [
            await access.create_token(connection, actor, f"reads {number}", list(TENANT_SCOPES))
            for number in range(TOKENS)
        ]
    async with await psycopg.AsyncConnection.connect(context.system.database_url) as connection:
        cursor = await connection.execute(
            "SELECT l.line_id::text AS line, a.customer_id::text AS customer, l.msisdn"
            " FROM subscriber_line l JOIN account a USING (tenant_id, account_id)"
            " WHERE l.tenant_id = %s AND l.status <> 'closed' ORDER BY random() LIMIT %s",
            (owner.tenant_id, SUBJECTS),
        )
        rows = await cursor.fetchall()
    subjects = [dict(zip(("line", "customer", "msisdn"), row, strict=True)) for row in rows]
    return tokens, subjects


async def _load(context: Context, tokens: list[str], subjects: list[Subject]) -> dict[str, Any]:
    settings, options = context.system.settings, context.options
    seconds = options.warmup + 3 * options.seconds
    requests = _requests(random.Random(SEED), seconds, tokens, subjects)
    outcome = await in_a_process(
        requests, options.warmup, settings.listen_address, settings.http_port
    )
    return _report(outcome, 3 * options.seconds)


def _requests(
    chance: random.Random, seconds: float, tokens: list[str], subjects: list[Subject]
) -> list[Request]:
    """All of them beforehand: while they are sent, the processors are for who answers."""
    requests = []
    due = 0.0
    while due < seconds:
        kind = chance.choice(list(KINDS))
        path = KINDS[kind].format_map(chance.choice(subjects))
        requests.append(Request(due, kind, _octets(path, chance.choice(tokens))))
        due += chance.expovariate(RATE)
    return requests


def _octets(path: str, token: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n\r\n".encode()


def _report(outcome: Outcome, seconds: float) -> dict[str, Any]:
    answers = outcome.answers
    every = sorted(each for taken in answers.taken.values() for each in taken)
    return {
        "complete": set(answers.statuses) == {200},
        "answers": len(every),
        # What every generator reports; of these, what is right is called as in Diameter.
        "results": {
            DIAMETER_SUCCESS if status == 200 else f"HTTP {status}": count
            for status, count in answers.statuses.items()
        },
        "service_results": {},
        "throughput": len(every) / seconds,
        "latency_microseconds": {
            name: _quantile(every, share)
            for name, share in (("p50", 0.5), ("p99", 0.99), ("p99_9", 0.999))
        }
        | {"max": max(every, default=0.0)},
        "p99_of_kinds": {
            kind: _quantile(sorted(t), 0.99) for kind, t in sorted(answers.taken.items())
        },
        "lateness_p99": _quantile(sorted(answers.late), 0.99),
        "generator_cores": outcome.cores,
    }


def _quantile(ordered: list[float], share: float) -> float:
    return ordered[int(len(ordered) * share)] if ordered else 0.0
