"""What resellers are charged for the same usage, and its books."""

from __future__ import annotations

import psycopg
from tests.e2e.rated.catalog import MEGABYTE
from tests.e2e.rated.traffic import surf
from tests.support.diameter_peer import Peer
from tests.support.system import System

from openmvno.database import connection_url


def test_a_reseller_is_charged_in_its_currency(rated: System, peer: Peer) -> None:
    line = rated.line()
    rated.api.patch(f"/v1/accounts/{line.account_id}", {"partners": ["reseller-1"]})
    session, _ = surf(peer, line, 2 * MEGABYTE)
    cdr = rated.cdrs(session)[0]
    assert (cdr["currency"], cdr["amount"]) == ("EUR", "0.20")
    assert cdr["partners"] == [
        {"code": "reseller-1", "role": "reseller", "currency": "USD", "amount": "0.08"}
    ]
    with psycopg.connect(connection_url(rated.settings)) as connection:
        legs = connection.execute(
            "SELECT currency, count(*), sum(amount_micros), max(amount_micros) FROM posting"
            " WHERE cause_id = %s GROUP BY 1 ORDER BY 1",
            (cdr["id"],),
        ).fetchall()
        unbalanced = connection.execute(
            "SELECT cause_id, currency FROM posting GROUP BY 1, 2 HAVING sum(amount_micros) <> 0"
        ).fetchall()
    assert legs == [("EUR", 2, 0, 200_000), ("USD", 2, 0, 80_000)]
    assert unbalanced == []
    assert rated.money(line) == ("9.80", "0.00")
