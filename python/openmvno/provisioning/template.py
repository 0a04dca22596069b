"""Templates: which event makes which HTTP requests, what answer is expected, what errors mean.

A placeholder ``{name}`` stands for a member of the event (``imsi``, ``msisdn``, ``iccid``,
``line``, ``account``, ``product``, ``status``, ``previous_imsi`` …), for ``event``, ``event_id``,
``sequence``, ``in_service`` (true or false), ``secret`` (the target's), ``ki`` and ``opc`` (of the
card), or for a value of the template's own. A text that is one placeholder alone takes the value as
it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal
from urllib.parse import quote

import msgspec
from msgspec import Meta

from openmvno.provisioning.errors import TemplateInvalid
from openmvno.provisioning.register import IN_SERVICE, RefusedError
from openmvno.sims import Keys

DONE: Final = (200, 201, 202, 204)
"""Statuses that mean that it is done, where a template names no others."""

KEY_NAMES: Final = ("ki", "opc")

_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")

Status = Annotated[int, Meta(ge=100, le=599)]
Statuses = Annotated[list[Status], Meta(max_length=50)]
Text = Annotated[str, Meta(max_length=2000)]


class Choice(msgspec.Struct, forbid_unknown_fields=True, rename={"member": "from"}):
    """A value that follows from a member of the event."""

    member: Text
    values: dict[str, Any]
    default: Any = None


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


def read_template(document: object) -> Template:
    """A template as it is stored or sent.

    Raises:
        TemplateInvalid: naming the place.
    """
    try:
        return msgspec.convert(document, Template)
    except msgspec.ValidationError as error:
        message, _, place = str(error).partition(" - at `$")
        raise TemplateInvalid(message, field=f"template{place.rstrip('`')}") from error


def needs_keys(template: Template) -> bool:
    """Whether its requests carry the keys of SIM cards."""
    named = {
        name
        for request in template.requests
        for name in _PLACEHOLDER.findall(msgspec.json.encode(request).decode())
    }
    return bool(named & set(KEY_NAMES))


def variables_of(
    template: Template, event: Mapping[str, Any], secret: str, keys: Keys | None
) -> dict[str, Any]:
    """What placeholders stand for. ``event``: its members beside name, id and sequence."""
    variables = {
        **event,
        "secret": secret,
        "in_service": event.get("status") in IN_SERVICE,
        "ki": keys.ki if keys is not None else None,
        "opc": keys.opc if keys is not None else None,
    }
    for name, choice in template.values.items():
        chosen = str(variables.get(choice.member, ""))
        variables[name] = choice.values.get(chosen, choice.default)
    return variables


def filled(value: Any, variables: Mapping[str, Any]) -> Any:
    """A part of a template with its placeholders filled in.

    Raises:
        RefusedError: a placeholder that stands for nothing here.
    """
    if isinstance(value, str):
        whole = _PLACEHOLDER.fullmatch(value)
        if whole is not None:
            return _variable(whole.group(1), variables)
        return _PLACEHOLDER.sub(lambda found: str(_variable(found.group(1), variables)), value)
    if isinstance(value, list):
        return [filled(each, variables) for each in value]
    if isinstance(value, dict):
        return {name: filled(each, variables) for name, each in value.items()}
    return value


def filled_path(path: str, variables: Mapping[str, Any]) -> str:
    """A path with its placeholders filled in and encoded.

    Raises:
        RefusedError: a placeholder that stands for nothing here.
    """
    return _PLACEHOLDER.sub(
        lambda found: quote(str(_variable(found.group(1), variables)), safe=""), path
    )


def _variable(name: str, variables: Mapping[str, Any]) -> Any:
    if name not in variables:
        raise RefusedError(f"the template's {{{name}}} stands for nothing here", is_final=True)
    return variables[name]


def check_answer(request: TemplateRequest, status: int, body: bytes) -> None:
    """Let an answer pass that means that the request is done.

    Raises:
        RefusedError.
    """
    if status in request.already:
        return
    text = body[:200].decode(errors="replace")
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
            raise RefusedError(f"the answer's {path} is {found!r}, not {wanted!r}: {text}")
