"""What must hold of the books, as queries that find what does not.

Each domain with money says its own (``CHECKS`` in its face); ``openmvno.work.books`` asks them all
in one snapshot.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, LiteralString

from openmvno.ledger.store import COUNTS


@dataclass(frozen=True, slots=True)
class Check:
    """``query`` gives (tenant_id, what: the id of what is wrong, detail) of everything wrong."""

    name: str
    query: LiteralString


CHECKS: Final = (
    Check(
        "the engine's postings of each cause sum to zero",
        "SELECT tenant_id, 'cause ' || cause_id, 'sums to ' || sum(amount_micros) || ' micros '"
        " || currency FROM posting GROUP BY tenant_id, cause_id, currency"
        " HAVING sum(amount_micros) <> 0",
    ),
    Check(
        "the operator's postings of each cause sum to zero",
        "SELECT tenant_id, cause || ' ' || cause_id, 'sums to ' || sum(amount_micros) || ' micros '"
        " || currency FROM ledger_entry GROUP BY tenant_id, cause, cause_id, currency"
        " HAVING sum(amount_micros) <> 0",
    ),
    Check(
        "what the operator's ledger says of cash and adjustment the engine says, too",
        "WITH said AS (SELECT tenant_id, cause_id, ledger_account, currency,"
        "  min(cause) AS cause, sum(amount_micros) AS micros FROM ledger_entry"
        f"  WHERE ledger_account IN ('cash', 'adjustment') AND {COUNTS} GROUP BY 1, 2, 3, 4),"
        " moved AS (SELECT tenant_id, cause_id, ledger_account, currency,"
        "  sum(amount_micros) AS micros FROM posting"
        "  WHERE ledger_account IN ('cash', 'adjustment') GROUP BY 1, 2, 3, 4)"
        " SELECT tenant_id, said.cause || ' ' || cause_id, ledger_account || ' is ' || said.micros"
        " || ' micros here and ' || coalesce(moved.micros, 0) || ' with the engine'"
        " FROM said LEFT JOIN moved USING (tenant_id, cause_id, ledger_account, currency)"
        " WHERE said.micros + coalesce(moved.micros, 0) <> 0",
    ),
)
