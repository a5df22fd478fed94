"""Arms renamed in the room: every list, figure and file has the name, and the arm its colour."""

import csv
import json
import re

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialogButtonBox

from rb_studio.cli import pictures
from rb_studio.gui.frame import Frame
from rb_studio.gui.plots.ink import COLOURS
from rb_studio.gui.plots.looks import place_of
from rb_studio.gui.rooms.scaling.figures import FIGURES
from rb_studio.gui.rooms.scaling.rename_dialog import RenameDialog
from rb_studio.gui.rooms.scaling.view import ScalingRoom
from rb_studio.jobs.figure_files import write_csv
from rb_studio.jobs.recipe import read_recipe, rebuild
from rb_studio.records.recipe import CHANGES, GAIN, PRESETS


@pytest.fixture
def room(frame: Frame, qtbot) -> ScalingRoom:
    made = ScalingRoom(frame)
    qtbot.addWidget(made)
    frame.session.changed.connect(made.presenter.changed)
    frame.registry.add(*made.commands())
    made.resize(1100, 750)
    made.show()
    made.entered()
    frame.registry.enter("scaling")
    qtbot.waitUntil(lambda: bool(made.presenter.figures.pools) and made.panes["curves"].plot is not None)
    return made


def dialog_of(room: ScalingRoom, frame: Frame) -> RenameDialog:
    frame.registry.refresh()
    frame.registry.action("scaling.rename").trigger()
    return room.findChild(RenameDialog)


def test_a_name_goes_everywhere_and_the_colour_stays(room: ScalingRoom, frame: Frame, qtbot, tmp_path) -> None:
    presenter = room.presenter
    presenter.show_arm("reasoningbank", False)
    place = place_of(presenter.figures.arms, "none")
    dialog = dialog_of(room, frame)
    lines = {line.placeholderText(): line for line in dialog.names.values()}
    qtbot.keyClicks(lines["none"], "Baseline & <b>")
    qtbot.keyClicks(lines["reasoningbank"], "Ours")
    qtbot.mouseClick(dialog.buttons.button(QDialogButtonBox.StandardButton.Save), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: list(presenter.figures.arms) == ["Baseline & <b>", "Ours"])
    assert presenter.hidden_arms == {"Ours"}
    assert room.choices.arm_item(0).text() == "Baseline & <b>"
    assert place_of(presenter.figures.arms, "Baseline & <b>") == place
    frame.dialogs.saves = [tmp_path / "figure.svg", tmp_path / "figure.csv"]
    room.files.export("svg")
    room.files.export("csv")
    qtbot.waitUntil(lambda: len(frame.toast.said) == 2)
    text = (tmp_path / "figure.svg").read_text("utf-8")
    assert "Baseline &amp; &lt;b&gt;" in text
    assert COLOURS[place].lower() in text
    assert "1 arm not drawn: Ours" in " ".join(re.findall(r">([^<>]+)</text>", text))
    recipe = read_recipe(tmp_path / "figure.svg")
    rebuilt = rebuild(frame.session.workspace.reader(), recipe)
    with (tmp_path / "figure.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["series"] for row in rows] == [one.name for one in rebuilt.curves.series for _ in one.points]
    assert [float(row["low"]) for row in rows] == [p.low for one in rebuilt.curves.series for p in one.points]


def test_a_name_that_is_anothers_is_refused_in_place_and_an_empty_one_is_the_arms_own(
    room: ScalingRoom, frame: Frame, qtbot
) -> None:
    dialog = dialog_of(room, frame)
    first, second = dialog.names.values()
    first.setText("reasoningbank")
    dialog.save()
    assert "another arm" in dialog.problem.text()
    first.setText("x")
    second.setText("x")
    dialog.save()
    qtbot.waitUntil(lambda: "several arms" in dialog.problem.text())
    second.clear()
    dialog.save()
    qtbot.waitUntil(lambda: "x" in room.presenter.figures.arms)
    dialog = dialog_of(room, frame)
    next(iter(dialog.names.values())).clear()
    dialog.save()
    qtbot.waitUntil(lambda: list(room.presenter.figures.arms) == ["none", "reasoningbank"])


@pytest.mark.parametrize("name", [name for name in FIGURES if name not in (GAIN, CHANGES)])
def test_every_figure_of_the_room_has_a_recipe_that_rebuilds_its_numbers_to_the_byte(
    room: ScalingRoom, frame: Frame, qtbot, tmp_path, name: str
) -> None:
    chosen = {"truth": "both", "panels": True, "log2": True, "paper": True, "preset": "paper-174"}
    for option, value in chosen.items():
        room.choose(option, value)
    room.tabs.show_figure(name)
    qtbot.waitUntil(lambda: bool(room.presenter.figure(name).series))
    room.presenter.show_arm("none", False)
    frame.registry.refresh()
    for kind, ending in (("recipe", "json"), ("csv", "csv"), ("svg", "svg")):
        frame.dialogs.saves, frame.toast.said[:] = [tmp_path / f"figure.{ending}"], []
        frame.registry.action(f"scaling.export.{kind}").trigger()
        qtbot.waitUntil(lambda: bool(frame.toast.said))
    rebuilt = rebuild(frame.session.workspace.reader(), read_recipe(tmp_path / "figure.json"))
    write_csv(rebuilt.curves, tmp_path / "again.csv")
    drawing = pictures.Drawing(rebuilt.curves, rebuilt.places, read_recipe(tmp_path / "figure.svg"))
    pictures.save(drawing, {"svg": tmp_path / "again.svg"})
    assert (tmp_path / "again.svg").read_bytes() == (tmp_path / "figure.svg").read_bytes()
    assert (tmp_path / "again.csv").read_bytes() == (tmp_path / "figure.csv").read_bytes()
    assert rebuilt.notes == ()
    assert rebuilt.curves.series == room.front_pane.curves.series
    assert rebuilt.curves.caption.endswith("1 arm not drawn: none")


def test_files_have_the_size_that_was_chosen_and_it_is_kept(room: ScalingRoom, frame: Frame, qtbot, tmp_path) -> None:
    for preset in PRESETS[1:]:
        frame.registry.action(f"scaling.preset.{preset}").trigger()
        frame.dialogs.saves, frame.toast.said[:] = [tmp_path / f"{preset}.pdf"], []
        room.files.export("pdf")
        qtbot.waitUntil(lambda: bool(frame.toast.said))
        assert read_recipe(tmp_path / f"{preset}.pdf").preset == preset
    kept = json.loads(json.dumps(room.place_to_keep()))
    room.choose("preset", "drawn")
    room.presenter.restore(kept)
    assert room.presenter.preset == "slide"


def test_the_picture_is_copied_as_it_is_on_screen(room: ScalingRoom, frame: Frame, qtbot) -> None:
    room.files.copy_picture()
    qtbot.waitUntil(lambda: bool(frame.toast.said))
    image = QGuiApplication.clipboard().image()
    plot = room.panes["curves"].plot
    assert image.width() == pytest.approx(2 * plot.width(), abs=4)
