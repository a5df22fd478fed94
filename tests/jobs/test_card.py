"""Experiment cards: what they hold, what they never hold, and what a rerun says of each arm."""

import copy
import json
import re
import threading
from dataclasses import replace

import pytest

from rb_studio.jobs.card import read_card, run_card, sweep_card, write_card
from rb_studio.jobs.card_check import DIFFERS, IDENTICAL, NOT_COMPARABLE, compare
from rb_studio.jobs.plugins import with_methods
from rb_studio.jobs.reproduce import reproduce
from rb_studio.jobs.run import run_arm
from rb_studio.method.prompts import shipped
from rb_studio.models.profile import Profile
from rb_studio.models.settings import Settings
from rb_studio.records.errors import Cancelled, UnreadableInput, UsageError
from rb_studio.records.identity import digest
from rb_studio.store import banks, curation, items, prompts
from rb_studio.store.canonical import canonical_jsonl
from rb_studio.store.items import ItemFilter
from rb_studio.store.workspace import Workspace
from tests.jobs.conftest import PRACTICE, practice, practice_sweep, sweep, with_sums
from tests.jobs.sums import solving
from tests.models.fake_server import FakeServer

KEY = "sk-this-is-a-secret-0123456789"


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A workspace with a small sweep."""
    with Workspace.open(tmp_path_factory.mktemp("made") / "made.rbank", write=True, create=True) as workspace:
        sweep(workspace, practice_sweep(), workers=1)
        yield workspace


@pytest.fixture
def made(finished):
    """The card of that sweep."""
    return sweep_card(finished.reader())


def again(open_new, card, **options):
    return reproduce(open_new("elsewhere"), card, PRACTICE, **{"workers": 1, **options})


def statuses(done):
    return [arm.status for arm in done.arms]


def test_a_card_holds_what_decides_the_results_and_the_results(finished, made):
    conn = finished.reader()
    assert (made["suite"]["name"], made["suite"]["built_in"], made["simulated"]) == ("practice", True, True)
    assert made["tasks"] == [f"practice/{number}" for number in range(4)]
    assert (made["seeds"], made["limits"]["steps"], made["start"]) == ([0], 30, None)
    assert made["models"]["actor"] == "practice-1"
    assert made["settings"]["actor"] == {"temperature": 0.7, "max_tokens": None}
    assert made["prompts"]["judge.web"] == {
        "hash": digest(shipped()["judge.web"]),
        "text": shipped()["judge.web"],
    }
    assert [(arm["memory"], arm["k"]) for arm in made["arms"]] == [
        ("none", 1), ("none", 2), ("reasoningbank", 1), ("reasoningbank", 2)]  # fmt: skip
    for number, arm in enumerate(made["arms"], 1):
        rate = arm["metrics"]["pass_at_1"]
        assert rate["n"] == 4
        assert rate["low"] <= rate["value"] <= rate["high"]
        assert arm["canonical"] == digest(canonical_jsonl(conn, run=number))
        assert len(set(arm["tasks"])) == 4


def test_a_card_says_the_same_after_a_way_through_a_file(made, tmp_path):
    assert write_card(made, tmp_path / "card.json") == 4
    assert read_card(tmp_path / "card.json") == json.loads(json.dumps(made))


def test_a_rerun_elsewhere_is_identical_and_its_card_has_the_same_hash(open_new, made):
    done = again(open_new, made)
    assert statuses(done) == 4 * [IDENTICAL]
    assert done.card["hash"] == made["hash"]
    assert [arm.reasons for arm in done.arms] == 4 * [()]


def test_a_single_run_has_a_card_too(open_new, workspace):
    run = run_arm(workspace, practice(memory="awm", limit=5, seed=3), PRACTICE)
    card = run_card(workspace.reader(), run)
    assert statuses(again(open_new, card)) == [IDENTICAL]
    repeated = run_arm(workspace, practice(memory="awm", limit=5, seed=3), PRACTICE)
    with pytest.raises(UsageError, match="first such run"):
        run_card(workspace.reader(), repeated)


@pytest.mark.parametrize("learn", [True, False])
def test_the_bank_at_the_start_travels_with_the_card(open_new, workspace, learn):
    run_arm(workspace, practice(memory="reasoningbank", limit=5), PRACTICE)
    bank = banks.find_bank(workspace.reader(), "reasoningbank").id
    listed = items.list_items(workspace.reader(), bank, ItemFilter())
    workspace.run(lambda db: curation.set_state(db, bank, [listed[0].id], "archived"))
    workspace.run(lambda db: curation.add_tag(db, bank, [listed[1].id], "kept"))
    before = banks.bank_hash(workspace.reader(), bank)
    request = practice_sweep(memories=("none", "reasoningbank"), start="reasoningbank")
    done = sweep(workspace, replace(request, base=replace(request.base, learn=learn)), workers=1)
    workspace.run(lambda db: curation.set_state(db, bank, [listed[1].id], "archived"))
    card = sweep_card(workspace.reader(), done.sweep)
    assert (card["start"]["bank"], card["start"]["hash"]) == ("reasoningbank", before)
    assert {line["rb_studio"] for line in card["start"]["lines"]} == {"experience", "item"}
    assert statuses(again(open_new, card)) == 4 * [IDENTICAL]


def test_a_run_that_continued_a_bank_tells_how_it_found_it(open_new, workspace):
    run_arm(workspace, practice(memory="reasoningbank", limit=4), PRACTICE)
    second = run_arm(workspace, practice(memory="reasoningbank", limit=4, bank="reasoningbank"), PRACTICE)
    card = run_card(workspace.reader(), second)
    assert len({line["uid"] for line in card["start"]["lines"] if line["rb_studio"] == "experience"}) <= 4
    assert statuses(again(open_new, card)) == [IDENTICAL]


def test_another_bank_of_that_name_is_refused(open_new, workspace):
    run_arm(workspace, practice(memory="reasoningbank", limit=4), PRACTICE)
    done = sweep(workspace, practice_sweep(memories=("reasoningbank",), start="reasoningbank"), workers=1)
    card = sweep_card(workspace.reader(), done.sweep)
    other = open_new("other")
    run_arm(other, practice(memory="reasoningbank", limit=2), PRACTICE)
    with pytest.raises(UsageError, match="another bank 'reasoningbank'"):
        reproduce(other, card, PRACTICE, workers=1)


def test_a_changed_prompt_travels_as_text_and_is_another_arm_without_it(open_new, workspace, caplog):
    text = shipped()["act.web"].replace("web", "shop", 1)
    assert text != shipped()["act.web"]
    workspace.run(lambda db: prompts.set_prompt(db, "act.web", text))
    card = sweep_card(workspace.reader(), sweep(workspace, practice_sweep(ks=(1,)), workers=1).sweep)
    assert card["prompts"]["act.web"] == {"hash": digest(text), "text": text}
    assert statuses(again(open_new, card)) == 2 * [IDENTICAL]
    assert "text of" not in caplog.text
    other = open_new("with results under the packaged prompts")
    run_arm(other, practice(memory="none", limit=1), PRACTICE)
    kept = reproduce(other, card, PRACTICE, workers=1)
    assert prompts.prompt_texts(other.reader()) == {}
    assert "the card's text of act.web is not the one in force here" in caplog.text
    assert statuses(kept) == 2 * [NOT_COMPARABLE]
    assert kept.arms[0].reasons == ("other prompt: act.web",)


def test_a_prompt_that_is_packaged_otherwise_by_now_is_in_the_card(open_new, made, monkeypatch):
    assert all(digest(prompt["text"]) == prompt["hash"] for prompt in made["prompts"].values())
    later = {**shipped(), "act.web": shipped()["act.web"].replace("web", "shop", 1)}
    monkeypatch.setattr("rb_studio.jobs.reproduce.shipped_prompts", lambda: later)
    kept = open_new("kept")
    again(lambda name: kept, made)
    assert prompts.prompt_texts(kept.reader()) == {"act.web": made["prompts"]["act.web"]["text"]}


def test_prompts_are_taken_over_also_when_the_first_try_died_before_any_run(open_new, workspace):
    text = shipped()["judge.web"].replace("website", "shop", 1)
    workspace.run(lambda db: prompts.set_prompt(db, "judge.web", text))
    card = sweep_card(workspace.reader(), sweep(workspace, practice_sweep(ks=(1,)), workers=1).sweep)
    assert statuses(reproduce(open_new("opened before"), card, PRACTICE, workers=1)) == 2 * [IDENTICAL]


def test_other_tasks_are_told_before_anything_runs(open_new, made, caplog):
    made["suite"]["hash"] = "f" * 64
    again(open_new, made)
    assert "the suite practice has other tasks here than the card's" in caplog.text


def changed(card, **values):
    other = copy.deepcopy(card)
    for arm in other["arms"]:
        arm["config"].update(values)
    return other


def test_other_tasks_models_starts_and_settings_are_not_compared(made):
    cases = {
        "other suite": changed(made, suite_hash="f" * 64),
        "other model: actor": changed(made, models={**made["arms"][0]["config"]["models"], "actor": "practice-2"}),
        "other start": changed(made, start="mine@0123"),
        "other settings: retrieve_n": changed(made, retrieve_n=2),
    }
    for reason, other in cases.items():
        arm = compare(other, made)[0]
        assert (arm.status, arm.reasons[0].startswith(reason)) == (NOT_COMPARABLE, True), arm


def test_what_differs_is_said_task_and_figure(made):
    other = copy.deepcopy(made)
    other["arms"][0] |= {"canonical": "0" * 64, "tasks": [*other["arms"][0]["tasks"][:3], "0" * 12]}
    other["arms"][0]["metrics"] |= {"mean_steps": 99, "invalid": 2}
    arm, *rest = compare(other, made)
    assert (arm.status, [one.status for one in rest]) == (DIFFERS, 3 * [IDENTICAL])
    assert arm.reasons[0] == "1 of 4 tasks, the first is practice/3"
    assert arm.reasons[1] == "invalid 2 there, 0 here"
    assert arm.reasons[2].startswith("mean_steps 99 there, ")


def test_a_rerun_that_was_stopped_goes_on_where_it_stopped(open_new, made):

    cancel = threading.Event()
    cancel.set()
    kept = open_new("kept")
    with pytest.raises(Cancelled):
        reproduce(kept, made, PRACTICE, workers=1, cancel=cancel)
    done = reproduce(kept, made, PRACTICE, workers=1)
    assert (done.sweep, statuses(done)) == (1, 4 * [IDENTICAL])
    assert reproduce(kept, made, PRACTICE, workers=1).sweep == 2


def test_a_card_of_a_real_model_holds_no_key_and_wants_its_profile_named(open_new, workspace, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with FakeServer(solving()) as server:
        fake = Profile("fake", server.url, "fake-model", retries=0, extra={"note": f"api_key={KEY}"})
        chosen = Settings(profiles={"fake": fake}, profile="fake", embedder="hashing")
        with_sums(workspace)
        request = practice(suite="sums", limit=3, memory="none")
        card = run_card(workspace.reader(), run_arm(workspace, request, chosen))
        assert KEY not in json.dumps(card)
        assert not card["suite"]["built_in"]
        empty = open_new("empty")
        with pytest.raises(UsageError, match=r"the card's actor was fake-model@.* --model P"):
            reproduce(empty, card, PRACTICE)
        with pytest.raises(UsageError, match="suite sums, which is not built in: import it"):
            reproduce(empty, card, chosen, profiles={"actor": "fake"})
        with_sums(empty)
        done = reproduce(empty, card, chosen, profiles={"actor": "fake"}, workers=1)
        assert statuses(done) == [IDENTICAL]


def test_an_unfinished_sweep_has_no_card(workspace):

    cancel = threading.Event()
    cancel.set()
    with pytest.raises(Cancelled):
        sweep(workspace, practice_sweep(), workers=1, cancel=cancel)
    with pytest.raises(UsageError, match="not finished"):
        sweep_card(workspace.reader())


WRONG = {
    "no json": ("{", "no JSON file"),
    "a list": ("[]", "no experiment card"),
    "another object": ('{"version": 1}', "no experiment card"),
    "older": ('{"rb_studio": "experiment card", "version": 0, "made_with": {"rb_studio": "0.0.9"}}', "older .*0.0.9"),
    "newer": ('{"rb_studio": "experiment card", "version": 2}', "newer form .*update rb_studio"),
    "cut off": ('{"rb_studio": "experiment card", "version": 1, "arms": []}', "lacks suite, tasks"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "sentence"), WRONG.values(), ids=WRONG)
def test_what_is_no_card_of_this_version_is_told_in_a_sentence(tmp_path, text, sentence):
    path = tmp_path / "card.json"
    path.write_text(text)
    with pytest.raises(UnreadableInput, match=sentence):
        read_card(path)


BROKEN = {
    "no arms": (lambda card: card.update(arms=[]), "arms: list should have at least 1 item"),
    "arms of another kind": (lambda card: card.update(arms={}), "arms: input should be a valid list"),
    "an arm that says too little": (lambda card: card["arms"][1].pop("config"), "arms.1.config: field required"),
    "a configuration of later": (lambda card: card["arms"][0]["config"].update(colour=1), "arms.0.config: no conf"),
    "a suite without a name": (lambda card: card.update(suite=3), "suite: input should"),
    "prompts without hashes": (lambda card: card["prompts"].update({"act.web": "x"}), "prompts.act.web: input should"),
    "a bank that is none": (lambda card: card.update(start={"bank": "b"}), "start.mode: field required"),
}  # fmt: skip


@pytest.mark.parametrize(("break_it", "sentence"), BROKEN.values(), ids=BROKEN)
def test_a_card_that_was_changed_by_hand_is_told_in_a_sentence(made, tmp_path, break_it, sentence):
    break_it(made)
    (tmp_path / "card.json").write_text(json.dumps(made))
    with pytest.raises(UnreadableInput, match=f"not as a card has to be .{re.escape(sentence)}"):
        read_card(tmp_path / "card.json")


def test_a_request_of_a_later_version_is_told_in_a_sentence(open_new, made):
    made["request"]["colour"] = "blue"
    with pytest.raises(UnreadableInput, match="colour"):
        again(open_new, made)


def test_a_method_of_ones_own_is_named_again_and_another_one_is_not_compared(open_new, workspace, tmp_path):
    mine = tmp_path / "mine.py"
    mine.write_text("def inject(case, items):\n    return ''\n")
    base, memories = with_methods(practice(limit=3), (str(mine),), PRACTICE)
    request = practice_sweep(memories=memories, ks=(1,))
    done = sweep(workspace, replace(request, base=replace(base, limit=3)), workers=1)
    card = sweep_card(workspace.reader(), done.sweep)
    assert "def inject" not in json.dumps(card)
    with pytest.raises(UsageError, match=r"'mine' is a method of its maker's own: .* --method FILE"):
        again(open_new, card)
    assert statuses(reproduce(open_new("a"), card, PRACTICE, methods=[str(mine)], workers=1)) == [IDENTICAL]
    mine.write_text("def inject(case, items):\n    return ' '\n")
    [arm] = reproduce(open_new("b"), card, PRACTICE, methods=[str(mine)], workers=1).arms
    assert arm.status == NOT_COMPARABLE
    assert re.fullmatch(r"other version of the method mine: file \w{8} there, file \w{8} here", *arm.reasons)
