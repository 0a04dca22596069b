"""Placeholders of templates: what a ``{name}`` stands for in what a target is told.

A member of the event (``imsi``, ``msisdn``, ``iccid``, ``line``, ``account``, ``product``,
``status``, ``previous_imsi`` …), ``event``, ``event_id``, ``sequence``, ``in_service`` (true or
false), ``secret`` (the target's), ``ki``, ``opc`` and ``algorithm`` (of the card), or a value of
the template's own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Final
from urllib.parse import quote

import msgspec
from msgspec import Meta

from openmvno.provisioning.register import IN_SERVICE, RefusedError
from openmvno.sims import Keys

KEY_NAMES: Final = ("ki", "opc")
SECRET_NAMES: Final = (*KEY_NAMES, "secret")
"""Placeholders whose values are never logged or shown."""

KNOWN: Final = frozenset(
    {
        *("line", "account", "imsi", "msisdn", "iccid", "product", "status"),
        *(
            "previous_imsi",
            "previous_iccid",
            "previous_msisdn",
            "previous_account",
            "further_imsis",
            "imsi_number",
        ),
        *("event", "event_id", "sequence", "in_service", "algorithm", *SECRET_NAMES),
    }
)
"""Those that mean something to every template."""

_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")

Text = Annotated[str, Meta(max_length=2000)]


class Choice(msgspec.Struct, forbid_unknown_fields=True, rename={"member": "from"}):
    """A value that follows from a member of the event."""

    member: Text
    values: dict[str, Any]
    default: Any = None


def names_in(part: object) -> set[str]:
    """The placeholders that a part of a template has."""
    return set(_PLACEHOLDER.findall(msgspec.json.encode(part).decode()))


def variables_of(
    values: Mapping[str, Choice], event: Mapping[str, Any], secret: str, keys: Keys | None
) -> dict[str, Any]:
    """What placeholders stand for. ``values``: the template's own. ``event``: its members beside
    name, id and sequence."""
    variables = {
        **event,
        "secret": secret,
        "in_service": event.get("status") in IN_SERVICE,
        "ki": keys.ki if keys is not None else None,
        "opc": keys.opc if keys is not None else None,
        "algorithm": keys.algorithm if keys is not None else None,
    }
    for name, choice in values.items():
        chosen = str(variables.get(choice.member, ""))
        variables[name] = choice.values.get(chosen, choice.default)
    return variables


def filled(value: Any, variables: Mapping[str, Any]) -> Any:
    """A part of a template with its placeholders filled in; a text that is one placeholder alone
    takes the value as it is.

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


def filled_line(text: str, variables: Mapping[str, Any]) -> str:
    """One line of a dialogue with its placeholders filled in.

    Raises:
        RefusedError: a placeholder stands for nothing here, or for more than a line can carry, so
            that it could be a second command.
    """

    def value(found: re.Match[str]) -> str:
        name = found.group(1)
        known = _variable(name, variables)
        if known is None:
            raise RefusedError(f"the template's {{{name}}} stands for nothing here", is_final=True)
        if not str(known).isprintable():
            raise RefusedError(f"{{{name}}} has what a line cannot carry", is_final=True)
        return str(known)

    return _PLACEHOLDER.sub(value, text)


def without_secrets(text: str, secrets: Iterable[str | None]) -> str:
    """What another system said, fit to be shown: should it repeat a secret, that is left out."""
    for secret in secrets:
        if secret:
            text = text.replace(secret, "…")
    return text


def secrets_of(variables: Mapping[str, Any]) -> list[str | None]:
    """The values that must not be shown."""
    return [variables.get(name) for name in SECRET_NAMES]


def _variable(name: str, variables: Mapping[str, Any]) -> Any:
    if name not in variables:
        raise RefusedError(f"the template's {{{name}}} stands for nothing here", is_final=True)
    return variables[name]
