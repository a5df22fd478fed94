"""Learning from rollouts, or steps of them, that somebody chose: what is sent, and where the items lead back."""

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from rb_studio.jobs.fork import ForkRequest, Variant, fork
from rb_studio.jobs.learn_groups import CHOSEN, LearnRequest
from rb_studio.jobs.learning import estimate_learning, learn_from
from rb_studio.jobs.run import run_arm
from rb_studio.models.profile import Profile
from rb_studio.models.settings import Settings
from rb_studio.records.errors import Cancelled, UsageError
from rb_studio.records.item_text import ItemText, render_items
from rb_studio.records.memory import Experience
from rb_studio.store import banks, rollouts
from rb_studio.store.workspace import Workspace
from tests.jobs.conftest import PRACTICE, practice
from tests.models.fake_server import Answer, FakeServer

REPLY = render_items([ItemText("Filter first", "where a status is named", "Filter by it.")])
CITING = REPLY + "\n## Evidence Attempt 1 [step 2]; Attempt 2 [step 1]"


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run 1: two tasks, two rollouts each; runs 2 and 3 fork one of them."""
    path = tmp_path_factory.mktemp("chosen") / "stored.rbank"
    with Workspace.open(path, write=True, create=True) as workspace:
        run_arm(workspace, practice(limit=2, k=2, scaling="parallel"), PRACTICE)
        uid = rollouts.rollout_rows(workspace.reader(), run=1)[0].uid
        fork(workspace, ForkRequest(1, uid, 2, 1, (Variant("a"), Variant("b", "Look."))), PRACTICE)
    return path


@pytest.fixture
def opened(stored: Path, tmp_path: Path) -> Iterator[Workspace]:
    shutil.copy(stored, tmp_path / "chosen.rbank")
    with Workspace.open(tmp_path / "chosen.rbank", write=True) as workspace:
        yield workspace


def keys(workspace: Workspace, run: int = 1) -> list[tuple[int, str]]:
    return [(row.run, row.uid) for row in rollouts.rollout_rows(workspace.reader(), run=run)]


def learned(workspace: Workspace, request: LearnRequest, reply: str = REPLY):
    """What came of it, the experiences, and what the distiller was sent."""
    with FakeServer(Answer(reply)) as server:
        settings = Settings(profiles={"fake": Profile("fake", server.url, "m", retries=0)}, profile="fake")
        done = learn_from(workspace, request, settings)
        sent = ["\n".join(message["content"] for message in body["messages"]) for body in server.bodies]
    return done, experiences(workspace), sent


def experiences(workspace: Workspace) -> tuple[Experience, ...]:
    conn = workspace.reader()
    bank = banks.find_bank(conn, "reasoningbank")
    return () if bank is None else banks.bank_value(conn, bank.id, embedder="").experiences


def test_an_item_leads_back_to_just_the_chosen_steps(opened: Workspace) -> None:
    key = keys(opened)[0]
    done, (experience,), (sent,) = learned(opened, LearnRequest(rollouts=(key,), steps={key[1]: (3, 2)}))
    assert "[step 2]" in sent
    assert "[step 3]" in sent
    assert "[step 1]" not in sent
    assert "[step 4]" not in sent
    (item,) = experience.items
    assert [(source.rollout_uid, source.steps) for source in item.sources] == [(key[1], (2, 3))]
    assert done.item_uids == (item.uid,)


def test_the_same_steps_are_learned_once_and_others_are_another_lesson(opened: Workspace) -> None:
    key = keys(opened)[0]
    for steps, lessons in (((1, 2, 3), 1), ((3, 2, 1), 1), ((2, 3), 2)):
        learn_from(opened, LearnRequest(rollouts=(key,), steps={key[1]: steps}), PRACTICE)
        assert len(experiences(opened)) == lessons


def test_the_difference_between_any_rollouts_is_one_lesson_from_one_call(opened: Workspace) -> None:
    first, other = keys(opened)[0], keys(opened)[-1]
    request = LearnRequest(rollouts=(first, other), contrast=CHOSEN, label="gt", steps={other[1]: (1, 2)})
    done, (experience,), (sent,) = learned(opened, request, CITING)
    assert done.experiences == 1
    assert "## Attempt 1" in sent
    assert "## Attempt 2" in sent
    assert sent.count("Goal of this attempt") == 2, "they are of two tasks"
    (item,) = experience.items
    assert {source.rollout_uid: source.steps for source in item.sources} == {first[1]: (2,), other[1]: (1,)}


def test_variants_of_a_fork_are_two_attempts_though_they_throw_the_same_dice(opened: Workspace) -> None:
    chosen = (*keys(opened, 2), *keys(opened, 3))
    done, (experience,), sent = learned(opened, LearnRequest(rollouts=chosen, contrast=CHOSEN, label="gt"))
    assert len(experience.rollout_uids) == 2
    assert len(sent) == 1
    assert not done.reasons


def test_cost_is_told_first(opened: Workspace) -> None:
    conn, chosen = opened.reader(), tuple(keys(opened))
    apart = estimate_learning(conn, LearnRequest(rollouts=chosen, label="gt"), PRACTICE)
    assert apart.calls == len(chosen)
    assert apart.prompts is not None
    assert apart.tokens is None, "no distiller has been asked here yet"
    assert estimate_learning(conn, LearnRequest(rollouts=chosen, contrast=CHOSEN, label="gt"), PRACTICE).calls == 1
    one = LearnRequest(rollouts=chosen[:1], label="gt")
    less = estimate_learning(conn, LearnRequest(rollouts=chosen[:1], label="gt", steps={chosen[0][1]: (1,)}), PRACTICE)
    assert less.prompts < estimate_learning(conn, one, PRACTICE).prompts


def test_what_does_not_go_together_is_refused(opened: Workspace) -> None:
    key = keys(opened)[0]
    for request, words in (
        (LearnRequest(contrast=CHOSEN), "contrast 'chosen'"),
        (LearnRequest("task:x", rollouts=(key,)), "not both"),
        (LearnRequest(rollouts=(key,), steps={"other": (1,)}), "none of the rollouts"),
        (LearnRequest(rollouts=(key,), steps={key[1]: (99,)}), "no step 99"),
        (LearnRequest(rollouts=(key,), steps={key[1]: ()}), "no step is chosen"),
        (LearnRequest(rollouts=((1, "nobody"),)), "no finished rollout nobody"),
        (LearnRequest(rollouts=((99, key[1]),)), "no run 99"),
    ):
        with pytest.raises(UsageError, match=words):
            learn_from(opened, request, PRACTICE)
    assert experiences(opened) == ()


def test_in_a_process_of_its_own_the_same_is_learned(opened: Workspace) -> None:
    request = LearnRequest(rollouts=tuple(keys(opened)), label="gt")
    told: list[tuple[int, int]] = []
    done = learn_from(opened, request, PRACTICE, isolated=True, on_group=lambda n, of: told.append((n, of)))
    assert done.items == len(done.item_uids) > 0
    assert told == [(n, len(told)) for n in range(1, len(told) + 1)]
    assert learn_from(opened, request, PRACTICE).reasons.get("learned before")


def test_a_stop_ends_a_process_of_its_own(opened: Workspace) -> None:
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(Cancelled, match="what was learned stays"):
        learn_from(opened, LearnRequest(label="gt"), PRACTICE, isolated=True, cancel=cancel)
    assert experiences(opened) == ()
