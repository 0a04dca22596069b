"""Whom a trace is about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from openmvno.subscribers import Line


@dataclass(frozen=True, slots=True)
class TraceSubject:
    """A line of a tenant, or one session of any of its lines."""

    tenant_id: UUID
    named: str
    line: Line | None = None
    session_id: str | None = None

    def for_engine(self) -> dict[str, Any]:
        """As the engine reads it (rust_core/node/src/live_trace.rs)."""
        if self.line is None:
            return {"tenant": str(self.tenant_id), "session": self.session_id}
        return {
            "tenant": str(self.tenant_id),
            "line": str(self.line.line_id),
            "identities": [
                ["Msisdn", self.line.msisdn],
                *(["Imsi", imsi] for imsi in self.line.imsis),
            ],
        }
