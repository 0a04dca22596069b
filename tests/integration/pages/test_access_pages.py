"""Users, roles, tokens, one's own login, and the audit of it all."""

from __future__ import annotations

import pyotp
from tests.integration.pages.browser import Browser
from tests.integration.pages.conftest import PASSWORD, Api, LogsIn

NEW = "/staff/users/new"
OWN = "/staff/own"


async def test_a_user_is_added_after_its_mistakes_are_mended(staff: Browser) -> None:
    form = await staff.open(NEW)
    typed = {"login": "eva@mvno.example", "name": "Eva Novak", "realm": "care", "roles": ["agent"]}
    weak = await form.send(NEW, typed, password="short", networks="192.0.2.0/24 10.0.0.1")
    assert weak.status == 422
    assert weak.complaint("password")
    assert weak.typed(NEW, "name") == "Eva Novak"
    assert weak.typed(NEW, "networks") == "192.0.2.0/24 10.0.0.1"
    assert weak.typed(NEW, "password") == ""
    mended = await weak.send(NEW, password=PASSWORD)
    user = await mended.follow()
    assert "eva@mvno.example" in user.text
    assert "Customer care" in user.text
    wrong_role = await form.send(NEW, {**typed, "roles": ["administrator"], "login": "x@y.example"})
    assert wrong_role.status == 422
    assert wrong_role.complaint("roles")
    taken = await form.send(NEW, typed)
    assert taken.status == 409
    assert taken.complaint("login")


async def test_a_user_is_changed_disabled_and_gets_a_password(staff: Browser) -> None:
    form = await staff.open(NEW)
    typed = {"login": "eva@mvno.example", "name": "Eva", "realm": "care", "roles": ["agent"]}
    page = await (await form.send(NEW, typed)).follow()
    here = next(form.action for form in page.forms if form.action.endswith("/unlock"))[
        : -len("/unlock")
    ]
    saved = await page.send(here, name="Eva Novak", roles=["viewer"], status="disabled")
    changed = await saved.follow()
    assert "Eva Novak" in changed.text
    assert "Disabled" in changed.text
    weak = await changed.send(f"{here}/password", password="short")
    assert weak.complaint("password")
    assert (await weak.send(f"{here}/password", password=PASSWORD)).status == 303
    assert (await changed.send(f"{here}/unlock")).goes_to.endswith("done=unlocked")


async def test_roles_are_made_and_built_in_ones_shown(staff: Browser) -> None:
    action = "/staff/users/roles/new"
    form = await staff.open(action)
    wrong = await form.send(action, name="Back Office", realm="care", scopes=["customers:read"])
    assert wrong.complaint("name")
    assert wrong.typed(action, "name") == "Back Office"
    made = await wrong.send(action, name="back-office")
    assert "customers:read" in (await made.follow()).text
    assert not [
        form
        for form in (await staff.open("/staff/users/roles/agent")).forms
        if "/roles/" in form.action
    ]


async def test_a_token_is_shown_once_and_revoked(staff: Browser, bare_api: Api) -> None:
    page = await staff.open("/staff/tokens")
    none = await page.send("/staff/tokens", name="shop")
    assert none.status == 400
    assert none.complaint("scopes")
    made = await page.send("/staff/tokens", name="shop", scopes=["customers:read"])
    token = next(word for word in made.text.split() if word.startswith("omv_"))
    headers = {"Authorization": f"Bearer {token}"}
    assert (await bare_api.client.get("/v1/customers", headers=headers)).status_code == 200
    listed = await staff.open("/staff/tokens")
    assert token not in listed.html
    revoke = [f.action for f in listed.forms if f.action.endswith("/revoke")]
    for action in revoke:
        await listed.send(action)
    assert (await bare_api.client.get("/v1/customers", headers=headers)).status_code == 401


async def test_ones_own_password_and_second_factor(staff: Browser) -> None:
    page = await staff.open(OWN)
    action = f"{OWN}/password"
    different = await page.send(
        action, present=PASSWORD, password="a new long one", again="another"
    )
    assert different.complaint("again")
    wrong = await page.send(
        action, present="not it at all", password="a new long one", again="a new long one"
    )
    assert wrong.complaint("present")
    done = await page.send(
        action, present=PASSWORD, password="a new long one", again="a new long one"
    )
    assert done.goes_to == f"{OWN}?done=password-changed"
    begun = await (await staff.open(OWN)).send(f"{OWN}/second-factor")
    confirm = f"{OWN}/second-factor/confirmation"
    secret = begun.typed(confirm, "secret")
    assert "data:image/svg" in begun.html
    refused = await begun.send(confirm, code="000000")
    assert refused.status in (409, 422)
    assert refused.complaint("code")
    assert refused.typed(confirm, "secret") == secret
    confirmed = await refused.send(confirm, code=pyotp.TOTP(secret).now())
    assert "recovery codes" in confirmed.text


async def test_the_audit_tells_who_did_it(staff: Browser, logs_in: LogsIn) -> None:
    await (await staff.open("/staff/users/roles/new")).send(
        "/staff/users/roles/new", name="helper", realm="care", scopes=["customers:read"]
    )
    found = await staff.open("/staff/audit?action=role.created&subject_id=helper")
    assert "role.created" in found.text
    entry = next(link for link in found.links if link.startswith("/staff/audit/"))
    assert "customers:read" in (await staff.open(entry)).text
    wrong = await staff.ask("/staff/audit?address=nowhere")
    assert wrong.status == 422
    assert wrong.complaint("address")
    assert (await (await logs_in(scopes=["catalog:read"])).ask("/staff/audit")).status == 403


async def test_a_form_of_another_session_is_refused(staff: Browser, logs_in: LogsIn) -> None:
    form = (await staff.open(NEW)).form(NEW)
    other = await logs_in()
    sent = form.filled({"login": "x@mvno.example", "name": "X", "realm": "care"})
    assert (await other.http.post(NEW, data=sent)).status_code == 403
