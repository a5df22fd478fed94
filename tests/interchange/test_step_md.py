"""One step as Markdown."""

from rb_studio.interchange.trajectory_md import step_markdown
from rb_studio.records.trajectory import Action, Step


def test_a_step_holds_all_its_parts_and_fences_that_nothing_closes() -> None:
    actions = (Action("ls\n```\nrm", "bash"), Action("pwd"))
    text = step_markdown(Step(3, "I look", actions, "a ````` b", error="no\nsuch file", reasoning="because"))
    assert text.startswith("## Step 3\n\nReasoning:\n\n> because\n\n> I look\n")
    assert "Action (bash):\n\n````text\nls\n```\nrm\n````" in text
    assert "Error: no such file" in text
    assert "``````text\na ````` b\n``````\n" in text
