"""What a part of the room may bring, what it is told, and what it may ask."""

from collections.abc import Mapping
from typing import Any, ClassVar

import pytest
from PySide6.QtWidgets import QLabel

from rb_studio.gui.commands.binding import Binding, bind
from rb_studio.gui.commands.declared import Declared
from rb_studio.gui.rooms.room import Place
from rb_studio.gui.rooms.trajectories import part_set
from rb_studio.gui.rooms.trajectories.parts import Part, Stage, Tab

SLOTS = ("left", "centre", "side", "below")


class Probe(Part):
    """Remembers what it was told."""

    made: ClassVar[list["Probe"]] = []

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        self.stage, self.told, self.panel = stage, [], QLabel(self.tab.name)
        self.made.append(self)

    def widget(self) -> QLabel:
        return self.panel

    def joined(self) -> None:
        self.told.append("connected")

    def show_rollout(self, opened) -> None:
        self.told.append(("rollout", opened.row.uid if opened else None))

    def show_step(self, step: int) -> None:
        self.told.append(("step", step))

    def takes(self, target: Mapping[str, Any]) -> bool:
        taken = self.tab.name in target
        if taken:
            self.stage.bring(self.tab.name)
        return taken

    def changed(self, change) -> None:
        self.told.append(("changed", change.tables))

    def redraw(self) -> None:
        self.told.append("redraw")

    def place_to_keep(self) -> dict[str, Any]:
        return {"seen": len(self.told)}

    def restore_place(self, kept: dict[str, Any]) -> None:
        self.told.append(("restored", kept))

    def closing(self) -> None:
        self.told.append("stopped")


class Wide(Probe):
    tab = Tab("centre", "wide", "Wide", wide=True)
    undo_scope = "annotations"

    def commands(self):
        act = Declared("trajectories.probe", "Probe", "Trajectory", "Ctrl+J")
        return bind((act,), "trajectories", {act.id: Binding(self._act, self._shown)})

    def _act(self) -> None:
        self.told.append("acted")

    def _shown(self) -> bool:
        return self.panel.isVisible()


@pytest.fixture
def probes(monkeypatch) -> list[Probe]:
    kinds = [type(f"Probe{slot}", (Probe,), {"tab": Tab(slot, f"probe {slot}", slot)}) for slot in SLOTS]
    Probe.made = []
    monkeypatch.setattr(part_set, "PARTS", (*part_set.PARTS, *kinds, Wide))
    return Probe.made


def test_parts_stand_where_their_tabs_say_and_are_told_what_is_shown(probes, room, qtbot) -> None:
    panels, opened = room.panels, room.presenter.opened
    assert all(one.told[0] == "connected" and ("rollout", opened.row.uid) in one.told for one in probes)
    room.presenter.jump(2)
    assert all(one.told[-1] == ("step", 2) for one in probes)
    left, centre, side, below, wide = probes
    assert below.panel.isVisible()
    for one in (left, centre, side):
        assert not one.panel.isVisible()
        room.stage.bring(one.tab.name)
        assert one.panel.isVisible()
    assert panels.shown == "probe centre"
    room.stage.bring("step")
    assert panels.step.isVisible()
    room.parts.changed(type("Change", (), {"tables": ("annotation",)})())
    assert wide.told[-1] == ("changed", ("annotation",))
    room.frame.theme.choose("dark")
    assert wide.told[-1] == "redraw"


def test_a_wide_page_has_the_room_and_the_keys_of_stepping_until_it_is_left(probes, room, frame) -> None:
    wide, panels = probes[-1], room.panels
    before = frame.registry.action("trajectories.next")
    assert before.isEnabled()
    room.stage.bring("wide")
    assert (panels.list_shown, panels.details_shown, panels.scrub.isVisible()) == (False, False, False)
    assert not before.isEnabled()
    frame.registry.action("trajectories.probe").trigger()
    assert wide.told[-1] == "acted"
    panels.resize(700, 500)
    panels.resize(1190, 700)
    assert not panels.list_shown
    room.stage.bring("step")
    assert (panels.list_shown, panels.details_shown, panels.scrub.isVisible()) == (True, True, True)
    assert before.isEnabled()
    room.stage.bring("wide")
    room.stage.bring("details")
    assert panels.step.isVisible()


def test_a_place_goes_to_the_part_that_takes_it(probes, room) -> None:
    room.show_place({"probe side": [1]})
    assert probes[2].panel.isVisible()
    room.show_place({"wide": True})
    assert probes[-1].panel.isVisible()
    room.show_place({"rollout": room.presenter.opened.row.uid, "step": 2, "steps": [2, 3, 999]})
    assert room.panels.step.isVisible()


def test_places_of_parts_are_kept_and_given_back_and_a_damaged_one_is_left_out(probes, room) -> None:
    kept = room.place_to_keep()
    assert kept["parts"]["wide"] == {"seen": len(probes[-1].told)}
    room.restore_place({**kept, "parts": {"wide": {"seen": 7}, "probe left": "damaged", "gone": {}}})
    assert ("restored", {"seen": 7}) in probes[-1].told
    assert not any(isinstance(one, tuple) and one[0] == "restored" for one in probes[0].told)
    assert room.undo_scope() == "annotations"


def test_what_a_part_asks_of_the_stage(probes, room, went, qtbot) -> None:
    stage, panels = probes[0].stage, room.panels
    assert stage.opened is room.presenter.opened
    stage.jump(2)
    assert stage.step == 2
    assert stage.selection().steps == (2,)
    stage.select_steps((3, 2, 999))
    assert stage.selection().steps == (2, 3)
    assert "selected" in panels.scrub.tick_text(3)
    stage.jump(1)
    assert stage.selection().steps == (1,)
    stage.mark("labels", {1: "wrong page"})
    assert "label: wrong page" in panels.scrub.tick_text(1)
    stage.go(Place("memories", {}))
    assert [place.room for place in went] == ["memories"]
    qtbot.waitUntil(lambda: stage.chosen() == (room.presenter.opened.id,))
    other = room.presenter.opened.siblings[-1] if len(room.presenter.opened.siblings) > 1 else None
    stage.focus()
    assert panels.scrub.hasFocus()
    assert other is None or other.uid


def test_marks_are_gone_with_the_rollout(probes, room, qtbot) -> None:
    before = room.presenter.opened.row.uid
    room.stage.mark("divergence", {1: "apart"})
    room.actions_.next_rollout()
    qtbot.waitUntil(lambda: room.presenter.opened.row.uid != before)
    assert "apart" not in room.panels.scrub.tick_text(1)


def test_who_judges_blind_sees_neither_verdict_nor_truth(room) -> None:
    panels = room.panels
    room.stage.set_blind(True)
    assert room.stage.blind
    assert "hidden" in panels.step.head.judged.accessibleName()
    assert "hidden" in panels.details.browser.toPlainText()
    assert "cited" not in panels.scrub.tick_text(1)
    room.presenter.refresh()
    room.stage.set_blind(False)
    assert "hidden" not in panels.step.head.judged.accessibleName()


def test_steps_are_selected_by_keyboard_and_a_plain_step_ends_it(room, keys) -> None:
    presenter = room.presenter
    count = presenter.opened.count
    keys("Shift+J")
    assert presenter.selected == (1, 2)
    assert presenter.step == 2
    keys("Shift+K")
    assert presenter.selected == (1,)
    room.panels.scrub.toggled.emit(count)
    assert presenter.selected == (1, count)
    keys("J")
    assert presenter.selected == ()
