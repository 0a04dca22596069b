"""Beginning and ending a session from a page: the API's cookie is handed to the browser."""

from __future__ import annotations

from http.cookies import SimpleCookie
from typing import Any

import msgspec
from litestar import Response
from litestar.datastructures import Cookie

from openmvno.rest.origin import SESSION_COOKIE
from openmvno.web.pages.in_process import send
from openmvno.web.pages.page import Page


async def enter(page: Page, body: dict[str, Any], target: str) -> Response[Any]:
    """Log in and go to ``target``.

    Raises:
        Problem: what the API says.
    """
    answer = await send(
        page.request,
        "POST",
        "/v1/sessions",
        content=msgspec.json.encode(body),
        headers={"Content-Type": "application/json"},
    )
    cookies = SimpleCookie(answer.headers.get("Set-Cookie", ""))
    session = cookies[SESSION_COOKIE]
    response = page.goto(target)
    response.cookies.append(
        Cookie(
            SESSION_COOKIE,
            value=session.value,
            path="/",
            httponly=True,
            secure=bool(session["secure"]),
            samesite="strict",
            max_age=int(session["max-age"]),
        )
    )
    return response


async def leave(page: Page, target: str) -> Response[Any]:
    """Log out and go to ``target``."""
    await page.api.delete("/v1/session")
    response = page.goto(target, done="logged-out")
    response.cookies.append(Cookie(SESSION_COOKIE, path="/", max_age=0))
    return response
