"""What the code raises, read from its source: does each refusal say the field, the rule and what
would be accepted?

The type checker sees that NotFound, Conflict and Invalid are given a ``field``. It does not see
whether that is None for no reason, or a name that the API does not have, nor what a refusal says
whose class is known only when it runs.
"""

from __future__ import annotations

import ast
import builtins
import importlib
import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import msgspec
from tests.support.documented import document

import openmvno
from openmvno.errors import Conflict, DomainError, Invalid, NotFound
from openmvno.provisioning.command_template import CommandTemplate
from openmvno.provisioning.template import Template
from openmvno.rest.errors import RequestMalformed

SOURCE: Final = Path(openmvno.__file__).parent
OF_A_REQUEST: Final = (NotFound, Conflict, Invalid)
"""Errors that a field of the request is mostly to blame for: each has to say which, or that none
is."""

OF_NO_FIELD: Final = {
    "balance_not_found": "the account is there, the engine has not opened it yet",
    "bulk_rows_invalid": "the file as a whole, where no column is to blame",
    "catalog_invalid": "a document that cannot be read; otherwise the first mistake's place",
    "catalog_not_published": "every field that names a product waits for it",
    "clearing_house_missing": "a target of the tenant",
    "payment_declined": "what the provider says of a card",
    "peer_file_unusable": "a file of the operator's",
    "product_in_use": "the document's products as a whole",
    "provisioning_configuration_invalid": "values of the command line",
    "public_url_missing": "a setting of the installation",
    "quote_invalid": "what the core says without naming a field",
    "route_not_found": "the address itself",
    "sim_file_invalid": "the file as a whole, where no column is to blame",
    "sim_swap_too_soon": "the line's history",
    "smdp_missing": "a target of the tenant",
    "text_not_storable": "the database does not tell which text",
    "totp_confirmed": "the user's own second factor",
    "totp_not_begun": "the user's own second factor",
    "traces_full": "other traces",
    "transfers_not_offered": "terms of the tenant",
    "usage_file_duplicate": "the file as a whole",
    "usage_file_invalid": "the file as a whole, where no column is to blame",
    "engine_refused": "what the engine says",
}
"""Errors that may name no field, and what they are about instead."""

DOCUMENTS: Final = (Template, CommandTemplate)
"""Documents within a body, of which the API's document says no more than that they are objects."""


@dataclass(frozen=True, slots=True)
class Complaint:
    """What a place in the source falls short of."""

    place: str
    what: str


def modules() -> Iterator[tuple[ModuleType, str]]:
    """Every module of ours with its source."""
    for path in sorted(SOURCE.rglob("*.py")):
        text = path.read_text()
        if "raise " in text or "Error" in text or "return " in text:
            parts = path.relative_to(SOURCE.parent).with_suffix("").parts
            name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            if parts[-1] != "__main__" and "locale" not in parts:
                yield importlib.import_module(name), text


def complaints(module: ModuleType, source: str, names: frozenset[str]) -> list[Complaint]:
    """Whatever falls short in a module. ``names``: of all fields of the API."""
    found = []
    tree = ast.parse(source)
    for node in ast.walk(tree):
        for what in _of_node(node, module, tree, names):
            line = getattr(node, "lineno", 0)
            found.append(Complaint(f"{module.__name__}:{line}", what))
    return found


def _of_node(
    node: ast.AST, module: ModuleType, tree: ast.Module, names: frozenset[str]
) -> Iterator[str]:
    if isinstance(node, ast.Call):
        kind = _known(node.func, module, tree)
        if isinstance(kind, type) and issubclass(kind, DomainError):
            yield from _of_construction(node, kind, names)
    elif isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
        # A class that is known only when it runs has to be told everything.
        func = node.exc.func
        if _known(func, module, tree) is None and not _has(node.exc, "field"):
            yield f"raise {ast.unparse(func)}(…) names no field"
    elif isinstance(node, ast.Raise) and node.exc is not None:
        kind = _known(node.exc, module, tree)
        if isinstance(kind, type) and issubclass(kind, OF_A_REQUEST):
            yield f"raise {kind.__name__} names no field"


