"""Emergency and toll-free numbers."""

from __future__ import annotations

import pytest
from tests.e2e.rated.catalog import FRIEND
from tests.e2e.rated.traffic import call, granted, hang_up, result_of
from tests.support.diameter_peer import Peer
from tests.support.system import System


@pytest.mark.parametrize("address", ["112", "tel:112;phone-context=+385"])
def test_an_emergency_call_goes_through_on_a_blocked_line(
    rated: System, peer: Peer, address: str
) -> None:
    line = rated.line(balance="0.00")
    rated.api.patch(f"/v1/lines/{line.line_id}", {"status": "blocked"})
    assert result_of(call(peer, line, f"tel:+{FRIEND}")[1]) == 4010
    session, answer = call(peer, line, address)
    assert (result_of(answer), granted(answer)) == (2001, 60)
    assert rated.money(line) == ("0.00", "0.00")
    assert hang_up(peer, line, session, 300).result_code == 2001
    cdr = rated.cdrs(session)[0]
    assert (cdr["destination"], cdr["usage"], cdr["amount"]) == ("112", 300, "0.00")
    assert rated.money(line) == ("0.00", "0.00")


def test_a_toll_free_number_as_it_is_dialled(rated: System, peer: Peer) -> None:
    line = rated.line(balance="0.00")
    session, answer = call(peer, line, "0800 7777")
    assert (result_of(answer), granted(answer)) == (2001, 60)
    hang_up(peer, line, session, 30)
    cdr = rated.cdrs(session)[0]
    assert (cdr["destination"], cdr["amount"]) == ("3858007777", "0.00")
    rated.api.patch(f"/v1/lines/{line.line_id}", {"status": "blocked", "toll_free_barred": True})
    assert result_of(call(peer, line, "0800 7777")[1]) == 4010
    rated.api.patch(f"/v1/lines/{line.line_id}", {"toll_free_barred": False})
    assert result_of(call(peer, line, "0800 7777")[1]) == 2001
