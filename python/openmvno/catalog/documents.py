"""Catalogue documents as files and bodies: YAML or JSON, tables optionally beside them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from openmvno.catalog import yaml_text
from openmvno.catalog.errors import CatalogInvalid, Mistake
from openmvno.catalog.included import Inclusion, include_sheets
from openmvno.catalog.model import Document
from openmvno.catalog.rules import check


def load_file(path: Path) -> Document:
    """Read and check a catalogue file; names of tables in it are relative to its folder.

    Raises:
        CatalogInvalid: with every mistake, each with its file and line.
    """
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise CatalogInvalid([Mistake("", f"{path} cannot be read: {error}")]) from error
    try:
        if path.suffix.lower() == ".json":
            return load_json(text.encode(), path.parent)
        return load_yaml(text, path.parent)
    except CatalogInvalid as error:
        raise CatalogInvalid(
            [replace(mistake, file=mistake.file or path.name) for mistake in error.mistakes]
        ) from error


def load_json(text: bytes, folder: Path | None = None) -> Document:
    """Read and check a JSON document. Without ``folder`` everything must be inline.

    Raises:
        CatalogInvalid: with every mistake and its line.
    """
    try:
        value = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        line = getattr(error, "lineno", None)
        raise CatalogInvalid([Mistake("", f"not JSON: {error}", line)]) from error

    def compose() -> yaml.Node | None:
        return yaml_text.compose_json(text.decode())

    with_tables = folder is not None
    inclusions: list[Inclusion] = []
    try:
        filled, inclusions = include_sheets(value, folder)
        if with_tables and inclusions:
            # The core sees a field given twice in the text only, and that has tables beside it.
            yaml_text.refuse_double_fields(compose())
        return check(filled, None if inclusions else text)
    except CatalogInvalid as error:
        raise _placed(error, inclusions, compose) from error


def load_yaml(text: str, folder: Path | None = None) -> Document:
    """Read and check a YAML document. Without ``folder`` everything must be inline.

    Raises:
        CatalogInvalid: with every mistake and its line.
    """
    value, tree = yaml_text.parse(text)
    inclusions: list[Inclusion] = []
    try:
        filled, inclusions = include_sheets(value, folder)
        return check(filled)
    except CatalogInvalid as error:
        raise _placed(error, inclusions, lambda: tree) from error


def _refuse_constant(text: str) -> Any:
    raise ValueError(f"{text} is no number")


def _placed(
    error: CatalogInvalid, inclusions: list[Inclusion], compose: Callable[[], yaml.Node | None]
) -> CatalogInvalid:
    """The mistakes with lines: of the table a row came from, else of the document's text."""
    tree = compose()
    return CatalogInvalid([_place(mistake, inclusions, tree) for mistake in error.mistakes])


def _place(mistake: Mistake, inclusions: list[Inclusion], tree: Any) -> Mistake:
    if mistake.file is not None or mistake.line is not None:
        return mistake
    for inclusion in inclusions:
        if placed := inclusion.place(mistake):
            return placed
    return replace(mistake, line=yaml_text.line_of(tree, mistake.path))
