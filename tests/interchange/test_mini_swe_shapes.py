from pathlib import Path

import pytest

from rb_studio.records.trajectory import ExitReason
from tests.interchange.files import Write, load_one, tool_call_run


@pytest.mark.parametrize(
    ("name", "format_name", "steps", "task"),
    [
        ("bare_list/local.traj.json", "mini-swe-agent-bare", 2, "Blah blah blah"),
        ("v1/test_output.json", "mini-swe-agent-1", 10, "I'm running missing_colon.py as follows:"),
        ("v1.1_generated/text_deterministic.traj.json", "mini-swe-agent-1.1-text", 2, "print hello"),
        ("v1.1_generated/responses_api_deterministic.traj.json", "mini-swe-agent-1.1-responses", 2, "print hello"),
        (
            "v1.1_runs/deepseek_chat_dev/sqlfluff__sqlfluff-2419/sqlfluff__sqlfluff-2419.traj.json",
            "mini-swe-agent-1.1-toolcall",
            48,
            "Rule L060 could give a specific error message",
        ),
    ],
)
def test_each_shape_gives_its_steps_and_its_task(
    samples: Path, name: str, format_name: str, steps: int, task: str
) -> None:
    loaded = load_one(samples / "mini-swe-agent" / name)
    assert (loaded.format, loaded.error) == (format_name, None)
    rollout = loaded.rollouts[0]
    assert len(rollout.trajectory.steps) == steps
    assert rollout.task.text.startswith(task)
    assert all(step.actions for step in rollout.trajectory.steps)
    assert rollout.trajectory.exit_reason is ExitReason.IMPORTED
    assert rollout.trajectory.passes == (steps,)


def test_graded_runs_agree_with_their_reports(samples: Path) -> None:
    from rb_studio.interchange.load import load_path

    files = list(load_path(samples / "mini-swe-agent" / "v1.1_runs"))
    assert sum(len(file.rollouts) for file in files) == 14
    assert sum(len(step.actions) for file in files for t in file.trajectories for step in t.steps) == 1029
    truths = {(t.run, t.task.key): t.truth.success for file in files for t in file.truths}
    assert len(truths) == 3 * 23
    assert sum(success is True for success in truths.values()) == 21
    outcomes = {o.trajectory.uid for file in files for o in file.outcomes}
    assert {t.uid for file in files for t in file.trajectories} <= outcomes


def test_a_message_with_several_calls_is_one_step_and_answers_go_to_their_calls(write: Write) -> None:
    rollout = load_one(write("demo__lib-1/demo__lib-1.traj.json", tool_call_run())).rollouts[0]
    first, last = rollout.trajectory.steps
    assert [(a.text, a.tool, a.call_id) for a in first.actions] == [("ls", "bash", "c1"), ("pwd", "bash", "c2")]
    assert first.observation == "[c1]\na.py\n\n[c2]\n/testbed"
    assert first.extra["observations"][0]["extra"] == {"returncode": 0, "odd": True}
    assert (first.thought, first.reasoning) == ("Look around.", "hidden words")
    assert first.usage is not None
    assert (first.usage.prompt, first.usage.completion, first.cost) == (11, 7, 0.25)
    assert first.started_at == "2023-11-14T22:13:20.500000+00:00"
    assert first.pointer == "/messages/2"
    assert last.observation == "diff --git a/x b/x\n"
    assert (last.usage, last.cost, last.started_at, last.elapsed) == (None, None, None, None)


def test_task_run_and_result_fields_are_found(write: Write) -> None:
    loaded = load_one(write("my_run/demo__lib-1/demo__lib-1.traj.json", tool_call_run()))
    rollout = loaded.rollouts[0]
    assert (rollout.run, rollout.task.key, rollout.task.site) == ("my_run", "swe-bench/demo__lib-1", "demo/lib")
    assert rollout.task.text == "Fix the thing"
    trajectory = rollout.trajectory
    assert (trajectory.exit_detail, trajectory.patch, trajectory.answer) == ("Submitted", "diff --git a/x b/x\n", None)
    assert trajectory.model == "m-1"
    assert "model ← extra.response.model" in loaded.guessed
    assert "messages[] → cost" in loaded.mapped


