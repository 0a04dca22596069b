"""What a measurement gives: figures with their targets, and the runs behind them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Figure:
    """One number. With a limit it is held to it, otherwise it is for information."""

    name: str
    value: float
    unit: str
    at_least: float | None = None
    at_most: float | None = None

    @property
    def met(self) -> bool | None:
        """Whether the target is reached; None without one."""
        if self.at_least is not None:
            return self.value >= self.at_least
        if self.at_most is not None:
            return self.value <= self.at_most
        return None


@dataclass(frozen=True)
class Conditions:
    """What else the machine did during a run."""

    seconds: float
    cores: dict[str, float]  # processor cores used, by part of ours
    others_cores: float
    busiest_others: list[tuple[str, float]]
    steal_cores: float
    fdatasync_before_us: float  # p99
    fdatasync_after_us: float
    noise: list[str]


@dataclass(frozen=True)
class Run:
    """One run under load."""

    label: str
    report: dict[str, Any]
    conditions: Conditions
    commits: dict[str, float]
    catch_up_seconds: float  # until the materialiser had everything, after the run
    trouble: list[str]


@dataclass
class Measurement:
    """Figures that belong together."""

    name: str
    title: str
    figures: list[Figure] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)
    details: dict[str, Any] = field(default_factory=dict)
    trouble: list[str] = field(default_factory=list)  # why the figures do not count

    @property
    def all_trouble(self) -> list[str]:
        """Its own trouble and that of its runs."""
        return self.trouble + [f"{run.label}: {what}" for run in self.runs for what in run.trouble]

    @property
    def noise(self) -> list[str]:
        """Why the machine was not quiet, by run."""
        return [f"{run.label}: {what}" for run in self.runs for what in run.conditions.noise]

    @property
    def missed(self) -> bool:
        """Whether a figure missed its target."""
        return any(figure.met is False for figure in self.figures)
