"""What can go wrong with numbers."""

from openmvno.errors import Conflict, Invalid, NotFound


class MsisdnInvalid(Invalid):
    """Not an international number in digits (ITU-T E.164)."""

    code = "msisdn_invalid"
    title = "The MSISDN is not an international number"


class NumberRangeInvalid(Invalid):
    """The range is empty, too long or its ends differ in length."""

    code = "number_range_invalid"
    title = "The range of numbers is not usable"


class NumberClassInvalid(Invalid):
    """A class of numbers has no usable name or pattern."""

    code = "number_class_invalid"
    title = "The class of numbers is not usable"


class NumberNotInPool(Conflict):
    """The number is not one of the tenant's."""

    code = "number_not_in_pool"
    title = "The number is not in the pool"


class NumberNotAvailable(Conflict):
    """The number is assigned, reserved or quarantined; or none is left."""

    code = "number_not_available"
    title = "The number is not available"


class NumberStateConflict(Conflict):
    """The number's state does not lead to the one asked for."""

    code = "number_state_conflict"
    title = "The number cannot take this state"


class ReservationUnknown(NotFound):
    """No number is reserved by it: it is over, or was taken, or never was."""

    code = "number_reservation_not_found"
    title = "There is no such reservation"


class NumberUnknown(NotFound):
    """The tenant has no such number."""

    code = "number_not_found"
    title = "There is no such number"
