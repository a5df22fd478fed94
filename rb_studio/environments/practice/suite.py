"""The built-in suite `practice`: graded tasks from a seeded generator with a fixed seed."""

from functools import cache
from typing import Any

from rb_studio.environments.practice.data import Dice, build_shop
from rb_studio.environments.practice.drawing import Drawn, Source
from rb_studio.environments.practice.grading import GRADER
from rb_studio.environments.practice.names import CATALOGUES
from rb_studio.environments.practice.templates import TEMPLATES
from rb_studio.records.task import Grading, Suite, SuiteContent, Task

NAME = "practice"
INSTANCES = 10
SHOPS = (11, 23)
FIXED_SEED = 20230615


@cache
def practice_suite() -> SuiteContent:
    """The suite as it is shipped: the same tasks, shops and gradings on every machine."""
    return generate_suite()


def generate_suite(catalogue: str = "outdoor", phrasing: int = 0, ids: int = 0) -> SuiteContent:
    """The suite in another dress: other names, other wordings of the intents, other element ids.

    Parameters
    ----------
    catalogue
        `outdoor` or `kitchen`: which names products and people have.
    phrasing
        0 or 1: which wording of each template.
    ids
        0 numbers elements in reading order, another integer shuffles the ids.
    """
    drawn = _interleaved(_draw_all(catalogue))
    setups = [_setup(shop, catalogue, ids) for _, shop, _ in drawn]
    tasks = tuple(
        Task(f"{NAME}/{ordinal}", NAME, ordinal, instance.texts[phrasing], "shop", template, setup)
        for ordinal, ((template, _, instance), setup) in enumerate(zip(drawn, setups, strict=True))
    )
    gradings = tuple(
        Grading(task.key, GRADER, instance.expected) for task, (_, _, instance) in zip(tasks, drawn, strict=True)
    )
    suite = Suite(NAME, "practice", GRADER, source="built in", simulated=True)
    return SuiteContent(suite, tasks, gradings)


def _setup(shop: int, catalogue: str, ids: int) -> dict[str, Any]:
    setup: dict[str, Any] = {"start": "/dashboard", "shop": shop, "catalogue": catalogue}
    return {**setup, "ids": ids} if ids else setup


def _draw_all(catalogue: str) -> dict[str, list[tuple[str, int, Drawn]]]:
    """Instances by template; they alternate between the shops."""
    drawn: dict[str, list[tuple[str, int, Drawn]]] = {}
    for name, template in TEMPLATES.items():
        per_shop = []
        for shop in SHOPS:
            source = Source(build_shop(shop, catalogue), CATALOGUES[catalogue], Dice(f"{FIXED_SEED}:{name}:{shop}"))
            per_shop.append([(name, shop, one) for one in template(source)])
        pairs = [one for both in zip(*per_shop, strict=False) for one in both]
        drawn[name] = pairs[:INSTANCES]
    return drawn


def _interleaved(drawn: dict[str, list[tuple[str, int, Drawn]]]) -> list[tuple[str, int, Drawn]]:
    """Rounds that hold one instance of every template, each round in an order of its own."""
    dice = Dice(f"{FIXED_SEED}:order")
    rounds = [dice.shuffled([instances[index] for instances in drawn.values()]) for index in range(INSTANCES)]
    return [one for each in rounds for one in each]
