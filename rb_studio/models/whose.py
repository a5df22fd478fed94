"""Whose word is a rollout's success, as the user set it."""

from rb_studio.records.precedence import Precedence


def whose_word() -> Precedence:
    """As set; what is usual where nothing is. Raises SettingsError where the settings cannot be read."""
    from rb_studio.models import settings

    return Precedence(settings.load().precedence)
