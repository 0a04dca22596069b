"""Which methods an address takes: ``Allow`` of an OPTIONS answer (RFC 9110 section 10.2.1)."""

from __future__ import annotations

from typing import Any, Final

from litestar import Litestar
from litestar.datastructures import MutableScopeHeaders
from litestar.routes import HTTPRoute
from litestar.types import Message, Scope

STATE_KEY: Final = "methods_of_paths"


def note_methods(application: Litestar) -> None:
    """Remember the methods of every address."""
    application.state[STATE_KEY] = {
        route.path_format: ", ".join(sorted(route.methods))
        for route in application.routes
        if isinstance(route, HTTPRoute)
    }


async def send_allow(message: Message, scope: Scope) -> None:
    """Name all methods (a Litestar before_send hook): the framework names those only that the
    address had when its first one was registered."""
    if message["type"] != "http.response.start" or scope.get("method") != "OPTIONS":
        return
    known: dict[str, Any] = scope["litestar_app"].state[STATE_KEY]
    allowed = known.get(scope.get("path_template", ""))
    if allowed is not None:
        MutableScopeHeaders.from_message(message)["Allow"] = allowed
