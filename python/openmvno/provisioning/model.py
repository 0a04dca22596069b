"""Targets, and deliveries to them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Target:
    """Where events go. The secret stays sealed."""

    name: str
    kind: str
    url: str
    events: list[str]
    template: dict[str, Any] | None
    enabled: bool
    version: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class OpenTarget:
    """A target as the worker needs it. ``kind``: see :mod:`openmvno.provisioning.kinds`."""

    kind: str
    url: str
    sealed_secret: bytes | None
    template: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Queue:
    """What a target has not got yet. ``oldest``: the event that has waited longest."""

    target: str
    pending: int
    dead: int
    oldest: UUID | None


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event on its way to one target.

    ``state``: pending, delivered, dead (given up, holds back what follows for the same subject),
    discarded (given up for good), cancelled (the engine refused the change it tells of).
    """

    tenant_id: UUID
    target: str
    event_id: UUID
    subject_id: UUID
    sequence: int
    state: str
    attempts: int
    next_attempt_at: datetime
    last_error: str | None
    delivered_at: datetime | None
    event: str
    payload: dict[str, Any]
    created_at: datetime
