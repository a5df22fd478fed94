"""The pages of the sweep builder: what varies, models and learning, where it runs, and the arms it comes to."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QLabel,
    QLineEdit,
    QPushButton,
    QSizePolicy,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from rb_studio.gui.dialogs.choice import Choice
from rb_studio.gui.dialogs.choosing import combo, fill, form_layout, note, value
from rb_studio.gui.dialogs.run_fields import EMBEDDERS
from rb_studio.gui.dialogs.run_form import RunFacts, label_choices, memory_choices, scaling_choices
from rb_studio.gui.dialogs.run_more import RunMore
from rb_studio.gui.dialogs.run_more_form import allocation_choices, policy_choices
from rb_studio.gui.dialogs.run_parts import row, spin
from rb_studio.gui.rooms.scaling.box_grid import BoxGrid
from rb_studio.gui.rooms.scaling.method_boxes import MethodBoxes
from rb_studio.gui.rooms.scaling.sweep_form import ADDRESS, DASK, LOCAL, SweepForm

MOST = 1_000_000
ROLES = ("judge", "distiller", "selector", "grader")
AS_MODEL = "as the model"
ALREADY = "already"
EXECUTORS = (
    Choice(LOCAL, "Worker processes of this computer"),
    Choice(DASK, "Dask workers of this computer"),
    Choice(ADDRESS, "A Dask scheduler that runs already"),
)
LIMIT_HELP = (
    "The sweep pauses once its endpoints have reported so much; what is under way is finished first. It can be raised "
    "when the sweep goes on."
)
AA_HELP = "How far equal arms differ by chance is the floor under every comparison."
ONE_MODE = "A bank holds memories of one mode: choose one memory to start from it."


class Page(QWidget):
    """Labelled fields that tell of every change.

    Signals
    -------
    changed
        A person changed something.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._fields = QWidget()
        self.rows = form_layout(self._fields)
        self.rows.setContentsMargins(0, 0, 0, 0)
        self._column = QVBoxLayout(self)
        self._column.addWidget(self._fields)
        self._column.addStretch(1)

    def below(self, part: QWidget) -> None:
        """Something under the fields."""
        self._column.insertWidget(self._column.count() - 1, part)

    def tell(self, *_value: object) -> None:
        """A field was changed."""
        self.changed.emit()

    def follow(self, *fields: QWidget) -> None:
        """Tell of what a person does with these."""
        for one in fields:
            if isinstance(one, QComboBox):
                one.currentTextChanged.connect(self.tell)
            elif isinstance(one, QCheckBox):
                one.toggled.connect(self.tell)
            elif isinstance(one, QLineEdit):
                one.textChanged.connect(self.tell)
            elif isinstance(one, QSpinBox | QDoubleSpinBox):
                one.valueChanged.connect(self.tell)


