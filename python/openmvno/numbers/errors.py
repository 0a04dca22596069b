"""What can go wrong with numbers."""

from openmvno.errors import Conflict, Invalid, NotFound


class MsisdnInvalid(Invalid):
    """Not an international number in digits (ITU-T E.164)."""

    code = "msisdn_invalid"
    title = "The MSISDN is not an international number"
    accepted = "7 to 15 digits with the country code first, without +"


class NumberRangeInvalid(Invalid):
    """The range is empty, too long or its ends differ in length."""

    code = "number_range_invalid"
    title = "The range of numbers is not usable"
    accepted = "two numbers of as many digits, the first not more than the last"


class NumberClassInvalid(Invalid):
    """A class of numbers has no usable name or pattern."""

    code = "number_class_invalid"
    title = "The class of numbers is not usable"
    accepted = "a name of small letters, digits and dashes, and patterns of digits and letters"


class NumberNotInPool(Conflict):
    """The number is not one of the tenant's."""

    code = "number_not_in_pool"
    title = "The number is not in the pool"
    accepted = "a number of the pool; POST /v1/numbers adds some"


class NumberNotAvailable(Conflict):
    """The number is assigned, reserved or quarantined; or none is left."""

    code = "number_not_available"
    title = "The number is not available"
    accepted = "a number that is available, or none for the first that is"


class NumberStateConflict(Conflict):
    """The number's state does not lead to the one asked for."""

    code = "number_state_conflict"
    title = "The number cannot take this state"
    accepted = "a state that follows the present one"


class ReservationUnknown(NotFound):
    """No number is reserved by it: it is over, or was taken, or never was."""

    code = "number_reservation_not_found"
    title = "There is no such reservation"
    accepted = "the id of a reservation that is not over"


class NumberUnknown(NotFound):
    """The tenant has no such number."""

    code = "number_not_found"
    title = "There is no such number"
    accepted = "a number of the pool: GET /v1/numbers lists them"
