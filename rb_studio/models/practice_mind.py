"""One turn of the acting practice model: what it knows, the dice it throws, what it says."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from rb_studio.models.practice_constants import PracticeConstants
from rb_studio.models.practice_habits import Habit, Trait
from rb_studio.models.practice_intent import Intent
from rb_studio.models.practice_page import SeenPage
from rb_studio.models.practice_sayings import CAREFUL, CARELESS, REMARKS
from rb_studio.models.practice_text import die, pick

CAREFUL_MARK, CARELESS_MARK = "yes", "no"


@dataclass
class Mind:
    """What a turn works with.

    `shifts` are added to the log odds of the careful habits (advice, distraction).
    """

    intent: Intent
    page: SeenPage
    notes: dict[str, str]
    constants: PracticeConstants
    shifts: Mapping[Habit, float]
    temperature: float | None
    seed: int
    said: list[str] = field(default_factory=list)
    fresh: dict[str, str] = field(default_factory=dict)

    def careful(self, habit: Habit) -> bool:
        """Whether to be careful here; decided once and then noted down."""
        known = self.notes.get(habit)
        if known is None:
            known = CAREFUL_MARK if self._throw(habit) else CARELESS_MARK
            self.note(habit, known)
            sayings = CAREFUL if known == CAREFUL_MARK else CARELESS
            self.say(*sayings[habit])
        return known == CAREFUL_MARK

    def _throw(self, habit: Habit) -> bool:
        """The likelier branch at temperature 0, a die otherwise; heat flattens the odds."""
        chance = min(max(self.constants.careful[habit], 1e-6), 1 - 1e-6)
        odds = math.log(chance / (1 - chance)) + self.shifts.get(habit, 0.0)
        usual = self.constants.usual_temperature
        heat = usual if self.temperature is None else self.temperature
        if heat <= 0:
            return odds > 0
        return die(self.seed, f"habit:{habit}") < 1 / (1 + math.exp(-odds * usual / heat))

    def note(self, name: str, value: str) -> None:
        self.notes[name] = self.fresh[name] = value

    def say(self, *wordings: str) -> None:
        """Add a sentence to the thought, in one of its wordings."""
        text = pick(wordings, self.seed, f"say:{len(self.said)}")
        self.said.append(text.format(column=self.intent.column or "the column"))

    def remark(self, trait: Trait) -> None:
        """Perhaps add a remark that decides nothing."""
        if die(self.seed, f"remark:{trait}") < self.constants.remark:
            self.said.append(pick(REMARKS[trait], self.seed, trait))


def click(bid: str) -> str:
    """The action that presses an element."""
    return f"click({bid!r})"


def fill(bid: str, text: str) -> str:
    """The action that replaces the text of a field."""
    return f"fill({bid!r}, {text!r})"


def select(bid: str, label: str) -> str:
    """The action that chooses an entry of a list."""
    return f"select_option({bid!r}, {label!r})"


def finish(mind: Mind, text: str) -> str:
    """The final message."""
    mind.remark(Trait.BRIEF)
    return f"send_msg_to_user({text!r})"


def at(mind: Mind, section: str) -> bool:
    """Whether the page is a section's list."""
    return mind.page.title.lower().startswith(section.lower())


def go(mind: Mind, section: str) -> str:
    """Open a section through the menu."""
    link = mind.page.find("link", section)
    if link is None:
        mind.say("The menu is not here, so I go back to the start.")
        return "goto('/')"
    if not mind.notes.get("went"):
        mind.remark(Trait.PLAN)
        mind.note("went", section)
    mind.say(f"I open {section} from the menu.", f"The menu leads to {section}.")
    return click(link.bid)


def press(mind: Mind, role: str, *words: str) -> str | None:
    """Press the first button or link with one of the words in its name, None without one."""
    element = mind.page.find(role, *words)
    return click(element.bid) if element else None


def set_fields(mind: Mind, wanted: Mapping[str, str], *buttons: str) -> str | None:
    """The next action towards a form with these values sent off; None once it is.

    Parameters
    ----------
    wanted
        Label word to value; a list takes the entry that begins like the value.
    buttons
        Words of the button that sends the form; none leaves it filled only.
    """
    for label, value in wanted.items():
        field_ = mind.page.field(label)
        if field_ is None:
            continue
        if field_.role == "combobox":
            option = next((o for o in mind.page.options(field_) if o.lower().startswith(value.lower()[:6])), None)
            if option and field_.value != option:
                mind.say(f"I choose {option} in the list {label}.")
                return select(field_.bid, option)
        elif field_.value != value:
            mind.say(f"I write {value} into the field {label}.", f"The field {label} gets {value}.")
            return fill(field_.bid, value)
    signature = ", ".join(wanted.values())
    if not wanted or not buttons or mind.notes.get("applied") == signature:
        return None
    mind.note("applied", signature)
    mind.say("I apply this.", "Now I apply it.")
    return press(mind, "button", *buttons)
