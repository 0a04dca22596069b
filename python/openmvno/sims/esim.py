"""eSIM: activation codes, their pictures, and profiles ordered from an SM-DP+."""

from __future__ import annotations

import io
from typing import Any, Final

import httpx
import msgspec
import segno
from psycopg import AsyncConnection

from openmvno import audit
from openmvno.actor import Actor
from openmvno.identifiers import new_id
from openmvno.provisioning import Sealer
from openmvno.sims import codes, store
from openmvno.sims.errors import (
    ActivationCodeUnknown,
    ProfileOrderRefused,
    SimCodesUnknown,
    SimStateConflict,
)
from openmvno.sims.model import Sim

PICTURE_TYPES: Final = {"svg": "image/svg+xml", "png": "image/png"}

# GSMA SGP.22 clauses 5.3 and 6.5: ES2+ functions over HTTP, in JSON.
PATH: Final = "/gsma/rsp2/es2plus"
PROTOCOL: Final = {"X-Admin-Protocol": "gsma/rsp/v2.2.0"}
REQUESTER: Final = "openmvno"
TIMEOUT_SECONDS: Final = 10.0


async def activation_code(
    connection: AsyncConnection[Any], actor: Actor, sealer: Sealer, sim: Sim
) -> str:
    """What an eSIM is loaded with, as its QR picture says it (SGP.22 clause 4.1); that it was read
    is audited.

    Raises:
        ActivationCodeUnknown.
    """
    try:
        known = await codes.read_codes(connection, actor, sealer, sim.iccid)
    except SimCodesUnknown:
        known = {}
    if sim.smdp is None:
        raise ActivationCodeUnknown(
            f"No SM-DP+ of the SIM card {sim.iccid} is known.", field="iccid"
        )
    return f"LPA:1${sim.smdp}${known.get('matching_id', '')}"


def picture(code: str, kind: str) -> bytes:
    """The QR picture of an activation code, as svg or png."""
    file = io.BytesIO()
    # SGP.22 clause 4.1.1 names no level; M survives a scratched display.
    segno.make(code, error="m", micro=False).save(file, kind=kind, scale=8)
    return file.getvalue()


async def order_profile(
    connection: AsyncConnection[Any],
    actor: Actor,
    sealer: Sealer,
    url: str,
    sim: Sim,
    profile_type: str | None,
) -> Sim:
    """Order, confirm and release the profile of a locked eSIM at an SM-DP+; asked again it orders
    nothing anew.

    Raises:
        SimStateConflict: it is no eSIM, or has a profile; ProfileOrderRefused.
    """
    if sim.form != "esim" or sim.state in ("lost", "disposed"):
        raise SimStateConflict(
            f"The SIM card {sim.iccid} is {sim.form}, {sim.state}.",
            field="iccid",
            accepted="an eSIM that is neither lost nor disposed",
        )
    if sim.smdp is not None:
        return sim
    order: dict[str, Any] = {"iccid": sim.iccid}
    if profile_type is not None:
        order["profileType"] = profile_type
    async with httpx.AsyncClient(timeout=TIMEOUT_SECONDS, trust_env=False) as client:
        await _call(client, url, "downloadOrder", order)
        confirmation = {"iccid": sim.iccid, "releaseFlag": True}
        confirmed = await _call(client, url, "confirmOrder", confirmation)
    matching_id, smdp = confirmed.get("matchingId"), confirmed.get("smdpAddress")
    if not isinstance(matching_id, str) or not isinstance(smdp, str):
        raise ProfileOrderRefused("The SM-DP+ told no matching id or address.")
    known = await codes.known_codes(connection, actor.tenant_id, sealer, sim.iccid)
    sealed = codes.seal_codes(
        sealer, actor.tenant_id, sim.iccid, known | {"matching_id": matching_id}
    )
    changed = await store.put_profile(connection, actor.tenant_id, sim.iccid, smdp, sealed)
    await audit.record(
        connection, actor, "sim.profile_ordered", "sim", sim.iccid, after={"smdp": smdp}
    )
    return changed


async def _call(
    client: httpx.AsyncClient, url: str, function: str, body: dict[str, Any]
) -> dict[str, Any]:
    """An ES2+ function.

    Raises:
        ProfileOrderRefused: with what the SM-DP+ says.
    """
    header = {
        "functionRequesterIdentifier": REQUESTER,
        "functionCallIdentifier": str(new_id()),
    }
    try:
        response = await client.post(
            f"{url.rstrip('/')}{PATH}/{function}", json={"header": header, **body}, headers=PROTOCOL
        )
        answer = msgspec.json.decode(response.content, type=dict[str, Any])
        status = answer["header"]["functionExecutionStatus"]
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise ProfileOrderRefused(f"{function}: {type(error).__name__}: {error}") from error
    except (msgspec.MsgspecError, KeyError, TypeError) as error:
        raise ProfileOrderRefused(f"{function}: the answer is not one of ES2+.") from error
    if status.get("status") != "Executed-Success":
        data = status.get("statusCodeData") or {}
        raise ProfileOrderRefused(
            f"{function}: {status.get('status')} {data.get('subjectCode', '')}"
            f" {data.get('reasonCode', '')} {data.get('message', '')}".rstrip()
        )
    return answer
