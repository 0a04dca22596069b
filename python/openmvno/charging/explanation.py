"""Why a CDR has its amount: the charge made again by the core from what the CDR says."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import Meta
from psycopg import AsyncConnection

from openmvno import catalog
from openmvno.charging import store
from openmvno.charging.errors import CdrNotFound
from openmvno.rest import Call, opens, requires

TAGS: Final = ["Balances and usage"]

Micros = Annotated[int, Meta(examples=[300_000], description="Millionths of the major unit")]


class StepView(msgspec.Struct):
    """A step of the price: in words, and by code and values for who says it in other words."""

    step: Annotated[str, Meta(examples=["price"])]
    text: Annotated[str, Meta(examples=["38591234567 is priced by Croatia of voice-standard"])]
    code: Annotated[
        str, Meta(examples=["price"], description="What the sentence says; docs/catalogue.md")
    ]
    values: Annotated[
        dict[str, str | int | bool],
        Meta(examples=[{"number": "38591234567", "rate": "Croatia", "table": "voice-standard"}]),
    ]


class ExplainedPart(msgspec.Struct, rename={"start": "from", "end": "to"}):
    """A stretch that one payer paid: as recorded (``cost``) and as recomputed."""

    payer: Annotated[str, Meta(examples=["balance"])]
    rate: Annotated[str, Meta(examples=["Croatia"])]
    table: Annotated[str, Meta(examples=["voice-standard"])]
    period: Annotated[str, Meta(examples=["offpeak"])]
    start: Annotated[int, Meta(examples=[120])]
    end: Annotated[int, Meta(examples=[300])]
    units: Annotated[int, Meta(examples=[180])]
    discount_percent: Annotated[str, Meta(examples=["12.5"])]
    cost: Annotated[str, Meta(examples=["0.300000"], description="In the payer's own unit")]
    recomputed: Annotated[
        str | None, Meta(examples=["0.300000"], description="null: it cannot be told")
    ]
    equal: bool


class ExplainedPartner(msgspec.Struct):
    """What a partner charges for the same usage, in its own currency."""

    code: Annotated[str, Meta(examples=["reseller-1"])]
    currency: Annotated[str, Meta(examples=["USD"])]
    recorded_micros: Annotated[int, Meta(examples=[120_000])]
    recomputed_micros: Annotated[int | None, Meta(examples=[120_000])]


class ExplanationView(msgspec.Struct):
    """A charge made again from its CDR. ``equal`` false: the CDR does not follow from it."""

    equal: Annotated[bool, Meta(examples=[True])]
    recorded_micros: Micros
    recomputed_micros: Annotated[
        int | None, Meta(examples=[300_000], description="null: it cannot be recomputed")
    ]
    currency: Annotated[str, Meta(examples=["EUR"])]
    differences: Annotated[
        list[str], Meta(examples=[[]], description="Everything that is not equal")
    ]
    steps: list[StepView]
    parts: list[ExplainedPart]
    partners: list[ExplainedPartner]


async def explanation_of(
    connection: AsyncConnection[Any], tenant_id: UUID, cdr_id: UUID
) -> dict[str, Any]:
    """The core's answer for a CDR, under the catalogue version that priced it.

    Raises:
        CdrNotFound; CatalogInvalid: this release cannot read that version any more.
    """
    cdr = await store.cdr_by_id(connection, tenant_id, cdr_id)
    if cdr is None:
        raise CdrNotFound(f"There is no CDR {cdr_id}.", field="cdr_id")
    record = asdict(cdr)
    if cdr.kind == "refund" and cdr.refers_to is not None:
        debit = await store.cdr_by_id(connection, tenant_id, cdr.refers_to)
        record["debit"] = None if debit is None else asdict(debit)
    text = await catalog.text_of(connection, tenant_id, cdr.catalog_version)
    return await asyncio.to_thread(catalog.explain, text, record)


@get(
    "/cdrs/{cdr_id:uuid}/explanation",
    guards=[requires("usage:read")],
    opt=opens("reach:read"),
    tags=TAGS,
    summary="Why a CDR has its amount",
)
async def show_explanation(call: NamedDependency[Call], cdr_id: FromPath[UUID]) -> ExplanationView:
    """The charge made again by the engine's own code from what the CDR says, and compared."""
    async with call.connection() as connection:
        answer = await explanation_of(connection, call.tenant_id, cdr_id)
    await call.shown("cdr", [cdr_id])
    view = msgspec.convert(answer, ExplanationView)
    if call.actor.is_outside:  # what partners charge each other is not theirs to know
        view.partners = []
    return view


EXPLANATION_ROUTES: Final[list[Any]] = [show_explanation]
