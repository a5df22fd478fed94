"""The import dialog: guesses marked as such, changeable, said in place when they cannot be."""

import json
from pathlib import Path

import pytest

from rb_studio.gui.dialogs.choosing import value
from rb_studio.gui.dialogs.import_form import ImportForm, cell, for_window
from rb_studio.gui.dialogs.import_tasks import ImportTasksDialog
from rb_studio.gui.frame import Frame
from rb_studio.store import suites

CSV = "nr;Question;Expected Answer;subject\n7;2 + 2?;4;maths\n8;3 + 3?;6;maths\n"


@pytest.fixture
def opened(frame: Frame, shown, tmp_path: Path, qtbot):
    """Opens the dialog on a file of this text and waits for its first word."""

    def on(text: str, name: str = "sums.csv") -> ImportTasksDialog:
        path = tmp_path / name
        path.write_text(text, "utf-8")
        dialog = shown(ImportTasksDialog(frame, path))
        qtbot.waitUntil(lambda: dialog._import.isEnabled() or bool(dialog.problem()))
        return dialog

    return on


def headers(dialog: ImportTasksDialog) -> list[str]:
    return [dialog.rows.horizontalHeaderItem(column).text() for column in range(dialog.rows.columnCount())]


def test_guesses_are_made_marked_and_shown_over_the_first_rows(opened) -> None:
    dialog = opened(CSV)
    assert {one: value(box) for one, box in dialog.columns.items() if value(box) not in ("", "\u2013")} == {
        "text": "Question",
        "answer": "Expected Answer",
    }
    assert [dialog._marks[one].text() for one in ("text", "answer", "site")] == ["guessed", "guessed", ""]
    assert headers(dialog)[1] == "Question\n\u2192 Task text (guessed)"
    assert headers(dialog)[3] == "subject\n(not used)"
    assert dialog.rows.item(0, 1).text() == "2 + 2?"
    assert dialog.result() == "2 tasks as the suite sums, graded by number."


def test_a_mapping_is_changed_and_no_longer_a_guess(opened, frame: Frame, qtbot) -> None:
    dialog = opened(CSV)
    dialog.columns["site"].setCurrentIndex(dialog.columns["site"].findData("subject"))
    dialog.columns["answer"].setCurrentIndex(0)
    dialog.name.setText("mine")
    qtbot.waitUntil(lambda: dialog.result() == "2 tasks as the suite mine, graded by none.")
    assert headers(dialog)[3] == "subject\n\u2192 Site"
    dialog._import.click()
    with qtbot.waitSignal(dialog.imported) as told:
        pass
    assert told.args == ["mine"]
    conn = frame.session.workspace.reader()
    assert [(task.text, task.site) for task in suites.tasks(conn, "mine")] == [("2 + 2?", "maths"), ("3 + 3?", "maths")]


def test_without_a_text_column_import_waits(opened) -> None:
    dialog = opened("a,b\n1,2\n")
    assert dialog.problem() == "Choose the column that holds the text of the tasks."
    assert not dialog._import.isEnabled()


def test_a_column_stands_for_one_field(opened) -> None:
    dialog = opened(CSV)
    dialog.columns["site"].setCurrentIndex(dialog.columns["site"].findData("Question"))
    assert dialog.problem() == "The column Question is chosen twice."


def test_a_name_that_cannot_be_is_said_and_mended(opened, qtbot) -> None:
    dialog = opened(CSV)
    dialog.name.setText("a/b")
    qtbot.waitUntil(lambda: "cannot name a suite" in dialog.problem())
    dialog.name.setText("ab")
    qtbot.waitUntil(lambda: dialog._import.isEnabled())


def test_an_environment_that_is_not_here_is_said_before_importing(opened, qtbot) -> None:
    dialog = opened(CSV)
    dialog.environment.setCurrentIndex(dialog.environment.findData("browser"))
    qtbot.waitUntil(lambda: "not run" in dialog.result())
    assert dialog._import.isEnabled()


