"""The second factor: time-based codes (RFC 6238) by pyotp, and recovery codes to write down."""

from __future__ import annotations

import hmac
import time
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import pyotp
from psycopg import AsyncConnection

from openmvno import audit
from openmvno.access import store
from openmvno.access.errors import TotpCodeWrong, TotpConfirmed, TotpNotBegun
from openmvno.access.model import Credentials, User
from openmvno.access.secrets import digest, new_recovery_codes
from openmvno.actor import Actor
from openmvno.provisioning import Sealer

PERIOD_SECONDS: Final = 30
STEPS_ASIDE: Final = 1
"""How many periods a clock may be off (RFC 6238 section 5.2)."""

SEALED_NAME: Final = "user totp "


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What an authenticator app needs, shown once."""

    secret: str
    address: str


def step_of(secret: str, code: str, after: int) -> int | None:
    """The time step whose code this is, if it is later than ``after``: a code is good once."""
    now = int(time.time()) // PERIOD_SECONDS
    totp = pyotp.TOTP(secret, interval=PERIOD_SECONDS)
    found = None
    for step in range(now - STEPS_ASIDE, now + STEPS_ASIDE + 1):
        right = hmac.compare_digest(totp.generate_otp(step).encode(), code.encode())
        if right and step > after:
            found = step
    return found


async def begin(
    connection: AsyncConnection[Any], actor: Actor, user: User, sealer: Sealer, issuer: str
) -> Enrolment:
    """A new secret, good once a code of it was given.

    Raises:
        TotpConfirmed: the user has a second factor.
    """
    if user.has_second_factor:
        raise TotpConfirmed(field=None)
    secret = pyotp.random_base32()
    sealed = sealer.seal(actor.tenant_id, SEALED_NAME + str(user.user_id), secret)
    await store.set_totp(
        connection, actor.tenant_id, user.user_id, sealed=sealed, step=None, recovery=[]
    )
    address = pyotp.TOTP(secret, name=user.login, issuer=issuer).provisioning_uri()
    return Enrolment(secret, address)


async def confirm(
    connection: AsyncConnection[Any], actor: Actor, user: User, code: str, sealer: Sealer
) -> list[str]:
    """Put the second factor in force; returns the recovery codes, which are shown once.

    Raises:
        TotpNotBegun, TotpConfirmed, TotpCodeWrong.
    """
    if user.has_second_factor:
        raise TotpConfirmed(field=None)
    held = await store.credentials(connection, actor.tenant_id, user.login)
    if held is None or held.sealed_totp is None:
        raise TotpNotBegun(field=None)
    secret = _opened(sealer, actor.tenant_id, held)
    step = step_of(secret, code, held.totp_step)
    if step is None:
        raise TotpCodeWrong("It is not the code of now, or was used before.", field="code")
    codes = new_recovery_codes()
    await store.set_totp(
        connection,
        actor.tenant_id,
        user.user_id,
        sealed=held.sealed_totp,
        step=step,
        recovery=[digest(each) for each in codes],
    )
    await audit.record(
        connection,
        actor,
        "user.second_factor_set",
        "user",
        user.user_id,
        before={"second_factor": False},
        after={"second_factor": True},
    )
    return codes


async def passes(
    connection: AsyncConnection[Any], tenant_id: UUID, held: Credentials, code: str, sealer: Sealer
) -> str | None:
    """``totp`` or ``recovery``, by which the code passed; it is used up. None: it is wrong."""
    step = step_of(_opened(sealer, tenant_id, held), code, held.totp_step)
    if step is not None:
        await store.use_code(connection, tenant_id, held.user_id, step)
        return "totp"
    hashed = digest(code.strip().lower())
    if hashed in held.recovery_hashes:
        await store.use_recovery_code(connection, tenant_id, held.user_id, hashed)
        return "recovery"
    return None


def _opened(sealer: Sealer, tenant_id: UUID, held: Credentials) -> str:
    assert held.sealed_totp is not None
    return sealer.open(tenant_id, SEALED_NAME + str(held.user_id), held.sealed_totp)
