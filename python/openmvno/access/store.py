"""Tables ``role``, ``app_user``, ``user_session``, ``login_failure``, ``oauth_client`` and
``api_token``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from psycopg import AsyncConnection

from openmvno.access.model import Credentials, Network, NewUser, OAuthClient, Role, Token, User
from openmvno.database.rows import fetch_all, fetch_one, fetch_written, insert_row, newest_first

_ROLE: LiteralString = "name, realm, scopes, note, version"
_USER: LiteralString = (
    "user_id, login, name, email, realm, roles, subject_id, networks, status,"
    " password_hash IS NOT NULL AS has_password, second_factor_required,"
    " totp_confirmed_at IS NOT NULL AS has_second_factor, version, created_at, updated_at,"
    " chosen_language AS language"
)
_ISSUED: LiteralString = (
    "token_id, name, scopes, networks, client_id, created_at, expires_at, revoked_at"
)
_CLIENT: LiteralString = "client_id, name, scopes, networks, created_at, revoked_at"

# -- roles -----------------------------------------------------------------------------------


async def roles_of(connection: AsyncConnection[Any], tenant_id: UUID) -> list[Role]:
    """The tenant's own roles."""
    query: LiteralString = f"SELECT {_ROLE} FROM role WHERE tenant_id = %s ORDER BY name"
    return await fetch_all(connection, Role, query, (tenant_id,))


async def role_by_name(
    connection: AsyncConnection[Any], tenant_id: UUID, name: str, *, lock: bool = False
) -> Role | None:
    """One of them."""
    query: LiteralString = f"SELECT {_ROLE} FROM role WHERE tenant_id = %s AND name = %s" + (
        " FOR UPDATE" if lock else ""
    )
    return await fetch_one(connection, Role, query, (tenant_id, name))


async def upsert_role(connection: AsyncConnection[Any], tenant_id: UUID, role: Role) -> Role:
    """Insert or replace a role."""
    return await fetch_written(
        connection,
        Role,
        "INSERT INTO role (tenant_id, name, realm, scopes, note) VALUES (%s, %s, %s, %s, %s)"
        " ON CONFLICT (tenant_id, name) DO UPDATE SET realm = excluded.realm,"
        " scopes = excluded.scopes, note = excluded.note, version = role.version + 1,"
        f" updated_at = now() RETURNING {_ROLE}",
        (tenant_id, role.name, role.realm, role.scopes, role.note),
    )


async def delete_role(connection: AsyncConnection[Any], tenant_id: UUID, name: str) -> None:
    """Delete a role."""
    await connection.execute(
        "DELETE FROM role WHERE tenant_id = %s AND name = %s", (tenant_id, name)
    )


async def count_users_with(connection: AsyncConnection[Any], tenant_id: UUID, role: str) -> int:
    """How many users have a role."""
    cursor = await connection.execute(
        "SELECT count(*) FROM app_user WHERE tenant_id = %s AND %s = ANY (roles)",
        (tenant_id, role),
    )
    row = await cursor.fetchone()
    return int(row[0]) if row else 0


# -- users -----------------------------------------------------------------------------------


async def insert_user(
    connection: AsyncConnection[Any],
    tenant_id: UUID,
    user_id: UUID,
    user: NewUser,
    password_hash: str | None,
) -> User | None:
    """The new user, or None when the login is taken."""
    return await fetch_one(
        connection,
        User,
        "INSERT INTO app_user (tenant_id, user_id, login, name, email, realm, roles, subject_id,"
        " networks, second_factor_required, password_hash, chosen_language)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
        f" ON CONFLICT (tenant_id, login) DO NOTHING RETURNING {_USER}",
        (
            tenant_id,
            user_id,
            user.login,
            user.name,
            user.email,
            user.realm,
            user.roles,
            user.subject_id,
            user.networks,
            user.second_factor_required,
            password_hash,
            user.language,
        ),
    )


