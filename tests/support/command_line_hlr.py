"""A home location register with a command line, as some vendors have them: what an SSH server runs
for whoever logs in. ``command_line_hlr.py FOLDER``; what it holds and was asked lies in the folder.

    HLR> create imsi=219010000000001 msisdn=385910000001
    OK
    HLR> drop imsi=219010000000009
    ERR 40 unknown subscriber
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

PROMPT = "HLR> "


def answer(line: str, held: dict[str, dict[str, str]]) -> str:
    """What it says to a command."""
    verb, *words = line.split()
    given = dict(word.split("=", 1) for word in words)
    imsi = given.pop("imsi", "")
    if verb == "create" and imsi not in held:
        held[imsi] = given
        return "OK"
    if verb == "create":
        return "ERR 41 subscriber exists"
    if verb == "drop" and not is_sure():
        return "OK nothing done"
    if imsi not in held:
        return "ERR 40 unknown subscriber"
    if verb == "drop":
        del held[imsi]
    elif given.get("plan") == "none":
        return "ERR 50 no such plan"
    else:
        held[imsi].update(given)
    return "OK"


def is_sure() -> bool:
    """Ask before something is dropped."""
    print("Are you sure? (y/n) ", end="", flush=True)
    return sys.stdin.readline().strip() == "y"


def main(folder: Path) -> None:
    """Take commands until nobody is there."""
    with (folder / "pids").open("a") as pids:
        pids.write(f"{os.getpid()}\n")
    with (folder / "asked").open("a") as asked:
        asked.write("(login)\n")
    store, busy = folder / "held.json", folder / "busy"
    print("Example HLR 7.2, for authorised use only")
    while True:
        print(PROMPT, end="", flush=True)
        line = sys.stdin.readline().strip()
        if not line or line == "bye":
            return
        with (folder / "asked").open("a") as asked:
            asked.write(f"{line}\n")
        if busy.exists():
            busy.unlink()
            print("ERR 90 busy, try later")
            continue
        held = json.loads(store.read_text()) if store.exists() else {}
        print(answer(line, held))
        store.write_text(json.dumps(held))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
