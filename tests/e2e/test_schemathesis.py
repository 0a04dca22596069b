"""schemathesis asks a running system everything its OpenAPI document offers, and finds nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from tests.support.system import System

CONFIGURATION = Path(__file__).with_name("schemathesis.toml")
SEED = 20_261_127


def ask(system: System, report: Path, *arguments: str) -> None:
    """Run schemathesis with a token for everything; fails with what it has found."""
    settings = system.settings
    url = f"http://{settings.listen_address}:{settings.http_port}/schema/openapi.json"
    done = subprocess.run(
        [
            str(Path(sys.executable).with_name("schemathesis")),
            f"--config-file={CONFIGURATION}",
            *("run", url, "--header", f"Authorization: Bearer {system.token}"),
            *("--no-color", f"--seed={SEED}", *arguments),
        ],
        capture_output=True,
        text=True,
        cwd=report,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-2000:]
    assert "Tested: 0" not in done.stdout, done.stdout


def test_a_few_of_every_kind(system: System, tmp_path: Path) -> None:
    ask(system, tmp_path, "--phases=examples,fuzzing", "--max-examples=3", "--no-shrink")


@pytest.mark.soak
def test_a_great_many(system: System, tmp_path: Path) -> None:
    ask(system, tmp_path, "--phases=examples,coverage,fuzzing,stateful", "--max-examples=100")
