"""What can go wrong with favourites and closed user groups."""

from typing import Final

from openmvno.errors import Conflict, Invalid, NotFound, Told


class FavouritesNotOffered(Conflict):
    """None of the line's products has a Friends & Family list."""

    code = "favourites_not_offered"
    title = "The line's products have no list of favourites"
    accepted = "a line with a product that has favourites, or an empty list"


class FavouritesTooMany(Invalid):
    """The list is longer than the line's product allows."""

    code = "favourites_too_many"
    title = "Too many favourites"
    accepted = "as many numbers as the line's product allows"


class FavouriteNotAllowed(Invalid):
    """The line's product does not allow this number on the list."""

    code = "favourite_not_allowed"
    title = "The number may not be a favourite"
    accepted = "numbers that the line's product allows"


class GroupNotFound(NotFound):
    """The tenant has no such closed user group."""

    code = "closed_user_group_not_found"
    title = "There is no such closed user group"
    accepted = "the id of a group: GET /v1/closed-user-groups lists them"


class MemberNotFound(NotFound):
    """The line is not in the closed user group."""

    code = "closed_user_group_member_not_found"
    title = "The line is not in the group"
    accepted = "a line that is in the group"


class TooManyGroups(Conflict):
    """A line may be in at most ten closed user groups."""

    code = "closed_user_groups_too_many"
    title = "The line is in too many groups"
    accepted = "a line that is in fewer groups"


REFUSALS: Final = {
    kind.code: Told(kind, "numbers")
    for kind in (FavouritesNotOffered, FavouritesTooMany, FavouriteNotAllowed)
}
"""What the engine's error codes to set_favourites are told as."""
