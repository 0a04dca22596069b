"""Staff before the pages: the fixtures of the API, and browsers that are logged in."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any
from uuid import uuid4

import httpx
import pytest
from litestar import Litestar
from tests.integration.api.conftest import (
    Api,
    api,
    application,
    bare_api,
    client,
    client_of,
    core_engine,
    engine,
    new_api,
    rich_api,
    sealer,
)
from tests.integration.pages.browser import Browser
from tests.integration.pages.subscriber import PASSWORD, Subscriber, new_subscriber

from openmvno.database import Pool

__all__ = [
    "PASSWORD",
    "Api",
    "api",
    "application",
    "bare_api",
    "client",
    "core_engine",
    "engine",
    "rich_api",
    "sealer",
]

LogsIn = Callable[..., Awaitable[Browser]]
"""``await logs_in("viewer", realm="care")``: a browser of a new user with a role. ``scopes`` makes
a role of its own; ``at`` and ``tenant`` are another tenant's; ``more`` are further members of the
user, such as its ``subject_id``."""


@pytest.fixture
async def logs_in(application: Litestar, bare_api: Api) -> AsyncIterator[LogsIn]:
    async with AsyncExitStack() as stack:

        async def enter(
            role: str = "administrator",
            realm: str = "admin",
            scopes: list[str] | None = None,
            at: Api = bare_api,
            tenant: str = "acme",
            **more: Any,
        ) -> Browser:
            if scopes is not None:
                role = f"role-{uuid4().hex[:8]}"
                made = await at.put(f"/v1/roles/{role}", {"realm": realm, "scopes": scopes})
                assert made.is_success, made.text
            login = f"{uuid4().hex[:12]}@mvno.example"
            body = {"login": login, "name": "Ana Horvat", "realm": realm, "roles": [role], **more}
            response = await at.post("/v1/users", {**body, "password": PASSWORD})
            assert response.status_code == 201, response.text
            http = await stack.enter_async_context(client_of(application))
            # The cookie of a session is for TLS alone, except on this host.
            http.base_url = httpx.URL("http://localhost")
            return await Browser(http).log_in(tenant, login, PASSWORD)

        yield enter


@pytest.fixture
async def staff(logs_in: LogsIn) -> Browser:
    """An administrator of the tenant."""
    return await logs_in()


@pytest.fixture
async def elsewhere(api: Api, pool: Pool) -> Api:
    """Another tenant of the same installation, by the code ``other``."""
    return await new_api(pool, api.client, api.engine, "other")


@pytest.fixture
async def http(application: Litestar) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(application) as client:
        client.base_url = httpx.URL("http://localhost")
        yield client


@pytest.fixture
async def ana(rich_api: Api, http: httpx.AsyncClient) -> Subscriber:
    """A subscriber with ten euros, logged in."""
    subscriber = await new_subscriber(
        rich_api, http, initial_top_up={"amount": "10.00", "currency": "EUR"}
    )
    await subscriber.enter()
    return subscriber
