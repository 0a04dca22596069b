"""Lines as a plan sees them: their products and add-ons, and how many have which."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from typing import Any, Final
from uuid import UUID

from psycopg import AsyncConnection

from openmvno.catalog.model import Subscription
from openmvno.charging import NOT_REFUSED, command_of

_LINES_A_QUERY: Final = 50_000

# An add-on the engine refused is none.
_ADDONS: Final = (
    f"line_product{command_of('line_product')}"
    f" WHERE line_product.tenant_id = %(tenant)s AND ended_at IS NULL AND {NOT_REFUSED}"
)

_LIVE_MAIN_PRODUCTS: Final = (
    "SELECT product, count(*) FROM subscriber_line"
    " WHERE tenant_id = %(tenant)s AND status <> 'closed' GROUP BY product"
)
_LIVE_ADDONS: Final = (
    f"SELECT product, count(DISTINCT line_id) FROM {_ADDONS}"
    " AND EXISTS (SELECT FROM subscriber_line AS line WHERE line.tenant_id = line_product.tenant_id"
    " AND line.line_id = line_product.line_id AND line.status <> 'closed') GROUP BY product"
)


async def live_lines_by_product(
    connection: AsyncConnection[Any], tenant_id: UUID
) -> dict[str, int]:
    """How many lines that are not closed each main product and each add-on has."""
    counts: Counter[str] = Counter()
    for query in (_LIVE_MAIN_PRODUCTS, _LIVE_ADDONS):
        cursor = await connection.execute(query, {"tenant": tenant_id})
        counts.update(dict(await cursor.fetchall()))
    return dict(counts)


async def subscriptions(
    connection: AsyncConnection[Any], tenant_id: UUID, lines: Collection[UUID]
) -> dict[UUID, Subscription]:
    """What the given lines have now, closed ones included."""
    found: dict[UUID, Subscription] = {}
    wanted = list(lines)
    for start in range(0, len(wanted), _LINES_A_QUERY):
        some = {"tenant": tenant_id, "lines": wanted[start : start + _LINES_A_QUERY]}
        addons: dict[UUID, list[str]] = {}
        cursor = await connection.execute(
            f"SELECT line_id, product FROM {_ADDONS} AND line_id = ANY(%(lines)s)"
            " ORDER BY instance_id",
            some,
        )
        for line, product in await cursor.fetchall():
            addons.setdefault(line, []).append(product)
        cursor = await connection.execute(
            "SELECT line_id, msisdn, product FROM subscriber_line"
            " WHERE tenant_id = %(tenant)s AND line_id = ANY(%(lines)s)",
            some,
        )
        for line, msisdn, product in await cursor.fetchall():
            found[line] = Subscription(msisdn, product, tuple(addons.get(line, ())))
    return found
