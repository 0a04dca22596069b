"""The pure parts by themselves, for information: rating, and reading Diameter."""

from __future__ import annotations

import re

from bench import cargo
from bench.context import Context
from bench.result import Figure, Measurement

# The name, the time, a checksum in parentheses.
RATING_LINE = re.compile(r"^(?P<name>[^:]+): (?P<value>[0-9.]+) ns\b", re.MULTILINE)
# The name, the median and the fastest time.
PARSING_LINE = re.compile(r"^(?P<name>\S.*?) +(?P<value>[0-9.]+) +[0-9.]+ ns$", re.MULTILINE)


async def micro(context: Context) -> Measurement:
    """Run the examples that measure them."""
    measurement = Measurement("micro", "rating and parsing by themselves")
    for package, example, subject, line in (
        ("openmvno-rating", "measure", "rating", RATING_LINE),
        ("openmvno-diameter", "parse_speed", "CCR-U", PARSING_LINE),
    ):
        context.say(f"{package} {example}")
        program = await cargo.build(package, context.options.profile, "--example", example)
        output = await cargo.run(str(program))
        found = line.findall(output)
        if not found:
            measurement.trouble.append(f"{example} printed no figures: {output[:200]}")
        for name, value in found:
            measurement.figures.append(Figure(f"{subject}: {name}", float(value), "ns"))
        measurement.details[example] = output
    return measurement
