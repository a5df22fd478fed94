"""What items did: uses read from stored runs, and effects of a bank that are kept until something changes."""

import json
from dataclasses import replace
from itertools import combinations

import pytest

from rb_studio.jobs import effects
from rb_studio.jobs.request import RunRequest
from rb_studio.jobs.run import run_arm
from rb_studio.models.settings import Settings
from rb_studio.records.effect import ItemUse
from rb_studio.records.item_text import ItemText
from rb_studio.records.memory import MemoryItem
from rb_studio.store import banks, curation, operations, runs
from rb_studio.store.uses import attempts_without, item_uses
from tests.jobs import sums
from tests.jobs.conftest import with_sums
from tests.models.fake_server import Answer

IDLE = "Write tidily and sign the page."
WITHHELD, SEEDS = 0.5, range(8)


@pytest.fixture
def taught(workspace):
    """A bank with advice that helps and a note that does nothing, both retrieved at every sum."""
    with_sums(workspace)
    bank = workspace.run(lambda db: banks.create_bank(db, "reasoningbank", "reasoningbank"))
    for title, content in (("Tens first", sums.ADVICE), ("Be tidy", IDLE)):
        item = MemoryItem(title, title, "For sums", content)
        workspace.run(lambda db, item=item: curation.add_item(db, bank, item, task_text=f"What is it: {item.title}?"))
    return workspace


def ids(workspace):
    rows = workspace.reader().execute(
        "SELECT v.title, i.id, i.uid FROM memory_item i JOIN item_version v ON v.item = i.id"
    )
    return {title: (item, uid) for title, item, uid in rows}


def frozen(workspace, settings: Settings, seed=0, **more) -> int:
    asked = RunRequest("sums", bank="reasoningbank", learn=False, seed=seed, retrieve_n=2, **more)
    return run_arm(workspace, asked, settings)


def test_uses_tell_who_was_injected_and_who_withheld_and_how_it_came_out(taught, settings):
    run = frozen(taught, settings, withhold=WITHHELD)
    uses = item_uses(taught.reader(), bank_id=1)
    arm = runs.run(taught.reader(), run).arm
    assert len(uses) == 2 * 10
    assert {(use.run, use.arm_hash, use.seed, use.version, use.n) for use in uses} == {(run, arm.hash, 0, 1, 1)}
    assert all(use.injected != use.withheld for use in uses)
    assert 0 < sum(use.withheld for use in uses) < 20
    good = ids(taught)["Tens first"][1]
    assert all(use.successes == 1 for use in uses if use.item_uid == good and use.injected)
    assert {use.steps for use in uses} == {1.0}
    assert {use.cited for use in uses} == {None}
    assert [use for use in uses if use.item_uid == good] == item_uses(taught.reader(), item_uids=[good])


def test_a_lot_shows_what_an_item_does_and_a_note_without_effect_has_none(taught, settings):
    for seed in SEEDS:
        frozen(taught, settings, seed, withhold=WITHHELD)
    found = effects.effects(taught.reader(), 1)
    good, idle = (found[ids(taught)[title][1]] for title in ("Tens first", "Be tidy"))
    assert good.estimate.evidence == "held out"
    assert good.estimate.low > 0.2
    assert good.estimate.flagged == "helps"
    assert idle.estimate.difference < good.estimate.low
    assert idle.estimate.flagged == ""
    assert good.retrieved == good.injected + good.withheld == 10 * len(SEEDS)
    assert good.rollouts == good.injected
    assert good.cited is None


def test_without_any_attempt_without_it_an_effect_is_not_estimable(taught, settings):
    frozen(taught, settings)
    good = effects.effects(taught.reader(), 1)[ids(taught)["Tens first"][1]]
    assert (good.estimate.difference, good.estimate.low, good.estimate.evidence) == (None, None, "none")
    assert good.injected == 10


def test_runs_without_memory_are_the_baseline_of_the_same_tasks(taught, settings):
    for seed in SEEDS:
        frozen(taught, settings, seed)
        run_arm(taught, RunRequest("sums", memory="none", seed=seed), settings)
    assert {one.task_key for one in attempts_without(taught.reader(), ["sums/1"])} == {"sums/1"}
    good = effects.effects(taught.reader(), 1)[ids(taught)["Tens first"][1]].estimate
    assert good.evidence == "observed"
    assert good.n_without == 10 * len(SEEDS)
    assert good.difference > 0.2


def test_what_another_model_did_is_no_baseline(taught, settings, server):
    other = replace(settings.profiles["fake"], name="other", model="other-model")
    both = settings.model_copy(update={"profiles": {**settings.profiles, "other": other}})
    frozen(taught, both)
    run_arm(taught, RunRequest("sums", memory="none", profiles={"actor": "other"}), both)
    good = effects.effects(taught.reader(), 1)[ids(taught)["Tens first"][1]].estimate
    assert good.n_without == 0


