"""HTTP templates: which event makes which requests, what answer is expected, what errors mean."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta

from openmvno.provisioning.placeholders import Choice, Text, without_secrets
from openmvno.provisioning.register import RefusedError

DONE: Final = (200, 201, 202, 204)
"""Statuses that mean that it is done, where a template names no others."""

Status = Annotated[int, Meta(ge=100, le=599)]
Statuses = Annotated[list[Status], Meta(max_length=50)]


class TemplateRequest(msgspec.Struct, forbid_unknown_fields=True):
    """A request, made for events whose names are among ``on``.

    ``success``: statuses that mean it is done; ``already``: that it had been done before;
    ``give_up``: that it never will be, so that it is a dead letter at once. Any other is tried
    again.
    ``expect``: values that the answer, a JSON object, has to have, by members separated by dots.
    """

    on: Annotated[list[Text], Meta(min_length=1, max_length=50)]
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
    path: Text
    headers: dict[str, Text] = {}
    body: Any = None
    success: Statuses = msgspec.field(default_factory=lambda: list(DONE))
    already: Statuses = []
    give_up: Statuses = []
    expect: dict[str, Any] = {}


class Template(msgspec.Struct, forbid_unknown_fields=True):
    """``headers`` go with every request. ``values``: placeholders of the template's own."""

    requests: Annotated[list[TemplateRequest], Meta(min_length=1, max_length=50)]
    headers: dict[str, Text] = {}
    values: dict[str, Choice] = {}


def check_answer(
    request: TemplateRequest, status: int, body: bytes, secrets: Iterable[str | None] = ()
) -> None:
    """Let an answer pass that means that the request is done. ``secrets``: not to be repeated.

    Raises:
        RefusedError.
    """
    if status in request.already:
        return
    text = without_secrets(body.decode(errors="replace"), secrets)[:200]
    if status not in request.success:
        raise RefusedError(f"HTTP {status}: {text}", is_final=status in request.give_up)
    if not request.expect:
        return
    try:
        answer = msgspec.json.decode(body)
    except msgspec.MsgspecError as error:
        raise RefusedError(f"the answer is not JSON: {text}") from error
    for path, wanted in request.expect.items():
        found: Any = answer
        for step in path.split("."):
            found = found.get(step) if isinstance(found, dict) else None
        if found != wanted:
            shown = without_secrets(repr(found), secrets)[:200]
            raise RefusedError(f"the answer's {path} is {shown}, not {wanted!r}: {text}")
