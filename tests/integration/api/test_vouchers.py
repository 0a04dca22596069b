"""Vouchers on the real engine: made, activated, blocked, redeemed once, locked after wrong PINs."""

from __future__ import annotations

import asyncio
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from tests.integration.api.conftest import Api, new_api
from tests.support.books import cents
from tests.support.core_engine import CoreEngine

from openmvno import charging, vouchers

UNTIL = (datetime.now(UTC) + timedelta(days=300)).isoformat()
PAST = "2020-01-01T00:00:00Z"
AT_ONCE = 200


@pytest.fixture
def engine(core_engine: CoreEngine) -> CoreEngine:
    return core_engine


@dataclass
class Printer:
    """Who gets the PINs: a key, and a certificate for it."""

    folder: Path
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

    @property
    def certificate(self) -> str:
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "printer.example")])
        now = datetime.now(UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(self.key.public_key())
            .serial_number(1)
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
        )
        return builder.sign(self.key, SHA256()).public_bytes(Encoding.PEM).decode()

    def read(self, pins: str) -> dict[int, str]:
        """PINs by serial number, decrypted by OpenSSL."""
        key = self.folder / "printer.key"
        key.write_bytes(self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        command = ["openssl", "cms", "-decrypt", "-inform", "PEM", "-inkey", str(key)]
        finished = subprocess.run(command, input=pins.encode(), capture_output=True, check=True)
        header, *rows = finished.stdout.decode().splitlines()
        assert header == "serial,pin"
        return {int(serial): pin for serial, pin in (row.split(",") for row in rows)}


@pytest.fixture
def printer(tmp_path: Path) -> Printer:
    return Printer(tmp_path, rsa.generate_private_key(65537, 2048))


async def made(api: Api, printer: Printer, **terms: Any) -> dict[int, str]:
    """A new batch's PINs by serial number."""
    body = {
        "name": "test",
        "count": 3,
        "currency": "EUR",
        "expires_at": UNTIL,
        "certificate": printer.certificate,
        **terms,
    }
    response = await api.post("/v1/voucher-batches", body, key=str(uuid4()))
    assert response.status_code == 201, response.text
    return printer.read(response.json()["pins"])


async def change(api: Api, state: str, first: int, last: int | None = None) -> dict[str, Any]:
    body = {"first_serial": first, "last_serial": last or first, "state": state}
    response = await api.post("/v1/voucher-ranges", body, key=str(uuid4()))
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


async def sold(api: Api, printer: Printer, **terms: Any) -> tuple[int, str]:
    """(serial, PIN) of an active voucher."""
    pins = await made(api, printer, count=1, **terms)
    [(serial, pin)] = pins.items()
    await change(api, "active", serial)
    return serial, pin


async def redeemed(api: Api, pin: str, key: str | None = None, **whom: str) -> httpx.Response:
    return await api.post("/v1/voucher-redemptions", {"pin": pin, **whom}, key=key or str(uuid4()))


async def balance(api: Api, engine: CoreEngine, account: str) -> int:
    live = await engine.balance(api.actor.tenant_id, UUID(account))
    assert live is not None
    micros: int = live["balance"]
    return micros


async def test_a_batch_is_made_sold_and_used_once(
    rich_api: Api, engine: CoreEngine, printer: Printer
) -> None:
    account = (await rich_api.sign_up(initial_top_up=None))["account"]["id"]
    pins = await made(rich_api, printer, value="5.50")
    assert list(pins) == [1, 2, 3]
    assert all(len(pin) == 16 and pin.isdigit() for pin in pins.values())
    early = await redeemed(rich_api, pins[2], account_id=account)
    assert (early.status_code, early.json()["code"]) == (409, "voucher_not_active")

    assert (await change(rich_api, "active", 1, 3))["changed"] == 3
    assert await cents(engine) == {"voucher_sales": 1650, "vouchers": -1650}

    typed = f"{pins[2][:4]} {pins[2][4:8]}-{pins[2][8:12]} {pins[2][12:]}"
    first = await redeemed(rich_api, typed, key="r-1", account_id=account)
    assert first.status_code == 201, first.text
    shown = first.json()
    assert (shown["serial"], shown["value"], shown["balance"]) == ("000000000002", "5.50", "5.50")
    assert (shown["status"], shown["kind"]) == ("completed", "balance")
    again = await redeemed(rich_api, typed, key="r-1", account_id=account)
    assert again.text == first.text
    other = await redeemed(rich_api, typed, account_id=account)
    assert (other.status_code, other.json()["code"]) == (409, "voucher_redeemed")
    assert await balance(rich_api, engine, account) == 5_500_000
    assert await cents(engine) == {
        "voucher_sales": 1650,
        "vouchers": -1100,
        "balance": -550,
    }
    listed = (await rich_api.get(f"/v1/voucher-redemptions?account={account}")).json()["items"]
    assert listed == [shown]
    states = [each["state"] for each in (await rich_api.get("/v1/vouchers")).json()["items"]]
    assert states == ["active", "redeemed", "active"]


async def test_no_pin_is_kept(rich_api: Api, engine: CoreEngine, printer: Printer) -> None:
    _, pin = await sold(rich_api, printer, value="1.00")
    account = (await rich_api.sign_up())["account"]["id"]
    assert (await redeemed(rich_api, pin, account_id=account)).status_code == 201
    tables = engine.connection.execute(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
        " AND table_type = 'BASE TABLE'"
    ).fetchall()
    assert len(tables) > 30
    for (table,) in tables:
        found = engine.connection.execute(
            f"SELECT count(*) FROM {table} AS row WHERE row::text LIKE %s", (f"%{pin}%",)
        ).fetchone()
        assert found == (0,), table


async def test_two_hundred_at_once_one_wins(
    rich_api: Api, engine: CoreEngine, printer: Printer
) -> None:
    await rich_api.post("/v1/numbers", {"first": "385910000011", "last": "385910000040"})
    signed_up = [await rich_api.sign_up(initial_top_up=None) for _ in range(10)]
    accounts = [each["account"]["id"] for each in signed_up]
    _, pin = await sold(rich_api, printer, value="10.00")
    answers = await asyncio.gather(
        *(
            redeemed(rich_api, pin, account_id=accounts[number % len(accounts)])
            for number in range(AT_ONCE)
        )
    )
    won = [answer for answer in answers if answer.status_code == 201]
    lost = {answer.json()["code"] for answer in answers if answer.status_code != 201}
    assert len(won) == 1
    assert lost == {"voucher_redeemed"}
    balances = [await balance(rich_api, engine, account) for account in accounts]
    assert sorted(balances) == [0] * 9 + [10_000_000]
    assert balances[accounts.index(won[0].json()["account_id"])] == 10_000_000


async def test_the_same_key_at_once_is_one_redemption(
    rich_api: Api, engine: CoreEngine, printer: Printer
) -> None:
    account = (await rich_api.sign_up(initial_top_up=None))["account"]["id"]
    _, pin = await sold(rich_api, printer, value="10.00")
    answers = await asyncio.gather(
        *(redeemed(rich_api, pin, key="same", account_id=account) for _ in range(8))
    )
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1
    assert await balance(rich_api, engine, account) == 10_000_000


async def test_wrong_pins_lock_the_account_for_an_hour(
    rich_api: Api, engine: CoreEngine, printer: Printer
) -> None:
    account = (await rich_api.sign_up())["account"]["id"]
    other = (await rich_api.sign_up())["account"]["id"]
    _, pin = await sold(rich_api, printer, value="10.00")
    answers = await asyncio.gather(
        *(redeemed(rich_api, f"{number:016d}", account_id=account) for number in range(12))
    )
    codes = [answer.json()["code"] for answer in answers]
    # Four wrong ones with attempts left; the fifth locks, and whoever comes then is not heard.
    assert sorted(codes) == ["voucher_locked"] * 8 + ["voucher_pin_wrong"] * 4
    left = sorted(
        answer.json()["attempts_left"] for answer in answers if "attempts_left" in answer.json()
    )
    assert left == [1, 2, 3, 4]
    right = await redeemed(rich_api, pin, account_id=account)
    assert (right.status_code, right.json()["code"]) == (429, "voucher_locked")
    assert "locked_until" in right.json()
    audited = (await rich_api.get(f"/v1/audit?subject_type=account&subject_id={account}")).json()
    locks = [entry for entry in audited["items"] if entry["action"] == "voucher.locked"]
    assert [entry["after"]["wrong_pins"] for entry in locks] == [5]

    assert (await redeemed(rich_api, pin, account_id=other)).status_code == 201
    engine.connection.execute(
        "UPDATE voucher_attempt SET first_at = first_at - interval '2 hours',"
        " locked_until = locked_until - interval '2 hours'"
    )
    after = await redeemed(rich_api, "0" * 16, account_id=account)
    assert (after.status_code, after.json()["attempts_left"]) == (422, 4)
    _, pin = await sold(rich_api, printer, value="10.00")
    assert (await redeemed(rich_api, pin, account_id=account)).status_code == 201
    assert await rich_api.count("voucher_attempt") == 0


async def test_wrong_pins_lock_an_origin(rich_api: Api, printer: Printer) -> None:
    accounts = [(await rich_api.sign_up())["account"]["id"] for _ in range(5)]
    codes = []
    for number in range(20):
        answer = await redeemed(
            rich_api, f"{number:016d}", account_id=accounts[number % 5], origin="203.0.113.7"
        )
        codes.append(answer.json()["code"])
    assert codes == ["voucher_pin_wrong"] * 19 + ["voucher_locked"]
    _, pin = await sold(rich_api, printer, value="1.00")
    fresh = (await rich_api.sign_up())["account"]["id"]
    locked = await redeemed(rich_api, pin, account_id=fresh, origin="203.0.113.7")
    assert locked.json()["code"] == "voucher_locked"
    assert (
        await redeemed(rich_api, pin, account_id=fresh, origin="203.0.113.8")
    ).status_code == 201


async def test_a_voucher_fills_a_wallet_as_printed(
    rich_api: Api, engine: CoreEngine, printer: Printer
) -> None:
    signed_up = await rich_api.sign_up(initial_top_up=None)
    line, account = signed_up["line"], signed_up["account"]["id"]
    # An option of 25.00 for 20.00, and 100 seconds for 4.00.
    _, money = await sold(rich_api, printer, bucket="purse", option="big")
    _, units = await sold(rich_api, printer, bucket="family", option="small")
    without = await redeemed(rich_api, money, account_id=account)
    assert (without.status_code, without.json()["code"]) == (422, "voucher_needs_line")
    answer = await redeemed(rich_api, money, msisdn=line["msisdn"])
    assert answer.status_code == 201, answer.text
    assert (answer.json()["value"], answer.json()["amount"]) == ("20.00", "25.00")
    assert answer.json()["days"] == 30
    assert (await redeemed(rich_api, units, line_id=line["id"])).status_code == 201
    live = await engine.balance(rich_api.actor.tenant_id, UUID(account))
    assert live is not None
    filled = {each["code"]: each["initial"] for each in live["buckets"] if each["expires_at"]}
    assert filled == {"purse": 25_000_000, "family": 100}
    assert await cents(engine) == {
        "voucher_sales": 2400,
        "wallet": -2500,
        "bonus": 500,
        "revenue": -400,
    }


async def test_a_voucher_the_engine_refuses_is_as_good_as_before(
    rich_api: Api, engine: CoreEngine, printer: Printer
) -> None:
    signed_up = await rich_api.sign_up(initial_top_up=None)
    line, account = signed_up["line"]["id"], signed_up["account"]["id"]
    serial, pin = await sold(rich_api, printer, value="7.00", product="pack")
    # The engine is given the add-on behind the API's back, so that it alone can refuse.
    command = charging.add_product(
        rich_api.actor.tenant_id, UUID(account), UUID(line), uuid4(), "pack", pay="none", price=None
    )
    async with rich_api.pool.connection() as connection:
        await charging.insert_commands(connection, [command])
    refused = await redeemed(rich_api, pin, line_id=line)
    assert (refused.status_code, refused.json()["code"]) == (409, "product_exists")
    await engine.materialise()
    shown = (await rich_api.get(f"/v1/vouchers/{serial}")).json()
    assert shown["state"] == "active"
    assert await cents(engine) == {"voucher_sales": 700, "vouchers": -700}
    blocked = await change(rich_api, "blocked", serial, serial)
    assert (blocked["changed"], blocked["states"]) == (1, {"blocked": 1})
    freed = await change(rich_api, "active", serial, serial)
    assert (freed["changed"], freed["states"]) == (1, {"active": 1})
    other = await rich_api.post(
        f"/v1/accounts/{account}/lines", {"product": "basic"}, key=str(uuid4())
    )
    answer = await redeemed(rich_api, pin, line_id=other.json()["id"])
    assert answer.status_code == 201, answer.text
    assert await cents(engine) == {"voucher_sales": 700, "revenue": -700}


async def test_ranges_are_blocked_and_let_free(
    rich_api: Api, engine: CoreEngine, printer: Printer
) -> None:
    account = (await rich_api.sign_up(initial_top_up=None))["account"]["id"]
    pins = await made(rich_api, printer, count=10, value="2.00")
    await change(rich_api, "active", 1, 8)
    assert (await redeemed(rich_api, pins[3], account_id=account)).status_code == 201
    blocked = await change(rich_api, "blocked", 2, 9)
    assert blocked["changed"] == 7
    assert blocked["states"] == {"blocked": 7, "redeemed": 1}
    refused = await redeemed(rich_api, pins[4], account_id=account)
    assert (refused.status_code, refused.json()["code"]) == (409, "voucher_blocked")
    # Of 8 sold one is used and one is left: blocked ones are owed by nobody.
    assert (await cents(engine))["vouchers"] == -200
    assert (await change(rich_api, "active", 4))["changed"] == 1
    assert (await redeemed(rich_api, pins[4], account_id=account)).status_code == 201
    books_now = await cents(engine)
    assert (books_now["vouchers"], books_now["voucher_sales"]) == (-200, 600)
    beyond = await rich_api.post(
        "/v1/voucher-ranges",
        {"first_serial": 5, "last_serial": 11, "state": "active"},
        key="beyond",
    )
    assert (beyond.status_code, beyond.json()["code"]) == (422, "voucher_range_invalid")


async def test_what_nobody_used_is_written_off(
    rich_api: Api, engine: CoreEngine, printer: Printer
) -> None:
    account = (await rich_api.sign_up(initial_top_up=None))["account"]["id"]
    pins = await made(rich_api, printer, value="2.00")
    await change(rich_api, "active", 1, 2)
    engine.connection.execute("UPDATE voucher_batch SET expires_at = now()")
    late = await redeemed(rich_api, pins[1], account_id=account)
    assert (late.status_code, late.json()["code"]) == (409, "voucher_expired")
    for written_off in (3, 0):
        async with rich_api.pool.connection() as connection:
            assert await vouchers.expire(connection) == written_off
    shown = (await rich_api.get("/v1/vouchers")).json()["items"]
    assert [each["state"] for each in shown] == ["expired"] * 3
    assert await cents(engine) == {"voucher_sales": 400, "breakage": -400}
    assert (await change(rich_api, "active", 1, 3))["changed"] == 0


async def test_lifetimes_are_noted_down(rich_api: Api, printer: Printer) -> None:
    rows = [
        {"currency": "EUR", "from_value": "5.00", "days": 30},
        {"currency": "EUR", "from_value": "20.00", "days": 120},
    ]
    put = await rich_api.put("/v1/voucher-lifetimes", {"rows": rows})
    assert put.json() == {"rows": rows}
    account = (await rich_api.sign_up())["account"]["id"]
    days = []
    for value in ("4.99", "5.00", "19.99", "50.00"):
        _, pin = await sold(rich_api, printer, value=value)
        days.append((await redeemed(rich_api, pin, account_id=account)).json()["lifetime_days"])
    assert days == [None, 30, 30, 120]
    twice = await rich_api.put("/v1/voucher-lifetimes", {"rows": [rows[0], rows[0]]})
    assert (twice.status_code, twice.json()["field"]) == (422, "rows[1].from_value")


@pytest.mark.parametrize(
    ("terms", "code", "field"),
    [
        ({}, "voucher_terms_invalid", "value"),
        ({"value": "0"}, "amount_out_of_range", "value"),
        ({"value": "1", "days": 3}, "voucher_terms_invalid", "bucket"),
        ({"bucket": "purse"}, "voucher_terms_invalid", "option"),
        ({"bucket": "nope", "option": "x"}, "bucket_unknown", "bucket"),
        ({"bucket": "purse", "option": "x"}, "top_up_unknown", "option"),
        ({"product": "nope", "value": "1"}, "product_unknown", "product"),
        ({"product": "pack", "currency": "USD"}, "voucher_terms_invalid", "currency"),
        (
            {"value": "1", "expires_at": "2020-01-01T00:00:00Z"},
            "voucher_terms_invalid",
            "expires_at",
        ),
        ({"value": "1", "certificate": "none"}, "voucher_certificate_invalid", "certificate"),
    ],
)
async def test_bad_terms(
    rich_api: Api, printer: Printer, terms: dict[str, Any], code: str, field: str
) -> None:
    body = {
        "name": "test",
        "count": 1,
        "currency": "EUR",
        "expires_at": UNTIL,
        "certificate": printer.certificate,
        **terms,
    }
    response = await rich_api.post("/v1/voucher-batches", body, key="b")
    problem = response.json()
    assert (response.status_code, problem["code"], problem["field"]) == (422, code, field)
    assert await rich_api.count("voucher") == 0


async def test_another_tenant_has_other_vouchers(
    rich_api: Api, client: httpx.AsyncClient, printer: Printer
) -> None:
    serial, pin = await sold(rich_api, printer, value="1.00")
    other = await new_api(rich_api.pool, client, rich_api.engine, "other")
    assert (await other.get(f"/v1/vouchers/{serial}")).status_code == 404
    account = (await rich_api.sign_up())["account"]["id"]
    stolen = await redeemed(other, pin, account_id=account)
    assert (stolen.status_code, stolen.json()["code"]) == (404, "account_not_found")
