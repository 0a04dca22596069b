"""Templates of command lines (SSH, telnet): which event makes which commands, what answer is
expected, what errors mean, and how to log in.

All texts are looked for as they are: no patterns, so that no template can be slow.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from openmvno.provisioning.placeholders import SECRET_NAMES, Choice, Text, names_in
from openmvno.provisioning.register import RefusedError

Phrase = Annotated[str, Meta(min_length=1, max_length=500)]
Phrases = Annotated[list[Phrase], Meta(max_length=50)]
Line = Annotated[str, Meta(max_length=2000)]


class Step(msgspec.Struct, forbid_unknown_fields=True):
    """A question of the other side, and what it is answered."""

    wait_for: Phrase
    send: Line


class Session(msgspec.Struct, forbid_unknown_fields=True):
    """How to come to where commands are taken, and to know that one is done.

    ``prompt``: an answer is over when what came ends with one of these. ``host_keys``: the public
    keys a server of SSH may show, as in known_hosts without the name; no other is spoken to.
    ``login``: the dialogue before the first prompt, with ``{user}`` (of the address) and
    ``{secret}``; ``refused``: what is said then to one who may not. ``start``: commands before all
    others; ``end``: the one that takes leave. ``echo``: it repeats what it is sent. ``terminal``:
    SSH with a terminal. ``answer_seconds``: how long to wait for each answer. ``tasks``: how many
    deliveries one session serves; ``idle_seconds``: how long it is kept for the next one.
    """

    prompt: Annotated[list[Phrase], Meta(min_length=1, max_length=10)]
    host_keys: Annotated[list[Text], Meta(max_length=10)] = []
    login: Annotated[list[Step], Meta(max_length=10)] = []
    refused: Phrases = []
    start: Annotated[list[Line], Meta(max_length=10)] = []
    end: Line | None = None
    line_end: Literal["\n", "\r", "\r\n"] = "\n"
    echo: bool = False
    terminal: bool = False
    answer_seconds: Annotated[float, Meta(gt=0, le=15)] = 5.0
    tasks: Annotated[int, Meta(ge=1, le=10_000)] = 100
    idle_seconds: Annotated[float, Meta(ge=0, le=600)] = 30.0


class Command(msgspec.Struct, forbid_unknown_fields=True):
    """A command, given for events whose names are among ``on``, if ``when`` holds (members, each
    with the values it may have) and every placeholder in ``needs`` stands for something.

    ``confirm``: questions on the way, each with its answer. Of the whole answer: ``already`` means
    that it had been done before, ``give_up`` that it never will be (a dead letter at once),
    ``retry`` that it is to be tried again; with ``expect`` it has to have one of these.
    """

    on: Annotated[list[Text], Meta(min_length=1, max_length=50)]
    send: Line
    when: dict[str, Annotated[list[Any], Meta(max_length=50)]] = {}
    needs: Annotated[list[Text], Meta(max_length=20)] = []
    confirm: Annotated[list[Step], Meta(max_length=10)] = []
    expect: Phrases = []
    already: Phrases = []
    give_up: Phrases = []
    retry: Phrases = []


class CommandTemplate(msgspec.Struct, forbid_unknown_fields=True):
    """``values``: placeholders of the template's own."""

    session: Session
    commands: Annotated[list[Command], Meta(min_length=1, max_length=100)]
    values: dict[str, Choice] = {}


def commands_for(
    template: CommandTemplate, event: str, variables: dict[str, Any]
) -> Iterable[Command]:
    """The commands of an event, in order."""
    for command in template.commands:
        holds = all(variables.get(name) in allowed for name, allowed in command.when.items())
        if event in command.on and holds and all(variables.get(each) for each in command.needs):
            yield command


def is_secret(command: Command) -> bool:
    """Whether the command carries what must not be shown."""
    return bool(names_in([command.send, command.confirm]) & set(SECRET_NAMES))


def judge(command: Command, answer: str, shown: str) -> None:
    """Let an answer pass that means that the command is done. ``shown``: what may be told of it.

    Raises:
        RefusedError.
    """
    if _first(command.already, answer) is not None:
        return
    for phrases, is_final in ((command.give_up, True), (command.retry, False)):
        phrase = _first(phrases, answer)
        if phrase is not None:
            raise RefusedError(f"the answer says {phrase!r}: {shown}", is_final=is_final)
    if command.expect and _first(command.expect, answer) is None:
        raise RefusedError(f"the answer says nothing that is expected: {shown}")


def _first(phrases: Iterable[str], answer: str) -> str | None:
    return next((phrase for phrase in phrases if phrase in answer), None)
