"""Classes of customers, and the table of lifetimes of vouchers."""

from __future__ import annotations

from tests.integration.api.conftest import Api
from tests.integration.pages.browser import Browser
from tests.integration.pages.conftest import LogsIn

CLASSES = "/staff/customers/classes"
LIFETIMES = "/staff/vouchers/lifetimes"


async def test_classes_of_customers(staff: Browser, api: Api) -> None:
    listed = await staff.open(CLASSES)
    assert "No classes yet" in listed.text
    assert f"{CLASSES}/new" in listed.links
    assert CLASSES in (await staff.open("/staff/customers")).links

    page = await staff.open(f"{CLASSES}/new")
    typed = {"defaults.credit_limit": "50.00", "defaults.billing_period": "weekly"}
    for name in ("", "Big Ones"):
        page = await page.send(f"{CLASSES}/new", typed, name=name)
        assert (page.status, bool(page.complaint("name"))) == (400, True), page.text
        assert page.typed(f"{CLASSES}/new", "defaults.credit_limit") == "50.00"
    page = await page.send(f"{CLASSES}/new", {"name": "big", "defaults.payment_terms_days": "soon"})
    assert page.complaint("defaults.payment_terms_days"), page.text
    assert page.typed(f"{CLASSES}/new", "defaults.billing_period") == "weekly"
    typed = {"defaults.payment_terms_days": "14", "defaults.partners": "one two", "note": "Large"}
    done = await page.send(f"{CLASSES}/new", typed)
    listed = await done.follow()
    for said in ("Saved.", "big", "Large", "Credit limit: 50.00", "Weekly", "one, two"):
        assert said in listed.text, said
    made = (await api.get("/v1/customer-classes/big")).json()
    assert made["defaults"] == {
        "credit_limit": "50.00",
        "billing_period": "weekly",
        "payment_terms_days": 14,
        "partners": ["one", "two"],
    }

    taken = await (await staff.open(f"{CLASSES}/new")).send(f"{CLASSES}/new", name="big", note="x")
    assert (taken.status, "There is a class of this name" in taken.complaint("name")) == (409, True)
    assert taken.typed(f"{CLASSES}/new", "note") == "x"
    assert (await api.get("/v1/customer-classes/big")).json() == made


async def test_a_class_is_edited_and_removed(staff: Browser, api: Api) -> None:
    await api.put("/v1/customer-classes/big", {"defaults": {"language": "hr"}, "note": "Large"})
    edit, remove = f"{CLASSES}/big/edit", f"{CLASSES}/big/remove"
    page = await staff.open(edit)
    assert page.typed(edit, "defaults.language") == "hr"
    refused = await page.send(edit, {"defaults.credit_limit": "many", "note": "Larger"})
    assert refused.complaint("defaults.credit_limit")
    assert refused.typed(edit, "note") == "Larger"
    # Somebody else was quicker: nothing is overwritten unawares.
    await api.put("/v1/customer-classes/big", {"defaults": {"language": "de"}})
    late = await refused.send(edit, {"defaults.credit_limit": "5.00"})
    assert late.status == 412, late.text
    assert "Somebody else has changed it meanwhile" in late.text
    assert (await api.get("/v1/customer-classes/big")).json()["defaults"] == {"language": "de"}
    assert (await late.send(edit)).goes_to == f"{CLASSES}?done=saved"
    kept = (await api.get("/v1/customer-classes/big")).json()
    assert (kept["note"], kept["defaults"]) == (
        "Larger",
        {"language": "hr", "credit_limit": "5.00"},
    )

    customer = (await api.post("/v1/customers", {"name": "Ana"})).json()["id"]
    defaults = f"/staff/customers/{customer}/defaults"
    assert (await (await staff.open(defaults)).send(defaults, class_name="big")).status == 303
    in_use = await (await staff.open(remove)).send(remove)
    assert (in_use.status, "The class is in use" in in_use.text) == (409, True)
    assert (await (await staff.open(defaults)).send(defaults, class_name="")).status == 303
    gone = await (await (await staff.open(remove)).send(remove)).follow()
    assert "The class is removed." in gone.text
    assert (await api.get("/v1/customer-classes")).json() == []
    assert (await staff.ask(edit)).status == 404


