"""A loop of shop and practice model in the layout of the agent loop, and prompts for the other roles."""

from dataclasses import dataclass
from functools import cache

from rb_studio.environments.practice import PracticeShop, practice_suite
from rb_studio.models.practice import PracticeModel
from rb_studio.records.calls import CallSettings, Message
from rb_studio.records.identity import call_seed
from rb_studio.records.item_text import ItemText, parse_items, render_items
from rb_studio.records.resources import root

SUITE = practice_suite()
MODEL = PracticeModel()
GRADINGS = {grading.task_key: grading for grading in SUITE.gradings}


@dataclass(frozen=True)
class Run:
    """One rollout: (thought, action, page after, error) per step, final message, truth."""

    task: object
    steps: tuple[tuple[str, str, str, str | None], ...]
    final: str
    success: bool

    @property
    def text(self) -> str:
        return "\n\n".join(
            f"[step {n}] Thought: {thought}\nAction: {action}" + (f"\nError: {error}" if error else "")
            for n, (thought, action, _, error) in enumerate(self.steps, 1)
        )

    @property
    def pages(self) -> str:
        shown = list(enumerate(self.steps, 1))[-3:]
        return "\n\n".join(f"### After step {n}\n{page}" for n, (_, _, page, _) in shown)


@cache
def prompt(name: str) -> tuple[str, str]:
    """System and user text of a shipped prompt."""
    _, system, user = (root() / "prompts" / f"{name}.md").read_text().replace("[user]", "[system]").split("[system]")
    return system.strip(), user.strip()


def filled(name: str, **values: str) -> list[Message]:
    texts = prompt(name)
    for key, value in values.items():
        texts = tuple(text.replace(f"{{{{{key}}}}}", value) for text in texts)
    return [Message("system", texts[0]), Message("user", texts[1])]


def opening(goal: str, items: tuple[ItemText, ...] = ()) -> list[Message]:
    block = ""
    if items:
        block = (root() / "prompts" / "inject.md").read_text().replace("{{items}}", render_items(items))
    return filled("act.web", task=goal, memory=block)


def ask(messages, seed=0, temperature=0.7, model=MODEL) -> str:
    return model.reply(messages, CallSettings(temperature=temperature), seed).text


def play(task, seed=0, index=0, items=(), model=MODEL, grading=None, temperature=0.7, limit=30) -> Run:
    """One rollout of a task."""
    shop = PracticeShop(grading or GRADINGS[task.key])
    page = shop.reset(task, 0)
    start, turns, steps = opening(task.text, tuple(items)), [], []
    while page.answered is None and len(steps) < limit:
        messages = [*start, *turns, Message("user", f"Current page:\n{page.text}")]
        reply = ask(messages, call_seed(seed, task.key, index, "actor", len(steps)), temperature, model)
        thought, _, action = reply.removeprefix("<think>").removesuffix("</action>").partition("</think>\n<action>")
        page = shop.step(action)
        steps.append((thought, action, page.text, page.error))
        result = f"Result: error: {page.error}" if page.error else "Result: ok"
        turns += [Message("assistant", reply), Message("user", result)]
    return Run(task, tuple(steps), page.answered or "(none)", bool(shop.grade().success))


def judged(run: Run) -> str:
    """Status and reason, as the judge's reply has them."""
    return ask(
        filled("judge.web", task=run.task.text, steps=run.text, observations=run.pages, answer=run.final),
        temperature=0.0,
    )


def distilled(run: Run, outcome: str, reason: str = "", seed: int = 0) -> tuple[ItemText, ...]:
    name = f"distill-{outcome}.web"
    return parse_items(ask(filled(name, task=run.task.text, reason=reason, steps=run.text), seed, 1.0)).items


def attempts(runs, outcomes=None) -> str:
    """Attempts side by side; without outcomes as the selector sees them."""
    parts = []
    for number, run in enumerate(runs, 1):
        head = f"## Attempt {number}"
        if outcomes:
            head += f" - outcome: {outcomes[number - 1]}\nReviewer's reason: none given\n"
        parts.append(f"{head}\n{run.text}\n\nFinal message: {run.final}")
    return "\n\n".join(parts)


def contrasted(runs, outcomes, seed: int = 0) -> tuple[ItemText, ...]:
    kinds = {"success": "common-pattern", "failure": "common-mistake"}
    name = kinds[outcomes[0]] if len(set(outcomes)) == 1 else "contrast"
    text = ask(filled(name, task=runs[0].task.text, attempts=attempts(runs, outcomes)), seed, 1.0)
    return parse_items(text).items


def rate(tasks, seeds, items=(), model=MODEL) -> float:
    runs = [play(task, seed, items=items, model=model) for seed in seeds for task in tasks]
    return sum(run.success for run in runs) / len(runs)


def of_template(*names: str):
    return [task for task in SUITE.tasks if task.template in names]
