"""What else is wrong when some part of a configuration is not even in shape.

People mend a file faster when they see all of its mistakes at once; so the parts that are in shape
are built, for the sake of the problems that this brings up, and thrown away.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError

from config.binding import Binder
from config.channels import build_channels, check_addresses
from config.intervals import build_intervals
from config.models.profiles import ProfileModel
from config.models.root import RootModel
from config.models.routing import RouteModel
from config.people import People
from config.policy import build_receivers, build_route
from config.shipped import inherit
from config.watching import build_profile

_MAPS = ("channels", "users", "schedules", "escalations", "receivers", "time_intervals")


def check_what_is_sound(binder: Binder, data: Mapping[str, Any]) -> None:
    """Note the problems in those entries that are in shape themselves."""
    if data.keys() - RootModel.model_fields.keys():
        return  # a misspelt section: every reference into it would seem wrong
    sound: dict[str, Any] = {name: _sound(name, data.get(name)) for name in _MAPS}
    root = RootModel.model_construct(None, **sound)
    build_channels(binder, root.channels)
    check_addresses(binder.document, root)
    people = People(binder.document, root)
    people.users(), people.schedules(), people.escalations()
    build_receivers(people, root)
    build_intervals(binder.document, root.time_intervals)
    if route := _taken(RouteModel, data.get("route")):
        build_route(binder.document, route)
    profiles = data.get("profiles")
    for i, given in enumerate(profiles if isinstance(profiles, list) else ()):
        if profile := _taken(ProfileModel, given):
            loc = ("profiles", i)
            build_profile(binder, inherit(binder.document, profile, loc), loc)


def _sound(section: str, given: object) -> dict[str, Any]:
    """The entries of a section that are in shape."""
    if not isinstance(given, dict):
        return {}
    taken = (_taken(_adapter(section), {name: entry}) for name, entry in given.items())
    return {name: entry for one in taken if one for name, entry in one.items()}


@cache
def _adapter(section: str) -> TypeAdapter[Any]:
    kind: Any = RootModel.model_fields[section].annotation
    return TypeAdapter(kind)


def _taken(kind: TypeAdapter[Any] | type[BaseModel], given: object) -> Any:
    check = kind.validate_python if isinstance(kind, TypeAdapter) else kind.model_validate
    try:
        return check(given)
    except ValidationError:
        return None
