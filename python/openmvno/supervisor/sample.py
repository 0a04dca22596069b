"""The sample operator, where the package that brings it is installed.

``openmvno.sample`` offers ``load_operator(settings)``, which creates the operator unless it exists,
``credentials(settings)``, pairs of what a login is for and the login itself, and
``page_login(settings)``, the tenant, login and password of a user of the pages.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Sequence
from types import ModuleType
from typing import cast

from openmvno.settings import Settings

Login = tuple[str, str, str]

PACKAGE = "openmvno.sample"


def _package() -> ModuleType | None:
    if importlib.util.find_spec(PACKAGE) is None:
        return None
    return importlib.import_module(PACKAGE)


def load(settings: Settings) -> None:
    """Create the sample operator through the running system, unless it is there already."""
    package = _package()
    if package is not None:
        package.load_operator(settings)


def credentials(settings: Settings) -> Sequence[tuple[str, str]]:
    """(what for, token) of the sample operator's logins."""
    package = _package()
    return [] if package is None else list(package.credentials(settings))


def page_login(settings: Settings) -> Login | None:
    """(tenant, login, password) of the pages' user."""
    package = _package()
    return None if package is None else cast("Login | None", package.page_login(settings))
