from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from rb_studio.gui.frame import Frame
from rb_studio.gui.rooms.memories import meaning
from rb_studio.gui.rooms.memories.presenter import MemoriesPresenter
from rb_studio.gui.rooms.memories.reads import BankChoice
from rb_studio.gui.rooms.memories.slow import Slow
from rb_studio.jobs.item_query import Clause
from rb_studio.models.hashing import HashingEmbedder
from rb_studio.models.settings import Settings
from rb_studio.records.memory import ItemState
from rb_studio.store import banks, curation
from rb_studio.store.item_facets import Facets
from rb_studio.store.items import ItemRow


@dataclass
class Shown:
    """A view without widgets: the last thing told of each kind."""

    banks: Sequence[BankChoice] = ()
    bank: int | None = None
    query: str = ""
    note: str = ""
    wrong: bool = False
    button: str = ""
    count: str = ""
    ids: list[int] = field(default_factory=list)
    likeness: dict[int, float] | None = None
    rows: dict[int, ItemRow] = field(default_factory=dict)
    facets: Facets | None = None
    clauses: Sequence[Clause] = ()
    empty: tuple[int, int] = (0, 0)
    unembedded: int = 0
    chosen: int | None = None
    forgotten: list[Sequence[int] | None] = field(default_factory=list)
    sort: tuple[str, bool] = ("", False)

    def show_banks(self, banks: Sequence[BankChoice], chosen: int | None) -> None:
        self.banks, self.bank = banks, chosen

    def show_query(self, text: str) -> None:
        self.query = text

    def show_note(self, text: str, button: str = "", *, wrong: bool = False) -> None:
        self.note, self.button, self.wrong = text, button, wrong

    def show_count(self, text: str) -> None:
        self.count = text

    def show_items(self, ids: list[int], likeness: dict[int, float] | None, *, best_first: bool) -> None:
        self.ids, self.likeness = ids, likeness

    def show_rows(self, rows: dict[int, ItemRow]) -> None:
        self.rows = rows

    def show_sort(self, order: str, descending: bool) -> None:
        self.sort = (order, descending)

    def show_facets(self, facets: Facets, on: Sequence[Clause]) -> None:
        self.facets, self.clauses = facets, on

    def show_emptiness(self, total: int, found: int, unembedded: int) -> None:
        self.empty = (total, found)
        self.unembedded = unembedded

    def forget_rows(self, ids: Sequence[int] | None) -> None:
        self.forgotten.append(ids)

    def choose(self, item_id: int) -> bool:
        if item_id in self.ids:
            self.chosen = item_id
        return item_id in self.ids


@pytest.fixture
def slow() -> Iterator[Slow]:
    made = Slow()
    yield made
    made.close()


@pytest.fixture
def view() -> Shown:
    return Shown()


@pytest.fixture
def presenter(frame: Frame, slow: Slow, view: Shown, qtbot: QtBot) -> MemoriesPresenter:
    made = MemoriesPresenter(frame, slow, view)
    made.start()
    qtbot.waitUntil(lambda: bool(view.ids) and view.facets is not None)
    return made


Until = Callable[[Callable[[], bool]], None]


@pytest.fixture
def until(qtbot: QtBot) -> Until:
    return qtbot.waitUntil


def test_items_and_counts_of_the_preferred_bank_are_shown(presenter: MemoriesPresenter, view: Shown) -> None:
    assert view.bank == view.banks[0].id
    assert view.count == f"{len(view.ids)} of {len(view.ids)}"
    assert view.facets is not None
    assert view.facets.states == {"active": len(view.ids)}


def test_a_query_narrows_and_says_how_many_of_how_many(presenter: MemoriesPresenter, view: Shown, until: Until) -> None:
    every = len(view.ids)
    presenter.set_query("polarity:success")

    until(lambda: view.count.endswith(f"of {every}") and len(view.ids) < every)
    assert view.clauses == [Clause("polarity:success", "polarity", "success")]


def test_a_query_that_cannot_be_read_keeps_what_is_shown(presenter: MemoriesPresenter, view: Shown) -> None:
    before = list(view.ids)
    presenter.set_query("state:alive")

    assert view.wrong
    assert 'no state "alive"' in view.note
    assert view.ids == before


def test_a_facet_goes_into_the_query_and_out_again(presenter: MemoriesPresenter, view: Shown, until: Until) -> None:
    presenter.toggle("state", "archived", False)
    until(lambda: view.ids == [])
    assert view.query == "state:archived"

    presenter.toggle("state", "archived", False)
    until(lambda: view.ids != [])
    assert view.query == ""


def test_sorting_is_the_stores(presenter: MemoriesPresenter, view: Shown, until: Until) -> None:
    before = list(view.ids)
    presenter.sort("id", True)

    until(lambda: view.ids == before[::-1])
    assert view.sort == ("id", True)


def test_a_meaning_orders_by_likeness_and_embeds_what_is_missing(
    presenter: MemoriesPresenter, view: Shown, until: Until
) -> None:
    presenter.set_query('state:active ~ "sort the table"')

    until(lambda: view.likeness is not None)
    assert view.likeness is not None
    cosines = [view.likeness[item] for item in view.ids]
    assert cosines == sorted(cosines, reverse=True)
    assert "best first" in view.note


