"""What an item did: its counts and interval, the kind of evidence, the columns that tell it, and when it is old."""

from collections.abc import Mapping
from dataclasses import replace

import pytest
from pytestqt.qtbot import QtBot

from rb_studio.gui.frame import Frame
from rb_studio.gui.rooms.memories import effect_part, effect_words, reads
from rb_studio.gui.rooms.memories.columns import KEYS
from rb_studio.gui.rooms.memories.effect_bar import Drawn, EffectBar, extent
from rb_studio.gui.rooms.memories.effect_panel import EffectPanel
from rb_studio.gui.rooms.memories.effect_part import EffectPart
from rb_studio.gui.rooms.memories.view import MemoriesRoom
from rb_studio.gui.theme import Theme
from rb_studio.records.effect import EffectEstimate, ItemEffect
from rb_studio.store import curation
from rb_studio.store.items import ItemRow

HELPS = EffectEstimate(0.2, 0.05, 0.35, 0.7, 0.5, 0.1, 40, 96, 12, -0.8, -2.0, 0.4, "held out", "helps")
PAIRED = EffectEstimate(0.46, 0.27, 0.65, 0.83, 0.37, 0.3, 24, 24, 4, evidence="left out")
NOTHING = EffectEstimate(None, None, None, 0.7, None, None, 40, 0, 0)


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(effect_part, "PAUSE", 0)


def part_of(room: MemoriesRoom) -> EffectPart:
    return next(part for part in room.parts.all if isinstance(part, EffectPart))


def known(room: MemoriesRoom, qtbot: QtBot) -> EffectPart:
    part = part_of(room)
    qtbot.waitUntil(lambda: part.presenter.effects is not None and not part.presenter.standing())
    return part


def shown(room: MemoriesRoom, item: int, key: str) -> str:
    model = room.model
    return str(model.data(model.index(model.ids.index(item), KEYS.index(key))))


def used(room: MemoriesRoom, effects: Mapping[str, ItemEffect]) -> ItemRow:
    bank, conn = room.bank(), room.frame.session.workspace.reader()
    assert bank is not None
    return next(row for row in reads.rows(conn, bank, room.model.ids).values() if row.uid in effects)


def test_the_table_and_the_tab_tell_what_an_item_did(room: MemoriesRoom, frame: Frame, qtbot: QtBot) -> None:
    part = known(room, qtbot)
    assert part.presenter.effects
    row = used(room, part.presenter.effects)
    effect = part.presenter.effects[row.uid]
    room.table.choose(row.id)
    qtbot.waitUntil(lambda: room.editing.item_id == row.id)
    frame.registry.action("memory.effect").trigger()

    panel = part.panel
    qtbot.waitUntil(lambda: panel.isVisible() and panel.badge.isVisible())
    assert panel.counts[0].text() == str(effect.retrieved)
    assert panel.counts[3].text() == "\u2013"
    assert shown(room, row.id, "retrieved") == str(effect.retrieved)
    assert shown(room, row.id, "effect") == effect_words.points(effect.estimate.difference)
    assert shown(room, row.id, "evidence").startswith(effect_words.BADGES[effect.estimate.evidence])


def test_items_are_listed_by_the_lower_bound_those_that_cannot_be_told_last(
    room: MemoriesRoom, frame: Frame, qtbot: QtBot
) -> None:
    part = known(room, qtbot)
    bank = room.bank()
    row = used(room, part.presenter.effects or {})
    made = {row.uid: ItemEffect(9, 9, 0, None, 40, HELPS)}
    part.presenter.effects = made
    part.presenter.stale = False
    assert bank is not None
    room.table.header.reveal("low", "evidence")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("rb_studio.jobs.effects.effects", lambda *_args, **_more: made)
        part.presenter.compute()
        qtbot.waitUntil(lambda: not part.presenter.standing())
        frame.registry.action("memory.effect.best").trigger()
        qtbot.waitUntil(lambda: room.model.ids[:1] == [row.id] and room.presenter.order == "low")
        room.presenter.set_query("effect:>0.1")
        qtbot.waitUntil(lambda: room.model.ids == [row.id])
    assert shown(room, row.id, "low") == "+5.0"
    assert shown(room, row.id, "evidence") == "\u25d1 held out \u25b2 helps"
    room.table.header.setSortIndicator(KEYS.index("evidence"), room.table.header.sortIndicatorOrder())
    assert room.table.header.sortIndicatorSection() == KEYS.index("low")
    room.table.selectAll()
    bank_rows = room.table.shown_columns()
    assert "evidence" in bank_rows


