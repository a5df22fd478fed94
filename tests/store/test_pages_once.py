"""A page is one blob, however often it is shown: as a step's observation and in the message that quotes it."""

from collections import Counter

from rb_studio.jobs.request import RunRequest
from rb_studio.jobs.run import run_arm
from rb_studio.models.settings import Settings
from rb_studio.records.calls import Message
from rb_studio.store import call_rows, rollouts
from rb_studio.store.rows import load
from rb_studio.store.workspace import Workspace


def test_pages_in_requests_are_the_blobs_of_the_observations(workspace: Workspace) -> None:
    run = run_arm(workspace, RunRequest("practice", memory="none", limit=3), Settings(embedder="hashing"))
    conn = workspace.reader()
    seen = {row[0] for row in conn.execute("SELECT observation FROM step UNION SELECT first_observation FROM rollout")}
    requests = [load(row[0]) for row in conn.execute("SELECT request FROM llm_call WHERE role = 'actor'")]
    headed = [message for request in requests for message in request["messages"] if len(message) == 3]
    assert Counter(message[2] for message in headed) == {"Current page:\n": len(requests)}
    assert {message[1] for message in headed} <= seen
    for call in rollouts.calls(conn, run=run, role="actor"):
        assert call.messages[-1].content.startswith("Current page:\n")


def test_requests_written_before_headings_stood_apart_are_read_as_they_were() -> None:
    texts = {1: "Be brief.", 2: "Current page:\nHome", 3: "Home"}
    old = [call_rows._message(parts, texts) for parts in (["system", 1], ["user", 2])]
    assert old == [Message("system", "Be brief."), Message("user", "Current page:\nHome")]
    assert call_rows._message(["user", 3, "Current page:\n"], texts) == old[1]
