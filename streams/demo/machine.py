"""This machine's own metrics, read by psutil: the demonstration's real input."""

import socket
from typing import Any

import psutil

# File systems that are no disk of anybody's: images mounted read-only are always full.
_NOT_DISKS = {"squashfs", "iso9660", "overlay", "tmpfs", "devtmpfs", "proc", "sysfs"}
_MOST_DISKS = 8


def host_name() -> str:
    """The name that stands in the `host` label."""
    return socket.gethostname() or "localhost"


class Machine:
    """Reads the machine; rates are over the time since the last reading."""

    def __init__(self, host: str) -> None:
        self._host = host
        self._last: tuple[float, int, int] | None = None
        psutil.cpu_percent()  # the first call only starts its interval

    def read(self, at: float) -> list[dict[str, Any]]:
        """Everything at one instant (epoch seconds), as native JSON objects of fields."""
        labels = {"host": self._host}
        fields: dict[str, float] = {
            "cpu_ratio": psutil.cpu_percent() / 100.0,
            "memory_ratio": psutil.virtual_memory().percent / 100.0,
            "processes": float(len(psutil.pids())),
            "load1": float(psutil.getloadavg()[0]),
            **self._rates(at),
        }
        objects: list[dict[str, Any]] = [{"timestamp": at, "labels": labels, "fields": fields}]
        for mount, ratio in disks().items():
            of_disk = {**labels, "mount": mount}
            objects.append({"timestamp": at, "labels": of_disk, "fields": {"disk_ratio": ratio}})
        return objects

    def _rates(self, at: float) -> dict[str, float]:
        disk, network = psutil.disk_io_counters(), psutil.net_io_counters()
        disk_bytes = disk.read_bytes + disk.write_bytes if disk else 0
        network_bytes = network.bytes_sent + network.bytes_recv if network else 0
        before, self._last = self._last, (at, disk_bytes, network_bytes)
        if before is None or at <= before[0]:
            return {}
        passed = at - before[0]
        return {
            "disk_bytes_per_s": max(0.0, (disk_bytes - before[1]) / passed),
            "network_bytes_per_s": max(0.0, (network_bytes - before[2]) / passed),
        }


def disks() -> dict[str, float]:
    """How full each disk is, 0 to 1, by mount point; the root where no disk shows (containers)."""
    found: dict[str, float] = {}
    for part in psutil.disk_partitions(all=False):
        if part.fstype in _NOT_DISKS or len(found) >= _MOST_DISKS:
            continue
        try:
            found[part.mountpoint] = psutil.disk_usage(part.mountpoint).percent / 100.0
        except OSError:
            continue
    return found or {"/": psutil.disk_usage("/").percent / 100.0}
