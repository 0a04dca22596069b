"""What can go wrong with usage files."""

from openmvno.errors import Conflict, Invalid, NotFound


class UsageFileInvalid(Invalid):
    """The file as a whole cannot be read: not UTF-8, not CSV, or columns are missing."""

    code = "usage_file_invalid"
    title = "The usage file cannot be read"
    accepted = "CSV in UTF-8 with the names of its columns first"


class UsageFileDuplicate(Conflict):
    """A file with the same content was taken before."""

    code = "usage_file_duplicate"
    title = "The usage file was taken before"
    accepted = "each file once; its records show what became of it"


class UsageFileNotFound(NotFound):
    """There is no such usage file."""

    code = "usage_file_not_found"
    title = "There is no such usage file"
    accepted = "the id of a usage file: GET /v1/usage-files lists them"
