"""What TCP does not notice: a server that is frozen while its kernel goes on acknowledging.

Keepalives are answered and no statement ever ends. Whoever must go on gives the session up; the
server may still do what it was asked, as after any lost connection.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import pq

log = logging.getLogger(__name__)


def give_up(pgconn: pq.abc.PGconn) -> None:
    """End a session from this side: whoever waits for an answer on it hears that it is lost."""
    try:
        descriptor = os.dup(pgconn.socket)
    except (psycopg.OperationalError, OSError):
        return  # closed already
    with socket.socket(fileno=descriptor) as duplicate:
        try:
            duplicate.shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # the other side was quicker


@contextmanager
def giving_up(pgconn: pq.abc.PGconn, seconds: float) -> Iterator[None]:
    """A statement inside that is not answered within ``seconds`` ends the session: it raises
    :class:`psycopg.OperationalError`."""

    def too_long() -> None:
        log.warning("PostgreSQL has not answered for %.0f s: the session is given up", seconds)
        give_up(pgconn)

    timer = asyncio.get_running_loop().call_later(seconds, too_long)
    try:
        yield
    finally:
        timer.cancel()
