"""Rust programs of the workspace, built and run."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


async def run(*command: str, environment: Mapping[str, str] | None = None) -> str:
    """What ``command`` wrote to standard output; without ``environment`` it gets ours.

    Raises:
        RuntimeError: it failed; with what it said.
    """
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=ROOT,
        env=environment,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        output, complaint = await process.communicate()
    except asyncio.CancelledError:
        process.kill()
        raise
    if process.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: {complaint.decode(errors='replace')[-2000:]}")
    return output.decode()


async def build(package: str, profile: str, *what: str) -> Path:
    """Build one program (``--bin NAME`` or ``--example NAME``); where it is."""
    command = ["cargo", "build", "--quiet", "--locked", "--profile", profile, "--package", package]
    lines = await run(*command, *what, "--message-format", "json")
    messages = [json.loads(line) for line in lines.splitlines()]
    return Path(next(m["executable"] for m in reversed(messages) if m.get("executable")))
