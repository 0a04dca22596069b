"""Targets of provisioning: setting one, and comparing a register with our books."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import quote

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from openmvno.client import Problem
from openmvno.web.pages.documents import DocumentInvalidError, read_document, write_document
from openmvno.web.pages.forms import Form, unfit
from openmvno.web.pages.page import Page

NEW: Final = "staff/target_new.html"
ONE: Final = "staff/target.html"
DRIFT: Final = "staff/target_drift.html"

REGISTERS: Final = ("osmo_hlr", "pyhss")
"""Kinds that can be asked what they hold."""

TEMPLATE_ORDER: Final = ("headers", "values", "requests")
REQUEST_ORDER: Final = ("on", "method", "path", "headers", "body", "success", "expect")
USUAL_SUCCESS: Final = [200, 201, 202, 204]
"""What a request of a template takes for done where it says nothing."""

COUNTS: Final = ("replayed", "ordered", "waiting", "foreign")
"""What the page says after something was done to many at once, by the address."""


@get("/staff/provisioning/targets/new")
async def show_new_target(page: NamedDependency[Page]) -> Response[Any]:
    """The form of a target to be."""
    return page.render(NEW, target=None)


@post("/staff/provisioning/targets/new", status_code=303)
async def add_target(page: NamedDependency[Page]) -> Response[Any]:
    """Sets a target; the API says whether the name is one."""
    form = await page.form("target")
    name = form.value("name").strip()
    try:
        if not name:
            raise unfit("name", page.gettext("Give the target a name."))
        await page.api.put(_place(name), _body(page, form))
    except Problem as problem:
        return page.refused(NEW, form.refused(problem), target=None)
    return page.goto(f"/staff/provisioning/targets/{quote(name)}", "target-set")


def _place(name: str) -> str:
    return f"/v1/provisioning-targets/{quote(name, safe='')}"


def _body(page: Page, form: Form) -> dict[str, Any]:
    """What the API takes, of what was typed.

    Raises:
        Problem: the template is no document.
    """
    also: dict[str, Any] = {"enabled": form.flag("enabled")}
    if form.flag("all_events"):
        also["events"] = []
    elif events := form.value("events").replace(",", " ").split():
        also["events"] = events
    if text := form.value("template").strip():
        try:
            also["template"] = read_document(text)
        except DocumentInvalidError as error:
            where = page.gettext("Line %(line)s", line=error.line) if error.line else ""
            raise unfit("template", f"{where}: {error}" if where else str(error)) from error
    return form.body("kind", "url", "secret", also=also)


@get("/staff/provisioning/targets/{name:str}")
async def show_target(page: NamedDependency[Page], name: FromPath[str]) -> Response[Any]:
    """One target, with what waits for it."""
    return await _target(page, name, Form())


async def _target(page: Page, name: str, form: Form) -> Response[Any]:
    target, queues = await page.together(
        page.api.get(_place(name)), page.api.get("/v1/delivery-queues")
    )
    given = {each: page.request.query_params.get(each, "") for each in COUNTS}
    return page.render(
        ONE,
        form.problem.status if form.problem else 200,
        target=target,
        queue=next((queue for queue in queues if queue["target"] == name), None),
        document=_shown(target["template"]),
        is_register=target["kind"] in REGISTERS,
        counts={each: int(text) for each, text in given.items() if text.isdecimal()},
        form=form,
    )


def _shown(template: dict[str, Any] | None) -> str:
    """A template as one writes it: in the usual order, without what says nothing."""
    if not template:
        return ""
    requests = [_without_nothing(request, REQUEST_ORDER) for request in template["requests"]]
    whole = {**_without_nothing(template, TEMPLATE_ORDER), "requests": requests}
    return write_document(whole)


def _without_nothing(given: dict[str, Any], order: tuple[str, ...]) -> dict[str, Any]:
    is_usual = given.get("success") == USUAL_SUCCESS
    ordered = {name: given[name] for name in (*order, *given) if name in given}
    return {
        name: value
        for name, value in ordered.items()
        if value not in ({}, [], None) and not (name == "success" and is_usual)
    }


@post("/staff/provisioning/targets/{name:str}", status_code=303)
async def change_target(page: NamedDependency[Page], name: FromPath[str]) -> Response[Any]:
    """Replaces a target; a secret that is not typed again stays, where it may."""
    form = await page.form("target")
    try:
        await page.api.put(_place(name), _body(page, form))
    except Problem as problem:
        return await _target(page, name, form.refused(problem))
    return page.goto(f"/staff/provisioning/targets/{quote(name)}", "target-set")


@post("/staff/provisioning/targets/{name:str}/replay", status_code=303)
async def replay_all(page: NamedDependency[Page], name: FromPath[str]) -> Response[Any]:
    """Tries all dead letters of a target again."""
    form = await page.form("replay")
    done = await page.api.post(f"{_place(name)}/replay", key=form.key)
    return page.goto(f"/staff/provisioning/targets/{quote(name)}", replayed=str(done["replayed"]))


@get("/staff/provisioning/targets/{name:str}/drift")
async def show_drift(page: NamedDependency[Page], name: FromPath[str]) -> Response[Any]:
    """What a register holds otherwise than our books say: asked for now."""
    drift, problem = None, None
    try:
        drift = await page.api.get(f"{_place(name)}/drift")
    except Problem as refusal:
        if refusal.status < 409:
            raise
        problem = refusal
    # In the place of a part htmx shows no answer that is an error.
    status = problem.status if problem and not page.is_fragment else 200
    return page.render(DRIFT, status, name=name, drift=drift, form=Form(problem=problem))


@post("/staff/provisioning/targets/{name:str}/repairs", status_code=303)
async def repair(page: NamedDependency[Page], name: FromPath[str]) -> Response[Any]:
    """Has every difference mended that can be."""
    form = await page.form("repair")
    try:
        done = await page.api.post(f"{_place(name)}/repairs", key=form.key)
    except Problem as problem:
        return await _target(page, name, form.refused(problem))
    counts = {each: str(done[each]) for each in ("ordered", "waiting", "foreign")}
    return page.goto(f"/staff/provisioning/targets/{quote(name)}", **counts)


TARGET_PAGES: Final = [
    show_new_target,
    add_target,
    show_target,
    change_target,
    replay_all,
    show_drift,
    repair,
]
