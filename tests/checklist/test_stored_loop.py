"""Whole runs over a real endpoint, stored and told (checklist 1, 2, 4-8, 11, 12, 17, 21-23, 25; D3-D7, D10-D12)."""

import itertools
import json
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from rb_studio.jobs.pools import read_pools
from rb_studio.jobs.request import RunRequest
from rb_studio.jobs.results import run_result
from rb_studio.jobs.run import Paused, run_arm
from rb_studio.method.prompts import shipped
from rb_studio.models.profile import Profile
from rb_studio.models.registry import embedder
from rb_studio.models.settings import Settings
from rb_studio.records.errors import Cancelled
from rb_studio.records.judgement import Status
from rb_studio.records.task import Suite, SuiteContent, Task
from rb_studio.store import banks, outcomes, rollouts, runs, suites
from rb_studio.store.workspace import Workspace
from tests.cli.conftest import Run, run
from tests.jobs import sums
from tests.jobs.conftest import (
    PRACTICE,
    StopAfter,
    at_once,
    lines,
    open_new,
    own_settings,
    practice,
    run_sums,
    server,
    settings,
)
from tests.jobs.conftest import workspace as workspace
from tests.models.fake_server import Answer, error, vector_of

__all__ = ["at_once", "open_new", "own_settings", "run", "server", "settings"]
PREAMBLE = shipped()["inject"].split("{{items}}")[0]
PREFIX = "Instruct: find an earlier question that helps\nQuery: "


def done_of(workspace, run_id):
    return outcomes.load_outcomes(workspace.reader(), run_id)


def sent_of(workspace, run_id, role, task=None):
    return rollouts.calls(workspace.reader(), run=run_id, role=role, task_key=task)


# Point 1


def twelve():
    """Twelve tasks, handed over in no order at all: ids as numbers and as texts sort differently."""
    numbers = [7, 12, 1, 10, 3, 2, 11, 5, 9, 4, 8, 6]
    tasks = tuple(Task(f"own/{n}", "own", n, f"What is {n} + {n}?") for n in numbers)
    return SuiteContent(Suite("own", "answer", "none"), tasks, ())


def test_point_01_tasks_run_in_ascending_order_of_ids_or_in_a_seeded_shuffle(workspace, settings):
    workspace.run(lambda db: suites.save_suite(db, twelve()))

    def order(**asked):
        number = run_arm(workspace, RunRequest("own", bank="empty", **asked), settings)
        return [row.task_key for row in rollouts.task_rows(workspace.reader(), run=number)]

    ascending = [f"own/{n}" for n in range(1, 13)]
    assert order() == order(memory="none", concurrency=1) == ascending
    first, again, other = order(order="shuffle:3"), order(order="shuffle:3", seed=5), order(order="shuffle:4")
    assert first == again
    assert len({tuple(ascending), tuple(first), tuple(other)}) == 3
    assert sorted(first) == sorted(other) == sorted(ascending)
    assert order(limit=4, order="shuffle:3") == first[:4]


# Point 2


@pytest.mark.parametrize("memory", ["reasoningbank", "synapse"])
def test_point_02_d06_stopped_continued_and_run_again_a_task_still_sees_only_what_came_before(workspace, memory):
    request = practice(memory=memory, limit=8, retrieve_n=10)
    for stop in (2, 5):
        with pytest.raises(Cancelled):
            run_arm(workspace, request, PRACTICE, cancel=StopAfter(workspace, stop))
    first = run_arm(workspace, request, PRACTICE)
    assert len(runs.runs(workspace.reader())) == 1
    before: set[str] = set()
    for outcome in done_of(workspace, first):
        retrieval = outcome.retrieval
        assert {one.uid for one in (*retrieval.hits, *retrieval.near_misses)} == before
        before |= {outcome.experience.uid} if outcome.experience else set()
    assert len(before) > 2
    second = run_arm(workspace, replace(request, bank=memory), PRACTICE)
    own = {one.task_key: one.experience.uid for one in done_of(workspace, first) if one.experience}
    kept_out = 0
    for outcome in done_of(workspace, second):
        assert outcome.task_key not in [hit.task_key for hit in outcome.retrieval.hits]
        missed = {miss.uid: miss.reason for miss in outcome.retrieval.near_misses}
        kept_out += missed.get(own.get(outcome.task_key)) == "same task"
    assert kept_out == len(own)