def test_known_formats_need_no_mapping(opened) -> None:
    task = {"sites": ["shopping"], "intent": "Buy", "eval": {}, "intent_template_id": 1, "task_id": 4}
    dialog = opened(json.dumps([task]), "web.json")
    assert not dialog.columns["text"].isVisible()
    assert [dialog.rows.item(0, column).text() for column in range(4)] == ["4", "Buy", "shopping", "1"]
    assert "1 task as the suite webarena" in dialog.result()
    assert "webarena/shopping" in dialog.result()


@pytest.mark.parametrize("text", ["", "{", "just words", "a,b\n1,2,3\n"])
def test_a_file_that_cannot_be_read_is_explained(opened, text: str) -> None:
    dialog = opened(text)
    assert "sums.csv" in dialog.problem()
    assert not dialog._import.isEnabled()


def test_remarks_of_the_reader_are_shown_and_guesses_not_twice(opened) -> None:
    dialog = opened("question,answer\n2 + 2?,4\n,5\n3 + 3?,\n")
    assert "left out, having no text: 1" in dialog.result()
    assert "guessed" not in dialog.result()


def test_cells_are_one_line_of_plain_text() -> None:
    assert (cell(None), cell("a\nb"), cell([1, {"x": "é"}])) == ("", "a b", '[1, {"x": "é"}]')
    assert len(cell("x" * 1000)) == 121


def test_nothing_is_guessed_where_nothing_is_mapped() -> None:
    assert not ImportForm(Path("x"), columns={"text": ""}).guessed("text")


def test_what_becomes_of_a_stored_suite_of_that_name_is_said_before(opened, frame: Frame, qtbot) -> None:
    first = opened(CSV)
    first._import.click()
    qtbot.waitUntil(lambda: frame.toast.said == ["Imported 2 tasks as sums."])
    again = opened("Question;Expected Answer\n2 + 2?;4\n", "other.csv")
    again.name.setText("sums")
    told = "The suite is there already: 1 of its 2 tasks are brought up to date, 1 that the file lacks leave the list"
    qtbot.waitUntil(lambda: told in again.result())


def test_an_import_can_be_undone_from_its_toast(opened, frame: Frame, qtbot) -> None:
    opened("question,answer\n1 + 1?,2\n", "one.csv")._import.click()
    qtbot.waitUntil(lambda: frame.toast.said == ["Imported 1 task as one."])
    frame.toast.act()
    qtbot.waitUntil(lambda: suites.tasks(frame.session.workspace.reader(), "one") == [])


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "is empty"),
        ("question,answer\nWo ist K\xf6ln?,Rhein\n".encode("latin-1"), "line 2"),
        ("question,answer\nWo?,Rhein\n".encode("utf-16"), "UTF-16"),
        (b'{"question": "a"}\n{"question": \n', "line 2"),
        (b"question,answer\na,b,c\n", "line 2"),
        (b'question,answer\n"a,b\n', "line 2"),
        (b"PAR1" + bytes(30), "Parquet"),
    ],
)
def test_files_that_cannot_be_read_say_where_and_what_to_do(
    frame: Frame, shown, tmp_path: Path, qtbot, data: bytes, sentence: str
) -> None:
    path = tmp_path / "tasks.csv"
    path.write_bytes(data)
    dialog = shown(ImportTasksDialog(frame, path))
    qtbot.waitUntil(lambda: bool(dialog.problem()))
    assert sentence in dialog.problem()
    assert not dialog._import.isEnabled()


def test_a_byte_order_mark_is_no_part_of_the_first_column(opened) -> None:
    dialog = opened("\ufeffquestion,answer\nWo ist K\xf6ln?,am Rhein\n")
    assert value(dialog.columns["text"]) == "question"
    assert dialog.rows.item(0, 0).text() == "Wo ist K\xf6ln?"


def test_sentences_speak_of_fields_and_not_of_options() -> None:
    for sentence, told in (
        ("the name practice belongs to a built-in suite; choose another with --name", "choose another"),
        ("'a/b' cannot name a suite; choose --name without / and @", "choose name without / and @"),
        ("the grader exact needs answers, and x.csv has none; write --map answer=COLUMN", "choose the answer column"),
        ("there is no column; map another one to text with --map text=COLUMN", "map another one to text"),
    ):
        assert for_window(sentence).endswith(told)
        assert "--" not in for_window(sentence)
