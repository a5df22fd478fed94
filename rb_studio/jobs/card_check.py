"""Two experiment cards beside each other, arm by arm: equal to the byte, different, or not to be compared."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from rb_studio.jobs.card import RATES
from rb_studio.records.arm import ArmConfig
from rb_studio.records.own_method import short

IDENTICAL, DIFFERS, NOT_COMPARABLE = "identical", "differs", "not comparable"
# What is compared apart from the rest of an arm, each with a reason of its own.
_APART = ("suite", "suite_hash", "models", "prompts", "start", "pass_number", "repeat", "method")


@dataclass(frozen=True, slots=True)
class ArmCheck:
    """One arm of a card beside its rerun: what differs, or why the two cannot be compared.

    `there` and `here` hold the figures of the card and of the rerun.
    """

    memory: str
    scaling: str
    k: int
    seed: int
    status: str
    reasons: tuple[str, ...]
    there: Mapping[str, Any]
    here: Mapping[str, Any]

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def compare(there: Mapping[str, Any], here: Mapping[str, Any]) -> list[ArmCheck]:
    """Every arm of a card beside the same arm of another one."""
    found = {_place(arm): arm for arm in here["arms"]}
    return [_checked(arm, found.get(_place(arm)), there, here) for arm in there["arms"]]


def _place(arm: Mapping[str, Any]) -> tuple[Any, ...]:
    """What tells the arms of one sweep apart, whatever ground they stand on."""
    config = arm["config"]
    names = ("order", "consolidation", "allocation")
    return (arm["memory"], arm["scaling"], arm["k"], arm["seed"], *(config.get(name) for name in names))


def _checked(
    there: Mapping[str, Any], here: Mapping[str, Any] | None, card: Mapping[str, Any], again: Mapping[str, Any]
) -> ArmCheck:
    named = {name: there[name] for name in ("memory", "scaling", "k", "seed")}
    if here is None:
        return ArmCheck(**named, status=NOT_COMPARABLE, reasons=("was not run",), there=there["metrics"], here={})
    reasons = _obstacles(there, here, card, again)
    status = NOT_COMPARABLE
    if not reasons:
        status = IDENTICAL if there["canonical"] == here["canonical"] else DIFFERS
        reasons = _differences(there, here, card, again) if status == DIFFERS else []
    return ArmCheck(**named, status=status, reasons=tuple(reasons), there=there["metrics"], here=here["metrics"])


def _obstacles(
    there: Mapping[str, Any], here: Mapping[str, Any], card: Mapping[str, Any], again: Mapping[str, Any]
) -> list[str]:
    """Why two arms cannot be compared: other tasks, prompts, models, start or settings."""
    before, after = ArmConfig.from_json(there["config"]), ArmConfig.from_json(here["config"])
    found = []
    if before.suite_hash != after.suite_hash:
        found.append(
            f"other suite: the tasks of {before.suite} are {before.suite_hash[:12]} there, {after.suite_hash[:12]} here"
        )
    changed = _unequal(_sent(before, card), _sent(after, again))
    if changed:
        found.append(f"other prompt: {', '.join(changed)}")
    found += _other_models(before.models, after.models)
    if (before.start, before.pass_number) != (after.start, after.pass_number):
        found.append(f"other start: {before.start} there, {after.start} here")
    if before.method != after.method:
        found.append(f"other version of the method {before.memory}: {_version(before)} there, {_version(after)} here")
    names = [field.name for field in fields(ArmConfig) if field.name not in _APART]
    other = [name for name in names if getattr(before, name) != getattr(after, name)]
    return [*found, f"other settings: {', '.join(other)}"] if other else found


def _other_models(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """A reason for each pair of models; mostly one fills all roles."""
    roles: dict[tuple[str | None, str | None], list[str]] = {}
    for role in _unequal(before, after):
        roles.setdefault((before.get(role), after.get(role)), []).append(role)
    return [
        f"other model: {', '.join(names)} {there or 'nobody'} there, {here or 'nobody'} here"
        for (there, here), names in roles.items()
    ]


def _version(arm: ArmConfig) -> str:
    return short(arm.method) if arm.method else "shipped"


def _sent(arm: ArmConfig, card: Mapping[str, Any]) -> dict[str, str]:
    return arm.own_prompts({name: prompt["hash"] for name, prompt in card["prompts"].items()})


def _unequal(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    return sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))


def _differences(
    there: Mapping[str, Any], here: Mapping[str, Any], card: Mapping[str, Any], again: Mapping[str, Any]
) -> list[str]:
    """Which tasks came out otherwise, and which figures with them."""
    before = dict(zip(card["tasks"], there["tasks"], strict=False))
    after = dict(zip(again["tasks"], here["tasks"], strict=False))
    keys = [key for key in {**before, **after} if before.get(key) != after.get(key)]
    told = [f"{len(keys)} of {len({**before, **after})} tasks, the first is {keys[0]}"] if keys else []
    return told + [f"{name} {a} there, {b} here" for name, a, b in _figures(there, here) if a != b]


def _figures(there: Mapping[str, Any], here: Mapping[str, Any]) -> list[tuple[str, Any, Any]]:
    before, after = there["metrics"], here["metrics"]
    rates = [(name, before[name]["value"], after[name]["value"]) for name in RATES]
    others = ("invalid", "mean_steps", "cost", "tokens")
    return [*rates, *((name, before.get(name), after.get(name)) for name in others)]
