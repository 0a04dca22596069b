"""What can go wrong with usage files."""

from openmvno.errors import Conflict, Invalid, NotFound


class UsageFileInvalid(Invalid):
    """The file as a whole cannot be read: not UTF-8, not CSV, or columns are missing."""

    code = "usage_file_invalid"
    title = "The usage file cannot be read"


class UsageFileDuplicate(Conflict):
    """A file with the same content was taken before."""

    code = "usage_file_duplicate"
    title = "The usage file was taken before"


class UsageFileNotFound(NotFound):
    """There is no such usage file."""

    code = "usage_file_not_found"
    title = "There is no such usage file"