async def user_by_id(
    connection: AsyncConnection[Any], tenant_id: UUID, user_id: UUID, *, lock: bool = False
) -> User | None:
    """One user; ``lock`` keeps it from changing until the transaction ends."""
    query: LiteralString = f"SELECT {_USER} FROM app_user WHERE tenant_id = %s AND user_id = %s" + (
        " FOR UPDATE" if lock else ""
    )
    return await fetch_one(connection, User, query, (tenant_id, user_id))


async def user_by_login(
    connection: AsyncConnection[Any], tenant_id: UUID, login: str
) -> User | None:
    """One user."""
    query: LiteralString = f"SELECT {_USER} FROM app_user WHERE tenant_id = %s AND login = %s"
    return await fetch_one(connection, User, query, (tenant_id, login))


async def list_users(
    connection: AsyncConnection[Any],
    tenant_id: UUID,
    *,
    realm: str | None,
    before: UUID | None,
    limit: int,
) -> list[User]:
    """Users from the newest on."""
    return await fetch_all(
        connection,
        User,
        f"SELECT {_USER} FROM app_user WHERE tenant_id = %(tenant)s"
        " AND (%(realm)s::text IS NULL OR realm = %(realm)s)"
        f"{newest_first('user_id')}",
        {"tenant": tenant_id, "realm": realm, "before": before, "limit": limit},
    )


async def update_user(connection: AsyncConnection[Any], tenant_id: UUID, user: User) -> User:
    """Write what an administrator may change; the user must be locked."""
    return await fetch_written(
        connection,
        User,
        "UPDATE app_user SET login = %s, chosen_language = %s, name = %s, email = %s,"
        " roles = %s, subject_id = %s, networks = %s,"
        " status = %s, second_factor_required = %s, version = version + 1, updated_at = now()"
        f" WHERE tenant_id = %s AND user_id = %s RETURNING {_USER}",
        (
            user.login,
            user.language,
            user.name,
            user.email,
            user.roles,
            user.subject_id,
            user.networks,
            user.status,
            user.second_factor_required,
            tenant_id,
            user.user_id,
        ),
    )


async def credentials(
    connection: AsyncConnection[Any], tenant_id: UUID, login: str
) -> Credentials | None:
    """What a login is held against, locked: codes are good once."""
    return await fetch_one(
        connection,
        Credentials,
        "SELECT user_id, password_hash, status, networks, sealed_totp, totp_confirmed_at,"
        " totp_step, recovery_hashes FROM app_user WHERE tenant_id = %s AND login = %s FOR UPDATE",
        (tenant_id, login),
    )


async def set_password(
    connection: AsyncConnection[Any], tenant_id: UUID, user_id: UUID, password_hash: str
) -> None:
    """Replace the password's hash."""
    await connection.execute(
        "UPDATE app_user SET password_hash = %s, version = version + 1, updated_at = now()"
        " WHERE tenant_id = %s AND user_id = %s",
        (password_hash, tenant_id, user_id),
    )


async def set_totp(
    connection: AsyncConnection[Any],
    tenant_id: UUID,
    user_id: UUID,
    *,
    sealed: bytes | None,
    step: int | None,
    recovery: Sequence[bytes],
) -> None:
    """Replace the second factor; ``step``: of the code that confirmed it, None while none did."""
    await connection.execute(
        "UPDATE app_user SET sealed_totp = %s, totp_step = %s, recovery_hashes = %s,"
        " totp_confirmed_at = CASE WHEN %s THEN now() END, version = version + 1,"
        " updated_at = now() WHERE tenant_id = %s AND user_id = %s",
        (sealed, step or 0, list(recovery), step is not None, tenant_id, user_id),
    )


async def use_code(
    connection: AsyncConnection[Any], tenant_id: UUID, user_id: UUID, step: int
) -> None:
    """Remember the last code taken."""
    await connection.execute(
        "UPDATE app_user SET totp_step = %s WHERE tenant_id = %s AND user_id = %s",
        (step, tenant_id, user_id),
    )


