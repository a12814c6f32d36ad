"""Room for what is sent: so many bytes at once, in the order in which they came."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import Message

from device.errors import Busy
from device.web.compat import room as module
from device.web.compat.room import Room


def run(work: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(asyncio.wait_for(_as_coroutine(work), 20))


async def _as_coroutine(work: Callable[[], Awaitable[None]]) -> None:
    await work()


async def settle() -> None:
    """Let all that can go on go on."""
    for _ in range(10):
        await asyncio.sleep(0)


def test_whoever_came_first_goes_in_first_however_much_they_bring() -> None:
    async def work() -> None:
        room, inside, leave = Room(10), list[int](), asyncio.Event()

        async def guest(number: int, size: int) -> None:
            async with room.taken(size):
                inside.append(number)
                await leave.wait()

        guests = [asyncio.create_task(guest(n, size)) for n, size in enumerate((6, 9, 1, 100))]
        await settle()
        assert inside == [0]  # 1 would fit beside it, but 9 came before
        leave.set()
        await asyncio.gather(*guests)
        assert inside == [0, 1, 2, 3]
        async with room.taken(10):  # all of it is free again
            pass

    run(work)


def test_who_gives_up_or_fails_leaves_its_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PATIENCE", 0.05)

    async def work() -> None:
        room = Room(10)
        with pytest.raises(ZeroDivisionError):
            async with room.taken(10):
                raise ZeroDivisionError
        async with room.taken(8):
            with pytest.raises(Busy, match="come back"):
                async with room.taken(8):
                    raise AssertionError("there was no room")
            waiting = asyncio.create_task(_enter(room))
            await settle()
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
        async with room.taken(10):
            pass

    run(work)


async def _enter(room: Room) -> None:
    async with room.taken(5):
        pass


@pytest.mark.parametrize("length", [b"101", b"9" * 30])
def test_what_is_announced_too_large_is_not_received(length: bytes) -> None:
    async def work() -> None:
        with pytest.raises(HTTPException) as refused:
            async with Room(10).body(_request(length), 100):
                raise AssertionError("it was taken")
        assert refused.value.status_code == 413

    run(work)


@pytest.mark.parametrize("length", [None, b"3", b"", b"-3", "\u00b2".encode("latin-1")])
def test_a_body_is_received_whole_whatever_it_says_of_itself(length: bytes | None) -> None:
    async def work() -> None:
        async with Room(10).body(_request(length, b"a", b"b", b"c"), 100) as data:
            assert data == b"abc"

    run(work)


def test_a_body_that_is_longer_than_it_said_is_cut_off() -> None:
    async def work() -> None:
        with pytest.raises(HTTPException):
            async with Room(10).body(_request(None, b"x" * 60, b"x" * 60), 100):
                raise AssertionError("it was taken")

    run(work)


def _request(length: bytes | None, *chunks: bytes) -> Request:
    left = list(chunks)

    async def receive() -> Message:
        body = left.pop(0) if left else b""
        return {"type": "http.request", "body": body, "more_body": bool(left)}

    headers = [] if length is None else [(b"content-length", length)]
    return Request({"type": "http", "method": "POST", "headers": headers}, receive)
