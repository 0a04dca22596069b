"""``openmvno up`` from start to end, its roles replaced by ones that only pretend."""

from __future__ import annotations

import asyncio
import io
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from rich.console import Console

from openmvno.database import connection_url
from openmvno.database.embedded import EmbeddedPostgres, running_postmaster, temporary_data_folder
from openmvno.settings import Settings
from openmvno.supervisor import StartError, up
from openmvno.supervisor.process import RoleProcess

FAKE_ROLE = Path(__file__).parents[2] / "unit" / "supervisor" / "fake_role.py"


class Up:
    """Runs ``up`` with fake roles until it says it is up, then presses Ctrl-C."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.output = io.StringIO()

    async def run(self) -> int:
        """Its exit status."""
        console = Console(file=self.output, width=100, soft_wrap=True)
        running = asyncio.create_task(up._run(self.settings, console, with_sample=False))
        while not running.done() and "OpenMVNO is up" not in self.output.getvalue():
            await asyncio.sleep(0.01)
        if not running.done():
            os.kill(os.getpid(), signal.SIGINT)
        return await running


@pytest.fixture
def behaviours(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, str]:
    """How each role behaves; "good" unless the test says otherwise."""
    behaviours: dict[str, str] = {}

    def fake(name: str, settings: Settings) -> RoleProcess:
        command = [sys.executable, str(FAKE_ROLE), str(tmp_path / name)]
        return RoleProcess(name, settings, command=[*command, behaviours.get(name, "good")])

    monkeypatch.setattr(up, "RoleProcess", fake)
    return behaviours


def _settings(folder: Path, free_port: Callable[[], int]) -> Settings:
    return Settings(
        data_dir=folder / "data",
        http_port=free_port(),
        diameter_port=free_port(),
        grpc_port=free_port(),
        engine_grpc_port=free_port(),
        radius_authentication_port=free_port(),
        radius_accounting_port=free_port(),
    )


async def test_it_starts_stops_and_finds_its_data_again(
    behaviours: dict[str, str], free_port: Callable[[], int]
) -> None:
    with temporary_data_folder() as folder:
        first = Up(_settings(folder, free_port))
        assert await first.run() == 0
        lines = [line.strip() for line in first.output.getvalue().splitlines()]
        assert running_postmaster(EmbeddedPostgres(first.settings).folders.cluster) is None

        second = Up(first.settings)
        assert await second.run() == 0

    ready = [line.split(" is ready")[0] for line in lines if " is ready" in line]
    assert ready[:2] == ["postgres", "charge"]
    assert sorted(ready[2:]) == ["radius", "serve", "work"]
    assert [line for line in lines if line.endswith(" stopped")] == [
        "radius stopped",
        "serve stopped",
        "work stopped",
        "charge stopped",
        "postgres stopped",
    ]
    assert f"http://127.0.0.1:{first.settings.http_port}/v1" in first.output.getvalue()
    assert "migrated" in first.output.getvalue()
    assert "migrated" not in second.output.getvalue()


async def test_a_role_that_fails_ends_it_with_everything_stopped(
    behaviours: dict[str, str], free_port: Callable[[], int]
) -> None:
    behaviours["work"] = "fails"
    with temporary_data_folder() as folder:
        attempt = Up(_settings(folder, free_port))

        with pytest.raises(StartError, match="work ended with status 3 before it was ready"):
            await attempt.run()

        assert "charge stopped" in attempt.output.getvalue()
        assert running_postmaster(EmbeddedPostgres(attempt.settings).folders.cluster) is None


async def test_a_database_of_another_release_ends_it(
    behaviours: dict[str, str], free_port: Callable[[], int]
) -> None:
    with temporary_data_folder() as folder:
        settings = _settings(folder, free_port)
        server = EmbeddedPostgres(settings)
        server.start()
        up.prepare_database(settings, lambda _: None)
        with psycopg.connect(connection_url(settings)) as connection:
            connection.execute("UPDATE alembic_version SET version_num = '9999'")
        server.stop()

        with pytest.raises(StartError, match="written by another OpenMVNO"):
            await Up(settings).run()
