"""The sample operator's tokens and its user's password, kept in a file only its owner can read."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path
from typing import Final

from openmvno.rest import SCOPES
from openmvno.settings import Settings

CREDENTIALS_FILE: Final = "sample-credentials.json"

LOGINS: Final[dict[str, tuple[str, ...]]] = {
    "everything": tuple(SCOPES),
    "shop": (
        "catalog:read",
        "customers:read",
        "customers:write",
        "inventory:read",
        "payments:read",
        "payments:write",
    ),
    "ussd gateway": ("balance:read",),
}
"""What each login is for, and its scopes."""

PAGES: Final = "pages"
"""Where the password of the pages' user stands in the file, which has tokens otherwise."""

PAGES_LOGIN: Final = "admin"
PAGES_ROLES: Final = ("administrator", "operator", "keeper")


def path_of(settings: Settings) -> Path:
    """Where the tokens are."""
    return settings.absolute_data_dir / CREDENTIALS_FILE


def read(settings: Settings) -> dict[str, str]:
    """Token by login, and the password of the pages' user; empty when there is no file yet."""
    try:
        tokens = json.loads(path_of(settings).read_text("utf-8"))
    except FileNotFoundError:
        return {}
    return {str(name): str(token) for name, token in tokens.items()}


def write(settings: Settings, tokens: dict[str, str]) -> None:
    """Replace the file at once, readable by its owner only."""
    path = path_of(settings)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(tokens, file, indent=2)
    draft.replace(path)
