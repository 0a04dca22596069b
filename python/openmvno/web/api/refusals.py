"""Which errors each operation can answer with, for its document."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

import msgspec

TABLE: Final = Path(__file__).with_name("refusals.json")
"""Codes by "METHOD /path"; found in the code by ``python -m tests.rules.refusals``."""


@cache
def refusals() -> dict[str, list[str]]:
    """The codes of our errors by operation, such as ``"GET /v1/lines"``."""
    return msgspec.json.decode(TABLE.read_bytes(), type=dict[str, list[str]])
