"""Which errors an operation of the API can answer with, read from the code it runs.

``python -m tests.rules.refusals`` writes the table that the API's document is made from, or with
``--show`` shows it. Whatever a
handler's code names of our errors counts, and so does that of every function and method it calls,
however deep; methods are found by their name. So the table may say too much, and
``tests.support.documented`` finds out where it says too little: every answer of every test is
held against it.
"""

from __future__ import annotations

import ast
import inspect
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any, Final, cast

import msgspec
from litestar.routes import HTTPRoute
from psycopg import AsyncConnection, AsyncCursor
from tests.support.documented import idle_application

from openmvno.errors import DomainError
from openmvno.rest.call import provide_call, provide_creation, provide_update
from openmvno.rest.errors import CursorInvalid, IdempotencyKeyMissing, VersionMismatch
from openmvno.rest.paging import provide_page
from openmvno.web.api.refusals import TABLE

PROVIDERS: Final = {
    "call": provide_call,
    "creation": provide_creation,
    "update": provide_update,
    "page": provide_page,
}
NOT_SEARCHED: Final = ("openmvno.cli", "openmvno.client", "openmvno.story", "openmvno.supervisor")
KEY_REQUIRED: Final = "key_required"
"""Stands for :class:`IdempotencyKeyMissing` where a call asks for a key."""

COMMON: Final = {
    name
    for kind in (str, bytes, dict, list, set, tuple, int, AsyncConnection, AsyncCursor, Path)
    for name in dir(kind)
}
"""Methods of what everybody uses: nothing is known of a call by such a name."""

Function = FunctionType


class Reader:
    """Follows calls through the code; each function is read once."""

    def __init__(self) -> None:
        self._methods = _methods()
        self._direct: dict[Function, tuple[set[str], set[Function]]] = {}

    def codes(self, starts: list[Function]) -> set[str]:
        """The codes of all errors that these functions can raise."""
        found: set[str] = set()
        seen: set[Function] = set()
        waiting = list(starts)
        while waiting:
            function = waiting.pop()
            if function in seen:
                continue
            seen.add(function)
            codes, called = self._read(function)
            found |= codes
            waiting += called
        return found

    def _read(self, function: Function) -> tuple[set[str], set[Function]]:
        if function not in self._direct:
            self._direct[function] = (set(), set())  # a recursion ends here
            self._direct[function] = self._look(function)
        return self._direct[function]

    def _look(self, function: Function) -> tuple[set[str], set[Function]]:
        codes: set[str] = set()
        called: set[Function] = set()
        for node in _expressions(ast.parse(textwrap.dedent(inspect.getsource(function)))):
            if isinstance(node, ast.keyword):
                if node.arg == "key_required" and getattr(node.value, "value", True) is not False:
                    codes.add(KEY_REQUIRED)
                continue
            is_call = isinstance(node, ast.Call)
            target = node.func if isinstance(node, ast.Call) else node
            known = _value(target, function.__globals__)
            if known is None and isinstance(target, ast.Attribute) and target.attr not in COMMON:
                called |= self._methods.get((target.attr, is_call), set())
            _take(known, codes, called)
        return codes, called


def _expressions(tree: ast.AST) -> Iterator[ast.AST]:
    """Names, attributes, calls and keywords; what an ``except`` names is caught, not raised."""
    if isinstance(tree, (ast.Name, ast.Attribute, ast.Call, ast.keyword)):
        yield tree
    for name, value in ast.iter_fields(tree):
        if isinstance(tree, ast.ExceptHandler) and name == "type":
            continue
        # Annotations of arguments and variables, which run nothing.
        if name in ("annotation", "returns", "decorator_list"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield from _expressions(child)


def _value(node: ast.AST, names: dict[str, Any]) -> Any:
    """What a name or a dotted name is in a module; None when it is a variable."""
    if isinstance(node, ast.Name):
        return names.get(node.id)
    if isinstance(node, ast.Attribute):
        owner = _value(node.value, names)
        if isinstance(owner, (ModuleType, type)):
            return getattr(owner, node.attr, None)
    return None


def _take(known: Any, codes: set[str], called: set[Function]) -> None:
    """Note down what a value that the code names can raise or run."""
    if isinstance(known, type):
        _take_class(known, codes, called)
    elif isinstance(known, FunctionType):
        known = cast("Function", inspect.unwrap(known))
        if _is_ours(known):
            called.add(known)
    elif isinstance(known, (dict, list, tuple)):
        for value in known.values() if isinstance(known, dict) else known:
            _take(value, codes, called)


def _take_class(known: type, codes: set[str], called: set[Function]) -> None:
    if issubclass(known, DomainError):
        codes |= {known.code} - {""}
    elif known.__module__.startswith("openmvno."):
        called.update(
            member
            for name in ("__init__", "__post_init__", "__aenter__", "__call__")
            if isinstance(member := vars(known).get(name), FunctionType) and _is_ours(member)
        )


def _is_ours(function: Function) -> bool:
    module = function.__module__ or ""
    generated = function.__code__.co_filename.startswith("<")
    return module.startswith("openmvno.") and not module.startswith(NOT_SEARCHED) and not generated


def _methods() -> dict[tuple[str, bool], set[Function]]:
    """The methods of all our classes by name, and whether they are called as properties are not."""
    found: dict[tuple[str, bool], set[Function]] = {}
    for kind in _classes():
        for name, member in vars(kind).items():
            plain = member.fget if isinstance(member, property) else member
            plain = getattr(plain, "__func__", plain)
            if isinstance(plain, FunctionType) and _is_ours(plain) and not name.startswith("__"):
                key = (name, not isinstance(member, property))
                found.setdefault(key, set()).add(plain)
    return found


def _classes() -> set[type]:
    """All classes of ours that the application has loaded."""
    return {
        kind
        for name, module in list(sys.modules.items())
        if name.startswith("openmvno.")
        for kind in vars(module).values()
        if isinstance(kind, type) and kind.__module__.startswith("openmvno.")
    }


def table() -> dict[str, list[str]]:
    """The codes of our errors that each operation can answer with, by its id."""
    reader = Reader()
    app = idle_application()
    found: dict[str, list[str]] = {}
    for route in app.routes:
        if not isinstance(route, HTTPRoute):
            continue
        for handler, _ in route.route_handler_map.values():
            method = next(iter(handler.http_methods))
            if method == "OPTIONS" or not route.path.startswith("/v1"):
                continue
            function = cast("Function", handler.fn)
            names = inspect.signature(function).parameters
            starts = [function, *(PROVIDERS[name] for name in names if name in PROVIDERS)]
            codes = reader.codes(cast("list[Function]", starts))
            found[f"{method} {route.path_format}"] = sorted(
                codes - _out_of_reach(set(names), codes)
            )
    return dict(sorted(found.items()))


def _out_of_reach(providers: set[str], codes: set[str]) -> set[str]:
    """What the shared code of calls can raise, but not for this one."""
    unreachable: set[str] = set()
    if "page" not in providers:
        unreachable.add(CursorInvalid.code)
    if "creation" not in providers:
        unreachable |= {code for code in codes if code.startswith("idempotency_key_")}
    if KEY_REQUIRED not in codes:
        unreachable.add(IdempotencyKeyMissing.code)
    if "update" not in providers:
        unreachable.add(VersionMismatch.code)
    return {*unreachable, KEY_REQUIRED}


if __name__ == "__main__":
    written = msgspec.json.format(msgspec.json.encode(table()), indent=1) + b"\n"
    if sys.argv[1:] == ["--show"]:
        sys.stdout.buffer.write(written)
    else:
        TABLE.write_bytes(written)
