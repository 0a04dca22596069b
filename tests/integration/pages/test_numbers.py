"""Numbers on the staff pages: the pool, reservations, one number, and the rules."""

from __future__ import annotations

from tests.integration.pages.browser import Browser
from tests.integration.pages.conftest import Api, LogsIn
from tests.integration.pages.test_sims import last_entry

NUMBER = "/staff/numbers/385910000001"
NEW = "/staff/numbers/new"
RESERVE = "/staff/numbers/reservations/new"
RULES = "/staff/numbers/rules"


async def test_the_pool(api: Api, staff: Browser, logs_in: LogsIn) -> None:
    await api.patch("/v1/numbers/385910000003", {"state": "frozen", "number_class": "gold"})
    for asked in ("state=frozen", "number_class=gold", "ends_with=03"):
        page = await staff.open(f"/staff/numbers?{asked}")
        assert "+385910000003" in page.text, asked
        assert "+385910000002" not in page.text, asked
    wrong = await staff.ask("/staff/numbers?ends_with=x3")
    assert wrong.status == 400
    assert wrong.complaint("ends_with")
    assert wrong.typed("", "ends_with") == "x3"

    page = await staff.open(NEW)
    added = await page.send(NEW, first="+385 92 000 0001", last="+385920000004")
    assert "4 numbers are new" in (await added.follow()).text
    assert (await last_entry(api, "numbers.added"))["subject_id"] == "385920000001-385920000004"
    turned = await (await staff.open(NEW)).send(NEW, first="385920000009", last="385920000001")
    assert turned.status == 422
    assert turned.complaint("last")
    assert turned.typed(NEW, "first") == "385920000009"

    viewer = await logs_in("viewer", realm="care")
    assert NEW not in (await viewer.open("/staff/numbers")).links
    refused = await (await viewer.open(NEW)).send(NEW, first="385930000001")
    assert refused.status == 403


async def test_a_reservation_is_made_and_ended(api: Api, staff: Browser) -> None:
    some = await (await staff.open(RESERVE)).send(RESERVE, count="2", minutes="15")
    assert some.status == 200
    assert "+385910000001" in some.text
    assert "+385910000002" in some.text
    reserved = (await api.get("/v1/numbers/385910000001")).json()
    assert reserved["reservation_id"] in some.text
    many = await (await staff.open(RESERVE)).send(RESERVE, count="50")
    assert many.complaint("count")
    assert many.typed(RESERVE, "count") == "50"
    taken = await (await staff.open(f"{RESERVE}?msisdn=385910000001")).send(RESERVE)
    assert taken.complaint("msisdn")
    assert taken.typed(RESERVE, "msisdn") == "385910000001"

    ended = await (await staff.open(NUMBER)).send(f"{NUMBER}/release")
    assert ended.goes_to == f"{NUMBER}?done=released"
    assert (await api.get("/v1/numbers/385910000002")).json()["state"] == "available"
    await last_entry(api, "numbers.let_go")


async def test_a_number_is_frozen_and_classed(
    api: Api, staff: Browser, elsewhere: Api, logs_in: LogsIn
) -> None:
    frozen = await (await staff.open(NUMBER)).send(f"{NUMBER}/state")
    shown = await frozen.follow()
    assert "Frozen" in shown.text
    assert "Let it be given away again" in shown.text
    classed = await (await staff.open(NUMBER)).send(NUMBER, number_class="silver")
    assert classed.status == 303
    number = (await api.get("/v1/numbers/385910000001")).json()
    assert (number["state"], number["number_class"]) == ("frozen", "silver")
    assert (await last_entry(api, "number.changed"))["subject_id"] == "385910000001"
    stranger = await logs_in(at=elsewhere, tenant="other")
    assert (await stranger.ask(NUMBER)).status == 404


async def test_the_rules_of_the_pool(api: Api, staff: Browser) -> None:
    page = await staff.open(RULES)
    assert "gold: AAAAA" in page.typed(RULES, "classes")
    for typed, field in (
        ({"quarantine_days": "long"}, "quarantine_days"),
        ({"reservation_minutes": "0"}, "reservation_minutes"),
        ({"classes": "gold AAAA"}, "classes"),
        ({"classes": "gold: A?A"}, "classes"),
    ):
        refused = await page.send(RULES, typed)
        assert refused.status in (400, 422), refused.text
        assert refused.complaint(field), typed
        name, value = next(iter(typed.items()))
        assert refused.typed(RULES, name) == value
    kept = await page.send(RULES, quarantine_days="30", classes="lucky: 777, 888")
    assert kept.status == 303
    policy = (await api.get("/v1/numbers/policy")).json()
    assert policy["quarantine_days"] == 30
    assert policy["classes"] == [{"name": "lucky", "patterns": ["777", "888"]}]
