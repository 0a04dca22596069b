"""What can go wrong with payments."""

from openmvno.errors import Conflict, Invalid, NotFound


class CurrencyMismatch(Invalid):
    """The payment is in another currency than the account."""

    code = "currency_mismatch"
    title = "The account has another currency"
    accepted = "the account's currency"


class TopUpNotFound(NotFound):
    """There is no such top-up."""

    code = "top_up_not_found"
    title = "There is no such top-up"
    accepted = "the id of a top-up of the account"


class ProviderNotFound(NotFound):
    """The tenant has no such payment provider."""

    code = "payment_provider_not_found"
    title = "There is no such payment provider"
    accepted = "the name of a provider: GET /v1/payment-providers lists them"


class ProviderInvalid(Invalid):
    """The provider's settings do not fit its kind."""

    code = "payment_provider_invalid"
    title = "The payment provider cannot be set so"
    accepted = "settings that fit the provider's kind"


class ProviderUnsuitable(Conflict):
    """The provider is switched off, or it does not do this."""

    code = "payment_provider_unsuitable"
    title = "The payment provider does not do this"
    accepted = "a provider that is switched on and does this"


class PaymentNotFound(NotFound):
    """The tenant has no such payment."""

    code = "payment_not_found"
    title = "There is no such payment"
    accepted = "the id of a payment: GET /v1/payments lists them"


class PaymentMethodNotFound(NotFound):
    """The account has no such saved payment method."""

    code = "payment_method_not_found"
    title = "There is no such payment method"
    accepted = "the id of a saved method: GET /v1/accounts/{account_id}/payment-methods lists them"


class PaymentMethodSetupNotFound(NotFound):
    """The account has no such setup of a payment method."""

    code = "payment_method_setup_not_found"
    title = "There is no such setup of a payment method"
    accepted = "the id that beginning a setup answered with"


class PublicUrlMissing(Conflict):
    """The installation has no public address that a provider's page could lead back to."""

    code = "public_url_missing"
    title = "The installation has no public address"
    accepted = "the same once OPENMVNO_PUBLIC_URL is set"


class PaymentMethodInUse(Conflict):
    """The account's automatic top-up uses the method."""

    code = "payment_method_in_use"
    title = "The payment method is in use"
    accepted = "a method that no automatic top-up uses; change or remove that first"


class PaymentStateConflict(Conflict):
    """The payment is in a state that does not allow it."""

    code = "payment_state_conflict"
    title = "The payment does not allow it"
    accepted = "a payment in another state"


class UnallocatedTooLittle(Conflict):
    """The payment has less money that is on no balance yet."""

    code = "unallocated_too_little"
    title = "There is not so much to allocate"
    accepted = "at most what is unallocated"


class RefundTooMuch(Conflict):
    """The payment has less left to be given back."""

    code = "refund_too_much"
    title = "There is not so much to give back"
    accepted = "at most what is left of the payment"


class AutoTopUpNotFound(NotFound):
    """The account has no automatic top-up."""

    code = "auto_top_up_not_found"
    title = "There is no automatic top-up"
    accepted = "an account with an automatic top-up; PUT sets one"


class AutoTopUpInvalid(Invalid):
    """Amount, threshold and daily limit do not fit together."""

    code = "auto_top_up_invalid"
    title = "The automatic top-up does not fit together"
    accepted = "a daily limit of at least one top-up"
