"""The figures for people and for programs."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bench.options import Options
from bench.result import Figure, Measurement, Run
from bench.runner import Outcome

VERDICTS = {True: "[green]reached[/]", False: "[red]missed[/]", None: ""}


def print_report(outcome: Outcome, console: Console) -> None:
    """Machine, figures with targets, and what speaks against them."""
    console.print(_machine(outcome))
    console.print(_figures(outcome.measurements))
    runs = [run for measurement in outcome.measurements for run in measurement.runs]
    if runs:
        console.print("\nRuns", style="italic")
        for line in (line for run in runs for line in _run_lines(run)):
            console.print(line)
    if outcome.data_in_memory:
        console.print("[red]The data folder is in memory: no figure here is a durable one.[/]")
    for measurement in outcome.measurements:
        for trouble in measurement.all_trouble:
            console.print(f"[red]INVALID[/] {measurement.name}: {escape(trouble)}")
        for noise in measurement.noise:
            console.print(f"[yellow]NOISY[/] {measurement.name}: {escape(noise)}")


def write_json(outcome: Outcome, options: Options, path: Path) -> None:
    """Everything there is, for comparing later."""
    path.write_text(json.dumps(as_dictionary(outcome, options), indent=2) + "\n")


def as_dictionary(outcome: Outcome, options: Options) -> dict[str, Any]:
    """The outcome as plain values."""
    return {
        "began": outcome.began.isoformat(timespec="seconds"),
        "options": {name: _plain(value) for name, value in asdict(options).items()},
        "machine": outcome.machine,
        "fdatasync_4k_us": {
            "before": asdict(outcome.sync_before),
            "after": asdict(outcome.sync_after),
        },
        "data_in_memory": outcome.data_in_memory,
        "measurements": [_measurement(each) for each in outcome.measurements],
    }


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, Path) else value


def _measurement(measurement: Measurement) -> dict[str, Any]:
    figures = [{**asdict(figure), "met": figure.met} for figure in measurement.figures]
    return {
        **asdict(measurement),
        "figures": figures,
        "noisy": bool(measurement.noise),
        "valid": not measurement.all_trouble,
    }


def _machine(outcome: Outcome) -> Table:
    table = Table.grid(padding=(0, 2))
    table.title = "\nMachine"
    table.title_justify = "left"
    for name, value in outcome.machine.items():
        table.add_row(f"  {name}", escape(value))
    for when, sync in (("before", outcome.sync_before), ("after", outcome.sync_after)):
        latency = f"p50 {sync.p50_us:.0f}  p99 {sync.p99_us:.0f}  max {sync.max_us:.0f} µs"
        table.add_row(f"  fdatasync 4 KiB {when}", latency)
    return table


def _figures(measurements: list[Measurement]) -> Table:
    table = Table(title="\nFigures", title_justify="left", show_edge=False, pad_edge=False)
    table.add_column("what")
    table.add_column("measured", justify="right")
    table.add_column("target", justify="right")
    table.add_column("")
    for measurement in measurements:
        table.add_section()
        table.add_row(f"[bold]{escape(measurement.title)}[/]", "", "", _mark(measurement))
        for figure in measurement.figures:
            verdict = "" if measurement.all_trouble else VERDICTS[figure.met]
            shown = f"{number(figure.value)} {figure.unit}"
            table.add_row(f"  {escape(figure.name)}", shown, target(figure), verdict)
    return table


def _mark(measurement: Measurement) -> str:
    if measurement.all_trouble:
        return "[red]INVALID[/]"
    return "[yellow]NOISY[/]" if measurement.noise else ""


def target(figure: Figure) -> str:
    """The target in words; empty without one."""
    if figure.at_least is not None:
        return f"≥ {number(figure.at_least)} {figure.unit}"
    if figure.at_most is not None:
        return f"≤ {number(figure.at_most)} {figure.unit}"
    return ""


def number(value: float) -> str:
    """Three digits that count."""
    if value >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def _run_lines(run: Run) -> list[str]:
    latency = run.report["latency_microseconds"]
    shown = {key: number(float(latency[key]) / 1000) for key in ("p50", "p99", "p99_9", "max")}
    conditions = run.conditions
    cores = ", ".join(f"{name} {used:.2f}" for name, used in conditions.cores.items())
    return [
        f"  {escape(run.label)}" + ("  [yellow]NOISY[/]" if conditions.noise else ""),
        (
            f"    {number(float(run.report['throughput']))}/s; ms: p50 {shown['p50']}, "
            f"p99 {shown['p99']}, p99.9 {shown['p99_9']}, max {shown['max']}"
        ),
        (
            f"    {number(run.commits['records_a_commit'])} records a commit of "
            f"{number(run.commits['milliseconds_a_commit'])} ms; "
            f"materialised {number(run.catch_up_seconds)} s after the end"
        ),
        (
            f"    cores: {escape(cores)}; others {conditions.others_cores:.2f}, "
            f"steal {conditions.steal_cores:.2f}; fdatasync p99 "
            f"{conditions.fdatasync_before_us:.0f} → {conditions.fdatasync_after_us:.0f} µs"
        ),
    ]
