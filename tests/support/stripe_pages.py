"""What Stripe has and localstripe has not: pages to save a card on, and a bank's page that asks.

It stands before localstripe, which keeps the customers, cards and payments; whatever is asked here
is passed on. What it adds talks as Stripe does: Checkout Sessions in mode setup, payment intents
that lead to a page (``next_action.redirect_to_url``), and Stripe's refusals of what does not fit.
"""

from __future__ import annotations

import html
import json
import re
import secrets
import time
from dataclasses import dataclass, field
from typing import Any, Final, NoReturn
from urllib.parse import parse_qsl, urlencode

import aiohttp
from aiohttp import web

HOUR: Final = 3600
LEAST_SECONDS: Final = 1800
MOST_SECONDS: Final = 86400
KEYWORD: Final = re.compile(r"^automatic_payment_methods\[(enabled|allow_redirects)\]$")
SETUP_WORDS: Final = {
    "mode",
    "customer",
    "client_reference_id",
    "success_url",
    "cancel_url",
    "expires_at",
    "allowed_payment_method_types[0]",
    "currency",
}

PAGE: Final = """<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>{title}</title>
<body style="font:16px sans-serif;margin:2rem"><h1>{title}</h1>{content}</body></html>"""
CARD_FORM: Final = """<form method="post">{problem}
<p><label>Card number <input name="number" inputmode="numeric"></label></p>
<p><label>Month <input name="exp_month" size="2"></label>
<label>Year <input name="exp_year" size="4"></label>
<label>CVC <input name="cvc" size="3"></label></p>
<button>Save card</button></form><p><a href="{cancel_url}">Back to the shop</a></p>"""
QUESTION: Final = """<p>Is it you who pays {amount}?</p><form method="post">
<button name="answer" value="yes">Yes, it is me</button>
<button name="answer" value="no">No</button></form>"""


@dataclass
class Session:
    """A Checkout Session."""

    ref: str
    wanted: dict[str, str]
    created: int
    status: str = "open"
    setup_intent: str | None = None


