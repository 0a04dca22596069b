"""What can go wrong with SIM cards."""

from openmvno.errors import Conflict, DomainError, Invalid, NotFound


class SimFileInvalid(Invalid):
    """The file is no CSV, XLSX or vendor output file with the columns ICCID and IMSI."""

    code = "sim_file_invalid"
    title = "The SIM file cannot be read"
    accepted = "CSV in UTF-8, XLSX or a vendor's output file with the columns ICCID and IMSI"


class SimNotFound(Conflict):
    """The inventory has no such SIM card."""

    code = "sim_not_in_inventory"
    title = "The SIM card is not in the inventory"
    accepted = "a SIM card of the inventory: GET /v1/sims lists them"


class SimNotAvailable(Conflict):
    """The SIM card is in use, lost or disposed; or none is left."""

    code = "sim_not_available"
    title = "The SIM card is not available"
    accepted = "a SIM card that is available, or none for the first that is"


class SimStateConflict(Conflict):
    """The SIM card's state does not lead to the one asked for."""

    code = "sim_state_conflict"
    title = "The SIM card cannot take this state"
    accepted = "a state that follows the present one"


class SimUnknown(NotFound):
    """The tenant has no such SIM card."""

    code = "sim_not_found"
    title = "There is no such SIM card"
    accepted = "the ICCID of a SIM card: GET /v1/sims lists them"


class SimCodesUnknown(NotFound):
    """Nothing secret of the SIM card is known."""

    code = "sim_codes_unknown"
    title = "No codes of the SIM card are known"
    accepted = "a SIM card whose file told its codes"


class PukNotShown(DomainError):
    """The operator shows no PUK to subscribers."""

    code = "puk_not_shown"
    status = 403
    title = "The operator does not show the PUK here"
    accepted = "your operator's help"


class ActivationCodeUnknown(NotFound):
    """The SIM card is no eSIM whose profile we know."""

    code = "activation_code_unknown"
    title = "No activation code of the SIM card is known"
    accepted = "an eSIM whose profile was ordered or imported"


class ProfileOrderRefused(DomainError):
    """The SM-DP+ refused the order, or did not answer."""

    code = "profile_order_refused"
    status = 502
    title = "The SM-DP+ did not take the order"
    accepted = "what the SM-DP+ takes"


class SmdpMissing(Conflict):
    """No provisioning target of kind es2plus is enabled."""

    code = "smdp_missing"
    title = "There is no SM-DP+ to order from"
    accepted = "the same once a provisioning target of kind es2plus is set and enabled"


class SimRangeInvalid(Invalid):
    """The range is empty, its ends differ in length, or nothing is to change."""

    code = "sim_range_invalid"
    title = "The range of SIM cards is not usable"
    accepted = "two ICCIDs of as many digits in order, and what is to change"


class TransportKeyInvalid(Invalid):
    """The transport key's algorithm or length is not one we know."""

    code = "transport_key_invalid"
    title = "The transport key is not usable"
    accepted = "an algorithm, and a key as long as it needs"


class TransportKeyUnknown(Conflict):
    """The keys in the file are encrypted under a transport key that is not set."""

    code = "transport_key_unknown"
    title = "The transport key of the file is not set"
    accepted = (
        "the same once that key is set, or transport_key=none when the keys are not encrypted"
    )


class SimImportNotFound(NotFound):
    """There was no such import."""

    code = "sim_import_not_found"
    title = "There is no such SIM import"
    accepted = "the id of an import: GET /v1/sims/imports lists them"
