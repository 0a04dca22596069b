"""A role that does nothing but behave (or not): run by the supervisor's tests as a child.

Arguments: a file to write events to, then how to behave.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path

from openmvno.readiness import announce_ready, stop_with_supervisor


def main(events: Path, behaviour: str) -> int:
    """Announce, wait for SIGTERM, leave a trace of both."""

    def note(event: str) -> None:
        with events.open("a") as output:
            output.write(f"{event} {os.getpid()}\n")

    if behaviour == "fails":
        print("no luck today", file=sys.stderr)
        return 3
    stop_with_supervisor()
    stopped = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopped.set())
    note("started")
    if behaviour == "silent":
        stopped.wait()
        return 0
    announce_ready()
    while not stopped.wait(0.01):
        pass
    note("stopped")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2]))
