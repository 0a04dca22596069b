"""A started system with an operator whose prices the tests know."""

from __future__ import annotations

import copy
import time
from dataclasses import dataclass
from typing import Any

from openmvno.settings import Settings
from openmvno.story.business import BusinessApi, new_sims
from openmvno.story.stage import Line, line_of
from openmvno.story.tariff import CATALOG as STORY_CATALOG

BASIC = "basic"
VOICE_ONLY = "voice-only"
HOT_LINED = "hot-lined"
"""Data leads to the portal when the credit is used up."""
TOP_UP_PORTAL = "https://topup.example/"
SHORT = "short@example.org"
"""Service-Context-Id of a service whose grants are valid for one second."""


def catalog() -> dict[str, Any]:
    """The story's prices, incoming calls, a default for data, a product without data."""
    document = copy.deepcopy(STORY_CATALOG)
    tables = {table["code"]: table for table in document["rate_tables"]}
    tables["data-standard"]["rates"].append(
        {"default": True, "name": "Other data", "price": "0.01", "per": 1000}
    )
    tables["data-standard"]["rates"].append(
        {"rating_group": 11, "name": "Free", "price": "0.00", "per": 1_000_000}
    )
    document["rate_tables"].append(
        {
            "code": "voice-incoming",
            "service": "voice",
            "direction": "terminating",
            "rates": [{"prefix": "", "name": "Incoming", "price": "0.01", "per": 60}],
        }
    )
    document["services"].append(
        {
            "code": "short",
            "unit": "octet",
            "service_contexts": [SHORT],
            "grant": {"default": 1000, "maximum": 10**9, "validity_time": 1},
        }
    )
    document["rate_tables"].append(
        {
            "code": "short",
            "service": "short",
            "rates": [{"default": True, "name": "Short", "price": "0.10", "per": 1_000_000}],
        }
    )
    document["products"] = [
        {
            "code": BASIC,
            "name": "Basic",
            "rate_tables": [table["code"] for table in document["rate_tables"]],
            "overrun": "absorb",
        },
        {
            "code": VOICE_ONLY,
            "name": "Voice only",
            "rate_tables": ["voice-standard"],
            "overrun": "absorb",
        },
        {
            "code": HOT_LINED,
            "name": "Hot-lined",
            "rate_tables": [table["code"] for table in document["rate_tables"]],
            "overrun": "absorb",
            "final_units": [
                {"service": "data", "action": "redirect", "redirect_to": TOP_UP_PORTAL}
            ],
        },
    ]
    return document


@dataclass(frozen=True)
class System:
    """What runs, and its operator."""

    settings: Settings
    api: BusinessApi
    token: str

    @property
    def diameter_port(self) -> int:
        """Where the Diameter door listens."""
        return self.settings.diameter_port

    def line(self, balance: str = "10.00", product: str = BASIC) -> Line:
        """A new active line with money."""
        return self.line_with(new_sims(1)[0], balance, product)

    def line_with(self, card: tuple[str, str, str], balance: str, product: str = BASIC) -> Line:
        """A new active line with this (MSISDN, IMSI, ICCID)."""
        msisdn, _, iccid = card
        self._stock(card)
        wish: dict[str, Any] = {
            "customer": {"name": "Test"},
            "product": product,
            "msisdn": msisdn,
            "iccid": iccid,
        }
        if balance != "0.00":
            wish["initial_top_up"] = {"amount": balance, "currency": "EUR"}
        signed_up = self.api.post("/v1/sign-ups", wish)
        assert signed_up["status"] == "completed"
        return line_of(signed_up)

    def further_line(self, beside: Line, product: str = BASIC) -> Line:
        """A new active line on the account of another."""
        card = new_sims(1)[0]
        self._stock(card)
        wish = {"product": product, "msisdn": card[0], "iccid": card[2]}
        return line_of({"line": self.api.post(f"/v1/accounts/{beside.account_id}/lines", wish)})

    def _stock(self, card: tuple[str, str, str]) -> None:
        msisdn, imsi, iccid = card
        self.api.upload("/v1/sims/imports", "sims.csv", f"iccid,imsi\n{iccid},{imsi}\n")
        self.api.post("/v1/numbers", {"first": msisdn})

    def money(self, line: Line) -> tuple[str, str]:
        """(balance, reserved), live."""
        body = self.api.get(f"/v1/accounts/{line.account_id}/balance")
        return body["balance"], body["reserved"]

    def cdrs(self, session: str, count: int = 1) -> list[dict[str, Any]]:
        """The CDRs of a session, oldest first, once there are ``count``."""
        found, _ = self.api.wait_for_cdrs(session, count, 5)
        assert len(found) == count, found
        return found[::-1]

    def cdrs_of_line(self, line: Line) -> list[dict[str, Any]]:
        """The CDRs of a line once the tables have them, newest first."""
        time.sleep(1)  # CDRs follow within a second
        found: list[dict[str, Any]] = self.api.get("/v1/cdrs", line=line.line_id)["items"]
        return found
