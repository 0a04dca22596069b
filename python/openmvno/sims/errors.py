"""What can go wrong with SIM cards."""

from openmvno.errors import Conflict, Invalid, NotFound


class SimFileInvalid(Invalid):
    """The file is not CSV in UTF-8 with the columns iccid and imsi."""

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


class SimImportNotFound(NotFound):
    """There was no such import."""

    code = "sim_import_not_found"
    title = "There is no such SIM import"
