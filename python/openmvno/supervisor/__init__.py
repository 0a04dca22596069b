"""``openmvno up``: PostgreSQL and the roles as child processes of one supervisor."""

from openmvno.supervisor.process import StartError
from openmvno.supervisor.up import bring_up

__all__ = ["StartError", "bring_up"]
