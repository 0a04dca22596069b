"""The further IMSIs of cards: whose they are, and how they come into the stock."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, LiteralString
from uuid import UUID

from psycopg import AsyncConnection

from openmvno.errors import told
from openmvno.sims.model import Card

ALONE: Final[LiteralString] = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"
TOGETHER: Final[LiteralString] = "SELECT pg_advisory_xact_lock_shared(hashtextextended(%s, 0))"


@dataclass(frozen=True, slots=True)
class SealedImsi:
    """A further IMSI with its keys sealed."""

    imsi: str
    algorithm: str | None
    keys: bytes | None


@dataclass(frozen=True, slots=True)
class Owners:
    """Whose the IMSIs of some cards are in the stock: the ICCID by first and by further IMSI, and
    the further IMSIs by ICCID. ``known``: ICCIDs in the stock, of cards that come with further
    IMSIs."""

    first: dict[str, str]
    further: dict[str, str]
    of_card: dict[str, list[str]]
    known: frozenset[str]


async def lock_imsis(
    connection: AsyncConnection[Any], tenant_id: UUID, cards: Sequence[Card]
) -> None:
    """Keep the tenant's IMSIs from being given to two cards until the transaction ends: an index of
    one table cannot see that an IMSI is a further one in the other. Files without further IMSIs do
    not wait for each other."""
    is_alone = any(card.further for card in cards)
    await connection.execute(ALONE if is_alone else TOGETHER, (f"imsis {tenant_id}",))


async def owners_of(
    connection: AsyncConnection[Any], tenant_id: UUID, cards: Sequence[Card]
) -> Owners:
    """What the stock says of the cards' IMSIs."""
    further = [each.imsi for card in cards for each in card.further]
    first: dict[str, str] = {}
    known: list[tuple[str]] = []
    if further:
        cursor = await connection.execute(
            "SELECT imsi, iccid FROM sim WHERE tenant_id = %s AND imsi = ANY(%s)",
            (tenant_id, further),
        )
        first = dict(await cursor.fetchall())
        cursor = await connection.execute(
            "SELECT iccid FROM sim WHERE tenant_id = %s AND iccid = ANY(%s)",
            (tenant_id, [card.iccid for card in cards if card.further]),
        )
        known = await cursor.fetchall()
    cursor = await connection.execute(
        "SELECT imsi, iccid, ordinal FROM sim_imsi WHERE tenant_id = %(tenant)s"
        " AND imsi = ANY(%(imsis)s) UNION SELECT imsi, iccid, ordinal FROM sim_imsi"
        " WHERE tenant_id = %(tenant)s AND iccid = ANY(%(iccids)s) ORDER BY iccid, ordinal",
        {
            "tenant": tenant_id,
            "imsis": [card.imsi for card in cards] + further,
            "iccids": [card.iccid for card in cards],
        },
    )
    owners = Owners(first, {}, {}, frozenset(row[0] for row in known))
    for imsi, iccid, _ in await cursor.fetchall():
        owners.further[imsi] = iccid
        owners.of_card.setdefault(iccid, []).append(imsi)
    return owners


def clash_with_stock(card: Card, owners: Owners) -> str | None:
    """Why a card of a file cannot be one of the stock, where the table of first IMSIs does not say
    so by itself."""
    if card.imsi in owners.further:
        return belongs_to_another(card.imsi)
    for each in card.further:
        if each.imsi in owners.first or owners.further.get(each.imsi, card.iccid) != card.iccid:
            return belongs_to_another(each.imsi)
    # A file that names none says nothing of them; a card of the stock gets no more of them.
    named = [each.imsi for each in card.further]
    if named and card.iccid in owners.known and named != owners.of_card.get(card.iccid, []):
        return told(f"imsi2: the SIM card {card.iccid} has other further IMSIs", "those, or none")
    return None


def belongs_to_another(imsi: str) -> str:
    """Why a card cannot have an IMSI."""
    return told(f"imsi: the IMSI {imsi} belongs to another SIM card", "an IMSI that no card has")


def clashes_within(cards: Iterable[Card]) -> dict[int, str]:
    """Of cards of a file, by line number, why one cannot be beside those before it: one of the two
    has the same IMSI as a further one."""
    first: dict[str, str] = {}
    further: dict[str, str] = {}
    found: dict[int, str] = {}
    for card in cards:
        mine = [each.imsi for each in card.further]
        taken = [imsi for imsi in (card.imsi, *mine) if further.get(imsi, card.iccid) != card.iccid]
        taken += [imsi for imsi in mine if first.get(imsi, card.iccid) != card.iccid]
        if taken:
            found[card.line_number] = belongs_to_another(taken[0])
            continue
        first.setdefault(card.imsi, card.iccid)
        for imsi in mine:
            further.setdefault(imsi, card.iccid)
    return found


async def insert(
    connection: AsyncConnection[Any],
    tenant_id: UUID,
    rows: Sequence[tuple[str, int, SealedImsi]],
) -> None:
    """Add further IMSIs, as (ICCID, ordinal, IMSI); what is there keeps its keys, or gets them."""
    if not rows:
        return
    # A line may be there twice: that with keys counts.
    by_imsi = {each.imsi: (iccid, ordinal, each) for iccid, ordinal, each in rows}
    by_imsi |= {each.imsi: (iccid, ordinal, each) for iccid, ordinal, each in rows if each.keys}
    rows = list(by_imsi.values())
    await connection.execute(
        "INSERT INTO sim_imsi AS known (tenant_id, iccid, ordinal, imsi, algorithm, sealed_keys)"
        " SELECT %b, * FROM unnest(%b::text[], %b::smallint[], %b::text[], %b::text[], %b::bytea[])"
        " ON CONFLICT (tenant_id, imsi) DO UPDATE SET algorithm = excluded.algorithm,"
        " sealed_keys = excluded.sealed_keys"
        " WHERE known.sealed_keys IS NULL AND excluded.sealed_keys IS NOT NULL",
        (
            tenant_id,
            [iccid for iccid, _, _ in rows],
            [ordinal for _, ordinal, _ in rows],
            [each.imsi for _, _, each in rows],
            [each.algorithm for _, _, each in rows],
            [each.keys for _, _, each in rows],
        ),
    )
