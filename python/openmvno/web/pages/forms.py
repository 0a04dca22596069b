"""Forms: what was typed stays, what is wrong stands beside its field, twice sent is once done."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final
from uuid import uuid4

from litestar.datastructures import UploadFile
from markupsafe import Markup

from openmvno.client import Problem

CSRF_FIELD: Final = "csrf_token"
KEY_FIELD: Final = "idempotency_key"


@dataclass(frozen=True, slots=True)
class Form:
    """A form as it is shown. Fields are named by their place in the API's body
    (``customer.name``), so that a problem finds its field."""

    values: Mapping[str, str] = field(default_factory=dict)
    lists: Mapping[str, list[str]] = field(default_factory=dict)
    """Every value of the fields that may have several."""
    files: Mapping[str, UploadFile] = field(default_factory=dict)
    problem: Problem | None = None
    named: str = ""
    """Which of a page's forms this is; a page with one leaves it empty."""
    key: str = field(default_factory=lambda: str(uuid4()))
    """The Idempotency-Key of what it sends: a second click does nothing twice."""

    def value(self, name: str, otherwise: Any = "") -> str:
        """What was typed into a field, else what stands there first."""
        if name in self.values:
            return self.values[name]
        return "" if otherwise is None else str(otherwise)

    def chosen(self, name: str, otherwise: Iterable[str] = ()) -> list[str]:
        """The choices made where several may be."""
        if self.values:
            return self.lists.get(name, [])
        return list(otherwise)

    def is_wrong(self, name: str) -> bool:
        """Whether the problem is this field's."""
        place = self.problem.field if self.problem else None
        if not place:
            return False
        return place == name or place.startswith((f"{name}.", f"{name}["))

    def marks(self, name: str, hint: str = "") -> Markup:
        """Attributes of a field that tie its hint and its problem to it (WCAG 1.3.1, 3.3.1)."""
        wrong = self.is_wrong(name)
        ids = [f"{name}-hint"] * bool(hint) + [f"{name}-problem"] * wrong
        described = Markup('aria-describedby="{}"').format(" ".join(ids)) if ids else Markup()
        return described + (Markup(' aria-invalid="true"') if wrong else Markup())

    def problem_beside(self, names: Iterable[str]) -> bool:
        """Whether the problem stands beside one of these fields; ``defaults.`` is all below
        it."""
        place = (self.problem.field if self.problem else None) or ""
        return any(
            place.startswith(name) if name.endswith(".") else self.is_wrong(name) for name in names
        )

    def refused(self, problem: Problem, **fields: str) -> Form:
        """The same form with what the API said; sent again it is a request of its own. ``fields``:
        which field of the form one of the API is, where they are named differently."""
        if problem.field in fields:
            problem = Problem(problem.status, {**problem.members, "field": fields[problem.field]})
        return replace(self, problem=problem, key=str(uuid4()))

    def body(self, *names: str, also: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The API's body of these fields; what was left empty is left out."""
        made: dict[str, Any] = {}
        for name in names:
            text = self.values.get(name, "").strip()
            if text:
                _put(made, name.split("."), text)
        for name, value in (also or {}).items():
            _put(made, name.split("."), value)
        return made

    def flag(self, name: str) -> bool:
        """Whether a box is ticked."""
        return self.values.get(name, "") not in ("", "false")

    def whole(self, name: str) -> int | str | None:
        """A whole number; what is none goes to the API as it is, which says so by the field."""
        text = self.values.get(name, "").strip()
        if not text:
            return None
        return (
            int(text)
            if text.removeprefix("-").isascii() and text.removeprefix("-").isdigit()
            else text
        )


def unfit(name: str, detail: str) -> Problem:
    """What a page itself finds wrong with a field, told as the API tells it."""
    return Problem(422, {"code": "request_malformed", "field": name, "detail": detail})


def _put(target: dict[str, Any], steps: list[str], value: Any) -> None:
    for step in steps[:-1]:
        target = target.setdefault(step, {})
    target[steps[-1]] = value
