"""A line: one SIM card with one number on one payer account."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Line:
    """``status``: preactive, active, blocked, suspended, closed.

    ``spending_cap_micros``: the most the line may spend in each day, week or month
    (``spending_cap_renew``); the three spending_cap fields are there or none. ``own_balance``: the
    line pays from its own buckets only. While it is out of service, ``toll_free_barred``: even free
    numbers are denied; ``zero_rated_allowed``: usage that costs nothing goes on. ``barred``: out of
    service for the customer's sake, whatever its own status. ``moving``: on its way to another
    account, so not to be changed.
    ``sim_swapped_at``: when it last got another SIM card. ``blocked_by``: of a blocked one, the
    strongest who wants it so: subscriber, staff, fraud.
    """

    line_id: UUID
    account_id: UUID
    product: str
    msisdn: str
    imsi: str
    iccid: str
    status: str
    version: int
    created_at: datetime
    updated_at: datetime
    spending_cap_micros: int | None = None
    spending_cap_currency: str | None = None
    spending_cap_renew: str | None = None
    own_balance: bool = False
    toll_free_barred: bool = False
    zero_rated_allowed: bool = False
    sim_swapped_at: datetime | None = None
    blocked_by: str | None = None
    barred: bool = False
    moving: bool = False

    @property
    def status_in_force(self) -> str:
        """What the engine and the network go by: a barred line is suspended while it is active."""
        return "suspended" if self.barred and self.status == "active" else self.status
