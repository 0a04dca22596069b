"""To a page of the provider's and back.

A browser is sent on by a page of ours and not by a redirection: what answers a form may not lead to
another host (form-action of the Content-Security-Policy), and who is led here by another site comes
without the session's cookie (SameSite=Strict) and has it again one step further.
"""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from openmvno.web.pages.page import Page
from openmvno.web.pages.self_care.visit import base_of

TEMPLATE: Final = "self_care/onward.html"


def leave_for(page: Page, url: str) -> Response[Any]:
    """On to an address that the API has from the provider."""
    return page.render(TEMPLATE, onward=url, host=urlsplit(url).hostname)


@get("/self-care/{tenant:str}/back/cards/{setup_id:uuid}")
async def back_from_setup(page: NamedDependency[Page], setup_id: FromPath[UUID]) -> Response[Any]:
    """From the page on which a card is saved."""
    return page.render(TEMPLATE, onward=f"{base_of(page)}/cards/added/{setup_id}", host="")


@get("/self-care/{tenant:str}/back/payments/{payment_id:uuid}")
async def back_from_payment(
    page: NamedDependency[Page], payment_id: FromPath[UUID]
) -> Response[Any]:
    """From the page of a bank."""
    return page.render(TEMPLATE, onward=f"{base_of(page)}/top-up/answered/{payment_id}", host="")


BACK_PAGES: Final[list[Any]] = [back_from_setup, back_from_payment]
