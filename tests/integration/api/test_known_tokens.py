"""What is known of a token since a second at most, and no longer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import pytest
from psycopg import AsyncConnection
from tests.integration.api.conftest import Api

from openmvno import access
from openmvno.access import KnownTokens, known_tokens
from openmvno.access.known_tokens import KNOWN_SECONDS
from openmvno.database import Pool, of_nobody


class Watch:
    """A clock that is set by hand, and how often the database was asked."""

    def __init__(self, pool: Pool) -> None:
        self.now = 100.0
        self.looks = 0
        self.look_ends = asyncio.Event()
        self.look_ends.set()
        self._pool = pool

    @asynccontextmanager
    async def open_connection(self) -> AsyncIterator[AsyncConnection[Any]]:
        self.looks += 1
        async with of_nobody(self._pool) as connection:
            yield connection
            await self.look_ends.wait()


@pytest.fixture
def watch(tenant_pool: Pool) -> Watch:
    return Watch(tenant_pool)


@pytest.fixture
def tokens(watch: Watch) -> KnownTokens:
    return KnownTokens(watch.open_connection, lambda: watch.now)


async def revoke(api: Api) -> None:
    """As another process does."""
    async with api.pool.connection() as connection:
        await connection.execute("UPDATE api_token SET revoked_at = now()")


async def test_one_look_a_second(bare_api: Api, tokens: KnownTokens, watch: Watch) -> None:
    for moment, looks in ((0.0, 1), (0.5, 1), (KNOWN_SECONDS, 2), (KNOWN_SECONDS + 0.9, 2)):
        watch.now = 100.0 + moment
        actor = await tokens.authenticate(bare_api.token, f"at {moment}", "192.0.2.1")
        assert actor is not None
        assert (actor.tenant_id, actor.name) == (bare_api.actor.tenant_id, "everything")
        assert (actor.request_id, actor.address) == (f"at {moment}", "192.0.2.1")
        assert watch.looks == looks


async def test_a_revocation_elsewhere_is_felt_within_a_second(
    bare_api: Api, tokens: KnownTokens, watch: Watch
) -> None:
    assert await tokens.authenticate(bare_api.token, "1") is not None
    await revoke(bare_api)
    watch.now += KNOWN_SECONDS - 0.01
    assert await tokens.authenticate(bare_api.token, "2") is not None
    watch.now += 0.01
    assert await tokens.authenticate(bare_api.token, "3") is None


async def test_a_revocation_here_is_felt_at_once(bare_api: Api, tokens: KnownTokens) -> None:
    assert await tokens.authenticate(bare_api.token, "1") is not None
    await revoke(bare_api)
    tokens.forget()
    assert await tokens.authenticate(bare_api.token, "2") is None


async def test_what_was_read_before_a_revocation_is_not_kept(
    bare_api: Api, tokens: KnownTokens, watch: Watch
) -> None:
    watch.look_ends.clear()
    look = asyncio.create_task(tokens.authenticate(bare_api.token, "1"))
    await asyncio.sleep(0.2)
    await revoke(bare_api)
    tokens.forget()
    watch.look_ends.set()
    assert await look is not None  # it came before the revocation
    assert await tokens.authenticate(bare_api.token, "2") is None


async def test_a_token_that_is_not_good_is_looked_up_each_time(
    tokens: KnownTokens, watch: Watch
) -> None:
    for looks in (1, 2):
        assert await tokens.authenticate("omv_wrong", "1") is None
        assert watch.looks == looks


async def test_where_a_token_may_come_from_is_looked_at_each_time(
    bare_api: Api, tokens: KnownTokens, watch: Watch
) -> None:
    async with bare_api.pool.connection() as connection:
        await connection.execute("UPDATE api_token SET networks = '{192.0.2.0/24}'")
    assert await tokens.authenticate(bare_api.token, "1", "192.0.2.7") is not None
    with pytest.raises(access.AddressNotAllowed):
        await tokens.authenticate(bare_api.token, "2", "198.51.100.7")
    assert watch.looks == 1


async def test_not_more_are_known_than_memory_has_place_for(
    bare_api: Api, tokens: KnownTokens, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(known_tokens, "MOST_KNOWN", 2)
    async with bare_api.pool.connection() as connection:
        make = partial(access.create_token, connection, bare_api.actor, scopes=["own:read"])
        several = [await make(name=f"token {number}") for number in range(3)]
    for token in several:
        assert await tokens.authenticate(token, "1") is not None
    assert watch.looks == 3
    assert await tokens.authenticate(several[2], "2") is not None
    assert watch.looks == 3
    assert await tokens.authenticate(several[0], "2") is not None
    assert watch.looks == 4
