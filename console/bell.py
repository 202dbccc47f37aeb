"""A bell: tasks wait for it, and one ring wakes them all."""

import asyncio


class Bell:
    """Wakes every task that waits at the moment it is rung."""

    def __init__(self) -> None:
        self._next = asyncio.Event()
        self.is_closed = False

    def ring(self) -> None:
        """Wake those who wait now; who comes later waits for the next ring."""
        self._next.set()
        if not self.is_closed:
            self._next = asyncio.Event()

    def close(self) -> None:
        """Ring for the last time: nobody waits from here on."""
        self.is_closed = True
        self.ring()

    async def wait(self, *, at_most_s: float) -> bool:
        """True when it rang, False when the time was over first."""
        try:
            async with asyncio.timeout(at_most_s):
                await self._next.wait()
        except TimeoutError:
            return False
        return True