async def use_recovery_code(
    connection: AsyncConnection[Any], tenant_id: UUID, user_id: UUID, code: bytes
) -> None:
    """Take a recovery code away."""
    await connection.execute(
        "UPDATE app_user SET recovery_hashes = array_remove(recovery_hashes, %s)"
        " WHERE tenant_id = %s AND user_id = %s",
        (code, tenant_id, user_id),
    )


# -- invitations ------------------------------------------------------------------------------


async def replace_invitation(
    connection: AsyncConnection[Any],
    tenant_id: UUID,
    invitation_id: UUID,
    user_id: UUID,
    code_hash: bytes,
    expires_at: datetime,
) -> None:
    """Keep a new invitation of a user, and none of the older ones that were not used."""
    await connection.execute(
        "DELETE FROM user_invitation WHERE tenant_id = %s AND user_id = %s AND used_at IS NULL",
        (tenant_id, user_id),
    )
    await insert_row(
        connection,
        "user_invitation",
        {
            "tenant_id": tenant_id,
            "invitation_id": invitation_id,
            "user_id": user_id,
            "code_hash": code_hash,
            "expires_at": expires_at,
        },
    )


async def invited(
    connection: AsyncConnection[Any], tenant_id: UUID, code_hash: bytes
) -> UUID | None:
    """The user of an invitation that may be taken up, which is locked."""
    cursor = await connection.execute(
        "SELECT user_id FROM user_invitation WHERE tenant_id = %s AND code_hash = %s"
        " AND used_at IS NULL AND expires_at > now() FOR UPDATE",
        (tenant_id, code_hash),
    )
    row = await cursor.fetchone()
    return None if row is None else row[0]


async def use_invitation(
    connection: AsyncConnection[Any], tenant_id: UUID, code_hash: bytes
) -> None:
    """It was taken up."""
    await connection.execute(
        "UPDATE user_invitation SET used_at = now() WHERE tenant_id = %s AND code_hash = %s",
        (tenant_id, code_hash),
    )


# -- sessions --------------------------------------------------------------------------------


async def insert_session(
    connection: AsyncConnection[Any],
    tenant_id: UUID,
    session_id: UUID,
    user_id: UUID,
    session_hash: bytes,
    address: str | None,
    expires_at: datetime,
) -> None:
    """A new session."""
    await insert_row(
        connection,
        "user_session",
        {
            "tenant_id": tenant_id,
            "session_id": session_id,
            "user_id": user_id,
            "session_hash": session_hash,
            "address": address,
            "expires_at": expires_at,
        },
    )


async def delete_sessions(
    connection: AsyncConnection[Any], tenant_id: UUID, user_id: UUID, but: bytes | None = None
) -> int:
    """End a user's sessions, all but one by its hash; returns how many."""
    cursor = await connection.execute(
        "DELETE FROM user_session WHERE tenant_id = %s AND user_id = %s"
        " AND session_hash IS DISTINCT FROM %s",
        (tenant_id, user_id, but),
    )
    return cursor.rowcount


async def delete_session(
    connection: AsyncConnection[Any], tenant_id: UUID, session_hash: bytes
) -> None:
    """End one session."""
    await connection.execute(
        "DELETE FROM user_session WHERE tenant_id = %s AND session_hash = %s",
        (tenant_id, session_hash),
    )


# -- tokens and clients ----------------------------------------------------------------------


async def insert_token(
    connection: AsyncConnection[Any],
    tenant_id: UUID,
    token_id: UUID,
    name: str,
    token_hash: bytes,
    scopes: Sequence[str],
    *,
    networks: Sequence[Network] = (),
    expires_at: datetime | None = None,
    client_id: UUID | None = None,
) -> Token:
    """Insert a token by its hash."""
    return await fetch_written(
        connection,
        Token,
        "INSERT INTO api_token (tenant_id, token_id, name, token_hash, scopes, networks,"
        f" expires_at, client_id) VALUES (%s, %s, %s, %s, %s, %s, %s, %s) RETURNING {_ISSUED}",
        (
            tenant_id,
            token_id,
            name,
            token_hash,
            list(scopes),
            list(networks),
            expires_at,
            client_id,
        ),
    )


