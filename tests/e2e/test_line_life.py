"""What a line's status and its identities mean to the network, from the API's answer on."""

from __future__ import annotations

import pytest
from tests.e2e.test_results import call
from tests.support.diameter_peer import Peer
from tests.support.system import BASIC, System

from openmvno.story import messages as ccr
from openmvno.story.business import new_sims
from openmvno.story.messages import Subscriber
from openmvno.story.tariff import CALLED

SUCCESS, DENIED, UNKNOWN = 2001, 4010, 5030


@pytest.mark.parametrize(
    ("status", "expected"), [("blocked", DENIED), ("suspended", DENIED), ("closed", UNKNOWN)]
)
def test_a_status_holds_at_once(system: System, peer: Peer, status: str, expected: int) -> None:
    line = system.line()
    path = f"/v1/lines/{line.line_id}"
    assert call(peer, line.subscriber).result_code == SUCCESS
    system.api.patch(path, {"status": status})
    assert call(peer, line.subscriber).result_code == expected
    if status != "closed":
        system.api.patch(path, {"status": "active"})
        assert call(peer, line.subscriber).result_code == SUCCESS


def test_a_preactive_line_waits(system: System, peer: Peer) -> None:
    msisdn, imsi, iccid = new_sims(1)[0]
    system._stock((msisdn, imsi, iccid))
    wish = {
        "customer": {"name": "Test"},
        "product": BASIC,
        "msisdn": msisdn,
        "iccid": iccid,
        "status": "preactive",
        "initial_top_up": {"amount": "10.00", "currency": "EUR"},
    }
    line = system.api.post("/v1/sign-ups", wish)["line"]
    subscriber = Subscriber(msisdn, imsi)
    assert call(peer, subscriber).result_code == DENIED
    system.api.patch(f"/v1/lines/{line['id']}", {"status": "active"})
    assert call(peer, subscriber).result_code == SUCCESS


def test_another_card_and_number_are_charged_to_the_same_money(system: System, peer: Peer) -> None:
    line = system.line(balance="5.00")
    old = line.subscriber
    msisdn, imsi, iccid = new_sims(1)[0]
    system._stock((msisdn, imsi, iccid))
    path = f"/v1/lines/{line.line_id}"
    system.api.post(f"{path}/sim-swap", {"iccid": iccid, "reason": "broken"})
    system.api.post(f"{path}/number", {"msisdn": msisdn})
    assert call(peer, Subscriber(None, imsi)).result_code == SUCCESS
    assert call(peer, Subscriber(msisdn, None)).result_code == SUCCESS
    assert call(peer, Subscriber(None, old.imsi)).result_code == UNKNOWN
    assert call(peer, Subscriber(old.msisdn, None)).result_code == UNKNOWN
    assert system.money(line)[0] == "5.00"


def test_whichever_imsi_its_card_shows_is_charged_to_the_line(system: System, peer: Peer) -> None:
    msisdn, imsi, iccid = new_sims(1)[0]
    further = [new_sims(1)[0][1] for _ in range(2)]
    file = f"iccid,imsi,imsi2,imsi3\n{iccid},{imsi},{','.join(further)}\n"
    system.api.upload("/v1/sims/imports", "sims.csv", file)
    system.api.post("/v1/numbers", {"first": msisdn})
    wish = {
        "customer": {"name": "Test"},
        "product": BASIC,
        "msisdn": msisdn,
        "iccid": iccid,
        "initial_top_up": {"amount": "5.00", "currency": "EUR"},
    }
    line = system.api.post("/v1/sign-ups", wish)["line"]
    abroad = Subscriber(None, further[1])
    session = peer.new_session()
    assert call(peer, abroad, session=session).result_code == SUCCESS
    end = peer.request(abroad, session, ccr.VOICE, ccr.TERMINATION, 1)
    end.service_information = ccr.called(CALLED)
    assert peer.send(ccr.with_services(end, [ccr.seconds(None, 60)])).result_code == SUCCESS
    [cdr] = system.cdrs(session)
    assert (cdr["line_id"], cdr["usage"]) == (line["id"], 60)
    assert cdr["amount"] != "0.00"
    # A status is told of the card's whole; so is another card.
    system.api.patch(f"/v1/lines/{line['id']}", {"status": "blocked"})
    assert call(peer, abroad).result_code == DENIED
    system.api.patch(f"/v1/lines/{line['id']}", {"status": "active"})
    _, other, other_iccid = new_sims(1)[0]
    system.api.upload("/v1/sims/imports", "sims.csv", f"iccid,imsi\n{other_iccid},{other}\n")
    swap = {"iccid": other_iccid, "reason": "lost"}
    system.api.post(f"/v1/lines/{line['id']}/sim-swap", swap)
    assert call(peer, Subscriber(None, other)).result_code == SUCCESS
    for old in (imsi, *further):
        assert call(peer, Subscriber(None, old)).result_code == UNKNOWN
