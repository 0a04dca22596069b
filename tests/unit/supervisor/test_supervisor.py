"""The supervisor with children that only pretend to be roles."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from openmvno.settings import Settings
from openmvno.supervisor import StartError
from openmvno.supervisor.process import RoleProcess
from openmvno.supervisor.supervisor import Supervisor

FAKE_ROLE = Path(__file__).with_name("fake_role.py")


@pytest.fixture
def events(tmp_path: Path) -> Path:
    path = tmp_path / "events"
    path.touch()
    return path


@pytest.fixture
def role(events: Path) -> Callable[..., RoleProcess]:
    def make(name: str, behaviour: str = "good", ready_timeout_seconds: float = 20) -> RoleProcess:
        command = [sys.executable, str(FAKE_ROLE), str(events), behaviour]
        return RoleProcess(
            name, Settings(), command=command, ready_timeout_seconds=ready_timeout_seconds
        )

    return make


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    # A zombie nobody has waited for is dead, too.
    return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"


async def _eventually(holds: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not happen"
        await asyncio.sleep(0.01)


async def test_children_start_in_order_and_stop_in_the_opposite_order(
    events: Path, role: Callable[..., RoleProcess]
) -> None:
    progress: list[str] = []
    supervisor = Supervisor(progress.append)
    first, second = role("charge"), role("serve")

    assert await supervisor.start(first)
    assert await supervisor.start(second)
    pids = [first.pid, second.pid]
    await supervisor.stop()

    assert events.read_text().splitlines() == [
        f"started {pids[0]}",
        f"started {pids[1]}",
        f"stopped {pids[1]}",
        f"stopped {pids[0]}",
    ]
    assert [line.split(" ")[:3] for line in progress[:2]] == [
        ["charge", "is", "ready"],
        ["serve", "is", "ready"],
    ]
    assert progress[2:] == ["serve stopped", "charge stopped"]
    assert await first.wait() == 0


async def test_a_child_that_dies_is_started_again(
    events: Path, role: Callable[..., RoleProcess]
) -> None:
    supervisor = Supervisor(lambda _: None)
    child = role("charge")
    await supervisor.start(child)
    killed = child.pid
    assert killed is not None

    os.kill(killed, signal.SIGKILL)

    await _eventually(lambda: child.pid not in (None, killed))
    await _eventually(lambda: events.read_text().count("started") == 2)
    await supervisor.stop()
    assert events.read_text().splitlines()[-1].startswith("stopped ")
    assert not child.is_running


async def test_a_child_that_fails_at_the_start_says_so(role: Callable[..., RoleProcess]) -> None:
    supervisor = Supervisor(lambda _: None)

    with pytest.raises(StartError, match="charge ended with status 3 before it was ready"):
        await supervisor.start(role("charge", "fails"))

    await supervisor.stop()


async def test_a_child_that_stays_silent_is_not_waited_for_forever(
    role: Callable[..., RoleProcess],
) -> None:
    supervisor = Supervisor(lambda _: None)
    child = role("work", "silent", ready_timeout_seconds=0.5)

    with pytest.raises(StartError, match="work is not ready after"):
        await supervisor.start(child)

    assert not child.is_running
    await supervisor.stop()


async def test_the_end_may_be_asked_for_while_a_child_starts(
    role: Callable[..., RoleProcess],
) -> None:
    supervisor = Supervisor(lambda _: None)
    child = role("work", "silent")
    asyncio.get_running_loop().call_later(0.5, supervisor.request_stop)

    assert not await supervisor.start(child)

    await supervisor.stop()
    assert not child.is_running


SUPERVISE_ONE = """
import asyncio, sys
from openmvno.settings import Settings
from openmvno.supervisor.process import RoleProcess
from openmvno.supervisor.supervisor import Supervisor

async def main():
    supervisor = Supervisor(lambda line: print(line, flush=True))
    with supervisor.handling_signals():
        await supervisor.start(RoleProcess("charge", Settings(), command=sys.argv[1:]))
        await supervisor.run_until_stopped()
        await supervisor.stop()

asyncio.run(main())
"""


@pytest.mark.parametrize(
    ("number", "status"),
    [
        (signal.SIGTERM, 0),
        (signal.SIGINT, 0),
        (signal.SIGKILL, -signal.SIGKILL),
    ],
)
async def test_children_leave_with_their_supervisor(
    events: Path, number: signal.Signals, status: int
) -> None:
    command = [sys.executable, "-c", textwrap.dedent(SUPERVISE_ONE)]
    command += [sys.executable, str(FAKE_ROLE), str(events), "good"]
    supervisor = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert supervisor.stdout is not None
    assert "charge is ready" in supervisor.stdout.readline()
    child = int(events.read_text().split()[1])

    supervisor.send_signal(number)

    assert supervisor.wait(20) == status
    supervisor.stdout.close()
    await _eventually(lambda: not _is_alive(child))
    assert f"stopped {child}" in events.read_text()
