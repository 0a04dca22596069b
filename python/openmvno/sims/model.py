"""A SIM card, what a file says of one, and the import it came with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypedDict
from uuid import UUID

from openmvno.sims.keys import Keys


class FurtherImsi(TypedDict):
    """One more IMSI of a card. ``algorithm``: of its keys, None where we know none."""

    imsi: str
    algorithm: str | None


@dataclass(frozen=True, slots=True)
class Sim:
    """``state``: available, reserved, in_use, suspended, lost, disposed. ``form``: physical, esim.

    ``imsi`` is its first IMSI, ``further`` are the others, in order.
    ``algorithm``: of its keys, None where we know none. ``has_codes``: PIN or PUK are known.
    """

    iccid: str
    imsi: str
    state: str
    form: str
    algorithm: str | None
    has_codes: bool
    smdp: str | None
    hlr: str | None
    description: str | None
    allocated_to: str | None
    line_id: UUID | None
    import_id: UUID | None
    version: int
    updated_at: datetime
    further: Sequence[FurtherImsi] = ()


@dataclass(frozen=True, slots=True)
class Policy:
    """Rules of a tenant's cards. ``swap_cooling_hours``: after a SIM swap there is no second one
    and no port-out for so long. ``puk_to_subscribers``: each may see that of its own line's."""

    swap_cooling_hours: int = 24
    puk_to_subscribers: bool = True
    version: int = 0


@dataclass(frozen=True, slots=True)
class FurtherCardImsi:
    """One more IMSI of a card as a file describes it, with its own keys."""

    imsi: str
    keys: Keys | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Card:
    """A card as a file describes it; what is secret of it is never printed.

    ``codes``: pin1, pin2, puk1, puk2, adm, matching_id, as far as they are given. ``is_removal``:
    the card is to leave the stock.
    """

    line_number: int
    iccid: str
    imsi: str
    form: str = "physical"
    keys: Keys | None = field(default=None, repr=False)
    further: tuple[FurtherCardImsi, ...] = ()
    codes: Mapping[str, str] = field(default_factory=dict, repr=False)
    smdp: str | None = None
    hlr: str | None = None
    description: str | None = None
    is_removal: bool = False


@dataclass(frozen=True, slots=True)
class Rejected:
    """A line of the file that was not loaded, and why."""

    line_number: int
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class ImportTerms:
    """How a file is to be read where it does not say so itself.

    ``algorithm``: of keys without OP or OPc. ``transport_key``: name of the key its keys are
    encrypted under; empty: the one the file names, if it does; none: they are not.
    """

    form: str = "physical"
    algorithm: str | None = None
    transport_key: str = ""


@dataclass(frozen=True, slots=True)
class SimImport:
    """What became of a file. ``state``: waiting, running, done, failed (``problem`` says why).

    ``already_known``: lines that equal a card of the stock. ``lines_read`` of ``lines``.
    """

    import_id: UUID
    file_name: str
    state: str
    lines: int
    lines_read: int
    loaded: int
    already_known: int
    removed: int
    rejected: int
    ignored_columns: list[str]
    problem: str | None
    created_at: datetime
    finished_at: datetime | None
