"""What the steps share: the API, the gateway, the network, and who the subscribers are."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from openmvno.story.business import BusinessApi, new_sims
from openmvno.story.messages import Subscriber
from openmvno.story.network import Gateway
from openmvno.story.networks import Network
from openmvno.story.report import Step


@dataclass(frozen=True)
class Line:
    """A line that a sign-up made."""

    subscriber: Subscriber
    account_id: str
    line_id: str


@dataclass
class Stage:
    """The scene; ``line`` is the subscriber the story follows."""

    api: BusinessApi
    gateway: Gateway
    network: Network
    cards: list[tuple[str, str, str]] = field(default_factory=lambda: new_sims(2))
    line: Line | None = None
    call: str = ""
    """Session-Id of the call of steps 5 to 7."""

    def the_line(self) -> Line:
        """The subscriber the story follows.

        Raises:
            LookupError: sign-up, an earlier step, made none.
        """
        if self.line is None:
            raise LookupError("there is no line: sign-up failed")
        return self.line

    def sign_up(self, card: tuple[str, str, str], product: str, amount: str) -> dict[str, Any]:
        """Sign a customer up with a line, a number, a SIM card and first money."""
        msisdn, _, iccid = card
        body: dict[str, Any] = self.api.post(
            "/v1/sign-ups",
            {
                "customer": {"name": "Ana Horvat"},
                "product": product,
                "msisdn": msisdn,
                "iccid": iccid,
                "initial_top_up": {"amount": amount, "currency": "EUR"},
            },
        )
        return body

    def expect_money(self, step: Step, when: str, line: Line, balance: str, reserved: str) -> None:
        """The account's live balance and what is locked of it, through the API."""
        seen = self.api.get(f"/v1/accounts/{line.account_id}/balance")
        step.expect(
            f"{when}: balance, reserved",
            f"{seen['balance']}, {seen['reserved']} EUR",
            f"{balance}, {reserved} EUR",
        )


def line_of(sign_up: dict[str, Any]) -> Line:
    """The line of a sign-up's answer."""
    line = sign_up["line"]
    return Line(Subscriber(line["msisdn"], line["imsi"]), line["account_id"], line["id"])
