"""SIM cards: the stock, one card with what is secret about it, and the rules."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import quote

import segno
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from openmvno.client import Problem
from openmvno.web.pages.forms import Form, unfit
from openmvno.web.pages.page import Page
from openmvno.web.pages.staff.listing import asked, listing

LIST: Final = "staff/sims.html"
ONE: Final = "staff/sim.html"
CODES: Final = "staff/sim_codes.html"
PROFILE: Final = "staff/sim_profile.html"
RULES: Final = "staff/sim_rules.html"

ICCID_START: Final = "89"
"""Every ICCID begins with it (ITU-T E.118), no IMSI does."""
HISTORY_SHOWN: Final = 20


@get("/staff/sims")
async def list_sims(page: NamedDependency[Page]) -> Response[Any]:
    """Cards in the order of their ICCIDs."""
    form = asked(page, ("q", "state", "first", "last", "allocated_to"))
    query = {name: value for name, value in form.values.items() if name != "q"}
    if wanted := form.value("q").replace(" ", ""):
        query["iccid" if wanted.startswith(ICCID_START) else "imsi"] = wanted
    found = await listing(page, "/v1/sims", form, query, {"iccid": "q", "imsi": "q"})
    return page.render(LIST, found.status, found=found, form=found.form)


def _place(iccid: str) -> str:
    return f"/v1/sims/{quote(iccid, safe='')}"


@get("/staff/sims/{iccid:str}")
async def show_sim(page: NamedDependency[Page], iccid: FromPath[str]) -> Response[Any]:
    """One card."""
    return await _sim(page, iccid, Form())


async def _sim(page: Page, iccid: str, form: Form) -> Response[Any]:
    history: dict[str, Any] = {"subject_type": "sim", "subject_id": iccid, "limit": HISTORY_SHOWN}
    sim, entries = await page.together(
        page.api.get(_place(iccid)),
        page.unless_refused(page.api.get("/v1/audit", query=history)),
    )
    status = form.problem.status if form.problem else 200
    return page.render(ONE, status, sim=sim, form=form, history=entries and entries["items"])


@post("/staff/sims/{iccid:str}", status_code=303)
async def change_sim(page: NamedDependency[Page], iccid: FromPath[str]) -> Response[Any]:
    """Reserves, holds, loses or disposes of a card; says who has it and what it is for."""
    form = await page.form("sim")
    texts = {
        name: form.value(name).strip() or None
        for name in ("description", "allocated_to")
        if name in form.values
    }
    try:
        await page.api.patch(_place(iccid), form.body("state", also=texts))
    except Problem as problem:
        return await _sim(page, iccid, form.refused(problem))
    return page.goto(f"/staff/sims/{iccid}", "saved")


@get("/staff/sims/{iccid:str}/codes")
async def show_codes(page: NamedDependency[Page], iccid: FromPath[str]) -> Response[Any]:
    """PIN and PUK; the audit log says who read them."""
    known = await _unless_unknown(page, f"{_place(iccid)}/codes")
    return page.render(CODES, iccid=iccid, known=known)


@get("/staff/sims/{iccid:str}/activation-code")
async def show_activation_code(page: NamedDependency[Page], iccid: FromPath[str]) -> Response[Any]:
    """What an eSIM is loaded with, as text and as a picture."""
    known = await _unless_unknown(page, f"{_place(iccid)}/activation-code")
    picture = known and segno.make(known["activation_code"], error="m", micro=False)
    # A reader of pictures needs light around the code, in dark pages, too.
    uri = picture and picture.svg_data_uri(scale=6, border=4, light="#fff")
    return page.render(PROFILE, iccid=iccid, known=known, picture=uri)


async def _unless_unknown(page: Page, path: str) -> Any:
    """What is secret about a card; None where nothing of it is known."""
    try:
        return await page.api.get(path)
    except Problem as problem:
        if problem.code in ("sim_codes_unknown", "activation_code_unknown"):
            return None
        raise


@post("/staff/sims/{iccid:str}/profile", status_code=303)
async def order_profile(page: NamedDependency[Page], iccid: FromPath[str]) -> Response[Any]:
    """Orders the profile of an eSIM."""
    form = await page.form("profile")
    try:
        await page.api.post(f"{_place(iccid)}/profile", form.body("profile_type"), key=form.key)
    except Problem as problem:
        return await _sim(page, iccid, form.refused(problem))
    return page.goto(f"/staff/sims/{iccid}", "profile-ordered")


@get("/staff/sims/rules")
async def show_rules(page: NamedDependency[Page]) -> Response[Any]:
    """Swaps, PUKs in self-care, ranges and transport keys."""
    return await _rules(page, Form())


async def _rules(page: Page, form: Form) -> Response[Any]:
    policy, keys = await page.together(
        page.api.get("/v1/sims/policy"), page.api.get("/v1/sims/transport-keys")
    )
    status = form.problem.status if form.problem else 200
    counts = [page.request.query_params.get(name, "") for name in ("changed", "cards")]
    changed, cards = (int(each) if each.isdecimal() else 0 for each in counts)
    return page.render(
        RULES, status, policy=policy, keys=keys, form=form, changed=changed, cards=cards
    )


@post("/staff/sims/rules/policy", status_code=303)
async def keep_policy(page: NamedDependency[Page]) -> Response[Any]:
    """Sets how long a line rests after a swap, and whether subscribers see their PUK."""
    form = await page.form("policy")
    try:
        body = {
            "swap_cooling_hours": form.whole("swap_cooling_hours"),
            "puk_to_subscribers": form.flag("puk_to_subscribers"),
        }
        await page.api.put("/v1/sims/policy", body)
    except Problem as problem:
        return await _rules(page, form.refused(problem))
    return page.goto("/staff/sims/rules", "saved")


@post("/staff/sims/rules/range", status_code=303)
async def change_range(page: NamedDependency[Page]) -> Response[Any]:
    """Changes all cards from one ICCID to another."""
    form = await page.form("range")
    also: dict[str, Any] = {
        "first": form.value("first").strip(),
        "last": form.value("last").strip(),
    }
    if form.value("state") == "disposed" and not form.flag("sure"):
        detail = page.gettext("Tick this as well if the cards are to go for good.")
        return await _rules(page, form.refused(unfit("sure", detail)))
    if form.flag("taken_back"):
        also["allocated_to"] = None
    body = form.body("state", "description", "allocated_to", also=also)
    try:
        done = await page.api.post("/v1/sims/ranges", body, key=form.key)
    except Problem as problem:
        return await _rules(page, form.refused(problem))
    return page.goto("/staff/sims/rules", changed=done["changed"], cards=done["cards"])


@post("/staff/sims/rules/transport-keys", status_code=303)
async def keep_transport_key(page: NamedDependency[Page]) -> Response[Any]:
    """Sets a key that a vendor encrypts cards' keys under."""
    form = await page.form("transport-key")
    name = form.value("name").strip()
    if not name:
        detail = page.gettext("Give the key the name that the vendor's files call it by.")
        return await _rules(page, form.refused(unfit("name", detail)))
    path = f"/v1/sims/transport-keys/{quote(name, safe='')}"
    try:
        await page.api.put(path, form.body("algorithm", also={"key": form.value("key").strip()}))
    except Problem as problem:
        return await _rules(page, form.refused(problem))
    return page.goto("/staff/sims/rules", "saved")


SIM_PAGES: Final = [
    list_sims,
    show_sim,
    change_sim,
    show_codes,
    show_activation_code,
    order_profile,
    show_rules,
    keep_policy,
    change_range,
    keep_transport_key,
]
