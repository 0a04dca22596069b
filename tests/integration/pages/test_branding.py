"""How self-care looks, as staff set it; codes to self-care as staff hand them out."""

from __future__ import annotations

import re

import pytest
from tests.integration.api.conftest import Api
from tests.integration.api.test_self_care import png
from tests.integration.pages.browser import Browser
from tests.integration.pages.conftest import LogsIn

from openmvno.tenants.colours import contrast
from openmvno.web.pages.self_care.palette import DARK_GROUND, LIGHT_GROUND, shades_of

PAGE = "/staff/branding"


async def test_the_look_is_seen_before_it_is_kept(
    staff: Browser, bare_api: Api, logs_in: LogsIn
) -> None:
    page = await staff.open(PAGE)
    look = {"name": "Acme Mobile", "accent": "#7a0000", "support": "Call 1234"}
    seen = await page.send(PAGE, look, preview="true")
    assert "Acme Mobile" in seen.text
    assert (await bare_api.get("/v1/branding/acme")).json()["name"] == "Acme"
    assert (
        "#7a0000" in (await staff.ask(f"{PAGE}/preview.css?accent=%237a0000&on_accent=white")).html
    )
    pale = await page.send(PAGE, {**look, "accent": "#ffd400"})
    assert (pale.status, pale.typed(PAGE, "name")) == (422, "Acme Mobile")
    assert "black text" in pale.complaint("accent")
    kept = await page.send(PAGE, look, files={"logo": ("logo.png", png(), "image/png")})
    assert kept.goes_to == f"{PAGE}?done=saved"
    await (await kept.follow()).send(PAGE, support="Call 5678")
    shown = (await bare_api.get("/v1/branding/acme")).json()
    assert (shown["support"], shown["logo_url"]) == ("Call 5678", "/v1/branding/acme/logo")
    login = await staff.open("/self-care/acme/login")
    assert "Call 5678" in login.text
    css = await staff.open("/self-care/acme/brand.css")
    assert "--brand: #7a0000" in css.html
    assert css.headers["Content-Type"].startswith("text/css")
    assert (await staff.http.get("/self-care/acme/logo")).content == png()
    agent = await logs_in("agent", realm="care")
    assert PAGE not in (await agent.open("/staff/examples")).links
    assert (await agent.ask(PAGE)).status == 403


async def test_a_code_to_self_care_is_handed_out_once(staff: Browser, api: Api) -> None:
    line = (await api.sign_up())["line"]["id"]
    ask = f"/staff/lines/{line}/self-care"
    page = await staff.open(ask)
    assert page.typed(ask, "name") == "Ana Horvat"
    nameless = await page.send(ask, name="", email="a@b.example")
    assert (nameless.status, nameless.typed(ask, "email")) == (400, "a@b.example")
    made = await page.send(ask)
    [code] = re.findall(r"\b(?:[0-9A-Z]{4}-){3}[0-9A-Z]{4}\b", made.part("invitation-code"))
    assert code
    again = await page.send(ask)
    assert "shown already" in again.text


@pytest.mark.parametrize(
    "colour", ["#000000", "#ffffff", "#ffd400", "#1f5fbf", "#7f7f7f", "#00ff00"]
)
def test_any_colour_can_be_read(colour: str) -> None:
    for ground in (LIGHT_GROUND, DARK_GROUND):
        shades = shades_of(colour, ground)
        written = "#" + "".join(f"{part:02x}" for part in ground)
        assert contrast(shades.accent, written) >= 4.5
        assert contrast(shades.accent, shades.soft) >= 4.4
        assert contrast(shades.on_accent, shades.accent) >= 4.5