async def list_tokens(
    connection: AsyncConnection[Any], tenant_id: UUID, *, before: UUID | None, limit: int
) -> list[Token]:
    """Tokens that somebody made, from the newest on; not those OAuth clients got."""
    return await fetch_all(
        connection,
        Token,
        f"SELECT {_ISSUED} FROM api_token WHERE tenant_id = %(tenant)s AND client_id IS NULL"
        f"{newest_first('token_id')}",
        {"tenant": tenant_id, "before": before, "limit": limit},
    )


async def token_by_id(
    connection: AsyncConnection[Any], tenant_id: UUID, token_id: UUID
) -> Token | None:
    """One token."""
    query: LiteralString = f"SELECT {_ISSUED} FROM api_token WHERE tenant_id = %s AND token_id = %s"
    return await fetch_one(connection, Token, query, (tenant_id, token_id))


async def revoke_token(
    connection: AsyncConnection[Any], tenant_id: UUID, token_id: UUID
) -> Token | None:
    """Revoke a token that is not; None where there is none such."""
    return await fetch_one(
        connection,
        Token,
        "UPDATE api_token SET revoked_at = now() WHERE tenant_id = %s AND token_id = %s"
        f" AND revoked_at IS NULL RETURNING {_ISSUED}",
        (tenant_id, token_id),
    )


async def insert_client(
    connection: AsyncConnection[Any], tenant_id: UUID, client: OAuthClient, secret_hash: bytes
) -> None:
    """Insert an OAuth client."""
    await insert_row(
        connection,
        "oauth_client",
        {
            "tenant_id": tenant_id,
            "client_id": client.client_id,
            "name": client.name,
            "secret_hash": secret_hash,
            "scopes": client.scopes,
            "networks": client.networks,
            "created_at": client.created_at,
        },
    )


async def list_clients(
    connection: AsyncConnection[Any], tenant_id: UUID, *, before: UUID | None, limit: int
) -> list[OAuthClient]:
    """OAuth clients from the newest on."""
    return await fetch_all(
        connection,
        OAuthClient,
        f"SELECT {_CLIENT} FROM oauth_client WHERE tenant_id = %(tenant)s"
        f"{newest_first('client_id')}",
        {"tenant": tenant_id, "before": before, "limit": limit},
    )


async def client_by_id(
    connection: AsyncConnection[Any], tenant_id: UUID, client_id: UUID
) -> OAuthClient | None:
    """One client."""
    query: LiteralString = (
        f"SELECT {_CLIENT} FROM oauth_client WHERE tenant_id = %s AND client_id = %s"
    )
    return await fetch_one(connection, OAuthClient, query, (tenant_id, client_id))


async def hold_client(connection: AsyncConnection[Any], tenant_id: UUID, client_id: UUID) -> bool:
    """Let nobody revoke a client while this transaction lasts; False when somebody has."""
    cursor = await connection.execute(
        "SELECT client_id FROM oauth_client WHERE tenant_id = %s AND client_id = %s"
        " AND revoked_at IS NULL FOR SHARE",
        (tenant_id, client_id),
    )
    return await cursor.fetchone() is not None


async def revoke_client(connection: AsyncConnection[Any], tenant_id: UUID, client_id: UUID) -> bool:
    """Revoke a client and the tokens it got; whether it was not revoked before."""
    cursor = await connection.execute(
        "UPDATE oauth_client SET revoked_at = now()"
        " WHERE tenant_id = %s AND client_id = %s AND revoked_at IS NULL",
        (tenant_id, client_id),
    )
    await connection.execute(
        "UPDATE api_token SET revoked_at = now()"
        " WHERE tenant_id = %s AND client_id = %s AND revoked_at IS NULL",
        (tenant_id, client_id),
    )
    return cursor.rowcount == 1
