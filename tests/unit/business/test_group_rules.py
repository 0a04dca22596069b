"""What a list of favourites may hold."""

from __future__ import annotations

import pytest
from tests.unit.business.test_addon_rules import product

from openmvno.catalog import FavouriteTerms
from openmvno.groups.errors import FavouriteNotAllowed, FavouritesNotOffered, FavouritesTooMany
from openmvno.groups.rules import check_favourites

TWO_CROATIAN = product("a", favourites=FavouriteTerms(2, ["385", "386"]))
ONE_OF_ANY = product("b", favourites=FavouriteTerms(1, []))


def test_the_first_product_that_offers_favourites_decides() -> None:
    check_favourites(["38591", "38640"], [product("c"), TWO_CROATIAN, ONE_OF_ANY])
    with pytest.raises(FavouritesTooMany) as refused:
        check_favourites(["38591", "38592"], [ONE_OF_ANY, TWO_CROATIAN])
    assert refused.value.extra == {"limit": 1}


def test_patterns_are_beginnings_and_none_means_any() -> None:
    check_favourites(["4930"], [ONE_OF_ANY])
    with pytest.raises(FavouriteNotAllowed) as refused:
        check_favourites(["38591", "138591"], [TWO_CROATIAN])
    assert refused.value.field == "numbers[1]"


def test_without_an_offer_only_the_empty_list() -> None:
    check_favourites([], [product("c")])
    with pytest.raises(FavouritesNotOffered):
        check_favourites(["38591"], [product("c")])
