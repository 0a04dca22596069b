"""eSIM: profiles ordered by ES2+, activation codes and their pictures."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.integration.api.conftest import Api, iccid
from tests.support.smdp import Smdp, running_smdp

CODE = f"LPA:1$smdp.example.com$MATCH-{iccid(1)[-4:]}"


@pytest.fixture
def smdp() -> Iterator[Smdp]:
    with running_smdp() as running:
        yield running


@pytest.fixture
async def esims(bare_api: Api, smdp: Smdp) -> Api:
    """A tenant with two eSIMs without profiles, and an SM-DP+."""
    lines = [f"{iccid(i)},21901{i:010d},0000" for i in (1, 2)]
    response = await bare_api.post(
        "/v1/sims/imports?form=esim",
        content="\n".join(["iccid,imsi,pin1", *lines]),
        headers={"Content-Type": "text/csv"},
    )
    assert response.json()["loaded"] == 2
    target = {"kind": "es2plus", "url": smdp.url}
    assert (await bare_api.put("/v1/provisioning-targets/smdp", target)).status_code == 201
    return bare_api


async def test_a_profile_is_ordered_once_and_loaded_by_its_code(esims: Api, smdp: Smdp) -> None:
    path = f"/v1/sims/{iccid(1)}"
    none = await esims.get(f"{path}/activation-code")
    assert (none.status_code, none.json()["code"]) == (404, "activation_code_unknown")
    ordered = await esims.post(f"{path}/profile", {"profile_type": "standard"})
    assert (ordered.status_code, ordered.json()["smdp"]) == (200, "smdp.example.com"), ordered.text
    assert "MATCH" not in ordered.text
    assert smdp.profiles[iccid(1)]["type"] == "standard"
    assert (await esims.post(f"{path}/profile", {})).json() == ordered.json()
    assert smdp.calls == ["downloadOrder", "confirmOrder"]
    shown = await esims.get(f"{path}/activation-code")
    assert shown.json() == {"iccid": iccid(1), "activation_code": CODE}
    codes = (await esims.get(f"{path}/codes")).json()
    assert (codes["pin1"], codes["matching_id"]) == ("0000", CODE.rsplit("$", 1)[1])


async def test_the_picture_says_the_same(esims: Api) -> None:
    path = f"/v1/sims/{iccid(1)}"
    await esims.post(f"{path}/profile", {})
    svg = await esims.get(f"{path}/activation-code?format=svg")
    assert svg.headers["Content-Type"].startswith("image/svg+xml")
    assert b"<svg" in svg.content
    png = await esims.get(f"{path}/activation-code?format=png")
    assert (png.headers["Content-Type"], png.content[:8]) == ("image/png", b"\x89PNG\r\n\x1a\n")
    assert png.headers["Cache-Control"] == "no-store"
    read = [
        each["subject_id"]
        for each in (await esims.get("/v1/audit")).json()["items"]
        if each["action"] == "sim_codes.read"
    ]
    assert read == [iccid(1)] * 2


async def test_a_refusal_is_told_and_changes_nothing(esims: Api, smdp: Smdp, api: Api) -> None:
    path = f"/v1/sims/{iccid(2)}"
    smdp.refuses = True
    refused = await esims.post(f"{path}/profile", {})
    assert (refused.status_code, refused.json()["code"]) == (502, "profile_order_refused")
    assert "8.2.1 3.9 unknown ICCID" in refused.json()["detail"]
    assert (await esims.get(path)).json()["smdp"] is None
    physical = await api.post(f"/v1/sims/{iccid(3)}/profile", {})
    assert (physical.status_code, physical.json()["code"]) == (409, "sim_state_conflict")
