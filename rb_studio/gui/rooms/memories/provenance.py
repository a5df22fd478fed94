"""Where an item comes from and where it went: links to rollouts and steps."""

from urllib.parse import parse_qs, urlencode

from PySide6.QtCore import QUrl, Signal
from PySide6.QtWidgets import QWidget

from rb_studio.gui.rooms.memories.columns import DASH
from rb_studio.gui.rooms.memories.reads import Detail
from rb_studio.gui.rooms.memories.texts import PlainBrowser, escaped
from rb_studio.gui.rooms.room import Place
from rb_studio.gui.theme import Theme

SIGNS = {"success": "\u2713 success", "failure": "\u2717 failure", "unknown": "? unknown"}
MOST_LINKS = 12


class ProvenancePanel(PlainBrowser):
    """Task, label, sources and uses of an item.

    Signals
    -------
    go
        A link was followed; carries a Place.
    """

    go = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__("Where the item comes from", parent)
        self._theme = theme
        self._detail: Detail | None = None
        self.anchorClicked.connect(self._follow)
        theme.changed.connect(self._draw)

    def show_detail(self, detail: Detail | None) -> None:
        """Show an item's origin."""
        self._detail = detail
        self._draw()

    def _draw(self) -> None:
        self.setHtml(markup(self._detail, self._theme) if self._detail is not None else "")

    def _follow(self, url: QUrl) -> None:
        asked = parse_qs(url.query())
        if url.path() == "rollouts" and self._detail is not None:
            self.go.emit(Place("trajectories", {"rollouts": list(self._detail.given_to)}))
        elif "rollout" in asked:
            target: dict[str, object] = {"rollout": asked["rollout"][0]}
            if "step" in asked:
                target["step"] = int(asked["step"][0])
            self.go.emit(Place("trajectories", target))


def markup(detail: Detail, theme: Theme) -> str:
    """An item's origin as markup; every foreign text is escaped."""
    row, experience, muted = detail.row, detail.experience, theme.colours.muted
    lines = [
        _line("Task", f"{escaped(experience.task_text)} {_muted(experience.task_key, muted)}", muted),
        _line("Learned from", _learned(detail), muted),
        *(_line("Source", _source(index, detail), muted) for index in range(min(len(row.sources), MOST_LINKS))),
        _line("Used", _used(detail), muted),
        _line("Written by", escaped(_writer(detail)), muted),
    ]
    if len(row.sources) > MOST_LINKS:
        lines.insert(-2, _line("", f"and {len(row.sources) - MOST_LINKS} more sources", muted))
    return f'<table cellspacing="2">{"".join(lines)}</table>'


def _line(name: str, value: str, muted: str) -> str:
    return f'<tr><td style="color:{muted}; padding-right:8px">{name}</td><td>{value}</td></tr>'


def _muted(text: str, colour: str) -> str:
    return f'<span style="color:{colour}">{escaped(text)}</span>' if text else ""


def _learned(detail: Detail) -> str:
    row = detail.row
    parts = [SIGNS.get(row.polarity, row.polarity) or "nothing: written by hand"]
    if row.label_source:
        parts.append(f"label by {row.label_source}")
    return escaped(", ".join(parts))


def _source(index: int, detail: Detail) -> str:
    source = detail.row.sources[index]
    steps = " ".join(
        f'<a href="go:rollout?{_query(source.rollout_uid, step)}">step {step}</a>' for step in source.steps[:MOST_LINKS]
    )
    label = escaped(SIGNS.get(source.status, source.status))
    name = escaped(source.rollout_uid[:12])
    return f'<a href="go:rollout?{_query(source.rollout_uid)}">rollout {name}</a> {label} {steps}'


def _query(rollout: str, step: int | None = None) -> str:
    return urlencode({"rollout": rollout} | ({} if step is None else {"step": step})).replace("&", "&amp;")


def _used(detail: Detail) -> str:
    if not detail.given_to:
        return "never injected"
    count = len(detail.given_to)
    times = "once" if detail.row.used == 1 else f"{detail.row.used} times"
    return f'injected {times}, into <a href="go:rollouts">{count} rollout{"" if count == 1 else "s"}</a>'


def _writer(detail: Detail) -> str:
    row = detail.row
    if row.model:
        return f"{row.model} ({row.mode})" + (", simulated" if row.simulated else "")
    return "a person" if detail.experience.kind == "hand" else row.mode or DASH
