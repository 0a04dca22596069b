"""Access: users and roles, sessions, API tokens, OAuth clients."""

from openmvno.access.confirming import confirm_password
from openmvno.access.errors import AddressNotAllowed, ScopeUnknown, UserNotFound
from openmvno.access.known_tokens import KnownTokens
from openmvno.access.model import NewUser
from openmvno.access.sealed import SEALED_COLUMNS
from openmvno.access.secrets import csrf_token
from openmvno.access.sessions import LoginGate, forget_old_sessions
from openmvno.access.sessions import holder as session_holder
from openmvno.access.tokens import (
    authenticate,
    create_token,
    list_tokens,
    revoke_token,
)
from openmvno.access.users import create_user, set_password, unlock_login, user_by_login

__all__ = [
    "SEALED_COLUMNS",
    "AddressNotAllowed",
    "KnownTokens",
    "LoginGate",
    "NewUser",
    "ScopeUnknown",
    "UserNotFound",
    "authenticate",
    "confirm_password",
    "create_token",
    "create_user",
    "csrf_token",
    "forget_old_sessions",
    "list_tokens",
    "revoke_token",
    "session_holder",
    "set_password",
    "unlock_login",
    "user_by_login",
]
