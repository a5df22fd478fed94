"""Lessons in an AGENTS.md: their part is written anew, the rest stays."""

from pathlib import Path

import pytest

from rb_studio.jobs.agents_md import BEGIN, END, write_agents_md
from rb_studio.records.errors import UnreadableInput
from rb_studio.records.memory import Experience, MemoryItem

ITEM = MemoryItem("i", "Sort first", "For extremes", "# Sort\nthen <!-- read -->")


def bank(*sites: str | None) -> list[Experience]:
    return [Experience(f"e{n}", "", "task", (ITEM,), site=site) for n, site in enumerate(sites)]


def test_lessons_are_headings_with_their_situation_and_text(tmp_path: Path) -> None:
    target = tmp_path / "AGENTS.md"
    assert write_agents_md(bank(None), target) == 1
    text = target.read_text(encoding="utf-8")
    assert text.startswith(BEGIN)
    assert text.endswith(f"{END}\n")
    assert "### Sort first\n\n*When:* For extremes\n\n\\# Sort\nthen &lt;!-- read -->\n" in text


def test_lessons_of_several_sites_stand_under_them(tmp_path: Path) -> None:
    write_agents_md(bank("shop", None, "map"), tmp_path / "AGENTS.md")
    lines = (tmp_path / "AGENTS.md").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line.startswith("### ")] == ["### In general", "### map", "### shop"]


def test_what_a_person_wrote_around_the_part_stays(tmp_path: Path) -> None:
    target = tmp_path / "AGENTS.md"
    target.write_text("# Ours\n\nBuild with make.\n", encoding="utf-8")
    write_agents_md(bank(None, None), target)
    target.write_text(target.read_text(encoding="utf-8") + "\nTest with pytest.\n", encoding="utf-8")
    write_agents_md(bank(None), target)
    text = target.read_text(encoding="utf-8")
    assert text.startswith("# Ours\n\nBuild with make.\n\n<!--")
    assert text.endswith(f"{END}\n\nTest with pytest.\n")
    assert (text.count(BEGIN), text.count("### Sort first")) == (1, 1)


def test_a_file_that_cannot_be_kept_is_left_alone(tmp_path: Path) -> None:
    for name, content in (("half.md", BEGIN.encode()), ("image.md", b"\xff\xfe\x00")):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(UnreadableInput, match=name):
            write_agents_md(bank(None), tmp_path / name)
        assert (tmp_path / name).read_bytes() == content


def test_more_than_agents_read_is_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    long = Experience("e", "", "task", tuple(MemoryItem(f"i{n}", "T", "d", "x" * 1000) for n in range(40)))
    write_agents_md([long], tmp_path / "AGENTS.md")
    assert "often read no more than 32" in caplog.text
