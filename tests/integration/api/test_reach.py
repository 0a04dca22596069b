"""Users outside the staff: every operation with a neighbour's ids, and what is their own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from tests.integration.api.conftest import Api, client_of
from tests.integration.api.test_cdrs import insert as insert_cdr
from tests.integration.api.test_isolation import (
    BODIES,
    OWN_SESSION,
    PUBLIC,
    Owned,
    a_setup,
    assert_nothing_seen,
    operations,
    owned,  # noqa: F401 -- a fixture
)

from openmvno.access.roles import REALM_SCOPES
from openmvno.rest.reach import opening_of
from openmvno.web.application import DOMAIN_ROUTES

PASSWORD = "correct horse battery"
UNCOUNTED = {"audit_entry", "audit_read_subject", "audit_unsealed", "user_session"}
"""Tables that reading and logging in write to."""


@dataclass
class Outsider:
    """A user of one of the realms, logged in, and what it may reach."""

    realm: str
    client: httpx.AsyncClient
    csrf: str
    places: dict[str, str]
    queries: dict[str, str]

    async def request(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        headers = {"X-CSRF-Token": self.csrf, "Idempotency-Key": str(uuid4())}
        return await self.client.request(method, path, headers=headers, **arguments)

    async def get(self, path: str, **arguments: Any) -> httpx.Response:
        return await self.request("GET", path, **arguments)

    def filled(self, path: str) -> str:
        for place, value in self.places.items():
            path = path.replace(f"{{{place}}}", value)
        return path


async def log_in(
    stack: AsyncExitStack, application: Litestar, api: Api, realm: str, subject: str, **more: Any
) -> tuple[httpx.AsyncClient, str]:
    """A new user of the realm, logged in."""
    login = f"{realm}-{uuid4()}@acme.example"
    body = {
        "login": login,
        "name": "Neighbour",
        "realm": realm,
        "roles": [f"{realm}-user"],
        "subject_id": subject,
        "password": PASSWORD,
        **more,
    }
    made = await api.post("/v1/users", body)
    assert made.status_code == 201, made.text
    client = await stack.enter_async_context(client_of(application))
    client.base_url = httpx.URL("http://localhost")
    begun = await client.post(
        "/v1/sessions", json={"tenant": "acme", "login": login, "password": PASSWORD}
    )
    assert begun.status_code == 201, begun.text
    return client, begun.json()["csrf_token"]


async def places_of(api: Api, signed_up: dict[str, Any]) -> tuple[dict[str, str], dict[str, str]]:
    """Ids of what a sign-up made and of what happened to it since."""
    line, account = signed_up["line"], signed_up["account"]["id"]
    cdr = uuid4()
    await insert_cdr(api, UUID(account), f"session;{cdr}")
    async with api.pool.connection() as connection:
        await connection.execute(
            "UPDATE cdr SET line_id = %s WHERE account_id = %s", (line["id"], account)
        )
    cdrs = (await api.get(f"/v1/cdrs?account={account}")).json()["items"]
    cash = {"amount": "9.00", "currency": "EUR", "provider": "counter"}
    paid = await api.post(f"/v1/accounts/{account}/payments", cash, key=str(uuid4()))
    friend = (await api.get("/v1/lines")).json()["items"][-2]["account_id"]
    body = {"amount": "1.00", "currency": "EUR", "to_account_id": friend}
    sent = await api.post(f"/v1/accounts/{account}/transfers", body, key=str(uuid4()))
    assert sent.status_code == 201, sent.text
    places = {
        "line_id": line["id"],
        "account_id": account,
        "customer_id": signed_up["customer"]["id"],
        "payment_id": paid.json()["id"],
        "transfer_id": sent.json()["id"],
        "cdr_id": cdrs[0]["id"],
        "iccid": line["iccid"],
        "top_up_id": signed_up["top_up"]["id"],
        "setup_id": str(await a_setup(api, account)),
    }
    queries = {
        "msisdn": line["msisdn"],
        "imsi": line["imsi"],
        "account": account,
        "line": line["id"],
        "customer": signed_up["customer"]["id"],
        "parent": signed_up["customer"]["id"],
    }
    return places, queries


@pytest.fixture(params=["subscriber", "customer", "reseller"])
async def outsider(
    request: pytest.FixtureRequest,
    owned: Owned,  # noqa: F811
    application: Litestar,
) -> AsyncIterator[Outsider]:
    """One of each realm, beside the neighbour of ``owned`` in the same tenant."""
    api, realm = owned.api, request.param
    customer: dict[str, Any] = {"name": "Own"}
    subject = None
    if realm == "reseller":
        top = await api.post("/v1/customers", {"name": "Shop", "role": "reseller"})
        subject = top.json()["id"]
        below = await api.post("/v1/customers", {"name": "Branch", "parent_id": subject})
        customer = {"customer_id": below.json()["id"]}
        signed_up = await api.sign_up(customer=None, **customer)
    else:
        signed_up = await api.sign_up(customer=customer)
    if subject is None:
        subject = signed_up["line" if realm == "subscriber" else "customer"]["id"]
    places, queries = await places_of(api, signed_up)
    scopes = sorted(REALM_SCOPES[realm])
    await api.put("/v1/roles/all-there-is", {"realm": realm, "scopes": scopes})
    async with AsyncExitStack() as stack:
        client, csrf = await log_in(stack, application, api, realm, subject, roles=["all-there-is"])
        yield Outsider(realm, client, csrf, places, queries)


def openings() -> dict[tuple[str, str], HTTPRouteHandler]:
    """The operations that are open outside the staff."""
    found = {}
    for handler in DOMAIN_ROUTES:
        if opening_of(handler) is not None:
            for path in handler.paths:
                plain = path.replace(":uuid", "").replace(":str", "").replace(":int", "")
                for method in handler.http_methods:
                    found[str(method), f"/v1{plain}"] = handler
    return found


async def rows_of(api: Api) -> dict[str, int]:
    """How many rows the tenant has in each table that only changes write to."""
    async with api.pool.connection() as connection:
        cursor = await connection.execute(
            "SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
            " WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')"
            " AND NOT c.relispartition AND a.attname = 'tenant_id'"
        )
        tables = {name for (name,) in await cursor.fetchall()} - UNCOUNTED
    return {table: await api.count(table) for table in sorted(tables)}


async def test_every_operation_of_a_realm(
    owned: Owned,  # noqa: F811
    outsider: Outsider,
    application: Litestar,
) -> None:
    await every_operation_with_a_neighbours_ids(owned, outsider, application)
    await what_a_body_names_is_within_reach(owned, outsider)
    await what_is_its_own(owned, outsider, application)


async def every_operation_with_a_neighbours_ids(
    owned: Owned,  # noqa: F811
    outsider: Outsider,
    application: Litestar,
) -> None:
    before, applied = await rows_of(owned.api), len(owned.api.engine.applied)
    opened, wrong, tried = openings(), [], 0
    for method, path, names in operations(application):
        if path in PUBLIC or path.startswith(OWN_SESSION):
            continue
        filled = path
        for place, value in owned.places.items():
            filled = filled.replace(f"{{{place}}}", value)
        filled = filled.replace("{host}", "gw.example").replace("{number}", "1")
        opening = opening_of(opened[method, path]) if (method, path) in opened else None
        is_open = opening is not None and outsider.realm in opening.realms
        body = BODIES.get((method, path))
        response = await outsider.request(method, filled, json=body)
        if not is_open and response.status_code != 403:
            wrong.append(f"{method} {path}: {response.status_code}, it is not open")
        if is_open and "{" in path and response.status_code != 404:
            members = response.status_code == 403 and response.json()["code"] == "member_not_open"
            if not members:
                wrong.append(f"{method} {path}: {response.status_code} {response.text}")
        assert_nothing_seen(owned, f"{method} {filled}", response)
        for name in names:
            if (asked := owned.queries.get(name)) is not None:
                answer = await outsider.request(method, filled, params={name: asked})
                assert_nothing_seen(owned, f"{filled}?{name}={asked}", answer)
                is_refused = answer.status_code in (400, 403, 404)
                assert is_refused or answer.json()["items"] == [], f"{filled}?{name}: {answer.text}"
        tried += 1
    assert wrong == []
    assert tried > 100
    assert await rows_of(owned.api) == before
    assert len(owned.api.engine.applied) == applied


async def what_a_body_names_is_within_reach(
    owned: Owned,  # noqa: F811
    outsider: Outsider,
) -> None:
    own, theirs = outsider.places, owned.places
    number = owned.queries["msisdn"]
    before = await rows_of(owned.api)
    money = {"amount": "1.00", "currency": "EUR"}
    tries: list[tuple[str, dict[str, Any]]] = [
        ("/v1/voucher-redemptions", {"pin": "1", "account_id": theirs["account_id"]}),
        ("/v1/voucher-redemptions", {"pin": "1", "line_id": theirs["line_id"]}),
        ("/v1/voucher-redemptions", {"pin": "1", "msisdn": number}),
        (
            f"/v1/accounts/{own['account_id']}/transfers",
            {**money, "to_account_id": theirs["account_id"]},
        ),
        (
            f"/v1/accounts/{own['account_id']}/payments",
            {**money, "method_id": theirs["method_id"]},
        ),
        (f"/v1/accounts/{own['account_id']}/payments", {**money, "provider": "counter"}),
        (f"/v1/accounts/{own['account_id']}/top-ups", money),
        ("/v1/quotes", {"line": number, "service": "voice", "usage": 60}),
        ("/v1/quotes", {"line": theirs["line_id"], "service": "voice", "usage": 60}),
        ("/v1/quotes", {"product": "basic", "service": "voice", "usage": 60, "document": {}}),
        ("/v1/customers", {"name": "M", "parent_id": theirs["customer_id"]}),
        ("/v1/sign-ups", {"product": "basic", "customer_id": theirs["customer_id"]}),
        (f"/v1/accounts/{theirs['account_id']}/lines", {"product": "basic"}),
    ]
    for path, body in tries:
        refused = await outsider.request("POST", path, json=body)
        assert refused.status_code in (403, 404), f"{path} {body}: {refused.text}"
        assert_nothing_seen(owned, f"{path} {body}", refused)
    assert await rows_of(owned.api) == before


async def what_is_its_own(
    owned: Owned,  # noqa: F811
    outsider: Outsider,
    application: Litestar,
) -> None:
    """Every open reading operation answers with what is there, and lists nobody else's."""
    opened, read = openings(), 0
    for method, path, names in operations(application):
        handler = opened.get((method, path))
        opening = opening_of(handler) if handler else None
        if method != "GET" or opening is None or outsider.realm not in opening.realms:
            continue
        filled = outsider.filled(path)
        asked = {}
        if outsider.realm != "subscriber" and {"account"} <= set(names):
            asked["account"] = outsider.queries["account"]
        if path == "/v1/balance":
            asked["msisdn"] = outsider.queries["msisdn"]
        answer = await outsider.get(filled, params=asked)
        # Without an eSIM there is no code, without automatic top-up no terms; the CDR of the test
        # was priced by no catalogue.
        nothing = path.endswith(("activation-code", "auto-top-up", "explanation"))
        assert answer.status_code == 200 or nothing, f"{filled}: {answer.text}"
        assert answer.status_code != 403
        assert_nothing_seen(owned, filled, answer)
        read += 1
    assert read > 20
    lines = (await outsider.get("/v1/lines")).json()["items"]
    assert [line["id"] for line in lines] == [outsider.places["line_id"]]
    for name in ("msisdn", "imsi", "account"):
        found = (await outsider.get(f"/v1/lines?{name}={outsider.queries[name]}")).json()
        assert [line["id"] for line in found["items"]] == [outsider.places["line_id"]]
    cdrs = await outsider.get(f"/v1/cdrs?line={outsider.places['line_id']}")
    assert [cdr["id"] for cdr in cdrs.json()["items"]] == [outsider.places["cdr_id"]]


