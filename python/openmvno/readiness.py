"""How a role settles in, tells its supervisor that it serves, and learns that it is gone.

The supervisor passes the write end of a pipe by number in ``OPENMVNO_READY_FD``; the role writes
one line into it once everything it listens on is open. Run alone, both calls do nothing.
"""

from __future__ import annotations

import asyncio
import ctypes
import gc
import os
import signal
import sys

READY_DESCRIPTOR = "OPENMVNO_READY_FD"
SUPERVISOR_PROCESS = "OPENMVNO_SUPERVISOR_PID"
READY_LINE = b"READY=1\n"

PR_SET_PDEATHSIG = 1  # prctl(2)


def announce_ready() -> None:
    """Tell the supervisor that this role is ready to serve."""
    descriptor = os.environ.pop(READY_DESCRIPTOR, None)
    if descriptor is None:
        return
    try:
        os.write(int(descriptor), READY_LINE)
    finally:
        os.close(int(descriptor))


def keep_what_stays(*thresholds: int) -> None:
    """What is there now lives as long as the process: the garbage collector need not walk it again
    and again while work waits, nor come after every few hundred objects (gc.set_threshold)."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*thresholds)


def stop_with_supervisor() -> None:
    """Have the kernel send SIGTERM to this process when its supervisor dies."""
    supervisor = os.environ.get(SUPERVISOR_PROCESS)
    if supervisor is None:
        return
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != int(supervisor):  # it died before the request
        sys.exit("The supervisor is gone.")


def stop_on_signals() -> asyncio.Event:
    """An event that SIGTERM and SIGINT set, for the running event loop."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    return stop
