"""What can go wrong with numbers."""

from openmvno.errors import Conflict, Invalid


class MsisdnInvalid(Invalid):
    """Not an international number in digits (ITU-T E.164)."""

    code = "msisdn_invalid"
    title = "The MSISDN is not an international number"


class NumberRangeInvalid(Invalid):
    """The range is empty, too long or its ends differ in length."""

    code = "number_range_invalid"
    title = "The range of numbers is not usable"


class NumberNotInPool(Conflict):
    """The number is not one of the tenant's."""

    code = "number_not_in_pool"
    title = "The number is not in the pool"


class NumberNotAvailable(Conflict):
    """The number is assigned, reserved or quarantined; or none is left."""

    code = "number_not_available"
    title = "The number is not available"
