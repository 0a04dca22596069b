"""Numbers and SIM cards."""

from __future__ import annotations

from typing import Any

import httpx
from tests.integration.api.conftest import Api, iccid

CSV = {"Content-Type": "text/csv"}


async def import_file(api: Api, *lines: str, **arguments: Any) -> httpx.Response:
    return await api.post("/v1/sim-imports", content="\n".join(lines), headers=CSV, **arguments)


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
        "/v1/sim-imports",
        files={"file": ("cards.csv", f"iccid,imsi\n{iccid(1)},219010000000001\n")},
    )
    assert (form.status_code, form.json()["file_name"]) == (201, "cards.csv")


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
        assert (response.status_code, response.json()["code"]) == (400, "cursor_invalid"), path
    response = await api.get("/v1/numbers?limit=0")
    assert (response.status_code, response.json()["field"]) == (400, "limit")
