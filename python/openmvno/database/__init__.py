"""PostgreSQL: the one durable record. Where it is, how to reach it, how its schema moves."""

from openmvno.database.errors import DatabaseError
from openmvno.database.location import connection_url
from openmvno.database.pool import Pool, create_pool

__all__ = ["DatabaseError", "Pool", "connection_url", "create_pool"]
