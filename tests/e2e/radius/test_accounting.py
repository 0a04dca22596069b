"""Accounting-Requests: what they cost, whatever is lost, repeated or wrong."""

from __future__ import annotations

import random
from collections.abc import Callable

from tests.e2e.radius.conftest import Radius
from tests.support.radius import (
    ACCOUNTING_RESPONSE,
    DELAY,
    INTERIM,
    NAS_IDENTIFIER,
    SESSION_ID,
    SESSION_TIME,
    START,
    STATUS,
    STOP,
    USER_NAME,
    DynamicPort,
    Nas,
    accounting,
    needs_radclient,
)

from openmvno.story.tariff import CALLED

pytestmark = needs_radclient

DISCONNECT_REQUEST, COA_REQUEST = 40, 43
SESSION_TIMEOUT = 27


def test_a_call_from_login_to_cdr(voip: Radius) -> None:
    line = voip.line()
    called = f'Called-Station-Id="{CALLED}"'
    session = voip.login(line).attributes["Class"]
    for status, seconds, balance in (
        ("Start", 0, "10.00"),
        ("Interim-Update", 30, "9.75"),
        ("Interim-Update", 60, "9.75"),
        ("Stop", 65, "9.73"),
    ):
        reply = voip.report(
            line, status, "call-1", f"Class={session}", f"Acct-Session-Time={seconds}", called
        )
        assert reply.code == "Accounting-Response"
        assert voip.system.money(line)[0] == balance
    assert voip.system.money(line) == ("9.73", "0.00")
    (cdr,) = voip.system.cdrs(bytes.fromhex(session[2:]).decode())
    assert (cdr["usage"], cdr["amount"], cdr["destination"]) == (65, "0.27", CALLED)


def test_gigawords(radius: Radius) -> None:
    radius.client(service="data", rating_group=10, trusted=True)
    line = radius.system.line("1000.00")
    radius.report(line, "Start", "big-1")
    radius.report(line, "Interim-Update", "big-1", "Acct-Input-Octets=4294967295")
    reply = radius.report(
        line,
        "Stop",
        "big-1",
        "Acct-Input-Octets=1032704",
        "Acct-Input-Gigawords=1",
        "Acct-Output-Octets=4000000",
    )
    assert reply.code == "Accounting-Response"
    # 4,300,000,000 octets at 0.10 a megabyte.
    assert radius.system.money(line) == ("570.00", "0.00")


def test_what_is_sent_again_costs_nothing(voip: Radius, nas: Callable[..., Nas]) -> None:
    line = voip.line()
    common = [
        (USER_NAME, line.subscriber.msisdn),
        (NAS_IDENTIFIER, "e2e"),
        (SESSION_ID, "again-1"),
        (30, CALLED),
    ]
    client = nas(voip.accounting)
    identifier = 0
    for status, seconds, balance in (
        (START, 0, "10.00"),
        (INTERIM, 65, "9.73"),
        (STOP, 65, "9.73"),
    ):
        report = [(STATUS, status), (SESSION_TIME, seconds), *common]
        first = accounting(identifier, report)
        reply = client.ask(first)
        assert client.ask(first) == reply, "the same datagram: the same answer"
        for delay in (3, 6):
            # What a client sends again has another Acct-Delay-Time, so all of it differs.
            identifier += 1
            later = client.ask(accounting(identifier, [*report, (DELAY, delay)]))
            assert later is not None
            assert later[0] == ACCOUNTING_RESPONSE
        identifier += 1
        assert voip.system.money(line)[0] == balance
    assert len(voip.system.cdrs_of_line(line)) == 1


def test_a_wrong_secret_and_garbage_are_dropped_and_harm_nothing(
    voip: Radius, nas: Callable[..., Nas]
) -> None:
    line = voip.line()
    client = nas(voip.accounting, 0.3)
    stop = [(STATUS, STOP), (SESSION_ID, "x"), (USER_NAME, line.subscriber.msisdn)]
    assert client.ask(accounting(1, [*stop, (SESSION_TIME, 65)], "not the secret at all")) is None
    noise = random.Random(7)
    for port in (voip.accounting, voip.authentication):
        sender = nas(port, 0.3)
        for _ in range(2_000):
            sender.send(noise.randbytes(noise.randrange(120)))
        good = accounting(2, [*stop, (SESSION_TIME, 65)])
        for at in range(len(good)):
            sender.send(good[:at] + bytes([good[at] ^ 0x55]) + good[at + 1 :])
        assert sender.receive() is None
    assert voip.system.money(line) == ("10.00", "0.00")
    assert voip.login(voip.line()).code == "Access-Accept"


def test_a_session_that_used_its_money_up_is_disconnected(
    radius: Radius, dynamic: DynamicPort
) -> None:
    radius.client(called_station="number", coa_port=dynamic.port)
    line = radius.line("0.25")
    session = radius.login(line).attributes["Class"]
    radius.report(line, "Start", "poor-1", f"Class={session}")
    reply = radius.report(
        line, "Interim-Update", "poor-1", f"Class={session}", "Acct-Session-Time=60"
    )
    assert reply.code == "Accounting-Response", "what was used is recorded"
    code, attributes = dynamic.take()
    assert (code, attributes[SESSION_ID]) == (DISCONNECT_REQUEST, b"poor-1")
    assert attributes[USER_NAME].decode() == line.subscriber.msisdn
    radius.report(line, "Stop", "poor-1", f"Class={session}", "Acct-Session-Time=61")
    assert radius.system.money(line) == ("0.00", "0.00")


def test_a_top_up_makes_the_session_longer_at_its_next_report(
    radius: Radius, dynamic: DynamicPort
) -> None:
    radius.client(called_station="number", coa_port=dynamic.port)
    line = radius.line("0.25")
    accept = radius.login(line).attributes
    assert accept["Session-Timeout"] == "60"
    radius.report(line, "Start", "long-1", f"Class={accept['Class']}")
    top_up = {"amount": "0.20", "currency": "EUR"}
    radius.system.api.post(f"/v1/accounts/{line.account_id}/top-ups", top_up)
    radius.report(
        line, "Interim-Update", "long-1", f"Class={accept['Class']}", "Acct-Session-Time=30"
    )
    code, attributes = dynamic.take()
    assert code == COA_REQUEST
    assert int.from_bytes(attributes[SESSION_TIMEOUT], "big") == 120


def test_accounting_on_closes_the_servers_sessions(voip: Radius) -> None:
    line = voip.line()
    called = f'Called-Station-Id="{CALLED}"'
    voip.report(line, "Start", "lost-1", called)
    voip.report(line, "Interim-Update", "lost-1", "Acct-Session-Time=65", called)
    assert voip.system.money(line)[1] != "0.00"
    reply = voip.report(line, "Accounting-On", "")
    assert reply.code == "Accounting-Response"
    (cdr,) = voip.system.cdrs_of_line(line)
    assert (cdr["usage"], cdr["amount"], cdr["cause"]) == (65, "0.27", "peer_restarted")
    assert voip.system.money(line) == ("9.73", "0.00")
