"""Finding by pictures: the first items at once, what is said of a meaning, and what is not known yet."""

from collections.abc import Callable

import pytest
from pytestqt.qtbot import QtBot

from rb_studio.gui.frame import Frame
from rb_studio.gui.rooms.memories.item_model import ItemModel
from rb_studio.gui.rooms.memories.kept_rows import FEW, MOST_RANGES, Places
from rb_studio.gui.rooms.memories.notes import note, waiting
from rb_studio.gui.rooms.memories.pictures import BEGINNING, KEPT, Pictures
from rb_studio.gui.rooms.memories.presenter import MemoriesPresenter
from rb_studio.gui.rooms.memories.reads import Found, first
from rb_studio.gui.rooms.memories.table import ItemTable
from rb_studio.gui.theme import LIGHT
from rb_studio.jobs import effects
from rb_studio.records.effect import EffectEstimate, ItemEffect
from rb_studio.store import banks
from rb_studio.store.items import ItemFilter, item_ids
from tests.gui.memories.test_presenter import Shown, presenter, slow, until, view

__all__ = ["presenter", "slow", "until", "view"]
Until = Callable[[Callable[[], bool]], None]


def test_a_list_comes_with_its_first_rows(frame: Frame, presenter: MemoriesPresenter) -> None:
    conn, pictures, bank = frame.session.workspace.reader(), Pictures(), presenter.bank
    assert bank is not None
    assert not pictures.ready(bank)
    found = pictures.find(conn, bank, ItemFilter(), "id", True)

    assert found.ids == item_ids(conn, bank, descending=True)
    assert list(found.rows) == sorted(found.ids[:BEGINNING])
    assert pictures.ready(bank)
    begun = first(conn, bank, ItemFilter(), "id", True)
    assert begun.ids == found.ids[:100]
    assert not begun.whole


def test_only_the_pictures_looked_at_last_are_kept(frame: Frame) -> None:
    workspace, pictures = frame.session.workspace, Pictures()
    made = [workspace.run(lambda db, n=n: banks.create_bank(db, f"b{n}", "awm")) for n in range(KEPT + 1)]
    for bank in made:
        pictures.find(workspace.reader(), bank, ItemFilter(), "id", False)

    assert [pictures.ready(bank) for bank in made] == [False] + KEPT * [True]


def test_the_first_items_stand_until_all_are_here_and_never_after(
    presenter: MemoriesPresenter, view: Shown, frame: Frame
) -> None:
    every = list(view.ids)
    presenter._begin(presenter._asked, Found(every[:2], whole=False))
    assert view.ids == every

    presenter._found = None
    presenter._begin(presenter._asked - 1, Found(every[:2], whole=False))
    assert view.ids == every
    presenter._begin(presenter._asked, Found(every[:2], whole=False))
    assert view.ids == every[:2]
    assert view.count.startswith("\u2026 of")


def test_choices_and_what_is_left_out_are_found(presenter: MemoriesPresenter, view: Shown, until: Until) -> None:
    every = set(view.ids)
    presenter.set_query("polarity:success")
    until(lambda: set(view.ids) < every)
    won = set(view.ids)
    presenter.set_query("-polarity:success")
    until(lambda: set(view.ids) == every - won)
    presenter.set_query("polarity:success OR polarity:failure")
    until(lambda: set(view.ids) >= won and view.ids != [])
    presenter.set_query('sort -~"x"')
    assert "cannot be left out (at character 6)" in view.note


def test_likeness_is_bounded_and_a_cut_meaning_says_so(
    presenter: MemoriesPresenter, view: Shown, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    from rb_studio.gui.rooms.memories import meaning

    monkeypatch.setattr(meaning, "NEAREST", 3)
    presenter.set_query('~ "sort the table"')
    until(lambda: view.likeness is not None and len(view.ids) == 3)
    assert "The 3 nearest in meaning of" in view.note
    assert "sim:>0.5" in view.note

    presenter.set_query('sim:>-1 ~ "sort the table"')
    until(lambda: len(view.ids) > 3)
    everything = dict(view.likeness or {})
    bound = sorted(everything.values())[len(everything) // 2]
    presenter.set_query(f'sim:>{bound:.6f} ~ "sort the table"')
    until(lambda: 0 < len(view.ids) < len(everything))
    assert set(view.ids) == {item for item, cosine in everything.items() if cosine > round(bound, 6)}


def test_what_items_did_finds_none_until_it_is_known(
    presenter: MemoriesPresenter, view: Shown, until: Until, frame: Frame, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(effects, "effects", lambda conn, bank_id: {})
    presenter.set_query("effect:<0")
    until(lambda: view.ids == [])
    assert "not known yet" in view.note

    bank = presenter.bank
    assert bank is not None
    uid = frame.session.workspace.reader().execute("SELECT uid FROM memory_item ORDER BY id").fetchone()[0]
    estimate = EffectEstimate(-0.2, -0.4, -0.1, 0.3, 0.5, -0.1, 9, 9, 3)
    presenter.set_effects(bank, {uid: ItemEffect(4, 3, 1, None, 9, estimate)})
    until(lambda: len(view.ids) == 1)
    assert view.note == ""


def test_a_field_that_waits_says_for_what() -> None:
    assert "a run's number" in waiting("run:")
    assert "sim:>0.6 ~" in waiting("sim:>0.5 sort")
    assert waiting("sim:>0.5 ~ x") == ""
    assert "a date" in note(Found([]), "-created:", True)[0]


def test_banks_are_named_at_once_and_counted_after(presenter: MemoriesPresenter, view: Shown, until: Until) -> None:
    until(lambda: view.banks[0].items is not None)
    assert view.banks[0].items == len(view.ids)


def test_rows_are_looked_up_one_by_one_and_then_laid_out() -> None:
    ids = list(range(100, 0, -1))
    places = Places(ids)

    assert [places.get(item) for item in (100, 1, 0, 50, 51, 52, 101)] == [0, 99, None, 50, 49, 48, None]
    assert len(places._asked) == FEW
    assert list(places) == ids
    assert len(places) == 100
    assert "x" not in places
    with pytest.raises(KeyError):
        places[0]


def test_what_is_selected_stays_so_unless_it_is_scattered_all_over(qtbot: QtBot) -> None:
    table = ItemTable(ItemModel(LIGHT))
    qtbot.addWidget(table)
    table.show_ids(list(range(0, 3 * MOST_RANGES, 2)), None)
    table.selectAll()
    table.show_ids(list(range(100)), None)
    assert table.selected_ids() == list(range(0, 100, 2))

    table.show_ids(list(range(0, 6 * MOST_RANGES, 2)), None)
    table.selectAll()
    current = table.current_id()
    table.show_ids(list(range(6 * MOST_RANGES)), None)
    assert table.selected_ids() == ([] if current is None else [current])
