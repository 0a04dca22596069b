"""Numbers: the pool, one number, reservations, and the rules."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import quote

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from openmvno.client import Problem
from openmvno.web.pages.forms import Form, unfit
from openmvno.web.pages.page import Page
from openmvno.web.pages.staff.listing import asked, digits, listing

LIST: Final = "staff/numbers.html"
NEW: Final = "staff/number_new.html"
ONE: Final = "staff/number.html"
RESERVE: Final = "staff/number_reserve.html"
RULES: Final = "staff/number_rules.html"

HISTORY_SHOWN: Final = 20
STANDARD: Final = "standard"


@get("/staff/numbers")
async def list_numbers(page: NamedDependency[Page]) -> Response[Any]:
    """Numbers in order."""
    form = asked(page, ("state", "number_class", "ends_with"))
    found, classes = await page.together(listing(page, "/v1/numbers", form), _classes(page))
    return page.render(LIST, found.status, found=found, form=found.form, classes=classes)


async def _classes(page: Page) -> list[str]:
    """The classes that numbers have by the rules of the pool."""
    policy = await page.api.get("/v1/numbers/policy")
    return [STANDARD, *(each["name"] for each in policy["classes"])]


@get("/staff/numbers/new")
async def show_new_numbers(page: NamedDependency[Page]) -> Response[Any]:
    """The form of a range to be."""
    return page.render(NEW)


@post("/staff/numbers/new", status_code=303)
async def add_numbers(page: NamedDependency[Page]) -> Response[Any]:
    """Adds a range to the pool."""
    form = await page.form("range")
    body = {"first": digits(form.value("first")), "last": digits(form.value("last")) or None}
    try:
        done = await page.api.post("/v1/numbers", body, key=form.key)
    except Problem as problem:
        return page.refused(NEW, form.refused(problem))
    return page.goto("/staff/numbers/new", added=done["added"])


@get("/staff/numbers/reservations/new")
async def show_reserve(page: NamedDependency[Page]) -> Response[Any]:
    """The form of a reservation."""
    return await _reserve(page, Form({"msisdn": page.request.query_params.get("msisdn", "")}))


async def _reserve(page: Page, form: Form, reservation: Any = None) -> Response[Any]:
    status = form.problem.status if form.problem else 200
    classes = await _classes(page)
    return page.render(RESERVE, status, form=form, classes=classes, reservation=reservation)


@post("/staff/numbers/reservations/new", status_code=200)
async def reserve(page: NamedDependency[Page]) -> Response[Any]:
    """Keeps numbers for somebody; the reservation is shown for whoever signs up with it."""
    form = await page.form("reservation")
    wishes = {name: form.whole(name) for name in ("count", "minutes")}
    also: dict[str, Any] = {name: value for name, value in wishes.items() if value is not None}
    if number := digits(form.value("msisdn")):
        also["msisdn"] = number
    try:
        made = await page.api.post(
            "/v1/numbers/reservations", form.body("number_class", also=also), key=form.key
        )
    except Problem as problem:
        return await _reserve(page, form.refused(problem))
    return await _reserve(page, Form(), made)


@get("/staff/numbers/rules")
async def show_rules(page: NamedDependency[Page]) -> Response[Any]:
    """The rules of the pool."""
    return page.render(RULES, policy=await page.api.get("/v1/numbers/policy"), form=Form())


@post("/staff/numbers/rules", status_code=303)
async def keep_rules(page: NamedDependency[Page]) -> Response[Any]:
    """Sets the rules of the pool."""
    form = await page.form("rules")
    try:
        body = {
            "quarantine_days": form.whole("quarantine_days"),
            "reservation_minutes": form.whole("reservation_minutes"),
            "classes": _classes_typed(page, form.value("classes")),
        }
        await page.api.put("/v1/numbers/policy", body)
    except Problem as problem:
        policy = await page.api.get("/v1/numbers/policy")
        return page.refused(RULES, form.refused(problem), policy=policy)
    return page.goto("/staff/numbers/rules", "saved")


def _classes_typed(page: Page, text: str) -> list[dict[str, Any]]:
    """Classes as they are typed: a line for each, its name, a colon and its patterns.

    Raises:
        Problem: a line has no colon.
    """
    classes = []
    for line in filter(None, map(str.strip, text.splitlines())):
        name, colon, patterns = line.partition(":")
        if not colon:
            detail = page.gettext("%(line)s: write the class, a colon, its patterns.", line=line)
            raise unfit("classes", detail)
        classes.append({"name": name.strip(), "patterns": patterns.replace(",", " ").split()})
    return classes


@get("/staff/numbers/{msisdn:str}")
async def show_number(page: NamedDependency[Page], msisdn: FromPath[str]) -> Response[Any]:
    """One number."""
    return await _number(page, msisdn, Form())


def _place(msisdn: str) -> str:
    return f"/v1/numbers/{quote(msisdn, safe='')}"


async def _number(page: Page, msisdn: str, form: Form) -> Response[Any]:
    history: dict[str, Any] = {
        "subject_type": "number",
        "subject_id": msisdn,
        "limit": HISTORY_SHOWN,
    }
    number, classes, entries = await page.together(
        page.api.get(_place(msisdn)),
        _classes(page),
        page.unless_refused(page.api.get("/v1/audit", query=history)),
    )
    return page.render(
        ONE,
        form.problem.status if form.problem else 200,
        number=number,
        classes=classes,
        form=form,
        history=entries and entries["items"],
    )


@post(["/staff/numbers/{msisdn:str}", "/staff/numbers/{msisdn:str}/state"], status_code=303)
async def change_number(page: NamedDependency[Page], msisdn: FromPath[str]) -> Response[Any]:
    """Freezes or thaws a number, ends its quarantine, or classes it."""
    form = await page.form("number")
    try:
        await page.api.patch(_place(msisdn), form.body("state", "number_class"))
    except Problem as problem:
        return await _number(page, msisdn, form.refused(problem))
    return page.goto(f"/staff/numbers/{quote(msisdn)}", "saved")


@post("/staff/numbers/{msisdn:str}/release", status_code=303)
async def release(page: NamedDependency[Page], msisdn: FromPath[str]) -> Response[Any]:
    """Ends the reservation that a number is in, with the others in it."""
    form = await page.form("release")
    reservation = quote(form.value("reservation_id", "-"), safe="")
    try:
        await page.api.delete(f"/v1/numbers/reservations/{reservation}")
    except Problem as problem:
        return await _number(page, msisdn, form.refused(problem))
    return page.goto(f"/staff/numbers/{quote(msisdn)}", "released")


NUMBER_PAGES: Final = [
    list_numbers,
    show_new_numbers,
    add_numbers,
    show_reserve,
    reserve,
    show_rules,
    keep_rules,
    show_number,
    change_number,
    release,
]
