"""Catalogue documents as files: YAML or JSON, rates optionally as CSV beside them."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import yaml

from openmvno.catalog.errors import CatalogInvalid, Mistake
from openmvno.catalog.model import Document
from openmvno.catalog.rules import check

_STEP = re.compile(r"([^.\[\]]+)|\[(\d+)\]")
_WHOLE_NUMBERS: Final = {"per", "rating_group", "first_interval", "next_interval"}


def load_file(path: Path) -> Document:
    """Read and check a catalogue file; ``rates_csv`` names are relative to its folder.

    Raises:
        CatalogInvalid: with every mistake, for YAML also its line.
    """
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CatalogInvalid([Mistake("", f"{path} cannot be read: {error}")]) from error
    if path.suffix == ".json":
        return load_json(text.encode(), path.parent)
    return load_yaml(text, path.parent)


def load_json(text: bytes, folder: Path | None = None) -> Document:
    """Read and check a JSON document. Without ``folder`` rates must be inline.

    Raises:
        CatalogInvalid: with every mistake.
    """
    try:
        value = json.loads(text)
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        line = getattr(error, "lineno", None)
        raise CatalogInvalid([Mistake("", f"not JSON: {error}", line)]) from error
    filled = _with_csv(value, folder)
    return check(filled, text if filled == value else None)


def load_yaml(text: str, folder: Path | None = None) -> Document:
    """Read and check a YAML document. Without ``folder`` rates must be inline.

    Raises:
        CatalogInvalid: with every mistake and its line.
    """
    try:
        tree = yaml.compose(text, Loader=yaml.CSafeLoader)
        value = yaml.load(text, Loader=yaml.CSafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else None
        message = getattr(error, "problem", None) or str(error)
        raise CatalogInvalid([Mistake("", f"not YAML: {message}", line)]) from error
    try:
        _refuse_double_keys(tree)
        return check(_with_csv(value, folder))
    except CatalogInvalid as error:
        raise CatalogInvalid(
            [
                replace(mistake, line=mistake.line or _line(tree, mistake.path))
                for mistake in error.mistakes
            ]
        ) from error


def _refuse_double_keys(node: yaml.Node | None) -> None:
    """YAML would silently keep the last of two keys with the same name."""
    if isinstance(node, yaml.SequenceNode):
        for element in node.value:
            _refuse_double_keys(element)
    if isinstance(node, yaml.MappingNode):
        seen: set[object] = set()
        for key, value in node.value:
            if key.value in seen:
                line = key.start_mark.line + 1
                raise CatalogInvalid([Mistake("", f"{key.value} is given twice", line)])
            seen.add(key.value)
            _refuse_double_keys(value)


def _line(tree: yaml.Node | None, path: str) -> int | None:
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


def _with_csv(document: Any, folder: Path | None) -> Any:
    """The document with each ``rates_csv`` replaced by the rates of that file."""
    tables = document.get("rate_tables") if isinstance(document, dict) else None
    if not isinstance(tables, list):
        return document
    filled = []
    for index, table in enumerate(tables):
        if isinstance(table, dict) and "rates_csv" in table:
            path = f"rate_tables[{index}].rates_csv"
            if "rates" in table:
                raise CatalogInvalid([Mistake(path, "give either rates or rates_csv")])
            if folder is None:
                raise CatalogInvalid([Mistake(path, "is for files only; send rates inline")])
            rest = {name: value for name, value in table.items() if name != "rates_csv"}
            filled.append({**rest, "rates": _read_csv(folder, table["rates_csv"], path)})
        else:
            filled.append(table)
    return {**document, "rate_tables": filled}


def _read_csv(folder: Path, name: object, path: str) -> list[dict[str, Any]]:
    """The rates of a CSV file whose header names the fields of a rate."""
    if not isinstance(name, str):
        raise CatalogInvalid([Mistake(path, "the name of a CSV file is needed")])
    try:
        with (folder / name).open(encoding="utf-8-sig", newline="") as file:
            return [_csv_rate(row, name, line) for line, row in enumerate(csv.DictReader(file), 2)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise CatalogInvalid([Mistake(path, f"{name} cannot be read: {error}")]) from error


def _csv_rate(row: dict[Any, Any], name: str, line: int) -> dict[str, Any]:
    if None in row or None in row.values():
        raise CatalogInvalid(
            [Mistake(f"{name}", "the row does not have the header's columns", line)]
        )
    rate: dict[str, Any] = {}
    for column, text in row.items():
        # An empty prefix means "any number"; any other empty cell means the default.
        if text == "" and column != "prefix":
            continue
        if column in _WHOLE_NUMBERS and text.isascii() and text.isdigit():
            rate[column] = int(text)
        elif column == "default":
            rate[column] = text.lower() == "true"
        else:
            rate[column] = text
    if rate.get("prefix") == "" and ("rating_group" in rate or rate.get("default")):
        del rate["prefix"]
    return rate