@pytest.mark.parametrize("outsider", ["subscriber"], indirect=True)
async def test_another_line_of_the_account_is_somebody_elses(
    owned: Owned,  # noqa: F811
    outsider: Outsider,
) -> None:
    account = outsider.places["account_id"]
    other = (await owned.api.post(f"/v1/accounts/{account}/lines", {"product": "basic"})).json()
    for path in (
        f"/v1/lines/{other['id']}",
        f"/v1/lines?msisdn={other['msisdn']}",
        f"/v1/cdrs?line={other['id']}",
        f"/v1/sims/{other['iccid']}/activation-code",
    ):
        assert (await outsider.get(path)).status_code == 404, path
    listed = (await outsider.get(f"/v1/lines?account={account}")).json()["items"]
    assert [line["id"] for line in listed] == [outsider.places["line_id"]]
    assert (await outsider.get("/v1/cdrs")).status_code == 200
    assert (await outsider.get(f"/v1/accounts/{account}/buckets")).status_code == 403


@pytest.mark.parametrize("outsider", ["subscriber"], indirect=True)
async def test_a_subscriber_does_what_self_care_offers(
    owned: Owned,  # noqa: F811
    outsider: Outsider,
) -> None:
    api, line = owned.api, f"/v1/lines/{outsider.places['line_id']}"
    bought = await outsider.request("POST", f"{line}/products", json={"product": "pack"})
    assert bought.status_code == 201, bought.text
    gone = await outsider.request("DELETE", f"{line}/products/{bought.json()['id']}")
    assert gone.status_code == 200, gone.text
    sent = await outsider.request(
        "POST",
        f"/v1/accounts/{outsider.places['account_id']}/transfers",
        json={"amount": "1.00", "currency": "EUR", "to": owned.queries["msisdn"]},
    )
    assert sent.status_code == 201, sent.text
    assert (await outsider.get("/v1/products")).json() != []
    for pay in ("none", "cash"):
        present = {"bucket": "family", "option": "small", "pay": pay}
        refused = await outsider.request("POST", f"{line}/wallet-top-ups", json=present)
        assert (refused.status_code, refused.json()["code"]) == (403, "member_not_open")

    blocked = await outsider.request("PATCH", line, json={"status": "blocked"})
    assert (blocked.status_code, blocked.json()["blocked_by"]) == (200, "subscriber")
    back = await outsider.request("PATCH", line, json={"status": "active", "by": "fraud"})
    assert back.json()["status"] == "active"
    for body, code in (
        ({"status": "closed"}, "line_state_conflict"),
        ({"status": "suspended"}, "line_state_conflict"),
        ({"product": "plus"}, "member_not_open"),
        ({"own_balance": True}, "member_not_open"),
    ):
        refused = await outsider.request("PATCH", line, json=body)
        assert refused.json()["code"] == code, body
    await api.patch(line, {"status": "blocked"})
    mine = await outsider.request("PATCH", line, json={"status": "active"})
    assert mine.json()["code"] == "line_blocked_by_other"
    await api.patch(line, {"status": "active"})
    await api.patch(line, {"status": "suspended"})
    for status in ("blocked", "active"):
        around = await outsider.request("PATCH", line, json={"status": status})
        assert around.json()["code"] == "line_state_conflict", "no way around a suspension"
    entry = (await api.get("/v1/audit?action=line.blocked&kind=change")).json()["items"][-1]
    assert entry["actor"].startswith("subscriber-")


