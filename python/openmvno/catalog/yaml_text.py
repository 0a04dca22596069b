"""YAML as catalogue documents use it: JSON's values, every field once, every node's line known."""

from __future__ import annotations

import math
import re
from typing import Any, Final

import yaml

from openmvno.catalog.errors import CatalogInvalid, Mistake

_STEP = re.compile(r"([^.\[\]]+)|\[(\d+)\]")
_PREFIX: Final = "tag:yaml.org,2002:"
_TIMESTAMP: Final = f"{_PREFIX}timestamp"
_KINDS: Final = frozenset(
    _PREFIX + kind for kind in ("map", "seq", "str", "int", "float", "bool", "null")
)
_KEYS: Final = frozenset([f"{_PREFIX}str", f"{_PREFIX}merge"])


DEEPEST: Final = 64
"""Levels of nesting; no catalogue has ten."""


class _Loader(yaml.CSafeLoader):
    """Reads an unquoted date as the text it is, and bounds the recursion of the C parser, which
    would overrun the stack of the process."""

    depth = 0

    yaml_implicit_resolvers = {  # noqa: RUF012 -- the base class has it like this
        first: [(tag, pattern) for tag, pattern in resolvers if tag != _TIMESTAMP]
        for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
    }

    def descend_resolver(self, current_node: object, current_index: object) -> None:  # noqa: ARG002
        """A node begins inside another."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise yaml.YAMLError(f"nested more than {DEEPEST} levels deep")

    def ascend_resolver(self) -> None:
        """A node ends."""
        self.depth -= 1


def parse(text: str) -> tuple[Any, yaml.Node | None]:
    """The value of a text and the tree it came from.

    Raises:
        CatalogInvalid: it is not YAML, gives a field twice, or holds what JSON cannot.
    """
    try:
        loader = _Loader(text)
        tree = loader.get_single_node()
        if tree is None:
            return None, None
        _check_tree(tree, set())
        return loader.construct_document(tree), tree
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        message = getattr(error, "problem", None) or str(error)
        line = mark.line + 1 if mark else None
        raise CatalogInvalid([Mistake("", f"not YAML: {message}", line)]) from error
    except ValueError as error:
        raise CatalogInvalid([Mistake("", f"not YAML: {error}")]) from error


def compose_json(text: str) -> yaml.Node | None:
    """The tree of a JSON text (YAML in its flow style), None where YAML cannot read it."""
    try:
        # JSON allows tabs between tokens, and nowhere else; YAML does not.
        return yaml.compose(text.replace("\t", " "), Loader=_Loader)
    except yaml.YAMLError:
        return None


def refuse_double_fields(tree: yaml.Node | None) -> None:
    """Raises:
    CatalogInvalid: an object gives a field twice.
    """
    if tree is not None:
        _check_tree(tree, set())


def line_of(tree: yaml.Node | None, path: str) -> int | None:
    """The line of the deepest node on ``path`` that exists in the text."""
    node = tree
    for match in _STEP.finditer(path):
        child = _child(node, match)
        if child is None:
            break
        node = child
    return None if node is None else node.start_mark.line + 1


def _child(node: yaml.Node | None, step: re.Match[str]) -> yaml.Node | None:
    name, index = step.groups()
    if isinstance(node, yaml.MappingNode) and name is not None:
        return next((value for key, value in node.value if key.value == name), None)
    if isinstance(node, yaml.SequenceNode) and index is not None and int(index) < len(node.value):
        found = node.value[int(index)]
        return found if isinstance(found, yaml.Node) else None
    return None


def _check_tree(node: yaml.Node, seen: set[int]) -> None:
    """What the loader would keep silently: the last of two fields of a name, sets, bytes."""
    if id(node) in seen:
        return  # an alias
    seen.add(id(node))
    if node.tag not in _KINDS:
        raise _mistake(node, f"{node.tag.removeprefix(_PREFIX)} is nothing a catalogue may hold")
    if isinstance(node, yaml.SequenceNode):
        for element in node.value:
            _check_tree(element, seen)
    elif isinstance(node, yaml.MappingNode):
        _check_fields(node, seen)
    elif node.tag == f"{_PREFIX}float" and not _is_finite(node.value):
        raise _mistake(node, f"{node.value} is no number")


def _check_fields(node: yaml.MappingNode, seen: set[int]) -> None:
    names: set[object] = set()
    for key, value in node.value:
        if key.tag not in _KEYS:
            raise _mistake(key, "the name of a field must be a text (put quotes around it)")
        if key.value in names:
            raise _mistake(key, f"{key.value} is given twice")
        names.add(key.value)
        _check_tree(value, seen)


def _is_finite(text: str) -> bool:
    if text.lower().lstrip("+-") in (".inf", ".nan"):
        return False
    try:
        return math.isfinite(float(text.replace("_", "")))
    except ValueError:
        return True  # sexagesimal


def _mistake(node: yaml.Node, message: str) -> CatalogInvalid:
    return CatalogInvalid([Mistake("", message, node.start_mark.line + 1)])
