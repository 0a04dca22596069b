"""localstripe, which imitates Stripe, in a network namespace of its own, with pages before it."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import httpx
import pytest
from aiohttp import web
from tests.support.localstripe_inside import MESSAGES_PORT
from tests.support.stripe_pages import Pages

INSIDE = Path(__file__).with_name("localstripe_inside.py")
SECRET = "whsec_of_the_test"
GOOD = "4242424242424242"
DECLINED_WHEN_CHARGED = "4000000000000341"
DECLINED_WHEN_SAVED = "4000000000000002"
NEEDS_THE_PAYER = "4000002500003155"


def why_not() -> str | None:
    """Why it cannot run here."""
    for program in ("unshare", "ip"):
        if shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin:/sbin") is None:
            return f"there is no program {program}"
    trial = subprocess.run(["unshare", "--net", "true"], capture_output=True, check=False)
    return None if trial.returncode == 0 else f"no network namespace: {trial.stderr.decode()}"


@dataclass
class LocalStripe:
    """What a payer's browser does at Stripe, and Stripe's address."""

    url: str
    client: httpx.AsyncClient
    pages: Pages

    async def card(self, number: str = GOOD) -> str:
        """The token of a card that was typed in."""
        card = {"number": number, "exp_month": "4", "exp_year": "2030", "cvc": "123"}
        made = await self._post("payment_methods", {"type": "card", "card": card})
        token: str = made["id"]
        return token

    async def finish(self, secret: str, *, success: bool) -> None:
        """The payer proves at the bank who he is, or does not."""
        intent = secret.split("_secret_", maxsplit=1)[0]
        content = {"client_secret": secret, "success": success}
        await self._post(f"payment_intents/{intent}/_authenticate", content)

    async def intents(self) -> list[dict[str, Any]]:
        """All payment intents."""
        return await self._list("payment_intents")

    async def refunds(self) -> list[dict[str, Any]]:
        """All refunds."""
        return await self._list("refunds")

    async def save_on_page(self, url: str, number: str = GOOD) -> httpx.Response:
        """The payer types a card in on the page; the answer leads back, or shows the page again."""
        card = {"number": number, "exp_month": "4", "exp_year": "2030", "cvc": "123"}
        return await self.client.post(url, data=card)

    async def answer_on_page(self, url: str, answer: str) -> httpx.Response:
        """The payer answers its bank, yes or no; the answer leads back."""
        return await self.client.post(url, data={"answer": answer})

    async def pay_by_link(self, amount: int) -> str:
        """Somebody pays whom we do not know."""
        method = await self.card()
        wanted = {"amount": str(amount), "currency": "eur", "payment_method": method}
        made = await self.client.post("/v1/payment_intents", data={**wanted, "confirm": "true"})
        assert made.status_code == 200, made.text
        ref: str = made.json()["id"]
        return ref

    async def send_messages_to(self, path: str) -> None:
        """Register a webhook endpoint."""
        content = {"url": f"http://127.0.0.1:{MESSAGES_PORT}{path}", "secret": SECRET}
        answer = await self.client.post("/_config/webhooks/test", json=content)
        assert answer.status_code == 200, answer.text

    async def _list(self, what: str) -> list[dict[str, Any]]:
        answer = await self.client.get(f"/v1/{what}")
        found: list[dict[str, Any]] = answer.json()["data"]
        return found

    async def _post(self, path: str, content: dict[str, Any]) -> dict[str, Any]:
        answer = await self.client.post(f"/v1/{path}", json=content)
        assert answer.status_code == 200, answer.text
        made: dict[str, Any] = answer.json()
        return made


@asynccontextmanager
async def running(folder: Path, host: str = "127.0.0.1") -> AsyncIterator[LocalStripe]:
    """localstripe for one test; its messages come out of ``folder``/webhooks.sock. ``host``: by
    what name of this machine it is reached."""
    reason = why_not()
    if reason is not None:
        pytest.skip(f"localstripe binds to every address and {reason}")
    command = f'ip link set lo up && exec "{sys.executable}" -P "{INSIDE}" "{folder}"'
    log = (folder / "localstripe.log").open("wb")
    process = subprocess.Popen(
        ["unshare", "--net", "sh", "-c", command],
        stdout=log,
        stderr=log,
        start_new_session=True,
    )
    inside = folder / "api.sock"
    try:
        async with asyncio.timeout(20):
            while not inside.exists():
                assert process.poll() is None, (folder / "localstripe.log").read_text()
                await asyncio.sleep(0.05)
        connector = aiohttp.UnixConnector(str(inside))
        async with aiohttp.ClientSession(connector=connector) as session:
            pages = Pages(session)
            runner = web.AppRunner(pages.application())
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            pages.base = f"http://{host}:{runner.addresses[0][1]}"
            headers = {"Authorization": "Bearer sk_test_12345"}
            async with httpx.AsyncClient(base_url=pages.base, headers=headers) as client:
                yield LocalStripe(pages.base, client, pages)
            await runner.cleanup()
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        log.close()