def _of_construction(
    call: ast.Call, kind: type[DomainError], names: frozenset[str]
) -> Iterator[str]:
    if any(keyword.arg is None for keyword in call.keywords):
        yield f"{kind.__name__}(**…) cannot be read"
        return
    given = {str(keyword.arg): keyword.value for keyword in call.keywords}
    parameters = inspect.signature(kind).parameters
    field = given.get("field")
    if "field" in parameters:
        if field is None and issubclass(kind, OF_A_REQUEST):
            yield f"{kind.__name__} names no field"
        if _is_none(field) and kind.code not in OF_NO_FIELD:
            yield f"{kind.__name__} says that no field is to blame, OF_NO_FIELD does not know why"
        for name in _fields(field):
            if name not in names:
                yield f"{kind.__name__} names the field {name}, which no operation has"
    if "accepted" in parameters and not kind.accepted and _is_empty(given.get("accepted")):
        yield f"{kind.__name__} says nothing of what would be accepted"
    if call.args and "rule" in parameters and isinstance(call.args[0], ast.Constant):
        rule = call.args[0].value
        if not (isinstance(rule, str) and re.fullmatch(r"[A-Z].*\.|[a-z_`].*\.", rule)):
            yield f"{kind.__name__} has a rule that is no sentence: {rule!r}"


def _known(node: ast.expr, module: ModuleType, tree: ast.Module) -> Any:
    """What a name or a dotted name is: in the module, imported within a function, or built in."""
    if isinstance(node, ast.Name):
        if hasattr(module, node.id):
            return getattr(module, node.id)
        return _imported_within(node.id, tree) or getattr(builtins, node.id, None)
    if isinstance(node, ast.Attribute):
        owner = _known(node.value, module, tree)
        return getattr(owner, node.attr, None) if isinstance(owner, (ModuleType, type)) else None
    return None


def _imported_within(name: str, tree: ast.Module) -> Any:
    """What a function imports under a name (the command line does, to begin fast)."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            for alias in node.names:
                if (alias.asname or alias.name) == name:
                    source = importlib.import_module(node.module)
                    if hasattr(source, alias.name):
                        return getattr(source, alias.name)
                    return importlib.import_module(f"{node.module}.{alias.name}")
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if (alias.asname or alias.name) == name:
                    return importlib.import_module(alias.name)
    return None


def _has(call: ast.Call, name: str) -> bool:
    return any(keyword.arg == name for keyword in call.keywords)


def _is_none(value: ast.expr | None) -> bool:
    return isinstance(value, ast.Constant) and value.value is None


def _is_empty(value: ast.expr | None) -> bool:
    return value is None or (isinstance(value, ast.Constant) and not value.value)


def _fields(value: ast.expr | None) -> Iterator[str]:
    """The names in a field that is written out, such as rows, from_value in
    ``f"rows[{index}].from_value"``."""
    if isinstance(value, ast.IfExp):
        yield from _fields(value.body)
        yield from _fields(value.orelse)
        return
    parts = value.values if isinstance(value, ast.JoinedStr) else [value]
    for part in parts:
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            yield from re.findall(r"[A-Za-z][\w-]*", part.value)


def fields_of_the_api() -> frozenset[str]:
    """The names of every parameter, header and member of a body that the document has."""
    found = {"Content-Type", "X-CSRF-Token", "Stripe-Signature"}

    def look(schema: Any) -> None:
        if isinstance(schema, dict):
            properties = schema.get("properties")
            if isinstance(properties, dict):
                found.update(properties)
            for value in schema.values():
                look(value)
        elif isinstance(schema, list):
            for value in schema:
                look(value)

    _, members = msgspec.json.schema_components(DOCUMENTS, ref_template="#{name}")
    look(members)
    whole = document()
    look(whole["components"]["schemas"])
    for methods in whole["paths"].values():
        for operation in methods.values():
            found.update(each["name"] for each in operation.get("parameters", ()))
            look(operation.get("requestBody", {}))
    return frozenset(found)


def is_told_by_the_schema(kind: type[DomainError]) -> bool:
    """Whether what is accepted is always read from the types of the request."""
    return kind is RequestMalformed
