"""Favourites and closed user groups as the API takes and shows them."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from openmvno.groups.model import Favourites, Group, Member
from openmvno.rest.moments import Moment

# ITU-T E.164 clause 6.2.1: at most 15 digits; short numbers of the network may be favourites too.
Number = Annotated[
    str,
    Meta(pattern=r"^[0-9]{2,15}$", examples=["385981234567"], description="Digits, without +"),
]
GroupName = Annotated[str, Meta(min_length=1, max_length=200, examples=["Horvat Ltd"])]


class FavouritesChange(msgspec.Struct, forbid_unknown_fields=True):
    """The whole Friends & Family list as it shall be."""

    numbers: Annotated[list[Number], Meta(max_length=1000)]


class FavouritesView(msgspec.Struct):
    """The Friends & Family list of a line."""

    line_id: UUID
    numbers: list[Number]


class NewGroup(msgspec.Struct, forbid_unknown_fields=True):
    """A closed user group to be."""

    name: GroupName


class GroupView(msgspec.Struct):
    """A closed user group. ``members``: how many lines are in it."""

    id: UUID
    name: GroupName
    members: Annotated[int, Meta(examples=[12])]
    created_at: Moment


class NewMember(msgspec.Struct, forbid_unknown_fields=True):
    """A line that joins a closed user group."""

    line_id: UUID


class MemberView(msgspec.Struct):
    """A line in a closed user group."""

    line_id: UUID
    account_id: UUID
    msisdn: Annotated[str, Meta(examples=["385910000001"])]
    added_at: Moment


class MembershipView(msgspec.Struct):
    """Whether a line is in a group now."""

    group_id: UUID
    line_id: UUID
    member: bool


def favourites_view(line_id: UUID, favourites: Favourites) -> FavouritesView:
    """What the API shows of a list."""
    return FavouritesView(line_id, favourites.numbers)


def group_view(group: Group) -> GroupView:
    """What the API shows of a group."""
    return GroupView(group.group_id, group.name, group.members, group.created_at)


def member_view(member: Member) -> MemberView:
    """What the API shows of a member."""
    return MemberView(member.line_id, member.account_id, member.msisdn, member.added_at)
