"""Loose threads: blocking work that nobody can end, and that nobody waits for at the end."""

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import TypeVar

from routing.channels.attempt import Refusal

T = TypeVar("T")


class Loose:
    """A thread for each piece of work, at most so many at once.

    A thread whose work was given up goes on until that ends; the program ends without it. With as
    many as there may be, more work is refused for the moment.
    """

    def __init__(self, name: str, *, most: int) -> None:
        self._name = name
        self._most = most
        self.running = 0

    async def run(self, work: Callable[[], T]) -> T:
        """What the work returns, or raises. Raises `Refusal` where too much of it hangs."""
        if self.running >= self._most:
            raise Refusal(f"{self._most} earlier attempts still hang", is_final=False)
        loop = asyncio.get_running_loop()
        done: asyncio.Future[T] = loop.create_future()

        def end(result: T | None, error: Exception | None) -> None:
            self.running -= 1
            if done.done():
                return
            if error is not None:
                done.set_exception(error)
            else:
                done.set_result(result)  # type: ignore[arg-type]

        def begin() -> None:
            result: T | None = None
            error: Exception | None = None
            try:
                result = work()
            except Exception as raised:  # noqa: BLE001  it is raised where it is waited for
                error = raised
            with contextlib.suppress(RuntimeError):  # the loop is closed
                loop.call_soon_threadsafe(end, result, error)

        self.running += 1
        threading.Thread(target=begin, name=self._name, daemon=True).start()
        return await done
