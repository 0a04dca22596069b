"""Routes of API tokens and OAuth clients."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from litestar import Response, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from openmvno.access import clients, store, tokens
from openmvno.access.errors import TokenNotFound
from openmvno.access.networks import parse_networks
from openmvno.access.roles import check_scopes
from openmvno.access.schemas import (
    ClientIn,
    ClientView,
    TokenIn,
    TokenView,
    client_view,
    token_view,
)
from openmvno.rest import Call, Done, Outcome, Page, PageRequest, page_of, requires
from openmvno.rest.call import Connection

TAGS: Final = ["Access"]
READ: Final = [requires("access:read")]
WRITE: Final = [requires("access:write")]


class _Shown:
    """A secret that an answer has once: it is not kept with the Idempotency-Key, so the answer of
    a repeated request has none."""

    def __init__(self, field: str) -> None:
        self._field = field
        self.secret: str | None = None

    def finish(self, body: dict[str, Any], _: list[Outcome]) -> dict[str, Any]:
        """The body with the secret."""
        return {**body, self._field: self.secret}


@post("/tokens", guards=WRITE, tags=TAGS, summary="Make an API token")
async def create_token(
    creation: NamedDependency[Call], data: JSONBody[TokenIn]
) -> Response[TokenView]:
    """The answer has the token, once. It may have no scope that its maker does not have."""
    networks = parse_networks(data.networks)
    shown = _Shown("token")

    async def work(connection: Connection) -> Done:
        check_scopes(data.scopes, holder=creation.actor)
        token, shown.secret = await tokens.issue_token(
            connection,
            creation.actor,
            data.name,
            data.scopes,
            networks=networks,
            expires_at=data.expires_at,
        )
        headers = {"Location": f"/v1/tokens/{token.token_id}"}
        return Done(201, token_view(token), headers)

    return await creation.change(work, finish=shown.finish)


@get("/tokens", guards=READ, tags=TAGS, summary="List API tokens")
async def list_tokens(
    call: NamedDependency[Call], page: NamedDependency[PageRequest]
) -> Page[TokenView]:
    """Tokens from the newest on, revoked ones too; those of OAuth clients are not listed."""
    async with call.connection() as connection:
        found = await store.list_tokens(
            connection, call.tenant_id, before=page.after(UUID), limit=page.rows
        )
    return page_of(found, page, token_view, lambda token: token.token_id)


@get("/tokens/{token_id:uuid}", guards=READ, tags=TAGS, summary="One API token")
async def show_token(call: NamedDependency[Call], token_id: FromPath[UUID]) -> TokenView:
    """What a token may do; the token itself cannot be read again."""
    async with call.connection() as connection:
        token = await store.token_by_id(connection, call.tenant_id, token_id)
    if token is None:
        raise TokenNotFound(f"There is no token {token_id}.", field="token_id")
    return token_view(token)


@delete("/tokens/{token_id:uuid}", guards=WRITE, tags=TAGS, summary="Revoke an API token")
async def revoke_token(update: NamedDependency[Call], token_id: FromPath[UUID]) -> None:
    """No request with it passes from now on; within a second where there are several servers."""

    async def work(connection: Connection) -> Done:
        await tokens.revoke_token(connection, update.actor, token_id)
        return Done(204, None)

    await update.change(work)
    update.request.app.state.tokens.forget()


@post("/oauth-clients", guards=WRITE, tags=TAGS, summary="Add an OAuth client")
async def create_client(
    creation: NamedDependency[Call], data: JSONBody[ClientIn]
) -> Response[ClientView]:
    """The answer has the client's secret, once."""
    networks = parse_networks(data.networks)
    shown = _Shown("client_secret")

    async def work(connection: Connection) -> Done:
        client, shown.secret = await clients.create_client(
            connection, creation.actor, data.name, data.scopes, networks
        )
        headers = {"Location": f"/v1/oauth-clients/{client.client_id}"}
        return Done(201, client_view(client), headers)

    return await creation.change(work, finish=shown.finish)


@get("/oauth-clients", guards=READ, tags=TAGS, summary="List OAuth clients")
async def list_clients(
    call: NamedDependency[Call], page: NamedDependency[PageRequest]
) -> Page[ClientView]:
    """Clients from the newest on, revoked ones too."""
    async with call.connection() as connection:
        found = await store.list_clients(
            connection, call.tenant_id, before=page.after(UUID), limit=page.rows
        )
    return page_of(found, page, client_view, lambda client: client.client_id)


@get("/oauth-clients/{client_id:uuid}", guards=READ, tags=TAGS, summary="One OAuth client")
async def show_client(call: NamedDependency[Call], client_id: FromPath[UUID]) -> ClientView:
    """What a client may ask for."""
    async with call.connection() as connection:
        return client_view(await clients.find_client(connection, call.tenant_id, client_id))


@delete("/oauth-clients/{client_id:uuid}", guards=WRITE, tags=TAGS, summary="Revoke a client")
async def revoke_client(update: NamedDependency[Call], client_id: FromPath[UUID]) -> None:
    """Its tokens end with it."""

    async def work(connection: Connection) -> Done:
        await clients.revoke_client(connection, update.actor, client_id)
        return Done(204, None)

    await update.change(work)
    update.request.app.state.tokens.forget()


TOKEN_ROUTES: Final[list[Any]] = [
    create_token,
    list_tokens,
    show_token,
    revoke_token,
    create_client,
    list_clients,
    show_client,
    revoke_client,
]
