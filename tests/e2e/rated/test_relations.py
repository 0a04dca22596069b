"""Friends & Family and closed user groups."""

from __future__ import annotations

from tests.e2e.rated.catalog import FRIEND
from tests.e2e.rated.traffic import call, hang_up, result_of
from tests.support.diameter_peer import Peer
from tests.support.system import System


def test_a_favourite_has_its_price(rated: System, peer: Peer) -> None:
    line = rated.line()
    session, answer = call(peer, line, f"tel:+{FRIEND}")
    assert result_of(answer) == 2001
    assert rated.money(line) == ("10.00", "0.12")
    hang_up(peer, line, session, 60)
    assert rated.money(line) == ("9.88", "0.00")
    rated.api.put(f"/v1/lines/{line.line_id}/favourites", {"numbers": [FRIEND]})
    # As the subscriber dials it: the catalogue knows how national numbers look.
    session, _ = call(peer, line, f"0{FRIEND.removeprefix('385')}")
    assert rated.money(line) == ("9.88", "0.03")
    hang_up(peer, line, session, 120)
    assert rated.money(line) == ("9.82", "0.00")
    cdr = rated.cdrs(session)[0]
    assert (cdr["rate"], cdr["destination"], cdr["amount"]) == ("Friend", FRIEND, "0.06")
    assert cdr["inputs"]["favourite"] is True


def test_a_closed_user_group_keeps_to_itself(rated: System, peer: Peer) -> None:
    line, colleague, stranger = (rated.line(product="team") for _ in range(3))
    group = rated.api.post("/v1/closed-user-groups", {"name": "Team"})["id"]
    for member in (line, colleague):
        rated.api.post(f"/v1/closed-user-groups/{group}/members", {"line_id": member.line_id})
    session, answer = call(peer, line, f"tel:+{colleague.subscriber.msisdn}")
    assert result_of(answer) == 2001
    hang_up(peer, line, session, 60)
    cdr = rated.cdrs(session)[0]
    assert (cdr["rate"], cdr["amount"]) == ("Within the group", "0.06")
    assert (cdr["inputs"]["cug"], cdr["inputs"]["on_net"]) == (True, True)
    for number in (stranger.subscriber.msisdn, FRIEND):
        _, barred = call(peer, line, f"tel:+{number}")
        assert result_of(barred) == 5003
    assert rated.money(line) == ("9.94", "0.00")
