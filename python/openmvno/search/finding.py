"""The statements of the search: each by an index, and no more rows than are shown.

``first`` and ``last``: the ends of what begins with the digits that were typed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, LiteralString
from uuid import UUID

from psycopg import AsyncConnection

from openmvno.search.terms import LONGEST_DIGITS, SHORTEST_NUMBER, Terms

MOST: Final = 20
LAST: Final = "\U0010ffff"
"""Behind every word that begins as one does, by code points."""

Values = dict[str, object]
Asked = tuple[str, LiteralString, Values]
"""What is looked for, the statement, its values."""


@dataclass(frozen=True, slots=True)
class Found:
    """Something that was found. ``exact``: it is what was typed, not only how it begins."""

    kind: str
    label: str
    secondary: str
    exact: bool
    line_id: UUID | None = None
    account_id: UUID | None = None
    customer_id: UUID | None = None
    iccid: str | None = None
    serial: int | None = None


# What is shown of a line and whose it is.
_LINE: Final[LiteralString] = (
    "l.msisdn, concat_ws(', ', c.name, l.status), l.line_id, l.account_id, c.customer_id"
)
_OWNER: Final[LiteralString] = (
    " JOIN account a ON a.tenant_id = %(tenant)s AND a.account_id = l.account_id"
    " JOIN customer c ON c.tenant_id = %(tenant)s AND c.customer_id = a.customer_id"
)
_OF_LINE: Final[LiteralString] = (
    " LEFT JOIN subscriber_line l ON l.tenant_id = %(tenant)s AND l.line_id = s.line_id"
    " LEFT JOIN account a ON a.tenant_id = %(tenant)s AND a.account_id = l.account_id"
    " LEFT JOIN customer c ON c.tenant_id = %(tenant)s AND c.customer_id = a.customer_id"
)

LINE_BY_ID: Final[LiteralString] = (
    f"SELECT {_LINE} FROM subscriber_line l{_OWNER}"
    " WHERE l.tenant_id = %(tenant)s AND l.line_id = %(id)s"
)
ACCOUNT_BY_ID: Final[LiteralString] = (
    "SELECT c.name, a.currency, NULL::uuid, a.account_id, c.customer_id FROM account a"
    " JOIN customer c ON c.tenant_id = %(tenant)s AND c.customer_id = a.customer_id"
    " WHERE a.tenant_id = %(tenant)s AND a.account_id = %(id)s"
)
CUSTOMER_BY_ID: Final[LiteralString] = (
    "SELECT c.name, concat_ws(', ', c.email, c.external_id), NULL::uuid, NULL::uuid, c.customer_id"
    " FROM customer c WHERE c.tenant_id = %(tenant)s AND c.customer_id = %(id)s"
)
CUSTOMER_BY_EXTERNAL_ID: Final[LiteralString] = (
    "SELECT c.name, concat_ws(', ', c.email, c.external_id), NULL::uuid, NULL::uuid, c.customer_id"
    " FROM customer c WHERE c.tenant_id = %(tenant)s AND c.external_id = %(text)s"
)
NUMBERS: Final[LiteralString] = (
    "SELECT s.number, concat_ws(', ', c.name, coalesce(l.status, s.state)), s.line_id,"
    " l.account_id, c.customer_id FROM (SELECT number, state, line_id FROM msisdn"
    " WHERE tenant_id = %(tenant)s AND number >= %(first)s AND number <= %(last)s"
    f" ORDER BY number LIMIT %(limit)s) AS s{_OF_LINE} ORDER BY s.number"
)
CARDS: Final[LiteralString] = (
    "SELECT s.iccid, concat_ws(', ', c.name, s.state), s.line_id, l.account_id, c.customer_id,"
    " s.iccid FROM (SELECT iccid, state, line_id FROM sim"
    " WHERE tenant_id = %(tenant)s AND iccid >= %(first)s AND iccid <= %(last)s"
    f" ORDER BY iccid LIMIT %(limit)s) AS s{_OF_LINE} ORDER BY s.iccid"
)
CARDS_BY_IMSI: Final[LiteralString] = (
    "SELECT s.imsi, concat_ws(', ', c.name, s.state), s.line_id, l.account_id, c.customer_id,"
    " s.iccid FROM (SELECT iccid, imsi, state, line_id FROM sim"
    " WHERE tenant_id = %(tenant)s AND imsi >= %(first)s AND imsi <= %(last)s"
    f" ORDER BY imsi LIMIT %(limit)s) AS s{_OF_LINE} ORDER BY s.imsi"
)
VOUCHER: Final[LiteralString] = (
    "SELECT serial::text, state, NULL::uuid, NULL::uuid, NULL::uuid, serial FROM voucher"
    " WHERE tenant_id = %(tenant)s AND serial = %(serial)s"
)
# The longest word leads, since it is the rarest; the customer has to have one that begins as each
# of the others, too. By word, so that a word as it was typed comes first.
NAMES: Final[LiteralString] = """
SELECT c.name, concat_ws(', ', c.email, c.external_id), NULL::uuid, NULL::uuid, c.customer_id,
       w.word