class VaryPage(Page):
    """Tasks, model, and the lists whose every combination is an arm."""

    def __init__(self, methods: MethodBoxes) -> None:
        super().__init__()
        self.what, self.profile, self.methods, self.more = combo("Tasks"), combo("Model"), methods, RunMore()
        self.memories, self.scalings = boxes(memory_choices()), boxes(scaling_choices())
        self.allocations, self.policies = boxes(allocation_choices()), boxes(policy_choices())
        self._grids: list[BoxGrid] = []
        self.ks, self.seeds, self.orders = QLineEdit(), QLineEdit(), QLineEdit()
        self.ks.setPlaceholderText("1, 3, 5")
        self.seeds.setPlaceholderText("0, or 0:3 for three seeds")
        self.orders.setPlaceholderText("id, shuffle:1, shuffle:2")
        self.orders.setToolTip("id, or shuffle with a seed; several shuffles show what memory gains by position")
        self.limit = spin("Number of tasks", 0, MOST, 0)
        self.limit.setSpecialValueText("all")
        self.aa = QCheckBox("Repeat one arm with other seeds to show &noise (A/A)")
        self.aa.setToolTip(AA_HELP)
        rows = self.rows
        rows.addRow("&Tasks", self.what)
        rows.addRow("&Only the first", self.limit)
        rows.addRow("&Model", self.profile)
        for grid in (box_grid("Memor&y", self.memories), methods, box_grid("S&caling", self.scalings)):
            rows.addRow(grid.label, grid)
        rows.addRow("&Rollouts per task", self.ks)
        rows.addRow("&Seeds", self.seeds)
        rows.addRow("Or&ders", self.orders)
        for title, chosen in (("&Allocations", self.allocations), ("Conso&lidations", self.policies)):
            grid = box_grid(title, chosen)
            rows.addRow(grid.label, grid)
            self._grids.append(grid)
        rows.addRow("", self.aa)
        self.below(self.more)
        every = (self.memories, self.scalings, self.allocations, self.policies)
        self.follow(self.what, self.profile, self.limit, self.ks, self.seeds, self.orders, self.aa)
        self.follow(*(box for chosen in every for box in chosen.values()))
        self.more.changed.connect(self.changed)

    def offer(self, facts: RunFacts, form: SweepForm) -> None:
        """Everything there is to choose from."""
        choices = [
            Choice(part.name, f"{part.name} ({part.tasks:,} tasks)", "" if entry.runnable else "cannot run here")
            for entry in facts.entries
            for part in (entry.whole, *entry.subsets)
        ]
        fill(self.what, choices, form.suite)
        fill(self.profile, facts.profiles(), form.profile or facts.settings.profile)
        self.methods.offer(facts.methods)

    def read(self, form: SweepForm) -> SweepForm:
        """The form with what stands here."""
        chosen = replace(
            form,
            suite=value(self.what),
            profile=value(self.profile),
            memories=(*checked(self.memories), *self.methods.chosen()),
            scalings=checked(self.scalings),
            ks=self.ks.text(),
            seeds=self.seeds.text(),
            orders=self.orders.text(),
            limit=self.limit.value(),
            methods=self.methods.sources(),
            allocations=checked(self.allocations),
            policies=checked(self.policies),
            aa=self.aa.isChecked(),
        )
        return chosen.taking_over(self.more.read(chosen.single()))

    def write(self, form: SweepForm) -> None:
        """Put a form into the fields."""
        every = ((self.memories, form.memories), (self.scalings, form.scalings))
        for chosen, names in (*every, (self.allocations, form.allocations), (self.policies, form.policies)):
            for name, box in chosen.items():
                box.setChecked(name in names or bool(box.property(ALREADY)))
        self.ks.setText(form.ks)
        self.seeds.setText(form.seeds)
        self.orders.setText(form.orders)
        self.limit.setValue(form.limit)
        self.aa.setChecked(form.aa)
        write_more(self.more, form)

    def show_form(self, form: SweepForm) -> None:
        """Enable what makes sense with it; what More settings has chosen is among the arms anyway."""
        self.more.show_form(form.single())
        if form.allocations:
            self.more.budgeted.setEnabled(True)
            self.more.budget.setEnabled(form.more.budget is not None)
        for chosen, usual in ((self.allocations, form.more.allocation), (self.policies, form.more.consolidation)):
            for name, box in chosen.items():
                _settle(box, name == usual, chosen is self.allocations or form.remembers)
        for one in self._grids:
            one.lead()