async def test_lifetimes_of_vouchers(staff: Browser, api: Api) -> None:
    listed = await staff.open(LIFETIMES)
    assert "No lifetimes yet" in listed.text
    assert LIFETIMES in (await staff.open("/staff/vouchers")).links
    new = f"{LIFETIMES}/new"
    page = await staff.open(new)
    assert page.typed(new, "currency") == "EUR"
    for name, wrong in (
        ("from_value", "much"),
        ("from_value", ""),
        ("days", "0"),
        ("days", "many"),
        ("days", ""),
        ("currency", "euro"),
    ):
        right = {"from_value": "10.00", "days": "30", "currency": "EUR"}
        page = await page.send(new, {**right, name: wrong})
        assert page.status in (400, 422), (name, wrong, page.text)
        assert page.complaint(name), (name, wrong, page.text)
        assert page.typed(new, name) == wrong
    assert (await api.get("/v1/voucher-lifetimes")).json() == {"rows": []}
    for value, days in (("10.00", "30"), ("50.00", "1200")):
        page = await staff.open(new)
        done = await page.send(new, from_value=value, days=days)
        listed = await done.follow()
    for said in ("Saved.", "€10.00", "€50.00", "1,200"):
        assert said in listed.text, said
    again = await page.send(new, from_value="10", days="60")
    assert "Another row begins at the same value" in again.complaint("from_value")
    assert again.typed(new, "days") == "60"


async def test_a_lifetime_is_edited_and_removed(staff: Browser, api: Api) -> None:
    rows = [
        {"currency": "EUR", "from_value": "10.00", "days": 30},
        {"currency": "EUR", "from_value": "50.00", "days": 90},
    ]
    await api.put("/v1/voucher-lifetimes", {"rows": rows})
    edit, remove = f"{LIFETIMES}/EUR/10.00/edit", f"{LIFETIMES}/EUR/10.00/remove"
    page = await staff.open(edit)
    assert (page.typed(edit, "from_value"), page.typed(edit, "days")) == ("10.00", "30")
    refused = await page.send(edit, from_value="50.00", days="31")
    assert refused.complaint("from_value")
    assert refused.typed(edit, "days") == "31"
    assert (await refused.send(edit, from_value="20.00")).goes_to == f"{LIFETIMES}?done=saved"
    kept = {(row["from_value"], row["days"]) for row in (await _rows(api))}
    assert kept == {("20.00", 31), ("50.00", 90)}
    assert (await staff.ask(edit)).status == 404
    assert (await staff.ask(remove)).status == 404
    remove = f"{LIFETIMES}/EUR/20.00/remove"
    asked = await staff.open(remove)
    assert "€20.00" in asked.text
    gone = await (await asked.send(remove)).follow()
    assert "The lifetime is removed." in gone.text
    assert [row["from_value"] for row in await _rows(api)] == ["50.00"]
    # A second click finds nothing left to remove, and removes nothing else.
    assert (await asked.send(remove)).status == 404
    assert len(await _rows(api)) == 1


async def _rows(api: Api) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = (await api.get("/v1/voucher-lifetimes")).json()["rows"]
    return rows


async def test_who_may_not(logs_in: LogsIn, api: Api, elsewhere: Api) -> None:
    await api.put("/v1/customer-classes/big", {"defaults": {}})
    row = {"currency": "EUR", "from_value": "10.00", "days": 30}
    await api.put("/v1/voucher-lifetimes", {"rows": [row]})
    changing = (
        f"{CLASSES}/new",
        f"{CLASSES}/big/edit",
        f"{CLASSES}/big/remove",
        f"{LIFETIMES}/new",
        f"{LIFETIMES}/EUR/10.00/edit",
        f"{LIFETIMES}/EUR/10.00/remove",
    )
    reader = await logs_in(scopes=["customers:read", "vouchers:read"])
    for path in (CLASSES, LIFETIMES):
        shown = await reader.open(path)
        assert not [link for link in shown.links if link in changing], path
    for path in changing:
        assert (await reader.ask(path)).status == 403, path
    nobody = await logs_in(scopes=["catalog:read"])
    for path in (CLASSES, LIFETIMES):
        assert (await nobody.ask(path)).status == 403, path
    stranger = await logs_in(at=elsewhere, tenant="other")
    assert "No classes yet" in (await stranger.open(CLASSES)).text
    assert "No lifetimes yet" in (await stranger.open(LIFETIMES)).text
    for path in changing[1:3] + changing[4:]:
        assert (await stranger.ask(path)).status == 404, path
