"""What every refusal has in common.

DomainError                 a request that cannot be served; nothing has changed
├── NotFound                404, also for what belongs to another tenant
├── Conflict                409, the state of things forbids it
└── Invalid                 422, the request itself is wrong

Each domain derives its own classes in its ``errors.py``. ``code`` is stable and unique: client
programs may rely on it, so it never changes its meaning.

A good refusal says three things, as those of the schema do (:mod:`openmvno.rest.teaching`):

* the **field**, as the API names it: a place in the body (``customer.name``, ``rows[0].days``), a
  parameter of the path or the query, a header. NotFound, Conflict and Invalid have to decide;
  None is for what no field of the request stands for: the state of things, a file as a whole;
* the **rule** it breaks, or the state that forbids it, with what was given;
* what would be **accepted** instead: values, limits, the state needed, or when to try again. A
  class says what always holds, and who raises it whatever is known better there.

Tests in ``tests/rules/errors`` hold the code to it, ``tests/support/documented.py`` every answer.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import Any, ClassVar, Final, NamedTuple

MOST_NAMED: Final = 60
"""Names or values listed in one sentence."""


class DomainError(Exception):
    """A request that cannot be served; nothing has changed.

    Args:
        rule: what is wrong here, in a sentence for people.
        field: the offending field as a path such as ``customer.name``, when there is one.
        accepted: what would be accepted instead, as the words after "accepted:".
        extra: further members of the problem document (RFC 9457 section 3.2).
    """

    code: ClassVar[str] = ""
    status: ClassVar[int] = 400
    title: ClassVar[str] = ""
    accepted: str = ""
    """What would be accepted, unless who raises it says it better."""

    def __init__(
        self,
        rule: str = "",
        *,
        field: str | None = None,
        accepted: str | None = None,
        extra: dict[str, Any] | None = None,
    ) -> None:
        self.rule = (rule or self.title).removesuffix(".")
        if accepted is not None:
            self.accepted = accepted
        self.detail = told(self.rule, self.accepted)
        super().__init__(self.detail)
        self.field = field
        self.extra = extra or {}


class _OfRequest(DomainError):
    """What has to decide which field of the request it is about, be it none."""

    def __init__(
        self,
        rule: str = "",
        *,
        field: str | None,
        accepted: str | None = None,
        extra: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(rule, field=field, accepted=accepted, extra=extra)


class NotFound(_OfRequest):
    """There is no such thing for this tenant."""

    code = "not_found"
    status = 404
    title = "Not found"
    accepted = "the name of a thing that is there"


class Conflict(_OfRequest):
    """The present state does not allow it."""

    code = "conflict"
    status = 409
    title = "Conflict"
    accepted = "the same once the state allows it"


class Invalid(_OfRequest):
    """The request is understood but wrong."""

    code = "invalid_request"
    status = 422
    title = "Invalid request"
    accepted = "what the operation's description says"


class Told(NamedTuple):
    """What a refusal of the engine is told as: which error, and which field of the request."""

    kind: type[DomainError]
    field: str | None


def told(rule: str, accepted: str | None) -> str:
    """The whole sentence: the rule that is broken, and what would be accepted."""
    return f"{rule}; accepted: {accepted}." if accepted else f"{rule}."


def one_of(values: Iterable[object], nothing: str = "nothing at present") -> str:
    """What is accepted where a few values are: all of them, as long as they are not too many;
    ``nothing``: said where there is none."""
    names = [str(value) for value in islice(values, MOST_NAMED + 1)]
    if not names:
        return nothing
    if len(names) > MOST_NAMED:
        names[MOST_NAMED:] = ["…"]
    return names[0] if len(names) == 1 else f"one of {', '.join(names)}"


def all_errors() -> list[type[DomainError]]:
    """Every error class that has been imported and has a code, by code."""

    def descendants(parent: type[DomainError]) -> list[type[DomainError]]:
        found = []
        for child in parent.__subclasses__():
            found += [*([child] if child.code else []), *descendants(child)]
        return found

    return sorted(descendants(DomainError), key=lambda error: error.code)
