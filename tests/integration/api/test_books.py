"""The books balance after everything that moves money; and the first thing wrong is named."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from tests.integration.api.conftest import Api
from tests.support import localstripe
from tests.support.core_engine import CoreEngine

from openmvno import ledger, payer_changes, payments, statistics, transfers, vouchers
from openmvno.database import Role, connection_url
from openmvno.payments import carrying_on
from openmvno.provisioning import Sealer
from openmvno.settings import Settings
from openmvno.work import books


@pytest.fixture
def engine(core_engine: CoreEngine) -> CoreEngine:
    return core_engine


FAR = datetime(2099, 1, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(books, "PAUSE_SECONDS", 0)


async def done(api: Api, path: str, body: dict[str, Any]) -> dict[str, Any]:
    response = await api.post(path, body, key=str(uuid4()))
    assert response.status_code in (200, 201), response.text
    answer: dict[str, Any] = response.json()
    return answer


def request(api: Api, line: dict[str, Any], session: str, **members: Any) -> dict[str, Any]:
    return {
        "tenant": str(api.actor.tenant_id),
        "session": session,
        "msisdn": line["msisdn"],
        "service": "voice",
        "destination": "385981234567",
        **members,
    }


async def everything(api: Api, engine: CoreEngine, sealer: Sealer) -> dict[str, Any]:
    """Everything that moves money, once; returns a line that pays from its balance."""
    one, two = await api.sign_up(), await api.sign_up()
    account, line = one["account"]["id"], one["line"]
    for name, kind in (("counter", "cash_desk"), ("bank", "bank_transfer")):
        await api.put(f"/v1/payment-providers/{name}", {"kind": kind})
    cash = {"provider": "counter", "currency": "EUR", "amount": "20.00", "fee": "0.30"}
    paid = await done(api, f"/v1/accounts/{account}/payments", cash)
    await done(api, f"/v1/payments/{paid['id']}/refunds", {"amount": "5.00"})
    receipt = {"provider": "bank", "currency": "EUR", "amount": "7.00"}
    came = await done(api, "/v1/payment-receipts", receipt)
    body = {"account_id": account, "amount": "3.00"}
    await done(api, f"/v1/payments/{came['id']}/allocations", body)
    body = {"amount": "6.00", "reference": "recall"}
    await done(api, f"/v1/payments/{came['id']}/chargebacks", body)
    await api.put("/v1/transfer-terms/EUR", {"least": "1.00", "most": "9.00", "fee": "0.10"})
    sent = {"amount": "2.00", "currency": "EUR", "to": two["line"]["msisdn"]}
    await done(api, f"/v1/accounts/{account}/transfers", sent)
    await sold_and_used(api, sealer, account, line)
    engine.charge(request(api, line, "closed", type="reserve", number=0))
    engine.charge(request(api, line, "closed", type="commit", number=1, used=90))
    # The line takes a wallet of money along.
    new_payer = {"account_id": (await api.sign_up())["account"]["id"]}
    await done(api, f"/v1/lines/{line['id']}/payer-changes", new_payer)
    await engine.materialise()
    other: dict[str, Any] = two["line"]
    return other


async def sold_and_used(api: Api, sealer: Sealer, account: str, line: dict[str, Any]) -> None:
    """Three vouchers of each kind made; two sold, one used, one expired."""
    key = vouchers.PinKey(sealer, api.actor.tenant_id)
    wishes = [
        vouchers.Wish("4.00", "EUR"),
        vouchers.Wish(None, "EUR", "purse", "big"),
        vouchers.Wish("3.00", "EUR", product="twice"),
    ]
    for wish in wishes:
        async with api.pool.connection() as connection:
            batch, pins = await vouchers.generate(
                connection,
                api.actor,
                key,
                name="test",
                count=3,
                terms=await vouchers.terms_on_sale(connection, api.actor.tenant_id, wish),
                expires_at=FAR,
            )
            await vouchers.change_range(
                connection, api.actor, batch.first_serial, batch.first_serial + 1, "active"
            )
        pin = pins.splitlines()[1].split(",")[1]
        await done(api, "/v1/voucher-redemptions", {"pin": pin, "line_id": line["id"]})
    async with api.pool.connection() as connection:
        await connection.execute(
            "UPDATE voucher_batch SET expires_at = now() WHERE product = 'twice'"
        )
    async with api.pool.connection() as connection:
        assert await vouchers.expire(connection) == 2


async def verdict_of(engine: CoreEngine, database_url: str, sealer: Sealer) -> books.Verdict:
    return await books.examine(database_url, engine, lambda: sealer)


async def test_the_books_balance_after_everything(
    rich_api: Api, engine: CoreEngine, sealer: Sealer, database_url: str
) -> None:
    line = await everything(rich_api, engine, sealer)
    verdict = await verdict_of(engine, database_url, sealer)
    assert list(map(str, verdict.mismatches)) == []
    assert verdict.legs > 40
    assert (verdict.accounts, verdict.in_session) == (3, 0)
    # A session that is open has charges that no CDR tells of yet.
    engine.charge(request(rich_api, line, "open", type="reserve", number=0))
    engine.charge(request(rich_api, line, "open", type="update", number=1, used=60))
    # The table gets the balance with whatever is posted next.
    more = {"amount": "1.00", "currency": "EUR"}
    await done(rich_api, f"/v1/accounts/{line['account_id']}/top-ups", more)
    await engine.materialise()
    verdict = await verdict_of(engine, database_url, sealer)
    assert list(map(str, verdict.mismatches)) == []
    assert verdict.in_session == 1
    engine.charge(request(rich_api, line, "open", type="commit", number=2, used=0))
    await engine.materialise()
    verdict = await verdict_of(engine, database_url, sealer)
    assert (list(verdict.mismatches), verdict.in_session) == ([], 0)


# A check, and SQL that makes it fail and returns the id it has to name.
TAMPERED = {
    ledger.CHECKS[0].name: """
        UPDATE posting SET amount_micros = amount_micros + 1 WHERE ledger_account = 'revenue'
        RETURNING cause_id::text""",
    ledger.CHECKS[1].name: """
        DELETE FROM ledger_entry WHERE ledger_account = 'payment_fees' RETURNING cause_id::text""",
    ledger.CHECKS[2].name: """
        UPDATE ledger_entry SET ledger_account = 'adjustment'
        WHERE ledger_account = 'cash' AND cause = 'voucher_redeemed' RETURNING cause_id::text""",
    books.BALANCES: """
        UPDATE account_balance SET balance_micros = balance_micros + 1
        WHERE account_id = (SELECT account_id FROM account_balance LIMIT 1)
        RETURNING account_id::text""",
    payments.CHECKS[0].name: """
        UPDATE payment_movement SET amount_micros = amount_micros + 10 WHERE kind = 'payout'
        RETURNING movement_id::text""",
    payments.CHECKS[1].name: """
        DELETE FROM payment_movement WHERE kind = 'fee' RETURNING movement_id::text""",
    payments.CHECKS[2].name: """
        UPDATE payment_movement SET amount_micros = 1000000 WHERE kind = 'receipt'
        RETURNING payment_id::text""",
    vouchers.CHECKS[0].name: """
        UPDATE voucher SET state = 'active' WHERE serial = 3 RETURNING 'vouchers in EUR'""",
    payer_changes.CHECKS[0].name: """
        UPDATE posting SET amount_micros = amount_micros + 1
        WHERE ledger_account = 'transit' AND amount_micros > 0 RETURNING cause_id::text""",
    payer_changes.CHECKS[1].name: """
        UPDATE payer_change SET state = 'importing', created_at = now() - interval '2 hours'
        RETURNING payer_change_id::text""",
    transfers.CHECKS[0].name: """
        UPDATE transfer SET state = 'debiting' RETURNING 'transit in EUR'""",
    transfers.CHECKS[1].name: """
        UPDATE transfer SET state = 'crediting', updated_at = now() - interval '2 hours'
        RETURNING transfer_id::text""",
    statistics.CHECKS[0].name: """
        UPDATE statistic SET amount_micros = amount_micros + 1
        WHERE step = 'hour' AND measure = 'posting' AND kind = 'cash'
        RETURNING 'statistics of cash'""",
}


async def test_whatever_is_wrong_is_named(
    rich_api: Api, engine: CoreEngine, sealer: Sealer, database_url: str
) -> None:
    await everything(rich_api, engine, sealer)
    assert len(TAMPERED) == len(books.CHECKS) + 1
    for check, statement in TAMPERED.items():
        with psycopg.connect(database_url) as connection:
            [(identity,), *_] = connection.execute(statement).fetchall()
        verdict = await verdict_of(engine, database_url, sealer)
        named = [each.what for each in verdict.mismatches if each.check == check]
        assert any(identity in what for what in named), (check, identity, named)


async def test_the_daily_check_is_kept_and_told(
    rich_api: Api, engine: CoreEngine, sealer: Sealer, settings: Settings
) -> None:
    worker = connection_url(settings, Role.WORKER)
    await rich_api.sign_up()
    await engine.materialise()
    daily = books.DailyCheck(worker, engine, sealer)
    await daily.run_when_due()
    assert await rich_api.count("books_check") == 0, "the installation is not a day old"
    engine.connection.execute("UPDATE installation SET created_at = now() - interval '25 hours'")
    for _ in range(2):
        await daily.run_when_due()
    assert (await rich_api.count("books_check"), daily.mismatches) == (1, 0)
    engine.connection.execute("UPDATE books_check SET checked_at = checked_at - interval '1 day'")
    engine.connection.execute("UPDATE account_balance SET balance_micros = 0")
    await daily.run_when_due()
    assert daily.mismatches == 1
    row = engine.connection.execute(
        "SELECT mismatches, first_mismatch FROM books_check ORDER BY checked_at DESC LIMIT 1"
    ).fetchone()
    assert row is not None
    assert row[0] == 1
    assert "has a balance of 0 micros, its postings make 10000000" in row[1]
    again = books.DailyCheck(worker, engine, sealer)
    await again.run_when_due()
    assert again.mismatches == 1, "remembered after a restart"


async def test_the_provider_is_asked_what_it_took(
    rich_api: Api, engine: CoreEngine, sealer: Sealer, database_url: str, tmp_path: Path
) -> None:
    async with localstripe.running(tmp_path) as stripe:
        secrets = {"api_key": "sk_test_12345", "webhook_secret": localstripe.SECRET}
        settings = {"kind": "stripe", "api_url": stripe.url, **secrets}
        await rich_api.put("/v1/payment-providers/stripe", settings)
        account = (await rich_api.sign_up())["account"]["id"]
        card = {"provider": "stripe", "token": await stripe.card()}
        method = await done(rich_api, f"/v1/accounts/{account}/payment-methods", card)
        body = {"method_id": method["id"], "amount": "9.00", "currency": "EUR"}
        paid = await done(rich_api, f"/v1/accounts/{account}/payments", body)
        await done(rich_api, f"/v1/payments/{paid['id']}/refunds", {"amount": "2.00"})
        await carrying_on.look(rich_api.pool, sealer, patience=0)
        await engine.materialise()
        # What was paid and given back this moment is not compared yet: let it be older.
        engine.connection.execute(
            "UPDATE payment_movement SET created_at = created_at - interval '20 minutes'"
        )
        verdict = await verdict_of(engine, database_url, sealer)
        assert (list(map(str, verdict.mismatches)), list(verdict.not_compared)) == ([], [])
        engine.connection.execute(
            "UPDATE payment_movement SET provider_ref = 'pi_elsewhere' WHERE kind = 'receipt'"
        )
        [wrong] = (await verdict_of(engine, database_url, sealer)).mismatches
        assert wrong.check == books.PROVIDERS
        assert (wrong.what, wrong.detail) == (
            "receipt pi_elsewhere",
            "is 9000000 micros here and unknown to stripe",
        )
    silent = await verdict_of(engine, database_url, sealer)
    assert list(silent.not_compared) == ["provider stripe"]


async def test_an_account_that_differs_is_not_excused_by_silence(
    rich_api: Api, engine: CoreEngine, sealer: Sealer, database_url: str
) -> None:
    account = (await rich_api.sign_up())["account"]["id"]
    await engine.materialise()
    engine.connection.execute("UPDATE account_balance SET balance_micros = balance_micros - 1")
    [wrong] = (await verdict_of(engine, database_url, sealer)).mismatches
    assert wrong.what == f"account {UUID(account)}"
    assert "9999999" in str(wrong)
