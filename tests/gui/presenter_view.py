"""A view without widgets: what every room that reads figures lets its presenter set."""


class ReadingView:
    """Keeps the last of what was set."""

    def __init__(self) -> None:
        self.error, self.later = "", 0

    def show_error(self, sentence):
        self.error = sentence

    def refresh_later(self):
        self.later += 1

    def reading_begun(self):
        pass

    def reading_finished(self):
        pass
