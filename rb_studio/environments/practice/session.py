"""All that an episode changes, and its form as a state."""

from dataclasses import dataclass, field

from rb_studio.environments.practice.pages import HOME
from rb_studio.records.trajectory import State


@dataclass
class Session:
    """Where an episode stands: address, unsaved values, what is opened, edits so far, message sent."""

    url: str = HOME
    form: dict[str, str] = field(default_factory=dict)
    expanded: set[str] = field(default_factory=set)
    dialog: str | None = None
    flash: str | None = None
    edits: dict[str, dict[str, str]] = field(default_factory=dict)
    history: list[str] = field(default_factory=list)
    answered: str | None = None

    def to_state(self) -> State:
        changes = {
            "edits": {key: dict(values) for key, values in self.edits.items()},
            "expanded": sorted(self.expanded),
            "dialog": self.dialog,
            "flash": self.flash,
            "history": list(self.history),
            "answered": self.answered,
        }
        return State(self.url, dict(self.form), changes)

    @classmethod
    def from_state(cls, state: State) -> "Session":
        changes = state.changes
        return cls(
            url=state.location or HOME,
            form=dict(state.form),
            expanded=set(changes.get("expanded", ())),
            dialog=changes.get("dialog"),
            flash=changes.get("flash"),
            edits={key: dict(values) for key, values in changes.get("edits", {}).items()},
            history=list(changes.get("history", ())),
            answered=changes.get("answered"),
        )
