"""Refusals that belong to HTTP rather than to a domain."""

from __future__ import annotations

from openmvno.errors import Conflict, DomainError, Invalid, NotFound


class RequestMalformed(DomainError):
    """The body or a parameter does not fit the schema; ``field`` names the place."""

    code = "request_malformed"
    status = 400
    title = "The request does not fit the schema"


class CursorInvalid(DomainError):
    """The cursor was not issued by this listing."""

    code = "cursor_invalid"
    status = 422
    title = "The cursor is not one of ours"
    accepted = "the next_cursor of this listing with the same filters, or none for its beginning"


class IdempotencyKeyMissing(DomainError):
    """Requests that move money need an Idempotency-Key header."""

    code = "idempotency_key_missing"
    status = 400
    title = "The Idempotency-Key header is missing"
    accepted = (
        "a fresh key, such as a UUID, with each request, and the same one when it is repeated"
    )


class IdempotencyKeyInvalid(DomainError):
    """The key is empty, longer than 255 characters, or not printable ASCII."""

    code = "idempotency_key_invalid"
    status = 400
    title = "The Idempotency-Key header is not usable"
    accepted = "1 to 255 printable ASCII characters, for instance a UUID"


class TokenMissing(DomainError):
    """No ``Authorization: Bearer`` header (RFC 6750 section 2.1)."""

    code = "token_missing"
    status = 401
    title = "A bearer token is needed"
    accepted = "Authorization: Bearer omv_…, or the cookie of a session"


class TokenInvalid(DomainError):
    """The token is unknown, expired or revoked."""

    code = "token_invalid"
    status = 401
    title = "The token is not valid"
    accepted = "a token that is neither expired nor revoked"


class ScopeMissing(DomainError):
    """The token does not carry the scope this operation needs."""

    code = "scope_missing"
    status = 403
    title = "The token lacks a scope"
    accepted = "a token or session with the scope"

    def __init__(self, scope: str) -> None:
        super().__init__(
            f"This needs the scope {scope}.",
            accepted=f"a token or session with the scope {scope}",
            extra={"scope": scope},
        )


class RouteNotOpen(DomainError):
    """The operation is for the staff and for programs; users of this realm do not have it."""

    code = "route_not_open"
    status = 403
    title = "Not open to users of this realm"
    accepted = "a token, or a user of the staff"


class MemberNotOpen(DomainError):
    """A member of the body is for the staff to give; leave it out."""

    code = "member_not_open"
    status = 403
    title = "Not for users of this realm to give"
    accepted = "the request without it"


class SubjectMissing(DomainError):
    """The user acts for nobody: an administrator has to name the customer or line."""

    code = "subject_missing"
    status = 403
    title = "The user acts for nobody"
    accepted = "the same once an administrator has named the user's customer or line"


class FilterMissing(DomainError):
    """The listing is too long to be looked through: name an account or a line."""

    code = "filter_missing"
    status = 400
    title = "Name whose entries to list"
    accepted = "the id of an account"


class RouteNotFound(NotFound):
    """No such address in this API."""

    code = "route_not_found"
    title = "No such address"
    accepted = "an address that the API's description lists"


class MethodNotAllowed(DomainError):
    """The address exists, the method does not."""

    code = "method_not_allowed"
    status = 405
    title = "Method not allowed"
    accepted = "a method that Allow names"


class IdempotencyKeyReused(Conflict):
    """The key was used for another request before."""

    code = "idempotency_key_reused"
    title = "The Idempotency-Key belongs to another request"
    accepted = "a fresh key for a new request"


class EngineRefused(Conflict):
    """The charging engine refused the change; no money moved."""

    code = "engine_refused"
    title = "The charging engine refused the change"
    accepted = "what the state of account and line allows; engine_code is what stands against it"


class VersionMismatch(DomainError):
    """If-Match names another version than the present one (RFC 9110 section 13.1.1)."""

    code = "version_mismatch"
    status = 412
    title = "Somebody else has changed it meanwhile"
    accepted = "the present ETag"


class TextNotStorable(Invalid):
    """A text holds a character that PostgreSQL cannot store, such as NUL (U+0000)."""

    code = "text_not_storable"
    title = "A text cannot be stored"
    accepted = "texts without NUL (U+0000) and other characters that are none"


class BodyTooLarge(DomainError):
    """The body exceeds the size limit of this operation."""

    code = "body_too_large"
    status = 413
    title = "The body is too large"
    accepted = "a smaller body"


class MediaTypeUnsupported(DomainError):
    """The Content-Type is not one this operation reads."""

    code = "media_type_unsupported"
    status = 415
    title = "The media type is not supported"
    accepted = "a media type that the operation's description lists"


class RateLimited(DomainError):
    """Too many requests with this token; see Retry-After."""

    code = "rate_limited"
    status = 429
    title = "Too many requests"
    accepted = "the same request after the seconds in Retry-After"


class InternalError(DomainError):
    """A fault of ours; the request id finds it in the log."""

    code = "internal_error"
    status = 500
    title = "Internal error"
    accepted = "a report of the fault that quotes the request_id"


class DatabaseUnavailable(DomainError):
    """PostgreSQL does not answer; nothing has changed, try again."""

    code = "database_unavailable"
    status = 503
    title = "The database does not answer"
    accepted = "the same request in a moment"