FROM customer_word w
JOIN customer c ON c.tenant_id = %(tenant)s AND c.customer_id = w.customer_id
WHERE w.tenant_id = %(tenant)s AND w.word >= %(first)s AND w.word < %(last)s
  AND NOT EXISTS (
    SELECT FROM unnest(%(others)s::text[]) AS o (word)
    WHERE NOT EXISTS (
        SELECT FROM customer_word x WHERE x.tenant_id = %(tenant)s
        AND x.customer_id = w.customer_id AND x.word >= o.word COLLATE "C"
        AND x.word < (o.word || %(behind)s) COLLATE "C"))
ORDER BY w.word, w.customer_id LIMIT %(limit)s
"""
FOLDED: Final[LiteralString] = "SELECT folded_words(%(text)s)"


async def find(
    connection: AsyncConnection[Any], tenant_id: UUID, terms: Terms, kinds: frozenset[str]
) -> list[Found]:
    """What is found of these kinds, exact first, each thing once; at most :data:`MOST`."""
    found: dict[tuple[object, ...], Found] = {}
    words = await _words(connection, terms)
    for kind, statement, values in asked(tenant_id, terms, words):
        cursor = await connection.execute(statement, values)
        for row in await cursor.fetchall():
            each = _found(kind, row, terms, words)
            if each.kind not in kinds:
                continue
            key: tuple[object, ...] = (
                each.kind,
                each.line_id or each.serial or each.iccid or each.label,
            )
            if each.kind in ("customer", "account"):
                key = (each.kind, each.account_id, each.customer_id)
            if key not in found or (each.exact and not found[key].exact):
                found[key] = each
    return sorted(found.values(), key=lambda each: not each.exact)[:MOST]


async def _words(connection: AsyncConnection[Any], terms: Terms) -> list[str]:
    """The words of a name that was typed, the longest first."""
    if terms.digits is not None or terms.identifier is not None:
        return []
    cursor = await connection.execute(FOLDED, {"text": terms.text})
    row = await cursor.fetchone()
    return sorted((row[0] if row else None) or [], key=lambda word: (-len(word), word))


def asked(tenant_id: UUID, terms: Terms, words: list[str]) -> Iterator[Asked]:
    """What is asked of the database, the surest first."""
    base: Values = {"tenant": tenant_id, "limit": MOST}
    if terms.identifier is not None:
        named = {**base, "id": terms.identifier}
        yield "line", LINE_BY_ID, named
        yield "account", ACCOUNT_BY_ID, named
        yield "customer", CUSTOMER_BY_ID, named
        return
    yield "customer", CUSTOMER_BY_EXTERNAL_ID, {**base, "text": terms.text}
    if terms.digits is not None:
        if len(terms.digits) >= SHORTEST_NUMBER:
            ends = {"first": terms.digits, "last": terms.digits.ljust(LONGEST_DIGITS, "9")}
            yield "number", NUMBERS, {**base, **ends}
            yield "sim", CARDS_BY_IMSI, {**base, **ends}
            yield "sim", CARDS, {**base, **ends}
        if terms.serial is not None:
            yield "voucher", VOUCHER, {**base, "serial": terms.serial}
    if words:
        longest, *others = words
        yield (
            "customer",
            NAMES,
            {
                **base,
                "first": longest,
                "last": longest + LAST,
                "others": others,
                "behind": LAST,
            },
        )


def _found(kind: str, row: tuple[Any, ...], terms: Terms, words: list[str]) -> Found:
    label, secondary, line_id, account_id, customer_id, *more = row
    if kind == "number" and line_id is not None:
        kind = "line"
    exact = terms.identifier is not None or label == terms.digits or kind == "voucher"
    if kind == "customer" and terms.identifier is None:
        exact = not more or more[0] == words[0]
    return Found(
        kind,
        label,
        secondary or "",
        exact,
        line_id,
        account_id,
        customer_id,
        more[0] if kind == "sim" else None,
        more[0] if kind == "voucher" else None,
    )
