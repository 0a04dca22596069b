"""What a list of favourites may hold, and how many groups a line may be in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from openmvno.catalog import FavouriteTerms, Product
from openmvno.errors import one_of
from openmvno.groups.errors import (
    FavouriteNotAllowed,
    FavouritesNotOffered,
    FavouritesTooMany,
)

MOST_GROUPS: Final = 10
"""Closed user groups of a line: maxNumOfCUG of 3GPP TS 29.002 section 17.7.1."""


def check_favourites(numbers: Sequence[str], products: Sequence[Product]) -> None:
    """Let a whole list pass. ``products`` of the line in the order they decide, main last: the
    first that offers favourites sets the terms. An empty list always passes.

    Raises:
        FavouritesNotOffered, FavouritesTooMany, FavouriteNotAllowed.
    """
    if not numbers:
        return
    terms = _terms(products)
    if terms is None:
        codes = ", ".join(product.code for product in products)
        raise FavouritesNotOffered(
            f"None of the line's products {codes} has a list of favourites.", field="numbers"
        )
    if len(numbers) > terms.limit:
        raise FavouritesTooMany(
            f"The list has {len(numbers)} numbers.",
            field="numbers",
            accepted=f"at most {terms.limit}",
            extra={"limit": terms.limit},
        )
    for index, number in enumerate(numbers):
        if not terms.allows(number):
            raise FavouriteNotAllowed(
                f"The line's product does not allow {number}.",
                field=f"numbers[{index}]",
                accepted=f"numbers that begin with {one_of(terms.patterns)}",
            )


def _terms(products: Sequence[Product]) -> FavouriteTerms | None:
    return next((each.favourites for each in products if each.favourites is not None), None)
