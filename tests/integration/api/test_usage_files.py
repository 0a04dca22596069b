"""Usage files: each line's fate, once per file and record."""

from __future__ import annotations

import httpx
from tests.integration.api.conftest import Api

HEADER = "record_id,imsi,service,direction,destination,started_at,duration"
CSV = {"Content-Type": "text/csv"}


def line(record_id: str, imsi: str, duration: str = "125", service: str = "roaming-voice") -> str:
    return f"{record_id},{imsi},{service},originating,4930123,2026-05-01T10:00:00Z,{duration}"


async def send(api: Api, *lines: str, name: str = "june.csv") -> httpx.Response:
    content = "\n".join([HEADER, *lines])
    return await api.post(f"/v1/usage-files?name={name}", content=content, headers=CSV)


async def test_each_line_has_its_fate(api: Api) -> None:
    imsi = (await api.sign_up())["line"]["imsi"]
    sent = await send(
        api,
        line("R-1", imsi),
        line("R-2", imsi, "12a"),
        line("R-3", "219019999999999"),
        line("R-1", imsi),
        line("R-1", imsi, "126"),
        line("R-6", imsi, "60"),
    )
    assert sent.status_code == 201, sent.text
    body = sent.json()
    assert (body["accepted"], body["duplicates"], body["rejected"]) == (2, 1, 3)
    assert body["file_name"] == "june.csv"
    usages = [c["usage"] for c in api.engine.applied if c["type"] == "rate_usage"]
    assert usages == [125, 60]
    records = (await api.get(f"/v1/usage-files/{body['id']}/records")).json()["items"]
    assert [(record["line_number"], record["fate"], record["code"]) for record in records] == [
        (2, "pending", None),
        (3, "rejected", "usage_invalid"),
        (4, "rejected", "line_not_found"),
        (5, "duplicate", "record_duplicate"),
        (6, "rejected", "record_id_conflict"),
        (7, "pending", None),
    ]
    assert (await api.get(f"/v1/usage-files/{body['id']}")).json()["status"] == "processing"
    await api.engine.materialise()
    file = (await api.get(f"/v1/usage-files/{body['id']}")).json()
    assert (file["status"], file["rated"], file["refused"]) == ("processed", 2, 0)
    assert [each["id"] for each in (await api.get("/v1/usage-files")).json()["items"]] == [
        body["id"]
    ]


async def test_the_engine_hears_where_it_was_used(api: Api) -> None:
    imsi = (await api.sign_up())["line"]["imsi"]
    sent = await api.post(
        "/v1/usage-files?name=there.csv",
        content="\n".join(
            [
                f"{HEADER},plmn,apn",
                f"{line('R-1', imsi)},310260,internet",
                f"{line('R-2', imsi).replace('4930123', '+4930123')},,",
            ]
        ),
        headers=CSV,
    )
    assert sent.status_code == 201, sent.text
    names = ("plmn", "msc", "apn", "rating_group", "destination")
    heard = [
        [command[name] for name in names]
        for command in api.engine.applied
        if command["type"] == "rate_usage"
    ]
    assert heard == [
        ["310260", None, "internet", None, "4930123"],
        [None, None, None, None, "+4930123"],
    ]


async def test_a_file_and_a_record_are_rated_once(api: Api) -> None:
    imsi = (await api.sign_up())["line"]["imsi"]
    first = (await send(api, line("R-1", imsi))).json()
    again = await send(api, line("R-1", imsi), name="other-name.csv")
    assert (again.status_code, again.json()["code"]) == (409, "usage_file_duplicate")
    assert again.json()["file_id"] == first["id"]
    overlapping = (await send(api, line("R-0", imsi), line("R-1", imsi))).json()
    assert (overlapping["accepted"], overlapping["duplicates"]) == (1, 1)
    rated = [c["content_key"] for c in api.engine.applied if c["type"] == "rate_usage"]
    assert len(rated) == len(set(rated)) == 2


async def test_a_file_that_is_none_is_not_kept(api: Api) -> None:
    response = await api.post("/v1/usage-files", content="a,b\n1,2\n", headers=CSV)
    assert (response.status_code, response.json()["code"]) == (422, "usage_file_invalid")
    assert await api.count("usage_file") == 0


async def test_a_form_sent_twice_with_one_key(api: Api) -> None:
    imsi = (await api.sign_up())["line"]["imsi"]
    files = {"file": ("june.csv", f"{HEADER}\n{line('R-1', imsi)}\n")}
    first = await api.request("POST", "/v1/usage-files", key="f-1", files=files)
    second = await api.request("POST", "/v1/usage-files", key="f-1", files=files)
    assert first.status_code == second.status_code == 201
    assert first.json() == second.json()
    assert await api.count("usage_record") == 1
