"""Documents a command is given: as a file, or by the number of a version."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from openmvno.cli.business import run_business

if TYPE_CHECKING:
    from openmvno.catalog import Document, Mistake
    from openmvno.database import Pool
    from openmvno.gateways.grpc.engine_client import GrpcEngineClient
    from openmvno.settings import Settings

File = Annotated[Path, typer.Argument(help="YAML or JSON document.", show_default=False)]

SHOWN = 100
"""Mistakes printed of one document."""


def load(file: Path, *, as_json: bool = False) -> Document:
    """The checked document of a file; mistakes are printed and end the command with status 1."""
    from openmvno.catalog import CatalogInvalid, load_file

    try:
        return load_file(file)
    except CatalogInvalid as error:
        if as_json:
            listed = [{**asdict(each), "field": each.field} for each in error.mistakes]
            print(json.dumps(listed, indent=2))
        else:
            _print(file, error.mistakes)
        raise typer.Exit(1) from error


def stored(tenant: str, numbers: list[int | None]) -> list[tuple[int, dict[str, Any]]]:
    """Number and document of versions of a tenant; None is the one in force."""

    async def work(
        _: Settings, pool: Pool, __: GrpcEngineClient
    ) -> list[tuple[int, dict[str, Any]]]:
        from openmvno import tenants
        from openmvno.catalog import service, store

        found = []
        async with pool.connection() as connection:
            owner = (await tenants.tenant_by_code(connection, tenant)).tenant_id
            for number in numbers:
                if number is None:
                    version = await service.current_version(connection, owner)
                else:
                    version = await service.find_version(connection, owner, number)
                document = await store.document_of(connection, owner, version.id)
                found.append((version.number, document))
        return found

    return run_business("catalog", work)


def _print(file: Path, mistakes: list[Mistake]) -> None:
    for mistake in mistakes[:SHOWN]:
        place = file if mistake.file in (None, file.name) else file.parent / str(mistake.file)
        print(f"{place}: {mistake}")
    if len(mistakes) > SHOWN:
        print(f"{file}: {len(mistakes) - SHOWN} more mistakes.")
