"""Whom users outside the staff act for."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

from openmvno.access.errors import SubjectUnknown
from openmvno.actor import OUTSIDE
from openmvno.customers import find_customer
from openmvno.errors import NotFound, one_of
from openmvno.subscribers import find_line


async def check_subject(
    connection: AsyncConnection[Any], tenant_id: UUID, realm: str, subject_id: UUID | None
) -> None:
    """Complain about a subject that does not exist: of a subscriber a line, of a customer, reseller
    or distributor a customer. Without one the user reaches nothing. Staff have none.

    Raises:
        SubjectUnknown.
    """
    if subject_id is None:
        return
    if realm not in OUTSIDE:
        raise SubjectUnknown(
            f"Users of the realm {realm} act for nobody.",
            field="subject_id",
            accepted=f"null, or a user of {one_of(sorted(OUTSIDE))}",
        )
    try:
        if realm == "subscriber":
            await find_line(connection, tenant_id, subject_id)
        else:
            await find_customer(connection, tenant_id, subject_id)
    except NotFound as error:
        raise SubjectUnknown(error.rule, field="subject_id", accepted=error.accepted) from error
