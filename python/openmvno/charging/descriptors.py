"""File descriptors: each connection is one, and a process is started with few."""

from __future__ import annotations

import logging
import resource
from typing import Final

log = logging.getLogger(__name__)

OWN_DESCRIPTORS: Final = 512
"""What a process needs besides connections: files, the database, gRPC, TLS handshakes."""


def allow_connections(connections: int) -> int:
    """Raise the soft limit of descriptors as far as is needed and allowed; how many connections it
    is enough for."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = connections + OWN_DESCRIPTORS
    allowed = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
    if soft != resource.RLIM_INFINITY and soft < allowed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
        soft = allowed
    enough = connections if soft == resource.RLIM_INFINITY else soft - OWN_DESCRIPTORS
    if enough < connections:
        log.warning(
            "the system allows %d descriptors, which is enough for %d Diameter connections, not"
            " %d: raise LimitNOFILE",
            soft,
            max(enough, 1),
            connections,
        )
    return max(min(enough, connections), 1)
