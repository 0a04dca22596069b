"""Listings that are narrowed by what is asked for in the address."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from openmvno.client import Problem
from openmvno.web.pages.forms import Form
from openmvno.web.pages.page import Page

MALFORMED = (400, 422)
"""What the API answers to a filter that is none."""


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of a listing. ``form``: what it is narrowed by, with what the API refused of it;
    ``address``: of the same listing from its beginning."""

    rows: list[Any]
    next_cursor: str | None
    form: Form
    address: str

    @property
    def status(self) -> int:
        """How the page is answered."""
        return 200 if self.form.problem is None else self.form.problem.status


def asked(page: Page, names: Iterable[str]) -> Form:
    """The filters that say something."""
    given = {name: page.request.query_params.get(name, "").strip() for name in names}
    return Form({name: text for name, text in given.items() if text})


def digits(text: str) -> str:
    """A number as people write it, as the API takes it; what is none stays what it is."""
    return text.strip().removeprefix("+").replace(" ", "")


async def listing(
    page: Page,
    path: str,
    form: Form,
    query: Mapping[str, Any] | None = None,
    fields: Mapping[str, str] | None = None,
) -> Listing:
    """What ``path`` of the API lists, narrowed by ``query``: by the form as it is, if none is
    given. ``fields``: the form's names of what the API calls otherwise."""
    wanted: dict[str, Any] = dict(form.values if query is None else query)
    here = page.request.url.path
    address = f"{here}?{urlencode(dict(form.values))}" if form.values else here
    wanted["cursor"] = page.request.query_params.get("cursor")
    try:
        found = await page.api.get(path, query=wanted)
    except Problem as problem:
        if problem.status not in MALFORMED:
            raise
        problem.field = (fields or {}).get(problem.field or "", problem.field)
        return Listing([], None, form.refused(problem), address)
    return Listing(found["items"], found["next_cursor"], form, address)
