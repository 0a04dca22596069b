"""What an entry keeps of a change: the fields that changed, and no secret."""

from __future__ import annotations

from typing import Any, Final

MASK: Final = "***"
SECRETS: Final = frozenset(
    {
        "adm",
        "client_secret",
        "ki",
        "op",
        "opc",
        "password",
        "pin",
        "pin1",
        "pin2",
        "puk",
        "puk1",
        "puk2",
        "recovery_codes",
        "secret",
        "token",
        "totp_secret",
    }
)
"""Names of fields whose value is never written."""

Values = dict[str, Any]


def changed_fields(
    before: Values | None, after: Values | None
) -> tuple[Values | None, Values | None]:
    """Both without what is the same in both and with secrets masked; a secret that changed still
    shows as changed."""
    if before is not None and after is not None:
        same = {name for name, value in before.items() if name in after and after[name] == value}
        before = {name: value for name, value in before.items() if name not in same}
        after = {name: value for name, value in after.items() if name not in same}
    return (
        None if before is None else masked(before),
        None if after is None else masked(after),
    )


def masked(value: Any) -> Any:
    """``value`` with every secret in it, at any depth, masked."""
    if isinstance(value, dict):
        return {
            name: MASK if name in SECRETS and inner is not None else masked(inner)
            for name, inner in value.items()
        }
    if isinstance(value, list | tuple):
        return [masked(inner) for inner in value]
    return value
