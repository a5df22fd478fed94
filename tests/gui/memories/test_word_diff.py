from hypothesis import given
from hypothesis import strategies as st

from rb_studio.gui.widgets.word_diff import word_diff


def test_a_changed_word_is_removed_and_added() -> None:
    pieces = [(piece.kind, piece.text) for piece in word_diff("click the heading", "click a heading")]

    assert pieces == [("same", "click "), ("removed", "the "), ("added", "a "), ("same", "heading")]


@given(st.text(max_size=60), st.text(max_size=60))
def test_both_texts_can_be_read_out_of_the_difference(old: str, new: str) -> None:
    pieces = word_diff(old, new)

    assert "".join(piece.text for piece in pieces if piece.kind != "added") == old
    assert "".join(piece.text for piece in pieces if piece.kind != "removed") == new


def test_very_long_texts_are_compared_by_lines() -> None:
    old = "word " * 9000 + "\nend"

    assert [piece.kind for piece in word_diff(old, old.replace("end", "END"))] == ["same", "removed", "added"]