@pytest.mark.parametrize("outsider", ["reseller"], indirect=True)
async def test_a_reseller_signs_up_below_itself(
    owned: Owned,  # noqa: F811
    outsider: Outsider,
) -> None:
    shop = (await outsider.get("/v1/customers")).json()["items"][0]["parent_id"]
    body: dict[str, Any] = {"product": "basic", "customer": {"name": "Walk-in"}}
    made = await outsider.request("POST", "/v1/sign-ups", json=body)
    assert made.status_code == 201, made.text
    assert made.json()["customer"]["parent_id"] == shop
    assert (await outsider.get(f"/v1/lines/{made.json()['line']['id']}")).status_code == 200
    assert len((await outsider.get("/v1/lines")).json()["items"]) == 2
    first = (await outsider.get("/v1/lines?limit=1")).json()
    second = (await outsider.get(f"/v1/lines?limit=1&cursor={first['next_cursor']}")).json()
    assert first["items"][0]["id"] == made.json()["line"]["id"]
    assert second["items"][0]["id"] == outsider.places["line_id"]
    paying = {**body, "initial_top_up": {"amount": "5.00", "currency": "EUR"}}
    assert (await outsider.request("POST", "/v1/sign-ups", json=paying)).status_code == 201
    user = (await outsider.get("/v1/session")).json()["user_id"]
    assert (
        await owned.api.patch(f"/v1/users/{user}", {"roles": ["reseller-user"]})
    ).status_code == 200
    refused = await outsider.request("POST", "/v1/sign-ups", json=paying)
    assert (refused.status_code, refused.json()["scope"]) == (403, "reach:pay")
    listed = (await outsider.get("/v1/customers")).json()["items"]
    assert {each["name"] for each in listed} == {"Walk-in", "Branch"}
    assert (await outsider.get("/v1/cdrs")).json()["code"] == "filter_missing"
    moved = await owned.api.post(
        f"/v1/customers/{outsider.places['customer_id']}/moves", {"parent_id": None, "reason": "x"}
    )
    assert moved.status_code == 201, moved.text
    assert (await outsider.get(f"/v1/lines/{outsider.places['line_id']}")).status_code == 404


async def test_who_acts_for_nobody_reaches_nothing(api: Api, application: Litestar) -> None:
    async with AsyncExitStack() as stack:
        unknown = await api.post(
            "/v1/users",
            {
                "login": "x",
                "name": "X",
                "realm": "subscriber",
                "roles": [],
                "subject_id": str(uuid4()),
            },
        )
        assert (unknown.status_code, unknown.json()["code"]) == (422, "subject_unknown")
        client, _ = await log_in(stack, application, api, "customer", subject=None)  # type: ignore[arg-type]
        refused = await client.get("/v1/lines")
        assert (refused.status_code, refused.json()["code"]) == (403, "subject_missing")
        assert (await client.get("/v1/session")).status_code == 200
