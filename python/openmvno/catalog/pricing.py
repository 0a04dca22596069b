"""The core's prices without an engine: quotes, explanations, and usage rehearsed under a document.

Every call of the core for that is here; Python computes no price.
"""

from __future__ import annotations

import re
import sys
from array import array
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import accumulate
from typing import Any, Final
from uuid import UUID

import msgspec

from openmvno import _core
from openmvno.catalog.errors import CatalogInvalid, QuoteInvalid
from openmvno.catalog.model import Subscription
from openmvno.catalog.rules import mistakes_of
from openmvno.catalog.steps import coded
from openmvno.charging import Usage

RESULTS: Final = (
    "rated",
    "forbidden",
    "no_rate",
    "not_sold",
    "unknown_zone",
    "blocked",
    "overflow",
)
"""What became of a usage; the core answers with positions in this list."""

NOT_SOLD: Final = RESULTS.index("not_sold")
_DIRECTIONS: Final = {"originating": 0, "terminating": 1, "forwarded": 2}
_NO_RATING_GROUP: Final = -1
QUOTED: Final = {
    "product": "the code of a main product of the catalogue, or line in its place",
    "line": "the id or MSISDN of a line",
    "addons": "codes of add-ons of the catalogue",
    "service": "the code of a service of the catalogue",
    "usage": "a whole number of the service's units, such as 300",
    "usage_after_change": "a whole number of units, at most usage",
    "destination": "a number in international digits",
    "time_zone": "a name of the IANA time zone database such as Europe/Zagreb",
    "at": "a time with its offset such as 2026-11-27T09:30:00Z (RFC 3339)",
    "balance": "a decimal number such as 10.00",
    "buckets": "codes of buckets of the product, each with what remains",
    "counters": "codes of discounts of the catalogue, each with what is used",
}
"""What a field of a quote may be, of those that the core refuses by their name."""

_FIELD: Final = re.compile(r"(?P<name>[a-z_]+): ")
_MEMBER: Final = re.compile(r"(?:unknown|missing) field `(?P<name>[a-z_]+)`")

Rated = tuple[Sequence[int], bytes]
"""Amounts in micros, and results as positions in RESULTS."""


def quote(document: bytes, request: Mapping[str, Any]) -> dict[str, Any]:
    """What a usage would cost under a document and why; both JSON as in docs/catalogue.md.

    Raises:
        CatalogInvalid: the document has mistakes; QuoteInvalid: the request has one.
    """
    try:
        answer = _core.quote(document, msgspec.json.encode(request))
    except _core.CatalogError as error:
        raise CatalogInvalid(mistakes_of(error)) from error
    except _core.CoreError as error:
        raise _wrong(str(error)) from error
    return _read(answer)


def explain(document: bytes, cdr: Mapping[str, Any]) -> dict[str, Any]:
    """The charge of a CDR made again under the document that priced it, as docs/catalogue.md
    describes the answer. ``cdr``: the columns of its row, of a refund ``debit`` beside them.

    Raises:
        CatalogInvalid: the document has mistakes.
    """
    try:
        answer = _core.explain(document, msgspec.json.encode(cdr))
    except _core.CatalogError as error:
        raise CatalogInvalid(mistakes_of(error)) from error
    return _read(answer)


def _read(answer: bytes) -> dict[str, Any]:
    read: dict[str, Any] = msgspec.json.decode(answer)
    return {**read, "steps": coded(read["steps"])}


def _wrong(told: str) -> QuoteInvalid:
    """What the core says of a quote: ``field: what is wrong``, or what its JSON reader says."""
    named = _FIELD.match(told) or _MEMBER.search(told)
    rule, _, expected = told.partition(" at line ")[0].partition(", expected ")
    accepted = expected.replace("`", "") or None
    if named is None:
        return QuoteInvalid(rule, field=None, accepted=accepted)
    name = named["name"]
    rule = rule.removeprefix(f"{name}: ")
    return QuoteInvalid(rule, field=name, accepted=accepted or QUOTED.get(name))


class Rehearsal:
    """Usage rated under one document, in the order in which it comes.

    Each line is its own payer with unlimited balance and the buckets its products grant. Lines
    without a product of the document, and services it does not have, are answered ``not_sold``.
    """

    def __init__(
        self,
        text: bytes,
        document: Mapping[str, Any],
        lines: Mapping[UUID, Subscription],
        *,
        buckets: bool,
    ) -> None:
        products = {product["code"] for product in document.get("products") or []}
        services = (service["code"] for service in document["services"])
        self._services = {code: position for position, code in enumerate(services)}
        sold = [(line, each) for line, each in lines.items() if each.product in products]
        self._lines = {line.bytes: position for position, (line, _) in enumerate(sold)}
        self._buckets = buckets
        self._core = _core.Rehearsal(
            text, [(each.product, _known(each.addons, products)) for _, each in sold]
        )

    def rate(self, batch: Sequence[Usage]) -> Rated:
        """Amount and result of each usage, in order."""
        lines, services = self._lines, self._services
        sold = [usage for usage in batch if usage.line in lines and usage.service in services]
        rated = self._rate(sold) if sold else (array("q"), b"")
        if len(sold) == len(batch):
            return rated
        answers = zip(*rated, strict=True)
        nothing = (0, NOT_SOLD)
        every = [
            next(answers) if usage.line in lines and usage.service in services else nothing
            for usage in batch
        ]
        return [amount for amount, _ in every], bytes(result for _, result in every)

    def _rate(self, batch: Sequence[Usage]) -> Rated:
        columns = list(zip(*batch, strict=True))
        line, service, direction, destination, rating_group, at, usage, _, inputs = columns
        amounts, results = self._core.rate(
            _pack("I", map(self._lines.__getitem__, line)),
            _pack("H", map(self._services.__getitem__, service)),
            bytes(map(_DIRECTIONS.__getitem__, direction)),
            _pack("q", at),
            _pack("Q", usage),
            _pack("q", (_NO_RATING_GROUP if group is None else group for group in rating_group)),
            *_texts(destination),
            *_texts(inputs),
            self._buckets,
        )
        return _unpack("q", amounts), results


def _known(addons: Iterable[str], products: Collection[str]) -> list[str]:
    return [code for code in addons if code in products]


def _texts(texts: Iterable[str]) -> tuple[bytes, bytes]:
    """Texts as one, and where each ends."""
    encoded = [text.encode() for text in texts]
    return b"".join(encoded), _pack("I", accumulate(map(len, encoded)))


def _pack(kind: str, values: Iterable[int]) -> bytes:
    """Numbers as a little-endian column."""
    column = array(kind, values)
    if sys.byteorder == "big":
        column.byteswap()
    return column.tobytes()


def _unpack(kind: str, column: bytes) -> Sequence[int]:
    values: array[int] = array(kind)
    values.frombytes(column)
    if sys.byteorder == "big":
        values.byteswap()
    return values
