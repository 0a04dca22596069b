"""The load on the API: when requests leave, and what their latency is counted from."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from bench.http_load import Load, Request

from bench import http_load

ANSWER = b"HTTP/1.1 %d Fine\r\nContent-Length: 5\r\nX: y\r\n\r\nhello"
Pieces = Callable[[bytes], list[bytes]]


@asynccontextmanager
async def server(pause: float, *, pieces: Pieces = lambda answer: [answer]) -> AsyncIterator[int]:
    """Answers each request after ``pause`` seconds, by the status that is its path; gives its
    port."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            try:
                head = await reader.readuntil(b"\r\n\r\n")
            except (asyncio.IncompleteReadError, ConnectionError):
                return
            status = int(head.split()[1][1:])
            if status == 0:
                writer.close()
                return
            for piece in pieces(ANSWER % status):
                await asyncio.sleep(pause)
                writer.write(piece)

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with listening:
        yield int(listening.sockets[0].getsockname()[1])


def request(due: float, status: int = 200) -> Request:
    return Request(due, str(status), f"GET /{status} HTTP/1.1\r\n\r\n".encode())


async def test_requests_leave_when_they_are_due() -> None:
    async with server(0.2) as port:
        load = Load([request(number / 20) for number in range(8)], 0.1)
        answers = await load.run("127.0.0.1", port)
    # Those of the warm-up are not counted; the others need not wait for each other.
    assert answers.statuses == {200: 6}
    assert len(answers.late) == 6
    assert max(answers.late) < 100_000
    assert all(200_000 <= taken < 400_000 for taken in answers.taken["200"])


async def test_latency_counts_from_when_a_request_was_due(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(http_load, "CONNECTIONS", 1)
    async with server(0.2) as port:
        answers = await Load([request(0.0), request(0.0), request(0.0)], 0.0).run("127.0.0.1", port)
    first, second, third = answers.taken["200"]
    assert 200_000 <= first < 390_000 <= second < 590_000 <= third
    assert answers.late[2] >= 390_000


async def test_answers_in_pieces_and_of_any_status() -> None:
    async with server(0.01, pieces=lambda answer: [answer[:9], answer[9:50], answer[50:]]) as port:
        load = Load([request(0.0), request(0.0, 404), request(0.1, 503)], 0.0)
        answers = await load.run("127.0.0.1", port)
    assert answers.statuses == {200: 1, 404: 1, 503: 1}


async def test_a_connection_that_is_lost_is_no_answer() -> None:
    async with server(0.0) as port:
        with pytest.raises(OSError, match="a connection was lost"):
            await Load([request(0.0), request(0.1, 0)], 0.0).run("127.0.0.1", port)


async def test_a_process_of_its_own() -> None:
    async with server(0.05) as port:
        requests = [request(number / 50) for number in range(20)]
        outcome = await http_load.in_a_process(requests, 0.0, "127.0.0.1", port)
    assert outcome.answers.statuses == {200: 20}
    assert len(outcome.answers.taken["200"]) == 20
    assert 0 < outcome.cores < 1
