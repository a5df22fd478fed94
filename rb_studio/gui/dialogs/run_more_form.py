"""The rarer settings of a run, without widgets: what they are, what they mean, how their refusals read in a window."""

import math
import re
from dataclasses import dataclass
from typing import Any

from rb_studio.gui.dialogs.choice import Choice
from rb_studio.method.allocate.terms import Terms
from rb_studio.records.arm import ALLOCATIONS, CONSOLIDATIONS, SCOPES, UNITS
from rb_studio.records.consolidation import CAP, NEAR_DUPLICATE
from rb_studio.records.review import REVIEWS

LABEL_NAMES = {"judge": "the judge's verdict", "gt": "the truth", "human": "a person's verdict"}
WITHOUT_MEMORY = "Without memory nothing is retrieved or learned."
_UNIT_HELP = {
    "experience": "All items of so many past tasks that are nearest to the task.",
    "item": "So many items that are nearest to the task by their own text.",
}
MOST_HELP = "Bounds what memory adds to a prompt, to compare modes that write more."
SCOPE_HELP = "Which memories may be retrieved, by where they were learned."
EXCLUDE_HELP = "Shows what carries over to tasks that are new in kind."
BUDGET_HELP = "Mean rollouts a task that may be spent (default: the middle of 1 and k)."
NOISE_HELP = "Flips this share of the known labels, to see what wrong verdicts do to memory."
SPLIT_HELP = "Learns from the other templates first, then tests on these, learning nothing more."
WITHHOLD_HELP = "Leaves retrieved items out by lot, so that the effect of each can be told; 20 % is a good start."
_REVIEW_NAMES = {"off": "off", "low-confidence": "those in doubt", "all": "all"}
_REVIEW_HELP = {
    "off": "New items are used at once.",
    "low-confidence": "New items in doubt wait as candidates until you accept them, each with its reasons.",
    "all": "All new items wait as candidates, so the run goes on without the lessons of its own tasks.",
}
_UNIT_NAMES = {"experience": "experiences", "item": "items"}
_SCOPE_NAMES = {"global": "all of the bank", "suite": "the task's own suite", "site": "the task's own site"}
_POLICY_NAMES = {
    "append": "append",
    "skip-near-duplicates": "skip near duplicates",
    "llm-merge": "merge by a model",
    "cap": "cap",
}
_POLICY_HELP = {
    "append": "Every new item enters the bank.",
    "skip-near-duplicates": "A new item as near as this (cosine) to one in use is archived.",
    "llm-merge": "The distiller adds, updates or merges; that takes a call more for each experience.",
    "cap": "Beyond this number, those of least effect on results are archived.",
}
_ALLOCATION_NAMES = {
    "uniform": "uniform",
    "first-success": "stop at the first success",
    "difficulty": "by difficulty",
    "greedy": "greedy",
}
_ALLOCATION_HELP = {
    "uniform": "Every task gets k rollouts.",
    "first-success": "A task is over at the first rollout judged a success, or after k.",
    "difficulty": "Tasks that look complex before they run get more, up to k.",
    "greedy": "Goes on where the next rollout is likeliest to be a first success, by how similar tasks fared.",
}
_WORDS = (
    (r"add --scaling [\w, ]+?,? or use -k 1", "choose a scaling, or k = 1"),
    (r"use --label (judge|gt|human)", lambda found: f"learn by {LABEL_NAMES[found[1]]}"),
    (r"--label (judge|gt|human)", lambda found: f"learning by {LABEL_NAMES[found[1]]}"),
    (r"judge rollouts in the window first", "judge rollouts first"),
    (r"--budget B\b", "a budget"),
    (r"leave --(\w+) out", r"leave the \1 out"),
    (r"lower --budget", "lower the budget"),
    (r"-k (\d+)", r"k = \1"),
    (r"(?<!\w)-k\b", "k"),
    (r"--([a-z]+) (\w+)", r"\1 \2"),
    (r"--(?=[a-z])", ""),
)


