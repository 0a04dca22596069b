"""Numbers that come from other operators and go to them."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from openmvno.client import Problem
from openmvno.web.pages.forms import Form, unfit
from openmvno.web.pages.page import Page
from openmvno.web.pages.staff.listing import asked, digits, listing

NEW: Final = "staff/port_new.html"
ONE: Final = "staff/port.html"
HISTORY: Final = "staff/port_history.html"

UNDER_WAY: Final = ("requested", "validated", "scheduled")


@get("/staff/ports")
async def list_ports(page: NamedDependency[Page]) -> Response[Any]:
    """From the newest on."""
    form = asked(page, ("state", "msisdn"))
    query = {**form.values, "msisdn": digits(form.value("msisdn")) or None}
    found = await listing(page, "/v1/ports", form, query)
    return page.render("staff/ports.html", found.status, found=found, form=found.form)


@get("/staff/ports/new")
async def show_new_port(page: NamedDependency[Page]) -> Response[Any]:
    """The form of a request to be."""
    return page.render(NEW, form=Form({"line_id": page.request.query_params.get("line", "")}))


@post("/staff/ports/new", status_code=303)
async def request_port(page: NamedDependency[Page]) -> Response[Any]:
    """Asks for a number of another operator."""
    form = await page.form("port")
    try:
        also: dict[str, Any] = {
            "msisdn": digits(form.value("msisdn")),
            "line_id": await _line(page, digits(form.value("line_id"))),
            "scheduled_at": page.instant(form, "scheduled_at"),
        }
        port = await page.api.post("/v1/ports", form.body("donor", also=also), key=form.key)
    except Problem as problem:
        return page.refused(NEW, form.refused(problem))
    return page.goto(f"/staff/ports/{port['id']}", "port-requested")


async def _line(page: Page, text: str) -> str | None:
    """The line that is named by the number it has now, or by its id.

    Raises:
        Problem: no line has the number.
    """
    if not text.isdecimal():
        return text or None
    found = await page.api.get("/v1/lines", query={"msisdn": text})
    for line in found["items"]:
        if line["status"] != "closed":
            return str(line["id"])
    raise unfit("line_id", page.gettext("No line has this number."))


@get("/staff/ports/{port_id:uuid}")
async def show_port(page: NamedDependency[Page], port_id: FromPath[UUID]) -> Response[Any]:
    """One port, and what happened with it."""
    return await _port(page, port_id, Form())


async def _port(page: Page, port_id: UUID, form: Form, template: str = ONE) -> Response[Any]:
    path = f"/v1/ports/{port_id}"
    port, history = await page.together(page.api.get(path), page.api.get(f"{path}/history"))
    happened = [("step", step["at"], step) for step in history["steps"]]
    happened += [("notice", notice["at"], notice) for notice in history["notices"]]
    return page.render(
        template,
        form.problem.status if form.problem else 200,
        port=port,
        happened=sorted(happened, key=lambda each: str(each[1]), reverse=True),
        under_way=port["state"] in UNDER_WAY,
        form=form,
    )


@get("/staff/ports/{port_id:uuid}/parts/history")
async def show_history(page: NamedDependency[Page], port_id: FromPath[UUID]) -> Response[Any]:
    """The part of the page that moves."""
    return await _port(page, port_id, Form(), HISTORY)


@post("/staff/ports/{port_id:uuid}/cancel", status_code=303)
async def cancel_port(page: NamedDependency[Page], port_id: FromPath[UUID]) -> Response[Any]:
    """Gives a port to us up."""
    form = await page.form("cancel")
    try:
        await page.api.post(f"/v1/ports/{port_id}/cancel", form.body("reason"), key=form.key)
    except Problem as problem:
        return await _port(page, port_id, form.refused(problem))
    return page.goto(f"/staff/ports/{port_id}", "port-cancelled")


PORT_PAGES: Final = [
    list_ports,
    show_new_port,
    request_port,
    show_port,
    show_history,
    cancel_port,
]
