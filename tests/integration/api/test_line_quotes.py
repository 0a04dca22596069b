"""What a subscriber's usage is quoted at is what the engine then charges, and its CDR says why."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from litestar import Litestar
from tests.integration.api.conftest import Api, iccid
from tests.integration.api.explained_catalog import DOCUMENT
from tests.integration.api.test_reach import log_in
from tests.support.core_engine import CoreEngine

from openmvno import access

ZAGREB = ZoneInfo("Europe/Zagreb")


@pytest.fixture
def engine(core_engine: CoreEngine) -> CoreEngine:
    return core_engine


def has_codes(answer: dict[str, Any]) -> bool:
    """Whether every step there is can be said in other words."""
    return bool(answer["steps"]) and all(step["code"] != "other" for step in answer["steps"])


@dataclass
class Subscriber:
    """A line on the real engine, quoted and charged."""

    api: Api
    engine: CoreEngine
    line: dict[str, Any]
    account: str
    now: datetime
    numbers: Iterator[int] = field(default_factory=itertools.count)

    @property
    def evening(self) -> datetime:
        """Tomorrow, half a minute before the night's prices."""
        local = (self.now + timedelta(days=1)).astimezone(ZAGREB)
        return local.replace(hour=19, minute=59, second=30)

    async def quote(self, usage: dict[str, Any], at: datetime, session: str) -> dict[str, Any]:
        asked = {"line": self.line["msisdn"], "at": at.isoformat(), "session": session, **usage}
        response = await self.api.post("/v1/quotes", asked)
        assert response.status_code == 200, response.text
        answer: dict[str, Any] = response.json()
        assert has_codes(answer)
        return answer

    async def live(self) -> dict[str, Any]:
        tenant = self.api.actor.tenant_id
        live = await self.engine.balance(tenant, UUID(self.account))
        assert live is not None
        return live

    async def use(self, usage: dict[str, Any], at: datetime) -> dict[str, Any]:
        """Quote, charge, and compare charge, balance and buckets."""
        session = f"session-{next(self.numbers)}"
        quoted = await self.quote(usage, at, session)
        assert quoted == await self.quote(usage, at, session), "a quote changes nothing"
        before = await self.live()
        charged = self.charge(usage, at, session)
        after = await self.live()
        assert quoted["result"] == "rated"
        assert charged["charged"] == quoted["charge_micros"] + quoted["uncovered_micros"]
        paid = {"balance": before["balance"] - after["balance"]}
        drawn = {bucket["code"]: -bucket["used"] for bucket in before["buckets"]}
        for bucket in after["buckets"]:
            paid[f"bucket:{bucket['code']}"] = bucket["used"] + drawn[bucket["code"]]
        parts = dict.fromkeys(paid, 0)
        for part in quoted["parts"]:
            money = part["payer"] in ("balance", "bucket:purse")
            parts[part["payer"]] += part["amount_micros"] if money else int(part["cost"])
        assert parts == paid
        return quoted

    def charge(self, usage: dict[str, Any], at: datetime, session: str) -> dict[str, Any]:
        """A session that reports the usage at its end, or a debit of events."""
        common = {
            "tenant": str(self.api.actor.tenant_id),
            "session": session,
            "msisdn": self.line["msisdn"],
            "at": int(at.timestamp()) * 1000,
            **{name: value for name, value in usage.items() if name != "usage"},
        }
        if usage["service"] == "sms":
            return self.engine.charge({**common, "type": "debit", "requested": usage["usage"]})
        opened = self.engine.charge({**common, "type": "reserve", "number": 0})
        assert opened.get("ok"), opened
        closing = {**common, "type": "commit", "number": 1, "used": usage["usage"]}
        return self.engine.charge(closing)


