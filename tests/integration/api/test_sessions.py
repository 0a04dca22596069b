"""Sessions: logging in, the second factor, failed logins."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import httpx
import pyotp
import pytest
from litestar import Litestar
from tests.integration.api.conftest import Api, client_of
from tests.integration.api.test_access import USER, user

from openmvno.access import sessions

LOGIN = {"tenant": "acme", "login": "ana@mvno.example", "password": USER["password"]}


@pytest.fixture
async def browser(application: Litestar, bare_api: Api) -> Any:
    """A client that keeps cookies; there is a user."""
    await user(bare_api)
    async with client_of(application) as opened:
        opened.base_url = httpx.URL("http://localhost")
        yield opened


async def log_in(browser: httpx.AsyncClient, **changes: Any) -> httpx.Response:
    return await browser.post("/v1/sessions", json={**LOGIN, **changes})


async def with_session(browser: httpx.AsyncClient, **changes: Any) -> dict[str, str]:
    """Log in; the header that changes send."""
    response = await log_in(browser, **changes)
    assert response.status_code == 201, response.text
    return {"X-CSRF-Token": response.json()["csrf_token"]}


async def actions(api: Api, **filters: str) -> list[str]:
    items = (await api.get("/v1/audit", params={"kind": "change", **filters})).json()["items"]
    return [item["action"] for item in items]


async def test_a_session_is_a_cookie_and_a_token_beside_it(
    browser: httpx.AsyncClient, bare_api: Api
) -> None:
    begun = await log_in(browser, login="ANA@mvno.example")
    assert begun.status_code == 201, begun.text
    cookie = begun.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "samesite=strict" in cookie.lower()
    assert "customers:write" in begun.json()["scopes"]
    assert "access:write" not in begun.json()["scopes"]
    shown = await browser.get("/v1/session")
    assert shown.json() == begun.json()

    assert (await browser.get("/v1/customers")).status_code == 200
    for headers in ({}, {"X-CSRF-Token": "0" * 64}):
        refused = await browser.post("/v1/customers", json={"name": "A"}, headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (403, "csrf_token_invalid")
    headers = {"X-CSRF-Token": begun.json()["csrf_token"]}
    made = await browser.post("/v1/customers", json={"name": "A"}, headers=headers)
    assert made.status_code == 201
    (entry,) = (await bare_api.get(f"/v1/audit?subject_id={made.json()['id']}")).json()["items"]
    assert (entry["actor"], entry["user_id"]) == ("ana@mvno.example", begun.json()["user_id"])

    stolen = browser.cookies["openmvno_session"]
    assert (await browser.delete("/v1/session", headers=headers)).status_code == 204
    over = await browser.get("/v1/session", headers={"Cookie": f"openmvno_session={stolen}"})
    assert (over.status_code, over.json()["code"]) == (401, "token_invalid")
    assert (await bare_api.get("/v1/session")).json()["code"] == "session_missing"


async def test_the_cookie_is_for_tls_alone_except_on_this_host(
    browser: httpx.AsyncClient,
) -> None:
    for base, secure in (
        ("https://portal.mvno.example", True),
        ("http://portal.mvno.example", True),
        ("http://localhost", False),
    ):
        browser.base_url = httpx.URL(base)
        cookie = (await log_in(browser)).headers["Set-Cookie"]
        assert ("secure" in cookie.lower()) == secure, base


async def test_a_session_ends_when_idle_old_disabled_or_locked_out(
    browser: httpx.AsyncClient, bare_api: Api
) -> None:
    for statement in (
        "UPDATE user_session SET seen_at = now() - interval '31 minutes'",
        "UPDATE user_session SET expires_at = now()",
        "UPDATE tenant SET status = 'suspended'",
        "UPDATE app_user SET networks = '{192.0.2.0/24}'",
    ):
        await with_session(browser)
        async with bare_api.pool.connection() as connection:
            await connection.execute(statement.encode())
        over = await browser.get("/v1/session")
        assert over.status_code in (401, 403), statement
        async with bare_api.pool.connection() as connection:
            await connection.execute("UPDATE tenant SET status = 'active'")
            await connection.execute("UPDATE app_user SET networks = '{}'")
    headers = await with_session(browser)
    made = (await browser.get("/v1/session")).json()["user_id"]
    await bare_api.patch(f"/v1/users/{made}", {"status": "disabled"})
    assert (await browser.get("/v1/session", headers=headers)).status_code == 401
    assert (await log_in(browser)).json()["code"] == "login_failed"


async def test_ones_own_password(browser: httpx.AsyncClient, application: Litestar) -> None:
    async with client_of(application) as other:
        await with_session(other)
        headers = await with_session(browser)
        new = {"present": USER["password"], "password": "another good one"}
        wrong = {**new, "present": "something else"}
        refused = await browser.put("/v1/session/password", json=wrong, headers=headers)
        assert (refused.status_code, refused.json()["field"]) == (422, "present")
        changed = await browser.put("/v1/session/password", json=new, headers=headers)
        assert changed.status_code == 204, changed.text
        assert (await browser.get("/v1/session")).status_code == 200
        assert (await other.get("/v1/session")).status_code == 401
    assert (await log_in(browser)).status_code == 401
    assert (await log_in(browser, password="another good one")).status_code == 201


async def test_every_failure_is_answered_alike(browser: httpx.AsyncClient) -> None:
    answers = []
    for wrong in (
        {"tenant": "nobody"},
        {"login": "nobody"},
        {"password": "wrong password"},
    ):
        response = await log_in(browser, **wrong)
        body = {**response.json(), "request_id": ""}
        answers.append((response.status_code, body))
    assert answers[0] == answers[1] == answers[2]
    assert answers[0][1]["code"] == "login_failed"


@pytest.mark.parametrize("login", ["ana@mvno.example", "nobody@mvno.example"])
async def test_too_many_failures_lock_out_whoever_it_is(
    browser: httpx.AsyncClient, bare_api: Api, login: str
) -> None:
    codes = [
        (await log_in(browser, login=login, password="wrong one")).status_code for _ in range(6)
    ]
    assert codes == [401, 401, 401, 401, 401, 429]
    right = await log_in(browser, login=login)
    assert (right.status_code, right.json()["code"]) == (429, "login_throttled")
    assert 0 < int(right.headers["Retry-After"]) <= 31
    done = await actions(bare_api, action="session.locked_out")
    assert done == ["session.locked_out"]
    assert len(await actions(bare_api, action="session.refused")) == 5
    async with bare_api.pool.connection() as connection:
        await connection.execute("UPDATE login_failure SET blocked_until = now()")
    assert (await log_in(browser, login=login, password="wrong one")).status_code == 401
    longer = await log_in(browser, login=login)
    assert 31 < int(longer.headers["Retry-After"]) <= 61, "twice as long each time"


async def test_many_at_once_leave_room_for_the_rest(
    browser: httpx.AsyncClient, bare_api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "LOGINS_WAITING", 8)
    tries = [log_in(browser, login=f"n{number}") for number in range(12)]
    answers = await asyncio.gather(*tries, bare_api.get("/v1/customers"))
    codes = sorted(answer.status_code for answer in answers)
    assert codes == [200, *[401] * 8, *[429] * 4]
    assert (await log_in(browser)).status_code == 201, "nobody stays inside"


async def test_an_administrator_unlocks(browser: httpx.AsyncClient, bare_api: Api) -> None:
    (made,) = (await bare_api.get("/v1/users")).json()["items"]
    for _ in range(5):
        await log_in(browser, password="wrong one")
    assert (await log_in(browser)).status_code == 429
    assert (await bare_api.post(f"/v1/users/{made['id']}/unlock")).status_code == 200
    assert (await log_in(browser)).status_code == 201


async def second_factor(
    browser: httpx.AsyncClient, headers: dict[str, str]
) -> tuple[pyotp.TOTP, list[str]]:
    begun = await browser.post("/v1/session/totp", headers={**headers, "Idempotency-Key": "b"})
    assert begun.status_code == 201, begun.text
    assert begun.json()["uri"].startswith("otpauth://totp/Acme:ana%40mvno.example?")
    again = await browser.post("/v1/session/totp", headers={**headers, "Idempotency-Key": "b"})
    assert again.json() == {"secret": None, "uri": None}
    totp = pyotp.TOTP(begun.json()["secret"])
    wrong = f"{(int(totp.now()) + 1) % 1_000_000:06d}"
    path = "/v1/session/totp/confirmation"
    refused = await browser.post(path, json={"code": wrong}, headers=headers)
    assert (refused.status_code, refused.json()["field"]) == (422, "code")
    confirmed = await browser.post(path, json={"code": totp.now()}, headers=headers)
    assert confirmed.status_code == 201, confirmed.text
    return totp, confirmed.json()["codes"]


async def test_a_second_factor_and_its_codes_good_once(
    browser: httpx.AsyncClient, bare_api: Api
) -> None:
    totp, recovery = await second_factor(browser, await with_session(browser))
    assert len(set(recovery)) == 10
    needed = await log_in(browser)
    assert (needed.status_code, needed.json()["code"]) == (401, "second_factor_needed")
    used = await log_in(browser, code=totp.now())
    assert used.status_code == 401, "the code that confirmed it is used up"
    later = totp.at(time.time() + 30)
    assert (await log_in(browser, code=later)).status_code == 201
    replayed = await log_in(browser, code=later)
    assert (replayed.status_code, replayed.json()["code"]) == (401, "login_failed")
    assert (await log_in(browser, code=recovery[3])).status_code == 201
    assert (await log_in(browser, code=recovery[3])).status_code == 401
    assert "session.recovery_code_used" in await actions(bare_api)
    async with bare_api.pool.connection() as connection:
        cursor = await connection.execute("SELECT u::text FROM app_user u")
        rows = await cursor.fetchall()
    assert all(totp.secret not in row[0] and recovery[0] not in row[0] for row in rows)

    (made,) = (await bare_api.get("/v1/users")).json()["items"]
    assert made["second_factor"]
    gone = await bare_api.request("DELETE", f"/v1/users/{made['id']}/second-factor")
    assert gone.status_code == 204
    assert (await browser.get("/v1/session")).status_code == 401, "its sessions ended"
    await bare_api.post(f"/v1/users/{made['id']}/unlock")
    assert (await log_in(browser)).status_code == 201


async def test_who_has_to_have_a_second_factor_can_do_no_more_than_set_it(
    browser: httpx.AsyncClient, bare_api: Api
) -> None:
    (made,) = (await bare_api.get("/v1/users")).json()["items"]
    await bare_api.patch(f"/v1/users/{made['id']}", {"second_factor_required": True})
    begun = await log_in(browser)
    assert begun.json()["second_factor_required"]
    assert begun.json()["scopes"] == ["own:read", "own:write"]
    assert (await browser.get("/v1/customers")).json()["code"] == "scope_missing"
    await second_factor(browser, {"X-CSRF-Token": begun.json()["csrf_token"]})
    assert (await browser.get("/v1/customers")).status_code == 200


async def test_users_of_other_realms_see_what_is_their_own(
    browser: httpx.AsyncClient, bare_api: Api
) -> None:
    for realm in ("reseller", "distributor", "customer", "subscriber"):
        login = f"{realm}@mvno.example"
        await user(bare_api, login=login, realm=realm, roles=[f"{realm}-user"])
        begun = await log_in(browser, login=login)
        assert {scope.split(":")[0] for scope in begun.json()["scopes"]} == {"own", "reach"}
        for path in ("/v1/customers", "/v1/lines", "/v1/cdrs", "/v1/users"):
            assert (await browser.get(path)).status_code == 403
