"""The API on a database of its own, with a fake engine and a tenant that has a catalogue."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast
from uuid import uuid4

import httpx
import pytest
from litestar import Litestar
from tests.integration.api.fake_engine import FakeEngine
from tests.support.core_engine import CoreEngine
from tests.support.documented import check_answer

from openmvno import access, tenants
from openmvno.actor import Actor, command_line_actor
from openmvno.database import Pool, ReadingPool
from openmvno.database.installation import ensure_installation
from openmvno.identifiers import luhn_digit
from openmvno.provisioning.sealing import Sealer
from openmvno.rest import SCOPES
from openmvno.web.application import create_application

CATALOG: dict[str, Any] = {
    "currency": "EUR",
    "services": [
        {
            "code": "voice",
            "unit": "second",
            "service_contexts": ["32260@3gpp.org"],
            "grant": {"default": 60, "maximum": 3600, "validity_time": 600},
        },
        {
            "code": "roaming-voice",
            "unit": "second",
            "grant": {"default": 60, "maximum": 3600, "validity_time": 600},
        },
    ],
    "rate_tables": [
        {
            "code": "voice-standard",
            "service": "voice",
            "rates": [{"prefix": "", "price": "0.10", "per": 60}],
        },
        {
            "code": "roaming-standard",
            "service": "roaming-voice",
            "rates": [{"prefix": "", "price": "0.50", "per": 60}],
        },
    ],
    "products": [
        {"code": "basic", "name": "Basic", "rate_tables": ["voice-standard", "roaming-standard"]},
        {"code": "plus", "name": "Plus", "rate_tables": ["voice-standard"], "overrun": "debt"},
    ],
}


EXTRAS: dict[str, Any] = {
    "buckets": [
        {
            "code": "min100",
            "unit": "second",
            "amount": 6000,
            "pays": [{"service": "voice"}],
            "renew": "month",
        },
        {
            "code": "family",
            "unit": "second",
            "shared": True,
            "pays": [{"service": "voice"}],
            "top_ups": [{"code": "small", "price": "4.00", "amount": 100, "days": 10}],
        },
        {
            "code": "purse",
            "unit": "money",
            "amount": "0",
            "pays": [{"service": "voice"}],
            "top_ups": [{"code": "big", "price": "20.00", "amount": "25.00", "days": 30}],
        },
    ],
    "partners": [
        {"code": "reseller-1", "role": "reseller", "currency": "USD", "rate_tables": ["wholesale"]},
        {"code": "reseller-2", "role": "reseller", "currency": "EUR", "rate_tables": ["transfer"]},
    ],
}

ADDONS: list[dict[str, Any]] = [
    {"code": "pack", "kind": "addon", "requires": ["basic"], "buckets": ["min100"]},
    {"code": "twice", "kind": "addon", "multiple": True, "buckets": ["family"]},
    {"code": "lone", "kind": "addon", "excludes": ["twice"]},
    {
        "code": "friends",
        "kind": "addon",
        "precedence": 5,
        "favourites": {"limit": 2, "patterns": ["385"]},
    },
]

WHOLESALE = [
    {
        "code": code,
        "service": "voice",
        "rates": [{"prefix": "", "price": "0.06", "per": 60}],
    }
    for code in ("wholesale", "transfer")
]

RICH_CATALOG: dict[str, Any] = {
    **CATALOG,
    **EXTRAS,
    "rate_tables": [*CATALOG["rate_tables"], *WHOLESALE],
    "products": [*CATALOG["products"], *ADDONS],
}


def iccid(number: int) -> str:
    body = f"8938510{number:011d}"
    return body + luhn_digit(body)


@dataclass
class Api:
    """A tenant's client of the API."""

    client: httpx.AsyncClient
    actor: Actor
    token: str
    engine: FakeEngine
    pool: Pool

    async def request(
        self, method: str, path: str, *, key: str | None = None, **arguments: Any
    ) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token}", **arguments.pop("headers", {})}
        if key is not None:
            headers["Idempotency-Key"] = key
        return await self.client.request(method, path, headers=headers, **arguments)

    async def get(self, path: str, **arguments: Any) -> httpx.Response:
        return await self.request("GET", path, **arguments)

    async def post(self, path: str, json: Any = None, **arguments: Any) -> httpx.Response:
        return await self.request("POST", path, json=json, **arguments)

    async def patch(self, path: str, json: Any, **arguments: Any) -> httpx.Response:
        return await self.request("PATCH", path, json=json, **arguments)

    async def put(self, path: str, json: Any, **arguments: Any) -> httpx.Response:
        return await self.request("PUT", path, json=json, **arguments)

    async def sign_up(self, **changes: Any) -> dict[str, Any]:
        """A new subscriber with 10.00 EUR."""
        body = {
            "product": "basic",
            "customer": {"name": "Ana Horvat"},
            "initial_top_up": {"amount": "10.00", "currency": "EUR"},
            **changes,
        }
        response = await self.post("/v1/sign-ups", body, key=str(uuid4()))
        assert response.status_code == 201, response.text
        signed_up: dict[str, Any] = response.json()
        return signed_up

    async def count(self, table: str) -> int:
        """Rows of the tenant in a table."""
        async with self.pool.connection() as connection:
            cursor = await connection.execute(
                f"SELECT count(*) FROM {table} WHERE tenant_id = %s", (self.actor.tenant_id,)
            )
            row = await cursor.fetchone()
        assert row is not None
        return int(row[0])