@pytest.fixture
async def subscriber(bare_api: Api, engine: CoreEngine) -> Subscriber:
    """A line with add-ons and favourites, and another one it may call."""
    api = bare_api
    response = await api.post("/v1/catalog/versions?publish=true", DOCUMENT)
    assert response.status_code == 201, response.text
    await api.post("/v1/numbers", {"first": "385910000001", "last": "385910000010"})
    cards = "\n".join(["iccid,imsi", *(f"{iccid(i)},21901000000{i:04d}" for i in range(1, 5))])
    await api.post("/v1/sims/imports", content=cards, headers={"Content-Type": "text/csv"})
    signed_up = await api.sign_up()
    line = signed_up["line"]
    for product in ("pack", "friends"):
        response = await api.post(f"/v1/lines/{line['id']}/products", {"product": product})
        assert response.status_code == 201, response.text
    favourites = {"numbers": ["385981234567"]}
    response = await api.put(f"/v1/lines/{line['id']}/favourites", favourites)
    assert response.status_code == 200, response.text
    now = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=1)
    return Subscriber(api, engine, line, line["account_id"], now)


USAGES: list[dict[str, Any]] = [
    # A bucket of seconds in steps of ten, then the balance.
    {"service": "voice", "destination": "38591234567", "usage": 73},
    {"service": "voice", "destination": "091234567", "usage": 95},
    {"service": "voice", "destination": "38591234567", "usage": 2},
    {"service": "voice", "destination": "385981234567", "usage": 61},
    {"service": "voice", "destination": "4930123", "usage": 47},
    # Abstract units, what they cannot pay whole is the balance's.
    {"service": "sms", "destination": "38591234567", "usage": 5},
    {"service": "sms", "destination": "38591234567", "usage": 3},
    {"service": "sms", "destination": "4917", "usage": 1},
    {"service": "sms", "destination": "4917", "usage": 1},
    # A wallet of money, tiers of a discount over several sessions.
    {"service": "data", "rating_group": 10, "usage": 50_001},
    {"service": "data", "rating_group": 10, "usage": 50_003},
    {"service": "data", "rating_group": 7, "usage": 77_777},
    {"service": "data", "rating_group": 10, "usage": 12_345},
]


async def test_what_is_quoted_is_charged_and_explained(subscriber: Subscriber) -> None:
    api = subscriber.api
    seen = set()
    night = {"service": "voice", "destination": "38591234567", "usage": 1800}
    uses = [*((usage, subscriber.now) for usage in USAGES), (night, subscriber.evening)]
    for usage, at in uses:
        quoted = await subscriber.use(usage, at)
        seen |= {part["payer"] for part in quoted["parts"]}
        seen |= {part["discount_percent"] for part in quoted["parts"]}
        seen |= {part["rate"] for part in quoted["parts"]}
    assert {"bucket:talk", "bucket:coins", "bucket:purse", "balance", "12.5", "33.33"} <= seen
    assert {"Croatia", "Croatia by night", "Friends", "Germany", "Lottery"} <= seen

    await subscriber.engine.materialise()
    cdrs = (await api.get("/v1/cdrs")).json()["items"]
    assert len(cdrs) == len(uses)
    for cdr in cdrs:
        response = await api.get(f"/v1/cdrs/{cdr['id']}/explanation")
        assert response.status_code == 200, response.text
        answer = response.json()
        assert answer["equal"], answer
        assert has_codes(answer)
        assert answer["recorded_micros"] == answer["recomputed_micros"]
        assert all(part["equal"] and part["recomputed"] for part in answer["parts"])


async def test_what_partners_ask_is_told_to_staff_alone(
    subscriber: Subscriber, application: Litestar
) -> None:
    message = {"service": "sms", "destination": "38591234567", "usage": 1}
    quoted = await subscriber.quote(message, subscriber.now, "session")
    assert [each["code"] for each in quoted["partners"]] == ["carrier"]
    assert "partner" in {step["code"] for step in quoted["steps"]}
    async with AsyncExitStack() as stack:
        client, csrf = await log_in(
            stack, application, subscriber.api, "subscriber", subscriber.line["id"]
        )
        asked = {"line": subscriber.line["msisdn"], **message}
        headers = {"X-CSRF-Token": csrf}
        told = (await client.post("/v1/quotes", json=asked, headers=headers)).json()
    assert told["charge_micros"] == quoted["charge_micros"]
    assert "carrier" not in str(told)