def test_unknown_fields_are_kept(write: Write) -> None:
    run = tool_call_run()
    run["strange"] = {"a": 1}
    run["messages"][2]["mood"] = "fine"
    trajectory = load_one(write("demo__lib-1.traj.json", run)).trajectories[0]
    assert trajectory.extra["top"] == {"strange": {"a": 1}}
    assert trajectory.steps[0].extra["message"]["mood"] == "fine"


def test_the_runs_own_template_tells_where_the_task_stands(write: Write) -> None:
    run = tool_call_run(config={"agent": {"instance_template": "Aim >>>{{ task }}<<< at {{cwd}} now"}})
    run["messages"][1]["content"] = "Aim >>>do\nthis<<< at /x now"
    loaded = load_one(write("demo__lib-1.traj.json", run))
    assert loaded.rollouts[0].task.text == "do\nthis"
    assert any("instance_template" in field for field in loaded.mapped)


def test_two_blocks_in_a_text_reply_are_no_action(write: Write) -> None:
    run = {
        "trajectory_format": "mini-swe-agent-1",
        "info": {},
        "messages": [
            {"role": "system", "content": "s"},
            {"role": "user", "content": "Do it"},
            {"role": "assistant", "content": "THOUGHT: try\n```bash\nls\n```\n```bash\npwd\n```"},
            {"role": "user", "content": "One action only."},
            {"role": "assistant", "content": "THOUGHT: again\n\n```bash\nls\n```"},
            {"role": "user", "content": "x"},
        ],
    }
    first, second = load_one(write("a.json", run)).trajectories[0].steps
    assert first.actions == ()
    assert first.observation == "One action only."
    assert (second.thought, second.actions[0].text) == ("again", "ls")


def test_a_format_error_marks_the_step_it_followed(write: Write) -> None:
    run = tool_call_run()
    note = {"role": "user", "content": "no call found", "extra": {"interrupt_type": "FormatError"}}
    run["messages"].insert(5, note)
    step = load_one(write("demo__lib-1.traj.json", run)).trajectories[0].steps[0]
    assert step.error == "FormatError"
    assert step.observation.endswith("no call found")


def test_a_command_typed_by_a_person_is_a_step(write: Write) -> None:
    run = tool_call_run()
    typed = {"role": "user", "content": "User command: \n```bash\nls\n```", "extra": {"actions": [{"command": "ls"}]}}
    run["messages"][5:6] = [typed, {"role": "user", "content": "a.py"}]
    step = load_one(write("demo__lib-1.traj.json", run)).trajectories[0].steps[1]
    assert (step.actions[0].text, step.observation) == ("ls", "a.py")
    assert step.extra["message"]["role"] == "user"


def test_arguments_that_are_no_json_are_shown_as_written(write: Write) -> None:
    run = tool_call_run()
    run["messages"][5]["tool_calls"][0]["function"]["arguments"] = '{"command": "ls'
    assert load_one(write("demo__lib-1.traj.json", run)).trajectories[0].steps[1].action_text == '{"command": "ls'


def test_memory_in_the_system_prompt_is_found(write: Write) -> None:
    run = tool_call_run()
    run["messages"][0]["content"] = "Shell.\n\nNotes:\n\n# Memory Item 1\n## Title Look\n## Content Look first."
    trajectory = load_one(write("demo__lib-1.traj.json", run)).trajectories[0]
    assert trajectory.memory_block.startswith("# Memory Item 1")


def test_a_crash_before_the_first_reply_is_a_rollout_without_steps(write: Write) -> None:
    run = tool_call_run(exit_status="AuthenticationError", submission="", traceback="Traceback ...")
    run["messages"] = run["messages"][:2]
    loaded = load_one(write("demo__lib-1.traj.json", run))
    trajectory = loaded.trajectories[0]
    assert (trajectory.steps, trajectory.exit_detail, trajectory.patch) == ((), "AuthenticationError", None)
    assert trajectory.extra["info"]["traceback"] == "Traceback ..."
    assert any("no message of the agent" in warning for warning in loaded.warnings)
