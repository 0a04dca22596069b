"""Which add-on may join which products, as docs/catalogue.md says of products."""

from __future__ import annotations

from collections.abc import Sequence

from openmvno.addons.errors import AddonConflict, AddonExists, AddonNotEligible
from openmvno.catalog import Product
from openmvno.errors import one_of


def check_joins(
    addon: Product, main: Product, present: Sequence[Product], field: str = "product"
) -> None:
    """Let an add-on join a line's main product and the add-ons it has.

    Raises:
        AddonNotEligible, AddonExists, AddonConflict: naming ``field``.
    """
    check_goes_with(addon, main, field)
    if not addon.multiple and any(other.code == addon.code for other in present):
        raise AddonExists(f"The line has {addon.code}, and may have it once.", field=field)
    for other in present:
        if other.code != addon.code:
            _check_exclusion(addon, other, field)


def check_goes_with(addon: Product, main: Product, field: str = "product") -> None:
    """Let an add-on and a main product be together.

    Raises:
        AddonNotEligible, AddonConflict: naming ``field``.
    """
    if addon.requires and main.code not in addon.requires:
        raise AddonNotEligible(
            f"{addon.code} does not go with {main.code}.",
            field=field,
            accepted=f"{addon.code} beside the main product {one_of(addon.requires)}",
        )
    _check_exclusion(addon, main, field)


def _check_exclusion(one: Product, other: Product, field: str) -> None:
    if other.code in one.excludes or one.code in other.excludes:
        raise AddonConflict(f"{one.code} and {other.code} exclude each other.", field=field)
