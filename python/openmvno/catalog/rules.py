"""What makes a catalogue document a good one.

The Rust core compiles every document and names each mistake with its path; there is no second
opinion in Python that could differ from what is charged.
"""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

from openmvno import _core
from openmvno.catalog.errors import CatalogInvalid, Mistake
from openmvno.catalog.model import Document


def check(value: Any, source: bytes | None = None) -> Document:
    """Check a document. ``source`` is its JSON text, where it came as one (double fields show
    there).

    Raises:
        CatalogInvalid: with every mistake found.
    """
    canonical = _canonical(value)
    try:
        _core.check_catalog(source or canonical)
    except _core.CatalogError as error:
        raise CatalogInvalid(mistakes_of(error)) from error
    return Document(value, canonical, hashlib.sha256(canonical).digest())


def mistakes_of(error: _core.CatalogError) -> list[Mistake]:
    """What the core found wrong with a document."""
    return msgspec.json.decode(error.args[0], type=list[Mistake])


def _canonical(value: Any) -> bytes:
    """The one JSON form of a value, the same for the same content."""
    try:
        return msgspec.json.encode(value, order="deterministic")
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        raise CatalogInvalid([Mistake("", f"only JSON values may be used: {error}")]) from error
