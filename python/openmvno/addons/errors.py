"""What can go wrong with add-ons. The engine refuses the same things under the same codes."""

from typing import Final

from openmvno.catalog import ProductUnknown
from openmvno.charging import InsufficientBalance
from openmvno.errors import Conflict, DomainError, NotFound


class AddonNotFound(NotFound):
    """The line has no such add-on, or it has ended."""

    code = "product_instance_unknown"
    title = "The line has no such add-on"


class AddonExists(Conflict):
    """The line has this add-on already, and it may have it only once."""

    code = "product_exists"
    title = "The line has this add-on already"


class AddonConflict(Conflict):
    """The line has a product that excludes this one."""

    code = "product_conflict"
    title = "The products exclude each other"


class AddonNotEligible(Conflict):
    """The add-on goes with other main products than the line's."""

    code = "product_not_eligible"
    title = "The add-on does not go with the main product"


class PriceChanged(Conflict):
    """The add-on costs something else than its buyer was told; look at its price again."""

    code = "price_changed"
    title = "The price is another by now"


REFUSALS: Final[dict[str, type[DomainError]]] = {
    error.code: error
    for error in (
        AddonNotFound,
        AddonExists,
        AddonConflict,
        AddonNotEligible,
        PriceChanged,
        ProductUnknown,
        InsufficientBalance,
    )
}
"""What the engine's error codes to commands about a line's products are told as."""
