"""What keeps alerts quiet: when one flaps, and how many pages a person gets."""

from datetime import timedelta

from config.models.root import RootModel
from routing.policy import Flapping, PageBudget


def build_flapping(root: RootModel) -> Flapping | None:
    """When alerts flap; None where nothing is held."""
    if not root.flapping.hold or root.compat is not None:
        return None
    return Flapping(**root.flapping.model_dump(exclude_none=True, exclude={"hold"}))


def build_budget(root: RootModel, given: tuple[int, timedelta] | None) -> PageBudget | None:
    """How many pages in how long; None where nothing is said."""
    if given is None:
        return None
    after = root.digest_after or PageBudget().digest_after
    return PageBudget(pages=given[0], per=given[1], digest_after=after)
