"""What a reader chooses about pages: language and light or dark. Kept in cookies of this host; the
language of a user by the API as well, for other browsers."""

from __future__ import annotations

from typing import Final

from litestar import Response, post
from litestar.datastructures import Cookie
from litestar.di import NamedDependency

from openmvno.web.pages.forms import CSRF_FIELD
from openmvno.web.pages.languages import LANGUAGES
from openmvno.web.pages.page import LANGUAGE_COOKIE, THEME_COOKIE, THEMES, Page

YEAR_SECONDS: Final = 31_536_000


@post("/preferences", status_code=303)
async def set_preferences(page: NamedDependency[Page]) -> Response[None]:
    """Remembers the choice and goes back to the page it was made on."""
    sent = await page.request.form()
    answer = page.goto(local_path(str(sent.get("back", "/"))))
    language = str(sent.get("language", ""))
    # Both choices are sent together; a language that was there already is none that was chosen.
    if language in LANGUAGES and language != sent.get("shown"):
        answer.cookies.append(_cookie(LANGUAGE_COOKIE, language))
        if page.session is not None and CSRF_FIELD in sent:
            await page.form()
            await page.unless_refused(page.api.patch("/v1/session", {"language": language}))
    if (theme := str(sent.get("theme", ""))) in (*THEMES, "auto"):
        answer.cookies.append(_cookie(THEME_COOKIE, theme))
    return answer


def local_path(wish: str) -> str:
    """A path of this host; anything that might lead elsewhere becomes the front page."""
    if not wish.startswith("/") or wish.startswith("//") or "\\" in wish or not wish.isprintable():
        return "/"
    return wish


def _cookie(key: str, value: str) -> Cookie:
    return Cookie(key, value=value, path="/", max_age=YEAR_SECONDS, samesite="lax", httponly=True)


PREFERENCE_PAGES: Final = [set_preferences]
