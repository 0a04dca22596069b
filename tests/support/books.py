"""The books as the tests read them."""

from __future__ import annotations

from tests.support.core_engine import CoreEngine

from openmvno.ledger import COUNTS


async def cents(engine: CoreEngine) -> dict[str, int]:
    """Cents by ledger account, where there are any: the engine's postings and the operator's
    together, which sum to zero."""
    await engine.materialise()
    rows = engine.connection.execute(
        "SELECT ledger_account, (sum(amount_micros) / 10000)::bigint FROM ("
        " SELECT ledger_account, amount_micros FROM posting"
        " UNION ALL SELECT ledger_account, amount_micros FROM ledger_entry"
        f" WHERE {COUNTS}) AS leg GROUP BY 1 HAVING sum(amount_micros) <> 0"
    ).fetchall()
    found: dict[str, int] = dict(rows)
    assert sum(found.values()) == 0
    return found
