"""A list of favourites, a closed user group and its members."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Favourites:
    """The Friends & Family list of a line: numbers in digits. Version 0: never set."""

    numbers: list[str] = field(default_factory=list)
    version: int = 0


@dataclass(frozen=True, slots=True)
class Group:
    """A closed user group: lines of the tenant, of any accounts."""

    group_id: UUID
    name: str
    members: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Member:
    """A line in a closed user group."""

    line_id: UUID
    account_id: UUID
    msisdn: str
    added_at: datetime
