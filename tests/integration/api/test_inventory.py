"""Numbers and SIM cards."""

from __future__ import annotations

from typing import Any

import httpx
import psycopg
import pytest
from tests.integration.api.conftest import Api, iccid

from openmvno import access
from openmvno.database import Role, connection_url
from openmvno.provisioning.sealing import Sealer
from openmvno.settings import Settings
from openmvno.sims import import_worker, importing, loading

CSV = {"Content-Type": "text/csv"}


async def import_file(api: Api, *lines: str, **arguments: Any) -> httpx.Response:
    return await api.post("/v1/sims/imports", content="\n".join(lines), headers=CSV, **arguments)


async def test_good_lines_land_and_bad_ones_are_listed(bare_api: Api) -> None:
    response = await import_file(
        bare_api,
        "imsi,iccid",
        f"219010000000001,{iccid(1)}",
        f"219010000000002,{iccid(2)[:-1]}0",
        f"21901,{iccid(3)}",
        f"219010000000001,{iccid(4)}",
        f"219010000000005,{iccid(1)}",
        f"219010000000006,{iccid(6)},surplus",
        f"219010000000001,{iccid(1)}",
        f"219010000000008,{iccid(8)}",
    )
    assert response.status_code == 201, response.text
    body = response.json()
    assert (body["loaded"], body["already_known"], body["rejected"]) == (2, 1, 5)
    assert [(line["line_number"], line["code"]) for line in body["rejected_lines"]] == [
        (3, "iccid_invalid"),
        (4, "imsi_invalid"),
        (5, "sim_conflict"),
        (6, "sim_conflict"),
        (7, "too_many_columns"),
    ]
    assert (await bare_api.get(response.headers["Location"])).json() == body
    sims = (await bare_api.get("/v1/sims")).json()["items"]
    assert [sim["iccid"] for sim in sims] == [iccid(1), iccid(8)]


async def test_a_repeat_doubles_nothing(bare_api: Api) -> None:
    lines = ["iccid,imsi", f"{iccid(1)},219010000000001"]
    await import_file(bare_api, *lines)
    again = (await import_file(bare_api, *lines)).json()
    assert (again["loaded"], again["already_known"]) == (0, 1)
    assert await bare_api.count("sim") == 1


async def test_a_file_that_is_none(bare_api: Api) -> None:
    response = await import_file(bare_api, "a,b", "1,2")
    assert (response.status_code, response.json()["code"]) == (422, "sim_file_invalid")
    form = await bare_api.request(
        "POST",
        "/v1/sims/imports",
        files={"file": ("cards.csv", f"iccid,imsi\n{iccid(1)},219010000000001\n")},
    )
    assert (form.status_code, form.json()["file_name"]) == (201, "cards.csv")


@pytest.fixture
def as_work(settings: Settings) -> str:
    """As `work` connects."""
    return connection_url(settings, Role.WORKER)


KI, OPC = "000102030405060708090a0b0c0d0e0f", "101112131415161718191a1b1c1d1e1f"


def cards(count: int) -> list[str]:
    """The lines of a file with so many cards, keys and codes."""
    return ["iccid,imsi,ki,opc,pin1,puk1"] + [
        f"{iccid(i)},21901{i:010d},{KI},{OPC},0000,12345678" for i in range(1, count + 1)
    ]


async def test_seven_bad_lines_of_a_thousand(bare_api: Api) -> None:
    lines = cards(1000)
    spoilt = {
        10: f"{iccid(10)[:-1]}x,219010000000010,,,,",
        200: f"{iccid(200)},2190,,,,",
        300: f"{iccid(300)},219010000000300,short,{OPC},,",
        400: f"{iccid(400)},219010000000400,{KI},,,",
        500: f"{iccid(500)},219010000000500,{KI},{OPC},12,",
        600: f"{iccid(1)},219010000000600,,,,",
        700: lines[700] + ",surplus",
    }
    for number, line in spoilt.items():
        lines[number] = line
    body = (await import_file(bare_api, *lines)).json()
    assert (body["state"], body["loaded"], body["rejected"]) == ("done", 993, 7)
    rejected = {each["line_number"]: each["code"] for each in body["rejected_lines"]}
    assert rejected == {
        11: "iccid_invalid",
        201: "imsi_invalid",
        301: "key_invalid",
        401: "keys_incomplete",
        501: "code_invalid",
        601: "sim_conflict",
        701: "too_many_columns",
    }
    again = (await import_file(bare_api, *lines)).json()
    assert (again["loaded"], again["already_known"], again["rejected"]) == (0, 993, 7)
    assert await bare_api.count("sim") == 993


