"""Targets with a command line: OpenSSH's server and OsmoHLR's VTY (telnet), told by templates."""

from __future__ import annotations

import copy
import logging
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.integration.api.conftest import Api
from tests.integration.api.test_osmo_hlr import BARRED, IN_SERVICE, KI, OPC, give_keys, service
from tests.integration.api.test_osmo_hlr import deliver as deliver_due
from tests.support.osmo_hlr import VTY_PORT, OsmoHlr, needs_osmo_hlr
from tests.support.ssh_server import SshServer, needs_sshd

from openmvno import access, sims
from openmvno.provisioning.configurations import configuration
from openmvno.provisioning.delivery import Worker
from openmvno.provisioning.sealing import Sealer
from openmvno.rest import TENANT_SCOPES

CHANGES = ["line.activated", "line.blocked", "line.suspended", "line.product_changed"]


def template(server: SshServer) -> dict[str, Any]:
    """How the register behind the SSH server is told of lines."""
    return {
        "session": {"prompt": ["HLR> "], "end": "bye", "host_keys": [server.host_key]},
        "values": {
            "plan": {"from": "product", "values": {"basic": "PRE-1"}, "default": "none"},
            "service": {"from": "status", "values": {"active": "on"}, "default": "off"},
        },
        "commands": [
            {
                "on": ["line.activated"],
                "send": "create imsi={imsi} msisdn={msisdn}",
                "expect": ["OK"],
                "already": ["ERR 41"],
            },
            {
                "on": ["line.activated"],
                "when": {"algorithm": ["milenage"]},
                "send": "set imsi={imsi} ki={ki} opc={opc}",
                "expect": ["OK"],
            },
            {
                "on": CHANGES,
                "send": "set imsi={imsi} plan={plan} service={service}",
                "expect": ["OK"],
                "retry": ["ERR 90"],
                "give_up": ["ERR 50"],
            },
            {
                "on": ["line.closed"],
                "send": "drop imsi={imsi}",
                "confirm": [{"wait_for": "(y/n) ", "send": "y"}],
                "expect": ["OK"],
                "already": ["ERR 40"],
            },
        ],
    }


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SshServer]:
    with SshServer(tmp_path) as started:
        yield started


@pytest.fixture
async def worker(api: Api, sealer: Sealer) -> AsyncIterator[Worker]:
    async with httpx.AsyncClient() as client:
        started = Worker(api.pool, sealer, client)
        yield started
        await started.close()


async def put_target(api: Api, server: SshServer, **changes: Any) -> httpx.Response:
    body = {
        "kind": "ssh",
        "url": server.url,
        "secret": server.secret,
        "template": template(server),
        **changes,
    }
    return await api.put("/v1/provisioning-targets/hlr", body)


async def deliver(api: Api, worker: Worker) -> list[dict[str, Any]]:
    """Let what is due arrive; returns what has not."""
    await deliver_due(api, worker)
    items = (await api.get("/v1/deliveries")).json()["items"]
    return [each for each in items if each["state"] != "delivered"]


