"""The operator's and the USSD gateway's part: a thin client of the REST API."""

from __future__ import annotations

import secrets
import time
from typing import Any
from uuid import uuid4

import httpx


class ApiError(Exception):
    """The API refused or did not answer; ``code`` is the problem's, where one was given."""

    def __init__(self, message: str, code: str | None = None) -> None:
        super().__init__(message)
        self.code = code


class BusinessApi:
    """Calls of one tenant."""

    def __init__(self, url: str, token: str) -> None:
        self._client = httpx.Client(
            base_url=url.rstrip("/"), headers={"Authorization": f"Bearer {token}"}, timeout=30
        )

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def get(self, path: str, **parameters: str) -> Any:
        """The body of a GET."""
        return self._body(self._send("GET", path, params=parameters))

    def post(self, path: str, document: dict[str, Any] | list[dict[str, Any]]) -> Any:
        """The body of a POST of a JSON document, under a key of its own."""
        return self._body(self._send("POST", path, json=document))

    def put(self, path: str, document: dict[str, Any]) -> Any:
        """The body of a PUT of a JSON document."""
        return self._body(self._send("PUT", path, json=document))

    def patch(self, path: str, document: dict[str, Any]) -> Any:
        """The body of a PATCH of a JSON document."""
        return self._body(self._send("PATCH", path, json=document))

    def delete(self, path: str) -> Any:
        """The body of a DELETE."""
        return self._body(self._send("DELETE", path))

    def upload(self, path: str, name: str, content: str) -> Any:
        """The body after sending a CSV file."""
        headers = {"Content-Type": "text/csv"}
        return self._body(
            self._send("POST", path, params={"name": name}, content=content, headers=headers)
        )

    def published_catalog(self) -> dict[str, Any] | None:
        """The catalogue document in force, None when there is none."""
        response = self._send("GET", "/v1/catalog")
        if response.status_code == 409:  # catalog_not_published
            return None
        document: dict[str, Any] = self._body(response)["document"]
        return document

    def wait_for_cdrs(
        self, session: str, count: int, timeout_seconds: float
    ) -> tuple[list[dict[str, Any]], float]:
        """The CDRs of a session once there are ``count``, and the seconds it took to see them."""
        began = time.monotonic()
        while True:
            cdrs: list[dict[str, Any]] = self.get("/v1/cdrs", session=session)["items"]
            waited = time.monotonic() - began
            if len(cdrs) >= count or waited > timeout_seconds:
                return cdrs, waited
            time.sleep(0.01)

    def _send(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        headers = dict(arguments.pop("headers", {}))
        if method == "POST":
            headers["Idempotency-Key"] = str(uuid4())
        try:
            return self._client.request(method, path, headers=headers, **arguments)
        except httpx.HTTPError as error:
            raise ApiError(f"{method} {path}: {error}") from error

    @staticmethod
    def _body(response: httpx.Response) -> Any:
        if not response.is_success:
            what = f"{response.request.method} {response.request.url.path}"
            message = f"{what}: {response.status_code} {response.text[:500]}"
            raise ApiError(message, _problem_code(response))
        return response.json() if response.content else None


def _problem_code(response: httpx.Response) -> str | None:
    try:
        return str(response.json()["code"])
    except (ValueError, KeyError, TypeError):
        return None


def luhn_digit(digits: str) -> str:
    """The check digit of an ICCID (ITU-T E.118)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return str(-total % 10)


def new_sims(count: int) -> list[tuple[str, str, str]]:
    """(MSISDN, IMSI, ICCID) of so many subscribers nobody has; in numbers no network uses."""
    first = secrets.randbelow(10**8 - count)
    cards = []
    for number in range(first, first + count):
        iccid = f"8999901{number:011d}"
        cards.append((f"99911{number:08d}", f"99911{number:010d}", iccid + luhn_digit(iccid)))
    return cards
