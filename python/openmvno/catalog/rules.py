"""What makes a catalogue document a good one.

The Rust core compiles every document and names each mistake with its path; there is no second
opinion in Python that could differ from what is charged.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

import msgspec

from openmvno import _core
from openmvno.catalog.errors import CatalogInvalid, Mistake
from openmvno.catalog.model import Document


def check(value: Any, source: bytes | None = None) -> Document:
    """Check a document. ``source`` is its JSON text, where it came as one (double keys show there).

    Raises:
        CatalogInvalid: with every mistake found.
    """
    canonical = _canonical(value)
    try:
        _core.check_catalog(source or canonical)
    except _core.CatalogError as error:
        mistakes = msgspec.json.decode(error.args[0], type=list[Mistake])
        raise CatalogInvalid(mistakes) from error
    return Document(value, hashlib.sha256(canonical).digest())


def _canonical(value: Any) -> bytes:
    """The one JSON form of a value, the same for the same content."""
    try:
        return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()
    except (TypeError, ValueError) as error:
        raise CatalogInvalid([Mistake("", f"only JSON values may be used: {error}")]) from error
