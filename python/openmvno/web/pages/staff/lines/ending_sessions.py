"""Ending the sessions of a line, one or all."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response

from openmvno.web.pages.asking import Question
from openmvno.web.pages.forms import Form
from openmvno.web.pages.page import Page
from openmvno.web.pages.staff.lines.subject import LINE, line_call, line_path, of_line


async def _needs(page: Page) -> dict[str, Any]:
    wanted = page.request.query_params.get("session_id", "")
    return {**await of_line(page), "session_id": wanted}


async def _end(page: Page, form: Form) -> Response[Any]:
    body = form.body("session_id")
    await page.api.post(line_call(page, "/session-aborts"), body, key=form.key)
    return page.goto(line_path(page), "sessions-ending")


SESSION_QUESTIONS: Final = [
    Question(
        f"{LINE}/sessions/end", "staff/lines/end_sessions.html", "customers:write", _needs, _end
    )
]
