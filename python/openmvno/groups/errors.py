"""What can go wrong with favourites and closed user groups."""

from typing import Final

from openmvno.errors import Conflict, DomainError, Invalid, NotFound


class FavouritesNotOffered(Conflict):
    """None of the line's products has a Friends & Family list."""

    code = "favourites_not_offered"
    title = "The line's products have no list of favourites"


class FavouritesTooMany(Invalid):
    """The list is longer than the line's product allows."""

    code = "favourites_too_many"
    title = "Too many favourites"


class FavouriteNotAllowed(Invalid):
    """The line's product does not allow this number on the list."""

    code = "favourite_not_allowed"
    title = "The number may not be a favourite"


class GroupNotFound(NotFound):
    """The tenant has no such closed user group."""

    code = "closed_user_group_not_found"
    title = "There is no such closed user group"


class MemberNotFound(NotFound):
    """The line is not in the closed user group."""

    code = "closed_user_group_member_not_found"
    title = "The line is not in the group"


class TooManyGroups(Conflict):
    """A line may be in at most ten closed user groups."""

    code = "closed_user_groups_too_many"
    title = "The line is in too many groups"


REFUSALS: Final[dict[str, type[DomainError]]] = {
    error.code: error for error in (FavouritesNotOffered, FavouritesTooMany, FavouriteNotAllowed)
}
"""What the engine's error codes to set_favourites are told as."""
