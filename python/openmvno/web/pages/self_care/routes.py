"""All self-care pages."""

from __future__ import annotations

from typing import Any, Final

SELF_CARE_PAGES: Final[list[Any]] = []
