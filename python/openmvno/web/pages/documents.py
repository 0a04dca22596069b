"""Documents that are typed into a form: YAML, of which JSON is a part, and back."""

from __future__ import annotations

import re
from typing import Any, Final

import msgspec
import yaml

DEEPEST: Final = 32
"""Levels of nesting; nothing that the API takes has ten."""

_PREFIX: Final = "tag:yaml.org,2002:"


class DocumentInvalidError(Exception):
    """What is wrong with a document, and in which line (0: in none)."""

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.line = line


class _Loader(yaml.SafeLoader):
    """Values of JSON alone: ``on`` and ``2026-01-31`` are texts, and nothing stands for a copy of
    something else, of which a few lines could make gigabytes."""

    depth = 0

    yaml_implicit_resolvers = {  # noqa: RUF012 -- the base class has it like this
        first: [
            (tag, pattern)
            for tag, pattern in resolvers
            if tag not in (f"{_PREFIX}timestamp", f"{_PREFIX}merge", f"{_PREFIX}bool")
        ]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        """A node, if it is none that JSON has not."""
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.MarkedYAMLError(problem="aliases are not taken", problem_mark=mark)
        self.depth += 1
        if self.depth > DEEPEST:
            raise yaml.YAMLError(f"nested more than {DEEPEST} levels deep")
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


_Loader.add_implicit_resolver(f"{_PREFIX}bool", re.compile("^(?:true|false)$"), "tf")


def read_document(text: str) -> Any:
    """The value of a document.

    Raises:
        DocumentInvalidError.
    """
    try:
        # SafeLoader's own subclass: it makes no objects but those of JSON.
        value = yaml.load(text, Loader=_Loader)  # noqa: S506
        msgspec.json.encode(value)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        message = getattr(error, "problem", None) or str(error)
        raise DocumentInvalidError(message, mark.line + 1 if mark else 0) from error
    except (TypeError, ValueError) as error:
        raise DocumentInvalidError(str(error)) from error
    return value


def write_document(value: Any) -> str:
    """A value as it is shown and typed again."""
    return yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=100)
