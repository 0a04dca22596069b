"""FreeRADIUS between the access server and us, as a roaming hub or an aggregator is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.e2e.radius.conftest import PASSWORD, Radius
from tests.support.freeradius import PROXY_SECRET, needs_freeradius, proxy
from tests.support.radius import needs_radclient, radclient

from openmvno.story.tariff import CALLED

pytestmark = [needs_radclient, needs_freeradius]


@pytest.fixture
def listens(
    voip: Radius, free_port: Callable[[], int], tmp_path: Path
) -> Iterator[tuple[int, int]]:
    """Where the proxy listens: authentication, accounting."""
    ports = free_port(), free_port()
    with proxy(tmp_path, (voip.authentication, voip.accounting), ports):
        yield ports


def test_a_call_through_a_proxy(voip: Radius, listens: tuple[int, int]) -> None:
    line = voip.line()
    common = [f'User-Name="{line.subscriber.msisdn}"', f'Called-Station-Id="{CALLED}"']

    def through(port: int, kind: str, *further: str) -> dict[str, str]:
        reply = radclient(port, kind, [*common, *further], PROXY_SECRET, seconds=8)
        assert reply.code in ("Access-Accept", "Accounting-Response"), reply
        return reply.attributes

    proof = f'User-Password="{PASSWORD}"'
    accept = through(listens[0], "auth", proof, "Message-Authenticator=0x00")
    session = accept["Class"]
    for status, seconds in (("Start", 0), ("Interim-Update", 40), ("Stop", 65), ("Stop", 65)):
        through(
            listens[1],
            "acct",
            f"Acct-Status-Type={status}",
            'Acct-Session-Id="proxied-1"',
            f"Class={session}",
            f"Acct-Session-Time={seconds}",
        )
    assert voip.system.money(line) == ("9.73", "0.00")
    assert [cdr["amount"] for cdr in voip.system.cdrs_of_line(line)] == ["0.27"]


def test_a_refusal_through_a_proxy(voip: Radius, listens: tuple[int, int]) -> None:
    line = voip.line()
    attributes = [
        f'User-Name="{line.subscriber.msisdn}"',
        'User-Password="wrong horse"',
        "Message-Authenticator=0x00",
    ]
    reply = radclient(listens[0], "auth", attributes, PROXY_SECRET, seconds=8)
    assert (reply.code, reply.attributes["Reply-Message"]) == (
        "Access-Reject",
        "Unknown user or wrong password",
    )
