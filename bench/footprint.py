"""What a subscriber takes in the engine's memory, the allocator's overhead included."""

from __future__ import annotations

import re

from bench import cargo
from bench.context import Context
from bench.result import Figure, Measurement

SUBSCRIBER_OCTETS = 1_000.0
LINE = re.compile(r"^(?P<product>\w+): (?P<value>\d+) (?P<unit>\w+) (?P<what>.+)$", re.MULTILINE)


async def footprint(context: Context) -> Measurement:
    """Run the example that counts what is allocated for subscribers and by a CCR-U."""
    measurement = Measurement("footprint", "a subscriber in memory")
    context.say("openmvno-charging footprint")
    program = await cargo.build(
        "openmvno-charging", context.options.profile, "--example", "footprint"
    )
    output = await cargo.run(str(program))
    figures = [
        Figure(f"{found['product']}: {found['what']}", float(found["value"]), found["unit"])
        for found in LINE.finditer(output)
    ]
    octets = [f.value for f in figures if f.name.startswith("bundle") and f.unit == "octets"]
    if len(octets) == 2:  # the account, and what a session adds
        name = "with 3 buckets and an open session"
        figures.insert(0, Figure(name, sum(octets), "octets", at_most=SUBSCRIBER_OCTETS))
    else:
        measurement.trouble.append(f"footprint printed no figures: {output[:200]}")
    measurement.figures = figures
    measurement.details["footprint"] = output
    return measurement
