"""Access-Requests from radclient: who is let in, and how far."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from tests.e2e.radius.conftest import PASSWORD, Radius
from tests.support.radius import (
    NAS_IDENTIFIER,
    USER_NAME,
    Nas,
    access,
    attribute,
    needs_radclient,
    radclient,
)

from openmvno.story.tariff import CALLED

pytestmark = needs_radclient


def test_pap_lets_a_line_in_for_as_long_as_its_money_lasts(voip: Radius) -> None:
    line = voip.line("1.00")
    reply = voip.login(line)
    assert reply.code == "Access-Accept"
    # 0.05, the first minute 0.20, then 37 × 6 s at 0.02: 0.99.
    assert reply.attributes["Session-Timeout"] == "282"
    assert reply.attributes["Acct-Interim-Interval"] == "600"
    assert next(iter(reply.attributes)) == "Message-Authenticator", "it comes first"
    assert voip.system.money(line) == ("1.00", "0.99")


def test_chap_lets_a_line_in(voip: Radius) -> None:
    line = voip.line()
    challenge = bytes(range(16))
    proof = b"\x07" + hashlib.md5(b"\x07" + PASSWORD.encode() + challenge).digest()
    reply = radclient(
        voip.authentication,
        "auth",
        [
            f'User-Name="{line.subscriber.msisdn}"',
            f"CHAP-Password=0x{proof.hex()}",
            f"CHAP-Challenge=0x{challenge.hex()}",
            f'Called-Station-Id="{CALLED}"',
            "Message-Authenticator=0x00",
        ],
    )
    assert reply.code == "Access-Accept"


def test_a_wrong_password_is_refused(voip: Radius) -> None:
    line = voip.line()
    reply = voip.login(line, password="wrong horse")
    assert (reply.code, reply.attributes["Reply-Message"]) == (
        "Access-Reject",
        "Unknown user or wrong password",
    )
    assert voip.system.money(line) == ("10.00", "0.00")


def test_a_line_without_money_or_barred_is_told_so(voip: Radius) -> None:
    poor, barred = voip.line("0.05"), voip.line()
    reply = voip.login(poor)
    assert (reply.code, reply.attributes["Reply-Message"]) == (
        "Access-Reject",
        "The balance is used up",
    )
    voip.system.api.patch(f"/v1/lines/{barred.line_id}", {"status": "blocked"})
    reply = voip.login(barred)
    assert reply.attributes["Reply-Message"] == "The service is barred"


def test_a_trusted_client_needs_no_password_and_gets_octets(radius: Radius) -> None:
    radius.client(
        service="data", rating_group=10, trusted=True, vendor="mikrotik", interim_seconds=300
    )
    line = radius.system.line()
    reply = radclient(
        radius.authentication,
        "auth",
        [
            f'3GPP-IMSI="{line.subscriber.imsi}"',
            'User-Name="internet"',
            "Message-Authenticator=0x00",
        ],
    )
    assert reply.code == "Access-Accept"
    # 10.00 at 0.10 a megabyte.
    assert reply.attributes["Mikrotik-Total-Limit"] == "100000000"
    assert reply.attributes["Acct-Interim-Interval"] == "300"


def test_a_client_is_changed_and_removed_without_a_restart(voip: Radius) -> None:
    lines = [voip.line() for _ in range(3)]
    assert voip.login(lines[0]).code == "Access-Accept"
    voip.client(secret="another secret, as long")
    assert voip.login(lines[1]).code == "", "the old secret's signature is wrong now"
    voip.client(enabled=False)
    assert voip.login(lines[1]).code == ""
    voip.client(called_station="number")
    assert voip.login(lines[1]).code == "Access-Accept"
    voip.remove_client()
    assert voip.login(lines[2]).code == ""


def test_without_message_authenticator_there_is_no_answer_unless_allowed(
    voip: Radius, nas: Callable[..., Nas]
) -> None:
    request = access(1, [(USER_NAME, "385910000001"), (NAS_IDENTIFIER, "e2e")])
    unsigned = request[:20] + request[38:]
    unsigned = unsigned[:2] + len(unsigned).to_bytes(2, "big") + unsigned[4:]
    assert nas(voip.authentication, 0.5).ask(unsigned) is None
    voip.client(message_authenticator=False)
    reply = nas(voip.authentication).ask(unsigned)
    assert reply is not None
    assert reply[20] == 80, "the reply is signed all the same (CVE-2024-3596)"
    assert request[20:22] == attribute(80, bytes(16))[:2]


def test_status_server_is_answered(voip: Radius) -> None:
    for port, code in (
        (voip.authentication, "Access-Accept"),
        (voip.accounting, "Accounting-Response"),
    ):
        assert radclient(port, "status", ["Message-Authenticator=0x00"]).code == code
