"""Payments on the real engine: by hand, and by Stripe's SDK against an imitation of Stripe."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
import uvicorn
from litestar import Litestar
from tests.integration.api.conftest import Api
from tests.support import localstripe
from tests.support.books import cents
from tests.support.core_engine import CoreEngine
from tests.support.localstripe import LocalStripe

from openmvno.charging import EngineUnavailable
from openmvno.database import Pool, Role, create_pool
from openmvno.payments import carrying_on
from openmvno.payments.providers.stripe_cards import StripeCards
from openmvno.provisioning import Sealer
from openmvno.settings import Settings


@pytest.fixture
def engine(core_engine: CoreEngine) -> CoreEngine:
    return core_engine


@dataclass
class Till:
    """A tenant with an account, a cash desk and a bank; and what the tests ask about them."""

    api: Api
    engine: CoreEngine
    sealer: Sealer
    worker: Pool
    account: str
    line: dict[str, Any]

    @property
    def webhooks(self) -> str:
        """Where the provider's messages go."""
        return f"/v1/payment-webhooks/{self.api.actor.tenant_id}/stripe"

    async def pay(self, key: str | None = None, **body: Any) -> httpx.Response:
        path = f"/v1/accounts/{self.account}/payments"
        return await self.api.post(path, {"currency": "EUR", **body}, key=key or str(uuid4()))

    async def receipt(self, **body: Any) -> dict[str, Any]:
        wanted = {"provider": "bank", "currency": "EUR", **body}
        return await self.done("/v1/payment-receipts", wanted)

    async def done(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        response = await self.api.post(path, body, key=str(uuid4()))
        assert response.status_code == 201, response.text
        answer: dict[str, Any] = response.json()
        return answer

    async def refused(self, path: str, body: dict[str, Any]) -> str:
        response = await self.api.post(path, body, key=str(uuid4()))
        assert response.status_code >= 400, response.text
        code: str = response.json()["code"]
        return code

    async def payment(self, payment_id: str) -> dict[str, Any]:
        answer: dict[str, Any] = (await self.api.get(f"/v1/payments/{payment_id}")).json()
        return answer

    async def balance(self, account: str | None = None) -> int:
        live = await self.engine.balance(self.api.actor.tenant_id, UUID(account or self.account))
        assert live is not None
        micros: int = live["balance"]
        return micros

    async def carry_on(self) -> None:
        """What the work process does, without its patience; then the engine follows."""
        await carrying_on.look(self.worker, self.sealer, patience=0)
        for shard in range(4):
            row = self.engine.connection.execute(
                "SELECT max(seq) FROM engine_command WHERE shard = %s", (shard,)
            ).fetchone()
            if row is not None and row[0] is not None:
                await self.engine.apply(shard, row[0])
        await self.engine.materialise()

    def use(self, seconds: int) -> None:
        """A call of the line, 0.10 a minute."""
        common = {
            "tenant": str(self.api.actor.tenant_id),
            "session": str(uuid4()),
            "msisdn": self.line["msisdn"],
            "service": "voice",
            "destination": "385981234567",
        }
        opened = self.engine.charge({**common, "type": "reserve", "number": 0})
        assert opened.get("ok"), opened
        closing = {**common, "type": "commit", "number": 1, "used": seconds}
        assert self.engine.charge(closing)["charged"] > 0


@pytest.fixture
async def worker(settings: Settings) -> AsyncIterator[Pool]:
    """A pool as the work process has it."""
    async with create_pool(settings, "test work", role=Role.WORKER) as opened:
        yield opened


@pytest.fixture
async def till(rich_api: Api, engine: CoreEngine, sealer: Sealer, worker: Pool) -> Till:
    for name, kind in (("counter", "cash_desk"), ("bank", "bank_transfer")):
        put = await rich_api.put(f"/v1/payment-providers/{name}", {"kind": kind})
        assert put.status_code == 200, put.text
    signed_up = await rich_api.sign_up(initial_top_up=None)
    return Till(rich_api, engine, sealer, worker, signed_up["account"]["id"], signed_up["line"])


async def test_cash_at_the_counter(till: Till) -> None:
    first = await till.pay(key="p-1", provider="counter", amount="10.00", fee="0.25")
    assert first.status_code == 201, first.text
    assert first.json()["status"] == "paid"
    assert (await till.pay(key="p-1", provider="counter", amount="10.00", fee="0.25")).json()[
        "id"
    ] == first.json()["id"]
    assert await till.balance() == 10_000_000
    assert await cents(till.engine) == {
        "clearing:counter": 975,
        "payment_fees": 25,
        "balance": -1000,
    }
    kinds = [each["kind"] for each in (await till.payment(first.json()["id"]))["movements"]]
    assert kinds == ["receipt", "fee", "allocation"]
    top_ups = (await till.api.get(f"/v1/accounts/{till.account}/top-ups")).json()["items"]
    assert [each["reference"] for each in top_ups] == [f"payment {first.json()['id']}"]


async def test_a_bank_transfer_in_parts_and_too_much(till: Till) -> None:
    asked = (await till.pay(provider="bank", amount="30.00", received=False)).json()
    assert (asked["status"], await till.balance()) == ("pending", 0)
    statuses = []
    for amount in ("10.00", "15.00", "5.00", "3.00"):
        came = await till.receipt(amount=amount, payment_id=asked["id"])
        statuses.append((came["status"], came["allocated"], came["unallocated"]))
    assert statuses == [
        ("partially_paid", "10.00", "0.00"),
        ("partially_paid", "25.00", "0.00"),
        ("paid", "30.00", "0.00"),
        ("overpaid", "30.00", "3.00"),
    ]
    assert await till.balance() == 30_000_000
    assert await cents(till.engine) == {
        "clearing:bank": 3300,
        "balance": -3000,
        "unallocated": -300,
    }
    path = f"/v1/payments/{asked['id']}/allocations"
    too_much = {"account_id": till.account, "amount": "3.01"}
    assert await till.refused(path, too_much) == "unallocated_too_little"
    allocated = await till.done(path, {"account_id": till.account, "amount": "3.00"})
    assert allocated["unallocated"] == "0.00"
    assert await till.balance() == 33_000_000


async def test_money_without_a_name_finds_its_account(till: Till) -> None:
    came = await till.receipt(amount="12.34", reference="from somebody")
    assert (came["account_id"], came["unallocated"]) == (None, "12.34")
    await till.receipt(amount="1.00", account_id=till.account)
    listed = (await till.api.get("/v1/payments?unallocated=true")).json()["items"]
    assert [each["id"] for each in listed] == [came["id"]]
    assert await cents(till.engine) == {
        "clearing:bank": 1334,
        "balance": -100,
        "unallocated": -1234,
    }
    body = {"account_id": till.account, "amount": "12.34"}
    found = await till.done(f"/v1/payments/{came['id']}/allocations", body)
    assert found["account_id"] == till.account
    assert await till.balance() == 13_340_000
    assert (await till.api.get("/v1/payments?unallocated=true")).json()["items"] == []


async def test_money_that_is_about_to_go_back_is_not_allocated(till: Till) -> None:
    asked = (await till.pay(provider="bank", amount="5.00", received=False)).json()
    came = await till.receipt(amount="10.00", payment_id=asked["id"])
    assert (came["allocated"], came["unallocated"]) == ("5.00", "5.00")
    apply = till.engine.apply

    async def away(shard: int, seq: int) -> dict[str, Any]:
        raise EngineUnavailable("down")

    till.engine.apply = away  # type: ignore[method-assign]
    body = {"amount": "8.00"}
    waits = await till.api.post(f"/v1/payments/{asked['id']}/refunds", body, key="back")
    assert (waits.status_code, waits.json()["status"]) == (202, "withdrawing")
    till.engine.apply = apply  # type: ignore[method-assign]
    path = f"/v1/payments/{asked['id']}/allocations"
    rest = {"account_id": till.account, "amount": "0.01"}
    assert await till.refused(path, rest) == "unallocated_too_little"
    done = await till.api.post(f"/v1/payments/{asked['id']}/refunds", body, key="back")
    assert done.json()["status"] == "paid"
    assert (await till.payment(asked["id"]))["refunded"] == "8.00"
    assert await till.balance() == 2_000_000


async def test_refunds_of_cash(till: Till) -> None:
    paid = (await till.pay(provider="counter", amount="10.00")).json()
    path = f"/v1/payments/{paid['id']}/refunds"
    first = await till.done(path, {"amount": "4.00", "reason": "changed his mind"})
    assert first["status"] == "paid"
    assert await till.balance() == 6_000_000
    assert await till.refused(path, {"amount": "6.01"}) == "refund_too_much"
    till.use(600)
    spent = await till.done(path, {"amount": "6.00"})
    assert (spent["status"], spent["failure"]) == ("refused", "insufficient_balance")
    assert await till.balance() == 5_000_000
    assert (await till.done(path, {"amount": "5.00"}))["status"] == "paid"
    assert await cents(till.engine) == {"clearing:counter": 100, "revenue": -100}
    assert (await till.payment(paid["id"]))["refunded"] == "9.00"


async def test_a_chargeback_takes_what_is_there(till: Till) -> None:
    paid = await till.receipt(amount="10.00", account_id=till.account)
    till.use(1800)
    path = f"/v1/payments/{paid['id']}/chargebacks"
    back = await till.done(path, {"amount": "10.00", "reference": "recall 1"})
    assert (back["status"], back["charged_back"]) == ("charged_back", "10.00")
    assert await till.balance() == 0
    books = await cents(till.engine)
    assert books == {"chargebacks": 300, "revenue": -300}
    assert await till.refused(path, {"amount": "0.01", "reference": "r"}) == "refund_too_much"


async def test_bad_requests(till: Till) -> None:
    account = f"/v1/accounts/{till.account}/payments"
    body = {"amount": "1.00", "currency": "EUR"}
    assert await till.refused(account, body) == "payment_provider_invalid"
    assert await till.refused(account, {**body, "provider": "nobody"}) == (
        "payment_provider_not_found"
    )
    assert await till.refused(account, {**body, "method_id": str(uuid4())}) == (
        "payment_method_not_found"
    )
    receipt = {**body, "provider": "bank", "payment_id": str(uuid4())}
    assert await till.refused("/v1/payment-receipts", receipt) == "payment_not_found"
    put = await till.api.put("/v1/payment-providers/cards", {"kind": "stripe", "api_key": "sk_x"})
    assert (put.json()["code"], put.json()["field"]) == (
        "payment_provider_invalid",
        "webhook_secret",
    )
    assert await till.api.count("payment") == 0


# -- by Stripe -----------------------------------------------------------------------------------


@pytest.fixture
async def stripe(till: Till, tmp_path: Path, application: Litestar) -> AsyncIterator[LocalStripe]:
    """An imitation of Stripe, which reaches the API with its messages."""
    async with localstripe.running(tmp_path) as running:
        settings = {
            "kind": "stripe",
            "api_key": "sk_test_12345",
            "webhook_secret": localstripe.SECRET,
            "api_url": running.url,
        }
        put = await till.api.put("/v1/payment-providers/stripe", settings)
        assert put.status_code == 200, put.text
        assert put.json()["webhook_path"] == till.webhooks
        socket = str(tmp_path / "webhooks.sock")
        server = uvicorn.Server(
            uvicorn.Config(application, uds=socket, log_config=None, lifespan="off")
        )
        serving = asyncio.create_task(server.serve())
        yield running
        server.should_exit = True
        await serving


async def saved(till: Till, stripe: LocalStripe, number: str = localstripe.GOOD) -> str:
    body = {"provider": "stripe", "token": await stripe.card(number)}
    method = await till.done(f"/v1/accounts/{till.account}/payment-methods", body)
    assert (method["brand"], method["last4"]) == ("visa", number[-4:])
    method_id: str = method["id"]
    return method_id


def signed(event: dict[str, Any], at: float | None = None) -> tuple[bytes, dict[str, str]]:
    """A message as Stripe signs it."""
    content, moment = json.dumps(event).encode(), int(at or time.time())
    mac = hmac.new(localstripe.SECRET.encode(), b"%d.%s" % (moment, content), hashlib.sha256)
    return content, {"Stripe-Signature": f"t={moment},v1={mac.hexdigest()}"}


async def told(till: Till, event: dict[str, Any], at: float | None = None) -> httpx.Response:
    content, headers = signed(event, at)
    return await till.api.client.post(till.webhooks, content=content, headers=headers)


async def test_a_saved_card_pays_once(till: Till, stripe: LocalStripe) -> None:
    method = await saved(till, stripe)
    answers = await asyncio.gather(
        *(till.pay(key="c-1", method_id=method, amount="10.00") for _ in range(4))
    )
    assert {answer.status_code for answer in answers} <= {201, 202}
    assert len({answer.json()["id"] for answer in answers}) == 1
    await till.carry_on()
    paid = (await till.pay(key="c-1", method_id=method, amount="10.00")).json()
    assert (paid["status"], paid["allocated"]) == ("paid", "10.00")
    assert await till.balance() == 10_000_000
    charged = [each for each in await stripe.intents() if each["status"] == "succeeded"]
    assert [each["amount"] for each in charged] == [1000]
    assert await cents(till.engine) == {"clearing:stripe": 1000, "balance": -1000}
    uneven = await till.pay(method_id=method, amount="1.001")
    assert (uneven.status_code, uneven.json()["code"]) == (422, "amount_not_payable")


async def test_declined_cards(till: Till, stripe: LocalStripe) -> None:
    method = await saved(till, stripe, localstripe.DECLINED_WHEN_CHARGED)
    failed = (await till.pay(method_id=method, amount="10.00")).json()
    assert (failed["status"], failed["failure"]) == ("failed", "card_declined")
    token = await stripe.card(localstripe.DECLINED_WHEN_SAVED)
    response = await till.api.post(
        f"/v1/accounts/{till.account}/payment-methods",
        {"provider": "stripe", "token": token},
        key="m",
    )
    problem = response.json()
    assert (response.status_code, problem["code"]) == (422, "payment_declined")
    assert problem["decline_code"] == "card_declined"
    assert await till.balance() == 0
    assert await cents(till.engine) == {}
    removed = await till.api.request(
        "DELETE", f"/v1/accounts/{till.account}/payment-methods/{method}"
    )
    assert removed.status_code == 200
    gone = await till.pay(method_id=method, amount="10.00")
    assert gone.json()["code"] == "payment_method_not_found"


async def test_the_payer_proves_himself_and_stripe_tells_us(
    till: Till, stripe: LocalStripe
) -> None:
    await stripe.send_messages_to(till.webhooks)
    method = await saved(till, stripe, localstripe.NEEDS_THE_PAYER)
    waiting = (await till.pay(method_id=method, amount="7.00")).json()
    assert waiting["status"] == "requires_action"
    assert await till.balance() == 0
    await stripe.finish(waiting["client_secret"], success=True)
    async with asyncio.timeout(10):
        while (await till.payment(waiting["id"]))["status"] != "paid":
            await asyncio.sleep(0.1)
    await till.carry_on()
    assert await till.balance() == 7_000_000
    assert (await till.payment(waiting["id"]))["client_secret"] is None


async def test_messages_are_verified_and_acted_on_once(till: Till, stripe: LocalStripe) -> None:
    link = await stripe.pay_by_link(1234)
    intent = {
        "id": link,
        "amount": 1234,
        "currency": "eur",
        "status": "succeeded",
        "description": "by link",
    }
    event = {"id": "evt_1", "type": "payment_intent.succeeded", "data": {"object": intent}}
    content, headers = signed(event)
    forged = await till.api.client.post(till.webhooks, content=content + b" ", headers=headers)
    assert (forged.status_code, forged.json()["code"]) == (400, "payment_signature_invalid")
    unsigned = await till.api.client.post(till.webhooks, content=content)
    assert unsigned.status_code == 400
    old = await told(till, event, time.time() - 301)
    assert (old.status_code, old.json()["code"]) == (400, "payment_signature_invalid")
    elsewhere = await till.api.client.post(
        f"/v1/payment-webhooks/{uuid4()}/stripe", content=content, headers=headers
    )
    assert elsewhere.status_code == 404
    assert await till.api.count("payment") == 0
    answers = await asyncio.gather(*(told(till, event) for _ in range(5)))
    assert {answer.status_code for answer in answers} == {200}
    assert (await told(till, {**event, "id": "evt_2"})).status_code == 200
    [came] = (await till.api.get("/v1/payments?unallocated=true")).json()["items"]
    assert (came["account_id"], came["unallocated"]) == (None, "12.34")
    assert (came["reference"], came["provider"]) == ("by link", "stripe")
    assert await cents(till.engine) == {"clearing:stripe": 1234, "unallocated": -1234}


async def test_a_dispute_is_opened_and_won(till: Till, stripe: LocalStripe) -> None:
    method = await saved(till, stripe)
    paid = (await till.pay(method_id=method, amount="10.00")).json()
    [ref] = [each["provider_ref"] for each in paid["movements"] if each["kind"] == "receipt"]
    till.use(1800)
    dispute = {
        "id": "dp_1",
        "amount": 1000,
        "currency": "eur",
        "payment_intent": ref,
        "reason": "fraudulent",
        "status": "needs_response",
    }
    event = {"id": "evt_1", "type": "charge.dispute.created", "data": {"object": dispute}}
    assert (await told(till, event)).status_code == 200
    assert (await told(till, event)).status_code == 200
    assert await till.balance() == 0
    assert await cents(till.engine) == {"chargebacks": 300, "revenue": -300}
    won = {"id": "evt_2", "type": "charge.dispute.closed", "data": {"object": dispute}}
    won["data"]["object"] = {**dispute, "status": "won"}  # type: ignore[index]
    assert (await told(till, won)).status_code == 200
    assert (await told(till, {**won, "id": "evt_3"})).status_code == 200
    assert await till.balance() == 7_000_000
    assert await cents(till.engine) == {"clearing:stripe": 1000, "revenue": -300, "balance": -700}


async def test_refunds_at_stripe(till: Till, stripe: LocalStripe) -> None:
    method = await saved(till, stripe)
    paid = (await till.pay(method_id=method, amount="10.00")).json()
    path = f"/v1/payments/{paid['id']}/refunds"
    first = await till.api.post(path, {"amount": "4.00"}, key="r-1")
    again = await till.api.post(path, {"amount": "4.00"}, key="r-1")
    assert first.json() == again.json()
    assert first.json()["status"] == "paid"
    assert [each["amount"] for each in await stripe.refunds()] == [400]
    assert await till.balance() == 6_000_000
    assert await cents(till.engine) == {"clearing:stripe": 600, "balance": -600}


async def test_what_the_provider_will_not_pay_back_is_on_the_balance_again(
    till: Till, stripe: LocalStripe
) -> None:
    method = await saved(till, stripe)
    paid = (await till.pay(method_id=method, amount="10.00")).json()
    till.engine.connection.execute("UPDATE payment SET provider_ref = 'pi_unknown'")
    refused = await till.done(f"/v1/payments/{paid['id']}/refunds", {"amount": "4.00"})
    assert refused["status"] == "failed"
    assert await till.balance() == 10_000_000
    assert await cents(till.engine) == {"clearing:stripe": 1000, "balance": -1000}


async def test_a_payment_left_halfway_is_carried_on(
    till: Till, stripe: LocalStripe, monkeypatch: pytest.MonkeyPatch
) -> None:
    method = await saved(till, stripe)

    class Killed(BaseException):
        """The process is gone."""

    for step in ("create", "confirm"):
        whole = getattr(StripeCards, step)

        async def cut(self: Any, *arguments: Any, whole: Any = whole) -> Any:
            await whole(self, *arguments)  # it has happened, and nobody hears of it
            raise Killed

        with monkeypatch.context() as patched:
            patched.setattr(StripeCards, step, cut)
            with pytest.raises(BaseException):  # noqa: B017, PT011
                await till.pay(key=f"cut {step}", method_id=method, amount="5.00")
        await till.carry_on()
    assert await till.balance() == 10_000_000
    charged = [each for each in await stripe.intents() if each["status"] == "succeeded"]
    assert len(charged) == 2
    assert await cents(till.engine) == {"clearing:stripe": 1000, "balance": -1000}


async def test_stripe_away_the_payment_goes_on_by_itself(till: Till, stripe: LocalStripe) -> None:
    method = await saved(till, stripe)
    till.engine.connection.execute(
        "UPDATE payment_provider SET api_url = 'http://127.0.0.1:9' WHERE name = 'stripe'"
    )
    waiting = await till.pay(key="away", method_id=method, amount="5.00")
    assert (waiting.status_code, waiting.json()["status"]) == (202, "pending")
    await till.carry_on()
    assert await till.balance() == 0
    till.engine.connection.execute(
        "UPDATE payment_provider SET api_url = %s WHERE name = 'stripe'", (stripe.url,)
    )
    await till.carry_on()
    assert await till.balance() == 5_000_000
    assert (await till.pay(key="away", method_id=method, amount="5.00")).status_code == 201


async def test_a_low_balance_tops_up_by_itself(till: Till, stripe: LocalStripe) -> None:
    method = await saved(till, stripe)
    path = f"/v1/accounts/{till.account}/auto-top-up"
    terms = {"method_id": method, "threshold": "2.00", "amount": "5.00", "daily_limit": "12.00"}
    bad = await till.api.put(path, {**terms, "daily_limit": "4.99"})
    assert (bad.status_code, bad.json()["code"]) == (422, "auto_top_up_invalid")
    put = await till.api.put(path, terms)
    assert put.status_code == 200, put.text
    assert (await till.api.get(path)).json() == put.json()
    assert (await till.pay(provider="counter", amount="3.00")).status_code == 201
    till.use(900)  # 1.50
    await till.engine.materialise()
    for _ in range(3):
        await till.carry_on()
    assert await till.balance() == 6_500_000
    till.use(3000)
    await till.carry_on()
    await till.carry_on()
    assert await till.balance() == 6_500_000
    # A third one would be more than a day may bring.
    till.use(3000)
    await till.carry_on()
    await till.carry_on()
    assert await till.balance() == 1_500_000
    runs = till.engine.connection.execute(
        "SELECT state, reason FROM auto_top_up_run ORDER BY event_id"
    ).fetchall()
    assert runs == [("started", None), ("started", None), ("skipped", "daily_limit")]
    charged = [each for each in await stripe.intents() if each["status"] == "succeeded"]
    assert len(charged) == 2
    in_use = await till.api.request(
        "DELETE", f"/v1/accounts/{till.account}/payment-methods/{method}"
    )
    assert in_use.json()["code"] == "payment_method_in_use"
