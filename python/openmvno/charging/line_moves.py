"""Commands that bring a line to another payer, in the order in which they are written, each when
the one before is done."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from openmvno.charging.commands import Command, account_command


def freeze_line(tenant: UUID, account: UUID, line: UUID, change: UUID) -> Command:
    """Let the line stand still, and have its sessions ended. Repeated it changes nothing.

    The outcome has ``sessions``: how many are open that cost something.
    """
    return _step("freeze_line", tenant, account, line, change)


def export_line(tenant: UUID, account: UUID, line: UUID, change: UUID) -> Command:
    """Take what is a frozen line's own out of its account; ``image`` of the outcome holds it.

    Sessions that are still open are given up.
    """
    return _step("export_line", tenant, account, line, change)


def import_line(
    tenant: UUID, account: UUID, line: UUID, change: UUID, image: Mapping[str, Any]
) -> Command:
    """Bring an exported line to an account: another one, or the one it comes from.

    The engine refuses with account_unknown, currency_mismatch, line_exists, product_unknown or
    identity_taken; the one it comes from always gets it.
    """
    return _step("import_line", tenant, account, line, change, image=image)


def release_line(tenant: UUID, account: UUID, line: UUID, change: UUID) -> Command:
    """Let the account that an imported line came from answer for it no longer."""
    return _step("release_line", tenant, account, line, change)


def _step(
    kind: str, tenant: UUID, account: UUID, line: UUID, change: UUID, **members: Any
) -> Command:
    return account_command(kind, tenant, account, line=str(line), change=str(change), **members)
