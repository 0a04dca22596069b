"""What opens and proves the database's contents is kept beside a backup."""

from __future__ import annotations

import stat
from pathlib import Path

from openmvno.audit import ANCHOR_KEY
from openmvno.backup.data_folder import read_secrets, write_secrets
from openmvno.provisioning import Sealer, installation_key
from openmvno.settings import Settings


def test_keys_come_back_as_they_were_for_their_owner_alone(tmp_path: Path) -> None:
    before, after = tmp_path / "before", tmp_path / "after"
    before.mkdir()
    after.mkdir()
    settings = Settings(data_dir=before)
    Sealer.from_settings(settings)
    anchors = installation_key(settings, ANCHOR_KEY)
    written = write_secrets(tmp_path / "secrets.tar", settings)
    assert set(written) == {path.name for path in before.iterdir()}
    assert read_secrets(tmp_path / "secrets.tar", after) == written
    assert installation_key(Settings(data_dir=after), ANCHOR_KEY) == anchors
    for path in after.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
