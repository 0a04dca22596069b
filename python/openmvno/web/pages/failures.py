"""What a reader sees instead of a page: the login, or what went wrong."""

from __future__ import annotations

import logging
from typing import Any, Final
from urllib.parse import quote

from litestar import Request, Response
from litestar.exceptions import HTTPException

from openmvno.client import Problem, Unreachable
from openmvno.rest.origin import request_id
from openmvno.web.pages.formats import Formats, zone_named
from openmvno.web.pages.headers import headed
from openmvno.web.pages.in_process import api_of
from openmvno.web.pages.languages import locale_of
from openmvno.web.pages.page import Page, language_of

log = logging.getLogger(__name__)

SELF_CARE_PREFIX: Final = "/self-care/"


def login_path(path: str) -> str:
    """Where one logs in for a page, and comes back from."""
    if path.startswith(SELF_CARE_PREFIX):
        tenant = path.removeprefix(SELF_CARE_PREFIX).partition("/")[0]
        return f"{SELF_CARE_PREFIX}{quote(tenant)}/login?next={quote(path)}"
    return f"/login?next={quote(path)}"


def on_problem(request: Request[Any, Any, Any], problem: Problem) -> Response[Any]:
    """The API refused what a page needs."""
    if problem.status == 401:
        target = login_path(request.url.path)
        if request.headers.get("HX-Request") == "true":
            return headed(Response(None, status_code=200, headers={"HX-Redirect": target}))
        return headed(Response(None, status_code=303, headers={"Location": target}))
    return _told(request, problem)


def on_http_exception(request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
    """The framework refused: no such page, no such method, a body that is too large."""
    codes = {404: "route_not_found", 405: "method_not_allowed", 413: "body_too_large"}
    if error.status_code >= 500:
        return on_unexpected(request, error)
    code = codes.get(error.status_code, "request_malformed")
    return _told(request, Problem(error.status_code, {"code": code}))


def on_unexpected(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """A fault of ours, or the application does not answer itself."""
    log.error("a page failed", exc_info=error, extra={"request_id": request_id(request.scope)})
    return _told(request, Problem(500, {"code": "internal_error"}))


def _told(request: Request[Any, Any, Any], problem: Problem) -> Response[Any]:
    language = request.state.get("language") or language_of(request, None)
    formats = Formats(locale_of(language), zone_named(None))
    page = Page(request, None, language, formats, api_of(request))
    home = "/staff"
    if request.url.path.startswith(SELF_CARE_PREFIX):
        home = "/".join(request.url.path.split("/")[:3])
    told = page.render(
        "layout/failure_part.html" if page.is_fragment else "layout/failure.html",
        problem.status,
        problem=problem,
        request_id=problem.request_id or request_id(request.scope),
        home=home,
    )
    # The framework runs no hooks after a refusal.
    return headed(told)


PAGE_EXCEPTION_HANDLERS: Final[dict[int | type[Exception], Any]] = {
    Problem: on_problem,
    Unreachable: on_unexpected,
    HTTPException: on_http_exception,
    Exception: on_unexpected,
}
