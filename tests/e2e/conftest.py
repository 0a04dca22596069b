"""One system for all tests of this folder, and a peer for each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.diameter_peer import Peer
from tests.support.system import System, catalog

from openmvno.story.business import BusinessApi
from openmvno.story.system import endpoints, temporary_system, tenant_token


@pytest.fixture(scope="session")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """``openmvno up`` on free ports, with an operator; what it logged is shown when it fails."""
    log: Path = tmp_path_factory.mktemp("system") / "openmvno.log"
    with temporary_system(log, country_code="385") as settings:
        token = tenant_token(settings, "e2e")
        api = BusinessApi(endpoints(settings, token).api_url, token)
        version = api.post("/v1/catalog/versions?publish=true", catalog())
        assert version["state"] == "published"
        yield System(settings, api, token)
        api.close()
    assert "Traceback" not in log.read_text(), log.read_text()


@pytest.fixture
def peer(system: System) -> Iterator[Peer]:
    """A gateway with a connection of its own."""
    with Peer(system.diameter_port) as connected:
        yield connected
