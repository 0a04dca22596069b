"""What keeps a backup or a restore from being done, in sentences an operator can act on."""

from openmvno.database.errors import DatabaseError


class BackupError(DatabaseError):
    """It cannot be done; the message says why, and nothing that was there has changed."""
