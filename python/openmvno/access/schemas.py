"""Users, roles, tokens, clients and sessions as the API takes and shows them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from openmvno.access.model import NewUser, OAuthClient, Role, Token, User
from openmvno.access.networks import parse_networks
from openmvno.rest.moments import Moment

Realm = Literal["admin", "care", "reseller", "distributor", "customer", "subscriber", "service"]
UserRealm = Literal["admin", "care", "reseller", "distributor", "customer", "subscriber"]
Name = Annotated[str, Meta(min_length=1, max_length=200, examples=["Ana Horvat"])]
NO_SPACES = r"^[^\x00-\x20\x7f-\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff]+$"
"""Every space and control by its number: which ones ``\\s`` means differs between languages."""

Login = Annotated[
    str, Meta(min_length=1, max_length=100, pattern=NO_SPACES, examples=["ana@mvno.example"])
]
Password = Annotated[str, Meta(min_length=1, max_length=200, examples=["correct horse battery"])]
Scopes = Annotated[list[str], Meta(min_length=1, max_length=100, examples=[["customers:read"]])]
RoleName = Annotated[
    str, Meta(min_length=1, max_length=64, pattern="^[a-z][a-z0-9-]*$", examples=["back-office"])
]
Networks = Annotated[
    list[Annotated[str, Meta(max_length=64)]],
    Meta(
        max_length=100,
        examples=[["192.0.2.0/24"]],
        description="Addresses and CIDR ranges it may come from; empty: any",
    ),
]
Instant = Annotated[datetime, Meta(tz=True, examples=["2030-01-31T23:00:00Z"])]
Language = Literal["en", "de", "es", "uk"]
"""BCP 47; those the pages speak."""
ChosenLanguage = Annotated[
    Language | None, Meta(description="Null until somebody chooses one: the browser's")
]
Code = Annotated[str, Meta(min_length=6, max_length=40, examples=["123456"])]


class LogIn(msgspec.Struct, forbid_unknown_fields=True):
    """Who begins a session. ``code``: of the authenticator app, or a recovery code."""

    tenant: Annotated[str, Meta(max_length=64, examples=["sample"])]
    login: Login
    password: Password
    code: Code | None = None


class SessionTenant(msgspec.Struct):
    """The operator whose user is logged in."""

    code: Annotated[str, Meta(examples=["sample"])]
    name: Annotated[str, Meta(examples=["Sample Mobile"])]
    currency: Annotated[str, Meta(examples=["EUR"])]
    time_zone: Annotated[str, Meta(examples=["Europe/Zagreb"])]


class SessionView(msgspec.Struct):
    """A session: a cookie carries it, and each change with it sends ``csrf_token`` in the header
    ``X-CSRF-Token``."""

    user_id: UUID
    login: Annotated[str, Meta(examples=["ana@mvno.example"])]
    scopes: list[str]
    csrf_token: str
    second_factor: Annotated[bool, Meta(description="The user has a second factor")]
    second_factor_required: Annotated[
        bool, Meta(description="Until the user has one, the session may do no more than set it")
    ]
    name: Annotated[str, Meta(examples=["Ana Horvat"])]
    realm: Realm
    subject_id: Annotated[
        UUID | None, Meta(description="The line of a subscriber; the customer it acts for, else")
    ]
    language: ChosenLanguage
    tenant: SessionTenant


class SessionChange(msgspec.Struct, forbid_unknown_fields=True):
    """What the user may change of itself."""

    language: Language


class OwnPassword(msgspec.Struct, forbid_unknown_fields=True):
    """A new password for who knows the present one."""

    present: Password
    password: Password


class TotpBegun(msgspec.Struct):
    """What the authenticator app needs. Shown once; a repeated request gets nulls."""

    secret: Annotated[str | None, Meta(examples=["JBSWY3DPEHPK3PXP"])]
    uri: Annotated[str | None, Meta(examples=["otpauth://totp/…"])]


class TotpCode(msgspec.Struct, forbid_unknown_fields=True):
    """The code the app shows."""

    code: Code


class RecoveryCodes(msgspec.Struct):
    """Each logs in once in place of a code. Shown once; a repeated request gets none."""

    codes: Annotated[list[str], Meta(examples=[["0f1e2d3c4b5a69788796"]])]


class UserIn(msgspec.Struct, forbid_unknown_fields=True):
    """A user to be. Without a password it cannot log in yet."""

    login: Login
    name: Name
    realm: UserRealm
    roles: Annotated[list[RoleName], Meta(max_length=20)] = []
    email: Annotated[str, Meta(max_length=200)] | None = None
    subject_id: Annotated[
        UUID | None, Meta(description="The customer, line or reseller it acts for")
    ] = None
    networks: Networks = []
    second_factor_required: bool = False
    password: Password | None = None
    language: ChosenLanguage = None

    def user(self) -> NewUser:
        """As the service takes it.

        Raises:
            NetworkInvalid.
        """
        return NewUser(
            self.login.lower(),
            self.name,
            self.realm,
            list(dict.fromkeys(self.roles)),
            self.email,
            self.subject_id,
            parse_networks(self.networks),
            self.second_factor_required,
            self.language,
        )


class UserChange(msgspec.Struct, forbid_unknown_fields=True):
    """What is to change of a user; what is left out stays."""

    name: Name | UnsetType = UNSET
    roles: Annotated[list[RoleName], Meta(max_length=20)] | UnsetType = UNSET
    email: Annotated[str, Meta(max_length=200)] | UnsetType | None = UNSET
    subject_id: UUID | UnsetType | None = UNSET
    networks: Networks | UnsetType = UNSET
    status: Literal["active", "disabled"] | UnsetType = UNSET
    second_factor_required: bool | UnsetType = UNSET
    language: ChosenLanguage | UnsetType = UNSET

    def changes(self) -> dict[str, object]:
        """As fields of :class:`User`.

        Raises:
            NetworkInvalid.
        """
        given = {
            name: value
            for name, value in msgspec.structs.asdict(self).items()
            if value is not UNSET
        }
        if not isinstance(self.networks, UnsetType):
            given["networks"] = parse_networks(self.networks)
        return given


class UserPassword(msgspec.Struct, forbid_unknown_fields=True):
    """A new password, given by an administrator."""

    password: Password


class UserView(msgspec.Struct):
    """Somebody who logs in."""

    id: UUID
    login: str
    name: str
    email: str | None
    realm: Realm
    roles: list[str]
    subject_id: UUID | None
    networks: list[str]
    status: Annotated[str, Meta(description="active or disabled")]
    has_password: bool
    second_factor: bool
    second_factor_required: bool
    created_at: Moment
    updated_at: Moment
    language: ChosenLanguage


class SelfCareUser(msgspec.Struct, forbid_unknown_fields=True):
    """Who is to look after a line."""

    name: Name
    email: Annotated[str, Meta(max_length=200)] | None = None
    language: ChosenLanguage = None


class InvitationView(msgspec.Struct):
    """A code with which somebody chooses login and password, once. ``code`` is there once, in the
    answer that makes it; hand it over, nothing is sent."""

    user_id: UUID
    expires_at: Moment
    code: Annotated[str | None, Meta(examples=["7K3M-9QXW-A2ZD-H5TP"])] = None


class Acceptance(msgspec.Struct, forbid_unknown_fields=True):
    """Who takes an invitation up. ``login``: of a user that has none yet. ``language``: what who
    takes it up reads; it becomes the user's where none was chosen."""

    tenant: Annotated[str, Meta(max_length=64, examples=["sample"])]
    code: Annotated[str, Meta(min_length=1, max_length=64, examples=["7K3M-9QXW-A2ZD-H5TP"])]
    password: Password
    login: Login | None = None
    language: Language | None = None


