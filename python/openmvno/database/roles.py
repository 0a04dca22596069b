"""Whom a process is to PostgreSQL: the least that its work needs.

The schema belongs to the role that migrates it, which housekeeping and the operator's commands use,
too. Every other process acts as one of these; :mod:`openmvno.database.access` says what each may.
"""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """A PostgreSQL role of the installation."""

    TENANT = "openmvno_tenant"
    """``serve``: sees the rows of the tenant named in the transaction, and no others."""

    ENGINE = "openmvno_engine"
    """``charge``: writes journal and snapshots, reads what charging depends on."""

    WORKER = "openmvno_worker"
    """``work``: materialises, delivers, seals; may pass row security, since COPY cannot obey it."""

    RADIUS = "openmvno_radius"
    """``radius``: reads clients, the passwords of lines and what a session has used."""
