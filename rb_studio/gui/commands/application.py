"""The commands of the application itself; those of the rooms come with the rooms."""

from functools import partial
from typing import TYPE_CHECKING

from rb_studio.gui.commands.registry import Command
from rb_studio.gui.widgets.toast import TAKE

if TYPE_CHECKING:
    from rb_studio.gui.desk import Desk
    from rb_studio.gui.studio import Studio

THEMES = ("system", "light", "dark")
MESSAGE = "Do what the &message offers"
NOTHING = "The room on screen has nothing to take back."


def application_commands(studio: "Studio", desk: "Desk") -> list[Command]:
    """Everything that is offered in every room, and without a workspace where that makes sense."""
    return [*_files(studio, desk), *_edits(studio), *_views(studio, desk), *_runs(studio, desk), *_help(desk)]


def _files(studio: "Studio", desk: "Desk") -> list[Command]:
    return [
        Command("file.new", "&New workspace\u2026", desk.ask_new, "File", 0, "Ctrl+N", "add"),
        Command("file.open", "&Open\u2026", desk.ask_open, "File", 0, "Ctrl+O", "open"),
        Command("file.open_folder", "Open a &folder\u2026", desk.ask_open_folder, "File", 0, "Ctrl+Shift+O"),
        Command("file.practice", "&Practice workspace", studio.open_practice, "File", 1),
        Command("file.settings", "&Settings\u2026", desk.show_settings, "File", 8, "Ctrl+,", "settings"),
        Command("file.quit", "&Quit", desk.quit, "File", 9, "Ctrl+Q"),
    ]


def _edits(studio: "Studio") -> list[Command]:
    made = []
    for redo, word, keys in ((False, "undo", "Ctrl+Z"), (True, "redo", "Ctrl+Shift+Z|Ctrl+Y")):
        made.append(
            Command(
                f"edit.{word}",
                f"&{word.capitalize()}",
                partial(studio.undo, redo),
                "Edit",
                0,
                keys,
                word,
                enabled=partial(studio.can_undo, redo),
                why_not=NOTHING,
                shown_title=partial(studio.undo_title, redo),
            )
        )
    return made


def _views(studio: "Studio", desk: "Desk") -> list[Command]:
    themes = [
        Command(
            f"view.theme.{choice}",
            f"Theme: {choice}",
            partial(studio.choose_theme, choice),
            "View",
            5,
            checked=partial(studio.is_theme, choice),
        )
        for choice in THEMES
    ]
    return [
        Command("view.log", "&Log", desk.toggle_log, "View", 4, "Ctrl+Shift+L", "log", checked=desk.log_shown),
        Command("view.full_screen", "&Full screen", desk.full_screen, "View", 4, "F11", checked=desk.is_full_screen),
        *themes,
        Command(
            "view.message",
            MESSAGE,
            studio.take_message,
            "View",
            6,
            TAKE,
            enabled=studio.has_message,
            why_not="No message with something to do is on screen.",
            shown_title=studio.message_title,
        ),
        Command("view.palette", "All &commands\u2026", desk.show_palette, "View", 6, "Ctrl+Shift+P", "search"),
    ]


def _runs(studio: "Studio", desk: "Desk") -> list[Command]:
    return [
        Command(
            "run.ask",
            "&Run\u2026",
            desk.ask_run,
            "Run",
            0,
            "Ctrl+R",
            "run",
            enabled=desk.can_ask_run,
            why_not="No workspace is open.",
            instead_of="run.start",
        ),
        Command(
            "run.resume",
            "Resume what was &interrupted",
            studio.resume,
            "Run",
            9,
            enabled=studio.can_resume,
            why_not="No run was interrupted, or a job is running.",
        ),
        Command(
            "run.stop",
            "&Stop the job",
            studio.stop_job,
            "Run",
            9,
            "Ctrl+.",
            "stop",
            enabled=studio.job_runs,
            why_not="No job is running.",
        ),
    ]


def _help(desk: "Desk") -> list[Command]:
    return [
        Command("help.shortcuts", "&Keys\u2026", desk.show_shortcuts, "Help", 0, "?|F1|Ctrl+?"),
        Command("help.about", "&About rb_studio", desk.show_about, "Help", 1, "", "about"),
    ]
