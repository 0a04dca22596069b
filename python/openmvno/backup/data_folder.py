"""What opens the database's secrets lies outside it: it is kept beside a backup, in a file of its
own that nobody else may read."""

from __future__ import annotations

import os
import tarfile
from pathlib import Path

from openmvno.audit import ANCHOR_KEY
from openmvno.provisioning import SEALING_KEY_FILES, installation_key_file
from openmvno.sample import CREDENTIALS_FILE
from openmvno.settings import Settings, variable_name

DATA_FOLDER_FILES = (*SEALING_KEY_FILES, installation_key_file(ANCHOR_KEY), CREDENTIALS_FILE)
# Deployed with the installation, which is where they are kept.
SETTINGS_WITH_FILES = (
    "diameter_tls_certificate",
    "diameter_tls_key",
    "diameter_tls_client_ca",
    "diameter_peers_file",
)


def write_secrets(path: Path, settings: Settings) -> list[str]:
    """Write the data folder's secret files into ``path``, durably; returns their names."""
    found = [name for name in DATA_FOLDER_FILES if (settings.absolute_data_dir / name).is_file()]
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        with tarfile.open(fileobj=file, mode="w") as archive:
            for name in found:
                archive.add(settings.absolute_data_dir / name, arcname=name, recursive=False)
        file.flush()
        os.fsync(file.fileno())
    return found


def read_secrets(path: Path, data_dir: Path) -> list[str]:
    """Put the files back into a data folder, readable by their owner only; returns their names."""
    done = []
    with tarfile.open(path) as archive:
        for name in DATA_FOLDER_FILES:
            try:
                content = archive.extractfile(name)
            except KeyError:
                continue
            assert content is not None
            descriptor = os.open(data_dir / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(content.read())
                file.flush()
                os.fsync(file.fileno())
            done.append(name)
    return done


def not_included(settings: Settings) -> list[str]:
    """Files an installation needs that no backup holds, and which setting names each."""
    files = [
        f"{path} ({variable_name(field)})"
        for field in SETTINGS_WITH_FILES
        if (path := getattr(settings, field)) is not None
    ]
    return [*files, "the OPENMVNO_* variables"]
