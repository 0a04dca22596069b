"""What can go wrong with users, roles, tokens and logging in."""

from openmvno.errors import Conflict, DomainError, Invalid, NotFound


class ScopeUnknown(Invalid):
    """A scope is asked for that does not exist."""

    code = "scope_unknown"
    title = "There is no such scope"
    accepted = "one of the scopes that the API's description lists"


class ScopeNotHeld(DomainError):
    """Nobody can give a right that he does not have himself."""

    code = "scope_not_held"
    status = 403
    title = "A scope is not the caller's to give"
    accepted = "scopes that who gives them has"


class ScopeNotOfRealm(Invalid):
    """The realm's users never have this scope."""

    code = "scope_not_of_realm"
    title = "The realm does not have this scope"
    accepted = "scopes of the user's realm"


class TokenNotFound(NotFound):
    """No token of the tenant has this id."""

    code = "token_not_found"
    title = "There is no such token"
    accepted = "the id of a token: GET /v1/tokens lists them"


class ClientNotFound(NotFound):
    """No OAuth client of the tenant has this id."""

    code = "oauth_client_not_found"
    title = "There is no such OAuth client"
    accepted = "the id of an OAuth client: GET /v1/oauth-clients lists them"


class RoleNotFound(NotFound):
    """No role of the tenant has this name."""

    code = "role_not_found"
    title = "There is no such role"
    accepted = "the name of a role: GET /v1/roles lists them"


class RoleUnknown(Invalid):
    """A user is given a role that does not exist, or not in the user's realm."""

    code = "role_unknown"
    title = "The realm has no such role"
    accepted = "roles of the user's realm: GET /v1/roles lists them"


class RoleBuiltIn(Conflict):
    """The role is part of the program; make one of another name."""

    code = "role_built_in"
    title = "A built-in role cannot be changed"
    accepted = "a role of the tenant's own, under another name"


class RoleInUse(Conflict):
    """Users have the role."""

    code = "role_in_use"
    title = "The role is in use"
    accepted = "a role that no user has; give those users another one first"


class UserNotFound(NotFound):
    """No user of the tenant has this id."""

    code = "user_not_found"
    title = "There is no such user"
    accepted = "the id of a user: GET /v1/users lists them"


class SubjectUnknown(Invalid):
    """A subscriber acts for a line of the tenant, other users outside the staff for a customer."""

    code = "subject_unknown"
    title = "There is nobody like that to act for"
    accepted = "a line for a subscriber, a customer for a customer, reseller or distributor"


class LoginTaken(Conflict):
    """Another user of the tenant has this login."""

    code = "login_taken"
    title = "The login is taken"
    accepted = "a login that no user of the tenant has"


class PasswordWeak(Invalid):
    """The password is too short, or is the login."""

    code = "password_weak"
    title = "The password is too easy to guess"
    accepted = "a longer password of more different characters"


class PasswordWrong(Invalid):
    """The present password was not given right."""

    code = "password_wrong"
    title = "The present password is another"
    accepted = "the password that one logs in with now"


class NetworkInvalid(Invalid):
    """Not an IP address or a CIDR range."""

    code = "network_invalid"
    title = "Not an IP address or range"
    accepted = "an address such as 192.0.2.10 or a range such as 192.0.2.0/24"


class AddressNotAllowed(DomainError):
    """The token or user may not be used from this address."""

    code = "address_not_allowed"
    status = 403
    title = "Not allowed from this address"
    accepted = "a request from one of the networks that the user or token is bound to"


class LoginFailed(DomainError):
    """Login, password or code is wrong; which of them is not told."""

    code = "login_failed"
    status = 401
    title = "Login failed"
    accepted = "login and password of a user and, where there is one, the code of its second factor"


class SecondFactorNeeded(DomainError):
    """The password is right; the code of the second factor is missing."""

    code = "second_factor_needed"
    status = 401
    title = "A code of the second factor is needed"
    accepted = "the code that the authenticator app shows now, or a recovery code"


class InvitationInvalid(NotFound):
    """The code is wrong, used, replaced by a newer one, or too old."""

    code = "invitation_invalid"
    title = "There is no such invitation any more"
    accepted = "the code of an invitation that is new and unused; ask for another one"


class LoginMissing(Invalid):
    """The user has no login yet: choose one."""

    code = "login_missing"
    title = "A login is needed"
    accepted = "a login that no user of the tenant has"


class LoginThrottled(DomainError):
    """Too many failed logins for this login or from this address; see Retry-After."""

    code = "login_throttled"
    status = 429
    title = "Too many failed logins"
    accepted = "another try after the seconds in Retry-After"


class SessionMissing(DomainError):
    """The request needs a session: log in first."""

    code = "session_missing"
    status = 401
    title = "A session is needed"
    accepted = "the cookie of a session: log in with POST /v1/sessions"


class CsrfTokenInvalid(DomainError):
    """A change with a session's cookie needs the session's X-CSRF-Token."""

    code = "csrf_token_invalid"
    status = 403
    title = "The X-CSRF-Token header is missing or not the session's"
    accepted = "the csrf_token of GET /v1/session in X-CSRF-Token"


class TotpNotBegun(Conflict):
    """There is no second factor to confirm; begin with POST /v1/session/totp."""

    code = "totp_not_begun"
    title = "No second factor was begun"
    accepted = "a code after POST /v1/session/totp"


class TotpConfirmed(Conflict):
    """The user has a second factor; an administrator can take it away."""

    code = "totp_confirmed"
    title = "There is a second factor already"
    accepted = (
        "a user without a second factor; an administrator takes one away with"
        " DELETE /v1/users/{user_id}/second-factor"
    )


class TotpCodeWrong(Invalid):
    """The code is not the one of now, or was used before."""

    code = "totp_code_wrong"
    title = "The code is wrong"
    accepted = "the code that the authenticator app shows now, each once"
