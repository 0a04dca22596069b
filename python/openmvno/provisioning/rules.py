"""How often a delivery is tried, and how it is signed."""

from __future__ import annotations

import hashlib
import hmac
import random
from typing import Final

FIRST_DELAY_SECONDS: Final = 1.0
LONGEST_DELAY_SECONDS: Final = 300.0
MOST_ATTEMPTS: Final = 12
"""Then it is a dead letter: after about 25 minutes of a target that does not answer."""

SIGNATURE_HEADER: Final = "OpenMVNO-Signature"


def delay_after(attempts: int) -> float | None:
    """Seconds until the next attempt after ``attempts`` failed ones; None to give up.

    Doubles each time; up to a quarter is random, so that a target coming back is not met by all
    of them at once.
    """
    if attempts >= MOST_ATTEMPTS:
        return None
    delay: float = min(FIRST_DELAY_SECONDS * 2 ** (attempts - 1), LONGEST_DELAY_SECONDS)
    return delay * random.uniform(0.75, 1.0)  # noqa: S311 -- spreads load, guards nothing


def signature(secret: str, timestamp: int, body: bytes) -> str:
    """The value of ``OpenMVNO-Signature``: HMAC-SHA256 over the time, a dot and the body.

    A receiver computes the same, compares in constant time and refuses old times.
    """
    mark = hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256)
    return f"t={timestamp},v1={mark.hexdigest()}"
