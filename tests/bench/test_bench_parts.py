"""Arithmetic and verdicts of `make bench`."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from typing import Any

import pytest
from bench.__main__ import exit_status
from bench.disk import SyncLatency
from bench.generator import trouble_in
from bench.options import NAMES, Options, parse_options
from bench.report import number, target
from bench.result import Figure, Measurement
from bench.runner import Outcome

from bench import context, processors

QUIET = SyncLatency(100, 90, 150, 900)
SLOW = SyncLatency(100, 90, 460, 900)
REPORT: dict[str, Any] = {
    "complete": True,
    "answers": 5,
    "results": {"2001": 5},
    "service_results": {"2001": 4},
    "generator_cores": 0.5,
}


def test_a_figure_is_held_to_its_limit() -> None:
    assert Figure("rate", 150_000, "CCR/s", at_least=150_000).met is True
    assert Figure("rate", 149_999, "CCR/s", at_least=150_000).met is False
    assert Figure("p99", 5.0, "ms", at_most=5.0).met is True
    assert Figure("p99", 5.1, "ms", at_most=5.0).met is False
    assert Figure("p50", 1.0, "ms").met is None
    assert target(Figure("rate", 1, "CCR/s", at_least=150_000)) == "≥ 150,000 CCR/s"
    assert [number(v) for v in (121_345.6, 12.345, 0.983, 7.0)] == ["121,346", "12.3", "0.98", "7"]


def test_a_missed_target_counts_only_when_asked_for_and_an_invalid_run_always() -> None:
    missed = Measurement("m", "m", [Figure("rate", 1, "CCR/s", at_least=2)])
    broken = Measurement("m", "m", trouble=["no answers"])
    assert exit_status(_outcome(missed), Options()) == 0
    assert exit_status(_outcome(missed), Options(strict=True)) == 1
    assert exit_status(_outcome(broken), Options()) == 1


def test_answers_that_are_missing_or_refused_make_a_run_invalid() -> None:
    assert trouble_in(REPORT) == []
    for wrong in (
        {"complete": False},
        {"answers": 0},
        {"results": {"2001": 4, "3004": 1}},
        {"service_results": {"2001": 3, "4012": 1}},
    ):
        assert trouble_in(REPORT | wrong), wrong


def test_a_run_is_noisy_when_others_worked_or_the_disk_changed() -> None:
    def noise(others: float, steal: float, after: SyncLatency) -> list[str]:
        usage = processors.Usage(10, {"charge": 0.7}, {"rustc": others}, steal)
        return context.conditions(usage, REPORT, QUIET, after).noise

    assert noise(0.12, 0.05, QUIET) == []
    assert "rustc" in noise(0.13, 0, QUIET)[0]
    assert "hypervisor" in noise(0, 0.06, QUIET)[0]
    assert "fdatasync" in noise(0, 0, SLOW)[0]


async def test_processor_time_goes_to_whom_it_belongs() -> None:
    burn = "import time\nwhile time.process_time() < 0.5: pass\ntime.sleep(60)"
    async with processors.watching() as usage:
        ours = subprocess.Popen([sys.executable, "-c", burn])
        # Its parent, the shell, is gone at once: it is no descendant of ours.
        script = '"$0" -c "$1" >/dev/null 2>&1 & echo $!'
        command = ["sh", "-c", script, sys.executable, burn]
        stranger = int(subprocess.run(command, capture_output=True, check=True).stdout)
        try:
            await asyncio.sleep(3)
        finally:
            ours.kill()
            os.kill(stranger, signal.SIGKILL)
    ours.wait()
    assert 0.4 < sum(usage.ours.values()) * usage.seconds < 0.9
    assert sum(usage.others.values()) * usage.seconds > 0.4


def test_options() -> None:
    assert parse_options([]) == Options()
    assert parse_options(["--only", "micro", "--only", "sample"]).names == ("sample", "micro")
    quick = parse_options(["--quick", "--seconds", "9", "--setting", "shards=4"])
    assert (quick.seconds, quick.repeats, quick.settings) == (9, 1, (("shards", "4"),))
    assert quick.names == NAMES
    for wrong in (["--seconds", "0"], ["--only", "everything"], ["--setting"]):
        with pytest.raises(SystemExit):
            parse_options(wrong)


def _outcome(measurement: Measurement) -> Outcome:
    return Outcome(datetime.now(UTC), {}, QUIET, QUIET, False, [measurement])
