"""Random prices and formulas."""

from __future__ import annotations

from random import Random

from tests.reference.random_fields import ROUNDINGS, Fields, add, chance, decimal


def simple(random: Random, *, octets: bool) -> Fields:
    """The fields of a simple price; prices of octets are far below a micro each."""
    scale = 1000 if octets else 1
    price: Fields = {"price": decimal(random, 1, 3)}
    pers = [1000, 1_000_000, 1_048_576] if octets else [1, 60, 1000]
    add(random, price, 100 if octets else 80, "per", random.choice(pers))
    firsts = [1, 1000, 102_400] if octets else [1, 7, 30, 60]
    nexts = [1, 1000, 1024] if octets else [1, 6, 7, 60]
    add(random, price, 60, "first_interval", random.choice(firsts))
    add(random, price, 60, "next_interval", random.choice(nexts))
    add(random, price, 30, "first_price", decimal(random, 1, 4))
    add(random, price, 30, "connection_fee", decimal(random, 1, 2))
    add(random, price, 20, "free_units", random.randint(0, 100) * scale)
    add(random, price, 20, "grace", random.randint(0, 70) * scale)
    add(random, price, 20, "surcharge_percent", decimal(random, 20, 1))
    add(random, price, 20, "minimum_charge", decimal(random, 1, 2))
    add(random, price, 20, "maximum_charge", "1" + decimal(random, 3, 2))
    add(random, price, 20, "rounding", random.choice(ROUNDINGS))
    return price


def formula(random: Random, code: str) -> Fields:
    """A formula that ends as it must."""
    steps = [_step(random) for _ in range(random.randint(0, 4))]
    length = sum(step["interval"] * step["count"] for step in steps if "count" in step)
    if length > 0 and chance(random, 60):
        stop: Fields = {"disconnect": random.choice([1, 50, 99])}
        add(random, stop, 60, "dispersion", random.randrange(min(length, 31)))
        steps.append(stop)
        steps += [_step(random) for _ in range(random.randint(0, 1))]
    if length > 0 and chance(random, 40):
        steps.append({"disconnect": 100, "dispersion": random.randrange(min(length, 11))})
    else:
        steps.append(_interval(random))
    fields: Fields = {"code": code, "steps": steps, "allow_random": True}
    add(random, fields, 30, "maximum_charge", decimal(random, 30, 2))
    return fields


def _step(random: Random) -> Fields:
    kind = random.choice(["interval", "interval", "fixed", "percent"])
    if kind == "interval":
        return {**_interval(random), "count": random.randint(1, 9)}
    step: Fields = {kind: decimal(random, 2 if kind == "fixed" else 30, 1)}
    add(random, step, 60, "probability", random.choice([1, 25, 50, 99, 100]))
    return step


def _interval(random: Random) -> Fields:
    step: Fields = {"interval": random.choice([1, 6, 30, 60]), "price": decimal(random, 2, 2)}
    add(random, step, 70, "per", random.choice([1, 60]))
    return step
