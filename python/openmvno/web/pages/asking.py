"""Questions: what is asked before something is done, in a dialog or as a page of its own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency

from openmvno.client import Problem
from openmvno.web.pages.forms import Form
from openmvno.web.pages.page import Page

Needs = Callable[[Page], Awaitable[dict[str, Any]]]
"""What the template shows besides the form."""

Act = Callable[[Page, Form], Awaitable[Response[Any]]]
"""Does it and says where to go; what it raises is shown beside the fields."""


@dataclass(frozen=True, slots=True)
class Question:
    """A form at an address of its own. A link with ``hx-target="#asked"`` opens it as a dialog;
    without a script the link leads to it. ``scope``: what it needs beyond reading."""

    path: str
    template: str
    scope: str
    needs: Needs
    act: Act

    def handlers(self) -> list[Any]:
        """The page that asks, and the one that does."""
        question = self

        @get(question.path)
        async def ask(page: NamedDependency[Page]) -> Response[Any]:
            page.needs_scope(question.scope)
            return page.render(question.template, **await question.needs(page))

        @post(question.path, status_code=303)
        async def act(page: NamedDependency[Page]) -> Response[Any]:
            form = await page.form()
            try:
                return await question.act(page, form)
            except Problem as problem:
                needs = await question.needs(page)
                return page.refused(question.template, form.refused(problem), **needs)

        return [ask, act]
