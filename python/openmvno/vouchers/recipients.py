"""Whom a PIN was typed in for."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

from openmvno.customers import find_account
from openmvno.subscribers import LineNotFound, find_line, find_open_line, line_by_identity
from openmvno.vouchers.errors import VoucherRecipientUnclear
from openmvno.vouchers.redeeming import Recipient


async def find_recipient(
    connection: AsyncConnection[Any],
    tenant_id: UUID,
    *,
    line_id: UUID | None = None,
    account_id: UUID | None = None,
    msisdn: str | None = None,
) -> Recipient:
    """The recipient named in one of the three ways; account and line are locked, in this order.

    Raises:
        VoucherRecipientUnclear, AccountNotFound, LineNotFound, LineStateConflict.
    """
    if [line_id, account_id, msisdn].count(None) != 2:
        raise VoucherRecipientUnclear("None or several of them are there.", field="line_id")
    if account_id is not None:
        return Recipient(await find_account(connection, tenant_id, account_id, lock=True))
    if msisdn is not None:
        line = await line_by_identity(connection, tenant_id, "msisdn", msisdn)
        if line is None:
            raise LineNotFound(f"There is no live line with the number {msisdn}.", field="msisdn")
    else:
        assert line_id is not None
        line = await find_line(connection, tenant_id, line_id)
    account = await find_account(connection, tenant_id, line.account_id, lock=True)
    named = "line_id" if msisdn is None else "msisdn"
    return Recipient(account, await find_open_line(connection, tenant_id, line.line_id, named))
