"""SIM card, number and password of a line."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response

from openmvno.client import Problem
from openmvno.web.pages.asking import Question
from openmvno.web.pages.forms import Form
from openmvno.web.pages.page import Page
from openmvno.web.pages.staff.lines.subject import LINE, line_call, line_path, of_line
from openmvno.web.pages.staff.stock import free_numbers, free_sims, number_classes

SCOPE: Final = "customers:write"


async def _swap_needs(page: Page) -> dict[str, Any]:
    needs, sims = await page.together(of_line(page), free_sims(page))
    return {**needs, "sims": sims}


async def _swap(page: Page, form: Form) -> Response[Any]:
    await page.api.post(line_call(page, "/sim-swap"), form.body("iccid", "reason"), key=form.key)
    return page.goto(line_path(page), "sim-swapped")


async def _number_needs(page: Page) -> dict[str, Any]:
    needs, numbers, classes = await page.together(
        of_line(page), free_numbers(page), number_classes(page)
    )
    return {**needs, "numbers": numbers, "classes": classes}


async def _change_number(page: Page, form: Form) -> Response[Any]:
    body = form.body("msisdn", "number_class")
    if "msisdn" in body:
        body["msisdn"] = digits(body["msisdn"])
    await page.api.post(line_call(page, "/number"), body, key=form.key)
    return page.goto(line_path(page), "number-changed")


def digits(number: str) -> str:
    """A number as people write it, in the API's form."""
    return number.translate(str.maketrans("", "", "+ -()/."))


async def _set_password(page: Page, form: Form) -> Response[Any]:
    if form.value("password") != form.value("again"):
        raise Problem(422, {"code": "passwords_differ", "field": "again"})
    await page.api.put(line_call(page, "/password"), {"password": form.value("password")})
    return page.goto(line_path(page), "password-set")


async def _remove_password(page: Page, _form: Form) -> Response[Any]:
    await page.api.delete(line_call(page, "/password"))
    return page.goto(line_path(page), "password-removed")


IDENTITY_QUESTIONS: Final = [
    Question(f"{LINE}/sim-swap", "staff/lines/sim_swap.html", SCOPE, _swap_needs, _swap),
    Question(f"{LINE}/number", "staff/lines/number.html", SCOPE, _number_needs, _change_number),
    Question(f"{LINE}/password", "staff/lines/password.html", SCOPE, of_line, _set_password),
    Question(
        f"{LINE}/password/removal",
        "staff/lines/password_removal.html",
        SCOPE,
        of_line,
        _remove_password,
    ),
]
