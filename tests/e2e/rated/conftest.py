"""An operator of its own beside that of the other tests, and what its network sends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tests.e2e.rated.catalog import CATALOG
from tests.support.system import System

from openmvno.story.business import BusinessApi
from openmvno.story.system import endpoints, tenant_token

NewOperator = Callable[[str, dict[str, Any]], System]


@pytest.fixture(scope="session")
def new_operator(system: System) -> Iterator[NewOperator]:
    """Makes a tenant with a catalogue of its own."""
    clients: list[BusinessApi] = []

    def make(code: str, document: dict[str, Any]) -> System:
        token = tenant_token(system.settings, code)
        api = BusinessApi(endpoints(system.settings, token).api_url, token)
        clients.append(api)
        assert api.post("/v1/catalog/versions?publish=true", document)["state"] == "published"
        return System(system.settings, api, token)

    yield make
    for client in clients:
        client.close()


@pytest.fixture(scope="session")
def rated(new_operator: NewOperator) -> System:
    """The operator with everything."""
    return new_operator("rated", CATALOG)
