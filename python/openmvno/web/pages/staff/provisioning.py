"""The queue of what the network and others have to know, and its dead letters."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import quote
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from openmvno.client import Problem
from openmvno.web.pages.documents import write_document
from openmvno.web.pages.forms import Form
from openmvno.web.pages.page import Page
from openmvno.web.pages.staff.listing import asked, listing

OVERVIEW: Final = "staff/provisioning.html"
QUEUES: Final = "staff/provisioning_queues.html"
LIST: Final = "staff/deliveries.html"
ONE: Final = "staff/delivery.html"


@get("/staff/provisioning")
async def show_targets(page: NamedDependency[Page]) -> Response[Any]:
    """Every target with what waits for it."""
    return page.render(OVERVIEW, **await _queues(page))


@get("/staff/provisioning/parts/queues")
async def show_queues(page: NamedDependency[Page]) -> Response[Any]:
    """The part of the page that moves."""
    return page.render(QUEUES, **await _queues(page))


async def _queues(page: Page) -> dict[str, Any]:
    targets, queues = await page.together(
        page.api.get("/v1/provisioning-targets"), page.api.get("/v1/delivery-queues")
    )
    waiting = {queue["target"]: queue for queue in queues}
    since = [queue["oldest_at"] for queue in queues if queue["oldest_at"]]
    return {
        "targets": [(target, waiting.get(target["name"])) for target in targets],
        "pending": sum(queue["pending"] for queue in queues),
        "dead": sum(queue["dead"] for queue in queues),
        "oldest_at": min(since, default=None),
    }


@get("/staff/provisioning/deliveries")
async def list_deliveries(page: NamedDependency[Page]) -> Response[Any]:
    """Events and what became of them, from the newest on."""
    form = asked(page, ("state", "target", "line"))
    found, targets = await page.together(
        listing(page, "/v1/deliveries", form), page.api.get("/v1/provisioning-targets")
    )
    return page.render(LIST, found.status, found=found, form=found.form, targets=targets)


def _place(target: str, event_id: UUID) -> str:
    return f"deliveries/{quote(target, safe='')}/{event_id}"


@get("/staff/provisioning/deliveries/{target:str}/{event_id:uuid}")
async def show_delivery(
    page: NamedDependency[Page], target: FromPath[str], event_id: FromPath[UUID]
) -> Response[Any]:
    """One event on its way to one target, with what it says."""
    return await _delivery(page, target, event_id, Form())


async def _delivery(page: Page, target: str, event_id: UUID, form: Form) -> Response[Any]:
    delivery = await page.api.get(f"/v1/{_place(target, event_id)}")
    status = form.problem.status if form.problem else 200
    content = write_document(delivery["payload"])
    return page.render(ONE, status, delivery=delivery, content=content, form=form)


@post("/staff/provisioning/deliveries/{target:str}/{event_id:uuid}/replay", status_code=303)
async def replay(
    page: NamedDependency[Page], target: FromPath[str], event_id: FromPath[UUID]
) -> Response[Any]:
    """Tries a dead letter again."""
    return await _decided(page, target, event_id, "replay", "replayed")


@post("/staff/provisioning/deliveries/{target:str}/{event_id:uuid}/discard", status_code=303)
async def discard(
    page: NamedDependency[Page], target: FromPath[str], event_id: FromPath[UUID]
) -> Response[Any]:
    """Gives a dead letter up."""
    return await _decided(page, target, event_id, "discard", "discarded")


async def _decided(page: Page, target: str, event_id: UUID, what: str, done: str) -> Response[Any]:
    form = await page.form(what)
    place = _place(target, event_id)
    try:
        await page.api.post(f"/v1/{place}/{what}", key=form.key)
    except Problem as problem:
        return await _delivery(page, target, event_id, form.refused(problem))
    return page.goto(f"/staff/provisioning/{place}", done)


PROVISIONING_PAGES: Final = [
    show_targets,
    show_queues,
    list_deliveries,
    show_delivery,
    replay,
    discard,
]
