"""The visual language on one page: every part that pages are made of."""

from __future__ import annotations

import math
from typing import Any, Final

from litestar import Response, get
from litestar.di import NamedDependency

from openmvno.client import Problem
from openmvno.web.pages.forms import Form
from openmvno.web.pages.page import Page


@get("/staff/examples")
async def show_examples(page: NamedDependency[Page]) -> Response[Any]:
    """Parts with made-up content."""
    problem = Problem(
        422,
        {"code": "request_malformed", "field": "customer.name", "detail": "At least 1 character."},
    )
    series = [round(40 + 25 * math.sin(index / 4) + index % 5) for index in range(60)]
    moments = [f"2026-01-31T10:{index:02}:00+00:00" for index in range(60)]
    return page.render(
        "staff/examples.html",
        sample_form=Form({"customer.name": "", "msisdn": "+44 7700 900123"}, problem=problem),
        series=series,
        moments=moments,
        feet=[page.formats.clock(moment) for moment in moments],
    )


@get("/staff/examples/question")
async def show_question(page: NamedDependency[Page]) -> Response[Any]:
    """A question as a dialog, or as a page of its own."""
    return page.render("staff/examples_question.html", back="/staff/examples")


EXAMPLE_PAGES: Final = [show_examples, show_question]