async def test_a_large_file_is_read_by_work_with_progress(
    bare_api: Api, sealer: Sealer, as_work: str
) -> None:
    lines = cards(6000)
    lines[4000] = f"{iccid(4000)},2190,,,,"
    response = await import_file(bare_api, *lines, key="the-file")
    assert response.status_code == 202, response.text
    place = response.headers["Location"]
    waiting = (await bare_api.get(place)).json()
    assert (waiting["state"], waiting["lines"], waiting["lines_read"]) == ("waiting", 6001, 0)
    async with bare_api.pool.connection() as connection:
        cursor = await connection.execute("SELECT sealed FROM sim_import_piece")
        pieces = b"".join(row[0] for row in await cursor.fetchall())
    assert len(pieces) > 400_000
    assert KI.encode() not in pieces, "a file that waits is sealed"
    async with await psycopg.AsyncConnection.connect(as_work) as reader:
        await import_worker.read_waiting(reader, sealer)
    done = (await bare_api.get(place)).json()
    assert (done["state"], done["lines_read"], done["loaded"]) == ("done", 6001, 5999)
    assert [each["line_number"] for each in done["rejected_lines"]] == [4001]
    rejections = (await bare_api.get(f"{place}/rejections")).json()["items"]
    assert rejections == done["rejected_lines"]
    assert await bare_api.count("sim_import_piece") == 0
    repeated = await import_file(bare_api, *lines, key="the-file")
    assert repeated.headers["Location"] == place


async def test_an_import_that_was_interrupted_goes_on(
    bare_api: Api, sealer: Sealer, as_work: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "LINES_A_BATCH", 1000)
    place = (await import_file(bare_api, *cards(6000))).headers["Location"]
    load, batches = loading.load, 0

    async def dying_load(*arguments: Any) -> Any:
        nonlocal batches
        batches += 1
        if batches == 4:
            raise ConnectionError("the process ends here")
        return await load(*arguments)

    monkeypatch.setattr(importing, "load", dying_load)
    async with await psycopg.AsyncConnection.connect(as_work) as reader:
        with pytest.raises(ConnectionError):
            await import_worker.read_waiting(reader, sealer)
        await reader.rollback()
    half = (await bare_api.get(place)).json()
    assert (half["state"], half["loaded"], half["lines_read"]) == ("running", 3000, 3001)
    async with await psycopg.AsyncConnection.connect(as_work) as reader:
        await import_worker.read_waiting(reader, sealer)
    done = (await bare_api.get(place)).json()
    assert (done["state"], done["loaded"], done["already_known"]) == ("done", 6000, 0)


async def test_secrets_are_sealed_and_shown_to_entitled_eyes_only(bare_api: Api) -> None:
    await import_file(bare_api, *cards(2))
    async with bare_api.pool.connection() as connection:
        cursor = await connection.execute("SELECT sim::text, sealed_keys || sealed_codes FROM sim")
        rows = await cursor.fetchall()
        stored = " ".join(text + repr(sealed) for text, sealed in rows)
        token = await access.create_token(
            connection, bare_api.actor, "shop", ["inventory:read", "inventory:write"]
        )
    path = f"/v1/sims/{iccid(1)}"
    shown = await bare_api.get(path)
    assert (shown.json()["algorithm"], shown.json()["has_codes"]) == ("milenage", True)
    codes = await bare_api.get(f"{path}/codes")
    assert codes.json() == {"iccid": iccid(1), "pin1": "0000", "puk1": "12345678"}
    assert codes.headers["Cache-Control"] == "no-store"
    log = await bare_api.get("/v1/audit?action=sim_codes.read")
    entries = [each for each in log.json()["items"] if each["action"] == "sim_codes.read"]
    assert [each["subject_id"] for each in entries] == [iccid(1)]
    for place in (stored, shown.text, log.text, (await bare_api.get("/v1/sims")).text):
        for secret in (KI, OPC, "12345678"):
            assert secret not in place
    without = {"Authorization": f"Bearer {token}"}
    refused = await bare_api.client.get(f"{path}/codes", headers=without)
    assert (refused.status_code, refused.json()["code"]) == (403, "scope_missing")
    missing = await bare_api.get(f"/v1/sims/{iccid(9)}/codes")
    assert (missing.status_code, missing.json()["code"]) == (404, "sim_not_found")


