"""``openmvno catalog diff`` and ``export``: documents beside each other, and back into files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from openmvno.cli.catalog_files import load, stored

if TYPE_CHECKING:
    from rich.console import Console

    from openmvno.catalog.diff import Change, FieldChange

SHOWN = 200
"""Changes printed unless all are wanted."""
VALUES_SHOWN = 6
"""Members of a list printed."""

_SIGNS = {"added": "[green]+[/]", "removed": "[red]-[/]", "changed": "[yellow]~[/]"}


def diff(
    old: Annotated[str, typer.Argument(help="File or version number.", show_default=False)],
    new: Annotated[str, typer.Argument(help="File or version number.", show_default=False)],
    tenant: Annotated[str, typer.Option(help="Whose versions the numbers are.")] = "sample",
    json: Annotated[bool, typer.Option("--json", help="Print the changes as JSON.")] = False,
    everything: Annotated[
        bool, typer.Option("--all", help=f"Print more than {SHOWN} changes.")
    ] = False,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="Exit status 1 when there are differences.")
    ] = False,
) -> None:
    """Show what differs between two documents, by code: prices from old to new.

    Examples:

        openmvno catalog diff 3 catalog.yaml --tenant sample

        openmvno catalog diff january.yaml february.yaml --json
    """
    import msgspec
    from rich.console import Console

    from openmvno.catalog.diff import differences

    before, after = _documents([old, new], tenant)
    changes = differences(before, after)
    if json:
        print(msgspec.json.format(msgspec.json.encode(changes)).decode())
    else:
        show_changes(Console(highlight=False, soft_wrap=True), changes, everything=everything)
    raise typer.Exit(1 if exit_code and changes else 0)


def export(
    version: Annotated[int | None, typer.Option(help="Version number [the one in force].")] = None,
    tenant: Annotated[str, typer.Option(help="Code of the tenant.")] = "sample",
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="File to write [standard output].")
    ] = None,
    split_csv: Annotated[
        bool, typer.Option("--split-csv", help="Rates and prefixes as CSV files beside it.")
    ] = False,
) -> None:
    """Write a version as YAML that reads as exactly the same document again.

    Examples:

        openmvno catalog export --tenant sample > catalog.yaml

        openmvno catalog export --version 3 -o catalog.yaml --split-csv
    """
    from openmvno.catalog.export import export as export_document

    if split_csv and output is None:
        raise typer.BadParameter("--split-csv needs a file to write beside: give -o FILE.")
    ((number, document),) = stored(tenant, [version])
    written = export_document(document, output.stem if split_csv and output else None)
    if output is None:
        print(written.yaml, end="")
        return
    output.write_text(written.yaml, "utf-8")
    for name, text in written.tables.items():
        (output.parent / name).write_text(text, "utf-8", newline="")
    beside = f" with {len(written.tables)} tables beside it" if written.tables else ""
    print(f"Version {number} is in {output}{beside}.")


def show_changes(console: Console, changes: list[Change], *, everything: bool = False) -> None:
    """Print changes, one line each and one for each changed field."""
    if not changes:
        console.print("No differences.")
        return
    shown = changes if everything else changes[:SHOWN]
    for change in shown:
        name = f" {change.name}" if change.name else ""
        console.print(f"{_SIGNS[change.change]} {change.kind}[bold]{_escape(name)}[/]")
        for field in change.fields:
            console.print(f"    {_escape(_field(field, change.change))}")
    if len(shown) < len(changes):
        console.print(f"… {len(changes) - len(shown)} more changes; --all prints every one.")
    counts = {word: sum(each.change == word for each in changes) for word in _SIGNS}
    console.print(", ".join(f"{count} {word}" for word, count in counts.items() if count) + ".")


def _field(field: FieldChange, change: str) -> str:
    if field.members:
        parts = [f"- {_value(field.old)}"] if field.old else []
        parts += [f"+ {_value(field.new)}"] if field.new else []
        return f"{field.field}: {' '.join(parts)}"
    if change == "added":
        return f"{field.field}: {_value(field.new)}"
    if change == "removed":
        return f"{field.field}: {_value(field.old)}"
    return f"{field.field}: {_value(field.old)} → {_value(field.new)}"


def _value(value: Any) -> str:
    if value is None:
        return "(none)"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        more = f", … {len(value) - VALUES_SHOWN} more" if len(value) > VALUES_SHOWN else ""
        return f"[{', '.join(map(_value, value[:VALUES_SHOWN]))}{more}]"
    return str(value) if value != "" else '""'


def _escape(text: str) -> str:
    from rich.markup import escape

    return escape(text)


def _documents(names: list[str], tenant: str) -> list[dict[str, Any]]:
    """Documents by file or version number. Files are checked first, without any database."""
    numbers = [int(name) for name in names if name.isdecimal()]
    files = {name: load(Path(name)).value for name in names if not name.isdecimal()}
    versions = dict(stored(tenant, list(numbers))) if numbers else {}
    return [versions[int(name)] if name.isdecimal() else files[name] for name in names]
