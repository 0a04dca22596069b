"""PostgreSQL: the one durable record. Where it is, how to reach it, how its schema moves."""

from openmvno.database.errors import DatabaseError
from openmvno.database.location import connection_url
from openmvno.database.pool import Pool, create_pool
from openmvno.database.reading import ReadingPool, create_reading_pool, reading_of_tenant
from openmvno.database.repeating import repeat
from openmvno.database.roles import Role
from openmvno.database.tenancy import OpenConnection, of_nobody, of_tenant

__all__ = [
    "DatabaseError",
    "OpenConnection",
    "Pool",
    "ReadingPool",
    "Role",
    "connection_url",
    "create_pool",
    "create_reading_pool",
    "of_nobody",
    "of_tenant",
    "reading_of_tenant",
    "repeat",
]