@dataclass
class Pages:
    """Stripe with its pages, at ``base``; ``inside`` reaches localstripe."""

    inside: aiohttp.ClientSession
    base: str = ""
    sessions: dict[str, Session] = field(default_factory=dict)
    by_key: dict[str, Session] = field(default_factory=dict)
    redirects: dict[str, str] = field(default_factory=dict)
    """``allow_redirects`` of payment intents."""
    return_urls: dict[str, str] = field(default_factory=dict)
    """Of payment intents that were confirmed."""

    def application(self) -> web.Application:
        """All of it."""
        application = web.Application()
        application.add_routes(
            [
                web.post("/v1/checkout/sessions", self.create_session),
                web.get("/v1/checkout/sessions/{ref}", self.show_session),
                web.get("/c/pay/{ref}", self.show_card_form),
                web.post("/c/pay/{ref}", self.save_card),
                web.get("/3ds/{ref}", self.ask),
                web.post("/3ds/{ref}", self.answer),
                web.post("/v1/payment_intents", self.create_intent),
                web.post("/v1/payment_intents/{ref}/confirm", self.confirm_intent),
                web.post("/v1/payment_intents/{ref}/cancel", self.cancel_intent),
                web.get("/v1/payment_intents/{ref}", self.show_intent),
                web.route("*", "/{path:.*}", self.pass_on),
            ]
        )
        return application

    # -- Checkout -------------------------------------------------------------------------------

    async def create_session(self, request: web.Request) -> web.Response:
        """A page in mode setup; asked for again with the same key it is the same one."""
        wanted = await _form(request)
        if unknown := set(wanted) - SETUP_WORDS:
            _refuse(f"Received unknown parameter: {', '.join(sorted(unknown))}")
        if wanted.get("mode") != "setup" or "success_url" not in wanted:
            _refuse("Missing required param: success_url.")
        if "allowed_payment_method_types[0]" not in wanted and "currency" not in wanted:
            _refuse("You must provide `currency` in setup mode.")
        if not LEAST_SECONDS <= int(wanted["expires_at"]) - time.time() <= MOST_SECONDS:
            _refuse("The `expires_at` timestamp must be between 30 minutes and 24 hours from now.")
        await self._localstripe("GET", f"/v1/customers/{wanted['customer']}")
        key = request.headers.get("Idempotency-Key", "")
        session = self.by_key.get(key)
        if session is None:
            ref = f"cs_test_{secrets.token_hex(12)}"
            session = Session(ref, wanted, int(time.time()))
            self.sessions[ref] = self.by_key[key] = session
        return web.json_response(await self.exported(session))

    async def show_session(self, request: web.Request) -> web.Response:
        """As it stands; ``expand`` shows what was saved."""
        session = self.sessions.get(request.match_info["ref"])
        if session is None:
            _refuse("No such checkout.session", 404, "resource_missing")
        expands = [value for name, value in request.query.items() if name.startswith("expand")]
        return web.json_response(await self.exported(session, "".join(expands)))

    async def exported(self, session: Session, expand: str = "") -> dict[str, Any]:
        """A session as Stripe shows it."""
        expires_at = int(session.wanted["expires_at"])
        if session.status == "open" and time.time() > expires_at:
            session.status = "expired"
        setup: Any = session.setup_intent
        if setup is not None and expand.startswith("setup_intent"):
            setup = await self._localstripe("GET", f"/v1/setup_intents/{setup}")
            if "payment_method" in expand:
                path = f"/v1/payment_methods/{setup['payment_method']}"
                setup["payment_method"] = await self._localstripe("GET", path)
        is_open = session.status == "open"
        return {
            "id": session.ref,
            "object": "checkout.session",
            "amount_total": None,
            "currency": None,
            "client_reference_id": session.wanted.get("client_reference_id"),
            "created": session.created,
            "customer": session.wanted["customer"],
            "expires_at": expires_at,
            "livemode": False,
            "mode": "setup",
            "payment_intent": None,
            "payment_status": "no_payment_required",
            "setup_intent": setup,
            "status": session.status,
            "success_url": session.wanted["success_url"],
            "url": f"{self.base}/c/pay/{session.ref}" if is_open else None,
        }

    async def show_card_form(self, request: web.Request) -> web.Response:
        """What the payer sees."""
        return _card_form(self.sessions[request.match_info["ref"]])

    async def save_card(self, request: web.Request) -> web.Response:
        """What the payer typed in; localstripe makes a card and a setup intent of it."""
        session = self.sessions[request.match_info["ref"]]
        card = await _form(request)
        customer = session.wanted["customer"]
        try:
            method = await self._localstripe("POST", "/v1/payment_methods", type="card", card=card)
            setup = await self._localstripe("POST", "/v1/setup_intents", customer=customer)
            confirm = f"/v1/setup_intents/{setup['id']}/confirm"
            done = await self._localstripe("POST", confirm, payment_method=method["id"])
            if done["status"] == "requires_action":  # the bank is content
                await self._localstripe("POST", confirm)
            attach = f"/v1/payment_methods/{method['id']}/attach"
            await self._localstripe("POST", attach, customer=customer)
        except web.HTTPException as refusal:
            error = json.loads(refusal.text or "{}")["error"]
            return _card_form(session, error.get("message", "Your card is invalid."))
        session.setup_intent, session.status = setup["id"], "complete"
        raise web.HTTPSeeOther(session.wanted["success_url"])

    # -- the bank's question --------------------------------------------------------------------

    async def create_intent(self, request: web.Request) -> web.Response:
        """Passed on without the words that localstripe does not know."""
        wanted = await _form(request)
        automatic = {
            match[1]: wanted.pop(name) for name in list(wanted) if (match := KEYWORD.match(name))
        }
        made = await self._passed_on(request, "/v1/payment_intents", wanted)
        if automatic.get("enabled", "").lower() == "true":
            self.redirects[made["id"]] = automatic.get("allow_redirects", "always")
        return web.json_response(self._intent(made))

    async def confirm_intent(self, request: web.Request) -> web.Response:
        """Where redirects are allowed, Stripe wants to know where to."""
        ref = request.match_info["ref"]
        wanted = await _form(request)
        return_url = wanted.pop("return_url", None)
        if return_url is None and self.redirects.get(ref) == "always":
            _refuse("A `return_url` must be specified because this Payment Intent is configured...")
        if return_url is not None and self.redirects.get(ref) == "never":
            _refuse("You cannot provide a `return_url` where redirects are not allowed.")
        if return_url is not None:
            self.return_urls[ref] = return_url
        made = await self._passed_on(request, f"/v1/payment_intents/{ref}/confirm", wanted)
        return web.json_response(self._intent(made))

    async def cancel_intent(self, request: web.Request) -> web.Response:
        """Passed on without the reason, which is looked at here."""
        ref = request.match_info["ref"]
        wanted = await _form(request)
        reason = wanted.pop("cancellation_reason", "abandoned")
        if reason not in ("duplicate", "fraudulent", "requested_by_customer", "abandoned"):
            _refuse("Invalid cancellation_reason")
        made = await self._passed_on(request, f"/v1/payment_intents/{ref}/cancel", wanted)
        return web.json_response(self._intent(made))

    async def show_intent(self, request: web.Request) -> web.Response:
        """One of them."""
        path = f"/v1/payment_intents/{request.match_info['ref']}"
        return web.json_response(self._intent(await self._localstripe("GET", path)))

    def _intent(self, made: dict[str, Any]) -> dict[str, Any]:
        ref = made["id"]
        allowed, return_url = self.redirects.get(ref), self.return_urls.get(ref)
        if allowed is not None:
            made["automatic_payment_methods"] = {"enabled": True, "allow_redirects": allowed}
        made["amount_received"] = made["amount"] if made["status"] == "succeeded" else 0
        if made.get("next_action") and return_url is not None:
            to = {"url": f"{self.base}/3ds/{ref}", "return_url": return_url}
            made["next_action"] = {"type": "redirect_to_url", "redirect_to_url": to}
        return made

    async def ask(self, request: web.Request) -> web.Response:
        """The bank's page."""
        intent = await self._localstripe("GET", f"/v1/payment_intents/{request.match_info['ref']}")
        amount = f"{intent['amount'] / 100:.2f} {intent['currency'].upper()}"
        return _page("Your bank asks", QUESTION.format(amount=amount))

    async def answer(self, request: web.Request) -> web.Response:
        """What the payer answers; it leads back as Stripe does."""
        ref = request.match_info["ref"]
        is_yes = (await _form(request)).get("answer") == "yes"
        intent = await self._localstripe("GET", f"/v1/payment_intents/{ref}")
        if intent["status"] == "requires_action":
            secret, path = intent["client_secret"], f"/v1/payment_intents/{ref}/_authenticate"
            await self._localstripe("POST", path, client_secret=secret, success=is_yes)
        query = {
            "payment_intent": ref,
            "payment_intent_client_secret": intent["client_secret"],
            "redirect_status": "succeeded" if is_yes else "failed",
        }
        raise web.HTTPSeeOther(f"{self.return_urls[ref]}?{urlencode(query)}")

    # -- localstripe ----------------------------------------------------------------------------

    async def pass_on(self, request: web.Request) -> web.Response:
        """All else is localstripe's."""
        async with self.inside.request(
            request.method,
            f"http://localstripe{request.path_qs}",
            data=await request.read(),
            headers={
                name: request.headers[name]
                for name in ("Authorization", "Content-Type", "Idempotency-Key")
                if name in request.headers
            },
        ) as answer:
            content = await answer.read()
            return web.Response(
                body=content, status=answer.status, content_type=answer.content_type
            )

    async def _passed_on(
        self, request: web.Request, path: str, wanted: dict[str, str]
    ) -> dict[str, Any]:
        return await self._answered(
            self.inside.request(
                request.method,
                f"http://localstripe{path}",
                data=wanted,
                headers={"Authorization": request.headers["Authorization"]},
            )
        )

    async def _localstripe(self, method: str, path: str, **content: Any) -> dict[str, Any]:
        return await self._answered(
            self.inside.request(
                method,
                f"http://localstripe{path}",
                json=content if method == "POST" else None,
                headers={"Authorization": "Bearer sk_test_12345"},
            )
        )

    async def _answered(self, call: Any) -> dict[str, Any]:
        async with call as answer:
            content: dict[str, Any] = await answer.json()
            if answer.status >= 400:
                _stop(answer.status, content)
            return content


async def _form(request: web.Request) -> dict[str, str]:
    return dict(parse_qsl((await request.read()).decode(), keep_blank_values=True))


def _refuse(message: str, status: int = 400, code: str | None = None) -> NoReturn:
    error = {"type": "invalid_request_error", "message": message, "code": code}
    _stop(status, {"error": error})


def _stop(status: int, content: dict[str, Any]) -> NoReturn:
    kinds = {402: web.HTTPPaymentRequired, 404: web.HTTPNotFound}
    kind = kinds.get(status, web.HTTPBadRequest)
    raise kind(text=json.dumps(content), content_type="application/json")


def _page(title: str, content: str) -> web.Response:
    text = PAGE.format(title=title, content=content)
    return web.Response(text=text, content_type="text/html")


def _card_form(session: Session, problem: str = "") -> web.Response:
    cancel_url = html.escape(session.wanted["cancel_url"])
    told = f"<p role='alert'>{html.escape(problem)}</p>" if problem else ""
    return _page("Save a card", CARD_FORM.format(problem=told, cancel_url=cancel_url))
