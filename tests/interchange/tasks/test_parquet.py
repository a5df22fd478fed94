"""Parquet files of tasks, and the sentence where they cannot be read."""

import datetime
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from rb_studio.interchange.tasks import load, preview, sniff
from rb_studio.records.errors import UnreadableInput

INSTANCE = {
    "instance_id": "a__b-1",
    "repo": "a/b",
    "base_commit": "abc",
    "problem_statement": "Mend the parser",
    "patch": "x",
    "test_patch": "y",
    "FAIL_TO_PASS": "[]",
    "PASS_TO_PASS": "[]",
}


def written(path: Path, rows: list[dict]) -> Path:
    arrow = pytest.importorskip("pyarrow", reason="reading Parquet is optional")
    parquet = pytest.importorskip("pyarrow.parquet")
    parquet.write_table(arrow.Table.from_pylist(rows), path)
    return path


def test_swe_bench_as_it_is_published(tmp_path: Path) -> None:
    path = written(tmp_path / "verified.parquet", [INSTANCE, {**INSTANCE, "instance_id": "a__b-2"}])
    assert sniff(path) == "swe-bench"
    content = load(path)
    assert [task.key for task in content.tasks] == ["verified/a__b-1", "verified/a__b-2"]
    assert content.gradings[0].expected["test_patch"] == "y"
    assert content.suite.grader == "swebench"


def test_anybodys_rows_are_mapped_like_those_of_other_files(tmp_path: Path) -> None:
    rows = [
        {"question": "1 + 1?", "gold": 2, "when": datetime.date(2024, 1, 2), "price": Decimal("1.5"), "x": b"\xff"},
        {"question": "2 + 2?", "gold": 4, "when": None, "price": None, "x": None},
    ]
    path = written(tmp_path / "sums.parquet", rows)
    seen = preview(path)
    assert (seen.format, seen.own, seen.total) == ("parquet", True, 2)
    assert seen.rows[0]["when"] == "2024-01-02"
    assert seen.rows[0]["price"] == 1.5
    content = load(path, mapping={"answer": "gold"})
    assert (content.suite.grader, [one.expected for one in content.gradings]) == ("number", [2, 4])


def test_a_cut_file_is_named(tmp_path: Path) -> None:
    path = written(tmp_path / "sums.parquet", [{"question": "1 + 1?"}])
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(UnreadableInput, match="no whole Parquet file"):
        load(path)


def test_another_format_by_name_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "sums.parquet", [{"question": "1 + 1?"}])
    with pytest.raises(UnreadableInput, match="is a Parquet file"):
        load(path, format="webarena")
    other = tmp_path / "sums.csv"
    other.write_text("question\n1 + 1?\n", "utf-8")
    with pytest.raises(UnreadableInput, match="is no Parquet file"):
        load(other, format="parquet")


def test_without_the_library_the_mend_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    path = tmp_path / "sums.parquet"
    path.write_bytes(b"PAR1" + bytes(20) + b"PAR1")
    with pytest.raises(UnreadableInput, match="needs the package pyarrow; install it, or save the file as JSONL"):
        load(path)
