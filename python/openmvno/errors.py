"""What every refusal has in common.

DomainError                 a request that cannot be served; nothing has changed
├── NotFound                404, also for what belongs to another tenant
├── Conflict                409, the state of things forbids it
└── Invalid                 422, the request itself is wrong

Each domain derives its own classes in its ``errors.py``. ``code`` is stable and unique: client
programs may rely on it, so it never changes its meaning.
"""

from __future__ import annotations

from typing import Any, ClassVar


class DomainError(Exception):
    """A request that cannot be served; nothing has changed.

    Args:
        detail: what is wrong here, in a sentence for people.
        field: the offending field as a path such as ``customer.name``, when there is one.
        extra: further members of the problem document (RFC 9457 section 3.2).
    """

    code: ClassVar[str] = ""
    status: ClassVar[int] = 400
    title: ClassVar[str] = ""

    def __init__(
        self, detail: str = "", *, field: str | None = None, extra: dict[str, Any] | None = None
    ) -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.field = field
        self.extra = extra or {}


class NotFound(DomainError):
    """There is no such thing for this tenant."""

    code = "not_found"
    status = 404
    title = "Not found"


class Conflict(DomainError):
    """The present state does not allow it."""

    code = "conflict"
    status = 409
    title = "Conflict"


class Invalid(DomainError):
    """The request is understood but wrong."""

    code = "invalid_request"
    status = 422
    title = "Invalid request"


def all_errors() -> list[type[DomainError]]:
    """Every error class that has been imported, by code."""

    def descendants(parent: type[DomainError]) -> list[type[DomainError]]:
        found = []
        for child in parent.__subclasses__():
            found += [child, *descendants(child)]
        return found

    return sorted(descendants(DomainError), key=lambda error: error.code)
