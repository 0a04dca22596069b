"""Spending caps and temporary credit limits."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.e2e.rated.catalog import INTERNET, MEGABYTE
from tests.e2e.rated.traffic import data, granted, result_of, surf
from tests.support.diameter_peer import Peer
from tests.support.system import System

from openmvno.story import messages as ccr


def test_a_cap_stops_its_line_only(rated: System, peer: Peer) -> None:
    line = rated.line()
    sister = rated.further_line(line)
    cap = {"amount": "1.00", "renew": "month"}
    rated.api.patch(f"/v1/lines/{line.line_id}", {"spending_cap": cap})
    surf(peer, line, 9 * MEGABYTE)
    session = peer.new_session()
    asked = ccr.octets(INTERNET, 3 * MEGABYTE, None)
    answer = data(peer, line, session, (ccr.INITIAL, 0), asked)
    assert granted(answer) == MEGABYTE
    assert answer.multiple_services_credit_control[0].final_unit_indication is not None
    used = ccr.octets(INTERNET, 3 * MEGABYTE, MEGABYTE)
    assert result_of(data(peer, line, session, (ccr.UPDATE, 1), used)) == 4012
    data(peer, line, session, (ccr.TERMINATION, 2), ccr.octets(INTERNET, None, 0))
    assert granted(surf(peer, sister, 3 * MEGABYTE)[1]) == 3 * MEGABYTE
    seen = rated.api.get(f"/v1/accounts/{line.account_id}/balance")
    assert seen["balance"] == "8.70"
    assert seen["spending"] == [
        {
            "line_id": line.line_id,
            "spending_cap": "1.00",
            "spent": "1.00",
            "remaining": "0.00",
        }
    ]
    rated.cdrs(session)
    [event] = rated.api.get("/v1/events", account=line.account_id)["items"]
    assert (event["kind"], event["line_id"]) == ("cap_reached", line.line_id)
    rated.api.patch(f"/v1/lines/{line.line_id}", {"spending_cap": None})
    assert granted(surf(peer, line, MEGABYTE)[1]) == MEGABYTE


def test_a_temporary_limit_lends_for_a_while(rated: System, peer: Peer) -> None:
    line = rated.line(balance="0.00")
    session = peer.new_session()
    asked = ccr.octets(INTERNET, 20 * MEGABYTE, None)
    assert result_of(data(peer, line, session, (ccr.INITIAL, 0), asked)) == 4012
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    path = f"/v1/accounts/{line.account_id}"
    lent = {"amount": "1.00", "until": tomorrow.isoformat()}
    rated.api.patch(path, {"temporary_limit": lent})
    seen = rated.api.get(f"{path}/balance")
    assert (seen["available"], seen["temporary_limit"]) == ("1.00", "1.00")
    session = peer.new_session()
    answer = data(peer, line, session, (ccr.INITIAL, 0), asked)
    assert granted(answer) == 10 * MEGABYTE
    used = ccr.octets(INTERNET, None, 4 * MEGABYTE)
    data(peer, line, session, (ccr.TERMINATION, 1), used)
    assert rated.money(line) == ("-0.40", "0.00")
    rated.api.patch(path, {"temporary_limit": None})
    session = peer.new_session()
    assert result_of(data(peer, line, session, (ccr.INITIAL, 0), asked)) == 4012