# Point 4


def test_point_04_a_profiles_query_prefix_stands_before_queries_and_never_before_what_is_kept(workspace, server, run):
    chat = Profile("fake", server.url, "fake-model", timeout=5, retries=0)
    plain = Profile("vectors", server.url, "vectors", timeout=5, retries=0)
    texts = [f"What is {a} + {b}?" for a, b in sums.PAIRS[:3]]
    arms = []
    for prefix in ("", PREFIX):
        profile = replace(plain, query_prefix=prefix)
        settings = Settings(profiles={"fake": chat, "vectors": profile}, profile="fake", embedder="vectors")
        asked = len(server.bodies)
        number = run_sums(workspace, settings, memory="reasoningbank", limit=3, bank="empty")
        embedded = [text for body in server.bodies[asked:] if "input" in body for text in body["input"]]
        assert embedded == list(itertools.chain(*([text, prefix + text] if prefix else [text] for text in texts)))
        row = runs.run(workspace.reader(), number)
        arms.append(row.arm)
        found = done_of(workspace, number)
        identity = row.arm.models["embedder"]
        value = banks.bank_value(workspace.reader(), row.bank, embedder=identity)
        keys = dict(zip([one.task_text for one in value.experiences], value.vectors.values(), strict=True))
        for text in texts:
            assert np.allclose(keys[text], unit(text), atol=1e-6)
        [hit] = found[2].retrieval.hits
        [other] = found[2].retrieval.near_misses
        query = unit(prefix + texts[2])
        assert {one.task_text: one.score for one in (hit, other)} == {
            text: pytest.approx(float(unit(text) @ query), abs=1e-5) for text in texts[:2]
        }
        assert hit.score >= other.score
    assert arms[0].models["embedder"] == f"vectors@{server.url}:text"
    assert arms[1].models["embedder"] != arms[0].models["embedder"]
    assert arms[0].hash != arms[1].hash
    set_it = ("profiles", "set", "vectors", "--base-url", server.url, "--model", "vectors", "--query-prefix", PREFIX)
    assert run(*set_it, "--json").json["profiles"][0]["query_prefix"] == PREFIX
    with closing(embedder("vectors")) as stored:
        assert (stored.query_prefix, stored.identity) == (PREFIX, arms[1].models["embedder"])
    asked = len(server.bodies)
    shown = run("retrieve", workspace.path, "What is 8 + 9?", "--bank", "reasoningbank 2", "--embedder", "vectors")
    assert shown.code == 0
    assert [body["input"] for body in server.bodies[asked:]] == [[f"{PREFIX}What is 8 + 9?"]]


def unit(text):
    vector = np.asarray(vector_of(text, 8))
    return vector / np.linalg.norm(vector)


# Point 5


def test_point_05_scope_roles_and_bank_are_recorded_and_the_scope_is_kept_to(workspace, settings):
    tasks = tuple(
        Task(f"own/{n}", "own", n, f"What is {n} + {n}?", site="shop" if n % 2 else "forum") for n in range(1, 9)
    )
    workspace.run(lambda db: suites.save_suite(db, SuiteContent(Suite("own", "answer", "none"), tasks, ())))
    sites = {task.key: task.site for task in tasks}
    crossed = {}
    for scope in ("global", "site"):
        asked = RunRequest("own", scope=scope, retrieve_n=3, bank="empty", label="judge")
        row = runs.run(workspace.reader(), run_arm(workspace, asked, settings))
        assert (row.arm.scope, row.config["request"].get("scope", "global")) == (scope, scope)
        assert set(row.arm.models) >= {"actor", "judge", "distiller", "selector", "embedder"}
        assert banks.bank(workspace.reader(), row.bank).mode == "reasoningbank"
        hits = [(one.task_key, hit.task_key) for one in done_of(workspace, row.id) for hit in one.retrieval.hits]
        assert hits
        crossed[scope] = [pair for pair in hits if sites[pair[0]] != sites[pair[1]]]
    assert crossed["global"]
    assert not crossed["site"]
    names = {pool.name for pool in read_pools(workspace.reader())}
    assert any("within the site" in name for name in names)


# Point 6, D3, D11, D12