def test_meaning_says_what_it_leaves_out_and_offers_to_embed_it(
    presenter: MemoriesPresenter, view: Shown, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    from rb_studio.gui.rooms.memories import meaning

    monkeypatch.setattr(meaning, "FEW", 0)
    presenter.set_query("~ sorting")
    until(lambda: "no vector yet" in view.note)
    assert view.button == "Embed them"


def test_after_an_act_only_its_rows_are_forgotten(
    presenter: MemoriesPresenter, view: Shown, until: Until, frame: Frame
) -> None:
    frame.session.changed.connect(presenter.changed)
    chosen = view.ids[1]
    bank = presenter.bank
    assert bank is not None
    frame.session.operate(lambda db: curation.set_state(db, bank, [chosen], ItemState.DELETED))

    until(lambda: chosen not in view.ids)
    assert view.forgotten == [(chosen,)]


def test_going_to_an_item_clears_a_query_that_hides_it(presenter: MemoriesPresenter, view: Shown, until: Until) -> None:
    wanted = view.ids[-1]
    presenter.set_query("state:deleted")
    until(lambda: view.ids == [])

    presenter.show_item(wanted)
    until(lambda: view.chosen == wanted)
    assert view.query == ""


def test_going_to_an_item_by_uid_opens_the_bank_that_has_it(
    presenter: MemoriesPresenter, view: Shown, until: Until, frame: Frame
) -> None:
    from rb_studio.jobs.own_bank import add_by_hand
    from rb_studio.records.item_text import ItemText

    def add(db):
        bank = banks.create_bank(db, "other", "reasoningbank")
        return add_by_hand(db, bank, ItemText("Title", "Description"))

    bank, change = frame.session.workspace.run(add)
    item = change.ids["memory_item"][0]
    uid = frame.session.workspace.reader().execute("SELECT uid FROM memory_item WHERE id = ?", (item,)).fetchone()[0]
    presenter.show_item(uid)

    until(lambda: view.chosen == item)
    assert presenter.bank == bank


def test_an_item_in_no_bank_is_said_to_be_in_none(presenter: MemoriesPresenter, until: Until, frame: Frame) -> None:
    presenter.show_item("nowhere")

    until(lambda: bool(frame.toast.said))
    assert "nowhere is in no bank" in frame.toast.said[-1]


def test_the_place_comes_back(presenter: MemoriesPresenter, frame: Frame, slow: Slow, until: Until) -> None:
    presenter.set_query("polarity:success")
    presenter.sort("title", True)
    again_view = Shown()
    again = MemoriesPresenter(frame, slow, again_view)
    again.restore(presenter.place(), None)
    again.start()

    until(lambda: bool(again_view.ids))
    assert (again.query, again.order, again.descending) == ("polarity:success", "title", True)
    assert again_view.query == "polarity:success"


def test_an_empty_workspace_shows_that_nothing_is_there(empty_frame: Frame, slow: Slow, until: Until) -> None:
    view = Shown()
    presenter = MemoriesPresenter(empty_frame, slow, view)
    presenter.start()

    until(lambda: view.facets is not None)
    assert presenter.bank is None
    assert view.empty == (0, 0)


def test_a_field_without_a_value_is_said_to_wait_for_one(
    presenter: MemoriesPresenter, view: Shown, until: Until
) -> None:
    presenter.set_query("state:")

    until(lambda: view.note.startswith("state: waits for a state (candidate, active"))
    assert not view.wrong


ODD = ('"', "*", "tag:", "~", '~ "', "(", "NOT", "a:b", "%", "_", "\x00", "\u6392\u5e8f", "x" * 5000)


@pytest.mark.parametrize("text", ODD)
def test_any_query_can_be_typed(
    presenter: MemoriesPresenter, view: Shown, until: Until, frame: Frame, text: str
) -> None:
    presenter.set_query(text)
    presenter.set_query(f"state:active {text}")
    presenter.set_query("state:active")

    until(lambda: view.clauses == [Clause("state:active", "state", "active")])
    assert frame.toast.said == []


def test_vectors_of_another_model_are_named_with_the_mend(
    presenter: MemoriesPresenter, view: Shown, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    presenter.set_query("~ sorting")
    until(lambda: view.likeness is not None)
    other = HashingEmbedder(64)
    monkeypatch.setattr(meaning, "chosen_embedder", lambda _name: nullcontext(other))
    monkeypatch.setattr(meaning, "FEW", 0)
    presenter.set_query("~ sorting tables")

    until(lambda: "vectors of hashing:384:text but none of hashing:64:text" in view.note)
    assert view.button == "Embed them"
    assert view.unembedded > 0


def test_a_model_that_is_not_there_is_said_and_what_is_shown_stays(
    presenter: MemoriesPresenter, view: Shown, until: Until, frame: Frame, tmp_path: Path
) -> None:
    frame.settings = lambda: Settings(embedder=str(tmp_path / "no-model"))
    before = list(view.ids)
    presenter.set_query("~ sorting")

    until(lambda: view.wrong)
    assert "no-model" in view.note
    assert view.ids == before


def test_the_count_tells_how_many_are_selected(presenter: MemoriesPresenter, view: Shown) -> None:
    presenter.show_selected(3)
    assert view.count.endswith("3 selected")
    presenter.show_selected(1)
    assert "selected" not in view.count
