"""The operator's look: a stylesheet and a logo, for anybody."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response, get
from litestar.di import NamedDependency

from openmvno.web.pages.in_process import send
from openmvno.web.pages.page import Page
from openmvno.web.pages.self_care.palette import DARK_GROUND, LIGHT_GROUND, shades_of

KEPT: Final = "public, max-age=300"


@get("/self-care/{tenant:str}/brand.css", media_type="text/css")
async def show_stylesheet(page: NamedDependency[Page]) -> Response[str]:
    """The colours. Text and buttons take the nearest shade that can be read on the page's ground;
    the bar at the top has the colour as it was chosen."""
    css = stylesheet(page.extra["brand"]["accent"], page.extra["brand"]["on_accent"])
    return Response(css, media_type="text/css", headers={"Cache-Control": KEPT})


def stylesheet(accent: str, on_accent: str, selector: str = ":root") -> str:
    """The colours as custom properties of ``pages.css``, for what the selector selects."""
    light, dark = shades_of(accent, LIGHT_GROUND), shades_of(accent, DARK_GROUND)
    properties = {
        "brand": accent,
        "on-brand": on_accent,
        "accent": f"light-dark({light.accent}, {dark.accent})",
        "on-accent": f"light-dark({light.on_accent}, {dark.on_accent})",
        "accent-soft": f"light-dark({light.soft}, {dark.soft})",
    }
    lines = "\n".join(f"  --{name}: {value};" for name, value in properties.items())
    return f"{selector} {{\n{lines}\n}}\n"


@get("/self-care/{tenant:str}/logo")
async def show_logo(page: NamedDependency[Page]) -> Response[bytes]:
    """The picture."""
    path = page.extra["brand"]["logo_url"] or f"/v1/branding/{page.extra['brand']['tenant']}/logo"
    answer = await send(page.request, "GET", path)
    return Response(
        answer.content,
        media_type=answer.headers["Content-Type"],
        headers={"Cache-Control": KEPT},
    )


BRAND_PAGES: Final[list[Any]] = [show_stylesheet, show_logo]
