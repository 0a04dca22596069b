"""What every page is sent with, what went wrong included."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response

HEADERS: Final = {
    # No request to another host, nothing inline (CSP Level 3). A payment form may lead elsewhere.
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self';"
    " img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self';"
    " base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    # Personal data stays in no cache.
    "Cache-Control": "no-store",
}


def headed(response: Response[Any]) -> Response[Any]:
    """A page with its headers; what it says itself stays."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response
