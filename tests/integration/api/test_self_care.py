"""Before and around self-care: invitations, the session, the look of a tenant."""

from __future__ import annotations

import base64
import struct
import zlib
from typing import Any

import httpx
import pytest
from litestar import Litestar
from tests.integration.api.conftest import Api, client_of

from openmvno.tenants.colours import contrast

PASSWORD = "correct horse battery"


@pytest.fixture
async def browser(application: Litestar) -> Any:
    async with client_of(application) as opened:
        opened.base_url = httpx.URL("http://localhost")
        yield opened


async def accept(browser: httpx.AsyncClient, code: str, **changes: Any) -> httpx.Response:
    body = {"tenant": "acme", "code": code, "login": "Ana", "password": PASSWORD, **changes}
    return await browser.post("/v1/invitations/acceptance", json=body)


async def invited(api: Api, line_id: str, **changes: Any) -> dict[str, Any]:
    body = {"name": "Ana Horvat", "language": "de", **changes}
    made = await api.post(f"/v1/lines/{line_id}/self-care-users", body)
    assert made.status_code == 201, made.text
    answer: dict[str, Any] = made.json()
    return answer


async def test_a_subscriber_gets_a_login(api: Api, browser: httpx.AsyncClient) -> None:
    signed_up = await api.sign_up()
    line = signed_up["line"]["id"]
    made = await invited(api, line)
    waiting = (await api.get(f"/v1/users/{made['user_id']}")).json()
    assert (waiting["has_password"], waiting["subject_id"]) == (False, line)
    async with api.pool.connection() as connection:
        cursor = await connection.execute("SELECT to_jsonb(i)::text FROM user_invitation i")
        (row,) = await cursor.fetchall()
    assert made["code"].replace("-", "") not in row[0]

    weak = await accept(browser, made["code"], password="short")
    assert weak.json()["code"] == "password_weak"
    nameless = await accept(browser, made["code"], login=None)
    assert nameless.json()["code"] == "login_missing"
    typed = made["code"].lower().replace("-", " ").replace("0", "o").replace("1", "l")
    taken = await accept(browser, typed)
    assert (taken.status_code, taken.json()) == (201, {"login": "ana"})
    again = await accept(browser, made["code"], login="eve")
    assert (again.status_code, again.json()["code"]) == (404, "invitation_invalid")

    begun = await browser.post(
        "/v1/sessions", json={"tenant": "acme", "login": "ana", "password": PASSWORD}
    )
    session = begun.json()
    assert (session["realm"], session["subject_id"]) == ("subscriber", line)
    assert (session["name"], session["language"]) == ("Ana Horvat", "de")
    assert session["tenant"]["code"] == "acme"
    assert (await browser.get(f"/v1/lines/{line}")).status_code == 200
    headers = {"X-CSRF-Token": session["csrf_token"]}
    changed = await browser.patch("/v1/session", json={"language": "uk"}, headers=headers)
    assert (changed.status_code, changed.json()["language"]) == (200, "uk")
    odd = await browser.patch("/v1/session", json={"language": "xx"}, headers=headers)
    assert odd.status_code == 400
    assert (await browser.get("/v1/session")).json()["language"] == "uk"
    entries = (await api.get("/v1/audit?subject_type=user&kind=change")).json()["items"]
    actions = {entry["action"] for entry in entries}
    assert {"user.created", "user.invited", "invitation.accepted"} <= actions


async def test_the_language_is_that_of_who_takes_the_invitation_up(
    api: Api, browser: httpx.AsyncClient
) -> None:
    signed_up = await api.sign_up()
    line = signed_up["line"]["id"]

    async def language_of(made: dict[str, Any]) -> str | None:
        found = (await api.get(f"/v1/users/{made['user_id']}")).json()
        language: str | None = found["language"]
        return language

    unsaid = await invited(api, line, language=None)
    assert await language_of(unsaid) is None
    odd = await accept(browser, unsaid["code"], language="fr")
    assert (odd.status_code, odd.json()["field"]) == (400, "language")
    assert (await accept(browser, unsaid["code"], language="es")).status_code == 201
    assert await language_of(unsaid) == "es"
    # What staff chose stays, and a new password changes no language.
    said = await invited(api, line)
    assert (await accept(browser, said["code"], login="ivo", language="es")).status_code == 201
    assert await language_of(said) == "de"
    again = (await api.post(f"/v1/users/{unsaid['user_id']}/invitations")).json()
    assert (await accept(browser, again["code"], login=None, language="uk")).status_code == 201
    assert await language_of(unsaid) == "es"


