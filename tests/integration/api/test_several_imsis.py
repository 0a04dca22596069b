"""Cards with several IMSIs: one card, one line, each IMSI with keys of its own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
from tests.integration.api.conftest import Api, iccid
from tests.integration.api.test_inventory import import_file
from tests.integration.api.test_osmo_hlr import IN_SERVICE, deliver, service
from tests.integration.api.test_templates import Carrier
from tests.integration.api.test_usage_files import send
from tests.support.osmo_hlr import VTY_PORT, OsmoHlr, needs_osmo_hlr

from openmvno.provisioning.configurations import configuration
from openmvno.provisioning.delivery import Worker
from openmvno.provisioning.sealing import Sealer

HOME, ABROAD, THIRD = "219010000007701", "232990000007701", "262420000007701"
KEYS = tuple(f"{number:032x}" for number in range(0x11, 0x15))
HEADER = "iccid,imsi,ki,opc,imsi2,ki2,opc2,IMSI_3"
CARD, OTHER = iccid(7701), iccid(7702)
LINE = f"{CARD},{HOME},{KEYS[0]},{KEYS[1]},{ABROAD},{KEYS[2]},{KEYS[3]},{THIRD}"
SECRET = "a secret of the carrier"


async def reasons(api: Api, *lines: str) -> list[tuple[int, str, str]]:
    """What an import rejects, with the message."""
    body = (await import_file(api, HEADER, *lines)).json()
    return [(each["line_number"], each["code"], each["message"]) for each in body["rejected_lines"]]


async def test_a_file_of_them(api: Api) -> None:
    body = (await import_file(api, HEADER, LINE, LINE)).json()
    assert (body["loaded"], body["already_known"], body["rejected"]) == (1, 1, 0), body
    again = (await import_file(api, HEADER, LINE)).json()
    assert (again["loaded"], again["already_known"], again["rejected"]) == (0, 1, 0)
    shown = (await api.get(f"/v1/sims/{CARD}")).json()
    assert (shown["imsi"], shown["algorithm"]) == (HOME, "milenage")
    assert shown["further_imsis"] == [
        {"imsi": ABROAD, "algorithm": "milenage"},
        {"imsi": THIRD, "algorithm": None},
    ]
    for imsi in (HOME, ABROAD, THIRD):
        listed = (await api.get(f"/v1/sims?imsi={imsi}")).json()["items"]
        assert [each["iccid"] for each in listed] == [CARD]
        [hit] = (await api.get(f"/v1/search?q={imsi}")).json()["items"]
        assert (hit["kind"], hit["iccid"], hit["exact"]) == ("sim", CARD, True)
    assert (await api.get("/v1/sims?imsi=999990000000000")).json()["items"] == []
    async with api.pool.connection() as connection:
        cursor = await connection.execute("SELECT sim_imsi::text, sealed_keys FROM sim_imsi")
        for text, sealed in await cursor.fetchall():
            assert KEYS[2] not in text
            assert sealed is None or bytes.fromhex(KEYS[2]) not in sealed


async def test_an_imsi_is_on_one_card_whichever_it_is_there(api: Api) -> None:
    await import_file(api, HEADER, LINE)
    spare, free = "219010000007799", "219010000007788"
    belongs = "imsi: the IMSI {} belongs to another SIM card; accepted: an IMSI that no card has."
    assert await reasons(
        api,
        f"{OTHER},{ABROAD},,,,,,",
        f"{OTHER},{spare},,,{HOME},,,",
        f"{OTHER},{spare},,,{THIRD},,,",
        f"{OTHER},{spare},,,{spare},,,",
        f"{OTHER},{spare},,,2329,,,",
        f"{OTHER},{spare},,,{free},{KEYS[2]},,",
        f"{OTHER},{spare},,,,{KEYS[2]},{KEYS[3]},",
        f"{CARD},{HOME},,,{free},,,",
    ) == [
        (2, "sim_conflict", belongs.format(ABROAD)),
        (3, "sim_conflict", belongs.format(HOME)),
        (4, "sim_conflict", belongs.format(THIRD)),
        (5, "imsi_repeated", f"imsi2: the IMSI {spare} is there twice; accepted: each IMSI once."),
        (6, "imsi_invalid", "imsi2: '2329' is no IMSI; accepted: 15 digits."),
        (
            7,
            "keys_incomplete",
            (
                "algorithm2: it does not go with the keys that are given; accepted: milenage with"
                " OP or OPc, or comp128v1, comp128v2 or comp128v3 without."
            ),
        ),
        (8, "keys_incomplete", "ki2: it is given without an IMSI; accepted: imsi2 beside it."),
        (
            9,
            "sim_conflict",
            f"imsi2: the SIM card {CARD} has other further IMSIs; accepted: those, or none.",
        ),
    ]
    # Of two cards of one file the first has it; a card that names none of them keeps those it has.
    assert await reasons(
        api, f"{OTHER},{spare},,,{free},,,", f"{iccid(7703)},{free},,,,,,", f"{CARD},{HOME},,,,,,"
    ) == [(3, "sim_conflict", belongs.format(free))]
    assert len((await api.get(f"/v1/sims/{CARD}")).json()["further_imsis"]) == 2
    gone = await import_file(api, "iccid,imsi,action", f"{OTHER},{spare},-")
    assert gone.json()["removed"] == 1
    assert await reasons(api, f"{iccid(7703)},{free},,,,,,") == [], "it is free again"


async def test_the_line_has_them_all_until_it_has_another_card(api: Api) -> None:
    await import_file(api, HEADER, LINE)
    line = (await api.sign_up(iccid=CARD))["line"]
    assert (line["imsi"], line["further_imsis"]) == (HOME, [ABROAD, THIRD])
    told = [each for each in api.engine.applied if each["type"] == "open_line"]
    assert [(each["imsi"], each["further_imsis"]) for each in told] == [(HOME, [ABROAD, THIRD])]
    for imsi in (HOME, ABROAD, THIRD):
        [found] = (await api.get(f"/v1/lines?imsi={imsi}")).json()["items"]
        assert found["id"] == line["id"]
    await send(
        api,
        *(
            f"r{place},{imsi},voice,originating,385911111111,2026-06-01T10:00:00Z,60"
            for place, imsi in enumerate((HOME, ABROAD, THIRD))
        ),
    )
    rated = [each["line"] for each in api.engine.applied if each["type"] == "rate_usage"]
    assert rated == [line["id"]] * 3, "usage of each is usage of the line"

    plain = (await api.get("/v1/sims?state=available&limit=1")).json()["items"][0]
    path = f"/v1/lines/{line['id']}/sim-swap"
    swapped = await api.post(path, {"iccid": plain["iccid"], "reason": "lost"})
    assert swapped.status_code == 200, swapped.text
    assert swapped.json()["further_imsis"] == []
    command = api.engine.applied[-1]
    assert (command["type"], command["imsi"], command["further_imsis"]) == (
        "change_line",
        plain["imsi"],
        [],
    )
    assert await identities(api) == sorted([line["msisdn"], plain["imsi"]])
    # Another line of the installation may not have any of them; a card once lost neither.
    async with api.pool.connection() as connection:
        await connection.execute("UPDATE sim SET state = 'available' WHERE iccid = %s", (CARD,))
        await connection.execute("UPDATE subscriber_line SET sim_swapped_at = NULL")
    await api.post(path, {"iccid": CARD, "reason": "other"})
    assert await identities(api) == sorted([line["msisdn"], HOME, ABROAD, THIRD])
    await api.patch(f"/v1/lines/{line['id']}", {"status": "closed"})
    assert await identities(api) == []


async def identities(api: Api) -> Sequence[str]:
    """Those of all live lines."""
    async with api.pool.connection() as connection:
        cursor = await connection.execute("SELECT identity FROM identity_map")
        return sorted(row[0] for row in await cursor.fetchall())


async def test_an_imsi_of_a_line_elsewhere_is_refused(api: Api) -> None:
    await import_file(api, HEADER, LINE)
    first = (await api.sign_up())["line"]
    async with api.pool.connection() as connection:
        await connection.execute(
            "INSERT INTO identity_map (kind, identity, tenant_id, account_id, line_id)"
            " VALUES ('imsi', %s, %s, %s, gen_random_uuid())",
            (THIRD, api.actor.tenant_id, first["account_id"]),
        )
    refused = await api.post(f"/v1/lines/{first['id']}/sim-swap", {"iccid": CARD, "reason": "lost"})
    assert (refused.status_code, refused.json()["field"]) == (409, "iccid")
    assert THIRD in refused.json()["detail"]


async def test_what_the_engine_knows_of_another_line_is_told_as_in_use(api: Api) -> None:
    await import_file(api, HEADER, LINE)
    line = (await api.sign_up())["line"]
    path = f"/v1/lines/{line['id']}"
    api.engine.refuse["change_line"] = "identity_taken"
    refused = await api.post(f"{path}/sim-swap", {"iccid": CARD, "reason": "lost"})
    assert (refused.status_code, refused.json()["code"]) == (409, "identity_in_use")
    assert refused.json()["engine_code"] == "identity_taken"
    del api.engine.refuse["change_line"]
    await api.engine.materialise()
    # Its next change tells the engine all of it anew.
    assert (await api.patch(path, {"own_balance": True})).status_code == 200
    assert api.engine.applied[-1]["further_imsis"] == [ABROAD, THIRD]


def targets(hlr: OsmoHlr) -> dict[str, dict[str, Any]]:
    """A register at home, its command line as another target, and a carrier for IMSIs abroad."""
    vty = configuration("full-vty").with_values({"hlr": f"telnet://{hlr.address}:{VTY_PORT}"})
    requests = [
        {
            "on": ["line.activated", "line.sim_changed"],
            "method": "PUT",
            "path": "/s/{imsi}",
            "body": {"number": "{msisdn}", "k": "{ki}", "place": "{imsi_number}"},
        },
        {"on": ["line.closed"], "method": "DELETE", "path": "/s/{imsi}", "already": [404]},
    ]
    headers = {"Authorization": "Bearer {secret}"}
    return {
        "home": {"kind": "osmo_hlr", "url": hlr.url, "imsi_prefixes": ["21901", "26242"]},
        "vty": {**vty["hlr"], "enabled": False},
        "abroad": {
            "kind": "http",
            "url": "http://carrier.example",
            "secret": SECRET,
            "imsi_prefixes": ["23299"],
            "template": {"headers": headers, "requests": requests},
        },
    }


@needs_osmo_hlr
async def test_each_imsi_goes_to_the_register_it_belongs_to(
    api: Api, sealer: Sealer, tmp_path: Path
) -> None:
    carrier = Carrier()
    await import_file(api, HEADER, LINE)
    with OsmoHlr(tmp_path) as hlr:
        for name, body in targets(hlr).items():
            response = await api.put(f"/v1/provisioning-targets/{name}", body)
            assert response.status_code == 201, response.text
            assert response.json()["imsi_prefixes"] == body.get("imsi_prefixes", [])
        async with httpx.AsyncClient(transport=httpx.MockTransport(carrier)) as client:
            worker = Worker(api.pool, sealer, client)
            line = (await api.sign_up(iccid=CARD))["line"]
            await deliver(api, worker)
            assert hlr.subscriber(ABROAD) is None
            first, third = hlr.subscriber(HOME), hlr.subscriber(THIRD)
            assert first is not None
            assert third is not None
            assert (first["msisdn"], first["aud3g.k"]) == (line["msisdn"], KEYS[0])
            assert "msisdn" not in third, "OsmoHLR gives a number to one subscriber"
            assert service(hlr, THIRD) == IN_SERVICE
            put = ("PUT", f"http://carrier.example/s/{ABROAD}")
            body = {"number": line["msisdn"], "k": KEYS[2], "place": 1}
            assert carrier.requests == [(*put, body)]

            drift = "/v1/provisioning-targets/home/drift"
            assert (await api.get(drift)).json()["differences"] == []
            hlr.ask(f"SET 1 subscriber.delete {THIRD}")
            [missing] = (await api.get(drift)).json()["differences"]
            assert (missing["imsi"], missing["kind"]) == (THIRD, "missing")
            await api.post("/v1/provisioning-targets/home/repairs")
            await deliver(api, worker)
            assert (await api.get(drift)).json()["differences"] == []

            plain = (await api.get("/v1/sims?state=available&limit=1")).json()["items"][0]
            swap = {"iccid": plain["iccid"], "reason": "lost"}
            assert (await api.post(f"/v1/lines/{line['id']}/sim-swap", swap)).status_code == 200
            await deliver(api, worker)
            assert [hlr.subscriber(each) for each in (HOME, THIRD)] == [None, None]
            assert service(hlr, plain["imsi"]) == IN_SERVICE
            assert carrier.requests[1:] == [("DELETE", put[1], None)], "no card of it any more"

            # By its command line, once more with all of them.
            swapped = {**targets(hlr)["vty"], "enabled": True}
            await api.put("/v1/provisioning-targets/vty", swapped)
            another = f"{OTHER},219010000007702,,,262420000007702,{KEYS[2]},{KEYS[3]},"
            await import_file(api, HEADER, another)
            await api.put(
                "/v1/provisioning-targets/home", {**targets(hlr)["home"], "enabled": False}
            )
            other = (await api.sign_up(iccid=OTHER))["line"]
            await deliver(api, worker)
            held = hlr.subscriber("262420000007702")
            assert held is not None
            assert (held["aud3g.k"], "msisdn" in held) == (KEYS[2], False)
            held = hlr.subscriber("219010000007702")
            assert held is not None
            assert held["msisdn"] == other["msisdn"]
            await worker.close()
        pending = (await api.get("/v1/deliveries?state=pending")).json()["items"]
        assert [each["target"] for each in pending] == []
        assert not [each for each in KEYS if each in (await api.get("/v1/deliveries")).text]
