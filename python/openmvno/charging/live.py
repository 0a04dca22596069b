"""The live state of an account, or the problem why there is none."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from openmvno.charging.engine_client import EngineClient, EngineUnavailable
from openmvno.charging.errors import BalanceNotFound, EngineNotReachable


async def live_balance(engine: EngineClient, tenant_id: UUID, account_id: UUID) -> dict[str, Any]:
    """What the engine holds of an account now, see :meth:`EngineClient.balance`.

    Raises:
        EngineNotReachable; BalanceNotFound: the engine has not opened the account yet.
    """
    try:
        live = await engine.balance(tenant_id, account_id)
    except EngineUnavailable as error:
        raise EngineNotReachable from error
    if live is None:
        raise BalanceNotFound("The engine has not opened the account yet.", field=None)
    return live
