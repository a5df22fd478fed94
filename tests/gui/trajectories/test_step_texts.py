"""Changes of an observation, the state as of a step, fields as a tree."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtGui import QGuiApplication

from rb_studio.gui.rooms.trajectories.fields_panel import FieldsPanel, values_of
from rb_studio.gui.rooms.trajectories.json_tree import JsonTree
from rb_studio.gui.rooms.trajectories.opened import Opened
from rb_studio.gui.rooms.trajectories.state_of import DERIVED, STORED, UNKNOWN, state_of
from rb_studio.gui.rooms.trajectories.step_changes import (
    AT_START,
    BEFORE,
    DIFF_LINES,
    SAME,
    SAME_ACTION,
    TOO_LONG,
    changed_lines,
    changes_of,
)
from rb_studio.records.trajectory import State
from tests.gui.trajectories.samples import listed_row, run_row, step, trajectory

WRITE = "cat > /src/a.py <<'EOF'\nimport os\nEOF"
DIFF = "diff --git a/a.py b/a.py\n--- a/a.py\n+++ b/a.py\n@@ -1 +1 @@\n-old\n+new"


def rollout(*steps, **more) -> Opened:
    return Opened(listed_row(), trajectory(tuple(steps), **more), run_row())


def test_changes_show_added_and_removed_lines_and_what_they_are_compared_with() -> None:
    opened = rollout(
        step(1, "ls a", "same\nold"), step(2, "ls b", "same\nnew"), step(3, "ls c", "same\nnew"), first_observation="x"
    )
    late = changes_of(opened, 2)
    coloured = {late.text[one.start : one.start + one.length]: one.ink for one in late.stretches}
    assert (coloured["-old"], coloured["+new"]) == ("failure", "success")
    assert late.note == BEFORE.format(1)
    assert changes_of(opened, 3).text == SAME
    assert changes_of(opened, 1).note == AT_START


def test_output_is_compared_with_that_of_the_same_command_and_a_page_with_the_page_before() -> None:
    steps = (step(1, "pytest", "1 failed"), step(2, "sed -i x", "done"), step(3, "pytest ", "2 passed"))
    late = changes_of(rollout(*steps), 3)
    assert late.note == SAME_ACTION.format(1)
    assert "-1 failed" in late.text
    page = changes_of(rollout(*steps, first_observation="RootWebArea 'Shop'"), 3)
    assert page.note == BEFORE.format(2)


def test_texts_too_long_to_be_compared_say_so_unless_only_their_middles_differ() -> None:
    lines = [f"line {number}" for number in range(DIFF_LINES)]
    other = [f"other {number}" for number in range(DIFF_LINES)]
    opened = rollout(step(1, "a", "\n".join(lines)), step(2, "b", "\n".join(other)))
    assert changes_of(opened, 2).text == TOO_LONG
    assert changed_lines(lines, [*lines[:9000], "new", *lines[9000:]]) == [
        "@@ -8999,4 +8999,5 @@",
        " line 8998",
        " line 8999",
        "+new",
        " line 9000",
        " line 9001",
    ]


@settings(max_examples=60, deadline=None)
@given(before=st.lists(st.sampled_from("abc"), max_size=12), after=st.lists(st.sampled_from("abc"), max_size=12))
def test_applying_the_changes_to_what_was_before_gives_what_is_after(before: list[str], after: list[str]) -> None:
    made: list[str] = []
    at = 0
    for line in changed_lines(before, after) or []:
        if line.startswith("@@"):
            start, _, size = line.split(" ")[1][1:].partition(",")
            first = int(start) - (size != "0")
            made += before[at:first]
            at = first
        elif line[0] == "+":
            made.append(line[1:])
        else:
            assert before[at] == line[1:]
            made += [line[1:]] * (line[0] == " ")
            at += 1
    assert made + before[at:] == after


def test_a_stored_state_is_told_with_its_forms_and_its_changes() -> None:
    state = State("http://shop/cart", {"name": "Ada"}, {"cart": ["tea"]})
    late = state_of(rollout(replace(step(1), state=state)), 1)
    assert late.note == STORED
    assert "At: http://shop/cart" in late.text
    assert "name: Ada" in late.text
    assert '"tea"' in late.text


def test_folder_and_written_files_are_derived_from_commands_and_called_so() -> None:
    opened = rollout(step(1, WRITE), step(2, "cd /src && sed -i s/a/b/ a.py"), step(3, "echo hello"))
    late = state_of(opened, 2)
    assert late.note == DERIVED
    assert "Folder of this step's commands: /src" in late.text
    assert "--- step 1: /src/a.py\n+import os" in late.text
    assert "--- step 2\ncd /src && sed -i s/a/b/ a.py" in late.text
    assert "Folder" not in state_of(opened, 3).text
    assert "step 2" not in state_of(opened, 1).text


def test_a_printed_diff_stands_for_all_written_before_it() -> None:
    printed = f"<returncode>0</returncode>\n<output>\n{DIFF}\n</output>"
    opened = rollout(step(1, WRITE), step(2, "git diff", printed), step(3, "rm /src/old.py"))
    text = state_of(opened, 3).text
    assert f"Changes as step 2 printed them:\n{DIFF}\n" in text
    assert "</output>" not in text
    assert "step 1" not in text
    assert "Written since step 2:\n--- step 3\nrm /src/old.py" in text


def test_fields_written_to_on_a_foreign_page_are_derived_until_the_page_is_another() -> None:
    page = "RootWebArea 'Shop'\n  [5] textbox 'Name'"
    steps = (step(1, "fill('5', 'Ada')", page), step(2, "click('9')", page))
    opened = rollout(*steps, first_observation=page)
    assert "textbox 'Name': 'Ada'" in state_of(opened, 1).text
    assert state_of(opened, 2).text == UNKNOWN


def test_fields_are_a_tree_whose_values_are_looked_at_when_unfolded(qtmodeltester) -> None:
    model = JsonTree()
    value = {"step": {"text": "a\nb", "list": [1, {"deep": None}], "odd/~name": {}}, "other": 1.5}
    model.show_value(value)
    qtmodeltester.check(model, force_py=True)
    top = model.at(("step",))
    assert model.rowCount(top) == 3
    deep = model.at(("step", "list", "1", "deep"))
    assert model.node(deep).path == "/step/list/1/deep"
    assert deep.siblingAtColumn(1).data() == "null"
    assert model.node(model.at(("step", "odd/~name"))).path == "/step/odd~1~0name"
    assert model.at(("step", "gone", "x")) == top
    assert list(model.find("DEEP")) == [("step", "list", "1", "deep")]
    assert list(model.find("1.5")) == [("other",)]


def test_what_nobody_unfolds_is_not_looked_at() -> None:
    model = JsonTree()
    model.show_value({"wide": list(range(50_000))})
    assert model.rowCount(model.at(("wide",))) == 50_000
    assert model.node(model.at(("wide",))).children is None


@pytest.fixture
def fields(frame, qtbot) -> FieldsPanel:
    made = FieldsPanel(frame.theme)
    qtbot.addWidget(made, before_close_func=FieldsPanel.stop)
    made.resize(900, 400)
    made.show()
    return made


def test_fields_keep_what_is_unfolded_and_chosen_from_step_to_step(fields: FieldsPanel) -> None:
    steps = [replace(step(number), extra={"raw": {"n": number}}, pointer=f"/messages/{number}") for number in (1, 2)]
    opened = replace(rollout(*steps), source="/runs/a.traj.json")
    fields.show_step(opened, 1)
    chosen = fields.model.at(("step", "extra", "raw", "n"))
    fields.tree.expand(fields.model.at(("step", "extra", "raw")))
    fields.tree.setCurrentIndex(chosen)
    assert fields.text.edit.toPlainText() == "1"
    fields.show_step(opened, 2)
    assert fields.tree.isExpanded(fields.model.at(("step", "extra", "raw")))
    assert fields.text.edit.toPlainText() == "2"
    fields.copy_path()
    assert QGuiApplication.clipboard().text() == "/runs/a.traj.json#/messages/2"
    fields.tree.setCurrentIndex(fields.model.at(("step", "thought")))
    fields.copy_path()
    assert QGuiApplication.clipboard().text() == "/step/thought"
    fields.copy_value()
    assert QGuiApplication.clipboard().text() == "thought 2"


def test_words_are_found_in_fields_one_after_the_other(fields: FieldsPanel) -> None:
    opened = rollout(replace(step(1), extra={"a": "needle", "b": ["hay", "needle two"]}))
    fields.show_step(opened, 1)
    assert fields.find_words("NEEDLE")
    first = fields.model.node(fields.tree.currentIndex()).path
    assert fields.find_words("needle")
    assert (first, fields.model.node(fields.tree.currentIndex()).path) == ("/step/extra/a", "/step/extra/b/1")
    assert fields.find_words("needle")
    assert fields.model.node(fields.tree.currentIndex()).path == first
    assert not fields.find_words("nowhere")


def test_what_is_known_of_a_step_is_beside_what_is_known_of_its_rollout(practised_rollout: Opened) -> None:
    values = values_of(practised_rollout, 1)
    assert list(values) == ["step", "calls", "rollout"]
    assert values["step"]["thought"] == practised_rollout.step(1).thought
    assert "steps" not in values["rollout"]
    assert list(values_of(practised_rollout, 0)) == ["rollout"]


def test_late_texts_come_for_the_step_on_screen_only(room, keys, qtbot) -> None:
    panel = room.panels.step
    keys("S")
    qtbot.waitUntil(lambda: panel.state.text.edit.toPlainText().startswith("At: "))
    assert panel.state._note.isVisible()
    before = panel.state.text.edit.toPlainText()
    panel.show_late("state", 2, state_of(room.presenter.opened, 2))
    assert panel.state.text.edit.toPlainText() == before
    keys("D")
    qtbot.waitUntil(lambda: "+" in panel.changes.text.edit.toPlainText())
