"""What a person can do with the list of rollouts: the slots behind its controls and commands."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from rb_studio.store.rollout_list import RolloutFilter

if TYPE_CHECKING:
    from rb_studio.gui.rooms.trajectories.list_presenter import ListPresenter
    from rb_studio.gui.rooms.trajectories.panels import Panels
    from rb_studio.gui.rooms.trajectories.presenter import Presenter


class ListActions(QObject):
    """Turns wishes about the list into calls of the presenters."""

    def __init__(self, panels: "Panels", presenter: "Presenter", listing: "ListPresenter", parent: QObject) -> None:
        super().__init__(parent)
        self._panels, self._presenter, self._listing = panels, presenter, listing
        shown = panels.list
        for signal, slot in (
            (shown.chosen, self._choose),
            (shown.text_changed, self._set_text),
            (shown.in_steps_changed, self._set_in_steps),
            (shown.facet_toggled, self._toggle_facet),
            (shown.dropped, self._drop),
            (shown.cleared, self.clear_filter),
            (shown.group_changed, self.set_group),
            (shown.sort_changed, self._set_sort),
            (shown.wanted, self._want_rows),
            (shown.extra_changed, self._set_extra),
        ):
            signal.connect(slot)

    def has_rollout(self) -> bool:
        return self._presenter.opened is not None

    def focus_filter(self) -> None:
        self._panels.bring("list")
        self._panels.list.focus_filter()

    def clear_filter(self) -> None:
        self._listing.clear()

    def open_facet(self, facet: str) -> None:
        self._panels.bring("list")
        self._panels.list.facets.open_menu(facet)

    def facet_offered(self, facet: str) -> bool:
        """None is that tells what is hidden from who judges blind."""
        return self._panels.list.facets.offered(facet)

    def set_group(self, group: str) -> None:
        self._listing.set_group(group)

    def fold_all(self, on: bool) -> None:
        self._panels.list.fold_all(on)

    def choose_columns(self) -> None:
        self._panels.bring("list")
        self._panels.list.columns.open_menu()

    def copy_rows(self) -> None:
        self._panels.list.table.copy_rows()

    def only_run(self) -> None:
        """List only the run of the open rollout."""
        if self._presenter.opened is not None:
            self._listing.set_filter(RolloutFilter(run=self._presenter.opened.run.id))

    def only_task(self) -> None:
        """List only the task of the open rollout."""
        if self._presenter.opened is not None:
            self._listing.set_filter(RolloutFilter(task_key=self._presenter.opened.row.task_key))

    def _choose(self, rollout_id: int) -> None:
        self._presenter.choose(rollout_id)

    def _set_text(self, text: str) -> None:
        self._listing.set_text(text)

    def _set_in_steps(self, on: bool) -> None:
        self._listing.set_in_steps(on)

    def _toggle_facet(self, facet: str, value: str) -> None:
        self._listing.toggle(facet, value)

    def _drop(self, what: str) -> None:
        self._listing.drop(what)

    def _set_sort(self, sort: str, descending: bool) -> None:
        self._listing.set_sort(sort, descending)

    def _want_rows(self, ids: list[int]) -> None:
        self._listing.want_rows(ids)

    def _set_extra(self, keys: list[str]) -> None:
        self._listing.set_extra(keys)
