"""Rollouts with what practice never does: errors, huge texts, foreign formats."""

from dataclasses import replace

from rb_studio.records.arm import ArmConfig
from rb_studio.records.calls import CallSettings, LlmCall, Message, Reply, Usage
from rb_studio.records.judgement import Truth
from rb_studio.records.trajectory import Action, ExitReason, Step, Trajectory
from rb_studio.store.imported import ImportedTrajectory
from rb_studio.store.rollout_list import ListedRollout
from rb_studio.store.runs import RunRow

HOSTILE = "<img src='http://example.org/x.png'><script>alert(1)</script>\x1b[31mred\x1b[0m \x00"
HUGE = "line of output\n" * 20_000


def step(number: int, action: str = "ls", observation: str = "", **more: object) -> Step:
    return Step(number, f"thought {number}", (Action(action),), observation or f"output {number}", **more)


def trajectory(steps: tuple[Step, ...], **more: object) -> Trajectory:
    given = {
        "uid": "foreign-1",
        "task_key": "swe/1",
        "rollout_index": 0,
        "seed": 0,
        "first_observation": "",
        "steps": steps,
        "exit_reason": ExitReason.IMPORTED,
    }
    return Trajectory(**{**given, **more})


def imported(one: Trajectory | None = None, task: str = "Mend the parser") -> ImportedTrajectory:
    shell = trajectory(
        (
            step(1, "cat setup.py", HOSTILE),
            step(2, "python test.py", "<returncode>1</returncode>\n<output>boom</output>"),
            step(3, "click('12')", "x", error="there is no element 12"),
            step(4, "grep -r word .", HUGE),
            step(5, "echo COMPLETE_TASK_AND_SUBMIT_FINAL_OUTPUT"),
        ),
        patch="diff --git a/x b/x",
        extra={"prologue": [{"role": "system", "content": "You are"}, {"role": "user", "content": "Please mend"}]},
    )
    return ImportedTrajectory(one or shell, "lite", task, truths=(Truth(True, 1.0, "report"),))


def call(step_number: int, *contents: str, text: str = "reply", **more: object) -> LlmCall:
    messages = tuple(Message("system" if place == 0 else "user", one) for place, one in enumerate(contents))
    reply = Reply(text, usage=Usage(10, 2), finish="stop", model="m")
    made = LlmCall(
        f"call-{step_number}", "actor", step_number, 1, messages, CallSettings(0.7, 100), reply, step=step_number
    )
    return replace(made, **more)


def run_row(**more: object) -> RunRow:
    given = {
        "id": 1,
        "sweep": None,
        "arm_id": 1,
        "arm": ArmConfig("practice"),
        "bank": None,
        "status": "finished",
        "start_state": "empty",
        "pass_number": 1,
        "simulated": True,
        "shared_with": None,
        "foreign_key": None,
        "name": "",
        "created_at": "",
        "started_at": None,
        "ended_at": None,
        "note": "",
    }
    return RunRow(**{**given, **more})


def listed_row(**more: object) -> ListedRollout:
    given = {
        "id": 1,
        "uid": "u1",
        "run": 1,
        "task_key": "practice/1",
        "task_text": "Open the page",
        "template": None,
        "site": None,
        "rollout_index": 0,
        "status": "done",
        "verdict": "success",
        "truth": True,
        "memory": "none",
        "k": 1,
        "steps": 3,
        "cost": None,
        "tokens": 1234,
        "seconds": 0.5,
        "exit_reason": "answered",
        "model": "m",
        "selected": True,
        "simulated": True,
    }
    return ListedRollout(**{**given, **more})