@dataclass(frozen=True, slots=True)
class More:
    """What a person chose beyond the usual. `near` is a cosine, `cap` a number of experiences, or of items.

    `budget` is the mean of rollouts a task, None for the policy's own; `hold_out` a share of the templates in percent,
    None for no split; `most_items` None for no bound; `label_noise` and `withhold` in percent.
    """

    consolidation: str = "append"
    near: float = NEAR_DUPLICATE
    cap: int = CAP
    cap_items: bool = False
    allocation: str = "uniform"
    budget: float | None = None
    unit: str = "experience"
    scope: str = "global"
    most_items: int | None = None
    label_noise: float = 0.0
    withhold: int = 0
    review: str = "off"
    hold_out: int | None = None
    split_seed: int = 0

    def values(self, *, remembers: bool) -> dict[str, Any]:
        """Fields of a run request; those of memory only where there is one."""
        found: dict[str, Any] = {
            "allocation": self.allocation,
            "budget": self.budget if self.allocation != "uniform" else None,
            "label_noise": self.label_noise / 100,
            "split": None if self.hold_out is None else f"{self.hold_out / 100:.2f}:{self.split_seed}",
        }
        if remembers:
            found |= {
                "consolidation": self.policy(),
                "retrieve_unit": self.unit,
                "scope": self.scope,
                "most_items": self.most_items,
                "withhold": self.withhold / 100,
                "review": self.review,
            }
        return found

    def policy(self) -> str:
        """The consolidation as requests spell it."""
        if self.consolidation == "skip-near-duplicates":
            return f"{self.consolidation}:{self.near:g}"
        if self.consolidation == "cap":
            return f"cap:{self.cap}{':items' if self.cap_items else ''}"
        return self.consolidation

    def rollouts(self, tasks: int, k: int) -> int:
        """The most rollouts that so many tasks may get."""
        mean = Terms(self.allocation, k, self.budget).mean if k > 1 and self.allocation != "uniform" else None
        return tasks * k if mean is None else min(tasks * k, math.floor(mean * tasks + 1))

    def changed(self, *, remembers: bool) -> str:
        """What is not as usual, in a few words; empty where all is."""
        usual = More()
        parts = [_ALLOCATION_NAMES[self.allocation]] if self.allocation != "uniform" else []
        if self.allocation != "uniform" and self.budget is not None:
            parts.append(f"budget {self.budget:g}")
        if remembers:
            parts += [_POLICY_NAMES[self.consolidation]] if self.consolidation != usual.consolidation else []
            parts += ["items one by one"] if self.unit != usual.unit else []
            parts += [f"from {_SCOPE_NAMES[self.scope]}"] if self.scope != usual.scope else []
            parts += [f"at most {self.most_items} items"] if self.most_items is not None else []
            parts += [f"{self.withhold} % of items withheld"] if self.withhold else []
            parts += [f"review {_REVIEW_NAMES[self.review]}"] if self.review != usual.review else []
        parts += [f"label noise {self.label_noise:g} %"] if self.label_noise else []
        parts += [f"{self.hold_out} % held out"] if self.hold_out is not None else []
        return ", ".join(parts)


def unit_choices() -> list[Choice]:
    """What retrieval counts."""
    return [Choice(one, _UNIT_NAMES[one]) for one in UNITS]


def scope_choices() -> list[Choice]:
    """Where memories may come from."""
    return [Choice(one, _SCOPE_NAMES[one]) for one in SCOPES]


def policy_choices() -> list[Choice]:
    """How an experience enters the bank."""
    return [Choice(one, _POLICY_NAMES[one]) for one in CONSOLIDATIONS]


def review_choices() -> list[Choice]:
    """Which new items wait for a person."""
    return [Choice(one, _REVIEW_NAMES[one]) for one in REVIEWS]


def allocation_choices() -> list[Choice]:
    """How k is spread over the tasks."""
    return [Choice(one, _ALLOCATION_NAMES[one]) for one in ALLOCATIONS]


def unit_help(unit: str) -> str:
    """A unit of retrieval in a line."""
    return _UNIT_HELP[unit]


def policy_help(policy: str) -> str:
    """A consolidation in a line."""
    return _POLICY_HELP[policy]


def review_help(review: str) -> str:
    """A review in a line."""
    return _REVIEW_HELP[review]


def allocation_help(allocation: str) -> str:
    """An allocation in a line."""
    return _ALLOCATION_HELP[allocation]


def in_window(sentence: str) -> str:
    """A sentence of the engine with the words of the dialog for options of the command line."""
    for form, words in _WORDS:
        sentence = re.sub(form, words, sentence)
    return sentence
