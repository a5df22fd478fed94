"""What a step does, read from its action."""

import pytest

from rb_studio.analysis.actions import Kind, acted_element, element_line, exit_code, kind_of, signs
from rb_studio.records.trajectory import Action, Step
from tests.gui.trajectories.samples import step


@pytest.mark.parametrize(
    ("action", "kind"),
    [
        ("click('5')", Kind.OPEN),
        ("goto('/orders')", Kind.OPEN),
        ("fill('11', 'Ann (old)')", Kind.WRITE),
        ("scroll(0, 400)", Kind.READ),
        ("send_msg_to_user('done')", Kind.ANSWER),
        ("cat setup.py | head -20", Kind.READ),
        ("cd /testbed && grep -rn word . 2>/dev/null", Kind.READ),
        ("cd /testbed && sed -i 's/a/b/' x.py", Kind.WRITE),
        ("cat > test.py << 'EOF'\nprint(1)\nEOF", Kind.WRITE),
        ("python -m pytest tests -q 2>&1", Kind.RUN),
        ("echo COMPLETE_TASK_AND_SUBMIT_FINAL_OUTPUT && cat patch.txt", Kind.ANSWER),
        ("", Kind.NOTHING),
        ("cd " + "a;" * 50_000, Kind.RUN),
    ],
)
def test_an_action_tells_what_it_does(action: str, kind: Kind) -> None:
    assert kind_of(step(1, action)) is kind


def test_of_several_actions_the_last_counts_and_of_none_nothing() -> None:
    assert kind_of(Step(1, "", (Action("ls"), Action("python x.py")), "")) is Kind.RUN
    assert kind_of(Step(1, "", (), "")) is Kind.NOTHING


@pytest.mark.parametrize(
    ("action", "element"),
    [
        ("click('5')", "5"),
        ("click(5)", "5"),
        ('fill("a12", "text")', "a12"),
        ("goto('/x')", None),
        ("send_msg_to_user('5')", None),
        ("python click.py", None),
    ],
)
def test_an_action_names_the_element_it_acts_on(action: str, element: str | None) -> None:
    assert acted_element(action) == element


def test_an_element_is_described_by_its_line_of_the_page() -> None:
    page = "RootWebArea 'Home'\n\t[1] navigation 'Menu'\n\t\t[12] link 'Orders'\n\t\t[2] link 'Products'"
    assert element_line(page, "12") == "link 'Orders'"
    assert element_line(page, "3") is None
    assert element_line(page, "(") is None


def test_an_error_goes_before_an_exit_code_and_zero_is_no_sign() -> None:
    failed = step(1, "x", "<returncode>2</returncode>")
    assert (exit_code(failed), signs(failed)) == (2, "exit code 2")
    assert signs(step(1, "x", "<returncode>0</returncode>")) is None
    assert signs(step(1, "x", "<returncode>2</returncode>", error="no such element")) == "error"
    assert exit_code(step(1)) is None
