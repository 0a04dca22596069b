"""The search of the header and its page, and the timeline of a line and a customer."""

from __future__ import annotations

from uuid import UUID

from litestar import Litestar
from tests.integration.api.conftest import Api
from tests.integration.api.test_cdrs import insert as insert_cdr
from tests.integration.pages.browser import Browser
from tests.integration.pages.conftest import LogsIn


async def test_whatever_is_pasted_is_found(
    staff: Browser, api: Api, elsewhere: Api, logs_in: LogsIn
) -> None:
    made = await api.sign_up()
    await api.sign_up(customer={"name": "Ana Novak"})
    line = f"/staff/lines/{made['line']['id']}"
    home = await staff.open("/staff/customers")
    for pasted in (f"+{made['line']['msisdn']}", made["line"]["iccid"], made["line"]["imsi"]):
        found = await staff.ask(f"/staff/search?q={pasted.replace('+', '%2B')}", fragment=True)
        assert line in found.links, pasted
        assert "<html" not in found.html
        assert (await home.send("/staff/search", q=pasted)).goes_to == line, "one fits exactly"
    several = await home.send("/staff/search", q="ana")
    assert "Ana Horvat" in several.text
    assert "Ana Novak" in several.text
    assert "Nothing found" in (await staff.open("/staff/search?q=nobody")).text
    assert "What are you looking for" in (await staff.open("/staff/search")).text

    listed = await home.send("/staff/customers", q="novak")
    assert "Ana Novak" in listed.part("content")
    assert "Ana Horvat" not in listed.part("content")
    offers = await staff.ask("/staff/customers/offers?field=parent_id&parent_id=nov", fragment=True)
    assert "Ana Novak" in offers.text

    stranger = await logs_in(at=elsewhere, tenant="other")
    assert "Nothing found" in (await stranger.open("/staff/search?q=ana")).text
    nobody = await logs_in(scopes=["catalog:read"])
    assert (await nobody.ask("/staff/search?q=ana")).status == 403


async def test_what_happened_is_told_in_words(
    staff: Browser, api: Api, application: Litestar, elsewhere: Api, logs_in: LogsIn
) -> None:
    made = await api.sign_up()
    line, customer = made["line"], made["customer"]["id"]
    await api.patch(f"/v1/lines/{line['id']}", {"status": "blocked", "reason": "phone lost"})
    await insert_cdr(
        api, UUID(line["account_id"]), "gw;1", line_id=UUID(line["id"]), amount_micros=470_000
    )
    path = f"/staff/lines/{line['id']}"
    shown = await staff.open(path)
    for said in ("The line was blocked", "phone lost", "Topped up with €10.00", "was opened with"):
        assert said in shown.text, said
    await application.state.reads.flush()
    assert "Personal data were read" not in (await staff.open(path)).text
    everything = await staff.open(f"{path}/timeline?with=usage&with=reads")
    assert "voice → 38591 for €0.47" in everything.text
    assert "Personal data were read" in everything.text
    assert "The line was blocked" in (await staff.open(f"/staff/customers/{customer}")).text

    stranger = await logs_in(at=elsewhere, tenant="other")
    for address in (f"{path}/timeline", f"/staff/customers/{customer}/timeline"):
        assert (await stranger.ask(address)).status == 404
