"""Sessions of SSH (RFC 4251 to 4254), by asyncssh."""

from __future__ import annotations

from typing import Final
from urllib.parse import unquote, urlsplit

import asyncssh

from openmvno.provisioning.adapters.dialogue import LoginRefusedError, Stream
from openmvno.provisioning.command_template import Session
from openmvno.provisioning.errors import SecretInvalid
from openmvno.provisioning.register import UnreachableError

PORT: Final = 22
CONNECT_SECONDS: Final = 3.0
LOGIN_SECONDS: Final = 5.0

_PRIVATE_KEY: Final = "-----BEGIN "
_COLUMNS_AND_ROWS: Final = (1000, 1000)
"""Of the terminal: so wide that no line is broken, so high that nobody asks for the next page."""


def is_private_key(secret: str) -> bool:
    """Whether a secret is a private key, and no password."""
    return secret.startswith(_PRIVATE_KEY)


def check_private_key(secret: str) -> None:
    """Let a private key pass that can be used.

    Raises:
        SecretInvalid.
    """
    try:
        asyncssh.import_private_key(secret)
    except (asyncssh.KeyImportError, ValueError) as error:
        raise SecretInvalid(
            "This is no private key, or it has a passphrase.",
            field="secret",
            accepted="a private key in OpenSSH or PEM form without a passphrase, or a password",
        ) from error


async def open_ssh(url: str, secret: str, session: Session) -> Stream:
    """Log in, with the password or private key that ``secret`` is, to a server that shows one of
    the session's keys.

    Raises:
        UnreachableError, LoginRefusedError.
    """
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or PORT
    keys = [asyncssh.import_public_key(key) for key in session.host_keys]
    is_key = is_private_key(secret)
    try:
        connection = await asyncssh.connect(
            host,
            port,
            # Nothing of this machine's own user: no configuration, agent, keys or known hosts.
            config=None,
            agent_path=None,
            known_hosts=(keys, [], []),
            username=unquote(parts.username or ""),
            client_keys=[asyncssh.import_private_key(secret)] if is_key else None,
            password=None if is_key else secret,
            preferred_auth="publickey" if is_key else "password,keyboard-interactive",
            connect_timeout=CONNECT_SECONDS,
            login_timeout=LOGIN_SECONDS,
        )
    except asyncssh.HostKeyNotVerifiable as error:
        raise LoginRefusedError(f"{host}:{port}: its host key is none of the template's") from error
    except asyncssh.PermissionDenied as error:
        raise LoginRefusedError(f"{host}:{port}: the login is refused") from error
    except (OSError, asyncssh.Error, TimeoutError) as error:
        raise UnreachableError(f"{host}:{port}: {str(error) or 'no connection in time'}") from error
    try:
        process = await connection.create_process(
            encoding="utf-8",
            errors="replace",
            stderr=asyncssh.STDOUT,
            term_type="dumb" if session.terminal else None,
            term_size=_COLUMNS_AND_ROWS if session.terminal else (),
        )
    except (OSError, asyncssh.Error) as error:
        connection.abort()
        raise UnreachableError(f"{host}:{port}: it opens no session: {error}") from error
    except BaseException:
        connection.abort()
        raise

    async def read(size: int) -> str:
        try:
            return str(await process.stdout.read(size))
        except asyncssh.Error as error:
            raise ConnectionError(str(error)) from error

    return Stream(read, process.stdin.write, connection.close)
