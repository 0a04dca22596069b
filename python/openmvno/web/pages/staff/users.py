"""Users and their roles."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import quote
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from openmvno.client import Problem
from openmvno.web.pages.forms import Form
from openmvno.web.pages.page import Page

NEW: Final = "staff/user_new.html"
ONE: Final = "staff/user.html"
ROLE: Final = "staff/role.html"


@get("/staff/users")
async def list_users(page: NamedDependency[Page]) -> Response[Any]:
    """Users, and the roles there are."""
    asked = page.request.query_params
    query = {"realm": asked.get("realm") or None, "cursor": asked.get("cursor")}
    users, roles = await page.together(
        page.api.get("/v1/users", query=query), page.api.get("/v1/roles")
    )
    return page.render("staff/users.html", users=users, roles=roles, realm=query["realm"] or "")


@get("/staff/users/new")
async def show_new_user(page: NamedDependency[Page]) -> Response[Any]:
    """The form of a user to be."""
    return page.render(NEW, roles=await page.api.get("/v1/roles"))


@post("/staff/users/new", status_code=303)
async def add_user(page: NamedDependency[Page]) -> Response[Any]:
    """Adds a user."""
    form = await page.form("user")
    also: dict[str, Any] = {
        "roles": form.chosen("roles"),
        "networks": form.value("networks").split(),
        "second_factor_required": form.flag("second_factor_required"),
    }
    body = form.body("login", "name", "realm", "email", "subject_id", "password", also=also)
    try:
        user = await page.api.post("/v1/users", body, key=form.key)
    except Problem as problem:
        roles = await page.api.get("/v1/roles")
        return page.refused(NEW, form.refused(problem), roles=roles)
    return page.goto(f"/staff/users/{user['id']}", "user-added")


@get("/staff/users/{user_id:uuid}")
async def show_user(page: NamedDependency[Page], user_id: FromPath[UUID]) -> Response[Any]:
    """One user."""
    return await _user(page, user_id, Form())


async def _user(page: Page, user_id: UUID, form: Form) -> Response[Any]:
    user, roles = await page.together(
        page.api.get(f"/v1/users/{user_id}"), page.api.get("/v1/roles")
    )
    status = form.problem.status if form.problem else 200
    return page.render(ONE, status, user=user, roles=roles, form=form)


@post("/staff/users/{user_id:uuid}", status_code=303)
async def change_user(page: NamedDependency[Page], user_id: FromPath[UUID]) -> Response[Any]:
    """Changes what a user is, disables or enables it."""
    form = await page.form("user")
    change: dict[str, Any] = {
        "email": form.value("email").strip() or None,
        "roles": form.chosen("roles"),
        "networks": form.value("networks").split(),
        "second_factor_required": form.flag("second_factor_required"),
        "status": form.value("status", "active"),
    }
    try:
        await page.api.patch(f"/v1/users/{user_id}", form.body("name", also=change))
    except Problem as problem:
        return await _user(page, user_id, form.refused(problem))
    return page.goto(f"/staff/users/{user_id}", "saved")


@post("/staff/users/{user_id:uuid}/password", status_code=303)
async def set_password(page: NamedDependency[Page], user_id: FromPath[UUID]) -> Response[Any]:
    """Gives a user a new password; its sessions end."""
    form = await page.form("password")
    try:
        await page.api.put(f"/v1/users/{user_id}/password", form.body("password"))
    except Problem as problem:
        return await _user(page, user_id, form.refused(problem))
    return page.goto(f"/staff/users/{user_id}", "saved")


@post("/staff/users/{user_id:uuid}/unlock", status_code=303)
async def unlock(page: NamedDependency[Page], user_id: FromPath[UUID]) -> Response[Any]:
    """Forgets failed logins."""
    form = await page.form("unlock")
    await page.api.post(f"/v1/users/{user_id}/unlock", key=form.key)
    return page.goto(f"/staff/users/{user_id}", "unlocked")


@post("/staff/users/{user_id:uuid}/second-factor", status_code=303)
async def remove_second_factor(
    page: NamedDependency[Page], user_id: FromPath[UUID]
) -> Response[Any]:
    """Takes a lost second factor away."""
    await page.form("second-factor")
    await page.api.delete(f"/v1/users/{user_id}/second-factor")
    return page.goto(f"/staff/users/{user_id}", "saved")


@get("/staff/users/roles/{name:str}")
async def show_role(page: NamedDependency[Page], name: FromPath[str]) -> Response[Any]:
    """What a role allows; ``new`` is one to be."""
    role = None if name == "new" else await page.api.get(f"/v1/roles/{name}")
    return page.render(ROLE, role=role, scopes=sorted(page.user.scopes))


@post("/staff/users/roles/{name:str}", status_code=303)
async def keep_role(page: NamedDependency[Page], name: FromPath[str]) -> Response[Any]:
    """Creates or replaces a role."""
    form = await page.form("role")
    wanted = form.value("name").strip() if name == "new" else name
    body = form.body("realm", "note", also={"scopes": form.chosen("scopes")})
    try:
        # A name that is missing or none is refused by the API, as any other.
        await page.api.put(f"/v1/roles/{quote(wanted or '-', safe='')}", body)
    except Problem as problem:
        role = None if name == "new" else await page.api.get(f"/v1/roles/{name}")
        return page.refused(
            ROLE, form.refused(problem, role="name"), role=role, scopes=sorted(page.user.scopes)
        )
    return page.goto(f"/staff/users/roles/{wanted}", "saved")


USER_PAGES: Final = [
    list_users,
    show_new_user,
    add_user,
    show_user,
    change_user,
    set_password,
    unlock,
    remove_second_factor,
    show_role,
    keep_role,
]