@pytest.fixture
def engine(pool: Pool) -> FakeEngine:
    return FakeEngine(pool)


@pytest.fixture
def core_engine(pool: Pool, database_url: str) -> Iterator[CoreEngine]:
    """The real engine, for a module whose ``engine`` it is to be."""
    ensure_installation(database_url, 4)
    engine = CoreEngine(database_url, 4)
    engine.start()
    yield engine
    engine.connection.close()


@pytest.fixture
def sealer(tmp_path: Path) -> Sealer:
    return Sealer(b"k" * 32)


@pytest.fixture
def application(
    tenant_pool: Pool,
    reading_pool: ReadingPool,
    engine: FakeEngine,
    sealer: Sealer,
    database_url: str,
) -> Litestar:
    ensure_installation(database_url, 4)
    return create_application(tenant_pool, reading_pool, engine, sealer)


def client_of(application: Litestar) -> httpx.AsyncClient:
    """A client in the test's own event loop, so that requests run at the same time."""
    transport = httpx.ASGITransport(cast("Any", application), raise_app_exceptions=False)
    return httpx.AsyncClient(
        transport=transport,
        base_url="http://openmvno.test",
        event_hooks={"response": [check_answer]},
    )


@pytest.fixture
async def client(application: Litestar) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(application) as opened:
        yield opened


async def new_api(pool: Pool, client: httpx.AsyncClient, engine: FakeEngine, code: str) -> Api:
    """A new tenant with a token for everything."""
    async with pool.connection() as connection:
        tenant = await tenants.ensure_tenant(connection, code, code.title(), "EUR")
        actor = command_line_actor(tenant.tenant_id, "test")
        token = await access.create_token(connection, actor, "everything", list(SCOPES))
    return Api(client, actor, token, engine, pool)


@pytest.fixture
async def bare_api(
    pool: Pool, client: httpx.AsyncClient, engine: FakeEngine, application: Litestar
) -> Api:
    """A tenant without anything."""
    return await new_api(pool, client, engine, "acme")


@pytest.fixture
async def api(bare_api: Api) -> Api:
    """A tenant with a catalogue, ten numbers and ten SIM cards."""
    response = await bare_api.post("/v1/catalog/versions?publish=true", CATALOG)
    assert response.status_code == 201, response.text
    response = await bare_api.post("/v1/numbers", {"first": "385910000001", "last": "385910000010"})
    assert response.status_code == 201, response.text
    lines = [f"{iccid(i)},21901000000{i:04d}" for i in range(1, 11)]
    response = await bare_api.post(
        "/v1/sims/imports",
        content="\n".join(["iccid,imsi", *lines]),
        headers={"Content-Type": "text/csv"},
    )
    assert response.status_code == 201, response.text
    return bare_api


@pytest.fixture
async def rich_api(api: Api) -> Api:
    """A tenant whose catalogue has add-ons, buckets and partners."""
    response = await api.post("/v1/catalog/versions?publish=true", RICH_CATALOG)
    assert response.status_code == 201, response.text
    return api
