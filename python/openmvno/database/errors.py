"""What can go wrong with the database, in sentences an operator can act on."""


class DatabaseError(Exception):
    """The database cannot be used as it is; the message says what to do about it."""


class DataFolderError(DatabaseError):
    """The data folder cannot be used: wrong owner, other version, out of reach, or in use."""


class SchemaError(DatabaseError):
    """The database's schema is not the one this release works with."""


class AccessError(DatabaseError):
    """The roles that keep tenants apart cannot be set up; the message says what would do it."""
