"""Channels: each section bound to the constructor that its `kind` names."""

from collections.abc import Mapping, Sequence
from functools import partial

from msgspec.structs import replace

from config.binding import Binder
from config.documents import Document, Loc
from config.errors import did_you_mean
from config.models.people import ContactModel
from config.models.root import RootModel
from config.models.routing import ChannelModel, PaceModel
from config.names import check_name
from routing.channels.attempt import Refusal
from routing.channels.channel import Channel
from routing.channels.mail_addresses import recipients
from routing.channels.registry import CHANNELS
from routing.pace import UNPACED, Pace, Rate

GIVEN = frozenset({"name"})  # constructor arguments that do not come from the section

Maker = partial[Channel]

# Parameters whose keys are the addresses that the channel knows.
_ADDRESS_BOOKS = {"pagerduty": "routing_keys", "webhook": "urls", "apprise": "urls"}


def build_channels(binder: Binder, channels: Mapping[str, ChannelModel]) -> dict[str, Maker]:
    """What makes each channel; what is wrong goes into the document."""
    return {
        name: maker
        for name, channel in channels.items()
        if (maker := _maker(binder, name, channel, ("channels", name))) is not None
    }


def build_paces(channels: Mapping[str, ChannelModel]) -> dict[str, Pace]:
    """How fast each channel may be told: as its kind has it, where nothing else is said."""
    return {
        name: replace(getattr(CHANNELS.get(channel.kind), "pace", UNPACED), **_rates(channel.pace))
        for name, channel in channels.items()
    }


def _rates(pace: PaceModel | None) -> dict[str, Rate]:
    given = pace.model_dump(exclude_none=True) if pace else {}
    return {name: Rate(*rate) for name, rate in given.items()}


def check_addresses(document: Document, root: RootModel) -> None:
    """Note contacts whose address is not in their channel's own list, or is no mail address."""
    places: list[tuple[Loc, ContactModel]] = []
    owners: list[tuple[Loc, Sequence[ContactModel]]] = [
        *((("receivers", name), contacts) for name, contacts in root.receivers.items()),
        *((("users", name, "contacts"), user.contacts) for name, user in root.users.items()),
    ]
    for section, contacts in owners:
        places += [((*section, i, "address"), contact) for i, contact in enumerate(contacts)]
    for loc, contact in places:
        channel = root.channels.get(contact.channel)
        book = _ADDRESS_BOOKS.get(channel.kind) if channel else None
        known = (channel.model_extra or {}).get(book) if channel and book else None
        if isinstance(known, dict):
            check_name(document, loc, f"{book} entry", contact.address, known)
        if channel is not None and channel.kind == "email":
            _check_mail(document, loc, contact.address)


def _check_mail(document: Document, loc: Loc, address: str) -> None:
    try:
        recipients(address)
    except Refusal as refusal:
        advice = "write ana@shop.example, several with commas between"
        document.report(document.place_of(loc), loc, f"{refusal.detail}: {advice}")


def _maker(binder: Binder, name: str, channel: ChannelModel, loc: Loc) -> Maker | None:
    constructor = CHANNELS.get(channel.kind)
    if constructor is None:
        where = (*loc, "kind")
        meant = did_you_mean(channel.kind, CHANNELS) or f"; there are: {', '.join(CHANNELS)}"
        message = f'there is no kind of channel "{channel.kind}"{meant}'
        binder.document.report(binder.document.place_of(where), where, message)
        return None
    given = channel.model_extra or {}
    arguments = binder.arguments(channel.kind, constructor, given, loc, without=GIVEN)
    if arguments is None:
        return None
    arguments = {"name": name, **arguments}
    if binder.make(constructor, loc, arguments) is None:
        return None
    return partial(constructor, **arguments)
