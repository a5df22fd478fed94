"""The practice shop as an environment: sessions, actions, states, grading."""

from collections.abc import Callable
from typing import Any

from rb_studio.environments.errors import EnvironmentFailure
from rb_studio.environments.practice.actions import ActionError, Call, parse_action
from rb_studio.environments.practice.books import Books
from rb_studio.environments.practice.checks import complaint, date_complaint, tidy
from rb_studio.environments.practice.data import build_shop
from rb_studio.environments.practice.grading import Ending, grade_ending
from rb_studio.environments.practice.markup import page_html
from rb_studio.environments.practice.names import CATALOGUES
from rb_studio.environments.practice.nodes import Command, Node, Page, numbered
from rb_studio.environments.practice.pages import ANY, HOME, build_page, exists
from rb_studio.environments.practice.session import Session
from rb_studio.environments.practice.urls import make_url, parse_url
from rb_studio.environments.practice.view import View
from rb_studio.records.judgement import Truth
from rb_studio.records.task import Grading, Task
from rb_studio.records.trajectory import Observation, State

LONGEST_HISTORY = 50
SEND = "send_msg_to_user"


class PracticeShop:
    """One rollout's shop.

    Parameters
    ----------
    grading
        Ground truth of the one task this shop is used for; only `grade` reads it.
    """

    domain = "web"

    def __init__(self, grading: Grading) -> None:
        self._grading = grading
        self._task: Task | None = None
        self._session = Session()

    def reset(self, task: Task, seed: int) -> Observation:
        """A fresh shop at the task's start page. The seed varies nothing: tasks and data stay the same.

        Raises
        ------
        EnvironmentFailure
            When the task is another than the grading's, or its setup names no shop.
        """
        if task.key != self._grading.task_key:
            raise EnvironmentFailure(
                f"the shop was opened for {self._grading.task_key} but reset with {task.key}; open one per task"
            )
        self._task = task
        self._session = Session(url=str(task.setup.get("start", HOME)))
        self._open_books()
        return self._observe()

    def step(self, action: str) -> Observation:
        """Carry out one action; a bad one changes nothing and its reason stands in `error`."""
        self._running()
        flash = self._session.flash
        try:
            call = parse_action(action)
            self._session.flash = None
            _ACTIONS[call.name](self, call)
            self._show()
        except ActionError as fault:
            self._session.flash = flash
            return self._observe(str(fault))
        return self._observe(sent=call.name == SEND)

    def state(self) -> State:
        return self._session.to_state()

    def restore(self, state: State) -> Observation:
        """Go back to a state of the same task."""
        self._running()
        self._session = Session.from_state(state)
        self._open_books()
        return self._observe()

    def grade(self) -> Truth:
        session = self._session
        return grade_ending(self._grading, Ending(session.url, session.edits, session.answered))

    def close(self) -> None:
        """Nothing is held open."""

    def _running(self) -> Task:
        if self._task is None:
            raise EnvironmentFailure("the shop was used before reset; call reset with a task first")
        return self._task

    def _open_books(self) -> None:
        self._books = _books(self._running(), self._session)
        self._show()

    def _show(self) -> None:
        self._page = _page(self._running(), self._books, self._session)

    def _observe(self, error: str | None = None, *, sent: bool = False) -> Observation:
        return Observation(self._page.text, error, self._session.answered, sent)

    def _element(self, bid: str) -> Node:
        node = self._page.elements.get(bid)
        if node is None:
            raise ActionError(f"there is no element [{bid[:20]}] on this page; use an id shown on it")
        return node

    def _click(self, call: Call) -> None:
        node = self._element(str(call.arguments[0]))
        if node.command is None and node.field is None:
            raise ActionError(f"the {node.role} [{node.bid}] cannot be pressed; press a link or a button")
        if self._session.dialog and not (node.command and node.command.kind in ("confirm", "dismiss")):
            raise ActionError("a dialog is open; answer it first")
        if node.command:
            _COMMANDS[node.command.kind](self, node.command)

    def _fill(self, call: Call) -> None:
        node = self._element(str(call.arguments[0]))
        if node.role != "textbox" or node.field is None:
            raise ActionError(f"the {node.role} [{node.bid}] takes no text; fill a textbox")
        self._session.form[node.field] = str(call.arguments[1])

    def _select(self, call: Call) -> None:
        node, label = self._element(str(call.arguments[0])), str(call.arguments[1])
        if node.role != "combobox" or node.field is None:
            raise ActionError(f"the {node.role} [{node.bid}] is no list; select in a combobox")
        if label not in node.options:
            raise ActionError(f"the list {node.name!r} has no entry {label[:40]!r}; it has {', '.join(node.options)}")
        self._session.form[node.field] = label

    def _goto(self, call: Call) -> None:
        url = str(call.arguments[0]).strip()
        if not url.startswith("/") or url.startswith("//"):
            raise ActionError("only addresses of this site can be opened; write goto('/path')")
        try:
            path, query = parse_url(url)
        except ValueError as fault:
            raise ActionError("this is no address; write goto('/path')") from fault
        if not exists(path):
            raise ActionError(f"there is no page {path[:60]!r}; use a link of the menu")
        self._open(make_url(path, query))

    def _go_back(self, _: Call) -> None:
        if not self._session.history:
            raise ActionError("there is no earlier page")
        self._leave(self._session.history.pop())

    def _stay(self, _: Call) -> None:
        """Nothing to do: pages are shown whole and at once."""

    def _send(self, call: Call) -> None:
        self._session.answered = str(call.arguments[0])

    def _open(self, url: str) -> None:
        self._session.history = [*self._session.history, self._session.url][-LONGEST_HISTORY:]
        self._leave(url)

    def _leave(self, url: str) -> None:
        """Show another page; unsaved values and opened sections are gone."""
        session = self._session
        session.url, session.form, session.expanded, session.dialog = url, {}, set(), None

    def _on_open(self, command: Command) -> None:
        self._open(command.target)

    def _on_filter(self, command: Command) -> None:
        values = self._values()
        wrong = date_complaint(values)
        if wrong:
            self._session.flash = wrong
            return
        _, query = parse_url(self._session.url)
        kept = {name: query.get(name, "") for name in ("buyer", "sort", "dir")}
        chosen = {name: "" if value == ANY else value.strip() for name, value in values.items()}
        self._open(make_url(command.target, {**chosen, **kept}))

    def _on_save(self, command: Command) -> None:
        values = {name: value.strip() for name, value in self._values().items()}
        wrong = complaint(values)
        if wrong:
            self._session.flash = f"Not saved: {wrong}"
            return
        self._books.change(command.target, tidy(values))
        self._session.form = {}
        self._session.flash = f"You saved the {command.target.partition('/')[0]}."

    def _on_expand(self, command: Command) -> None:
        self._session.expanded ^= {command.target}

    def _on_ask(self, command: Command) -> None:
        self._session.dialog = command.target

    def _on_confirm(self, command: Command) -> None:
        self._books.change(command.target, {"status": "Canceled"})
        self._session.dialog = None
        self._session.flash = "You canceled the order."

    def _on_dismiss(self, _: Command) -> None:
        self._session.dialog = None

    def _values(self) -> dict[str, str]:
        """What the fields of the page hold now."""
        return {node.field: node.value or "" for node in self._page.elements.values() if node.field}


