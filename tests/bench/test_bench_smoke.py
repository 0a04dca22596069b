"""Every measurement of `make bench`, tiny: none may rot, and no figure is held to anything here."""

from __future__ import annotations

import io
import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from bench.__main__ import exit_status
from bench.options import NAMES, Options, parse_options
from bench.report import print_report, write_json
from bench.runner import Outcome, measure
from rich.console import Console

TINY = (
    *("--quick", "--subscribers", "200", "--seconds", "1", "--open-seconds", "1"),
    *("--rate", "2000", "--admitted", "500", "--replay-events", "2000", "--profile", "dev"),
)


@pytest.mark.skipif(shutil.which("cargo") is None, reason="the generator has to be built")
async def test_every_measurement_is_made_and_told(tmp_path: Path) -> None:
    options = replace(parse_options(TINY), warmup=0)
    outcome = await measure(options, lambda _: None)

    by_name = {measurement.name: measurement for measurement in outcome.measurements}
    assert tuple(by_name) == NAMES
    assert {name: each.all_trouble for name, each in by_name.items()} == {
        name: [] for name in NAMES
    }
    assert all(each.figures for each in outcome.measurements)
    assert all(f.value > 0 for name in ("closed-16x64", "micro") for f in by_name[name].figures)
    assert _figure(outcome, "restart", "replayed") >= options.replay_events
    for name in ("closed-16x64", "closed-4x16", "hot-account", "grants", "open-loop"):
        for run in by_name[name].runs:
            assert run.commits["records"] >= run.report["answers"], run.label
            assert run.conditions.cores.keys() >= {"charge", "postgres", "loadgen"}
    assert exit_status(outcome, options) == 0

    _assert_told(outcome, options, tmp_path / "bench.json")


def _figure(outcome: Outcome, name: str, part: str) -> float:
    figures = [f for m in outcome.measurements if m.name == name for f in m.figures]
    return next(figure.value for figure in figures if part in figure.name)


def _assert_told(outcome: Outcome, options: Options, path: Path) -> None:
    write_json(outcome, options, path)
    written = json.loads(path.read_text())
    assert [each["name"] for each in written["measurements"]] == list(NAMES)
    assert written["machine"]["postgresql"]
    assert written["fdatasync_4k_us"]["before"]["p99_us"] > 0

    console = Console(file=io.StringIO(), width=120)
    print_report(outcome, console)
    assert isinstance(console.file, io.StringIO)
    text = console.file.getvalue()
    for measurement in outcome.measurements:
        assert measurement.title in text
    assert "≥ 150,000 CCR/s" in text
