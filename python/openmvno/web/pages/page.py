"""One page being answered: who reads it, in which language, and the API behind it."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Awaitable, Container, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote, urlencode

import httpx
from babel.support import NullTranslations
from litestar import Request, Response
from litestar.datastructures import UploadFile
from litestar.enums import MediaType

from openmvno.client import AsyncClient, Problem
from openmvno.rest.origin import CSRF_HEADER
from openmvno.web.pages import words
from openmvno.web.pages.formats import Formats, zone_named
from openmvno.web.pages.forms import CSRF_FIELD, KEY_FIELD, Form
from openmvno.web.pages.in_process import api_of, send
from openmvno.web.pages.languages import (
    SOURCE_LANGUAGE,
    locale_of,
    negotiate,
    translations_of,
)
from openmvno.web.pages.rendering import render
from openmvno.web.pages.session import Session

LANGUAGE_COOKIE: Final = "openmvno_language"
THEME_COOKIE: Final = "openmvno_theme"
ZONE_COOKIE: Final = "openmvno_time_zone"
THEMES: Final = ("light", "dark")
URL_SAFE: Final = "/?&=%:#+,"


@dataclass(slots=True)
class Page:
    """What a handler works with. ``api`` reads; it changes something only after :meth:`form` has
    seen the form's token."""

    request: Request[Any, Any, Any]
    session: Session | None
    language: str
    formats: Formats
    api: AsyncClient
    csrf_token: str | None = None
    """Of the form that was sent, once :meth:`form` has compared it with the session's."""
    extra: dict[str, Any] = field(default_factory=dict)
    """What every template of this page gets besides."""

    @property
    def translations(self) -> NullTranslations:
        """The catalogue of the page's language."""
        return translations_of(self.language)

    @property
    def user(self) -> Session:
        """The session of a page that needs one."""
        assert self.session is not None
        return self.session

    @property
    def is_fragment(self) -> bool:
        """Whether htmx asks for a part of the page."""
        return self.request.headers.get("HX-Request") == "true"

    def gettext(self, message: str, **values: Any) -> str:
        """A message in the page's language."""
        text = self.translations.gettext(message)
        return text % values if values else text

    async def form(self, named: str = "") -> Form:
        """What was sent, and the right to change something for it.

        Raises:
            Problem: 403 ``csrf_token_invalid``, the form is not one of this session.
        """
        sent = await self.request.form()
        token = str(sent.get(CSRF_FIELD) or self.request.headers.get(CSRF_HEADER, ""))
        if self.session is not None:
            if not hmac.compare_digest(token.encode(), self.session.csrf_token.encode()):
                raise Problem(403, {"code": "csrf_token_invalid", "detail": ""})
            self.csrf_token = token
            self.api = api_of(self.request, token)
        lists: dict[str, list[str]] = {}
        files: dict[str, UploadFile] = {}
        for name, value in sent.multi_items():
            if not isinstance(value, UploadFile):
                lists.setdefault(name, []).append(str(value))
            elif value.filename:
                files[name] = value
        values = {name: choices[-1] for name, choices in lists.items()}
        key = values.get(KEY_FIELD) or Form().key
        return Form(values, lists, files, named=named or values.get("form", ""), key=key)

    def learning(self) -> AsyncClient:
        """The API for what a link may ask that changes nothing but our knowledge: to look up at a
        provider what has become of something. Whoever made the link, that does no harm."""
        return api_of(self.request, self.user.csrf_token)

    async def send(self, method: str, path: str, *, key: str, **parts: Any) -> httpx.Response:
        """A change whose body is a file or a document; after :meth:`form`, as with ``api``.

        Raises:
            Problem.
        """
        return await send(self.request, method, path, csrf_token=self.csrf_token, key=key, **parts)

    def instant(self, form: Form, name: str) -> str | None:
        """A time typed in the reader's zone, as the API takes it (RFC 3339); what is none goes to
        the API as it is, which says so."""
        text = form.value(name).strip()
        if not text:
            return None
        try:
            return datetime.fromisoformat(text).replace(tzinfo=self.formats.zone).isoformat()
        except ValueError:
            return text

    async def together(self, *calls: Awaitable[Any]) -> list[Any]:
        """Answers of calls that do not need one another."""
        return list(await asyncio.gather(*calls))

    async def unless_refused(self, call: Awaitable[Any], otherwise: Any = None) -> Any:
        """An answer, or ``otherwise`` where the reader may not see it or there is none."""
        return await self._unless(call, (403, 404), otherwise)

    async def on_sale(self, call: Awaitable[Any]) -> Any:
        """A list of what is on sale; empty where the reader may not see it or no catalogue is
        published."""
        return await self._unless(call, (403, 404, 409), [])

    async def if_live(self, call: Awaitable[Any]) -> Any:
        """What the charging engine says; None where the reader may not ask it or it is away."""
        return await self._unless(call, (403, 404, 503), None)

    async def _unless(self, call: Awaitable[Any], statuses: Container[int], otherwise: Any) -> Any:
        try:
            return await call
        except Problem as problem:
            if problem.status in statuses:
                return otherwise
            raise

    def needs_scope(self, scope: str) -> None:
        """Let those pass who have it.

        Raises:
            Problem: 403 ``scope_missing``.
        """
        if not self.user.may(scope):
            raise Problem(403, {"code": "scope_missing", "scope": scope})

    def place(self, name: str) -> Any:
        """A parameter of the page's path."""
        return self.request.path_params[name]

    def render(
        self,
        template: str,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        **values: Any,
    ) -> Response[str]:
        """A template as the answer."""
        theme = self.request.cookies.get(THEME_COOKIE)
        known = {
            "page": self,
            "f": self.formats,
            "words": words.Words(self.translations),
            "session": self.session,
            "language": self.language,
            "theme": theme if theme in THEMES else "",
            "path": self.request.url.path,
            "done": self.request.query_params.get("done", ""),
            "form": Form(),
            **self.extra,
            **values,
        }
        html = render(template, self.language, known)
        return Response(
            html, status_code=status, media_type=MediaType.HTML, headers=dict(headers or {})
        )

    def refused(self, template: str, form: Form, **values: Any) -> Response[str]:
        """The page again with a form the API has refused."""
        assert form.problem is not None
        return self.render(template, form.problem.status, form=form, **values)

    def goto(self, path: str, done: str = "", **query: Any) -> Response[None]:
        """See another page instead (RFC 9110 section 15.4.4); ``done`` names what was done."""
        wanted = {name: value for name, value in query.items() if value not in (None, "")}
        if done:
            wanted["done"] = done
        target = f"{path}?{urlencode(wanted)}" if wanted else path
        if self.is_fragment:
            return Response(None, status_code=200, headers={"HX-Redirect": target})
        return Response(None, status_code=303, headers={"Location": quote(target, safe=URL_SAFE)})


def language_of(
    request: Request[Any, Any, Any], session: Session | None, otherwise: str = SOURCE_LANGUAGE
) -> str:
    """The user's own language, else what was chosen in this browser, else the browser's, else
    ``otherwise``. What goes wrong with the request is told in it, too."""
    wishes = (session.language if session else None, request.cookies.get(LANGUAGE_COOKIE))
    language = negotiate(wishes, request.headers.get("Accept-Language", ""), otherwise)
    request.state.language = language
    return language


async def visitor_page(request: Request[Any, Any, Any]) -> Page:
    """A page for anybody; with a session if there is one."""
    api = api_of(request)
    try:
        session = await api.get("/v1/session", Session)
    except Problem as problem:
        if problem.status not in (401, 403, 404):
            raise
        session = None
    language = language_of(request, session)
    zone = request.cookies.get(ZONE_COOKIE) or (session.tenant_time_zone if session else None)
    return Page(request, session, language, Formats(locale_of(language), zone_named(zone)), api)
