"""Steps 1 to 4: from the catalogue to a phone that may register."""

from __future__ import annotations

from typing import Final

from openmvno.story.report import Step
from openmvno.story.stage import Stage, line_of
from openmvno.story.tariff import CATALOG, PRODUCT

TARGET: Final = "story-hlr"


def prepare(stage: Stage, step: Step) -> None:
    """1: products and services are configured, SIM cards imported."""
    version = stage.api.post("/v1/catalog/versions?publish=true", CATALOG)
    step.expect("catalogue version in force", version["state"], "published")
    lines = ["iccid,imsi"] + [f"{iccid},{imsi}" for _, imsi, iccid in stage.cards]
    imported = stage.api.upload("/v1/sims/imports", "sims.csv", "\n".join([*lines, "12,34", ""]))
    step.expect("SIM cards loaded", imported["loaded"], len(stage.cards))
    step.expect("bad lines of the SIM file reported", imported["rejected"], 1)
    first, last = stage.cards[0][0], stage.cards[-1][0]
    added = stage.api.post("/v1/numbers", {"first": first, "last": last})
    step.expect("numbers added to the pool", added["added"], len(stage.cards))
    register = stage.register
    stage.api.put(
        f"/v1/provisioning-targets/{TARGET}", {"url": register.url, "secret": register.secret}
    )
    step.saw("home location register registered", register.url)


def sign_up(stage: Stage, step: Step) -> None:
    """2: a customer signs up."""
    body = stage.sign_up(stage.cards[0], PRODUCT, "10.00")
    stage.line = line_of(body)
    line = body["line"]
    step.expect("sign-up", body["status"], "completed")
    step.expect("MSISDN of the line", line["msisdn"], stage.cards[0][0])
    step.expect("IMSI of its SIM card", line["imsi"], stage.cards[0][1])
    step.expect("status of the line", line["status"], "active")
    step.expect("balance after the first top-up", body["top_up"]["balance"], "10.00")


def provision(stage: Stage, step: Step) -> None:
    """3: the home location register hears of the line."""
    line = stage.the_line()
    imsi = line.subscriber.imsi or ""
    recorded = stage.register.wait_for(imsi, 15)
    if recorded is None:
        step.failed(f"nothing about IMSI {imsi} arrived at the register within 15 s")
        return
    step.expect("event at the register", recorded.event["event"], "line.activated")
    entry = f"IMSI {recorded.event['imsi']} = MSISDN {recorded.event['msisdn']}"
    expected = f"IMSI {imsi} = MSISDN {line.subscriber.msisdn}"
    step.expect("its entry", entry, expected)
    step.expect("signature (HMAC-SHA256) is ours", recorded.is_signed, True)


def register_phone(_: Stage, step: Step) -> None:
    """4: the phone registers."""
    step.saw("between the phone, the network and its register; charging has no part in it")
