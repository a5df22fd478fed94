"""Stored pages as rich text."""

import re

from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QTextDocument

from rb_studio.environments.practice import render_html
from rb_studio.gui.rooms.trajectories.opened import Opened
from rb_studio.gui.rooms.trajectories.page_markup import POINTER, rich_page
from rb_studio.gui.theme import DARK, LIGHT

PAGE = (
    '<html><head><style>p{color:red}</style><script>x()</script><title>T</title></head><body><nav data-id="1">'
    '<a data-id="2" href="http://e.org">Orders</a></nav><main><h1>Head</h1><label>Name <input data-id="3" '
    'value="Ann"></label><label>Kind <select data-id="4"><option>a</option><option selected>b</option></select>'
    '</label><button data-id="5">Save</button><table data-id="6"><caption>Rows</caption><tr><th>A</th></tr><tr>'
    '<td data-id="7">1 &lt; 2</td></tr></table><img src="http://e.org/x.png"><p role="alert">Saved.</p></main>'
    "<footer>Message sent: ok</footer></body></html>"
)


def as_text(html: str) -> str:
    document = QTextDocument()
    document.setHtml(html)
    return document.toPlainText()


def test_texts_fields_and_chosen_entries_are_shown(qapp) -> None:
    text = as_text(rich_page(PAGE, LIGHT))
    for word in ("Orders", "Head", "Name", "Ann", "Save", "Rows", "1 < 2", "Saved.", "Message sent: ok", "b \u25be"):
        assert word in text
    assert "x()" not in text
    assert POINTER not in text


def test_no_address_script_or_picture_of_the_page_gets_through() -> None:
    html = rich_page(PAGE, LIGHT)
    assert not re.search(r"https?:|<script|<img|href|color:red", html)


def test_the_acted_element_has_a_pointer_and_an_anchor(qapp) -> None:
    for element, shown in (("2", "Orders"), ("3", "Ann"), ("4", "b"), ("5", "Save"), ("7", "1 < 2")):
        html = rich_page(PAGE, DARK, element)
        assert html.count('name="acted"') == 1
        assert f"{POINTER} {shown}" in as_text(html).replace("\xa0", " ")


def test_an_element_that_is_not_there_is_not_marked() -> None:
    assert POINTER not in rich_page(PAGE, LIGHT, "99")


@given(st.text(), st.sampled_from(["2", None]))
def test_any_text_in_a_page_stays_text(text: str, acted: str | None) -> None:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
    html = rich_page(f'<p>{escaped}</p><a data-id="2">{escaped}</a><input value="{escaped}">', LIGHT, acted)
    assert "<script" not in html.lower()
    assert "<img" not in html.lower()


@given(st.text(alphabet="<>/ab=\"'- tdrp"))
def test_no_markup_however_broken_ends_in_an_error(html: str) -> None:
    rich_page(html, LIGHT, "1")


def test_every_page_of_a_rollout_is_drawn(practised_rollout: Opened, qapp) -> None:
    for place in range(1, practised_rollout.count + 1):
        text = as_text(rich_page(render_html(practised_rollout.task, practised_rollout.step(place).state), LIGHT))
        assert "Dashboard" in text