@pytest.mark.parametrize("scaling", ["parallel", "vanilla", "sequential"])
def test_point_06_d03_d12_what_was_injected_is_stored_for_every_rollout_and_is_what_was_sent(
    workspace, server, settings, scaling
):
    first = run_sums(workspace, settings, memory="reasoningbank", limit=4, scaling=scaling, k=2, retrieve_n=2)
    bank = runs.run(workspace.reader(), first).bank
    known = {one.uid: one for one in banks.bank_value(workspace.reader(), bank, embedder="").experiences}
    assert known
    requests = [body for body in server.bodies if "messages" in body]
    actors = [body for body in requests if body["messages"][0]["content"].startswith(sums.ACTOR)]
    injected = 0
    for outcome in done_of(workspace, first):
        items = [uid for hit in outcome.retrieval.hits for uid in hit.item_uids]
        assert items == [i.uid for hit in outcome.retrieval.hits for i in known[hit.uid].active_items]
        assert {one.memory_block for one in outcome.rollouts} == {outcome.retrieval.block}
        calls = sent_of(workspace, first, "actor", outcome.task_key)
        assert {call.rollout_uid for call in calls} == {one.uid for one in outcome.rollouts}
        sent = [body["messages"][0]["content"] for body in actors if body["seed"] in {call.seed for call in calls}]
        assert len(sent) == len(calls) >= 2
        assert len({call.messages[0].content for call in calls} | set(sent)) == 1
        assert (PREAMBLE in sent[0]) is bool(items)
        assert outcome.retrieval.block in sent[0]
        injected += bool(items)
    assert injected == 3  # all but the first task


def test_d03_d12_a_bank_that_is_there_already_reaches_the_very_first_request(workspace, server, settings):
    run_sums(workspace, settings, memory="reasoningbank", limit=2)
    asked = len(server.bodies)
    again = RunRequest("sums", tasks=("sums/5", "sums/6"), bank="reasoningbank", learn=False)
    number = run_arm(workspace, again, settings)
    actors = [b["messages"] for b in server.bodies[asked:] if b["messages"][0]["content"].startswith(sums.ACTOR)]
    assert len(actors) == 2
    assert all(sums.ADVICE in messages[0]["content"] for messages in actors)
    assert all(one.retrieval.hits for one in done_of(workspace, number))
    assert run_result(workspace.reader(), number).pass_at_1 == 1  # who reads the advice adds without a slip


def test_d11_the_block_shown_beforehand_is_the_one_an_agent_is_sent(workspace, settings, run):
    run_sums(workspace, settings, memory="reasoningbank", limit=3)
    text = "What is 33 + 44?"
    shown = run("retrieve", workspace.path, text, "-n", 2, "--embedder", "hashing", "--json").json
    asked = RunRequest("sums", tasks=("sums/3",), bank="reasoningbank", learn=False, retrieve_n=2)
    number = run_arm(workspace, asked, settings)
    [outcome] = done_of(workspace, number)
    assert shown["block"] == outcome.retrieval.block
    assert [one["uid"] for one in shown["experiences"]] == [hit.uid for hit in outcome.retrieval.hits]
    for call in sent_of(workspace, number, "actor"):
        assert call.messages[0].content.count(shown["block"]) == 1
    assert "N/A" not in shown["block"]


# Point 7


def test_point_07_the_judge_is_asked_at_temperature_0_and_a_refusal_of_it_is_recorded(workspace, server):
    warm = Profile("fake", server.url, "fake-model", timeout=5, retries=0, temperature=0.9)
    settings = Settings(profiles={"fake": warm}, profile="fake", embedder="hashing")
    run_sums(workspace, settings, limit=2)
    by_role = {"actor": set(), "judge": set()}
    for request in server.requests:
        by_role[sums.role_of(request)].add(request.body["temperature"])
    assert by_role == {"actor": {0.9}, "judge": {0.0}}
    server.rejects = {"temperature"}
    number = run_arm(workspace, RunRequest("sums", memory="none", limit=1, seed=1), settings)
    assert "temperature" in run_result(workspace.reader(), number).dropped