class Accepted(msgspec.Struct):
    """What the user logs in with from now on."""

    login: Annotated[str, Meta(examples=["ana@mvno.example"])]


class RoleIn(msgspec.Struct, forbid_unknown_fields=True):
    """What a role allows, and to whom it may be given."""

    realm: UserRealm
    scopes: Scopes
    note: Annotated[str, Meta(max_length=500)] = ""


class RoleView(msgspec.Struct):
    """A name for scopes, of users of one realm."""

    name: Annotated[str, Meta(examples=["agent"])]
    realm: Realm
    scopes: list[str]
    note: str
    built_in: bool


class TokenIn(msgspec.Struct, forbid_unknown_fields=True):
    """A token to be; it may have what its maker has."""

    name: Name
    scopes: Scopes
    networks: Networks = []
    expires_at: Instant | None = None


class TokenView(msgspec.Struct):
    """An API token. ``token`` is there once, in the answer that makes it."""

    id: UUID
    name: str
    scopes: list[str]
    networks: list[str]
    created_at: Moment
    expires_at: Moment | None
    revoked_at: Moment | None
    token: Annotated[str | None, Meta(examples=["omv_…"])] = None


class ClientIn(msgspec.Struct, forbid_unknown_fields=True):
    """An OAuth client to be; it may have what its maker has."""

    name: Name
    scopes: Scopes
    networks: Networks = []


class ClientView(msgspec.Struct):
    """A program that gets tokens at ``/oauth2/token``. ``client_secret`` is there once."""

    client_id: UUID
    name: str
    scopes: list[str]
    networks: list[str]
    created_at: Moment
    revoked_at: Moment | None
    client_secret: Annotated[str | None, Meta(examples=["omvs_…"])] = None


def user_view(user: User) -> UserView:
    """What the API shows of a user."""
    return UserView(
        id=user.user_id,
        login=user.login,
        name=user.name,
        email=user.email,
        realm=msgspec.convert(user.realm, Realm),
        roles=user.roles,
        subject_id=user.subject_id,
        networks=[str(network) for network in user.networks],
        status=user.status,
        has_password=user.has_password,
        second_factor=user.has_second_factor,
        second_factor_required=user.second_factor_required,
        created_at=user.created_at,
        updated_at=user.updated_at,
        language=msgspec.convert(user.language, Language | None),
    )


def role_view(role: Role) -> RoleView:
    """What the API shows of a role."""
    realm = msgspec.convert(role.realm, Realm)
    return RoleView(role.name, realm, role.scopes, role.note, role.built_in)


def token_view(token: Token) -> TokenView:
    """What the API shows of a token."""
    return TokenView(
        token.token_id,
        token.name,
        token.scopes,
        [str(network) for network in token.networks],
        token.created_at.astimezone(UTC),
        token.expires_at,
        token.revoked_at,
    )


def client_view(client: OAuthClient) -> ClientView:
    """What the API shows of an OAuth client."""
    return ClientView(
        client.client_id,
        client.name,
        client.scopes,
        [str(network) for network in client.networks],
        client.created_at,
        client.revoked_at,
    )
