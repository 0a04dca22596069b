"""Templates of all kinds of targets: read, and checked before they are stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeVar

import asyncssh
import msgspec

from openmvno.errors import one_of
from openmvno.provisioning.command_template import Command, CommandTemplate, Session
from openmvno.provisioning.errors import TemplateInvalid
from openmvno.provisioning.kinds import COMMAND_LINES, HTTP, KINDS, SSH
from openmvno.provisioning.placeholders import KEY_NAMES, KNOWN, names_in
from openmvno.provisioning.register import served_imsis
from openmvno.provisioning.template import Template
from openmvno.rest.teaching import malformed

AnyTemplate = Template | CommandTemplate

T = TypeVar("T")

CLOSED: Final = "line.closed"


def read_template(kind: str, document: object) -> AnyTemplate | None:
    """The template of a target of a kind, as it is stored or sent; None where there is none.

    Raises:
        TemplateInvalid: naming the place.
    """
    if document is None:
        return None
    if kind == HTTP:
        return _converted(document, Template)
    if kind in COMMAND_LINES:
        template = _converted(document, CommandTemplate)
        _check_session(kind, template.session)
        for place, command in enumerate(template.commands):
            _check_command(template, command, f"template.commands[{place}]")
        return template
    # Of a kind that does not exist it is said elsewhere.
    if kind in KINDS:
        raise TemplateInvalid(
            f"A target of kind {kind} has no template.", field="template", accepted="null"
        )
    return None


def needs_keys(template: AnyTemplate) -> bool:
    """Whether what it sends carries the keys of SIM cards."""
    return bool(_names_sent(template) & set(KEY_NAMES))


def asks_for_keys(template: AnyTemplate) -> bool:
    """Whether anything depends on what keys a card has."""
    asked = _names_sent(template) | {choice.member for choice in template.values.values()}
    if isinstance(template, CommandTemplate):
        asked.update(name for each in template.commands for name in (*each.when, *each.needs))
    return bool(asked & {*KEY_NAMES, "algorithm"})


def told_of(
    template: AnyTemplate, event: str, payload: Mapping[str, Any], prefixes: Sequence[str]
) -> list[tuple[str, dict[str, Any]]]:
    """What a target is told of an event: its name, and what placeholders stand for. Of a card with
    several IMSIs it is told of each that it serves, in order; once, with the first, where the
    template names ``{further_imsis}``. A line that has got a card it does not serve is closed for
    it."""
    if "imsi" not in payload:
        return [(event, dict(payload))]
    imsis = served_imsis(payload, prefixes)
    previous = served_imsis(payload, prefixes, "previous_")
    if not imsis:
        gone = {**payload, "status": "closed"}
        return [(CLOSED, {**gone, "imsi": imsi, "imsi_number": 1}) for imsi in previous]
    if "further_imsis" in names_in(template):
        first = {"imsi": imsis[0], "imsi_number": 1, "further_imsis": imsis[1:]}
        return [(event, {**payload, **first})]
    told = []
    # Cards need not have equally many: what there is less of is named again.
    for place in range(max(len(imsis), len(previous))):
        here = min(place, len(imsis) - 1)
        one = {**payload, "imsi": imsis[here], "imsi_number": here + 1}
        if previous:
            one["previous_imsi"] = previous[min(place, len(previous) - 1)]
        told.append((event, one))
    return told


def _names_sent(template: AnyTemplate) -> set[str]:
    if isinstance(template, Template):
        return names_in([template.requests, template.headers])
    return names_in(template.commands)


def _converted(document: object, model: type[T]) -> T:
    try:
        return msgspec.convert(document, model)
    except msgspec.ValidationError as error:
        told = malformed(str(error), model)
        place = f"template.{told.field}" if told.field else "template"
        raise TemplateInvalid(told.rule, field=place, accepted=told.accepted) from error


def _check_session(kind: str, session: Session) -> None:
    place = "template.session"
    if kind == SSH and not session.host_keys:
        raise TemplateInvalid(
            "The public keys its server may show are missing.",
            field=f"{place}.host_keys",
            accepted="what `ssh-keyscan HOST` prints, once it is compared with what the server's"
            " operator says",
        )
    if kind != SSH and session.host_keys:
        raise TemplateInvalid(
            "Only a server of SSH has one.", field=f"{place}.host_keys", accepted="an empty list"
        )
    if kind != SSH and session.terminal:
        raise TemplateInvalid(
            "Only SSH is asked for one.",
            field=f"{place}.terminal",
            accepted="a session without a terminal",
        )
    for number, key in enumerate(session.host_keys):
        _check_host_key(key, f"{place}.host_keys[{number}]")
    for number, step in enumerate(session.login):
        _check_line(step.send, {"user", "secret"}, f"{place}.login[{number}].send")
    for number, line in enumerate(session.start):
        _check_line(line, set(), f"{place}.start[{number}]")
    if session.end is not None:
        _check_line(session.end, set(), f"{place}.end")


def _check_host_key(key: str, field: str) -> None:
    try:
        asyncssh.import_public_key(key)
    except (asyncssh.KeyImportError, ValueError) as error:
        raise TemplateInvalid(
            "This is no public key.",
            field=field,
            accepted="a public key such as ssh-ed25519 AAAAC3…",
        ) from error


def _check_command(template: CommandTemplate, command: Command, place: str) -> None:
    known = KNOWN | set(template.values)
    _check_line(command.send, known, f"{place}.send")
    for number, step in enumerate(command.confirm):
        _check_line(step.send, known, f"{place}.confirm[{number}].send")
    for field, names in (("needs", command.needs), ("when", command.when)):
        unknown = [name for name in names if name not in known]
        if unknown:
            raise TemplateInvalid(
                f"{unknown[0][:60]!r} is no placeholder.",
                field=f"{place}.{field}",
                accepted=one_of(sorted(known)),
            )


def _check_line(line: str, known: set[str] | frozenset[str], field: str) -> None:
    if line and not line.isprintable():
        raise TemplateInvalid(
            "The line has control characters.",
            field=field,
            accepted="one line of text without control characters",
        )
    unknown = sorted(names_in(line) - known)
    if unknown:
        raise TemplateInvalid(
            f"{{{unknown[0][:60]}}} is no placeholder here.",
            field=field,
            accepted=one_of(sorted(known)),
        )
