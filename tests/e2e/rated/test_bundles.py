"""Add-ons and wallets: who pays for which stretch, and who is told."""

from __future__ import annotations

import time
from typing import Any

from tests.e2e.rated.catalog import FRIEND, INTERNET, MEGABYTE
from tests.e2e.rated.traffic import data, granted, surf
from tests.support.diameter_peer import Peer
from tests.support.system import System

from openmvno.story import messages as ccr
from openmvno.story.recording import RecordingRegister, recording_register
from openmvno.story.stage import Line


def buckets(rated: System, line: Line, code: str) -> list[dict[str, Any]]:
    found = rated.api.get(f"/v1/lines/{line.line_id}/buckets")
    return [bucket for bucket in found if bucket["code"] == code]


def buy_pack(rated: System, line: Line) -> str:
    addon = rated.api.post(f"/v1/lines/{line.line_id}/products", {"product": "data-pack"})
    assert addon["status"] == "active"
    return str(addon["id"])


def test_a_bundle_pays_first_and_the_balance_the_rest(rated: System, peer: Peer) -> None:
    line = rated.line()
    addon = buy_pack(rated, line)
    [pack] = buckets(rated, line, "pack")
    assert (pack["remaining"], pack["product_instance"]) == ("2000000", addon)
    session = peer.new_session()
    asked = ccr.octets(INTERNET, 3 * MEGABYTE, None)
    answer = data(peer, line, session, (ccr.INITIAL, 0), asked)
    assert granted(answer) == 3 * MEGABYTE
    assert rated.money(line) == ("10.00", "0.10")
    assert buckets(rated, line, "pack")[0]["reserved"] == "2000000"
    used = ccr.octets(INTERNET, None, 2_500_000)
    data(peer, line, session, (ccr.TERMINATION, 1), used)
    assert rated.money(line) == ("9.95", "0.00")
    cdr = rated.cdrs(session)[0]
    assert (cdr["usage"], cdr["amount"], cdr["rate"]) == (2_500_000, "0.05", "Internet")
    parts = [
        (part["payer"], part["from"], part["to"], part["cost"], part["amount"])
        for part in cdr["parts"]
    ]
    assert parts == [
        ("bucket:pack", 0, 2_000_000, "2000000", "0.00"),
        ("balance", 2_000_000, 2_500_000, "50000", "0.05"),
    ]
    [pack] = buckets(rated, line, "pack")
    assert (pack["used"], pack["reserved"], pack["remaining"]) == ("2000000", "0", "0")
    rated.api.delete(f"/v1/lines/{line.line_id}/products/{addon}")
    assert buckets(rated, line, "pack") == []


def test_thresholds_are_told_once_each(rated: System, peer: Peer) -> None:
    line = rated.line()
    buy_pack(rated, line)
    rated.api.patch(f"/v1/accounts/{line.account_id}", {"low_balance": "9.90"})
    with recording_register() as register:
        target = {"url": register.url, "secret": register.secret}
        rated.api.put("/v1/provisioning-targets/e2e-events", target)
        for octets in (900_000, 200_000, 300_000, 1_000_000, 2_000_000):
            surf(peer, line, octets)
        told = wait_for_events(register, line, 3)
        rated.api.put("/v1/provisioning-targets/e2e-events", target | {"enabled": False})
    heard = [(event["event"], event["detail"]["threshold"]) for event in told]
    assert heard == [
        ("charging.bucket_threshold", 50),
        ("charging.bucket_threshold", 100),
        ("charging.low_balance", 9_900_000),
    ]
    assert [event["sequence"] for event in told] == [1, 2, 3]
    assert {event["line"] for event in told[:2]} == {line.line_id}
    [pack] = buckets(rated, line, "pack")
    assert told[0]["detail"]["bucket"] == {"id": pack["id"], "code": "pack"}
    assert told[0]["detail"]["value"] == 1_100_000
    listed = rated.api.get("/v1/events", account=line.account_id)["items"]
    assert [event["id"] for event in listed] == [event["event_id"] for event in reversed(told)]
    by_kind = rated.api.get("/v1/events", line=line.line_id, kind="bucket_threshold")["items"]
    assert [event["detail"]["threshold"] for event in by_kind] == [100, 50]


def wait_for_events(register: RecordingRegister, line: Line, count: int) -> list[dict[str, Any]]:
    """What a target has heard of an account, once it is ``count`` events."""
    deadline = time.monotonic() + 15
    while True:
        heard = [entry for entry in register.all() if entry.event.get("account") == line.account_id]
        if len(heard) >= count or time.monotonic() > deadline:
            assert all(entry.is_signed for entry in heard)
            return [entry.event for entry in heard]
        time.sleep(0.05)


def test_a_wallet_pays_for_messages(rated: System, peer: Peer) -> None:
    line = rated.line()
    body = {"bucket": "texts", "option": "ten", "pay": "balance"}
    top_up = rated.api.post(f"/v1/lines/{line.line_id}/wallet-top-ups", body)
    assert (top_up["status"], top_up["price"], top_up["amount"]) == ("completed", "0.50", "10")
    assert rated.money(line) == ("9.50", "0.00")
    request = peer.request(line.subscriber, peer.new_session(), ccr.SMS, ccr.EVENT, 0)
    request.requested_action = ccr.DIRECT_DEBITING
    request.requested_service_unit = ccr.events(1)
    request.service_information = ccr.texted(FRIEND)
    answer = peer.send(request)
    assert answer.result_code == 2001
    assert rated.money(line) == ("9.50", "0.00")
    left = [bucket["remaining"] for bucket in buckets(rated, line, "texts")]
    assert "9" in left
    cdr = rated.cdrs(answer.session_id)[0]
    [part] = cdr["parts"]
    assert (cdr["amount"], part["payer"], part["cost"]) == ("0.00", "bucket:texts", "1")
