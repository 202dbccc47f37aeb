"""What messages hold, and that one incident is told once."""

from msgspec.structs import replace

from routing.channels.bench import Bench, expect, scene
from routing.channels.samples import follow_up, hostile, notification
from routing.incident import NotifyReason
from routing.receipt import DeliveryStatus

SENT = DeliveryStatus.SENT


async def a_page_is_told_once_and_changes(bench: Bench) -> None:
    """The first message is a page, and those of every other reason are none."""
    async with scene(bench) as it:
        receipt = await it.tell()
        expect(receipt, SENT, bench, "the first message")
        for sequence, reason in enumerate(list(NotifyReason)[1:], start=1):
            receipt = await it.tell(follow_up(receipt, reason, sequence))
            expect(receipt, SENT, bench, f"a message because of {reason}")
        assert it.peer.told == 1, f"one incident was told as {it.peer.told} pages"


async def hostile_content_is_delivered(bench: Bench) -> None:
    """Labels of 10,000 characters, line feeds, markup, control characters, half characters."""
    async with scene(bench) as it:
        bad = hostile(bench.address)
        first = await it.tell(bad)
        expect(first, SENT, bench, "hostile content")
        for sequence, reason in enumerate(NotifyReason, start=1):
            given = replace(bad, reason=reason, handle=first.handle, sequence=sequence)
            expect(await it.tell(given), SENT, bench, f"hostile content because of {reason}")
        assert it.peer.told == 1, f"one hostile incident was told as {it.peer.told} pages"


async def rendering_is_pure(bench: Bench) -> None:
    """The same notification gives the same message, from another channel of its kind as well."""
    async with scene(bench) as it, scene(bench) as other:
        for given in (notification(bench.address), hostile(bench.address)):
            one = it.channel.render(given)
            assert one.notification == given, "a message is not of its notification"
            for channel in (it.channel, other.channel):
                same = channel.render(given).payload == one.payload
                assert same, "rendering twice gives two messages"


async def no_secret_is_in_a_message(bench: Bench) -> None:
    """Messages may be looked at; a secret is added as it is sent."""
    async with scene(bench) as it:
        for given in (notification(bench.address), hostile(bench.address)):
            said = repr(it.channel.render(given).payload) + repr(it.channel)
            assert not [s for s in bench.secrets if s in said], "a secret is in a message"


async def it_may_be_closed_twice(bench: Bench) -> None:
    """Also without having sent anything."""
    async with scene(bench) as it:
        await it.channel.close()
        await it.channel.close()
