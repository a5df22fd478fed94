"""Hypothesis strategies for records with hostile text."""

from typing import Any

from hypothesis import strategies as st

from rb_studio.interchange.loaded import Rollout
from rb_studio.interchange.source import clean_text
from rb_studio.records.calls import Failure, FailureKind, Usage
from rb_studio.records.judgement import Status, Truth, Verdict
from rb_studio.records.memory import Experience, ItemSource, ItemState, MemoryItem
from rb_studio.records.task import Task
from rb_studio.records.trajectory import Action, ExitReason, State, Step, Trajectory

PIECES = st.sampled_from(
    [
        "```",
        "```mswea_bash_command\nls\n```",
        "~~~",
        "# Memory Item 2",
        "## Title x",
        "## Content",
        "> quoted",
        "THOUGHT: ",
        "**Title:** bold",
        "- Tags: a, b",
        "\n",
        "\n\n",
        " ",
        "\r\n",
        "\u2028",
        "記憶の項目",
        "🧠",
        "\ud800",
        "\x00",
        "<returncode>0</returncode>",
        "[c1]",
        '"',
        "\\",
        "diff --git a/x b/x\n",
        "{{task}}",
    ]
)
RAW = st.lists(PIECES | st.text(max_size=6), max_size=6).map("".join)
TEXT = RAW.map(clean_text)
NAME = st.text(st.characters(categories=("L", "N")), min_size=1, max_size=8)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | TEXT, lambda x: st.lists(x, max_size=2), max_leaves=3
)
EXTRA = st.dictionaries(NAME, VALUES, max_size=2)
COST = st.none() | st.floats(0, 10)
TIMES = st.none() | st.integers(1, 4_000_000_000_000_000).map(lambda us: _iso(us))


def _iso(microseconds: int) -> str:
    from datetime import UTC, datetime, timedelta

    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)).isoformat()


ACTIONS = st.builds(Action, TEXT, st.none() | NAME, st.none() | NAME)
USAGE = st.none() | st.builds(Usage, st.none() | st.integers(0, 9), st.none() | st.integers(0, 9))
STATES = st.none() | st.builds(State, TEXT, st.dictionaries(NAME, TEXT, max_size=1), EXTRA)


@st.composite
def steps(draw: st.DrawFn, number: int) -> Step:
    return Step(
        number,
        draw(TEXT),
        tuple(draw(st.lists(ACTIONS, max_size=3))),
        draw(TEXT),
        error=draw(st.none() | TEXT),
        state=draw(STATES),
        reasoning=draw(st.none() | TEXT),
        usage=draw(USAGE),
        cost=draw(COST),
        started_at=draw(TIMES),
        elapsed=draw(COST),
        pointer=None,
        extra=draw(EXTRA),
    )


TASKS = st.builds(Task, NAME.map("suite/{}".format), NAME, st.integers(0, 99), TEXT, st.none() | NAME, setup=EXTRA)


@st.composite
def rollouts(draw: st.DrawFn) -> Rollout:
    task = draw(TASKS)
    count = draw(st.integers(0, 3))
    trajectory = Trajectory(
        draw(st.uuids().map(str)),
        task.key,
        draw(st.integers(0, 4)),
        draw(st.integers(0, 2**31)),
        draw(TEXT),
        tuple(draw(steps(number)) for number in range(1, count + 1)),
        draw(st.sampled_from(ExitReason)),
        answer=draw(st.none() | TEXT),
        patch=draw(st.none() | TEXT),
        exit_detail=draw(TEXT),
        failure=draw(st.none() | st.builds(Failure, st.sampled_from(FailureKind), TEXT)),
        memory_block=draw(TEXT),
        passes=tuple(draw(st.lists(st.integers(1, 9), max_size=2))),
        started_at=draw(TIMES),
        model=draw(TEXT),
        simulated=draw(st.booleans()),
        extra=draw(EXTRA),
    )
    return Rollout(draw(NAME), task, trajectory)


TRUTHS = st.builds(Truth, st.none() | st.booleans(), st.none() | st.floats(0, 1), NAME, TEXT)
VERDICTS = st.builds(
    Verdict, NAME, NAME, st.sampled_from(Status), TEXT, NAME, TEXT, st.lists(st.integers(1, 9), max_size=2).map(tuple)
)
SOURCES = st.builds(ItemSource, NAME, st.lists(st.integers(1, 9), max_size=2).map(tuple), NAME, st.none() | NAME)


def items(text: st.SearchStrategy[str] = TEXT) -> st.SearchStrategy[MemoryItem]:
    return st.builds(
        MemoryItem,
        st.uuids().map(str),
        text,
        text,
        text,
        st.sampled_from(["success", "failure", "contrast", ""]),
        st.sampled_from(ItemState),
        st.lists(text.map(str.strip).filter(bool), max_size=3, unique=True).map(tuple),
        st.lists(SOURCES, max_size=2).map(tuple),
        st.sampled_from(["judge", "gt", "human", ""]),
        model=NAME,
        prompt_hash=st.none() | NAME,
        simulated=st.booleans(),
    )


@st.composite
def experiences(draw: st.DrawFn, text: st.SearchStrategy[str] = TEXT, **given: Any) -> Experience:
    return Experience(
        draw(st.uuids().map(str)),
        draw(NAME),
        draw(text),
        tuple(draw(st.lists(items(text), max_size=3))),
        rollout_uids=tuple(draw(st.lists(NAME, max_size=2))),
        template=draw(st.none() | NAME),
        site=draw(st.none() | NAME),
        label=draw(NAME),
        kind=draw(NAME),
        raw=draw(text),
        **given,
    )
