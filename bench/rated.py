"""Rated usage a second and core: the core by batches, and the same prices in plain Python.

In a process of its own, so that nothing else of the measurements is in its way:
``python -m bench.rated EVENTS``.
"""

from __future__ import annotations

import json
import random
import sys
import time
from array import array
from itertools import accumulate
from typing import NamedTuple

from bench import cargo, rich
from bench.context import Context
from bench.plain import PlainPrices
from bench.result import Figure, Measurement
from openmvno import _core

LINES = 10_000
PLAIN_EVENTS = 50_000
"""Plain Python gets the first so many of the same events."""
BATCH = 100_000
REPEATS = 3
DATA_SHARE = 4
"""One event in so many is data."""

START = 1_793_487_600_000  # 2026-11-01 00:00 in Zagreb
MONTH = 30 * 86_400_000
VOICE, DATA = 0, 2
"""Positions of the services in the sample operator's document."""
NO_GROUP, INTERNET = -1, 10
RATED = 0
MOST_SECONDS, MOST_OCTETS = 600, 20 << 20

BARE_TARGET, WALLETS_TARGET = 2_000_000.0, 500_000.0


class Event(NamedTuple):
    """A usage."""

    line: int
    service: int
    at: int
    usage: int
    rating_group: int
    destination: str


class Columns(NamedTuple):
    """Packed usages: the arguments of ``Rehearsal.rate`` in its order."""

    line: bytes
    service: bytes
    direction: bytes
    at: bytes
    usage: bytes
    rating_group: bytes
    destination: bytes
    destination_end: bytes
    inputs: bytes
    inputs_end: bytes


def events(count: int) -> list[Event]:
    """A month of traffic, in order."""
    chance = random.Random(rich.SEED)
    made = []
    for number in range(count):
        line, at = chance.randrange(LINES), START + number * MONTH // count
        if chance.randrange(DATA_SHARE) == 0:
            usage = chance.randint(1, MOST_OCTETS)
            made.append(Event(line, DATA, at, usage, INTERNET, ""))
        else:
            digits = rich.NUMBER_DIGITS - len(rich.FIRST_DIGIT)
            called = f"{rich.FIRST_DIGIT}{chance.randrange(10**digits):0{digits}d}"
            usage = chance.randint(1, MOST_SECONDS)
            made.append(Event(line, VOICE, at, usage, NO_GROUP, called))
    return made


def columns(batch: list[Event]) -> Columns:
    """The events packed; a little-endian machine is taken for granted."""
    texts = [event.destination.encode() for event in batch]
    return Columns(
        array("I", [event.line for event in batch]).tobytes(),
        array("H", [event.service for event in batch]).tobytes(),
        bytes(len(batch)),
        array("q", [event.at for event in batch]).tobytes(),
        array("Q", [event.usage for event in batch]).tobytes(),
        array("q", [event.rating_group for event in batch]).tobytes(),
        b"".join(texts),
        array("I", accumulate(map(len, texts))).tobytes(),
        b"",
        array("I", bytes(4 * len(batch))).tobytes(),
    )


def rate(document: bytes, batches: list[Columns], *, wallets: bool) -> tuple[float, list[int]]:
    """Processor seconds of rating everything, and the amounts."""
    rehearsal = _core.Rehearsal(document, [(rich.MAIN, list(rich.ADDONS))] * LINES)
    # The lines get their products with the first usage: not a part of rating.
    first = columns([Event(0, VOICE, START, 1, NO_GROUP, "385")])
    rehearsal.rate(*first, wallets)
    amounts = array("q")
    seconds = 0.0
    for batch in batches:
        began = time.process_time()
        charged, results = rehearsal.rate(*batch, wallets)
        seconds += time.process_time() - began
        if results.count(RATED) != len(results):
            raise RuntimeError(f"Not everything was rated: {sorted(set(results))}")
        amounts.frombytes(charged)
    return seconds, amounts.tolist()


def measure_here(count: int) -> dict[str, float]:
    """Events a second of processor time of each kind, the best of the repeats."""
    document = rich.compact()
    traffic = events(count)
    batches = [columns(traffic[start : start + BATCH]) for start in range(0, count, BATCH)]
    bare, priced = min(rate(document, batches, wallets=False) for _ in range(REPEATS))
    with_wallets, _ = min(rate(document, batches, wallets=True) for _ in range(REPEATS))
    plain = PlainPrices(json.loads(document), rich.MAIN, rich.ADDONS)
    began = time.process_time()
    amounts = [plain.price(*event[1:]) for event in traffic[:PLAIN_EVENTS]]
    slow = time.process_time() - began
    if amounts != priced[: len(amounts)]:
        raise RuntimeError("Plain Python and the core do not agree on the prices.")
    return {
        "bare": count / bare,
        "wallets": count / with_wallets,
        "plain": len(amounts) / slow,
    }


async def rated(context: Context) -> Measurement:
    """Run this module beside the system, which is at rest."""
    context.say("rated usage in batches, and in plain Python")
    command = (sys.executable, "-m", "bench.rated", str(context.options.rated_events))
    found = json.loads(await cargo.run(*command))
    figures = [
        Figure("bare price", found["bare"], "events/s", at_least=BARE_TARGET),
        Figure("with buckets and ledger", found["wallets"], "events/s", at_least=WALLETS_TARGET),
        Figure("bare price in plain Python", found["plain"], "events/s"),
        Figure("the core is faster", found["bare"] / found["plain"], "times"),
    ]
    title = "usage rated by one core, rich catalogue"
    return Measurement("rated", title, figures)


if __name__ == "__main__":
    print(json.dumps(measure_here(int(sys.argv[1]))))