@pytest.mark.parametrize("answer", ["f(x) = (a) b) 'c' \"d\"", ") odd (", 'send_msg_to_user("x (y)")'])
def test_point_07_an_answer_with_brackets_is_stored_judged_and_distilled_as_it_is(workspace, server, settings, answer):
    def think(request):
        if sums.role_of(request) == "actor":
            return f"<think>so</think>\n<answer>{answer}</answer>"
        return "Thoughts: right.\nStatus: success" if sums.role_of(request) == "judge" else sums.think(request)

    server.default = lambda request: Answer(think(request))
    number = run_sums(workspace, settings, memory="reasoningbank", limit=1)
    [outcome] = done_of(workspace, number)
    assert outcome.rollouts[0].answer == answer
    [judged] = sent_of(workspace, number, "judge")
    assert f"## Final message\n{answer}" in judged.messages[-1].content
    [distilled] = sent_of(workspace, number, "distiller")
    assert answer in distilled.messages[-1].content


@pytest.mark.parametrize(
    ("reply", "status"),
    [
        ("Thoughts: no.\nStatus: unsuccessful", "failure"),
        ("Status: not a success", "failure"),
        ("It was a success in my eyes, I think", "unknown"),
        ("Status: success\nStatus: failure", "unknown"),
        ("", "unknown"),
    ],
)
def test_point_07_d05_d04_what_is_not_plainly_success_is_stored_as_what_it_is(
    workspace, server, settings, reply, status
):
    judged = Answer(reply)
    server.default = lambda request: judged if sums.role_of(request) == "judge" else sums.solving()(request)
    number = run_sums(workspace, settings, memory="reasoningbank", limit=2)
    result = run_result(workspace.reader(), number)
    assert {row.judged for row in rollouts.rollout_rows(workspace.reader(), run=number)} == {status}
    assert result.invalid == 0
    if status == "unknown":
        assert (result.experiences, result.judged_success) == (0, None)
        assert sent_of(workspace, number, "distiller") == []
    else:
        assert result.judged_success == 0
        assert all(one.experience.label == "failure" for one in done_of(workspace, number))


# Point 8


def test_point_08_stored_items_carry_task_outcome_label_source_and_rollouts(workspace, settings, run, tmp_path):
    number = run_sums(workspace, settings, memory="reasoningbank", limit=8)
    judged = {row.uid: (row.task_key, row.judged) for row in rollouts.rollout_rows(workspace.reader(), run=number)}
    prompts = {call.rollout_uid: call.prompt_hash for call in sent_of(workspace, number, "distiller")}
    items = run("memories", workspace.path, "list", "--json").json["items"]
    seen = set()
    for item in items:
        [source] = item["sources"]
        task, status = judged[source["rollout"]]
        assert (item["task"], item["polarity"], item["label_source"]) == (task, status, "judge")
        assert source["status"] == status
        seen.add((status, prompts[source["rollout"]]))
    assert {status for status, _ in seen} == {"success", "failure"}
    assert len(seen) == len({prompt for _, prompt in seen}) == 2
    official = exported(run, workspace, tmp_path / "bank.jsonl")
    lines = [json.loads(line) for line in official.read_text("utf-8").splitlines()]
    assert {line["status"] for line in lines} == {"success", "fail"}


# Point 11


def exported(run: Run, workspace: Workspace, target: Path) -> Path:
    ran = run("export", workspace.path, "memories", "--format", "official", "-o", target, "--json")
    assert ran.code == 0, ran.err
    return target


def test_point_11_appending_leaves_every_earlier_line_byte_identical_and_curation_is_undone_exactly(
    workspace, settings, run, tmp_path
):
    run_sums(workspace, settings, memory="reasoningbank", limit=3)
    states = [exported(run, workspace, tmp_path / "0.jsonl").read_bytes()]
    for number, tasks in enumerate((("sums/3", "sums/4"), ("sums/5",), ("sums/0", "sums/1")), 1):
        run_arm(workspace, RunRequest("sums", tasks=tasks, bank="reasoningbank"), settings)
        states.append(exported(run, workspace, tmp_path / f"{number}.jsonl").read_bytes())
        assert states[-1].startswith(states[-2])
        assert len(states[-1]) > len(states[-2])
    conn = workspace.reader()
    [bank] = banks.banks(conn)
    before = banks.bank_hash(conn, bank.id)
    path = workspace.path
    workspace.close()
    with Workspace.open(path, write=False) as now:
        assert banks.bank_hash(now.reader(), bank.id) == before
    first = run("memories", path, "list", "--json").json["items"][0]["id"]
    assert run("memories", path, "edit", first, "--content", "Something else.", "--reason", "clearer").code == 0
    edited = run("export", path, "memories", "--format", "official", "-o", tmp_path / "edited.jsonl", "--json")
    assert edited.code == 0
    assert (tmp_path / "edited.jsonl").read_bytes() != states[-1]
    history = run("memories", path, "history", first, "--json").json
    assert "clearer" in json.dumps(history)
    assert run("memories", path, "undo").code == 0
    assert run("export", path, "memories", "--format", "official", "-o", tmp_path / "undone.jsonl").code == 0
    assert (tmp_path / "undone.jsonl").read_bytes() == states[-1]


