"""What makes a catalogue document a good one.

The Rust core compiles every document and names each mistake with its path; there is no second
opinion in Python that could differ from what is charged.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

import msgspec

from openmvno import _core
from openmvno.catalog.errors import CatalogInvalid, CatalogTimeInvalid, Mistake
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


def instant(text: str) -> datetime:
    """When a version is to come into force.

    Raises:
        CatalogTimeInvalid: it is no RFC 3339 time with an offset.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise CatalogTimeInvalid(
            f"{text[:40]!r} is no time with an offset.",
            field="effective_at",
            accepted="a time such as 2027-01-01T00:00:00Z or 2027-01-01T00:00:00+01:00 (in an"
            " address + is written %2B)",
        )
    return moment


def mistakes_of(error: _core.CatalogError) -> list[Mistake]:
    """What the core found wrong with a document."""
    return msgspec.json.decode(error.args[0], type=list[Mistake])


def _canonical(value: Any) -> bytes:
    """The one JSON form of a value, the same for the same content."""
    try:
        return msgspec.json.encode(value, order="deterministic")
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        raise CatalogInvalid([Mistake("", f"only JSON values may be used: {error}")]) from error