class ModelsPage(Page):
    """Who judges, distils and selects, what learning goes by, what memory starts from."""

    def __init__(self) -> None:
        super().__init__()
        self.roles = {role: combo(f"Model of the {role}") for role in ROLES}
        self.embedder, self.label, self.start = combo("Embedder"), combo("Learn by"), combo("Start from")
        self.embedder.setEditable(True)
        self.embedder.setToolTip("A name, a folder, or MODEL@BASE_URL")
        self._start_note = note()
        for role, box in self.roles.items():
            self.rows.addRow(f"&{role.capitalize()}", box)
        self.rows.addRow("Em&bedder", self.embedder)
        self.rows.addRow("&Learn by", self.label)
        self.rows.addRow("Start &from", self.start)
        self.rows.addRow("", self._start_note)
        fill(self.label, label_choices(), "judge")
        self.follow(*self.roles.values(), self.embedder, self.label, self.start)

    def offer(self, facts: RunFacts, form: SweepForm) -> None:
        """Profiles, embedders, banks."""
        profiles = [Choice("", AS_MODEL), *facts.profiles()]
        for role, box in self.roles.items():
            fill(box, profiles, form.roles.get(role, ""))
        present = form.embedder or facts.settings.embedder
        names = dict.fromkeys((present, *EMBEDDERS, *facts.settings.profiles))
        fill(self.embedder, [Choice(name, name) for name in names], present)
        self._usual_embedder = facts.settings.embedder
        fill(self.label, label_choices(), form.label)
        self.start.clear()

    def read(self, form: SweepForm) -> SweepForm:
        """The form with what stands here."""
        roles = {role: value(box) for role, box in self.roles.items() if value(box)}
        embedder = self.embedder.currentText().strip()
        return replace(
            form,
            roles=roles,
            embedder="" if embedder == self._usual_embedder else embedder,
            label=value(self.label),
            start=value(self.start) if self.start.count() else form.start,
        )

    def show_form(self, form: SweepForm, facts: RunFacts) -> None:
        """Banks of the one memory mode there is; others cannot be started from."""
        modes = [memory for memory in form.memories if memory != "none"]
        choices = [Choice("", "an empty bank for each arm")]
        for bank in facts.banks if len(modes) == 1 else ():
            if bank.mode == modes[0]:
                choices.append(Choice(bank.name, f"a copy of {bank.name} ({bank.items:,} items)"))
                choices += [
                    Choice(f"{bank.name}@{one}", f"a copy of {bank.name} as of {one}") for one in bank.snapshots
                ]
        if [self.start.itemData(place) for place in range(self.start.count())] != [one.value for one in choices]:
            fill(self.start, choices, form.start)
        self._start_note.setText(ONE_MODE if len(modes) > 1 else "")
        for field in (self.embedder, self.label, self.start):
            field.setEnabled(form.remembers)


class RunningPage(Page):
    """Where the tasks run and what they may cost.

    Signals
    -------
    check_asked
        Whether the scheduler at the address is well.
    """

    check_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.executor, self.address, self.check = combo("Tasks run on"), QLineEdit(), QPushButton("C&heck")
        self.address.setAccessibleName("Address of the Dask scheduler")
        self.address.setPlaceholderText("tcp://127.0.0.1:8786")
        self.check.setToolTip("Ask the scheduler for its workers; nothing is sent there before")
        self.health, self._limit_note = note(""), note()
        self.workers = spin("Workers at most", 0, 10_000, 0)
        self.workers.setSpecialValueText("as many as there are")
        self.limited, self.spend = QCheckBox("Pause whe&n"), QDoubleSpinBox()
        self.spend.setRange(0.01, 1e6)
        self.spend.setValue(5)
        self.spend.setPrefix("$")
        self.spend.setSuffix(" is spent")
        self.spend.setAccessibleName("Spend limit in US dollars")
        self.spend.setKeyboardTracking(False)
        self._limit_note.setText(LIMIT_HELP)
        for told in (self.health, self._limit_note):
            told.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        self.rows.addRow("Tas&ks run on", self.executor)
        where, label = row(self.address, self.check), QLabel("A&ddress")
        label.setBuddy(self.address)
        self.rows.addRow(label, where)
        self.rows.addRow("", self.health)
        self.rows.addRow("Wo&rkers at most", self.workers)
        self.rows.addRow("", row(self.limited, self.spend))
        self.rows.addRow("", self._limit_note)
        self.address.setMinimumWidth(self.fontMetrics().averageCharWidth() * 30)
        fill(self.executor, EXECUTORS, LOCAL)
        self.follow(self.executor, self.address, self.workers, self.limited, self.spend)
        self.address.textChanged.connect(self.health.clear)
        self.check.clicked.connect(self.check_asked)

    def read(self, form: SweepForm) -> SweepForm:
        """The form with what stands here."""
        return replace(
            form,
            executor=value(self.executor),
            address=self.address.text().strip(),
            workers=self.workers.value(),
            spend_limit=self.spend.value() if self.limited.isChecked() else None,
        )

    def write(self, form: SweepForm) -> None:
        """Put a form into the fields."""
        fill(self.executor, EXECUTORS, form.executor)
        self.address.setText(form.address)
        self.workers.setValue(form.workers)
        self.limited.setChecked(form.spend_limit is not None)
        if form.spend_limit is not None:
            self.spend.setValue(form.spend_limit)

    def show_form(self, form: SweepForm) -> None:
        """An address only where one is asked for."""
        for field in (self.address, self.check):
            field.setEnabled(form.executor == ADDRESS)
        self.spend.setEnabled(form.spend_limit is not None)


