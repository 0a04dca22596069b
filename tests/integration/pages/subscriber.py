"""A subscriber before the self-care pages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx
from tests.integration.api.conftest import Api
from tests.integration.pages.browser import Browser, Shown

PASSWORD = "correct horse battery"
BASE = "/self-care/acme"


@dataclass
class Subscriber:
    """Somebody with a line, before the self-care pages."""

    api: Api
    signed_up: dict[str, Any]
    code: str
    browser: Browser

    @property
    def line(self) -> str:
        return str(self.signed_up["line"]["id"])

    @property
    def account(self) -> str:
        return str(self.signed_up["account"]["id"])

    async def open(self, path: str = "") -> Shown:
        return await self.browser.open(BASE + path)

    async def enter(self, login: str = "ana") -> None:
        """The first login, by the code."""
        welcome = await self.open(f"/welcome?code={self.code}")
        answer = await welcome.send(
            f"{BASE}/welcome", login=login, password=PASSWORD, again=PASSWORD
        )
        assert answer.goes_to == f"{BASE}?done=welcome"


async def new_subscriber(api: Api, http: httpx.AsyncClient, **wish: Any) -> Subscriber:
    signed_up = await api.sign_up(**wish)
    made = await api.post(
        f"/v1/lines/{signed_up['line']['id']}/self-care-users", {"name": "Ana Horvat"}
    )
    assert made.status_code == 201, made.text
    return Subscriber(api, signed_up, made.json()["code"], Browser(http))
