"""What ``python -m bench`` can be told."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

NAMES = (
    "sample",
    "open-loop",
    "closed-16x64",
    "closed-4x16",
    "hot-account",
    "grants",
    "radius",
    "reads",
    "sign-ups",
    "memory",
    "overload",
    "restart",
    "catalog",
    "rich-catalogue",
    "rated",
    "footprint",
    "micro",
)
"""The measurements, in the order they are made."""

EPILOG = f"""\
Measurements: {", ".join(NAMES)}.

Examples:
  python -m bench                                  everything, about 15 minutes
  python -m bench --quick                          everything, short, to see that it works
  python -m bench --only closed-16x64 --repeats 5
  python -m bench --only open-loop --open-seconds 60 --rate 40000
  python -m bench --only closed-16x64 --setting commit_interval_ms=0

Exit status: 0 when everything was measured, whatever the figures; 1 when something could not be
measured or a run had errors; with --strict also when a target was missed."""


@dataclass(frozen=True)
class Options:
    """How to measure."""

    names: tuple[str, ...] = NAMES
    subscribers: int = 100_000
    seconds: int = 10
    warmup: int = 2
    repeats: int = 3
    open_seconds: int = 300
    rate: int = 20_000
    admitted: int = 40_000
    replay_events: int = 1_000_000
    rated_events: int = 1_000_000
    snapshot_seconds: int = 90  # a pass of snapshots starts every 30 s
    folder: Path | None = None
    profile: str = "release"
    generator_fifo: int | None = None  # None: 1 where it is allowed
    settings: tuple[tuple[str, str], ...] = ()
    json: Path | None = None
    strict: bool = False


QUICK = {
    "subscribers": 10_000,
    "seconds": 3,
    "warmup": 1,
    "repeats": 1,
    "open_seconds": 10,
    "replay_events": 100_000,
    "rated_events": 100_000,
    "snapshot_seconds": 0,
}


def parse_options(arguments: Sequence[str] | None = None) -> Options:
    """Read the command line; exits with a message when it is wrong."""
    given = {
        name: value
        for name, value in vars(_parser().parse_args(arguments)).items()
        if value is not None
    }
    defaults = QUICK if given.pop("quick") else {}
    only = given.pop("only", None)
    names = tuple(name for name in NAMES if only is None or name in only)
    settings = tuple(tuple(each.partition("=")[::2]) for each in given.pop("setting", ()))
    return Options(**{**defaults, **given, "names": names, "settings": settings})


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description=__doc__,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    usual = Options()
    add = parser.add_argument
    add("--only", action="append", choices=NAMES, metavar="NAME", help="only this one (repeatable)")
    add("--quick", action="store_true", help="short runs, 10,000 subscribers, one repeat")
    _number(parser, "--subscribers", f"prepaid lines [{usual.subscribers}]")
    _number(parser, "--seconds", f"length of a closed-loop run [{usual.seconds}]")
    _number(parser, "--warmup", f"seconds of load before each run [{usual.warmup}]")
    _number(parser, "--repeats", f"closed-loop runs of each kind; medians count [{usual.repeats}]")
    _number(parser, "--open-seconds", f"length of the open-loop run [{usual.open_seconds}]")
    _number(parser, "--rate", f"requests a second of the open loop [{usual.rate}]")
    _number(parser, "--admitted", f"requests a second under overload [{usual.admitted}]")
    _number(parser, "--replay-events", f"journal records to replay [{usual.replay_events}]")
    _number(parser, "--rated-events", f"usages rated in batches [{usual.rated_events}]")
    add("--folder", type=Path, help="where the temporary data folder is made [TMPDIR, /tmp]")
    add(
        "--generator-fifo",
        type=int,
        choices=range(100),
        metavar="N",
        help="the generator's priority under SCHED_FIFO, 0 for an ordinary process [1 as root]",
    )
    add("--profile", choices=("release", "dev"), help="cargo profile of the generator [release]")
    add("--setting", action="append", metavar="NAME=VALUE", help="a setting of OpenMVNO")
    add("--json", type=Path, metavar="FILE", help="write everything measured as JSON")
    add("--strict", action="store_true", help="exit status 1 when a target is missed, too")
    return parser


def _number(parser: argparse.ArgumentParser, name: str, help_text: str) -> None:
    parser.add_argument(name, type=_positive, metavar="N", help=help_text)


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number
