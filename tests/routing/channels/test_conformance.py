"""Every registered channel conforms. A new kind needs a bench, no test."""

import contextlib
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec import Struct

from routing.channels.bench import Bench, Peer
from routing.channels.checks import Check, checks, run
from routing.channels.registry import OURS
from routing.channels.samples import notification
from routing.receipt import DeliveryStatus, Receipt
from streams import clock
from streams.demo.peers.serve import Peers
from tests.routing.channels.benches import BENCHES, CREDENTIALS, at_port, tell, with_peers

pytestmark = pytest.mark.long


class Served(Struct):
    """The peers of our demonstration, as the suite knows one."""

    peers: Peers
    kind: str

    @property
    def port(self) -> int:
        return self.peers.ports["smtp" if self.kind == "email" else self.kind.partition(" ")[0]]

    @property
    def told(self) -> int:
        """Mail with one Message-ID is one mail: mailboxes and our engine know it by that."""
        return len({one.ref for one in self.peers.journal.received if one.opens})


def bench(kind: str) -> Bench:
    @contextlib.asynccontextmanager
    async def peer() -> AsyncIterator[Peer]:
        with tempfile.TemporaryDirectory() as folder:
            async with Peers(Path(folder), credentials=CREDENTIALS) as peers:
                yield Served(peers, kind)

    ours = BENCHES[kind]
    return Bench(
        address=ours.address,
        peer=peer,
        make=lambda port, timeout_s: at_port(kind, port, timeout_s),
        secrets=(ours.secret,),
        speaks="http" if ours.is_http else "smtp",
        is_read=ours.is_read,
        is_told_why=ours.is_told_why,
        knows_repeats=ours.knows_repeats,
        at=clock.now(),
    )


def test_every_registered_channel_has_a_bench() -> None:
    assert {name.partition(" ")[0] for name in BENCHES} == set(OURS)


CASES = [(kind, check) for kind in sorted(BENCHES) for check in checks(bench(kind))]


@pytest.mark.parametrize(("kind", "check"), CASES, ids=[f"{k}-{c.__name__}" for k, c in CASES])
def test_a_channel_conforms(kind: str, check: Check) -> None:
    run(bench(kind), [check])


@pytest.mark.parametrize("kind", sorted(BENCHES))
def test_a_wrong_secret_is_final_and_not_repeated_in_the_receipt(kind: str, tmp_path: Path) -> None:
    found: list[Receipt] = []

    async def story(peers: Peers) -> None:
        channel = BENCHES[kind].make(peers, secret="wrong-secret")
        found.extend(await tell(channel, notification(BENCHES[kind].address)))
        await channel.close()

    with_peers(tmp_path, story)
    final, unknown = DeliveryStatus.FAILED_PERMANENT, DeliveryStatus.FAILED_TEMPORARY
    assert found[0].status is (final if BENCHES[kind].is_told_why else unknown)
    assert found[0].detail
    assert "wrong-secret" not in found[0].detail