def _books(task: Task, session: Session) -> Books:
    catalogue = str(task.setup.get("catalogue", "outdoor"))
    if catalogue not in CATALOGUES:
        raise EnvironmentFailure(f"the task {task.key} names an unknown catalogue {catalogue!r}; reload the suite")
    return Books(build_shop(int(task.setup.get("shop", 0)), catalogue), session.edits)


def _page(task: Task, books: Books, session: Session) -> Page:
    path, query = parse_url(session.url)
    view = View(books, session.url, path, query, session.form, session.expanded, session.dialog)
    return numbered(build_page(view, session.flash), int(task.setup.get("ids", 0)))


def render_html(task: Task, state: State) -> str:
    """The page of a stored state as a self-contained HTML document without scripts or addresses.

    Elements carry their accessibility id as `data-id`.
    """
    session = Session.from_state(state)
    return page_html(_page(task, _books(task, session), session), session.answered)


_ACTIONS: dict[str, Callable[[PracticeShop, Call], Any]] = {
    "click": PracticeShop._click,
    "fill": PracticeShop._fill,
    "select_option": PracticeShop._select,
    "goto": PracticeShop._goto,
    "go_back": PracticeShop._go_back,
    "scroll": PracticeShop._stay,
    "noop": PracticeShop._stay,
    SEND: PracticeShop._send,
}
_COMMANDS: dict[str, Callable[[PracticeShop, Command], Any]] = {
    "open": PracticeShop._on_open,
    "filter": PracticeShop._on_filter,
    "save": PracticeShop._on_save,
    "expand": PracticeShop._on_expand,
    "ask": PracticeShop._on_ask,
    "confirm": PracticeShop._on_confirm,
    "dismiss": PracticeShop._on_dismiss,
}
