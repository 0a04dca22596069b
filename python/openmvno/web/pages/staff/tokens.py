"""API tokens and OAuth clients: what programs come in with."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from openmvno.client import Problem
from openmvno.web.pages.forms import Form
from openmvno.web.pages.page import Page

TEMPLATE: Final = "staff/tokens.html"


@get("/staff/tokens")
async def list_tokens(page: NamedDependency[Page]) -> Response[Any]:
    """Tokens and clients, newest first."""
    return await _listing(page, Form())


async def _listing(page: Page, form: Form, made: dict[str, Any] | None = None) -> Response[Any]:
    cursor = page.request.query_params.get("cursor")
    tokens, clients = await page.together(
        page.api.get("/v1/tokens", query={"cursor": cursor}), page.api.get("/v1/oauth-clients")
    )
    return page.render(
        TEMPLATE,
        form.problem.status if form.problem else 200,
        form=form,
        tokens=tokens,
        clients=clients,
        made=made,
        scopes=sorted(scope for scope in page.user.scopes if not scope.startswith("own:")),
    )


@post("/staff/tokens", status_code=200)
async def make_token(page: NamedDependency[Page]) -> Response[Any]:
    """Makes a token or a client; its secret is shown this once."""
    form = await page.form()
    is_client = form.named == "client"
    also: dict[str, Any] = {
        "scopes": form.chosen("scopes"),
        "networks": form.value("networks").split(),
    }
    if not is_client and (expires_at := page.instant(form, "expires_at")):
        also["expires_at"] = expires_at
    path = "/v1/oauth-clients" if is_client else "/v1/tokens"
    try:
        made = await page.api.post(path, form.body("name", also=also), key=form.key)
    except Problem as problem:
        return await _listing(page, form.refused(problem))
    return await _listing(page, Form(), made)


@post("/staff/tokens/{token_id:uuid}/revoke", status_code=303)
async def revoke_token(page: NamedDependency[Page], token_id: FromPath[UUID]) -> Response[Any]:
    """Ends a token with its next request."""
    await page.form()
    await page.api.delete(f"/v1/tokens/{token_id}")
    return page.goto("/staff/tokens", "revoked")


@post("/staff/tokens/clients/{client_id:uuid}/revoke", status_code=303)
async def revoke_client(page: NamedDependency[Page], client_id: FromPath[UUID]) -> Response[Any]:
    """Ends a client and its tokens."""
    await page.form()
    await page.api.delete(f"/v1/oauth-clients/{client_id}")
    return page.goto("/staff/tokens", "revoked")


TOKEN_PAGES: Final = [list_tokens, make_token, revoke_token, revoke_client]
