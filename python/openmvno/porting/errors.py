"""What can go wrong with porting."""

from openmvno.errors import Conflict, Invalid, NotFound


class PortNotFound(NotFound):
    """The tenant has no such port."""

    code = "port_not_found"
    title = "There is no such port"
    accepted = "the id of a port: GET /v1/ports lists them"


class PortStateConflict(Conflict):
    """The port's state does not lead to what is asked for."""

    code = "port_state_conflict"
    title = "The port cannot take this step"
    accepted = "a step that follows the port's state"


class PortUnderWay(Conflict):
    """The number is being ported already."""

    code = "port_under_way"
    title = "The number is being ported already"
    accepted = "a number without an open port"


class NumberIsOurs(Conflict):
    """The number to be ported in is one of the tenant's own."""

    code = "number_is_ours"
    title = "The number is ours already"
    accepted = "a number that is not in the pool"


class ClearingHouseMissing(Conflict):
    """No provisioning target of kind clearing_house is enabled."""

    code = "clearing_house_missing"
    title = "There is no clearing house to send to"
    accepted = "the same once a provisioning target of kind clearing_house is set and enabled"


class PortTimeInvalid(Invalid):
    """The time asked for is in the past, or more than a year ahead."""

    code = "port_time_invalid"
    title = "The time of the port is not usable"
    accepted = "a time ahead, by at most a year"
