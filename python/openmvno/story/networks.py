"""The three kinds of MVNO, and what the network of each has to be told of a line."""

from __future__ import annotations

from typing import Any, Final, Protocol

from openmvno.story.report import Step

WAIT_SECONDS: Final = 15.0

Card = tuple[str, str, str]
"""(MSISDN, IMSI, ICCID)."""


class Network(Protocol):
    """The systems around us in one configuration."""

    configuration: str
    """full, thin or ott."""

    def targets(self) -> dict[str, dict[str, Any]]:
        """Its provisioning targets, as the API takes them."""

    def card_file(self, cards: list[Card]) -> str:
        """The file of SIM cards, without its end of line."""

    def expect_line(self, step: Step, card: Card, *, is_served: bool) -> None:
        """Wait until the network knows of a line what it should."""

    def close(self) -> None:
        """Take it away."""


def plain_card_file(cards: list[Card]) -> str:
    """Cards whose keys another has."""
    return "\n".join(["iccid,imsi"] + [f"{iccid},{imsi}" for _, imsi, iccid in cards])
