"""A real packet gateway's requests, Gx and Gy on one connection, as they were captured."""

from __future__ import annotations

import re
from pathlib import Path

from tests.support.diameter_peer import Peer
from tests.support.system import System

from openmvno.story.business import luhn_digit

VECTOR = Path(__file__).parent.parent / "vectors" / "open5gs_smf.hex"
IMSI = "219101234567890"
MSISDN = "385911234567"


def captured() -> dict[str, bytes]:
    found = re.findall(r"\[([^\]]+)\]\n([0-9a-f\n]+)", VECTOR.read_text())
    return {name: bytes.fromhex(octets.replace("\n", "")) for name, octets in found}


def test_its_gy_is_served_and_its_gx_refused(system: System) -> None:
    frames = captured()
    iccid = "8938510000000000001"
    line = system.line_with((MSISDN, IMSI, iccid[:-1] + luhn_digit(iccid[:-1])), "10.00")
    with Peer(system.diameter_port, greet=False) as gateway:
        assert gateway.exchange(frames["cer"]).result_code == 2001
        gx = gateway.exchange(frames["gx-ccr-initial"])
        assert (gx.result_code, gx.header.is_error) == (3007, True)
        initial = gateway.exchange(frames["gy-ccr-initial"])
        part = initial.multiple_services_credit_control[0]
        assert (initial.result_code, part.result_code) == (2001, 2001)
        assert part.granted_service_unit.cc_total_octets == 1_000_000
        assert part.rating_group is None
        assert system.money(line) == ("10.00", "10.00")
        for number in (1, 2, 3):
            update = gateway.exchange(frames[f"gy-ccr-update-{number}"])
            part = update.multiple_services_credit_control[0]
            assert (update.result_code, part.result_code) == (2001, 2001)
        gx = gateway.exchange(frames["gx-ccr-termination"])
        assert (gx.result_code, gx.header.is_error) == (3007, True)
        termination = gateway.exchange(frames["gy-ccr-termination"])
        assert termination.result_code == 2001
        assert gateway.exchange(frames["dpr"]).result_code == 2001
    (cdr,) = system.cdrs(initial.session_id)
    # Input and output octets of all reports: 17,000 + 3,456 + 20,000 + 20,576 + 3,000.
    assert (cdr["usage"], cdr["rate"]) == (64_032, "Other data")
    assert cdr["amount"] == "0.64032"
    assert system.money(line) == ("9.35968", "0.00")
