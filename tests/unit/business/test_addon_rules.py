"""Which add-on joins which products."""

from __future__ import annotations

from typing import Any

import pytest

from openmvno.addons.errors import AddonConflict, AddonExists, AddonNotEligible
from openmvno.addons.rules import check_goes_with, check_joins
from openmvno.catalog import ADDON, MAIN, Product


def product(code: str, kind: str = ADDON, **given: Any) -> Product:
    plain: dict[str, Any] = {
        "name": code,
        "precedence": 0,
        "overrun": "absorb",
        "currency": "EUR",
        "rate_tables": [],
        "requires": [],
        "excludes": [],
        "multiple": False,
        "favourites": None,
    }
    return Product(code=code, kind=kind, **{**plain, **given})


BASIC = product("basic", MAIN)


def test_an_addon_without_conditions_joins_anything() -> None:
    check_joins(product("a"), BASIC, [product("b"), product("c")])


def test_requires_names_main_products() -> None:
    addon = product("a", requires=["plus", "basic"])
    check_joins(addon, BASIC, [])
    with pytest.raises(AddonNotEligible, match="plus, basic"):
        check_joins(addon, product("gold", MAIN), [])
    with pytest.raises(AddonNotEligible):
        check_goes_with(product("a", requires=["plus"]), BASIC)


def test_exclusion_counts_both_ways_and_for_the_main_product() -> None:
    with pytest.raises(AddonConflict):
        check_joins(product("a", excludes=["b"]), BASIC, [product("b")])
    with pytest.raises(AddonConflict):
        check_joins(product("a"), BASIC, [product("b", excludes=["a"])])
    with pytest.raises(AddonConflict):
        check_joins(product("a", excludes=["basic"]), BASIC, [])


def test_once_or_many() -> None:
    with pytest.raises(AddonExists) as refused:
        check_joins(product("a"), BASIC, [product("a")], "addons[1]")
    assert refused.value.field == "addons[1]"
    several = product("a", multiple=True, excludes=["a"])
    check_joins(several, BASIC, [several])
