"""The profiles that come with Tocsin, and what a profile takes from one of them by `use`."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from config.documents import Document, Loc, read_document
from config.errors import ConfigError
from config.models.profiles import ProfileModel
from config.models.root import RootModel
from config.names import check_name
from config.validation import validate

SHIPPED_FILE = Path(__file__).with_name("shipped.yaml")
_BUDGETS = ("false_alarms", "sensitivity", "false_discoveries")  # one of them says how often


@dataclass(frozen=True, slots=True)
class Shipped:
    """The shipped profiles in their order, and the document that they were read from."""

    document: Document
    profiles: tuple[ProfileModel, ...]

    def named(self, name: str) -> ProfileModel | None:
        """The profile of this name, if there is one."""
        return next((profile for profile in self.profiles if profile.name == name), None)


@cache
def shipped() -> Shipped:
    """The shipped profiles, read once."""
    document = read_document(SHIPPED_FILE, SHIPPED_FILE.read_bytes(), {})
    found = [
        validate(ProfileModel, document, ("profiles", i), given)
        for i, given in enumerate(document.data.get("profiles", ()))
    ]
    if document.problems:
        raise ConfigError(document.problems)
    return Shipped(document, tuple(profile for profile in found if profile is not None))


def inherit(document: Document, profile: ProfileModel, loc: Loc) -> ProfileModel:
    """The profile with what it takes from the one it uses; an unknown one is noted.

    >>> own = ProfileModel.model_validate(
    ...     {"name": "cart", "use": "latency", "match": ['service="cart"'], "false_alarms": "1/90d"}
    ... )
    >>> whole = inherit(Document(), own, ())
    >>> whole.name, whole.direction, [matcher.name for matcher in whole.match]
    ('cart', 'up', ['service', 'name', 'name'])
    """
    if profile.use is None:
        _warn_of_likeness(document, profile, loc)
        return profile
    base = shipped().named(profile.use)
    if base is None:
        known = [one.name for one in shipped().profiles]
        check_name(document, (*loc, "use"), "shipped profile", profile.use, known)
        return profile
    given = {key: getattr(profile, key) for key in profile.model_fields_set}
    taken = {key: getattr(base, key) for key in base.model_fields_set - _replaced(profile)}
    matchers = {"match": _matchers(profile, base)}
    return ProfileModel.model_construct(None, **{**taken, **given, **matchers})


def left_of(root: RootModel, own: Sequence[ProfileModel]) -> list[ProfileModel]:
    """The shipped profiles that are tried after one's own: none after one that takes everything."""
    takes_all = any(not profile.match and not profile.model for profile in own)
    if takes_all or not root.shipped_profiles:
        return []
    names = {profile.name for profile in own}
    return [profile for profile in shipped().profiles if profile.name not in names]


def _matchers(profile: ProfileModel, base: ProfileModel) -> list[Any]:
    tested = {matcher.name for matcher in profile.match}
    return [*profile.match, *(matcher for matcher in base.match if matcher.name not in tested)]


def _replaced(profile: ProfileModel) -> set[str]:
    """What is not inherited since the profile says it in another way."""
    says_budget = any(getattr(profile, key) is not None for key in _BUDGETS)
    return set(_BUDGETS) if says_budget else set()


def _warn_of_likeness(document: Document, profile: ProfileModel, loc: Loc) -> None:
    if shipped().named(profile.name) is None:
        return
    message = (
        f'"{profile.name}" is a shipped profile, which this one replaces: write '
        f"`use: {profile.name}` to keep what you do not change, or give it another name"
    )
    where = (*loc, "name")
    document.report(document.place_of(where), where, message, is_warning=True)
