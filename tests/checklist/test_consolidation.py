"""Consolidation acts on the arm's own bank, logged and reversible (checklist 11, 22; D9, D10)."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rb_studio.jobs.request import RunRequest, SweepRequest
from rb_studio.jobs.run import run_arm
from rb_studio.method.consolidate import counted, effect, folded
from rb_studio.method.merging import parse_decisions
from rb_studio.method.stream import run_task
from rb_studio.models.hashing import HashingEmbedder
from rb_studio.records.calls import FailureKind
from rb_studio.records.consolidation import parse_policy, spelled
from rb_studio.records.errors import Cancelled, UsageError
from rb_studio.records.item_text import ItemText, render_items
from rb_studio.records.judgement import Status, Verdict
from rb_studio.records.memory import Bank, ItemState, Retrieval, RetrievedExperience, Tally
from rb_studio.store import banks, operations, outcomes, runs
from rb_studio.store.workspace import Workspace
from tests.jobs.conftest import PRACTICE, StopAfter, lines, practice
from tests.method.scripted import FAILURE, SUCCESS, answer_tools, arm, cast, fault, question

POLICIES = ("skip-near-duplicates:0.9", "llm-merge", "cap:2", "cap:3:items")
EMBEDDER = HashingEmbedder()
TEXTS = {
    1: ItemText("Sort the table", "For the highest row.", "Sort the table by the column."),
    2: ItemText("Save the form", "For changes.", "Press save and read the message."),
    3: ItemText("Sort the table", "For the highest row.", "Sort the table by the column asked for."),
    4: ItemText("Sort the table", "For the highest row.", "Sort the table by the column."),
    5: ItemText("Read all pages", "For counts.", "Leaf to the last page before counting."),
    6: ItemText("Save the form", "For changes and edits.", "Press save and read the message."),
}
TASKS = [question(number) for number in TEXTS]


@pytest.fixture
def open_new(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[object]:
    monkeypatch.setenv("RB_STUDIO_CONFIG_DIR", str(tmp_path / "config"))
    monkeypatch.setenv("RB_STUDIO_DATA_DIR", str(tmp_path / "data"))
    opened: list[Workspace] = []

    def one(name: str = "mine") -> Workspace:
        opened.append(Workspace.open(tmp_path / f"{name}.rbank", write=True, create=True))
        return opened[-1]

    yield one
    for workspace in opened:
        workspace.close()


def coach(messages, seed):
    """Distils the text of its task; merges whatever it is shown into the first item that is like it."""
    text = "\n".join(message.content for message in messages)
    if "## Existing items" in text:
        new = {"title": "Merged", "description": "Both.", "content": f"Said at {seed}."}
        action = "update" if "Save the form" in text else "merge"
        return json.dumps({"decisions": [{"new": 1, "action": action, "existing": 1, **new}]})
    number = int(re.search(r"What is (\d)", text)[1])
    return f"# Memory Item 1\n{render_items([TEXTS[number]])}"


def judge(messages, seed):
    return SUCCESS if seed % 3 else FAILURE


def tools(distiller=coach):
    return answer_tools(cast(judge=judge, distiller=distiller))


def streamed(policy, tasks=TASKS, using=None, *, bank=None):
    """Outcomes and the bank value as the driver folds it."""
    chosen = arm(consolidation=policy, models={"embedder": EMBEDDER.identity})
    bank, done = bank or Bank(embedder=EMBEDDER.identity), []
    for task in tasks:
        done.append(run_task(chosen, task, bank, using or tools()))
        bank = folded(bank, chosen, done[-1])
    return chosen, done, bank


def active(bank):
    return [item.title for one in bank.experiences for item in one.active_items]


def all_items(bank):
    return [item for one in bank.experiences for item in one.items]


def stored(workspace, chosen, done):
    """The same outcomes committed one by one."""
    bank = workspace.run(lambda db: banks.create_bank(db, "own", chosen.memory))
    run = workspace.run(lambda db: runs.create_run(db, chosen, bank=bank))
    for one in done:
        workspace.run(lambda db, one=one: outcomes.commit_outcome(db, run, bank, one, embedder=EMBEDDER.identity))
    return run, bank


def value(workspace, bank):
    return banks.bank_value(workspace.reader(), bank, embedder=EMBEDDER.identity, items=True)


@pytest.mark.parametrize("policy", ["append", *POLICIES])
def test_d9_point_22_the_stored_bank_is_the_value_the_arm_carries(open_new, policy):
    workspace = open_new()
    chosen, done, bank = streamed(policy)
    run, bank_id = stored(workspace, chosen, done)
    read = value(workspace, bank_id)
    assert read.experiences == bank.experiences
    assert read.item_vectors.keys() == bank.item_vectors.keys()
    assert all(np.array_equal(read.item_vectors[uid], vector) for uid, vector in bank.item_vectors.items())
    tally = Tally()
    for retrieval, verdicts in outcomes.labels_along(workspace.reader(), run):
        tally = counted(tally, retrieval, verdicts)
    assert bank.tally == (tally if policy.startswith("cap") else Tally())
    kept = [outcomes.load_outcome(workspace.reader(), run, one.task_key).consolidation for one in done]
    assert kept == [one.consolidation for one in done]
    assert policy == "append" or any(kept)


@pytest.mark.parametrize("policy", POLICIES)
def test_d9_nothing_is_lost_and_undoing_restores_what_was_archived(open_new, policy):
    workspace = open_new()
    chosen, done, bank = streamed(policy)
    _, bank_id = stored(workspace, chosen, done)
    plain = streamed("append", using=tools())[2]
    learned = {item.content for item in all_items(plain)}
    assert len(all_items(bank)) >= len(learned)
    times = sum(one.consolidation is not None for one in done)
    label = operations.undo_label(workspace.reader(), "consolidation")
    assert label.startswith("Consolidate after")
    assert policy in label
    for _ in range(times):
        workspace.run(lambda db: operations.undo(db, "consolidation"))
    assert operations.undo_label(workspace.reader(), "consolidation") is None
    back = value(workspace, bank_id)
    assert all(item.state is ItemState.ACTIVE for item in all_items(back))
    learned_items = [item for one in done for item in one.experience.items]
    made = {item.uid for item in learned_items if item.title == "Merged"}
    untouched = [(i.title, i.description, i.content) for i in all_items(back) if i.uid not in made]
    assert untouched == [(text.title, text.description, text.content) for text in TEXTS.values()]
    for _ in range(times):
        workspace.run(lambda db: operations.redo(db, "consolidation"))
    assert value(workspace, bank_id).experiences == bank.experiences


def test_d9_what_was_put_together_keeps_a_link_to_what_stands_for_it(open_new):
    workspace = open_new()
    chosen, done, bank = streamed("skip-near-duplicates:0.9")
    stored(workspace, chosen, done)
    [change] = [one.consolidation for one in done if one.task_key == TASKS[3].key]
    [gone] = change.archived
    rows = workspace.reader().execute(
        "SELECT a.uid, l.kind, b.uid FROM item_lineage l JOIN memory_item a ON a.id = l.item "
        "JOIN memory_item b ON b.id = l.other WHERE l.op_to IS NULL"
    )
    assert (gone.uid, "merged_into", gone.into) in [tuple(row) for row in rows]
    assert gone.into == bank.experiences[0].items[0].uid
    assert gone.reason == "cosine 1.000"


def test_near_duplicates_are_skipped_from_the_threshold_on():
    counts = [len(active(streamed(f"skip-near-duplicates:{cosine}")[2])) for cosine in (1, 0.9, 0.3)]
    assert counts[0] == 5
    assert counts == sorted(counts, reverse=True)
    assert counts[2] < counts[0]
    _, _, bank = streamed("skip-near-duplicates:1")
    assert [one.active_items == () for one in bank.experiences] == [False, False, False, True, False, False]


def test_an_update_rewrites_the_old_item_and_a_merge_replaces_both():
    seen = set()
    _, done, _ = streamed("llm-merge")
    for one in done:
        change = one.consolidation
        if change is None:
            continue
        own = {item.uid for item in one.experience.items}
        if change.rewritten:
            seen.add("update")
            [new] = change.archived
            assert new.uid in own
            assert new.into == change.rewritten[0].uid not in own
        else:
            seen.add("merge")
            merged = one.experience.items[-1]
            assert [gone.into for gone in change.archived] == [merged.uid] * 2
            assert merged.content.startswith("Said at")
            assert len(merged.sources) >= 2
        asked = [call.messages[-1].content for call in one.calls if call.role == "distiller"]
        assert sum("## Existing items" in text for text in asked) == 1
    assert seen == {"update", "merge"}


@pytest.mark.parametrize(
    "reply",
    [
        "",
        "I would rather not.",
        '{"decisions": 5}',
        '{"decisions": [{"new": 1, "action": "burn"}]}',
        fault(FailureKind.REFUSAL),
    ],
)
def test_a_merging_reply_of_nonsense_adds_and_says_so(reply):
    def distiller(messages, seed):
        return reply if "## Existing items" in messages[-1].content else coach(messages, seed)

    _, done, bank = streamed("llm-merge", using=tools(distiller))
    assert [one.consolidation for one in done] == [None] * len(done)
    assert len(active(bank)) == len(TEXTS)
    assert any("added" in note or "merged" in note for one in done for note in one.notes)


KEYS = st.sampled_from(["decisions", "new", "existing", "action", "title", "content"])
PLAIN = st.none() | st.integers(0, 3) | st.sampled_from(["add", "update", "merge", "2"])
VALUES = st.recursive(PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner), max_leaves=12)
DECISION = st.fixed_dictionaries({"new": PLAIN, "existing": PLAIN, "action": PLAIN, "title": PLAIN, "content": PLAIN})
REPLIES = st.lists(DECISION | VALUES, max_size=4).map(lambda made: json.dumps({"decisions": made}))


@given(st.text(max_size=200) | VALUES.map(json.dumps) | REPLIES)
def test_merging_replies_never_raise_and_use_no_item_twice(text):
    found, notes = parse_decisions(text, 2, 2)
    assert len({one.new for one in found}) == len({one.existing for one in found}) == len(found) <= 2
    assert all(1 <= one.new <= 2 and 1 <= one.existing <= 2 and one.title and one.content for one in found)
    assert notes or len(found) == 2


def test_without_anything_alike_no_merging_is_asked_for():
    using = cast(judge=SUCCESS, distiller=coach)
    streamed("llm-merge", TASKS[:2], answer_tools(using))
    assert len(using.distiller.sent) == 2


def used(uid, *statuses):
    hit = RetrievedExperience("e", 1, 1.0, "t", "t", (uid,))
    verdicts = tuple(Verdict(f"v{n}", f"r{n}", Status(status), "") for n, status in enumerate(statuses))
    return Retrieval("q", "e", (hit,)), verdicts


def test_d10_effect_is_success_with_the_item_minus_success_overall_and_no_popularity():
    tally = Tally()
    for uid, statuses in (("good", ["success"]), ("bad", ["failure", "failure"]), ("bad", ["success", "unknown"])):
        tally = counted(tally, *used(uid, *statuses))
    assert (tally.rollouts, tally.successes) == (4, 2)
    assert effect(tally, ["good"]) == 0.5
    assert effect(tally, ["bad"]) == pytest.approx(1 / 3 - 0.5)
    assert effect(tally, ["never injected"]) == 0.0


def test_the_cap_lets_those_of_least_effect_go():
    chosen, done, _ = streamed("cap:3")
    bank = Bank(embedder=EMBEDDER.identity)
    for one in done:
        before, bank = bank, folded(bank, chosen, one)
        gone = {archived.uid for archived in one.consolidation.archived} if one.consolidation else set()
        held = [*before.experiences, *([one.experience] if one.experience else [])]
        worth = {e.uid: effect(bank.tally, [item.uid for item in e.items]) for e in held if e.active_items}
        left = [worth[e.uid] for e in held if e.active_items and e.items[0].uid in gone]
        kept = [worth[e.uid] for e in held if e.active_items and e.items[0].uid not in gone]
        assert len(kept) <= 3
        assert all(a <= b for a in left for b in kept)
    assert len({round(effect(bank.tally, [item.uid]), 3) for item in all_items(bank)}) > 1
    assert len(active(streamed("cap:3:items")[2])) == 3


def test_with_equal_effects_the_oldest_leave_first():
    always = answer_tools(cast(judge=SUCCESS, distiller=coach))
    _, _, bank = streamed("cap:2", using=always)
    assert [n for n, one in enumerate(bank.experiences) if one.active_items] == [4, 5]


@pytest.mark.parametrize("policy", ["append", "skip-near-duplicates", "llm-merge", "cap", "cap:7", "cap:7:items"])
def test_a_policy_and_its_default_number_are_one(policy):
    assert spelled(spelled(policy)) == spelled(policy)
    assert parse_policy(spelled(policy)) == parse_policy(policy)
    assert spelled("cap") == spelled("cap:100") == "cap:100"
    assert spelled("skip-near-duplicates") == "skip-near-duplicates:0.9"


@pytest.mark.parametrize("text", ["", "cap:0", "cap:1.5", "cap:x", "append:1", "llm-merge:2", "skip-near-duplicates:2"])
def test_a_policy_that_cannot_be_read_is_refused_in_a_sentence(text):
    with pytest.raises(UsageError) as refused:
        parse_policy(text)
    assert repr(text) in str(refused.value)


def test_point_11_without_a_policy_nothing_is_embedded_asked_or_recorded_beyond_the_experience():
    _, done, bank = streamed("append")
    assert all(one.consolidation is None and not one.item_vectors for one in done)
    assert [one.embedding.texts for one in done] == [1] * len(done)
    assert (bank.item_vectors, bank.tally) == ({}, Tally())


def test_point_21_texts_embedded_for_a_policy_are_counted():
    _, done, _ = streamed("skip-near-duplicates:0.9")
    assert [one.embedding.texts for one in done] == [2] * len(done)


# Whole runs in the practice world


RUNS = {
    "append": {},
    "skip": {"consolidation": "skip-near-duplicates:0.6"},
    "merge": {"consolidation": "llm-merge"},
    "cap": {"consolidation": "cap:2"},
    "item": {"retrieve_unit": "item", "retrieve_n": 2},
    "awm": {"memory": "awm", "consolidation": "cap:2:items"},
    "synapse": {"memory": "synapse"},
    "success only": {"memory": "reasoningbank-success-only", "scaling": "parallel", "k": 2},
    "split": {"split": "0.4:1", "order": "shuffle:2"},
}


@pytest.mark.parametrize("changes", RUNS.values(), ids=RUNS)
def test_point_22_a_run_stopped_anywhere_and_continued_has_the_same_bank_and_results(open_new, changes):
    request = practice(**{"memory": "reasoningbank", "limit": 8, **changes})
    whole, broken = open_new("whole"), open_new("broken")
    run_arm(whole, request, PRACTICE)
    for done in (2, 5):
        with pytest.raises(Cancelled):
            run_arm(broken, request, PRACTICE, cancel=StopAfter(broken, done))
    run_arm(broken, request, PRACTICE)
    assert lines(broken) == lines(whole) != ""
    assert banks.bank_hash(broken.reader(), 1) == banks.bank_hash(whole.reader(), 1)
    row = runs.run(whole.reader(), 1)
    assert (row.start_state, row.pass_number) == ("empty", 1)


def test_the_users_bank_is_never_rearranged_by_a_run(open_new):
    workspace = open_new()
    run_arm(workspace, practice(memory="reasoningbank", limit=4), PRACTICE)
    own = banks.find_bank(workspace.reader(), "reasoningbank")
    before = banks.bank_hash(workspace.reader(), own.id)
    for bank in (None, "reasoningbank", "empty"):
        request = practice(memory="reasoningbank", limit=6, consolidation="cap:1", bank=bank)
        row = runs.run(workspace.reader(), run_arm(workspace, request, PRACTICE))
        assert row.bank != own.id
        assert row.start_state == ("continued" if bank == "reasoningbank" else "empty")
    assert banks.bank_hash(workspace.reader(), own.id) == before


def test_policies_are_an_axis_of_a_sweep():
    base = RunRequest("practice")
    request = SweepRequest(base, seeds=(0, 1), consolidations=("append", "cap:5"))
    cells, notes = request.cells()
    assert [(c.memory, c.consolidation, c.seed) for c in cells if c.seed == 0] == [
        ("none", "append", 0),
        ("reasoningbank", "append", 0),
        ("reasoningbank", "cap:5", 0),
    ]
    assert notes == []
    assert "consolidations" not in SweepRequest(base).to_json()
    assert request.hash != SweepRequest(base, seeds=(0, 1)).hash
