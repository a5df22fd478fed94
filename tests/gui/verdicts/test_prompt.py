"""The judge's prompt in its editor."""

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QWidget

from rb_studio.gui.frame import Frame
from rb_studio.gui.rooms.verdicts.prompt_dialog import PromptDialog
from rb_studio.store import prompts


@pytest.fixture
def dialog(frame: Frame, qtbot) -> Iterator[PromptDialog]:
    window = QWidget()
    qtbot.addWidget(window)
    made = PromptDialog(frame, window)
    made.show()
    qtbot.waitUntil(lambda: made.text.toPlainText() != "" and "As packaged" in made.diff.toPlainText())
    yield made
    del window


def test_a_kept_text_is_in_force_and_the_packaged_one_comes_back(dialog, frame, qtbot) -> None:
    packaged, conn = dialog.text.toPlainText(), frame.session.workspace.reader()
    assert not dialog.keep.isEnabled()
    dialog.text.setPlainText(f"{packaged}\nBe strict about <b>dates</b>.")
    qtbot.waitUntil(lambda: "Be strict about <b>dates</b>." in dialog.diff.toPlainText())
    dialog.keep.click()
    name = dialog.name.currentText()
    qtbot.waitUntil(lambda: "strict" in prompts.prompt_texts(conn).get(name, ""))
    qtbot.waitUntil(lambda: "strict" in dialog._offer.in_force(name))
    dialog.version.setCurrentIndex(1)
    dialog.version.activated.emit(1)
    assert dialog.text.toPlainText() == packaged
    dialog.keep.click()
    qtbot.waitUntil(lambda: prompts.prompt_texts(conn) == {})


def test_a_text_that_cannot_be_a_prompt_is_refused_with_the_reason_and_not_dropped_unasked(dialog, frame, qtbot):
    dialog.text.setPlainText("Judge.")
    qtbot.waitUntil(lambda: dialog.problem.isVisible())
    assert not dialog.keep.isEnabled()
    dialog.reject()
    assert dialog.isVisible()
    name = dialog.name.currentIndex()
    dialog.name.setCurrentIndex(name + 1)
    dialog.name.activated.emit(name + 1)
    assert (dialog.name.currentIndex(), dialog.text.toPlainText()) == (name, "Judge.")
    frame.dialogs.answers.append("Discard")
    dialog.reject()
    assert frame.dialogs.asked