async def test_calls_between_lines_know_each_other(subscriber: Subscriber) -> None:
    other = (await subscriber.api.sign_up())["line"]
    call = {"service": "voice", "destination": other["msisdn"], "usage": 60}
    quoted = await subscriber.use(call, subscriber.now + timedelta(days=40))
    assert [part["rate"] for part in quoted["parts"]] == ["Ours"]
    elsewhere = await subscriber.quote(
        {**call, "on_net": False, "cug": False}, subscriber.now, "session"
    )
    assert "Ours" not in {part["rate"] for part in elsewhere["parts"]}


async def test_the_balance_ends_where_the_quote_says(subscriber: Subscriber) -> None:
    # A session may use more than it was granted.
    call = {"service": "voice", "destination": "4930123", "usage": 9_000}
    quoted = await subscriber.use(call, subscriber.now)
    assert quoted["uncovered_micros"] > 0
    await subscriber.engine.materialise()
    [cdr] = (await subscriber.api.get("/v1/cdrs")).json()["items"]
    answer = (await subscriber.api.get(f"/v1/cdrs/{cdr['id']}/explanation")).json()
    assert answer["equal"], answer
    assert has_codes(answer)
    assert {part["payer"] for part in answer["parts"]} == {"balance", "overrun"}


async def test_a_blocked_line_is_quoted_nothing(subscriber: Subscriber) -> None:
    line = subscriber.line["id"]
    response = await subscriber.api.patch(f"/v1/lines/{line}", {"status": "blocked"})
    assert response.status_code == 200, response.text
    message = {"service": "sms", "destination": "38591234567", "usage": 1}
    quoted = await subscriber.quote({**message, "line": line}, subscriber.now, "session")
    assert (quoted["result"], quoted["parts"]) == ("out_of_service", [])
    refused = subscriber.charge(message, subscriber.now, "session")
    assert refused["error"] == "service_denied"


async def test_line_quotes_that_are_refused(subscriber: Subscriber) -> None:
    api = subscriber.api
    asked = {"line": subscriber.line["msisdn"], "service": "sms", "usage": 1}
    for changes, status, code in (
        ({"line": "385999999999"}, 404, "line_not_found"),
        ({"line": str(uuid4())}, 404, "line_not_found"),
        ({"line": 7}, 422, "quote_invalid"),
        ({"product": "basic"}, 422, "quote_invalid"),
        ({"balance": "1.00"}, 422, "quote_invalid"),
        ({"account": {}}, 422, "quote_invalid"),
        ({"service": "fax"}, 422, "quote_invalid"),
    ):
        response = await api.post("/v1/quotes", {**asked, **changes})
        assert (response.status_code, response.json()["code"]) == (status, code), changes
    async with api.pool.connection() as connection:
        api.token = await access.create_token(connection, api.actor, "few", ["catalog:read"])
    response = await api.post("/v1/quotes", asked)
    assert (response.status_code, response.json()["scope"]) == (403, "balance:read")


async def test_a_record_that_was_tampered_with_is_found(subscriber: Subscriber) -> None:
    api = subscriber.api
    await subscriber.use({"service": "sms", "destination": "4917", "usage": 3}, subscriber.now)
    await subscriber.engine.materialise()
    [cdr] = (await api.get("/v1/cdrs")).json()["items"]
    path = f"/v1/cdrs/{cdr['id']}/explanation"
    assert (await api.get(path)).json()["equal"]
    async with api.pool.connection() as connection:
        await connection.execute("UPDATE cdr SET amount_micros = amount_micros + 1")
    answer = (await api.get(path)).json()
    assert not answer["equal"]
    assert has_codes(answer)
    assert answer["recorded_micros"] == answer["recomputed_micros"] + 1
    assert "is recorded" in answer["differences"][0]
    response = await api.get(f"/v1/cdrs/{uuid4()}/explanation")
    assert (response.status_code, response.json()["code"]) == (404, "cdr_not_found")
    schema = (await api.client.get("/schema/openapi.json")).json()
    shown = schema["paths"]["/v1/cdrs/{cdr_id}/explanation"]["get"]["responses"]
    assert {"200", "404"} <= set(shown)
    async with api.pool.connection() as connection:
        api.token = await access.create_token(connection, api.actor, "few", ["catalog:read"])
    response = await api.get(path)
    assert (response.status_code, response.json()["scope"]) == (403, "usage:read")
