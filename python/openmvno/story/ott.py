"""OTT: a soft switch that is told of lines by signed webhooks."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

from openmvno.provisioning.configurations import configuration
from openmvno.story.networks import WAIT_SECONDS, Card, plain_card_file
from openmvno.story.recording import recording_register
from openmvno.story.report import Step


class OttNetwork:
    """The switch listens on a free port of 127.0.0.1."""

    configuration = "ott"

    def __init__(self) -> None:
        self._open = ExitStack()
        self._switch = self._open.enter_context(recording_register())

    def targets(self) -> dict[str, dict[str, Any]]:
        """The switch."""
        values = {"switch": self._switch.url, "secret": self._switch.secret}
        return configuration("ott").with_values(values)

    def card_file(self, cards: list[Card]) -> str:
        """Cards of the access networks."""
        return plain_card_file(cards)

    def expect_line(self, step: Step, card: Card, *, is_served: bool) -> None:
        """The last event about the line says so."""
        msisdn, imsi, _ = card
        status = "active" if is_served else "blocked"
        recorded = self._switch.wait_for(imsi, status, WAIT_SECONDS)
        if recorded is None:
            step.failed(f"nothing of the kind about IMSI {imsi} arrived within {WAIT_SECONDS} s")
            return
        expected = "line.activated" if is_served else "line.blocked"
        step.expect("event at the soft switch", recorded.event["event"], expected)
        entry = f"IMSI {recorded.event['imsi']} = MSISDN {recorded.event['msisdn']}"
        step.expect("its entry", entry, f"IMSI {imsi} = MSISDN {msisdn}")
        step.expect("signature (HMAC-SHA256) is ours", recorded.is_signed, True)

    def close(self) -> None:
        """Stop listening."""
        self._open.close()
