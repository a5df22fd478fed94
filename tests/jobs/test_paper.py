"""The paper's figures: each with its source, apart from what is measured."""

import pytest

from rb_studio.jobs.paper import REPORTED, STATUSES, paper_series, reference_points, sources
from rb_studio.records.errors import RbStudioError


def test_every_point_tells_where_it_stands_and_how_sure_it_is():
    points = reference_points()
    assert len(points) > 300
    for point in points:
        assert point.source.startswith(("Table", "Fig.", "text"))
        assert point.version in ("v1", "v2", "v1 and v2")
        assert point.status in STATUSES
        assert point.unit in ("percent", "steps", "tokens")
        assert point.value <= 100 or point.unit == "tokens"
        assert "v2" in point.version or point.status == "P1"
    keys = [(p.benchmark, p.subset, p.backbone, p.method, p.scaling, p.k, p.metric) for p in points]
    assert len(set(keys)) == len(keys)


def test_curves_hold_the_confirmed_points_alone():
    found = {one.name: [(point.k, point.value) for point in one.points] for one in paper_series()}
    assert found["paper: reasoningbank parallel · best_of_k"] == [(1, 0.497), (3, 0.524), (5, 0.551)]
    assert found["paper: reasoningbank sequential · best_of_k"] == [(1, 0.497), (5, 0.545)]
    assert found["paper: none parallel · best_of_k"] == [(1, 0.39), (3, 0.406), (5, 0.422)]
    assert found["paper: reasoningbank parallel · pass_at_k"] == [(2, 0.513), (5, 0.621)]
    for one in paper_series():
        assert one.truth == REPORTED
        assert (one.arm["source"], one.simulated) == ("paper", False)
        assert {(point.low, point.high) for point in one.points} == {(None, None)}
    assert {point["status"] for point in sources()} == {"P1", "P2"}


def test_the_parts_of_a_tasks_tokens_sum_to_the_printed_total():
    tokens = {point.metric: point.value for point in reference_points() if point.source == "Table 5"}
    parts = tokens["tokens_act"] + tokens["tokens_judge"] + tokens["tokens_distill"]
    assert parts == pytest.approx(53054.5)


@pytest.mark.parametrize(
    "row", ["x,,,m,none,none,1,pass_at_1,1,percent,,v1,P1", "x,,,m,none,none,1,pass_at_1,?,percent,T,v1,P1"]
)
def test_a_point_without_source_or_number_is_refused(tmp_path, row):
    head = "benchmark,subset,tasks,backbone,method,scaling,k,metric,value,unit,source,version,status"
    file = tmp_path / "points.csv"
    file.write_text(f"{head}\n{row}\n", "utf-8")
    with pytest.raises(RbStudioError, match=r"points\.csv"):
        reference_points(file)
    with pytest.raises(RbStudioError, match=r"missing\.csv"):
        reference_points(tmp_path / "missing.csv")