def boxes(choices: Sequence[Choice]) -> dict[str, QCheckBox]:
    """A check box a choice; impossible ones are left out."""
    found = {}
    for choice in choices:
        if not choice.why_not:
            found[choice.value] = box = QCheckBox(choice.text.partition(":")[0])
            box.setToolTip(choice.text)
    return found


def box_grid(label: str, chosen: dict[str, QCheckBox]) -> BoxGrid:
    """The boxes beside each other."""
    grid = BoxGrid(label)
    for box in chosen.values():
        grid.put(box)
    return grid


def checked(chosen: dict[str, QCheckBox]) -> tuple[str, ...]:
    """Names of the boxes that a person checked."""
    return tuple(name for name, box in chosen.items() if box.isChecked() and not box.property(ALREADY))


def _settle(box: QCheckBox, already: bool, possible: bool) -> None:
    """A box of what is chosen elsewhere stands checked and cannot be changed; once it is not, it is free again."""
    if bool(box.property(ALREADY)) != already:
        box.setProperty(ALREADY, already)
        box.setChecked(already)
        box.setToolTip(f"{box.text()}, chosen under More settings" if already else box.text())
    box.setEnabled(possible and not already)


def write_more(fields: RunMore, form: SweepForm) -> None:
    """Put the rarer settings into their fields."""
    more = form.more
    choosing: tuple[tuple[QComboBox, str], ...] = (
        (fields.unit, more.unit),
        (fields.scope, more.scope),
        (fields.policy, more.consolidation),
        (fields.review, more.review),
        (fields.allocation, more.allocation),
        (fields.cap_unit, "items" if more.cap_items else "experiences"),
    )
    for box, chosen in choosing:
        box.setCurrentIndex(max(0, box.findData(chosen)))
    numbers: tuple[tuple[Callable[[float], None], float], ...] = (
        (fields.near.setValue, more.near),
        (fields.noise.setValue, more.label_noise),
        (fields.budget.setValue, more.budget if more.budget is not None else fields.budget.value()),
    )
    for put, number in numbers:
        put(number)
    whole: tuple[tuple[QSpinBox, int], ...] = (
        (fields.retrieve, form.retrieve_n),
        (fields.most_items, more.most_items or 0),
        (fields.withhold, more.withhold),
        (fields.cap, more.cap),
        (fields.hold_out, more.hold_out if more.hold_out is not None else fields.hold_out.value()),
        (fields.split_seed, more.split_seed),
    )
    for spinner, count in whole:
        spinner.setValue(count)
    fields.exclude.setChecked(form.exclude_template)
    fields.budgeted.setChecked(more.budget is not None)
    fields.split.setChecked(more.hold_out is not None)
