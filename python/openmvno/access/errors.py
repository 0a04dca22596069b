"""What can go wrong with users, roles, tokens and logging in."""

from openmvno.errors import Conflict, DomainError, Invalid, NotFound


class ScopeUnknown(Invalid):
    """A scope is asked for that does not exist."""

    code = "scope_unknown"
    title = "There is no such scope"


class ScopeNotHeld(DomainError):
    """Nobody can give a right that he does not have himself."""

    code = "scope_not_held"
    status = 403
    title = "A scope is not the caller's to give"


class ScopeNotOfRealm(Invalid):
    """The realm's users never have this scope."""

    code = "scope_not_of_realm"
    title = "The realm does not have this scope"


class TokenNotFound(NotFound):
    """No token of the tenant has this id."""

    code = "token_not_found"
    title = "There is no such token"


class ClientNotFound(NotFound):
    """No OAuth client of the tenant has this id."""

    code = "oauth_client_not_found"
    title = "There is no such OAuth client"


class RoleNotFound(NotFound):
    """No role of the tenant has this name."""

    code = "role_not_found"
    title = "There is no such role"


class RoleUnknown(Invalid):
    """A user is given a role that does not exist, or not in the user's realm."""

    code = "role_unknown"
    title = "The realm has no such role"


class RoleBuiltIn(Conflict):
    """The role is part of the program; make one of another name."""

    code = "role_built_in"
    title = "A built-in role cannot be changed"


class RoleInUse(Conflict):
    """Users have the role."""

    code = "role_in_use"
    title = "The role is in use"


class UserNotFound(NotFound):
    """No user of the tenant has this id."""

    code = "user_not_found"
    title = "There is no such user"


class SubjectUnknown(Invalid):
    """A subscriber acts for a line of the tenant, other users outside the staff for a customer."""

    code = "subject_unknown"
    title = "There is nobody like that to act for"


class LoginTaken(Conflict):
    """Another user of the tenant has this login."""

    code = "login_taken"
    title = "The login is taken"


class PasswordWeak(Invalid):
    """The password is too short, or is the login."""

    code = "password_weak"
    title = "The password is too easy to guess"


class PasswordWrong(Invalid):
    """The present password was not given right."""

    code = "password_wrong"
    title = "The present password is another"


class NetworkInvalid(Invalid):
    """Not an IP address or a CIDR range."""

    code = "network_invalid"
    title = "Not an IP address or range"


class AddressNotAllowed(DomainError):
    """The token or user may not be used from this address."""

    code = "address_not_allowed"
    status = 403
    title = "Not allowed from this address"


class LoginFailed(DomainError):
    """Login, password or code is wrong; which of them is not told."""

    code = "login_failed"
    status = 401
    title = "Login failed"


class SecondFactorNeeded(DomainError):
    """The password is right; the code of the second factor is missing."""

    code = "second_factor_needed"
    status = 401
    title = "A code of the second factor is needed"


class InvitationInvalid(NotFound):
    """The code is wrong, used, replaced by a newer one, or too old."""

    code = "invitation_invalid"
    title = "There is no such invitation any more"


class LoginMissing(Invalid):
    """The user has no login yet: choose one."""

    code = "login_missing"
    title = "A login is needed"


class LoginThrottled(DomainError):
    """Too many failed logins for this login or from this address; see Retry-After."""

    code = "login_throttled"
    status = 429
    title = "Too many failed logins"


class SessionMissing(DomainError):
    """The request needs a session: log in first."""

    code = "session_missing"
    status = 401
    title = "A session is needed"


class CsrfTokenInvalid(DomainError):
    """A change with a session's cookie needs the session's X-CSRF-Token."""

    code = "csrf_token_invalid"
    status = 403
    title = "The X-CSRF-Token header is missing or not the session's"


class TotpNotBegun(Conflict):
    """There is no second factor to confirm; begin with POST /v1/session/totp."""

    code = "totp_not_begun"
    title = "No second factor was begun"


class TotpConfirmed(Conflict):
    """The user has a second factor; an administrator can take it away."""

    code = "totp_confirmed"
    title = "There is a second factor already"


class TotpCodeWrong(Invalid):
    """The code is not the one of now, or was used before."""

    code = "totp_code_wrong"
    title = "The code is wrong"
