"""The implementations that the same tests are held against: the reference and the Rust core."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from tests.reference import quote as reference
from tests.reference.numbering import Document

from openmvno import _core

Quote = Callable[[Document, dict[str, Any]], dict[str, Any]]

CORE_QUOTES = hasattr(_core, "quote")
NOT_BUILT = "this build of the core has no quote()"


def core_quote(document: Document, request: dict[str, Any]) -> dict[str, Any]:
    """The core's answer; CatalogError when it refuses the document."""
    call: Callable[[bytes, bytes], bytes] = vars(_core)["quote"]
    answer = call(json.dumps(document).encode(), json.dumps(request).encode())
    decoded: dict[str, Any] = json.loads(answer)
    return decoded


BOTH = [
    pytest.param(reference.quote, id="reference"),
    pytest.param(
        core_quote, id="core", marks=pytest.mark.skipif(not CORE_QUOTES, reason=NOT_BUILT)
    ),
]
