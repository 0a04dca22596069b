"""The story, as its command plays it."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from tests.support.osmo_hlr import needs_osmo_hlr
from tests.support.system import System

from openmvno.settings import environment


def run_story(system: System, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "openmvno", "story", *arguments],
        env={**os.environ, **environment(system.settings)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize("kind", ["ott", "thin", pytest.param("full", marks=needs_osmo_hlr)])
def test_every_step_holds(system: System, kind: str) -> None:
    done = run_story(system, "--json", "--as", kind)
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads(done.stdout)
    assert [step["number"] for step in report["steps"]] == list(range(1, 11))
    assert all(step["held"] and step["observations"] for step in report["steps"])


def test_it_does_not_replace_a_catalogue(system: System) -> None:
    done = run_story(system, "--token", system.token)
    assert done.returncode == 1
    assert "--replace-catalog" in done.stderr
