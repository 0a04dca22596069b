"""The Python client against the API itself."""

from __future__ import annotations

from typing import Any, cast

import httpx
import pytest
from litestar import Litestar
from tests.integration.api.conftest import Api

from openmvno.client import AsyncClient, Problem
from openmvno.payments.schemas import TopUpView


async def test_a_subscriber_is_topped_up(api: Api, application: Litestar) -> None:
    transport = httpx.ASGITransport(cast("Any", application))
    async with AsyncClient("http://openmvno.test", api.token, transport=transport) as client:
        wish = {"product": "basic", "customer": {"name": "Ana Horvat"}}
        account = (await client.post("/v1/sign-ups", wish))["account"]["id"]
        path = f"/v1/accounts/{account}/top-ups"
        money = {"amount": "5.00", "currency": "EUR"}
        first = await client.post(path, money, TopUpView, key="mine")
        again = await client.post(path, money, TopUpView, key="mine")
        assert first == again
        assert (first.status, first.balance) == ("completed", "5.00")
        for _ in range(2):
            await client.post(path, money)
        listed = [each["amount"] async for each in client.items(path, query={"limit": 2})]
        assert listed == ["5.00"] * 3
        with pytest.raises(Problem) as raised:
            await client.post(path, {**money, "currency": "USD"})
        assert (raised.value.code, raised.value.field) == ("currency_mismatch", "currency")
        changed = await client.patch(f"/v1/accounts/{account}", {"credit_limit": "2.00"})
        assert changed["credit_limit"] == "2.00"
        cards = b"iccid,imsi\n1,2\n"
        sent = await client.upload("/v1/sims/imports", cards, query={"name": "a.csv"}, key="file")
        assert (sent["file_name"], sent["rejected"]) == ("a.csv", 1)
        assert (
            await client.upload("/v1/sims/imports", cards, query={"name": "a.csv"}, key="file")
            == sent
        )
