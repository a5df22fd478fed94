"""Ten sums as a suite of one's own, and an endpoint that solves, judges, distils and selects them like a person.

Every reply depends on nothing but the request, so that results can be compared byte by byte.
"""

import re
from pathlib import Path
from typing import Any

from rb_studio.records.task import Grading, Suite, SuiteContent, Task
from tests.models.fake_server import Answer, Handler, Request

PAIRS = [(17, 25), (8, 5), (90, 11), (33, 44), (7, 6), (120, 80), (51, 49), (2, 2), (64, 36), (19, 23)]
ADVICE = "Add the tens first, then the ones, and check the carry."
ACTOR, JUDGE, COACH, SELECTOR = "You answer a question", "You review an answer", "You coach an agent", "You compare"
GRADER = "You check an answer"


def write_csv(path: Path) -> Path:
    """The ten sums with their results."""
    rows = [f"What is {a} + {b}?,{a + b}" for a, b in PAIRS]
    path.write_text("\n".join(["question,answer", *rows, ""]), "utf-8")
    return path


def suite(expected: Any = None, grader: str = "number", name: str = "sums") -> SuiteContent:
    """The same suite as records; `expected` replaces every result."""
    tasks = tuple(Task(f"{name}/{i}", name, i, f"What is {a} + {b}?") for i, (a, b) in enumerate(PAIRS))
    gradings = tuple(
        Grading(task.key, grader, expected or str(a + b)) for task, (a, b) in zip(tasks, PAIRS, strict=True)
    )
    return SuiteContent(Suite(name, "answer", grader), tasks, gradings)


def role_of(request: Request) -> str:
    """Which role a request asks for, by the prompt's first words."""
    first = request.body["messages"][0]["content"]
    parts = {"actor": ACTOR, "judge": JUDGE, "distiller": COACH, "selector": SELECTOR, "grader": GRADER}
    for role, words in parts.items():
        if first.startswith(words):
            return role
    raise AssertionError(first)


def think(request: Request) -> str:
    """The text a sensible model would reply."""
    text = "\n".join(message["content"] for message in request.body["messages"])
    a, b = map(int, re.findall(r"What is (\d+) \+ (\d+)\?", text)[-1])
    role = role_of(request)
    if role == "actor":
        careful = ADVICE in text or request.body["seed"] % 2
        return f"<think>{a} and {b}, seed {request.body['seed']}</think>\n<answer>{a + b + (not careful)}</answer>"
    if role == "judge":
        said = re.findall(r"## Final message\n(.+)", text)[-1]
        return f"Thoughts: I worked it out, see [step 1].\nStatus: {'success' if said == str(a + b) else 'failure'}"
    if role == "grader":
        reference, said = re.findall(r"(?:Reference|Answer): (.+)", text)
        return f"Thoughts: compared.\nStatus: {'correct' if said == reference else 'incorrect'}"
    if role == "selector":
        answers = re.findall(r"Final message: (.+)", text)
        best = next((n for n, answer in enumerate(answers, 1) if answer == str(a + b)), 1)
        return f'{{"index": {best}, "analysis": "it adds up"}}'
    return (
        f"Here is what helps.\n# Memory Item 1\n## Title Tens first\n## Description For sums of two numbers."
        f"\n## Content {ADVICE}\n## Evidence Attempt 1 step 1"
    )


def solving(*, usage: dict[str, Any] | None = None, delay: float = 0.0) -> Handler:
    """A handler for the server; `usage` None reports none."""

    def handle(request: Request) -> Answer:
        text = None if request.path.endswith("/embeddings") else think(request)
        return Answer(text, usage=usage, delay=delay)

    return handle


def failing(role: str, fault: Answer) -> Handler:
    """Solves, but meets every request of one role with a fault."""
    return lambda request: fault if role_of(request) == role else solving()(request)


def failing_at(words: str, fault: Answer) -> Handler:
    """Solves, but meets every request that holds these words with a fault."""
    return lambda request: fault if words in str(request.body) else solving()(request)
