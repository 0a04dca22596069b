"""What can go wrong with vouchers."""

from typing import Final

from openmvno import addons, wallets
from openmvno.errors import Conflict, DomainError, Invalid, NotFound, Told


class VoucherBatchNotFound(NotFound):
    """The tenant has no such batch of vouchers."""

    code = "voucher_batch_not_found"
    title = "There is no such batch of vouchers"
    accepted = "the id of a batch: GET /v1/voucher-batches lists them"


class VoucherNotFound(NotFound):
    """The tenant has no voucher with this serial number."""

    code = "voucher_not_found"
    title = "There is no such voucher"
    accepted = "the serial number of a voucher"


class VoucherRangeInvalid(Invalid):
    """The serial numbers are not a range of vouchers that exist."""

    code = "voucher_range_invalid"
    title = "The serial numbers are no range of vouchers"
    accepted = "serial numbers of vouchers there are, in order"


class VoucherTermsInvalid(Invalid):
    """What the vouchers of a batch are to be worth does not fit together."""

    code = "voucher_terms_invalid"
    title = "The terms of the vouchers do not fit together"
    accepted = "terms that fit together"


class VoucherCertificateInvalid(Invalid):
    """The PINs are encrypted for an X.509 certificate with an RSA key, and this is none."""

    code = "voucher_certificate_invalid"
    title = "The certificate cannot be used"
    accepted = "an X.509 certificate in PEM with an RSA key"


class VoucherPinWrong(Invalid):
    """No voucher has this PIN. ``attempts_left``: how many more may be tried."""

    code = "voucher_pin_wrong"
    title = "No voucher has this PIN"
    accepted = "the PIN of a voucher; compare it with the card once more"


class VoucherLocked(DomainError):
    """Too many wrong PINs; ``locked_until`` says when the next one may be tried."""

    code = "voucher_locked"
    status = 429
    title = "Too many wrong PINs"
    accepted = "another try after locked_until"


class VoucherRedeemed(Conflict):
    """The voucher has been used."""

    code = "voucher_redeemed"
    title = "The voucher has been used"
    accepted = "a voucher that is active"


class VoucherNotActive(Conflict):
    """The voucher was not sold yet."""

    code = "voucher_not_active"
    title = "The voucher is not active"
    accepted = "a voucher that is active"


class VoucherBlocked(Conflict):
    """The voucher was blocked by the operator."""

    code = "voucher_blocked"
    title = "The voucher is blocked"
    accepted = "a voucher that is active"


class VoucherExpired(Conflict):
    """The voucher's last day is over."""

    code = "voucher_expired"
    title = "The voucher has expired"
    accepted = "a voucher that is active"


class VoucherCurrency(Conflict):
    """The voucher is in another currency than the account."""

    code = "voucher_currency_mismatch"
    title = "The voucher is in another currency"
    accepted = "a voucher in the account's currency"


class VoucherNeedsLine(Invalid):
    """A voucher for a wallet or an add-on needs the line it is for, not only the account."""

    code = "voucher_needs_line"
    title = "The voucher is for a line"
    accepted = "line_id or msisdn in place of account_id"


class VoucherRecipientUnclear(Invalid):
    """Name one of line, account and number."""

    code = "voucher_recipient_unclear"
    title = "Name one recipient"
    accepted = "one of line_id, account_id and msisdn"


UNUSABLE: Final[dict[str, type[Conflict]]] = {
    "generated": VoucherNotActive,
    "redeemed": VoucherRedeemed,
    "blocked": VoucherBlocked,
    "expired": VoucherExpired,
}
"""Why a voucher in a state other than active cannot be used."""

REFUSALS: Final = {
    code: Told(told.kind, "pin")
    for code, told in {**addons.refusals("product"), **wallets.REFUSALS}.items()
}
"""What the engine's error codes to the commands of a redemption are told as: what the voucher with
this PIN is for cannot be had."""
