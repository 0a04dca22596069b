"""How often a delivery is tried, and how it is signed."""

from __future__ import annotations

import hashlib
import hmac
import random
from datetime import timedelta
from typing import Final

FIRST_DELAY_SECONDS: Final = 1.0
LONGEST_DELAY_SECONDS: Final = 300.0
MOST_ATTEMPTS: Final = 12
"""Then it is a dead letter: after about 25 minutes of a target that refuses it."""

SILENCE_BORNE: Final = timedelta(days=7)
"""How long a target that does not answer at all is tried: an outage makes no dead letters."""

SURPLUS: Final = "register.surplus"
"""The event of a subscriber a register should not know; for that register alone."""

RESYNCHRONISED: Final = "line.resynchronised"
"""The event that tells a register anew what it should hold of a line; for that register alone."""

SIGNATURE_HEADER: Final = "OpenMVNO-Signature"


def delay_after(attempts: int, silent_since: timedelta | None = None) -> float | None:
    """Seconds until the next attempt after ``attempts`` failed ones; None to give up.

    ``silent_since``: how old the event is, where its target does not answer at all.

    Doubles each time; up to a quarter is random, so that a target coming back is not met by all
    of them at once.
    """
    if attempts >= MOST_ATTEMPTS and (silent_since is None or silent_since > SILENCE_BORNE):
        return None
    doublings = min(attempts, MOST_ATTEMPTS) - 1
    delay: float = min(FIRST_DELAY_SECONDS * 2**doublings, LONGEST_DELAY_SECONDS)
    return delay * random.uniform(0.75, 1.0)  # noqa: S311 -- spreads load, guards nothing


def signature(secret: str, timestamp: int, body: bytes) -> str:
    """The value of ``OpenMVNO-Signature``: HMAC-SHA256 over the time, a dot and the body.

    A receiver computes the same, compares in constant time and refuses old times.
    """
    mark = hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256)
    return f"t={timestamp},v1={mark.hexdigest()}"
