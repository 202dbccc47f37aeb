"""Loose threads: blocking work that nobody can end, and that nobody waits for at the end."""

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import TypeVar

from routing.channels.attempt import NONSENSE, Refusal

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
        """What the work returns, or raises.

        Raises `Refusal` where too much of it hangs, and for what only the work's own library knows.
        """
        if self.running >= self._most:
            raise Refusal(f"{self._most} earlier attempts still hang", is_final=False)
        loop = asyncio.get_running_loop()
        done: asyncio.Future[T] = loop.create_future()

        def end(result: T | None, error: Exception | None) -> None:
            """Give the result to who waits, if anybody still does."""
            self.running -= 1
            if done.done():
                return
            if error is not None:
                done.set_exception(error)
            else:
                done.set_result(result)  # type: ignore[arg-type]

        def begin() -> None:
            """Do the work, and tell the loop what it came to."""
            result: T | None = None
            error: Exception | None = None
            try:
                result = work()
            except Exception as raised:  # noqa: BLE001  it is raised where it is waited for
                error = _known(raised)
            with contextlib.suppress(RuntimeError):  # the loop is closed
                loop.call_soon_threadsafe(end, result, error)

        try:
            threading.Thread(target=begin, name=self._name, daemon=True).start()
        except RuntimeError:
            raise Refusal("no thread is to be had on this machine", is_final=False) from None
        self.running += 1
        return await done


def _known(error: Exception) -> Exception:
    """The error, if it is of a kind that is expected, without the frames that hold addresses."""
    if isinstance(error, (Refusal, *NONSENSE)):
        return error.with_traceback(None)
    return Refusal(f"the library failed ({type(error).__name__})", is_final=False)
