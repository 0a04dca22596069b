"""The price where the user is."""

from __future__ import annotations

from diameter.message.avp.grouped import PsInformation
from tests.e2e.rated.catalog import FRIEND
from tests.e2e.rated.traffic import call, hang_up, result_of, served_by, surf
from tests.support.diameter_peer import Peer
from tests.support.system import System

# ECGI of PLMN 310-260 (TS 29.061 section 16.4.7.2, TS 24.008 section 10.5.1.3).
IN_THE_USA = bytes([129, 0x13, 0x00, 0x62, 0x00, 0x00, 0x12, 0x34])


def test_data_by_the_network_that_serves(rated: System, peer: Peer) -> None:
    line = rated.line()
    session, _ = surf(peer, line, 100_000, served_by("310260"))
    cdr = rated.cdrs(session)[0]
    assert (cdr["rate"], cdr["amount"]) == ("Internet in the USA", "0.50")
    assert cdr["inputs"]["plmn"] == "310260"
    session, _ = surf(peer, line, 100_000, served_by("21901"))
    assert rated.cdrs(session)[0]["amount"] == "0.01"
    assert rated.money(line) == ("9.49", "0.00")


def test_usage_from_a_file_by_the_network_it_names(rated: System) -> None:
    line = rated.line()
    content = (
        "record_id,imsi,service,rating_group,started_at,usage,plmn\n"
        f"{line.line_id},{line.subscriber.imsi},data,10,2026-05-01T10:00:00Z,100000,310260\n"
    )
    file = rated.api.upload("/v1/usage-files", f"{line.line_id}.csv", content)
    assert (file["accepted"], file["rejected"]) == (1, 0)
    assert rated.money(line) == ("9.50", "0.00")


def test_a_call_by_the_cell(rated: System, peer: Peer) -> None:
    line = rated.line()
    cell = PsInformation(tgpp_user_location_info=IN_THE_USA)
    session, answer = call(peer, line, f"tel:+{FRIEND}", ps_information=cell)
    assert result_of(answer) == 2001
    assert rated.money(line) == ("10.00", "1.20")
    hang_up(peer, line, session, 30)
    cdr = rated.cdrs(session)[0]
    assert (cdr["rate"], cdr["amount"]) == ("From the USA", "0.60")
    assert cdr["inputs"]["plmn"] == "310260"