async def test_a_newer_invitation_replaces_the_older(api: Api, browser: httpx.AsyncClient) -> None:
    line = (await api.sign_up())["line"]["id"]
    first = await invited(api, line)
    second = (await api.post(f"/v1/users/{first['user_id']}/invitations")).json()
    assert (await accept(browser, first["code"])).status_code == 404
    assert (await accept(browser, second["code"])).status_code == 201
    other = await invited(api, line)
    taken = await accept(browser, other["code"])
    assert (taken.status_code, taken.json()["code"]) == (409, "login_taken")
    async with api.pool.connection() as connection:
        await connection.execute("UPDATE user_invitation SET expires_at = now()")
    assert (await accept(browser, other["code"], login="eve")).status_code == 404
    reset = (await api.post(f"/v1/users/{first['user_id']}/invitations")).json()
    new = await accept(browser, reset["code"], login=None, password="quite another one")
    assert new.json() == {"login": "ana"}


async def test_who_guesses_codes_is_blocked(api: Api, browser: httpx.AsyncClient) -> None:
    made = await invited(api, (await api.sign_up())["line"]["id"])
    statuses = [(await accept(browser, "AAAA-BBBB-CCCC-DDDD")).status_code for _ in range(6)]
    assert statuses == [404] * 5 + [429]
    many = [(await accept(browser, f"AAAA-BBBB-CCCC-{n:04}")).status_code for n in range(46)]
    assert many[-1] == 429, "so is the address"
    assert (await accept(browser, made["code"])).status_code == 429
    assert (await accept(browser, made["code"], tenant="nobody")).status_code == 404


async def test_a_code_is_shown_once(api: Api) -> None:
    line = (await api.sign_up())["line"]["id"]
    path, body = f"/v1/lines/{line}/self-care-users", {"name": "Ana"}
    first = await api.post(path, body, key="k")
    again = await api.post(path, body, key="k")
    assert first.json()["code"]
    assert again.json() == {**first.json(), "code": None}


def png(width: int = 1, height: int = 1) -> bytes:
    def chunk(kind: bytes, content: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + check

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    pixels = zlib.compress(b"\0\xff")
    return b"".join(
        [
            b"\x89PNG\r\n\x1a\n",
            chunk(b"IHDR", header),
            chunk(b"IDAT", pixels),
            chunk(b"IEND", b""),
        ]
    )


def text(content: bytes) -> str:
    return base64.b64encode(content).decode()


async def test_a_tenant_has_a_look_of_its_own(api: Api, browser: httpx.AsyncClient) -> None:
    plain = (await browser.get("/v1/branding/acme")).json()
    assert (plain["name"], plain["currency"], plain["logo_url"]) == ("Acme", "EUR", None)
    wanted = {"name": "Acme Mobile", "accent": "#7A0000", "currency": "EUR", "language": "es"}
    kept = await api.put("/v1/branding", {**wanted, "support": "Call 1", "logo": text(png())})
    assert kept.status_code == 200, kept.text
    shown = await browser.get("/v1/branding/acme")
    assert shown.json() == kept.json()
    assert shown.json()["accent"] == "#7a0000"
    logo = await browser.get(shown.json()["logo_url"])
    assert (logo.content, logo.headers["Content-Type"]) == (png(), "image/png")
    assert (await browser.get("/v1/branding/nobody")).json()["code"] == "tenant_not_found"
    assert (await browser.put("/v1/branding", json=wanted)).status_code == 401
    entry = (await api.get("/v1/audit?action=branding.changed")).json()["items"][0]
    assert entry["after"]["logo_bytes"] == len(png())


@pytest.mark.parametrize(
    ("change", "code", "word"),
    [
        ({"accent": "#ffd400"}, "contrast_too_low", "black text"),
        ({"accent": "#7a0000", "on_accent": "black"}, "contrast_too_low", "lighter colour"),
        ({"logo": text(b"<svg onload=alert(1)>")}, "logo_invalid", "PNG or JPEG"),
        ({"logo": text(png()[:-6])}, "logo_invalid", "damaged"),
        ({"logo": "iVBORw0KGgo…"}, "logo_invalid", "base 64"),
        ({"logo": text(png(4000, 10))}, "logo_invalid", "4000 by 10"),
        ({"logo": text(png() + b"\0" * (64 << 10))}, "logo_invalid", "at most 65536 bytes"),
        ({"logo": "not base 64"}, "logo_invalid", "base 64"),
    ],
)
async def test_a_look_nobody_can_read_is_refused(
    bare_api: Api, change: dict[str, Any], code: str, word: str
) -> None:
    body = {"name": "Acme", "accent": "#1f5fbf", "currency": "EUR", **change}
    refused = await bare_api.put("/v1/branding", body)
    assert (refused.status_code, refused.json()["code"]) == (422, code)
    assert word in refused.json()["detail"]
    assert await bare_api.count("tenant_branding") == 0


def test_contrast_is_that_of_wcag() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)
