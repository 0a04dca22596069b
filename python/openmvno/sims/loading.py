"""Cards of a file into the stock, some thousands at a time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from psycopg import AsyncConnection

from openmvno.errors import told
from openmvno.provisioning import Sealer
from openmvno.sims import further
from openmvno.sims.codes import seal_codes
from openmvno.sims.columns import FURTHER
from openmvno.sims.further import SealedImsi
from openmvno.sims.keys import seal_further_keys, seal_keys
from openmvno.sims.model import Card, FurtherCardImsi, Rejected

NOT_REMOVABLE: Final = told(
    "iccid: no card that is available has both", "ICCID and IMSI of a card that is available"
)


@dataclass(frozen=True, slots=True)
class Sealed:
    """A card with its secrets sealed."""

    card: Card
    keys: bytes | None
    codes: bytes | None
    further: tuple[SealedImsi, ...] = ()


@dataclass(frozen=True, slots=True)
class Loaded:
    """What became of some lines."""

    loaded: int
    already_known: int
    removed: int
    rejected: list[Rejected]


def seal(sealer: Sealer, tenant_id: UUID, card: Card) -> Sealed:
    """A card as it may lie in the database."""
    return Sealed(
        card,
        None if card.keys is None else seal_keys(sealer, tenant_id, card.iccid, card.keys),
        seal_codes(sealer, tenant_id, card.iccid, card.codes) if card.codes else None,
        tuple(_sealed_imsi(sealer, tenant_id, each) for each in card.further),
    )


def _sealed_imsi(sealer: Sealer, tenant_id: UUID, further: FurtherCardImsi) -> SealedImsi:
    if further.keys is None:
        return SealedImsi(further.imsi, None, None)
    sealed = seal_further_keys(sealer, tenant_id, further.imsi, further.keys)
    return SealedImsi(further.imsi, further.keys.algorithm, sealed)


async def load(
    connection: AsyncConnection[Any], tenant_id: UUID, import_id: UUID, cards: Sequence[Sealed]
) -> Loaded:
    """Put cards into the stock, take out those that are to leave it. A card that is there already
    stays as it is; keys and codes are filled in where it had none."""
    wanted = [each for each in cards if not each.card.is_removal]
    added, rejected = await _without_clashes(connection, tenant_id, wanted)
    fresh = await _insert(connection, tenant_id, import_id, added)
    others = [each for each in added if (each.card.iccid, each.card.imsi) not in fresh]
    known = dict(fresh) | await _known(connection, tenant_id, [e.card.iccid for e in others])
    equal = []
    seen: set[str] = set()
    for each in added:
        card = each.card
        if known.get(card.iccid) != card.imsi:
            rejected.append(_clash(card, known.get(card.iccid)))
        elif (card.iccid, card.imsi) in fresh and card.iccid not in seen:
            seen.add(card.iccid)  # the same line again counts as known
        else:
            equal.append(each)
    await _fill_in(connection, tenant_id, equal)
    landed = [each for each in added if known.get(each.card.iccid) == each.card.imsi]
    await further.insert(
        connection,
        tenant_id,
        [
            (each.card.iccid, ordinal, imsi)
            for each in landed
            for ordinal, imsi in enumerate(each.further, FURTHER[0])
        ],
    )
    removals = [each.card for each in cards if each.card.is_removal]
    removed = await _remove(connection, tenant_id, removals)
    rejected += [
        Rejected(card.line_number, "sim_not_removable", NOT_REMOVABLE)
        for card in removals
        if card.iccid not in removed
    ]
    return Loaded(len(seen), len(equal), len(removed), rejected)


async def _without_clashes(
    connection: AsyncConnection[Any], tenant_id: UUID, cards: Sequence[Sealed]
) -> tuple[list[Sealed], list[Rejected]]:
    """Cards whose further IMSIs are theirs alone, and the lines of others."""
    plain = [each.card for each in cards]
    await further.lock_imsis(connection, tenant_id, plain)
    owners = await further.owners_of(connection, tenant_id, plain)
    wrong = {
        card.line_number: reason
        for card in plain
        if (reason := further.clash_with_stock(card, owners)) is not None
    }
    wrong |= further.clashes_within(card for card in plain if card.line_number not in wrong)
    rejected = [Rejected(number, "sim_conflict", reason) for number, reason in wrong.items()]
    return [each for each in cards if each.card.line_number not in wrong], rejected


def _clash(card: Card, other: str | None) -> Rejected:
    message = (
        further.belongs_to_another(card.imsi)
        if other is None
        else told(f"imsi: the SIM card {card.iccid} has the IMSI {other}", other)
    )
    return Rejected(card.line_number, "sim_conflict", message)


async def _insert(
    connection: AsyncConnection[Any], tenant_id: UUID, import_id: UUID, cards: Sequence[Sealed]
) -> set[tuple[str, str]]:
    """The (ICCID, IMSI) of cards that clash with none."""
    if not cards:
        return set()
    cursor = await connection.execute(
        "INSERT INTO sim (tenant_id, import_id, state, iccid, imsi, form, algorithm, sealed_keys,"
        " sealed_codes, smdp, hlr, description)"
        " SELECT %b, %b, 'available', * FROM unnest(%b::text[], %b::text[], %b::text[],"
        " %b::text[], %b::bytea[], %b::bytea[], %b::text[], %b::text[], %b::text[])"
        " ON CONFLICT DO NOTHING RETURNING iccid, imsi",
        (
            tenant_id,
            import_id,
            [each.card.iccid for each in cards],
            [each.card.imsi for each in cards],
            [each.card.form for each in cards],
            [each.card.keys.algorithm if each.card.keys else None for each in cards],
            [each.keys for each in cards],
            [each.codes for each in cards],
            [each.card.smdp for each in cards],
            [each.card.hlr for each in cards],
            [each.card.description for each in cards],
        ),
    )
    return set(await cursor.fetchall())


async def _known(
    connection: AsyncConnection[Any], tenant_id: UUID, iccids: Sequence[str]
) -> dict[str, str]:
    """IMSI by ICCID of the cards that exist."""
    if not iccids:
        return {}
    cursor = await connection.execute(
        "SELECT iccid, imsi FROM sim WHERE tenant_id = %s AND iccid = ANY(%s)",
        (tenant_id, list(iccids)),
    )
    return dict(await cursor.fetchall())


async def _fill_in(
    connection: AsyncConnection[Any], tenant_id: UUID, cards: Iterable[Sealed]
) -> None:
    with_secrets = [each for each in cards if each.keys is not None or each.codes is not None]
    if not with_secrets:
        return
    await connection.execute(
        "UPDATE sim SET algorithm = coalesce(sim.algorithm, new.algorithm),"
        " sealed_keys = coalesce(sim.sealed_keys, new.sealed_keys),"
        " sealed_codes = coalesce(sim.sealed_codes, new.sealed_codes)"
        " FROM unnest(%b::text[], %b::text[], %b::bytea[], %b::bytea[])"
        "  AS new (iccid, algorithm, sealed_keys, sealed_codes)"
        " WHERE sim.tenant_id = %b AND sim.iccid = new.iccid"
        " AND (sim.sealed_keys IS NULL AND new.sealed_keys IS NOT NULL"
        "  OR sim.sealed_codes IS NULL AND new.sealed_codes IS NOT NULL)",
        (
            [each.card.iccid for each in with_secrets],
            [each.card.keys.algorithm if each.card.keys else None for each in with_secrets],
            [each.keys for each in with_secrets],
            [each.codes for each in with_secrets],
            tenant_id,
        ),
    )


async def _remove(
    connection: AsyncConnection[Any], tenant_id: UUID, cards: Sequence[Card]
) -> set[str]:
    """The ICCIDs of cards taken out of the stock."""
    if not cards:
        return set()
    cursor = await connection.execute(
        "DELETE FROM sim USING unnest(%s::text[], %s::text[]) AS gone (iccid, imsi)"
        " WHERE sim.tenant_id = %s AND sim.iccid = gone.iccid AND sim.imsi = gone.imsi"
        " AND sim.state = 'available' RETURNING sim.iccid",
        ([card.iccid for card in cards], [card.imsi for card in cards], tenant_id),
    )
    return {row[0] for row in await cursor.fetchall()}
