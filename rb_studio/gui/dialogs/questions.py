"""The real dialogs behind `frame.Dialogs`."""

from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QInputDialog, QMessageBox, QWidget

CANCEL = "Cancel"


class QtDialogs:
    """Asks on screen; remembers the folder of the last file."""

    def __init__(self) -> None:
        self.parent: QWidget | None = None
        self._folder = str(Path.home())

    def open_files(self, title: str, pattern: str) -> list[Path]:
        """Existing files, none when cancelled."""
        names, _ = QFileDialog.getOpenFileNames(self.parent, title, self._folder, pattern)
        return [self._remember(Path(name)) for name in names]

    def open_folder(self, title: str) -> Path | None:
        """An existing folder, None when cancelled."""
        name = QFileDialog.getExistingDirectory(self.parent, title, self._folder)
        return self._remember(Path(name)) if name else None

    def save_file(self, title: str, proposal: str, pattern: str) -> Path | None:
        """A file to write, None when cancelled."""
        name, _ = QFileDialog.getSaveFileName(self.parent, title, str(Path(self._folder) / proposal), pattern)
        return self._remember(Path(name)) if name else None

    def ask(self, question: str, detail: str, answers: list[str]) -> str | None:
        """One of the answers; the first is the default, None when dismissed; a single answer stands beside Cancel.

        Escape dismisses where `Cancel` is among several answers, else it gives the first.
        """
        box = QMessageBox(self.parent)
        box.setWindowTitle("rb_studio")
        box.setText(question)
        box.setInformativeText(detail)
        buttons = {box.addButton(answer, QMessageBox.ButtonRole.AcceptRole): answer for answer in answers}
        if len(buttons) == 1:
            box.addButton(QMessageBox.StandardButton.Cancel)
        box.setDefaultButton(next(iter(buttons)))
        if len(buttons) > 1:
            box.setEscapeButton(next((one for one, answer in buttons.items() if answer == CANCEL), next(iter(buttons))))
        box.exec()
        chosen = next((answer for button, answer in buttons.items() if button is box.clickedButton()), None)
        return None if chosen == CANCEL else chosen

    def ask_text(self, title: str, label: str, text: str) -> str | None:
        """A line of text, None when cancelled."""
        value, given = QInputDialog.getText(self.parent, title, label, text=text)
        return value.strip() if given else None

    def _remember(self, path: Path) -> Path:
        self._folder = str(path.parent)
        return path
