"""What keeps alerts quiet: when one flaps."""

from config.models.root import RootModel
from routing.policy import Flapping


def build_flapping(root: RootModel) -> Flapping | None:
    """When alerts flap; None where nothing is held."""
    if not root.flapping.hold or root.compat is not None:
        return None
    return Flapping(**root.flapping.model_dump(exclude_none=True, exclude={"hold"}))
