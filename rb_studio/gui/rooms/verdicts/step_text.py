"""A verdict as text with links to its steps; everything in it is escaped, nothing is loaded."""

import re
from html import escape

from PySide6.QtCore import QUrl, Signal
from PySide6.QtWidgets import QTextBrowser, QWidget

from rb_studio.gui.theme import Colours
from rb_studio.store.verdict_reads import GivenVerdict

STEP = re.compile(r"\[?\bsteps? (\d+)\]?", re.IGNORECASE)
SHORT = 12


class StepText(QTextBrowser):
    """Signals
    -------
    step_asked
        A step's link was followed; carries the step's number.
    """

    step_asked = Signal(int)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setOpenLinks(False)
        self.anchorClicked.connect(self._follow)

    def loadResource(self, _kind: int, _name: QUrl | str) -> object:  # noqa: N802 - Qt's name
        """Nothing is ever loaded for a text."""
        return None

    def _follow(self, url: QUrl) -> None:
        if url.scheme() == "step" and url.path().isdigit():
            self.step_asked.emit(int(url.path()))


def linked(text: str, colours: Colours) -> str:
    """Escaped text whose steps are links."""
    parts, end = [], 0
    for found in STEP.finditer(text):
        parts += [escape(text[end : found.start()]), _link(int(found[1]), found[0], colours)]
        end = found.end()
    return "".join([*parts, escape(text[end:])]).replace("\n", "<br>")


def verdict_html(given: GivenVerdict, colours: Colours) -> str:
    """One verdict: status, reason with links, steps it rests on, who gave it with which prompt."""
    verdict = given.verdict
    colour = getattr(colours, str(verdict.status))
    how = "Status, as parsed" if verdict.source == "judge" else "Status"
    parts = [f'<p>{how}: <b style="color:{colour}">{escape(str(verdict.status))}</b></p>']
    parts.append(f"<p>{linked(verdict.reason, colours) or '<i>no reason given</i>'}</p>")
    named = {int(found[1]) for found in STEP.finditer(verdict.reason)}
    further = [step for step in verdict.cited if step not in named]
    if further:
        links = ", ".join(_link(step, f"step {step}", colours) for step in further)
        parts.append(f"<p>Rests on {links}</p>")
    parts += [f"<p>{escape(line)}</p>" for line in _notes(given)]
    facts = [(name, value) for name, value in _facts(given) if value]
    rows = "".join(
        f'<tr><td style="color:{colours.muted}; padding-right:8px">{name}</td><td>{escape(value)}</td></tr>'
        for name, value in facts
    )
    return "".join(parts) + f"<table>{rows}</table>"


def _facts(given: GivenVerdict) -> list[tuple[str, str]]:
    verdict = given.verdict
    return [
        ("source", verdict.source),
        ("given by", given.who),
        ("at", given.at[:19].replace("T", " ")),
        ("model", verdict.model),
        ("prompt", (verdict.prompt_hash or "")[:SHORT]),
    ]


def _notes(given: GivenVerdict) -> list[str]:
    verdict = given.verdict
    notes = []
    if given.judging is not None:
        notes.append(f"Said in judging {given.judging}, ask {given.ask + 1}: kept apart, no figure goes by it.")
    if verdict.noisy:
        notes.append("Label noise turned this status over on purpose; the judge said the opposite.")
    if verdict.failure is not None:
        notes.append(f"The judge's call failed: {verdict.failure.message}")
    if given.learned:
        notes.append("Learning went by this verdict.")
    return notes


def _link(step: int, text: str, colours: Colours) -> str:
    return f'<a style="color:{colours.accent}" href="step:{step}">{escape(text)}</a>'
