"""People on call, somebody who stands in, and silences, for the pages about them."""

from datetime import timedelta

from msgspec.structs import replace

from routing.intervals import Part, TimeInterval
from routing.labels import Matcher
from routing.oncall.schedule import Layer, Override, Schedule
from routing.policy import Contact, Policy, Route, Silence, User
from tests.console.scene import ANA, NIGHT, OPENED

NOW = OPENED + timedelta(minutes=20)
BRUNO = User(name="bruno", full_name="bruno", contacts=(Contact("email", "bruno@shop.example"),))
ROTA = Schedule(
    name="shop-primary",
    time_zone="Europe/Vienna",
    layers=(Layer(users=("ana", "bruno"), starts_at=OPENED, turn=timedelta(weeks=1)),),
)
OFFICE = Schedule(
    name="office",
    time_zone="UTC",
    layers=(
        Layer(
            users=("bruno",),
            starts_at=OPENED,
            turn=timedelta(days=3),
            ends_at=NOW + timedelta(days=3),
        ),
    ),
)
NIGHTS = TimeInterval(name="nights", parts=(Part(times=((0, 360),)),))
POLICY = Policy(
    digest="9d2e",
    route=Route(path="0", receiver="shop-oncall"),
    receivers=(),
    users=(ANA, BRUNO),
    schedules=(ROTA, OFFICE),
    escalations=(NIGHT,),
    intervals=(NIGHTS,),
    silences=(
        Silence(
            id="move",
            matchers=(Matcher(name="service", op="=", value="shipping"),),
            starts_at=OPENED,
            ends_at=OPENED + timedelta(days=9),
            comment="The provider moves.",
        ),
    ),
)


def stand_in(id_: str, **changes: object) -> Override:
    made = Override(
        id=id_,
        schedule="shop-primary",
        user="bruno",
        replaces="ana",
        starts_at=NOW - timedelta(minutes=5),
        ends_at=NOW + timedelta(hours=5),
        created_by="Ana Reis",
        comment="Ana is ill.",
    )
    return replace(made, **changes)


def silence(
    id_: str, *, starts: float = -10, ends: float = 120, during: tuple[str, ...] = ()
) -> Silence:
    """Of checkout, from so many minutes before or after now until so many."""
    return Silence(
        id=id_,
        matchers=(Matcher(name="service", op="=", value="checkout"),),
        during=during,
        starts_at=NOW + timedelta(minutes=starts),
        ends_at=NOW + timedelta(minutes=ends),
        created_by="ana",
        comment="A move.",
    )