def test_an_edit_makes_effects_old_until_they_are_worked_out_again(
    room: MemoriesRoom, frame: Frame, qtbot: QtBot
) -> None:
    part = known(room, qtbot)
    seen: list[str] = []
    kept = part.show_effects
    part.presenter._view = part
    part.show_effects = lambda effects, standing: (seen.append(standing), kept(effects, standing))[0]  # type: ignore
    item, bank = room.model.ids[0], room.bank()
    row = reads.rows(frame.session.workspace.reader(), bank, [item])[item]
    text = replace(row, title="Another title")
    frame.session.operate(lambda db: curation.edit_item(db, bank, item, text))
    qtbot.waitUntil(lambda: bool(seen) and seen[-1] == "")

    assert effect_words.DASH not in seen
    assert any("before the last change" in one for one in seen)


def test_the_panel_says_why_nothing_can_be_told_and_what_to_do(qtbot: QtBot) -> None:
    panel = EffectPanel(Theme("light"))
    qtbot.addWidget(panel)
    row = ItemRow(1, "u", "Title", "When", "What", "active", "success", (), (), 0, 1, "e", "t", "judge",
                  "reasoningbank", "m", True, "2026-01-02T03:04:05.000000Z")  # fmt: skip
    panel.show_effect(row, None)
    assert "never retrieved" in panel.why.text()
    assert "Withhold" in panel.todo.text()
    assert panel.success.isHidden()
    panel.show_effect(replace(row, state="archived"), None)
    assert "archived" in panel.why.text()
    panel.show_effect(row, ItemEffect(3, 0, 3, None, 0, NOTHING))
    assert "never given" in panel.why.text()
    panel.show_effect(row, ItemEffect(3, 3, 0, None, 0, NOTHING))
    assert "graded" in panel.why.text()
    panel.show_effect(row, ItemEffect(3, 3, 0, None, 40, NOTHING))
    assert "two tasks" in panel.why.text()
    assert panel.compared.text() == "With it 70.0 % (40 rollouts)"

    panel.show_effect(row, ItemEffect(9, 8, 1, 2, 40, HELPS))
    assert panel.why.isHidden()
    assert panel.flag.text() == "\u25b2 helps"
    assert [label.text() for label in panel.counts] == ["9", "8", "1", "2"]
    assert panel.difference.text() == "Success: +20.0 points, 90 % interval +5.0 to +35.0"
    assert "+10.0" in panel.shrunk.text()
    assert panel.steps_said.text() == "Steps: \u22120.8, 90 % interval \u22122.0 to +0.4"
    assert "a lot decided" in panel.means.text()
    assert not panel.simulated.isHidden()
    panel.show_effect(replace(row, simulated=False), ItemEffect(9, 8, 1, 2, 40, replace(PAIRED, shrunk=None)))
    assert panel.simulated.isHidden()
    assert "24 pairs" in panel.compared.text()
    assert "under Tests" in panel.steps_said.text()
    assert panel.shrunk.isHidden()
    panel.show_effect(row, ItemEffect(9, 8, 1, 2, 40, HELPS))
    assert "cannot say" in panel.means.text()


@pytest.mark.parametrize("evidence", ["none", "observed", "held out", "left out"])
def test_every_kind_of_evidence_has_a_sign_and_a_sentence(evidence: str) -> None:
    assert effect_words.BADGES[evidence].endswith(evidence if evidence != "none" else "no evidence")
    assert effect_words.MEANS[evidence].endswith(".")


def test_the_bar_has_everything_on_its_scale_and_zero_in_the_middle(qtbot: QtBot) -> None:
    bar = EffectBar(Theme("dark"), "Difference")
    qtbot.addWidget(bar)
    bar.resize(300, bar.sizeHint().height())
    bar.show_drawn(Drawn(0.2, -0.05, 0.45, 0.1), "said")
    assert bar.accessibleDescription() == "said"
    assert extent(bar.drawn) == 0.5
    assert extent(Drawn(0.2, -0.05, 0.9)) == 1.0
    assert extent(Drawn(3.0, -7.5, 9.0, of=1.0)) == 10.0
    picture = bar.grab().toImage()
    colours = {picture.pixelColor(x, picture.height() // 3).name() for x in range(0, picture.width())}
    assert len(colours) > 2
