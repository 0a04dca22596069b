"""What a payment provider does for us. Amounts are micros; each adapter knows its own units.

Every call may be repeated with the same key: it is done once. Where a provider does not keep that
promise for creating a payment, an intent nobody confirms is all that is left over.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from openmvno.errors import DomainError, Invalid


class ProviderUnavailable(DomainError):
    """The payment provider does not answer; the payment goes on by itself once it does."""

    code = "payment_provider_unavailable"
    status = 503
    title = "The payment provider does not answer"
    accepted = "the same request in a moment"


class ProviderDeclined(Invalid):
    """The payment provider refuses it; ``decline_code`` is the provider's word."""

    code = "payment_declined"
    title = "The payment provider declined"
    accepted = "another payment method, or what decline_code says"


class SignatureInvalid(DomainError):
    """The message is not from the payment provider, or it is an old one sent again."""

    code = "payment_signature_invalid"
    status = 400
    title = "The signature does not hold"
    accepted = "a body signed with the secret of the endpoint, just now"


@dataclass(frozen=True, slots=True)
class MethodDetails:
    """A saved card, as far as people recognise it by."""

    method_ref: str
    brand: str
    last4: str
    expires: str | None


@dataclass(frozen=True, slots=True)
class SetupPage:
    """A page of the provider's on which a payer saves a method."""

    ref: str
    url: str


@dataclass(frozen=True, slots=True)
class SetupOutcome:
    """What has become of such a page. ``status``: open, saved or expired; ``key``: what it was
    begun with; ``details`` of what was saved."""

    status: str
    key: str = ""
    customer_ref: str = ""
    details: MethodDetails | None = None


@dataclass(frozen=True, slots=True)
class Intent:
    """A payment at the provider. ``status``: open, requires_action, processing, succeeded, failed
    or cancelled. ``received_micros`` and ``fee_micros`` once it has succeeded. ``action_url``: the
    page where the payer does what it requires, ``client_secret``: what its browser does it with."""

    ref: str
    status: str
    client_secret: str | None = None
    action_url: str | None = None
    received_micros: int = 0
    fee_micros: int = 0
    failure: str | None = None


@dataclass(frozen=True, slots=True)
class ProviderEvent:
    """Something a provider tells of. ``kind``: payment, setup, dispute_opened, dispute_won or
    other. ``subject_ref``: what the provider calls the thing itself.

    ``intent_ref``: the payment it is about; ``amount_micros`` and ``currency``: the money it is
    about; ``is_paid``: that has come.
    """

    event_ref: str
    kind: str
    intent_ref: str | None
    amount_micros: int
    currency: str
    subject_ref: str
    is_paid: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class ProviderRecord:
    """Money that the provider says it took (``kind`` receipt, ``ref`` the payment's) or gave back
    (payout, the refund's)."""

    kind: str
    ref: str
    micros: int
    at: datetime


class CardProvider(Protocol):
    """Cards, and whatever else a payer saves there."""

    async def create_customer(self, key: str, name: str) -> str:
        """What the provider calls a payer from now on."""
        ...

    async def attach(self, customer_ref: str, token: str) -> MethodDetails:
        """Save what the payer's browser has made a token of.

        Raises:
            ProviderDeclined, ProviderUnavailable; so do the others.
        """
        ...

    async def begin_setup(
        self, key: str, customer_ref: str, back_url: str, expires_at: datetime
    ) -> SetupPage:
        """A page on which the payer saves a method, and which leads to ``back_url`` however it
        ends. Its address is one that a browser may be sent to."""
        ...

    async def finish_setup(self, ref: str) -> SetupOutcome:
        """What has become of it."""
        ...

    async def detach(self, method_ref: str) -> None:
        """Forget a saved method."""
        ...

    async def create(
        self,
        key: str,
        customer_ref: str,
        method_ref: str,
        micros: int,
        currency: str,
        back_url: str | None,
    ) -> Intent:
        """A payment that takes no money before it is confirmed. ``back_url``: where the page of the
        payer's bank leads afterwards; None: the payer cannot be sent to one."""
        ...

    async def confirm(self, ref: str, back_url: str | None) -> Intent:
        """Take the money, unless that has been done or tried."""
        ...

    async def find(self, ref: str) -> Intent:
        """What has become of a payment."""
        ...

    async def cancel(self, ref: str) -> Intent:
        """See to it that a payment takes no money any more; what has become of it, for it may have
        been quicker."""
        ...

    async def refund(self, key: str, ref: str, micros: int, currency: str) -> str:
        """Give money of a payment back; what the provider calls that."""
        ...

    async def records(self, since: datetime) -> list[ProviderRecord]:
        """What it took and gave back since then."""
        ...

    def read_event(self, content: bytes, signature: str) -> ProviderEvent:
        """A message of the provider, of whose origin and time its signature tells.

        Raises:
            SignatureInvalid.
        """
        ...
