"""Which bank a profile needs."""

from detectors.bank import Bank
from detectors.group_bank import GroupBank
from detectors.profile import Profile


def bank_for(profile: Profile) -> Bank | GroupBank:
    """An empty bank: of groups where the profile has a model, of series otherwise."""
    return Bank(profile) if profile.model is None else GroupBank(profile)
