"""What a caller of the engine's gRPC has to show where it listens beyond this machine."""

from __future__ import annotations

import hmac

from grpclib.const import Status
from grpclib.events import RecvRequest, listen
from grpclib.exceptions import GRPCError
from grpclib.server import Server

HEADER = "authorization"


def require_token(server: Server, token: str) -> None:
    """Refuse calls without ``token``."""
    expected = f"Bearer {token}".encode()

    async def check(event: RecvRequest) -> None:
        shown = event.metadata.get(HEADER, "")
        text = shown if isinstance(shown, str) else ""
        if not hmac.compare_digest(text.encode(), expected):
            raise GRPCError(
                Status.UNAUTHENTICATED,
                "the engine's token is missing or wrong (OPENMVNO_ENGINE_TOKEN)",
            )

    listen(server, RecvRequest, check)