# Point 12, D7


def curves_of(run, path):
    return run("curves", path, "--json").json["series"]


@pytest.mark.parametrize(
    ("options", "line", "series"),
    [
        ((), None, "reasoningbank"),
        (("--label", "gt"), "labels: ground truth", "reasoningbank labels gt"),
        (("--label-noise", "0.5"), "labels: the judge, flipped at a rate of 0.5", "reasoningbank noise 0.5"),
    ],
)
def test_point_12_every_report_says_so_where_ground_truth_was_the_label(run, tmp_path, options, line, series):
    path = tmp_path / "mine.rbank"
    common = ("--suite", "practice", "--limit", 4, "--embedder", "hashing", *options)
    text = run("run", path, *common).out
    assert [one for one in text.splitlines() if one.startswith("labels: ")] == ([line] if line else [])
    data = run("run", path, *common, "--bank", "empty", "--json").json
    source = "gt" if "gt" in options else "judge"
    assert (data["label"], data["label_noise"]) == (source, 0.5 if "--label-noise" in options else 0.0)
    names = {one["name"].partition(" · ")[0].removesuffix(" (judged)") for one in curves_of(run, path)}
    assert names == {series}
    items = run("memories", path, "list", "--json").json["items"]
    assert {item["label_source"] for item in items} == {source}
    told = run("memories", path, "list").out
    assert (" by gt" in told) is (source == "gt")
    assert f"labelled by: {source}" in run("memories", path, "show", items[0]["id"]).out
    target = tmp_path / "items.md"
    assert run("export", path, "memories", "--format", "md", "-o", target).code == 0
    assert target.read_text("utf-8").count(f"- Label: {source}\n") == target.read_text("utf-8").count("# Memory Item")
    sweep = run("sweep", path, *common, "--memory", "reasoningbank", "--k", 1, "--workers", 1).out
    assert [one for one in sweep.splitlines() if one.startswith("labels: ")] == ([line] if line else [])


@pytest.mark.parametrize("label", ["judge", "gt"])
def test_point_12_d07_truth_changes_no_byte_that_is_sent_unless_it_is_the_label(open_new, server, settings, label):
    """Under another grading every request stays as it was; with truth as label the lessons do not."""
    sent = []
    for name, expected in (("right", None), ("wrong", "98765")):
        workspace = open_new(name)
        workspace.run(lambda db, expected=expected: suites.save_suite(db, sums.suite(expected)))
        asked = len(server.bodies)
        number = run_arm(workspace, RunRequest("sums", limit=4, label=label), settings)
        sent.append(sorted(json.dumps(body, sort_keys=True) for body in server.bodies[asked:]))
        assert "98765" not in "".join(sent[-1])
        assert (run_result(workspace.reader(), number).pass_at_1 == 0) is (name == "wrong")
    assert (sent[0] == sent[1]) is (label == "judge")


# D4


@pytest.mark.parametrize("fault", [Answer(body="no json"), Answer(text=None)])
def test_d04_a_judge_that_gives_no_answer_is_unknown_and_teaches_nothing(workspace, settings, server, fault):
    server.default = sums.failing("judge", fault)
    number = run_sums(workspace, settings, memory="reasoningbank", limit=2)
    for row in rollouts.rollout_rows(workspace.reader(), run=number):
        [verdict] = rollouts.verdicts(workspace.reader(), row.uid, run=number)
        assert (verdict.status, row.valid) == (Status.UNKNOWN, True)
        assert verdict.failure is not None
    assert run_result(workspace.reader(), number).experiences == 0
    assert sent_of(workspace, number, "distiller") == []


# D10