@needs_sshd
async def test_a_line_lives_behind_ssh_and_no_secret_is_seen(
    api: Api,
    worker: Worker,
    server: SshServer,
    sealer: Sealer,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    assert (await put_target(api, server)).status_code == 201
    card = (await api.get("/v1/sims?limit=1")).json()["items"][0]
    await give_keys(api, sealer, card["iccid"], sims.Keys("milenage", KI, OPC))
    line = (await api.sign_up(iccid=card["iccid"]))["line"]
    imsi = line["imsi"]
    assert await deliver(api, worker) == []
    entry = {"msisdn": line["msisdn"], "ki": KI, "opc": OPC, "plan": "PRE-1", "service": "on"}
    assert server.held == {imsi: entry}
    await api.patch(f"/v1/lines/{line['id']}", {"status": "blocked"})
    assert await deliver(api, worker) == []
    assert server.held == {imsi: {**entry, "service": "off"}}
    server.be_busy()
    await api.patch(f"/v1/lines/{line['id']}", {"status": "active"})
    [busy] = await deliver(api, worker)
    assert busy["last_error"] == (
        "the answer says nothing that is expected: ERR 90 busy, try later"
    )
    assert await deliver(api, worker) == []
    assert server.held == {imsi: entry}
    await api.patch(f"/v1/lines/{line['id']}", {"status": "closed"})
    assert await deliver(api, worker) == []
    assert server.held == {}
    async with api.pool.connection() as connection:
        await connection.execute(
            "UPDATE outbox_delivery SET state = 'pending' WHERE event_id ="
            " (SELECT event_id FROM outbox ORDER BY sequence DESC LIMIT 1)"
        )
    assert await deliver(api, worker) == [], "what is repeated is done already"
    assert server.asked.count("(login)") == 1, "one session for all"
    shown = "".join(
        [
            caplog.text,
            *[(await api.get(f"/v1/{path}")).text for path in ("deliveries", "audit-entries")],
            (await api.get("/v1/provisioning-targets/hlr")).text,
        ]
    )
    middle = server.secret.splitlines()[2]
    assert not [each for each in (KI, OPC, middle) if each in shown]


@needs_sshd
async def test_an_outage_during_three_changes_and_a_server_that_is_another(
    api: Api, worker: Worker, server: SshServer
) -> None:
    await put_target(api, server)
    line = (await api.sign_up())["line"]
    assert await deliver(api, worker) == []
    server.stop()
    before = len(server.asked)
    for status in ("blocked", "active", "suspended"):
        await api.patch(f"/v1/lines/{line['id']}", {"status": status})
        await deliver(api, worker)
    waiting = await deliver(api, worker)
    assert [(each["event"], each["attempts"] > 0) for each in reversed(waiting)] == [
        ("line.blocked", True),
        ("line.activated", False),
        ("line.suspended", False),
    ], "the first is tried, the others wait behind it"
    trusted = server.host_key
    key = server.folder / "host_key"
    kept = key.read_bytes()
    server.new_host_key()
    server.start()
    *_, first = await deliver(api, worker)
    assert "host key is none of the template's" in first["last_error"]
    assert len(server.asked) == before, "nothing is said to a stranger"
    server.stop()
    key.write_bytes(kept)
    server.host_key = trusted
    server.start()
    worker.command_lines._kept.clear()  # not to wait until the next login is tried
    assert await deliver(api, worker) == []
    assert server.held[line["imsi"]]["service"] == "off"
    set_to = f"set imsi={line['imsi']} plan=PRE-1 service="
    assert server.asked[before:] == [
        "(login)",
        f"{set_to}off",
        f"create imsi={line['imsi']} msisdn={line['msisdn']}",
        f"{set_to}on",
        f"{set_to}off",
    ], "in order, and nothing twice"


@needs_sshd
async def test_answers_mean_what_the_template_says(
    api: Api, worker: Worker, server: SshServer
) -> None:
    rules = template(server)
    rules["values"]["plan"]["values"] = {}
    await put_target(api, server, template=rules)
    await api.sign_up()
    [dead] = await deliver(api, worker)
    assert (dead["state"], dead["attempts"]) == ("dead", 1)
    assert dead["last_error"] == "the answer says 'ERR 50': ERR 50 no such plan"
    await put_target(api, server)
    await api.post("/v1/provisioning-targets/hlr/replay")
    assert await deliver(api, worker) == []
    # A value that would be a second command is not sent.
    rules["values"]["plan"] = {"from": "status", "values": {}, "default": "x\ndrop imsi=1"}
    await put_target(api, server, template=rules)
    await api.sign_up()
    [dead] = await deliver(api, worker)
    assert (dead["state"], dead["last_error"]) == ("dead", "{plan} has what a line cannot carry")
    assert not [each for each in server.asked if each.startswith("drop")]
    # Whoever is not let in is told so, and another password is not tried at once.
    await put_target(api, server, secret="not the key")
    await api.sign_up()
    [refused] = [each for each in await deliver(api, worker) if each["state"] == "pending"]
    assert "the login is refused" in refused["last_error"]


@needs_sshd
async def test_every_mistake_is_named_by_its_field(api: Api, server: SshServer) -> None:
    good = template(server)

    def without(*names: str) -> dict[str, Any]:
        document: dict[str, Any] = copy.deepcopy(good)
        part: Any = document
        for name in names[:-1]:
            part = part[int(name) if name.isdigit() else name]
        del part[names[-1]]
        return document

    def having(value: Any, *names: str) -> dict[str, Any]:
        document: dict[str, Any] = copy.deepcopy(good)
        part: Any = document
        for name in names[:-1]:
            part = part[int(name) if name.isdigit() else name]
        part[names[-1]] = value
        return document

    for document, field in (
        (None, "template"),
        (without("session"), "template.session"),
        (without("session", "prompt"), "template.session.prompt"),
        (having([], "session", "prompt"), "template.session.prompt"),
        (having([""], "session", "prompt"), "template.session.prompt[0]"),
        (without("session", "host_keys"), "template.session.host_keys"),
        (having(["ssh-rsa x"], "session", "host_keys"), "template.session.host_keys[0]"),
        (having(60, "session", "answer_seconds"), "template.session.answer_seconds"),
        (having("\t", "session", "line_end"), "template.session.line_end"),
        (having(["a\nb"], "session", "start"), "template.session.start[0]"),
        (having("bye {ki}", "session", "end"), "template.session.end"),
        (
            having([{"wait_for": ": ", "send": "{password}"}], "session", "login"),
            "template.session.login[0].send",
        ),
        (having(1, "session", "retries"), "template.session.retries"),
        (without("commands", "1", "send"), "template.commands[1].send"),
        (having([], "commands", "0", "on"), "template.commands[0].on"),
        (having("set {plna}", "commands", "2", "send"), "template.commands[2].send"),
        (having("a\rb", "commands", "2", "send"), "template.commands[2].send"),
        (having(["imsl"], "commands", "2", "needs"), "template.commands[2].needs"),
        (having({"x": [1]}, "commands", "2", "when"), "template.commands[2].when"),
        (having("OK", "commands", "0", "expect"), "template.commands[0].expect"),
        (
            having([{"wait_for": "?", "send": "{x}"}], "commands", "3", "confirm"),
            "template.commands[3].confirm[0].send",
        ),
    ):
        response = await put_target(api, server, template=document)
        said = response.json()
        assert (response.status_code, said["code"]) == (422, "provisioning_template_invalid"), field
        assert said["field"] == field, said
    for changes, code, field in (
        ({"secret": None}, "provisioning_secret_missing", "secret"),
        ({"secret": "two\nlines"}, "provisioning_secret_invalid", "secret"),
        ({"secret": server.secret[:200]}, "provisioning_secret_invalid", "secret"),
        ({"url": "ssh://127.0.0.1"}, "provisioning_target_url_invalid", "url"),
        ({"url": "ssh://me:secret@127.0.0.1"}, "provisioning_target_url_invalid", "url"),
        ({"url": "telnet://127.0.0.1"}, "provisioning_target_url_invalid", "url"),
    ):
        said = (await put_target(api, server, **changes)).json()
        assert (said["code"], said["field"]) == (code, field), changes
    telnet = {"kind": "telnet", "url": "telnet://127.0.0.1"}
    said = (await put_target(api, server, **telnet)).json()
    assert said["field"] == "template.session.host_keys", "telnet has none"
    asks = having([{"wait_for": "word: ", "send": "{secret}"}], "session", "login")
    del asks["session"]["host_keys"]
    said = (await put_target(api, server, **telnet, template=asks, secret=None)).json()
    assert said["code"] == "provisioning_secret_missing"
    async with api.pool.connection() as connection:
        token = await access.create_token(connection, api.actor, "t", list(TENANT_SCOPES))
    api.token = token
    refused = await put_target(api, server)
    assert (refused.status_code, refused.json()["code"]) == (403, "register_scope_missing")


@needs_osmo_hlr
async def test_osmo_hlr_by_its_vty(
    api: Api,
    worker: Worker,
    sealer: Sealer,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    with OsmoHlr(tmp_path) as hlr:
        address = f"telnet://{hlr.address}:{VTY_PORT}"
        target = configuration("full-vty").with_values({"hlr": address})["hlr"]
        response = await api.put("/v1/provisioning-targets/hlr", target)
        assert response.status_code == 201, response.text
        cards = (await api.get("/v1/sims?state=available&limit=2")).json()["items"]
        await give_keys(api, sealer, cards[0]["iccid"], sims.Keys("milenage", KI, OPC))
        line = (await api.sign_up(iccid=cards[0]["iccid"]))["line"]
        assert await deliver(api, worker) == []
        held = hlr.subscriber(line["imsi"])
        assert held is not None
        assert (held["msisdn"], held["nam_cs"], held["nam_ps"]) == (line["msisdn"], "1", "1")
        assert (held["aud3g.algo"], held["aud3g.k"], held["aud3g.opc"]) == ("MILENAGE", KI, OPC)
        path = f"/v1/lines/{line['id']}"
        await api.patch(path, {"status": "blocked"})
        assert await deliver(api, worker) == []
        assert service(hlr, line["imsi"]) == BARRED

        hlr.stop()
        for status in ("active", "suspended", "active"):
            await api.patch(path, {"status": status})
            await deliver(api, worker)
        assert [each["attempts"] > 0 for each in await deliver(api, worker)] == [False, False, True]
        hlr.start()
        assert await deliver(api, worker) == []
        assert service(hlr, line["imsi"]) == IN_SERVICE

        await give_keys(api, sealer, cards[1]["iccid"], sims.Keys("comp128v3", KI))
        swapped = await api.post(f"{path}/sim-swap", {"iccid": cards[1]["iccid"], "reason": "lost"})
        assert swapped.status_code == 200, swapped.text
        assert await deliver(api, worker) == []
        assert hlr.subscriber(line["imsi"]) is None
        held = hlr.subscriber(cards[1]["imsi"])
        assert held is not None
        assert (held["msisdn"], held["aud2g.algo"]) == (line["msisdn"], "COMP128v3")

        # Somebody else's subscriber has the number: OsmoHLR gives it to one only.
        hlr.ask("SET 1 subscriber.create 262019999999999")
        hlr.ask("SET 1 subscriber.by-imsi-262019999999999.msisdn 385910000002")
        other = (await api.sign_up())["line"]
        assert other["msisdn"] == "385910000002"
        [refused] = await deliver(api, worker)
        assert "cannot update MSISDN" in refused["last_error"]
        hlr.ask("SET 1 subscriber.by-imsi-262019999999999.msisdn none")
        assert await deliver(api, worker) == []
        await api.patch(path, {"status": "closed"})
        assert await deliver(api, worker) == []
        assert hlr.subscriber(cards[1]["imsi"]) is None
        for place in (caplog.text, (await api.get("/v1/deliveries")).text):
            assert KI not in place
            assert OPC not in place
