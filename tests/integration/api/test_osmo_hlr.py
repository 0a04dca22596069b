"""A real OsmoHLR as provisioning target: what it holds is what our books say, whatever happens."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.integration.api.conftest import Api
from tests.integration.api.test_delivery import due_now
from tests.support.osmo_hlr import Listener, OsmoHlr, listening, needs_osmo_hlr

from openmvno import sims
from openmvno.provisioning.delivery import Worker
from openmvno.provisioning.rules import MOST_ATTEMPTS
from openmvno.provisioning.sealing import Sealer

pytestmark = needs_osmo_hlr

KI = "000102030405060708090a0b0c0d0e0f"
OPC = "101112131415161718191a1b1c1d1e1f"
IN_SERVICE = ("1", "1")
BARRED = ("0", "0")


@pytest.fixture
def hlr(tmp_path: Path) -> Iterator[OsmoHlr]:
    with OsmoHlr(tmp_path) as started:
        yield started


@pytest.fixture
async def listener(hlr: OsmoHlr) -> AsyncIterator[Listener]:
    async with listening(hlr) as opened:
        yield opened


@pytest.fixture
async def worker(api: Api, sealer: Sealer, listener: Listener) -> AsyncIterator[Worker]:
    body = {"kind": "osmo_hlr", "url": listener.url}
    response = await api.put("/v1/provisioning-targets/hlr", body)
    assert response.status_code == 201, response.text
    async with httpx.AsyncClient() as client:
        started = Worker(api.pool, sealer, client)
        yield started
        await started.registers.close()


async def deliver(api: Api, worker: Worker) -> None:
    """Let everything that is due arrive."""
    await api.engine.materialise()
    await due_now(api)
    for _ in range(50):
        if not await worker.round():
            return
    raise AssertionError("deliveries never end")


async def give_keys(api: Api, sealer: Sealer, iccid: str, keys: sims.Keys) -> None:
    sealed = sims.seal_keys(sealer, api.actor.tenant_id, iccid, keys)
    async with api.pool.connection() as connection:
        await connection.execute(
            "UPDATE sim SET algorithm = %s, sealed_keys = %s WHERE iccid = %s",
            (keys.algorithm, sealed, iccid),
        )


def service(hlr: OsmoHlr, imsi: str) -> tuple[str, str] | None:
    """(circuit switched, packet switched) of a subscriber."""
    held = hlr.subscriber(imsi)
    return None if held is None else (held["nam_cs"], held["nam_ps"])


async def test_a_line_lives_in_the_register_as_long_as_it_lives(
    api: Api,
    worker: Worker,
    hlr: OsmoHlr,
    sealer: Sealer,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    card = (await api.get("/v1/sims?limit=1")).json()["items"][0]
    await give_keys(api, sealer, card["iccid"], sims.Keys("milenage", KI, OPC))
    line = (await api.sign_up(iccid=card["iccid"]))["line"]
    await deliver(api, worker)
    held = hlr.subscriber(line["imsi"])
    assert held is not None
    assert (held["msisdn"], held["nam_cs"], held["nam_ps"]) == (line["msisdn"], "1", "1")
    assert (held["aud3g.algo"], held["aud3g.k"], held["aud3g.opc"]) == ("MILENAGE", KI, OPC)
    path = f"/v1/lines/{line['id']}"
    for status, expected in (
        ("blocked", BARRED),
        ("active", IN_SERVICE),
        ("suspended", BARRED),
        ("closed", None),
    ):
        assert (await api.patch(path, {"status": status})).status_code == 200
        await deliver(api, worker)
        assert service(hlr, line["imsi"]) == expected, status
    for place in (caplog.text, (await api.get("/v1/deliveries")).text):
        assert KI not in place
        assert OPC not in place


async def test_an_outage_during_three_changes(
    api: Api, worker: Worker, hlr: OsmoHlr, listener: Listener
) -> None:
    line = (await api.sign_up())["line"]
    await deliver(api, worker)
    name = f"subscriber.by-imsi-{line['imsi']}"
    assert listener.changes == [
        f"subscriber.create {line['imsi']}",
        f"{name}.msisdn {line['msisdn']}",
    ]
    listener.changes.clear()
    hlr.stop()
    for status in ("blocked", "active", "suspended"):
        await api.patch(f"/v1/lines/{line['id']}", {"status": status})
        await deliver(api, worker)
    waiting = (await api.get("/v1/deliveries?state=pending")).json()["items"]
    assert [(each["event"], each["attempts"] > 0) for each in reversed(waiting)] == [
        ("line.blocked", True),
        ("line.activated", False),
        ("line.suspended", False),
    ], "the first is tried, the others wait behind it"
    hlr.start()
    await deliver(api, worker)
    assert service(hlr, line["imsi"]) == BARRED
    assert listener.changes == [
        f"{name}.{domain}-enabled {on}" for on in (0, 1, 0) for domain in ("cs", "ps")
    ], "in order, and nothing twice"


async def test_a_delivery_that_is_repeated_changes_nothing(
    api: Api, worker: Worker, hlr: OsmoHlr, listener: Listener
) -> None:
    line = (await api.sign_up())["line"]
    await api.patch(f"/v1/lines/{line['id']}", {"status": "blocked"})
    await deliver(api, worker)
    before, changes = hlr.subscriber(line["imsi"]), list(listener.changes)
    async with api.pool.connection() as connection:
        await connection.execute(
            "UPDATE outbox_delivery SET state = 'pending' WHERE event_id ="
            " (SELECT event_id FROM outbox ORDER BY sequence DESC LIMIT 1)"
        )
    await deliver(api, worker)
    assert hlr.subscriber(line["imsi"]) == before
    assert listener.changes == changes


async def test_a_long_outage_makes_no_dead_letters(api: Api, worker: Worker, hlr: OsmoHlr) -> None:
    hlr.stop()
    line = (await api.sign_up())["line"]
    for _ in range(MOST_ATTEMPTS + 1):
        await deliver(api, worker)
    [waiting] = (await api.get("/v1/deliveries")).json()["items"]
    assert (waiting["state"], waiting["attempts"]) == ("pending", MOST_ATTEMPTS + 1)
    hlr.start()
    await deliver(api, worker)
    assert service(hlr, line["imsi"]) == IN_SERVICE


async def test_what_it_refuses_is_a_dead_letter_that_can_be_replayed(
    api: Api, worker: Worker, hlr: OsmoHlr
) -> None:
    # Somebody else's subscriber has the number: OsmoHLR gives it to one only.
    hlr.ask("SET 1 subscriber.create 262019999999999")
    hlr.ask("SET 1 subscriber.by-imsi-262019999999999.msisdn 385910000001")
    line = (await api.sign_up())["line"]
    for _ in range(MOST_ATTEMPTS):
        await deliver(api, worker)
    [dead] = (await api.get("/v1/deliveries?state=dead")).json()["items"]
    assert "Update MSISDN failed" in dead["last_error"]
    hlr.ask("SET 1 subscriber.by-imsi-262019999999999.msisdn none")
    replayed = await api.post("/v1/provisioning-targets/hlr/replay")
    assert replayed.json() == {"replayed": 1}
    await deliver(api, worker)
    held = hlr.subscriber(line["imsi"])
    assert held is not None
    assert held["msisdn"] == line["msisdn"]


async def differences(api: Api) -> list[dict[str, Any]]:
    response = await api.get("/v1/provisioning-targets/hlr/drift")
    assert response.status_code == 200, response.text
    found: list[dict[str, Any]] = response.json()["differences"]
    return found


async def test_drift_is_found_and_mended(
    api: Api, worker: Worker, hlr: OsmoHlr, sealer: Sealer
) -> None:
    lines = [(await api.sign_up())["line"] for _ in range(4)]
    await deliver(api, worker)
    assert await differences(api) == []
    barred, lost, rekeyed, _ = (line["imsi"] for line in lines)
    hlr.ask(f"SET 1 subscriber.by-imsi-{barred}.cs-enabled 0")
    hlr.ask(f"SET 1 subscriber.delete {lost}")
    await give_keys(api, sealer, lines[2]["iccid"], sims.Keys("milenage", KI, OPC))
    stock = (await api.get("/v1/sims?state=available&limit=1")).json()["items"][0]["imsi"]
    for imsi in (stock, "262019999999999"):
        hlr.ask(f"SET 1 subscriber.create {imsi}")
    found = {each["imsi"]: (each["kind"], each["fields"]) for each in await differences(api)}
    assert found == {
        barred: ("different", ["circuit_switched"]),
        lost: ("missing", []),
        rekeyed: ("different", ["keys"]),
        stock: ("surplus", []),
        "262019999999999": ("foreign", []),
    }
    response = await api.post("/v1/provisioning-targets/hlr/repairs")
    assert response.status_code == 202, response.text
    assert response.json() == {"target": "hlr", "ordered": 4, "waiting": 0, "foreign": 1}
    again = await api.post("/v1/provisioning-targets/hlr/repairs")
    assert again.json() == {"target": "hlr", "ordered": 0, "waiting": 4, "foreign": 1}
    await deliver(api, worker)
    assert [each["kind"] for each in await differences(api)] == ["foreign"]
    assert service(hlr, barred) == service(hlr, lost) == IN_SERVICE
    assert hlr.subscriber(stock) is None
    assert hlr.subscriber("262019999999999") is not None
    assert KI not in (await api.get("/v1/provisioning-targets/hlr/drift")).text


async def test_only_registers_can_be_compared(api: Api, worker: Worker, hlr: OsmoHlr) -> None:
    hlr.stop()
    response = await api.get("/v1/provisioning-targets/hlr/drift")
    assert (response.status_code, response.json()["code"]) == (
        502,
        "provisioning_target_unreachable",
    )
    await api.put(
        "/v1/provisioning-targets/crm", {"url": "http://x/", "secret": "0123456789abcdef"}
    )
    response = await api.get("/v1/provisioning-targets/crm/drift")
    assert (response.status_code, response.json()["code"]) == (
        409,
        "provisioning_target_not_register",
    )
    response = await api.get("/v1/provisioning-targets/none/drift")
    assert (response.status_code, response.json()["code"]) == (404, "provisioning_target_not_found")
    for body, code in (
        ({"kind": "osmo_hlr", "url": "http://x/"}, "provisioning_target_url_invalid"),
        ({"kind": "osmo_hlr", "url": "osmo-hlr://x?vty=0"}, "provisioning_target_url_invalid"),
        ({"kind": "vlr", "url": "http://x/"}, "provisioning_target_kind_unknown"),
        ({"url": "http://x/"}, "provisioning_secret_missing"),
    ):
        response = await api.put("/v1/provisioning-targets/other", body)
        assert (response.status_code, response.json()["code"]) == (422, code)
