"""PyHSS as provisioning target, held against what its REST documents say."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from tests.integration.api.conftest import Api
from tests.integration.api.test_osmo_hlr import KI, OPC, deliver, give_keys
from tests.support.pyhss import KEY, PyHssContract

from openmvno import sims
from openmvno.provisioning.adapters.pyhss import PyHss
from openmvno.provisioning.delivery import Worker
from openmvno.provisioning.register import Entry
from openmvno.provisioning.sealing import Sealer

URL = "http://hss.example:8080?apn=3&dl=200&ul=20"


@pytest.fixture
def hss() -> PyHssContract:
    return PyHssContract()


@pytest.fixture
async def worker(api: Api, sealer: Sealer, hss: PyHssContract) -> AsyncIterator[Worker]:
    body = {"kind": "pyhss", "url": URL, "secret": KEY}
    response = await api.put("/v1/provisioning-targets/hss", body)
    assert response.status_code == 201, response.text
    async with httpx.AsyncClient(transport=httpx.MockTransport(hss)) as client:
        yield Worker(api.pool, sealer, client)


async def test_a_line_lives_in_the_hss_as_long_as_it_lives(
    api: Api, worker: Worker, hss: PyHssContract, sealer: Sealer
) -> None:
    card = (await api.get("/v1/sims?limit=1")).json()["items"][0]
    await give_keys(api, sealer, card["iccid"], sims.Keys("milenage", KI, OPC))
    line = (await api.sign_up(iccid=card["iccid"]))["line"]
    await deliver(api, worker)
    [auc] = hss.objects["auc"].values()
    assert (auc["ki"], auc["opc"], auc["imsi"]) == (KI, OPC, line["imsi"])
    held = hss.subscriber(line["imsi"])
    assert held is not None
    assert held["auc_id"] == auc["auc_id"]
    assert (held["msisdn"], held["enabled"]) == (line["msisdn"], True)
    assert (held["default_apn"], held["ue_ambr_dl"]) == (3, 200_000_000)
    held |= {"serving_mme": "mme.example", "serving_mme_realm": "example"}
    path = f"/v1/lines/{line['id']}"
    await api.patch(path, {"status": "blocked"})
    await deliver(api, worker)
    assert not held["enabled"]
    assert hss.cancelled == [line["imsi"]], "the network is told to let go at once"
    changes = list(hss.changes)
    async with api.pool.connection() as connection:
        await connection.execute("UPDATE outbox_delivery SET state = 'pending' WHERE sequence = 2")
    await deliver(api, worker)
    assert hss.changes == changes, "a delivery that is repeated changes nothing"
    await api.patch(path, {"status": "active"})
    await deliver(api, worker)
    assert held["enabled"]
    await api.post(f"{path}/number", {"msisdn": "385910000009"})
    await deliver(api, worker)
    assert held["msisdn"] == "385910000009"
    await api.patch(path, {"status": "closed"})
    await deliver(api, worker)
    assert hss.objects == {"auc": {}, "subscriber": {}}


async def test_without_keys_it_is_said_what_is_missing(
    api: Api, worker: Worker, hss: PyHssContract
) -> None:
    await api.sign_up()
    await deliver(api, worker)
    [waiting] = (await api.get("/v1/deliveries")).json()["items"]
    assert "no Milenage keys" in waiting["last_error"]
    assert hss.changes == []


async def test_what_it_holds_is_listed_page_by_page(hss: PyHssContract) -> None:
    async with httpx.AsyncClient(transport=httpx.MockTransport(hss)) as client:
        register = PyHss(client, URL, KEY)
        for number in range(405):
            imsi = f"21901{number:010d}"
            await register.put(Entry(imsi, None, True, True, sims.Keys("milenage", KI, OPC)))
        listed = await register.subscribers()
    assert len(listed) == 405
