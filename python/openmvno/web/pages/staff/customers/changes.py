"""Editing, moving, marking a customer; class and defaults."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response

from openmvno.web.pages.asking import Question
from openmvno.web.pages.forms import Form
from openmvno.web.pages.page import Page
from openmvno.web.pages.staff.customers.defaults import FIELDS, defaults_typed
from openmvno.web.pages.staff.customers.subject import (
    CUSTOMER,
    customer_call,
    customer_path,
    of_customer,
)

SCOPE: Final = "customers:write"


async def _edit(page: Page, form: Form) -> Response[Any]:
    # What was emptied is cleared; a name is never empty.
    body: dict[str, Any] = {"name": form.value("name").strip(), "kind": form.value("kind")}
    for name in ("external_id", "email", "phone"):
        body[name] = form.value(name).strip() or None
    await page.api.patch(customer_call(page), body)
    return page.goto(customer_path(page), "saved")


async def _status_needs(page: Page) -> dict[str, Any]:
    needs, standing = await page.together(
        of_customer(page), page.api.get(customer_call(page, "/status"))
    )
    return {**needs, "standing": standing}


async def _set_status(page: Page, form: Form) -> Response[Any]:
    body = form.body("reason", also={"marks": form.chosen("marks")})
    await page.api.put(customer_call(page, "/status"), body)
    return page.goto(customer_path(page), "status-set")


async def _move(page: Page, form: Form) -> Response[Any]:
    body = form.body("reason", also={"parent_id": form.value("parent_id").strip() or None})
    await page.api.post(customer_call(page, "/moves"), body, key=form.key)
    return page.goto(customer_path(page), "customer-moved")


async def _defaults_needs(page: Page) -> dict[str, Any]:
    needs, defaults, classes = await page.together(
        of_customer(page),
        page.api.get(customer_call(page, "/defaults")),
        page.api.get("/v1/customer-classes"),
    )
    names = [each["name"] for each in classes]
    return {**needs, "defaults": defaults, "classes": names, **FIELDS}


async def _set_defaults(page: Page, form: Form) -> Response[Any]:
    body = form.body("class_name", also={"defaults": defaults_typed(form)})
    await page.api.put(customer_call(page, "/defaults"), body)
    return page.goto(customer_path(page), "defaults-set")


def _asked(name: str, needs: Any, act: Any) -> Question:
    return Question(f"{CUSTOMER}/{name}", f"staff/customers/{name}.html", SCOPE, needs, act)


CHANGE_QUESTIONS: Final = [
    _asked("edit", of_customer, _edit),
    _asked("status", _status_needs, _set_status),
    _asked("move", of_customer, _move),
    _asked("defaults", _defaults_needs, _set_defaults),
]
