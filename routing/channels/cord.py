"""A cord to pull: lets a thread go that waits for an answer which may never end.

The timeouts of `requests` are between two bytes. A provider, or a proxy before it, that sends one
now and then would hold a thread, and whoever waits for that thread, for ever.
"""

import contextlib
import socket
from typing import Any
from weakref import WeakSet

from requests import Session
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection


class Cord:
    """The connections of one session."""

    def __init__(self) -> None:
        self._open: WeakSet[socket.socket] = WeakSet()

    def tie(self, session: Session) -> None:
        """Know every connection that the session makes from now on."""
        adapter = _Adapter(self._open)
        session.mount("https://", adapter)
        session.mount("http://", adapter)

    def know(self, connection: socket.socket) -> None:
        """Know a connection that was made elsewhere."""
        self._open.add(connection)

    def pull(self) -> None:
        """End them. Whoever waits on one gets an error at once; from any thread."""
        for each in list(self._open):
            with contextlib.suppress(OSError):
                socket.socket.shutdown(each, socket.SHUT_RDWR)


class _Adapter(HTTPAdapter):
    def __init__(self, known: "WeakSet[socket.socket]") -> None:
        self._pools = _pools(known)
        super().__init__()

    def init_poolmanager(self, *arguments: Any, **given: Any) -> None:
        super().init_poolmanager(*arguments, **given)
        self._know(self.poolmanager)

    def proxy_manager_for(self, proxy: Any, **given: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **given)
        self._know(manager)
        return manager

    def _know(self, manager: PoolManager) -> None:
        manager.pool_classes_by_scheme = self._pools


def _pools(known: "WeakSet[socket.socket]") -> dict[str, Any]:
    class Plain(HTTPConnection):
        def connect(self) -> None:
            super().connect()
            known.add(self.sock)

    class Safe(HTTPSConnection):
        def connect(self) -> None:
            super().connect()
            known.add(self.sock)

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SafePool(HTTPSConnectionPool):
        ConnectionCls = Safe

    return {"http": PlainPool, "https": SafePool}
