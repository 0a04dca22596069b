"""Steps 1 to 4: from the catalogue to a phone that may register."""

from __future__ import annotations

from typing import Final

from openmvno.story.calling import request_call
from openmvno.story.report import Step
from openmvno.story.stage import Stage, line_of
from openmvno.story.tariff import CATALOG, PRODUCT

TARGET: Final = "story"
END_USER_SERVICE_DENIED: Final = 4010  # RFC 8506 section 9.1


def prepare(stage: Stage, step: Step) -> None:
    """1: products and services are configured, SIM cards imported."""
    version = stage.api.post("/v1/catalog/versions?publish=true", CATALOG)
    step.expect("catalogue version in force", version["state"], "published")
    file = f"{stage.network.card_file(stage.cards)}\n12,34\n"
    imported = stage.api.upload("/v1/sims/imports", "sims.csv", file)
    step.expect("SIM cards loaded", imported["loaded"], len(stage.cards))
    step.expect("bad lines of the SIM file reported", imported["rejected"], 1)
    first, last = stage.cards[0][0], stage.cards[-1][0]
    added = stage.api.post("/v1/numbers", {"first": first, "last": last})
    step.expect("numbers added to the pool", added["added"], len(stage.cards))
    for name, target in stage.network.targets().items():
        stage.api.put(f"/v1/provisioning-targets/{TARGET}-{name}", target)
        step.saw(f"an {stage.network.configuration} MVNO's {name}", target["url"])


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
    """3: the network hears of the line; blocked, the line loses service, there and in charging."""
    line, card = stage.the_line(), stage.cards[0]
    path = f"/v1/lines/{line.line_id}"
    stage.network.expect_line(step, card, is_served=True)
    stage.api.patch(path, {"status": "blocked"})
    answer = request_call(stage, line)
    step.expect("a call of the blocked line", answer.result_code, END_USER_SERVICE_DENIED)
    stage.network.expect_line(step, card, is_served=False)
    stage.api.patch(path, {"status": "active"})
    stage.network.expect_line(step, card, is_served=True)


def register_phone(_: Stage, step: Step) -> None:
    """4: the phone registers."""
    step.saw("between the phone, the network and its register; charging has no part in it")
