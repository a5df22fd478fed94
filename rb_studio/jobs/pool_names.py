"""What curves are called: by what their arms do, told apart where two would have one name."""

import itertools
import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rb_studio.records.own_method import short

if TYPE_CHECKING:
    from rb_studio.jobs.pools import Pool
    from rb_studio.store import runs


def arm_name(asked: Mapping[str, Any], row: "runs.RunRow", apart: bool, split: str = "test") -> str:
    """An arm by its memory, its scaling and what of it is not as usual; `split` tells which tasks of a split it did."""
    number = f"run {row.id}: " if apart else ""
    scaling = "" if asked["scaling"] == "none" else f" {asked['scaling']}"
    frozen = " frozen" if row.start_state == "frozen" else ""
    again = f" pass {row.pass_number}" if row.pass_number > 1 else ""
    label = "" if asked["label"] == "judge" else f" labels {asked['label']}"
    noise = f" noise {asked['label_noise']:g}" if asked["label_noise"] else ""
    return f"{number}{asked['memory']}{scaling}{_choices(asked, split)}{label}{noise}{frozen}{again}"


def _choices(asked: Mapping[str, Any], split: str) -> str:
    """What of memory and tasks is not as usual."""
    policy = asked.get("consolidation", "append")
    unit, scope = asked.get("retrieve_unit", "experience"), asked.get("scope", "global")
    parts = (
        asked.get("allocation", "uniform") if asked.get("allocation", "uniform") != "uniform" else "",
        policy if policy != "append" and asked["memory"] != "none" else "",
        f"by {unit}" if unit != "experience" and asked["memory"] != "none" else "",
        f"within the {scope}" if scope != "global" and asked["memory"] != "none" else "",
        "" if asked.get("most_items") is None else f"at most {asked['most_items']} items",
        *(_kept_back(asked) if asked["memory"] != "none" else ()),
        f"{split} tasks" if asked.get("split") else "",
        "repeated" if asked.get("repeat_of") is not None else "",
    )
    return "".join(f" {part}" for part in parts if part)


def _kept_back(asked: Mapping[str, Any]) -> tuple[str, ...]:
    """What of its memory an arm did without."""
    left_out = asked.get("without", ())
    return (
        f"withholding {100 * asked['withhold']:g} %" if asked.get("withhold") else "",
        f"without {len(left_out)} item{'s' if len(left_out) > 1 else ''}" if left_out else "",
        f"review {asked['review']}" if asked.get("review", "off") != "off" and asked.get("learn", True) else "",
    )


def family_name(names: Sequence[str]) -> str:
    """What runs are called together: the words they all begin with, else the first one and how many more."""
    if len(set(names)) == 1:
        return names[0]
    words = [re.split(r"(?<=[-_./: ])", name) for name in names]
    shared = [same[0] for same in itertools.takewhile(lambda same: len(set(same)) == 1, zip(*words, strict=False))]
    return "".join(shared).strip("-_./: ") or f"{names[0]} and {len(names) - 1} more"


def named_apart(pools: "list[Pool]") -> "list[Pool]":
    """Pools of one name get what they differ in: suite, model, a method's version, prompts, else a number."""
    differences: list[Callable[[Pool], str]] = [
        lambda pool: "" if pool.imported else f" on {pool.arm['source']}",
        lambda pool: "" if pool.imported else f" by {pool.model}",
        lambda pool: f" ({short(pool.method)})" if pool.method else "",
        lambda pool: f" with another {', '.join(pool.reworded)}" if pool.reworded else "",
    ]
    for difference in differences:
        for members in _by_name(pools):
            if len({difference(pool) for pool in members}) > 1:
                for pool in members:
                    pool.name += difference(pool)
    for members in _by_name(pools):
        for number, pool in enumerate(members[1:], 2):
            pool.name = f"{pool.name} ({number})"
    return pools


def _by_name(pools: "Sequence[Pool]") -> "list[list[Pool]]":
    by_name: dict[str, list[Pool]] = {}
    for pool in pools:
        by_name.setdefault(pool.name, []).append(pool)
    return list(by_name.values())