async def test_a_file_under_a_transport_key_needs_it(bare_api: Api) -> None:
    lines = [
        "Transport_key: 7",
        "var_out: ICCID/IMSI/KI/OPC",
        f"{iccid(1)} 219010000000001 {KI} {OPC}",
    ]
    refused = await import_file(bare_api, *lines)
    assert (refused.status_code, refused.json()["code"]) == (409, "transport_key_unknown")
    assert await bare_api.count("sim_import") == 0
    wrong = await bare_api.put("/v1/sims/transport-keys/7", {"key": "1234"})
    assert (wrong.status_code, wrong.json()["field"]) == (422, "key")
    response = await bare_api.put("/v1/sims/transport-keys/7", {"key": KI})
    assert response.status_code == 200, response.text
    assert (await import_file(bare_api, *lines)).json()["loaded"] == 1
    known = (await bare_api.get("/v1/sims/transport-keys")).json()
    assert known == [{"name": "7", "algorithm": "aes"}]


async def test_states_and_ranges(bare_api: Api) -> None:
    await import_file(bare_api, *cards(10))
    path = f"/v1/sims/{iccid(1)}"
    first = await bare_api.get(path)
    lost = await bare_api.patch(
        path, {"state": "lost"}, headers={"If-Match": first.headers["ETag"]}
    )
    assert lost.json()["state"] == "lost"
    stale = await bare_api.patch(path, {"state": "disposed"}, headers={"If-Match": '"1"'})
    assert stale.status_code == 412
    refused = await bare_api.patch(path, {"state": "reserved"})
    assert (refused.status_code, refused.json()["code"]) == (409, "sim_state_conflict")
    body = {"first": iccid(1), "last": iccid(5), "allocated_to": "shop-1", "state": "reserved"}
    ranged = await bare_api.post("/v1/sims/ranges", body)
    assert ranged.json() == {"cards": 5, "changed": 4}
    shop = (await bare_api.get("/v1/sims?allocated_to=shop-1")).json()["items"]
    assert [each["iccid"] for each in shop] == [iccid(i) for i in range(2, 6)]
    for narrowed, found in (
        (f"iccid={iccid(7)[:-1]}", [7]),
        (f"iccid={iccid(7)[:-3]}", range(1, 11)),
        (f"first={iccid(3)}&last={iccid(4)}", [3, 4]),
        (f"first={iccid(9)}&iccid={iccid(1)[:-3]}", [9, 10]),
        (f"last={iccid(3)}&state=lost", [1]),
        ("iccid=8938511", []),
    ):
        cards_there = (await bare_api.get(f"/v1/sims?{narrowed}")).json()["items"]
        assert [each["iccid"] for each in cards_there] == [iccid(i) for i in found], narrowed
    for wrong in ({"first": iccid(5), "last": iccid(1)}, {"first": "x", "last": "y"}):
        response = await bare_api.post("/v1/sims/ranges", {**wrong, "state": "lost"})
        assert (response.status_code, response.json()["code"]) == (422, "sim_range_invalid")
    removal = [
        "iccid,imsi,action",
        f"{iccid(9)},219010000000009,-",
        f"{iccid(2)},219010000000002,-",
    ]
    removed = (await import_file(bare_api, *removal)).json()
    assert (removed["removed"], removed["rejected_lines"][0]["code"]) == (1, "sim_not_removable")


async def test_numbers_are_added_once(bare_api: Api) -> None:
    body = {"first": "385910000001", "last": "385910000003"}
    assert (await bare_api.post("/v1/numbers", body)).json() == {"added": 3}
    body = {"first": "385910000002", "last": "385910000004"}
    assert (await bare_api.post("/v1/numbers", body)).json() == {"added": 1}
    for body, code in (
        ({"first": "+385910000001"}, "msisdn_invalid"),
        ({"first": "385910000009", "last": "385910000001"}, "number_range_invalid"),
        ({"first": "385910000000", "last": "385919999999"}, "number_range_invalid"),
    ):
        response = await bare_api.post("/v1/numbers", body)
        assert (response.status_code, response.json()["code"]) == (422, code)


async def test_pages_show_everything_once(api: Api) -> None:
    seen: list[str] = []
    cursor = ""
    for _ in range(10):
        page = (await api.get(f"/v1/numbers?limit=3{cursor}")).json()
        seen += [number["msisdn"] for number in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert seen == [f"3859100000{i:02d}" for i in range(1, 11)]
    for path in ("/v1/numbers?cursor=nonsense", "/v1/lines?cursor=NQ"):
        response = await api.get(path)
        assert (response.status_code, response.json()["code"]) == (422, "cursor_invalid"), path
    response = await api.get("/v1/numbers?limit=0")
    assert (response.status_code, response.json()["field"]) == (400, "limit")