def test_effects_are_kept_until_a_task_or_an_act_changes_something(taught, settings, monkeypatch):
    made = []
    monkeypatch.setattr(
        effects, "computed", lambda conn, bank, make=effects.computed: made.append(bank) or make(conn, bank)
    )
    frozen(taught, settings, limit=2)
    first = effects.effects(taught.reader(), 1)
    assert effects.effects(taught.reader(), 1) == first
    assert made == [1]
    item, uid = ids(taught)["Be tidy"]
    taught.run(lambda db: curation.add_tag(db, 1, [item], "seen"))
    assert effects.effects(taught.reader(), 1).keys() >= {uid}
    assert effects.effects(taught.reader(), 1, item_uids=[uid, "nobody"]).keys() == {uid}
    assert made == [1, 1]


def test_an_edited_item_counts_by_its_text(taught, settings):
    frozen(taught, settings, limit=2)
    item, uid = ids(taught)["Be tidy"]
    taught.run(lambda db: curation.edit_item(db, 1, item, ItemText("Be tidy", "For sums", "Write in blue.")))
    frozen(taught, settings, seed=1, limit=2)
    assert [use.version for use in item_uses(taught.reader(), item_uids=[uid])] == [1, 1, 2, 2]
    taught.run(lambda db: operations.undo(db, curation.SCOPE))
    assert [use.version for use in item_uses(taught.reader(), item_uids=[uid])] == [1, 1, 2, 2]


def test_a_merged_item_stands_for_those_it_was_made_of(taught, settings):
    for seed in range(4):
        frozen(taught, settings, seed, withhold=WITHHELD)
    before = effects.effects(taught.reader(), 1)
    known = ids(taught)
    text = ItemText("Both", "For sums", f"{sums.ADVICE} {IDLE}")
    taught.run(lambda db: curation.merge_items(db, 1, [item for item, _ in known.values()], text))
    merged = ids(taught)["Both"][1]
    after = effects.effects(taught.reader(), 1)
    originals = [use for use in item_uses(taught.reader(), bank_id=1) if use.injected]
    assert after[merged].injected == len({(use.run, use.task_key) for use in originals})
    assert after[merged].retrieved == 10 * 4
    assert after[merged].estimate.difference is not None
    for _, uid in known.values():
        assert after[uid] == before[uid]
    frozen(taught, settings, 9, limit=2)
    assert effects.effects(taught.reader(), 1)[merged].retrieved == 10 * 4 + 2


def test_effects_of_some_items_are_those_of_all(taught, settings, server, monkeypatch):
    said = ("I will use note 1.", "I use 'Tens first', not the other one.", "None of the notes fit.", "Let me see.")
    solve = server.default

    def speaking(request):
        prompt = json.dumps(request.body)
        if sums.role_of(request) != "actor" or "Tens first" not in prompt:
            return solve(request)
        return Answer(f"<think>{said[len(prompt) % 4]}</think>\n<answer>5</answer>")

    server.default = speaking
    for seed in range(4):
        frozen(taught, settings, seed, withhold=WITHHELD)
    run_arm(taught, RunRequest("sums", memory="none"), settings)
    known = ids(taught)
    both = ItemText("Both", "For sums", f"{sums.ADVICE} {IDLE}")
    taught.run(lambda db: curation.merge_items(db, 1, [item for item, _ in known.values()], both))
    every = [uid for _, uid in ids(taught).values()]
    whole = effects.computed(taught.reader(), 1)
    assert len(whole) == 3
    assert {one.cited for one in whole.values()} != {None}
    for size in range(4):
        for some in combinations([*every, "nobody"], size):
            monkeypatch.setattr(effects, "_kept_banks", {})
            found = effects.effects(taught.reader(), 1, item_uids=some)
            assert found == {uid: whole[uid] for uid in some if uid in whole}


def test_what_the_agent_says_of_its_notes_is_counted(taught, settings, server):
    solve = server.default

    def citing(request):
        if sums.role_of(request) != "actor" or "Tens first" not in json.dumps(request.body):
            return solve(request)
        return Answer("<think>I use the note “Tens first”. I leave the others aside.</think>\n<answer>5</answer>")

    server.default = citing
    frozen(taught, settings, limit=3)
    found = effects.effects(taught.reader(), 1)
    known = ids(taught)
    assert [found[known[title][1]].cited for title in ("Tens first", "Be tidy")] == [3, 0]


def test_what_was_retrieved_at_an_unfinished_task_is_no_use(taught, settings):
    run = frozen(taught, settings, limit=1)
    taught.run(lambda db: db.execute("DELETE FROM outcome WHERE run = ?", (run,)))
    assert item_uses(taught.reader(), bank_id=1) == []


def test_a_draw_that_was_taken_over_counts_once(taught, settings):
    from rb_studio.jobs.request import SweepRequest
    from rb_studio.jobs.sweep import run_sweep

    base = RunRequest("sums", limit=3, learn=False, retrieve_n=2)
    sweep = SweepRequest(base, ("reasoningbank",), ("parallel",), (1, 2), start="reasoningbank")
    run_sweep(taught, sweep, settings, workers=1)
    good = ids(taught)["Tens first"][1]
    uses: list[ItemUse] = item_uses(taught.reader(), item_uids=[good])
    assert len(uses) == 2 * 3
    assert sum(use.n for use in uses) == 2 * 3
