"""What can go wrong with SIM cards."""

from openmvno.errors import Conflict, DomainError, Invalid, NotFound


class SimFileInvalid(Invalid):
    """The file is no CSV, XLSX or vendor output file with the columns ICCID and IMSI."""

    code = "sim_file_invalid"
    title = "The SIM file cannot be read"


class SimNotFound(Conflict):
    """The inventory has no such SIM card."""

    code = "sim_not_in_inventory"
    title = "The SIM card is not in the inventory"


class SimNotAvailable(Conflict):
    """The SIM card is in use, lost or disposed; or none is left."""

    code = "sim_not_available"
    title = "The SIM card is not available"


class SimStateConflict(Conflict):
    """The SIM card's state does not lead to the one asked for."""

    code = "sim_state_conflict"
    title = "The SIM card cannot take this state"


class SimUnknown(NotFound):
    """The tenant has no such SIM card."""

    code = "sim_not_found"
    title = "There is no such SIM card"


class SimCodesUnknown(NotFound):
    """Nothing secret of the SIM card is known."""

    code = "sim_codes_unknown"
    title = "No codes of the SIM card are known"


class PukNotShown(DomainError):
    """The operator shows no PUK to subscribers."""

    code = "puk_not_shown"
    status = 403
    title = "The operator does not show the PUK here"


class ActivationCodeUnknown(NotFound):
    """The SIM card is no eSIM whose profile we know."""

    code = "activation_code_unknown"
    title = "No activation code of the SIM card is known"


class ProfileOrderRefused(DomainError):
    """The SM-DP+ refused the order, or did not answer."""

    code = "profile_order_refused"
    status = 502
    title = "The SM-DP+ did not take the order"


class SmdpMissing(Conflict):
    """No provisioning target of kind es2plus is enabled."""

    code = "smdp_missing"
    title = "There is no SM-DP+ to order from"


class SimRangeInvalid(Invalid):
    """The range is empty, its ends differ in length, or nothing is to change."""

    code = "sim_range_invalid"
    title = "The range of SIM cards is not usable"


class TransportKeyInvalid(Invalid):
    """The transport key's algorithm or length is not one we know."""

    code = "transport_key_invalid"
    title = "The transport key is not usable"


class TransportKeyUnknown(Conflict):
    """The keys in the file are encrypted under a transport key that is not set."""

    code = "transport_key_unknown"
    title = "The transport key of the file is not set"


class SimImportNotFound(NotFound):
    """There was no such import."""

    code = "sim_import_not_found"
    title = "There is no such SIM import"
