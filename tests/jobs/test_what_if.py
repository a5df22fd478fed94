"""Asking what would be injected: every rank, score and reason, and two answers beside each other."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rb_studio.jobs.tokens import count_tokens
from rb_studio.jobs.what_if import Question, answer, compare, embedded_bank
from rb_studio.method.prompts import PromptSet
from rb_studio.method.retrieve import retrieve
from rb_studio.models.hashing import HashingEmbedder
from rb_studio.records.errors import UsageError
from rb_studio.records.memory import Experience, MemoryItem
from rb_studio.store import banks, curation
from rb_studio.store.item_import import import_items
from rb_studio.store.workspace import Workspace

TASKS = ("largest order of May", "largest order of June", "change the address", "count the reviews")
ASKED = "which order of May was the largest"


@pytest.fixture(scope="module")
def asking(tmp_path_factory):
    path = tmp_path_factory.mktemp("what-if") / "w.rbank"
    embedder = HashingEmbedder()
    with Workspace.open(path, write=True, create=True) as workspace:
        bank = workspace.run(lambda db: banks.create_bank(db, "b", "reasoningbank"))
        learned = [
            Experience(
                f"e{n}",
                f"{'shop' if n < 2 else 'web'}/{n}",
                text,
                tuple(MemoryItem(f"i{n}{m}", f"On {text}", f"part {m}", f"Advice {m} on {text}.") for m in range(2)),
                template=f"t{n % 2}",
                site="one" if n < 2 else "two",
            )
            for n, text in enumerate(TASKS)
        ]
        workspace.run(lambda db: import_items(db, bank, learned))
        before = banks.last_operation(workspace.reader())
        workspace.run(lambda db: curation.set_state(db, bank, [1, 2], "archived"))
        conn = workspace.reader()
        now = embedded_bank(conn, bank, None, embedder, items=True)
        yield conn, now, embedder, embedded_bank(conn, bank, before, embedder, items=True), before


def test_parts_tell_rank_score_reason_and_tokens_of_everything(asking):
    conn, _, embedder, bank, before = asking
    found = answer(conn, bank, Question(ASKED, without_template="t0"), embedder, name="b", operation=before)
    assert [part.rank for part in found.parts] == [1, 2, 3, 4]
    assert [part.score for part in found.parts] == sorted((part.score for part in found.parts), reverse=True)
    first, second = found.parts[:2]
    assert (first.experience_uid, first.reason) == ("e0", "same template")
    assert second.injected
    assert {part.reason for part in found.parts[2:]} <= {"same template", "below the top 1"}
    assert found.line == second.score
    assert found.margin == round(second.score - max(p.score for p in found.parts if p.reason == "below the top 1"), 6)
    assert found.tokens == count_tokens(found.retrieval.block) > sum(second.item_tokens) > 0
    assert all(score is not None for part in found.parts for score in part.item_scores)
    assert (found.bank, found.operation) == ("b", before)


@settings(deadline=None, max_examples=60)
@given(
    n=st.integers(0, 4),
    unit=st.sampled_from(["experience", "item"]),
    scope=st.sampled_from(["global", "suite", "site"]),
    most=st.none() | st.integers(1, 3),
    without=st.sets(st.sampled_from([*(f"i{n}{m}" for n in range(4) for m in range(2)), "e0", "e2"])),
    held=st.sets(st.sampled_from(["t0", "t1"])),
    task=st.none() | st.sampled_from(["shop/0", "web/2"]),
)
def test_what_is_marked_injected_is_what_a_run_injects(asking, n, unit, scope, most, without, held, task):
    conn, _, embedder, bank, _ = asking
    question = Question(ASKED, n, unit, scope, most, None, task, tuple(without), "shop", "one", tuple(held))
    found = answer(conn, bank, question, embedder)
    hits = found.retrieval.hits
    assert [part.experience_uid for part in found.parts if part.injected] == [hit.uid for hit in hits]
    assert [part.score for part in found.parts if part.injected] == [hit.score for hit in hits]
    assert [part.item_uids for part in found.parts if part.injected] == [hit.item_uids for hit in hits]
    recorded = {(miss.uid, miss.reason) for miss in found.retrieval.near_misses}
    told = {(part.experience_uid, part.reason) for part in found.parts if not part.injected}
    assert n == 0 or recorded <= told
    injected = {uid for hit in hits for uid in hit.item_uids}
    assert not injected & without
    kept = [one for one in bank.experiences if one.uid not in without and one.template not in held]
    assert {part.experience_uid for part in found.parts if part.injected} <= {one.uid for one in kept}
    for part in found.parts:
        if part.reason == "left out":
            assert part.experience_uid in without or set(part.item_uids) <= without


def test_without_switches_it_is_plain_retrieval(asking):
    conn, now, embedder, _, _ = asking
    question = Question(ASKED, 2)
    assert answer(conn, now, question, embedder).retrieval == retrieve(
        now, question.task, embedder, PromptSet.with_overrides(), n=2
    )


def test_two_points_of_a_bank_differ_in_what_was_archived(asking):
    conn, now, embedder, before, _ = asking
    left, right = (answer(conn, bank, Question(ASKED), embedder) for bank in (before, now))
    found = compare(left, right)
    assert (found.only_left, found.only_right) == (("i00", "i01"), ("i10", "i11"))
    assert not found.same_block
    assert found.more_tokens == right.tokens - left.tokens
    gone = next(row for row in found.rows if row.uid == "e0")
    assert gone.left.injected
    assert gone.right is None
    assert compare(left, left).same_block
    assert not compare(left, left).only_left


def test_two_units_are_compared_by_experience_and_one_unit_by_item(asking):
    conn, _, embedder, bank, _ = asking
    by_item = answer(conn, bank, Question(ASKED, 2, "item"), embedder)
    assert {row.uid for row in compare(by_item, by_item).rows} == {f"i{n}{m}" for n in range(4) for m in range(2)}
    mixed = compare(by_item, answer(conn, bank, Question(ASKED), embedder))
    assert {row.uid for row in mixed.rows} == {"e0", "e1", "e2", "e3"}
    assert (mixed.comparable, compare(by_item, by_item).comparable) == (False, True)


def test_an_empty_task_and_another_embedder_are_refused(asking):
    conn, _, embedder, bank, _ = asking
    with pytest.raises(UsageError, match="empty"):
        answer(conn, bank, Question("  "), embedder)
    with pytest.raises(UsageError, match="choose that embedder"):
        answer(conn, replace(bank, embedder="another:4:text"), Question(ASKED), embedder)


def test_tokens_are_counted_whole():
    assert count_tokens("") == 0
    assert count_tokens("sort " * 1000) == 1000
