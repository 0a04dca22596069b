"""One box: whatever people paste is found, by index, within the tenant."""

from __future__ import annotations

from typing import Any

from litestar import Litestar
from tests.integration.api.conftest import Api, iccid, new_api
from tests.integration.api.test_access import few

from openmvno.database import Pool, of_tenant
from openmvno.search.finding import FOLDED, asked
from openmvno.search.terms import terms_of


async def search(api: Api, q: str) -> list[dict[str, Any]]:
    answer = await api.get("/v1/search", params={"q": q})
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def test_whatever_is_pasted_is_found(api: Api, application: Litestar) -> None:
    customer = {"name": "Željka Đurđević-Müller", "external_id": "crm-4711"}
    made = await api.sign_up(customer=customer)
    await api.sign_up(customer={"name": "Zeljko Novak"})
    line, msisdn = made["line"], made["line"]["msisdn"]
    for typed in (
        msisdn,
        f"+{msisdn[:3]} {msisdn[3:5]} {msisdn[5:8]}-{msisdn[8:]}",
        f"00{msisdn}",
        line["id"],
    ):
        first = (await search(api, typed))[0]
        assert (first["kind"], first["line_id"], first["exact"]) == ("line", line["id"], True)
        assert first["label"] == msisdn
        assert first["secondary"] == "Željka Đurđević-Müller, active"
        assert first["customer_id"] == made["customer"]["id"]
    for typed in (line["iccid"], line["iccid"] + "F", line["imsi"], line["imsi"][:-1]):
        first = (await search(api, typed))[0]
        assert (first["kind"], first["iccid"]) == ("sim", line["iccid"])
        assert first["line_id"] == line["id"]
    for typed in (
        "Željka",
        "zeljka durdevic",
        "MULLER dur",
        "müller-željka",
        "crm-4711",
        made["customer"]["id"],
    ):
        found = await search(api, typed)
        assert [each["customer_id"] for each in found] == [made["customer"]["id"]], typed
        assert found[0]["kind"] == "customer"
    begins = await search(api, "zelj")
    assert {each["label"] for each in begins} == {"Željka Đurđević-Müller", "Zeljko Novak"}
    assert not any(each["exact"] for each in begins)
    exact = await search(api, "Zeljko")
    assert [(each["label"], each["exact"]) for each in exact] == [("Zeljko Novak", True)]
    account = await search(api, made["account"]["id"])
    assert [each["kind"] for each in account] == ["account"]
    assert await search(api, "%") == await search(api, "nobody") == await search(api, "---") == []
    many = await search(api, msisdn[:4])
    assert [each["kind"] for each in many[:3]] == ["line", "line", "number"]
    await api.patch(f"/v1/customers/{made['customer']['id']}", {"name": "Ana Ivić"})
    assert await search(api, "zeljka") == []
    assert (await search(api, "ivic"))[0]["label"] == "Ana Ivić"
    await application.state.reads.flush()
    reads = (await api.get("/v1/audit?kind=read&action=customer.read")).json()["items"]
    assert reads != []


async def test_stock_and_vouchers_need_their_scopes(api: Api) -> None:
    await api.sign_up()
    reader = await few(api, "customers:read")
    assert {each["kind"] for each in await search(api, iccid(9))} == {"sim"}
    assert await search(reader, iccid(9)) == []
    assert await search(reader, "385910000009") == []
    assert (await search(reader, "385910000001"))[0]["kind"] == "line"
    nobody = await few(api, "inventory:read")
    assert (await nobody.get("/v1/search?q=ana")).status_code == 403


async def test_nothing_of_another_tenant_is_found(api: Api, pool: Pool) -> None:
    made = await api.sign_up()
    stranger = await new_api(pool, api.client, api.engine, "stranger")
    line = made["line"]
    for typed in ("Ana", line["msisdn"], line["imsi"], line["iccid"], line["id"]):
        assert await search(stranger, typed) == [], typed


ROWS = """
INSERT INTO customer (tenant_id, customer_id, kind, name)
SELECT %(tenant)s, gen_random_uuid(), 'person', 'Person' || n || ' Family' || mod(n, 50)
FROM generate_series(1, 3000) n;
INSERT INTO account (tenant_id, account_id, customer_id, currency, overrun, shard, command_seq)
SELECT %(tenant)s, customer_id, customer_id, 'EUR', 'absorb', 0, 0 FROM customer
WHERE tenant_id = %(tenant)s;
INSERT INTO subscriber_line (tenant_id, line_id, account_id, product, msisdn, imsi, iccid, status,
    shard, command_seq)
SELECT %(tenant)s, account_id, account_id, 'basic', '', '', '', 'closed', 0, 0 FROM account
WHERE tenant_id = %(tenant)s;
INSERT INTO msisdn (tenant_id, number, state)
SELECT %(tenant)s, 3859200000 + n, 'available' FROM generate_series(1, 3000) n;
INSERT INTO sim (tenant_id, iccid, imsi, state)
SELECT %(tenant)s, 893850000000000000 + n, 219020000000000 + n, 'available'
FROM generate_series(1, 3000) n;
INSERT INTO voucher (tenant_id, serial, batch_id, pin_mac)
SELECT %(tenant)s, n, gen_random_uuid(), int8send(n) FROM generate_series(1, 3000) n;
ANALYZE customer, customer_word, account, subscriber_line, msisdn, sim, voucher;
"""


TYPED = ("3859200042", "219020000000042", "89385000000000004", "family7 pers", "person42", "")


async def test_no_table_is_read_through(bare_api: Api, pool: Pool, tenant_pool: Pool) -> None:
    tenant = bare_api.actor.tenant_id
    async with pool.connection() as connection:
        for statement in ROWS.split(";")[:-1]:
            given = {"tenant": tenant} if "%(" in statement else None
            await connection.execute(statement.encode(), given)
        cursor = await connection.execute("SELECT line_id FROM subscriber_line LIMIT 1")
        row = await cursor.fetchone()
    assert row is not None
    plans = []
    async with of_tenant(tenant_pool, tenant) as connection:
        for typed in TYPED:
            terms = terms_of(typed or str(row[0]))
            cursor = await connection.execute(FOLDED, {"text": terms.text})
            folded = await cursor.fetchone()
            words = [] if terms.digits or not folded else sorted(folded[0], key=len)[::-1]
            for kind, query, values in asked(tenant, terms, words):
                cursor = await connection.execute(f"EXPLAIN {query}".encode(), values)
                plan = "\n".join(line for (line,) in await cursor.fetchall())
                plans.append(f"{kind} {typed}:\n{plan}")
    assert len(plans) > 15
    for plan in plans:
        assert "Seq Scan" not in plan, plan
        for line in plan.splitlines():
            assert "Index Cond" not in line or line.count("=") > 1, f"walks the tenant: {plan}"
