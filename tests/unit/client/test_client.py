"""The client: repeated with the same key, refused with a code, read page by page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import msgspec
import pytest

from openmvno.client import AsyncClient, Client, Problem, Retries, Unreachable

URL, TOKEN = "http://openmvno.test", "omv_x"
AT_ONCE = Retries(tries=4, pause_seconds=0)

Answer = httpx.Response | Exception


class Server:
    """Answers in the order given, and remembers what it was asked."""

    def __init__(self, *answers: Answer) -> None:
        self._answers = list(answers)
        self.asked: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        given = self._answers.pop(0)
        if isinstance(given, Exception):
            raise given
        return given


def both(call: Callable[[Any], Any]) -> Callable[[Server], Any]:
    """``call`` by the synchronous client."""

    def run(server: Server) -> Any:
        transport = httpx.MockTransport(server)
        with Client(URL, TOKEN, retries=AT_ONCE, transport=transport) as client:
            return call(client)

    return run


async def asynchronous(server: Server, call: Callable[[Any], Any]) -> Any:
    transport = httpx.MockTransport(server)
    async with AsyncClient(URL, TOKEN, retries=AT_ONCE, transport=transport) as client:
        return await call(client)


def post(client: Any) -> Any:
    return client.post("/v1/accounts/1/top-ups", {"amount": "1.00"})


@pytest.mark.parametrize("asynchronously", [False, True])
async def test_a_call_is_repeated_with_its_key(asynchronously: bool) -> None:
    server = Server(
        httpx.ReadTimeout("no answer"),
        httpx.Response(503, headers={"Retry-After": "0"}),
        httpx.Response(201, json={"status": "completed"}),
    )
    done = await asynchronous(server, post) if asynchronously else both(post)(server)
    assert done == {"status": "completed"}
    keys = {request.headers["Idempotency-Key"] for request in server.asked}
    assert (len(server.asked), len(keys)) == (3, 1)
    assert {request.content for request in server.asked} == {b'{"amount":"1.00"}'}
    assert server.asked[0].headers["Authorization"] == "Bearer omv_x"


@pytest.mark.parametrize("asynchronously", [False, True])
async def test_a_refusal_is_not_repeated(asynchronously: bool) -> None:
    document = {
        "code": "amount_precision",
        "field": "amount",
        "detail": "too many decimals",
        "attempts_left": 3,
    }
    server = Server(httpx.Response(422, json=document))
    with pytest.raises(Problem) as raised:
        await asynchronous(server, post) if asynchronously else both(post)(server)
    problem = raised.value
    assert (problem.status, problem.code, problem.field) == (422, "amount_precision", "amount")
    assert problem.members["attempts_left"] == 3
    assert len(server.asked) == 1


@pytest.mark.parametrize("asynchronously", [False, True])
async def test_nobody_there(asynchronously: bool) -> None:
    server = Server(*[httpx.ConnectError("refused") for _ in range(4)])
    with pytest.raises(Unreachable) as raised:
        await asynchronous(server, post) if asynchronously else both(post)(server)
    assert raised.value.idempotency_key == server.asked[0].headers["Idempotency-Key"]


def test_the_last_answer_counts() -> None:
    server = Server(*[httpx.Response(503, text="upstream") for _ in range(4)])
    with pytest.raises(Problem) as raised:
        both(post)(server)
    assert (raised.value.status, raised.value.detail) == (503, "upstream")


def pages() -> list[httpx.Response]:
    return [
        httpx.Response(200, json={"items": [1, 2], "next_cursor": "c"}),
        httpx.Response(200, json={"items": [3], "next_cursor": None}),
    ]


async def test_listings_page_by_page() -> None:
    server = Server(*pages())
    query = {"limit": 2}
    assert both(lambda client: list(client.items("/v1/lines", query=query)))(server) == [1, 2, 3]
    assert [str(request.url.query, "ascii") for request in server.asked] == [
        "limit=2",
        "limit=2&cursor=c",
    ]
    server = Server(*pages())

    async def read(client: AsyncClient) -> list[Any]:
        return [item async for item in client.items("/v1/lines")]

    assert await asynchronous(server, read) == [1, 2, 3]


class Line(msgspec.Struct):
    msisdn: str


def test_answers_of_a_type() -> None:
    server = Server(httpx.Response(200, json={"msisdn": "385910000001", "status": "active"}))
    line = both(lambda client: client.get("/v1/lines/1", Line))(server)
    assert line == Line("385910000001")
    server = Server(httpx.Response(200, json={"status": "active"}))
    with pytest.raises(msgspec.ValidationError):
        both(lambda client: client.get("/v1/lines/1", Line))(server)
