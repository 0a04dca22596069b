"""The engines and their shards, from what each engine says of itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from openmvno.charging import Recent, busy_by_shard


@dataclass(frozen=True, slots=True)
class Shard:
    """``engine``: who has it, None for nobody who answers. ``utilisation``: the share of time it
    was being applied lately, None where nobody looked before. Fillings are shares of a limit."""

    shard: int
    engine: str | None
    utilisation: float | None = None
    queue_filled: float = 0.0
    memory_filled: float = 0.0
    sessions: int = 0
    accounts: int = 0


@dataclass(frozen=True, slots=True)
class EngineState:
    """An engine; without figures it does not answer, and ``problem`` says why."""

    address: str
    problem: str
    origin_host: str = ""
    version: str = ""
    shards: tuple[int, ...] = ()
    storage_available: bool = True
    queue_age_ms: int = 0
    sessions: int = 0
    gateways: int = 0
    clock_ahead_ms: float | None = None

    @property
    def answers(self) -> bool:
        """Whether it told anything."""
        return not self.problem


def engine_states(recent: Recent) -> list[EngineState]:
    """All engines, whether they answer or not."""
    return [
        EngineState(report.address, report.problem or "it does not answer")
        if report.figures is None
        else _state(report.address, report.figures)
        for report in recent.last.reports
    ]


def _state(address: str, figures: dict[str, Any]) -> EngineState:
    return EngineState(
        address,
        "",
        origin_host=str(figures.get("origin_host", "")),
        version=str(figures.get("version", "")),
        shards=tuple(figures.get("owned_shards", ())),
        storage_available=bool(figures.get("storage_available", True)),
        queue_age_ms=int(figures.get("queue_age_ms") or 0),
        sessions=int(figures.get("sessions", 0)),
        gateways=int(figures.get("connections", 0)),
        clock_ahead_ms=figures.get("clocks", {}).get("database_ahead_ms"),
    )


def shard_states(recent: Recent, shards: int) -> list[Shard]:
    """Every shard of the installation, in order."""
    busy = recent.per_second(busy_by_shard)
    found: dict[int, Shard] = {}
    for report in recent.last.reports:
        figures = report.figures
        if figures is None:
            continue
        owned = set(figures.get("owned_shards", ()))
        for load in figures.get("shard_loads", ()):
            if load["shard"] in owned:
                found[load["shard"]] = _shard(report.address, load, busy)
    return [found.get(number, Shard(number, None)) for number in range(shards)]


def _shard(address: str, load: dict[str, Any], busy: dict[str, float] | None) -> Shard:
    return Shard(
        load["shard"],
        address,
        None if busy is None else round(busy.get(str(load["shard"]), 0.0) / 1e9, 4),
        _share(load["queued"], load["queue_limit"]),
        _share(load["sessions"] + load["answers"], load["memory_limit"]),
        load["sessions"],
        load["accounts"],
    )


def _share(used: int, limit: int) -> float:
    return round(used / limit, 4) if limit else 0.0
