"""What each step saw and whether it held, for people and for programs."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console
from rich.markup import escape


@dataclass(frozen=True)
class Observation:
    """Something seen; ``expected`` is what it had to be, where something was expected."""

    what: str
    seen: Any
    expected: Any
    held: bool

    def as_text(self) -> str:
        """A line for people."""
        seen = "" if self.seen is None else f": {self.seen}"
        return f"{self.what}{seen}" if self.held else f"{self.what}{seen}, not {self.expected}"


@dataclass
class Step:
    """One of the ten numbered steps."""

    number: int
    title: str
    observations: list[Observation] = field(default_factory=list)

    @property
    def held(self) -> bool:
        """Whether everything was as it had to be."""
        return all(observation.held for observation in self.observations)

    def saw(self, what: str, seen: Any = None) -> None:
        """Something worth telling, without an expectation."""
        self.observations.append(Observation(what, seen, None, held=True))

    def expect(self, what: str, seen: Any, expected: Any) -> None:
        """Something that has to be exactly ``expected``."""
        self.observations.append(Observation(what, seen, expected, seen == expected))

    def expect_within(self, what: str, seconds: float, limit: float) -> None:
        """A duration that must not pass ``limit``."""
        shown = f"{seconds * 1000:.0f} ms"
        self.observations.append(
            Observation(what, shown, f"at most {limit * 1000:.0f} ms", seconds <= limit)
        )

    def failed(self, reason: str) -> None:
        """The step could not be played to its end."""
        self.observations.append(Observation("could not go on", reason, "an answer", held=False))


class Report:
    """Prints steps as they end, unless all of it is wanted as JSON."""

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json
        self._console = Console(highlight=False, soft_wrap=True)
        self.steps: list[Step] = []

    @property
    def held(self) -> bool:
        """Whether every step held."""
        return all(step.held for step in self.steps)

    def say(self, line: str) -> None:
        """A line that belongs to no step."""
        if not self._as_json:
            self._console.print(escape(line))

    def add(self, step: Step) -> None:
        """A step has ended."""
        self.steps.append(step)
        if self._as_json:
            return
        verdict = "[bold green]held[/]" if step.held else "[bold red]DID NOT HOLD[/]"
        self._console.print(f"[bold]{step.number:>2}. {escape(step.title)}[/]  {verdict}")
        for observation in step.observations:
            mark = " " if observation.held else "[bold red]✗[/]"
            self._console.print(f"  {mark} {escape(observation.as_text())}")

    def finish(self) -> None:
        """The end of the story."""
        if self._as_json:
            print(json.dumps({"held": self.held, "steps": [_as_json(s) for s in self.steps]}))
            return
        held = sum(step.held for step in self.steps)
        colour = "green" if self.held else "red"
        self._console.print(f"[bold {colour}]{held} of {len(self.steps)} steps held.[/]")


def _as_json(step: Step) -> dict[str, Any]:
    return {
        "number": step.number,
        "title": step.title,
        "held": step.held,
        "observations": [
            {
                "what": seen.what,
                "seen": seen.seen,
                "expected": seen.expected,
                "held": seen.held,
            }
            for seen in step.observations
        ],
    }
