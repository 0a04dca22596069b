"""What can go wrong with add-ons. The engine refuses the same things under the same codes."""

from typing import Final

from openmvno.catalog import ProductUnknown
from openmvno.charging import InsufficientBalance
from openmvno.errors import Conflict, DomainError, NotFound, Told


class AddonNotFound(NotFound):
    """The line has no such add-on, or it has ended."""

    code = "product_instance_unknown"
    title = "The line has no such add-on"
    accepted = "an add-on that the line has now"


class AddonExists(Conflict):
    """The line has this add-on already, and it may have it only once."""

    code = "product_exists"
    title = "The line has this add-on already"
    accepted = "an add-on that the line does not have yet"


class AddonConflict(Conflict):
    """The line has a product that excludes this one."""

    code = "product_conflict"
    title = "The products exclude each other"
    accepted = "products none of which excludes another"


class AddonNotEligible(Conflict):
    """The add-on goes with other main products than the line's."""

    code = "product_not_eligible"
    title = "The add-on does not go with the main product"
    accepted = "an add-on that goes with the line's main product"


class PriceChanged(Conflict):
    """The add-on costs something else than its buyer was told; look at its price again."""

    code = "price_changed"
    title = "The price is another by now"
    accepted = "the price that the catalogue has now: GET /v1/products"


_OF_THE_PRODUCT: Final[tuple[type[DomainError], ...]] = (
    AddonNotFound,
    AddonExists,
    AddonConflict,
    AddonNotEligible,
    ProductUnknown,
)


def refusals(field: str, pay: str | None = None) -> dict[str, Told]:
    """What the engine's error codes to commands about a line's products are told as.

    ``field``: the one of the request that names the product; ``pay``: the one that says who pays,
    where there is one.
    """
    return {
        **{kind.code: Told(kind, field) for kind in _OF_THE_PRODUCT},
        PriceChanged.code: Told(PriceChanged, "price"),
        InsufficientBalance.code: Told(InsufficientBalance, pay or field),
    }