def test_d10_how_often_an_item_was_used_is_a_count_beside_its_effect_and_never_a_score(workspace, settings, run):
    number = run_sums(workspace, settings, memory="reasoningbank", limit=6)
    used: dict[str, int] = {}
    for outcome in done_of(workspace, number):
        for uid in {uid for hit in outcome.retrieval.hits for uid in hit.item_uids}:
            used[uid] = used.get(uid, 0) + 1
    items = run("memories", workspace.path, "list", "--json").json["items"]
    assert {item["uid"]: item["used"] for item in items} == {item["uid"]: used.get(item["uid"], 0) for item in items}
    assert max(used.values()) > 1
    assert all({"used", "effect"} <= item.keys() for item in items)
    unmeasured = [item["effect"] for item in items if not item["used"]]
    assert unmeasured == [None] * len(unmeasured)
    assert unmeasured
    assert not {key for item in items for key in item if "score" in key or "rank" in key}


def test_zero_experiences_is_the_run_of_no_memory_over_the_wire_too(open_new, server, settings):
    sent = []
    for changes in ({"memory": "none"}, {"memory": "reasoningbank", "retrieve_n": 0, "learn": False}):
        asked = len(server.bodies)
        run_sums(open_new(changes["memory"]), settings, limit=3, scaling="parallel", k=2, **changes)
        sent.append(sorted(json.dumps(body, sort_keys=True) for body in server.bodies[asked:] if "messages" in body))
    assert sent[0] == sent[1]


# Points 17, 21, 23, 25 as they are told


def test_point_17_21_23_25_a_runs_answer_has_steps_by_outcome_a_ledger_siblings_and_intervals(run, tmp_path):
    path = tmp_path / "mine.rbank"
    common = ("--suite", "practice", "--limit", 29, "--embedder", "hashing", "--seed", 3)
    data = run("run", path, *common, "--json").json
    with Workspace.open(path, write=False) as opened:
        rows = rollouts.rollout_rows(opened.reader(), run=data["run"])
    for name, wanted in (("mean_steps_solved", True), ("mean_steps_failed", False)):
        steps = [row.steps for row in rows if row.truth is wanted]
        assert data[name] == pytest.approx(sum(steps) / len(steps))
    text = run("run", path, *common, "--bank", "empty").out
    assert f"(solved {data['mean_steps_solved']:.2f}, failed {data['mean_steps_failed']:.2f})" in text
    assert f"siblings: {data['siblings']['with_earlier_sibling']} of 29 tasks" in text
    phases = {line.split()[0]: int(line.split()[2]) for line in text.splitlines() if line.split()[:1] and
              line.split()[0] in ("act", "judge", "distill", "embed", "total")}  # fmt: skip
    assert sum(tokens for phase, tokens in phases.items() if phase != "total") == phases["total"] > 0
    assert phases["total"] == data["tokens"]["total"]
    assert all(phases[phase] == data["tokens"][phase] for phase in ("act", "judge", "distill"))
    drawn = run("curves", path).out
    assert "only 29 tasks" in drawn
    assert "siblings: " in drawn
    assert "seed 3" in drawn
    streams = run("curves", path, "--json").json["streams"]
    truths = [row.truth for row in rows]
    assert streams[0]["cumulative"] == pytest.approx([sum(truths[: n + 1]) / (n + 1) for n in range(29)])


# Point 22


def test_point_22_an_embedder_gone_between_tasks_pauses_and_goes_on_to_the_same_bank(open_new, server, at_once):
    """The phase no chat model has: the query cannot be embedded any more from the third task on."""
    chat = Profile("fake", server.url, "fake-model", timeout=5, retries=0)
    vectors = Profile("vectors", server.url, "vectors", timeout=5, retries=0)
    settings = Settings(profiles={"fake": chat, "vectors": vectors}, profile="fake", embedder="vectors")
    whole, broken = open_new("whole"), open_new("broken")
    run_sums(whole, settings, memory="reasoningbank", limit=5)
    seen = []

    def failing(request):
        if request.path.endswith("/embeddings"):
            seen.append(request.body["input"])
            return error(503, "going down") if len(seen) > 2 else sums.solving()(request)
        return sums.solving()(request)

    server.default = failing
    with pytest.raises(Paused, match="going down"):
        run_sums(broken, settings, memory="reasoningbank", limit=5)
    assert [row.task_key for row in rollouts.task_rows(broken.reader())] == ["sums/0", "sums/1"]
    server.default = sums.solving()
    number = run_arm(broken, RunRequest("sums", limit=5), settings)
    assert number == 1
    assert lines(broken) == lines(whole) != ""
    assert banks.bank_hash(broken.reader(), 1) == banks.bank_hash(whole.reader(), 1)
