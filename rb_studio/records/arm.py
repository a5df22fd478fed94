"""Arms: one configuration of the method, with a hash that is its identity."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from rb_studio.records.identity import canonical_json, digest

MEMORY_MODES = ("none", "synapse", "awm", "reasoningbank", "reasoningbank-success-only")
SCALINGS = ("none", "parallel", "sequential", "vanilla")
ALLOCATIONS = ("uniform", "first-success", "difficulty", "greedy")
CONSOLIDATIONS = ("append", "skip-near-duplicates", "llm-merge", "cap")
LABELS = ("judge", "gt", "human")
UNITS = ("experience", "item")
SCOPES = ("global", "suite", "site")
ROLES = ("actor", "judge", "distiller", "selector", "grader", "embedder")
# Prompts of the refinement passes, and the k from which they are sent.
REFINEMENTS = {"refine": 2, "refine-again": 3}

# Fields that arms did not have at first, with their defaults.
_LATER: Mapping[str, object] = {
    "tasks": (),
    "retrieve_unit": "experience",
    "scope": "global",
    "held_out": (),
    "most_items": None,
    "method": "",
    "withhold": 0.0,
    "without": (),
    "review": "off",
}
_LISTS = ("tasks", "held_out", "without")


@dataclass(frozen=True, slots=True)
class Limits:
    """Where a rollout, or each pass of a sequential one, is cut off; None is no limit.

    `seconds` is wall time, `cost` US dollars.

    `context_chars` bounds the text of one request; beyond it the oldest steps leave the prompt, and a page
    that is too long by itself loses its middle.
    """

    steps: int = 30
    tokens: int | None = None
    cost: float | None = None
    seconds: float | None = None
    context_chars: int = 400_000
    format_retries: int = 3


@dataclass(frozen=True, slots=True)
class ArmConfig:
    """Everything that decides an arm's results.

    `models` maps a role to the identity of its model (name and endpoint, no key); `prompts` maps a
    prompt name to the hash of its text; `start` is `empty` or `BANK@OPERATION`.
    `repeat` tells apart runs of the same configuration in one workspace; it enters no seed. `tasks` are the
    keys of the tasks chosen by hand, empty for all of the suite. `held_out` are the templates of the test split
    (the key of a task without one): nothing is learned from their tasks, which come last. `most_items` bounds how many
    items a prompt is given, so that methods that write different numbers of them can be compared.
    `method` is the identity of a memory method of one's own (see `MethodSource`), whose name `memory` is then; empty
    for the shipped modes. `withhold` is the rate at which retrieved items are left out by lot, `without` are uids of
    items left out as if the bank did not have them. `review` tells which new items wait as candidates, unused, until a
    person accepts them.
    """

    suite: str
    suite_hash: str = ""
    memory: str = "none"
    scaling: str = "none"
    k: int = 1
    allocation: str = "uniform"
    budget: float | None = None
    consolidation: str = "append"
    order: str = "id"
    limit: int | None = None
    retrieve_n: int = 1
    exclude_template: bool = False
    learn: bool = True
    label: str = "judge"
    label_noise: float = 0.0
    start: str = "empty"
    pass_number: int = 1
    repeat: int = 0
    seed: int = 0
    limits: Limits = field(default_factory=Limits)
    models: Mapping[str, str] = field(default_factory=dict)
    prompts: Mapping[str, str] = field(default_factory=dict)
    tasks: tuple[str, ...] = ()
    retrieve_unit: str = "experience"
    scope: str = "global"
    held_out: tuple[str, ...] = ()
    most_items: int | None = None
    method: str = ""
    withhold: float = 0.0
    without: tuple[str, ...] = ()
    review: str = "off"

    def canonical(self) -> "ArmConfig":
        """The same arm in the one form equal cells share.

        k = 1 is the plain loop in every scaling and allocation; without memory, what only concerns memory is moot.
        """
        arm = replace(self, scaling="none", allocation="uniform", budget=None) if self.k == 1 else self
        arm = replace(arm, prompts=arm.own_prompts(arm.prompts), review=arm.review if arm.learn else "off")
        if arm.memory != "none":
            return arm
        return replace(
            arm,
            scaling="parallel" if arm.scaling == "vanilla" or (arm.scaling == "none" and arm.k > 1) else arm.scaling,
            consolidation="append",
            retrieve_n=1,
            exclude_template=False,
            retrieve_unit="experience",
            scope="global",
            most_items=None,
            withhold=0.0,
            without=(),
            review="off",
            learn=True,
            start="empty",
            pass_number=1,
        )

    def own_prompts(self, prompts: Mapping[str, str]) -> dict[str, str]:
        """Of prompts by name those that can enter the arm's results.

        A prompt that only some arms send is left out of the others, so that it changes no identity there.
        """
        return {name: text for name, text in prompts.items() if self._sends(name.partition(".")[0])}

    def _sends(self, prompt: str) -> bool:
        if prompt == "stage":
            return False  # sorts a bank's items for a person; no run sends it
        if prompt == "workflow":
            return self.memory == "awm" or bool(self.method)
        if prompt == "merge":
            return self.memory != "none" and (self.consolidation == "llm-merge" or bool(self.method))
        least = REFINEMENTS.get(prompt)
        return least is None or (self.scaling == "sequential" and self.k >= least)

    def to_json(self) -> dict[str, Any]:
        """Plain values; what came later is left out at its default, so that older arms keep their hash."""
        values = asdict(self) | {name: list(getattr(self, name)) for name in _LISTS}
        return {
            name: value for name, value in values.items() if name not in _LATER or getattr(self, name) != _LATER[name]
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "ArmConfig":
        values = dict(data)
        values["limits"] = Limits(**values.get("limits", {}))
        for name in _LISTS:
            values[name] = tuple(values.get(name, ()))
        return cls(**values)

    @property
    def hash(self) -> str:
        """Identity of the arm: SHA-256 over its canonical form."""
        return digest(canonical_json(self.canonical().to_json()))
