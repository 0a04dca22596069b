"""Classes of customers: defaults that many have."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import quote

from litestar import Response, get
from litestar.di import NamedDependency

from openmvno.client import Problem
from openmvno.web.pages.asking import Question
from openmvno.web.pages.forms import Form
from openmvno.web.pages.in_process import send
from openmvno.web.pages.page import Page
from openmvno.web.pages.staff.customers.defaults import FIELDS, defaults_typed

LIST: Final = "/staff/customers/classes"
CALL: Final = "/v1/customer-classes"
TEMPLATE: Final = "staff/customers/class.html"
SCOPE: Final = "customers:write"

NO_VERSION: Final = '"0"'
"""The ETag of no class: a new one replaces none that is there."""


@get(LIST)
async def list_classes(page: NamedDependency[Page]) -> Response[Any]:
    """Classes by name."""
    return page.render("staff/customers/classes.html", classes=await page.api.get(CALL))


async def _new_needs(_page: Page) -> dict[str, Any]:
    nothing = {"name": "", "note": "", "defaults": {}}
    return _shown(nothing, "", f"{LIST}/new")


async def _needs(page: Page) -> dict[str, Any]:
    answer = await send(page.request, "GET", _call(page.place("name")))
    present = answer.json()
    return _shown(present, answer.headers["ETag"], f"{LIST}/{quote(present['name'])}/edit")


def _shown(customer_class: dict[str, Any], etag: str, action: str) -> dict[str, Any]:
    """What a question about a class shows."""
    return {
        "about": customer_class["name"],
        "back": LIST,
        "customer_class": customer_class,
        "etag": etag,
        "action": action,
        **FIELDS,
    }


def _call(name: str) -> str:
    # A name that is missing or none is refused by the API, as any other.
    return f"{CALL}/{quote(name or '-', safe='')}"


async def _add(page: Page, form: Form) -> Response[Any]:
    name = form.value("name").strip()
    try:
        await page.api.put(_call(name), _body(form), if_match=NO_VERSION)
    except Problem as problem:
        raise _of_name(problem) from problem
    return page.goto(LIST, "saved")


def _of_name(problem: Problem) -> Problem:
    """What is wrong with the name stands in the API's path, not in its body."""
    if problem.code == "version_mismatch":
        return Problem(409, {"code": "class_taken", "field": "name"})
    if problem.field == "class_name":
        problem.field = "name"
    return problem


async def _edit(page: Page, form: Form) -> Response[Any]:
    call = _call(page.place("name"))
    await page.api.put(call, _body(form), if_match=form.value("etag") or None)
    return page.goto(LIST, "saved")


def _body(form: Form) -> dict[str, Any]:
    return {"defaults": defaults_typed(form), "note": form.value("note").strip()}


async def _remove(page: Page, _form: Form) -> Response[Any]:
    await page.api.delete(_call(page.place("name")))
    return page.goto(LIST, "class-removed")


CLASS_QUESTIONS: Final = [
    Question(f"{LIST}/new", TEMPLATE, SCOPE, _new_needs, _add),
    Question(f"{LIST}/{{name:str}}/edit", TEMPLATE, SCOPE, _needs, _edit),
    Question(
        f"{LIST}/{{name:str}}/remove", "staff/customers/class_removal.html", SCOPE, _needs, _remove
    ),
]

CLASS_PAGES: Final[list[Any]] = [
    list_classes,
    *(handler for question in CLASS_QUESTIONS for handler in question.handlers()),
]
