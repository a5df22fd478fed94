"""Our own file of notes keeps everything, whatever people wrote."""

import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rb_studio.interchange.annotation_jsonl import write_annotations
from rb_studio.interchange.load import load_path
from rb_studio.interchange.source import clean_text
from rb_studio.records.annotation import STEP_PARTS, Anchor, Kind, NotePast, NoteVersion, Part, Said
from rb_studio.records.label_set import SHIPPED, Label, LabelSet

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30).map(clean_text)
NAME = TEXT.map(lambda text: " ".join(text.split())).filter(bool)


@st.composite
def said(draw: st.DrawFn) -> Said:
    kind = draw(st.sampled_from(Kind))
    comment = draw(TEXT)
    if kind is Kind.COMMENT:
        comment = comment + "said"
    rating = draw(st.integers(1, 5)) if kind is Kind.RATING else None
    named = kind in (Kind.LABEL, Kind.TAG)
    return Said(kind, draw(NAME) if kind is Kind.LABEL else "", draw(NAME) if named else "", comment, rating)


@st.composite
def places(draw: st.DrawFn) -> Anchor:
    part = draw(st.sampled_from(Part))
    number = draw(st.integers(0, 10**6)) if part in STEP_PARTS else None
    start = draw(st.none() | st.integers(0, 10**6))
    end = None if start is None else start + draw(st.integers(1, 100))
    return Anchor(draw(NAME), part, draw(st.none() | NAME), number, start, end, draw(TEXT), draw(TEXT))


VERSIONS = st.lists(st.builds(NoteVersion, said(), NAME, NAME), min_size=1, max_size=4).map(tuple)
NOTES = st.lists(
    st.builds(NotePast, NAME, places(), NAME, NAME, VERSIONS, TEXT, st.booleans()),
    max_size=5,
    unique_by=lambda note: note.uid,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(NOTES)
def test_notes_come_back_as_they_were_written(notes: list[NotePast]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "notes.dat"
        own = LabelSet("Mine", (Label("a", "when a"), Label("b")))
        write_annotations(notes, [own], file)
        (found,) = load_path(file)
    assert (found.error, found.warnings, found.format) == (None, (), "rb-studio-annotations")
    assert (found.notes, found.label_sets) == (tuple(notes), (own,))


def test_shipped_sets_are_ones_that_may_be_written(tmp_path: Path) -> None:
    write_annotations((), SHIPPED, tmp_path / "sets.jsonl")
    (found,) = load_path(tmp_path / "sets.jsonl")
    assert [(one.name, one.labels) for one in found.label_sets] == [(one.name, one.labels) for one in SHIPPED]


def test_a_note_that_a_file_names_twice_is_read_once(tmp_path: Path) -> None:
    version = NoteVersion(Said(Kind.TAG, label="x"), "ann", "2026-01-01")
    note = NotePast("n", Anchor("r"), "ann", "2026-01-01", (version,))
    write_annotations([note, note], (), tmp_path / "twice.jsonl")
    (found,) = load_path(tmp_path / "twice.jsonl")
    assert found.notes == (note,)
    assert "line 2" in found.warnings[0]
