"""The SQL of the tree, read where it stands: every string in it that is a statement.

A string is evaluated with the constants of its module and the plain assignments of its function.
What depends on more is told by ``GIVEN``.
"""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

import openmvno
from openmvno.events.service import _NOTICES

ROOT: Final = Path(openmvno.__file__).parent
# What is about a whole database: making it, and the audit of a restored one.
SKIPPED: Final = ("backup/", "database/migrations/", "database/embedded.py", "rpc/", "story/")
VERB: Final = re.compile(r"\s*(SELECT|INSERT INTO|UPDATE|DELETE FROM|WITH)\s")

_SEALED = SimpleNamespace(table="sim", column="sealed_keys", key=("tenant_id", "iccid"))
GIVEN: Final[dict[str, dict[str, Any]]] = {
    "catalog/in_use.py:_distinct": {"table": "subscriber_line", "condition": "status <> 'closed'"},
    "charging/ownership.py:installed_shards": {"table": "command_sequence", "shards": 4},
    "charging/waiting.py:step_row": {"table": "transfer", "key": "transfer_id"},
    "charging/waiting.py:was_refused": {"table": "account", "key": "account_id"},
    "customers/tree_store.py:lock_tree": {"function": "pg_advisory_xact_lock"},
    "database/installation.py:ensure_installation": {"table": "command_sequence"},
    "numbers/store.py:reserve": {"number": "1"},
    "numbers/store.py:update": {"changes": ["state"]},
    "porting/store.py:update": {"changes": ["state"]},
    "provisioning/outbox.py:emit_notices": {"query": _NOTICES},
    "provisioning/resealing.py:_rows": {"column": _SEALED, "last": None},
    "provisioning/resealing.py:_seal_row": {"column": _SEALED},
    "sims/store.py:take": {"iccid": "1"},
    "sims/store.py:update_range": {"changes": ["state"]},
    "sims/store.py:update_sim": {"changes": ["state"]},
}
"""What the parameters of a function are that its statements are made of."""


@dataclass(frozen=True)
class Statement:
    """One of them. ``place``: file and function, or the constant that holds it."""

    place: str
    text: str


READABLE: Final = (
    ast.Constant,
    ast.JoinedStr,
    ast.BinOp,
    ast.IfExp,
    ast.List,
    ast.Name,
    ast.Call,
)


class Unreadable(Exception):
    """A statement is made of something that only running the program tells."""


def statements() -> list[Statement]:
    """All statements of the package.

    Raises:
        Unreadable: some need a line in ``GIVEN``.
    """
    found: list[Statement] = []
    unreadable: list[str] = []
    for name, tree, namespace in _modules():
        for reading in read(tree, name, namespace):
            if isinstance(reading, Statement):
                found.append(reading)
            else:
                unreadable.append(str(reading))
    if unreadable:
        raise Unreadable("\n".join(unreadable))
    return found


def _modules() -> Iterator[tuple[str, ast.Module, dict[str, Any]]]:
    for path in sorted(ROOT.rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        if name.startswith(SKIPPED):
            continue
        source = path.read_text()
        if re.search(r"\b(SELECT|INSERT|UPDATE|DELETE)\b", source) is None:
            continue
        module = importlib.import_module(
            "openmvno." + name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        )
        yield name, ast.parse(source), vars(module)


def read(
    tree: ast.Module, name: str, namespace: dict[str, Any]
) -> Iterator[Statement | Unreadable]:
    """The statements of one module, and those that cannot be read."""
    for node in tree.body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            yield from _in(node.value, f"{name}:{ast.unparse(target)}", namespace)
    for function in _functions(tree):
        place = f"{name}:{function.name}"
        local = {**namespace, **_switches(function), **GIVEN.get(place, {})}
        local |= _assigned(function, local)
        for statement in function.body:
            yield from _in(statement, place, local)


def _functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def _assigned(function: ast.AST, names: dict[str, Any]) -> dict[str, Any]:
    """What plain assignments of constants give names to."""
    found: dict[str, Any] = {}
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            value = _value(node.value, {**names, **found})
            if value is not None:
                found[node.targets[0].id] = value
    return found


def _switches(function: ast.FunctionDef | ast.AsyncFunctionDef) -> dict[str, Any]:
    """Parameters that turn a part of a statement on, such as ``lock``."""
    return {
        argument.arg: True
        for argument in function.args.kwonlyargs
        if isinstance(argument.annotation, ast.Name) and argument.annotation.id == "bool"
    }


def _in(node: ast.AST, place: str, names: dict[str, Any]) -> Iterator[Statement | Unreadable]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return
    if isinstance(node, ast.Constant | ast.JoinedStr | ast.BinOp):
        first = _first_words(node)
        if VERB.match(first):
            text = _value(node, names)
            if isinstance(text, str):
                yield Statement(place, text)
            else:
                yield Unreadable(f"{place}: {first}")
        if not isinstance(node, ast.BinOp):
            return
        if first:
            return
    for child in ast.iter_child_nodes(node):
        yield from _in(child, place, names)


def _first_words(node: ast.AST) -> str:
    while isinstance(node, ast.BinOp):
        node = node.left
    if isinstance(node, ast.JoinedStr) and node.values:
        node = node.values[0]
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _value(node: ast.expr, names: dict[str, Any]) -> Any:
    """What an expression of constants is; None for any other."""
    if not isinstance(node, READABLE):
        return None
    if isinstance(node, ast.Call) and not _is_join(node):
        return None
    try:
        return eval(compile(ast.Expression(node), "<statement>", "eval"), names)
    except Exception:  # noqa: BLE001 -- whatever it needs is not there
        return None


def _is_join(node: ast.Call) -> bool:
    return isinstance(node.func, ast.Attribute) and node.func.attr == "join"
