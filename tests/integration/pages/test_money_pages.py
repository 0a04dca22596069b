"""Payments and vouchers: listed, entered by hand, given back; made, activated, found, redeemed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from tests.integration.api.conftest import Api
from tests.integration.api.test_vouchers import Printer
from tests.integration.pages.browser import Browser
from tests.integration.pages.conftest import LogsIn


@pytest.fixture(scope="module")
def printer(tmp_path_factory: pytest.TempPathFactory) -> Printer:
    folder: Path = tmp_path_factory.mktemp("printer")
    return Printer(folder, rsa.generate_private_key(public_exponent=65537, key_size=2048))


async def test_money_by_hand_finds_its_account_and_goes_back(
    staff: Browser, rich_api: Api, elsewhere: Api, logs_in: LogsIn
) -> None:
    receipt = "/staff/payments/receipt"
    assert "No cash desk" in (await staff.open(receipt)).text
    await rich_api.put("/v1/payment-providers/bank", {"kind": "bank_transfer"})
    account = (await rich_api.sign_up())["account"]["id"]

    page = await staff.open(receipt)
    refused = await page.send(receipt, amount="many", currency="EUR", reference="line 3")
    assert (refused.status, bool(refused.complaint("amount"))) == (422, True)
    assert refused.typed(receipt, "reference") == "line 3"
    done = await refused.send(receipt, amount="40.00", currency="EUR")
    assert done.status == 303, done.text
    again = await refused.send(receipt, amount="40.00", currency="EUR")
    assert again.goes_to == done.goes_to, "a second click enters nothing twice"
    shown = await done.follow()
    path = done.goes_to.partition("?")[0]
    assert "Nobody knows yet" in shown.text
    listed = await staff.open("/staff/payments?unallocated=yes")
    assert [link for link in listed.links if link.startswith("/staff/payments/01")] == [path]

    page = await staff.open(f"{path}/allocation")
    assert page.typed(f"{path}/allocation", "amount") == "40.00"
    refused = await page.send(f"{path}/allocation", account_id="x", amount="15.00")
    assert refused.complaint("account_id"), refused.text
    assert refused.typed(f"{path}/allocation", "amount") == "15.00"
    done = await refused.send(f"{path}/allocation", account_id=account)
    assert done.goes_to == f"{path}?done=allocated", done.text
    shown = await staff.open(path)
    for said in ("On a balance €15.00", "On no balance €25.00", "Put on a balance"):
        assert said in shown.text, said

    refused = await (await staff.open(f"{path}/refund")).send(f"{path}/refund", amount="1000")
    assert refused.status in (409, 422)
    assert refused.typed(f"{path}/refund", "amount") == "1000"
    done = await refused.send(f"{path}/refund", amount="5.00", reason="too much")
    assert done.goes_to == f"{path}?done=refunded", done.text
    assert "Given back €5.00" in (await staff.open(path)).text

    page = await staff.open(f"{path}/chargeback")
    refused = await page.send(f"{path}/chargeback", amount="3.00", reference="")
    assert refused.complaint("reference")
    done = await refused.send(f"{path}/chargeback", reference="recall 8")
    assert done.goes_to == f"{path}?done=charged-back", done.text

    viewer = await logs_in("viewer", realm="care")
    assert f"{path}/refund" not in (await viewer.open(path)).links
    for name in ("refund", "allocation", "chargeback"):
        assert (await viewer.ask(f"{path}/{name}")).status == 403, name
    stranger = await logs_in(at=elsewhere, tenant="other")
    for name in ("", "/refund", "/allocation"):
        assert (await stranger.ask(f"{path}{name}")).status == 404, name


async def test_vouchers_are_made_activated_found_and_redeemed(
    staff: Browser, rich_api: Api, printer: Printer, elsewhere: Api, logs_in: LogsIn
) -> None:
    new, ranges = "/staff/vouchers/new", "/staff/vouchers/range"
    assert "No vouchers yet" in (await staff.open("/staff/vouchers")).text
    good = {
        "name": "Summer",
        "count": "5",
        "content": "balance",
        "value": "10.00",
        "expires_at": f"{datetime.now(UTC) + timedelta(days=30):%Y-%m-%dT%H:%M}",
        "certificate": printer.certificate,
    }
    page = await staff.open(new)
    for wrong, field in (
        ({"count": "many"}, "count"),
        ({"certificate": "none"}, "certificate"),
        ({"expires_at": "2020-01-01T00:00"}, "expires_at"),
        ({"value": ""}, "value"),
    ):
        refused = await page.send(new, {**good, **wrong})
        assert refused.status in (400, 422), field
        assert refused.complaint(field), field
        assert refused.typed(new, "name") == "Summer"
    made = await page.send(new, good)
    assert made.status == 200, made.text
    pins = made.html.partition('<pre tabindex="0">')[2].partition("</pre>")[0]
    serial, pin = min(printer.read(pins).items())

    listed = await staff.open("/staff/vouchers")
    (batch,) = {link for link in listed.links if "/batches/" in link}
    progress = await staff.ask(f"{batch}/parts/progress", fragment=True)
    assert progress.text == "Made 5"

    page = await staff.open(f"{ranges}?first={serial}&last={serial + 2}&state=active")
    refused = await page.send(ranges, last_serial="x")
    assert refused.complaint("last_serial")
    done = await refused.send(ranges, last_serial=str(serial + 2))
    assert done.goes_to == "/staff/vouchers?done=vouchers-active"
    assert "Active 3" in (await staff.open(batch)).text

    found = await listed.send("/staff/vouchers/find", serial=f"{serial:012}")
    assert found.goes_to == f"/staff/vouchers/{serial}"
    assert "Active" in (await found.follow()).text
    assert (await staff.ask("/staff/vouchers/find?serial=x")).status == 404
    assert (await staff.ask("/staff/vouchers/999")).status == 404

    line = f"/staff/lines/{(await rich_api.sign_up())['line']['id']}"
    done = await (await staff.open(f"{line}/voucher")).send(f"{line}/voucher", pin=pin)
    assert done.goes_to == f"{line}?done=redeemed", done.text
    assert line in (await staff.open("/staff/vouchers/redemptions")).links
    happened = (await staff.open(line)).text
    assert f"The voucher {serial}" in happened or "was redeemed" in happened

    viewer = await logs_in("viewer", realm="care")
    assert new not in (await viewer.open("/staff/vouchers")).links
    for path in (new, ranges):
        assert (await viewer.ask(path)).status == 403, path
    stranger = await logs_in(at=elsewhere, tenant="other")
    for path in (batch, f"{batch}/parts/progress", f"/staff/vouchers/{serial}"):
        assert (await stranger.ask(path)).status == 404, path
