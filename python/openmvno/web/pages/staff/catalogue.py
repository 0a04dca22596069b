"""The catalogue: versions and what is in them, drafts, what a version changes and would earn."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from openmvno.client import Problem
from openmvno.web.pages.forms import Form
from openmvno.web.pages.page import Page

DRAFT: Final = "staff/catalogue_draft.html"
PLAN: Final = "staff/catalogue_plan.html"
RATES_AT_ONCE: Final = 100
UPLOAD_LIMIT: Final = 64 << 20
PLAN_DAYS: Final = 7


@get("/staff/catalogue")
async def show_catalogue(page: NamedDependency[Page]) -> Response[Any]:
    """Versions from the newest on, and what is on sale."""
    cursor = page.request.query_params.get("cursor")
    versions, products = await page.together(
        page.api.get("/v1/catalog/versions", query={"cursor": cursor}),
        page.unless_refused(page.api.get("/v1/products"), []),
    )
    return page.render("staff/catalogue.html", versions=versions, products=products)


@get("/staff/catalogue/versions/{number:int}")
async def show_version(page: NamedDependency[Page], number: FromPath[int]) -> Response[Any]:
    """What is in a version."""
    return await _version(page, number, Form())


async def _version(page: Page, number: int, form: Form) -> Response[Any]:
    found = await page.api.get(f"/v1/catalog/versions/{number}")
    status = form.problem.status if form.problem else 200
    return page.render("staff/catalogue_version.html", status, form=form, **found)


@get("/staff/catalogue/versions/{number:int}/tables/{code:str}")
async def show_rates(
    page: NamedDependency[Page], number: FromPath[int], code: FromPath[str]
) -> Response[Any]:
    """The rates of a table that have what is looked for."""
    found = await page.api.get(f"/v1/catalog/versions/{number}")
    tables = {table["code"]: table for table in found["document"].get("rate_tables", [])}
    if code not in tables:
        raise Problem(404, {"code": "route_not_found"})
    wanted = page.request.query_params.get("q", "").strip().lower()
    rates = [rate for rate in tables[code].get("rates", []) if _has(rate, wanted)]
    begin = _whole(page.request.query_params.get("from"))
    return page.render(
        "staff/catalogue_rates.html",
        version=found["version"],
        table=tables[code],
        rates=rates[begin : begin + RATES_AT_ONCE],
        found=len(rates),
        begin=begin,
        step=RATES_AT_ONCE,
        q=wanted,
    )


def _has(rate: dict[str, Any], wanted: str) -> bool:
    prefix = rate.get("prefix")
    if wanted.isdigit() and prefix is not None:
        return bool(prefix.startswith(wanted) or wanted.startswith(prefix))
    return wanted in " ".join(str(value) for value in rate.values()).lower()


def _whole(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() else 0


@get("/staff/catalogue/versions/{number:int}/diff")
async def show_difference(page: NamedDependency[Page], number: FromPath[int]) -> Response[Any]:
    """What a version changes."""
    against = page.request.query_params.get("against") or None
    difference = await page.api.get(
        f"/v1/catalog/versions/{number}/diff", query={"against": against}
    )
    return page.render("staff/catalogue_diff.html", number=number, difference=difference)


@post("/staff/catalogue/versions/{number:int}/publish", status_code=303)
async def publish(page: NamedDependency[Page], number: FromPath[int]) -> Response[Any]:
    """Puts a draft in force, now or at a time."""
    form = await page.form("publish")
    path = f"/v1/catalog/versions/{number}/publish"
    try:
        await page.api.call(
            "POST", path, query={"effective_at": page.instant(form, "effective_at")}, key=form.key
        )
    except Problem as problem:
        return await _version(page, number, form.refused(problem))
    return page.goto(f"/staff/catalogue/versions/{number}", "published")


@post("/staff/catalogue/versions/{number:int}/retire", status_code=303)
async def retire(page: NamedDependency[Page], number: FromPath[int]) -> Response[Any]:
    """Gives a draft up, or withdraws a version whose time has not come."""
    form = await page.form("retire")
    try:
        await page.api.post(f"/v1/catalog/versions/{number}/retire", key=form.key)
    except Problem as problem:
        return await _version(page, number, form.refused(problem))
    return page.goto(f"/staff/catalogue/versions/{number}", "saved")


@get("/staff/catalogue/draft")
async def show_draft_form(page: NamedDependency[Page]) -> Response[Any]:
    """A document to be looked through and kept."""
    return page.render(DRAFT)


@post("/staff/catalogue/draft", status_code=303, request_max_body_size=UPLOAD_LIMIT)
async def keep_draft(page: NamedDependency[Page]) -> Response[Any]:
    """Keeps a document as a draft, or lists its mistakes."""
    form = await page.form("draft")
    file = form.files.get("file")
    content = await file.read() if file else form.value("document").encode()
    try:
        answer = await page.send(
            "POST",
            "/v1/catalog/versions",
            key=form.key,
            content=content,
            params={"note": form.value("note")},
            headers={"Content-Type": "application/yaml"},  # JSON is YAML, too
        )
    except Problem as problem:
        return page.refused(DRAFT, form.refused(problem))
    return page.goto(f"/staff/catalogue/versions/{answer.json()['number']}", "draft-kept")


@get("/staff/catalogue/versions/{number:int}/plan")
async def show_plan_form(page: NamedDependency[Page], number: FromPath[int]) -> Response[Any]:
    """Which usage a version is tried on."""
    until = datetime.now(UTC).astimezone(page.formats.zone)
    since = until - timedelta(days=PLAN_DAYS)
    return page.render(
        PLAN,
        number=number,
        plan=None,
        since=f"{since:%Y-%m-%dT%H:%M}",
        until=f"{until:%Y-%m-%dT%H:%M}",
    )


@post("/staff/catalogue/versions/{number:int}/plan", status_code=200)
async def make_plan(page: NamedDependency[Page], number: FromPath[int]) -> Response[Any]:
    """What the usage of a time would have cost under the version. Nothing changes."""
    form = await page.form("plan")
    period = {name: page.instant(form, name) for name in ("since", "until")}
    known = {"number": number, "plan": None, "since": "", "until": ""}
    try:
        plan = await page.api.post(
            "/v1/catalog/plans", {**period, "version": number, "top": 10}, key=form.key
        )
    except Problem as problem:
        return page.refused(PLAN, form.refused(problem), **known)
    return page.render(PLAN, form=form, **{**known, "plan": plan})


CATALOGUE_PAGES: Final = [
    show_catalogue,
    show_version,
    show_rates,
    show_difference,
    publish,
    retire,
    show_draft_form,
    keep_draft,
    show_plan_form,
    make_plan,
]
