"""How messages are marked that stand in a list."""


def N_(message: str) -> str:  # noqa: N802 -- gettext's own name for it
    """Marks a message for translation where it is only listed."""
    return message
