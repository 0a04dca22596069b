"""What can go wrong with payments."""

from openmvno.errors import Conflict, Invalid, NotFound


class CurrencyMismatch(Invalid):
    """The payment is in another currency than the account."""

    code = "currency_mismatch"
    title = "The account has another currency"


class TopUpNotFound(NotFound):
    """There is no such top-up."""

    code = "top_up_not_found"
    title = "There is no such top-up"


class ProviderNotFound(NotFound):
    """The tenant has no such payment provider."""

    code = "payment_provider_not_found"
    title = "There is no such payment provider"


class ProviderInvalid(Invalid):
    """The provider's settings do not fit its kind."""

    code = "payment_provider_invalid"
    title = "The payment provider cannot be set so"


class ProviderUnsuitable(Conflict):
    """The provider is switched off, or it does not do this."""

    code = "payment_provider_unsuitable"
    title = "The payment provider does not do this"


class PaymentNotFound(NotFound):
    """The tenant has no such payment."""

    code = "payment_not_found"
    title = "There is no such payment"


class PaymentMethodNotFound(NotFound):
    """The account has no such saved payment method."""

    code = "payment_method_not_found"
    title = "There is no such payment method"


class PaymentMethodSetupNotFound(NotFound):
    """The account has no such setup of a payment method."""

    code = "payment_method_setup_not_found"
    title = "There is no such setup of a payment method"


class PublicUrlMissing(Conflict):
    """The installation has no public address that a provider's page could lead back to."""

    code = "public_url_missing"
    title = "The installation has no public address"


class PaymentMethodInUse(Conflict):
    """The account's automatic top-up uses the method."""

    code = "payment_method_in_use"
    title = "The payment method is in use"


class PaymentStateConflict(Conflict):
    """The payment is in a state that does not allow it."""

    code = "payment_state_conflict"
    title = "The payment does not allow it"


class UnallocatedTooLittle(Conflict):
    """The payment has less money that is on no balance yet."""

    code = "unallocated_too_little"
    title = "There is not so much to allocate"


class RefundTooMuch(Conflict):
    """The payment has less left to be given back."""

    code = "refund_too_much"
    title = "There is not so much to give back"


class AutoTopUpNotFound(NotFound):
    """The account has no automatic top-up."""

    code = "auto_top_up_not_found"
    title = "There is no automatic top-up"


class AutoTopUpInvalid(Invalid):
    """Amount, threshold and daily limit do not fit together."""

    code = "auto_top_up_invalid"
    title = "The automatic top-up does not fit together"
