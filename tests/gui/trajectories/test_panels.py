"""The panels: long texts, pages, scrub bar, transport, details."""

import re
from dataclasses import replace

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPointF, Qt, QUrl
from PySide6.QtGui import QTextDocument
from PySide6.QtWidgets import QLabel, QWidget

from rb_studio.gui.frame import Frame
from rb_studio.gui.rooms.trajectories.details_html import details_html
from rb_studio.gui.rooms.trajectories.details_panel import DetailsPanel
from rb_studio.gui.rooms.trajectories.find_bar import FindBar
from rb_studio.gui.rooms.trajectories.levels import Reading
from rb_studio.gui.rooms.trajectories.long_text import LongText, Stretch
from rb_studio.gui.rooms.trajectories.opened import Opened
from rb_studio.gui.rooms.trajectories.page_markup import POINTER
from rb_studio.gui.rooms.trajectories.page_panel import PagePanel
from rb_studio.gui.rooms.trajectories.plain import NO_STEP as NOTHING
from rb_studio.gui.rooms.trajectories.prompt_panel import PromptPanel
from rb_studio.gui.rooms.trajectories.safe_browser import KEPT, SafeBrowser
from rb_studio.gui.rooms.trajectories.scrub_bar import ScrubBar
from rb_studio.gui.rooms.trajectories.scrub_draw import LANES, _seen
from rb_studio.gui.rooms.trajectories.step_card import NO_STEP, ONLY_OUTCOME, card_html, facts
from rb_studio.gui.rooms.trajectories.step_panel import StepPanel
from rb_studio.gui.rooms.trajectories.step_texts import NO_REPLY, reply_of
from rb_studio.gui.rooms.trajectories.ticks import preview_of, ticks_of
from rb_studio.gui.rooms.trajectories.transport import Transport
from rb_studio.gui.theme import LIGHT
from rb_studio.gui.widgets.elided import Elided
from rb_studio.records.calls import Failure, FailureKind, Usage
from rb_studio.records.judgement import Status, Truth, Verdict
from rb_studio.records.trajectory import ExitReason
from tests.gui.trajectories.samples import HUGE, call, listed_row, run_row, step, trajectory


@pytest.fixture
def shown(qtbot):
    """Puts a widget on screen in a window of its own."""

    def show(widget: QWidget, width: int = 600, height: int = 400) -> QWidget:
        qtbot.addWidget(widget)
        widget.resize(width, height)
        widget.show()
        return widget

    return show


def as_text(html: str) -> str:
    document = QTextDocument()
    document.setHtml(html)
    return document.toPlainText().replace("\xa0", " ")


def test_a_huge_text_is_shown_in_part_and_whole_when_asked_for(frame: Frame, shown, qtbot) -> None:
    text = shown(LongText(frame.theme, "x"))
    text.show_source(HUGE, "a")
    assert len(text.edit.toPlainText()) < len(HUGE)
    assert text._all.text() == f"Show all {len(HUGE):,} characters"
    text._all.click()
    qtbot.waitUntil(lambda: text.edit.toPlainText() == HUGE)
    assert not text._more.isVisible()
    text.show_source("short", "b")
    text.show_source(HUGE, "a")
    qtbot.waitUntil(lambda: text.edit.toPlainText() == HUGE)


def test_a_huge_text_comes_piece_by_piece_and_another_one_ends_that(frame: Frame, shown, qtbot) -> None:
    text = shown(LongText(frame.theme, "x"))
    text.show_text(HUGE, "a", (Stretch(len(HUGE) - 5, 4),))
    assert 0 < len(text.edit.toPlainText()) < len(HUGE)
    text.show_text("short", "b")
    qtbot.wait(30)
    assert text.edit.toPlainText() == "short"
    text.show_text(HUGE, "a", (Stretch(len(HUGE) - 5, 4),))
    qtbot.waitUntil(lambda: not text._pouring.isActive())
    assert text.edit.toPlainText() == HUGE
    assert [one.cursor.selectedText() for one in text.edit.extraSelections()] == ["tput"]


def test_scroll_is_kept_for_each_text_and_the_same_text_changes_nothing(frame: Frame, shown) -> None:
    text = shown(LongText(frame.theme, "x"))
    lines = "\n".join(map(str, range(500)))
    text.show_source(lines, "a")
    text.edit.verticalScrollBar().setValue(120)
    text.show_source(lines, "a")
    assert text.edit.verticalScrollBar().value() == 120
    text.show_source(lines + "\nb", "b")
    assert text.edit.verticalScrollBar().value() == 0
    text.show_source(lines, "a")
    assert text.edit.verticalScrollBar().value() == 120


def test_stretches_are_coloured_and_words_are_found(frame: Frame, shown) -> None:
    text = shown(LongText(frame.theme, "x"))
    text.show_source("one two one", "a", (Stretch(4, 3), Stretch(0, 0, line=True)))
    assert [one.cursor.selectedText() for one in text.edit.extraSelections()] == ["two", ""]
    assert text.find_words("one")
    assert text.find_words("one")
    assert text.edit.textCursor().selectionStart() == 8
    assert text.find_words("one")
    assert text.edit.textCursor().selectionStart() == 0
    assert not text.find_words("three")


def test_the_browser_keeps_few_documents_and_shows_the_right_one_of_them(frame: Frame, shown) -> None:
    browser = shown(SafeBrowser(frame.theme, "pages", whole_words=True))
    for number in range(4 * KEPT):
        browser.prepare(f"<p>page {number + 1}</p>")
        browser.show_html(f"<p>page {number}</p>")
        assert browser.toPlainText() == f"page {number}"
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert len(browser.findChildren(QTextDocument)) <= KEPT + 1
    shown_last = browser.document()
    browser.redraw()
    browser.show_html(f"<p>page {number}</p>")
    assert browser.document() is not shown_last
    assert browser.toPlainText() == f"page {number}"
    browser.show_html("")
    assert not browser.toPlainText()


def test_words_are_found_on_a_drawn_page(frame: Frame, shown) -> None:
    browser = shown(SafeBrowser(frame.theme, "page"))
    browser.show_html("<table><tr><td>one <b>two</b></td></tr></table><p>two</p>")
    places = []
    for _ in range(3):
        assert browser.find_words("two")
        places.append(browser.textCursor().selectionStart())
    assert places[0] == places[2] != places[1]
    assert not browser.find_words("three")


def test_the_browser_loads_nothing_but_icons_and_follows_no_link(frame: Frame, shown, tmp_path) -> None:
    browser = shown(SafeBrowser(frame.theme, "x"))
    secret = tmp_path / "x.txt"
    secret.write_text("secret")
    kinds = QTextDocument.ResourceType
    assert browser.loadResource(kinds.ImageResource, QUrl("http://example.org/x.png")) is None
    assert browser.loadResource(kinds.ImageResource, QUrl.fromLocalFile(str(secret))) is None
    assert browser.loadResource(kinds.StyleSheetResource, QUrl("icon:success/16")) is None
    assert browser.loadResource(kinds.ImageResource, QUrl("icon:../../pyproject/16")) is None
    assert not browser.loadResource(kinds.ImageResource, QUrl("icon:success/16")).isNull()
    asked = []
    browser.asked.connect(asked.append)
    browser.show_html('<a href="step:3">x</a>')
    browser.anchorClicked.emit(QUrl("step:3"))
    assert asked == ["step:3"]
    assert "x" in browser.toPlainText()


def test_a_label_is_as_high_as_its_lines_and_no_higher(shown) -> None:
    label = shown(Elided(2), 200)
    label.set_text("short")
    one = label.sizeHint().height()
    label.set_text("many words " * 40)
    assert label.sizeHint().height() == 2 * one
    assert label.toolTip().startswith("many words")
    assert not label.grab().isNull()


def test_before_and_after_are_drawn_with_the_acted_element_marked(frame, shown, practised_rollout: Opened) -> None:
    pages = shown(PagePanel(frame.theme), 900, 500)
    pages.show_step(practised_rollout, 1)
    assert pages.before.heading.accessibleName() == "Before step 1  /dashboard"
    assert POINTER in pages.before.drawn.toPlainText()
    assert pages.after.drawn.isVisible()
    pages.set_drawn(False)
    assert pages.before.text.isVisible()
    assert pages.before.text.edit.toPlainText() == practised_rollout.trajectory.first_observation
    assert len(pages.before.text.edit.extraSelections()) == 1
    pages.next_mode()
    assert (pages.mode, pages.before.isVisible(), pages.after.isVisible()) == ("before", True, False)
    pages.stop()


def test_the_filled_field_is_marked_after_the_action_too(frame, shown, practised_rollout: Opened) -> None:
    pages = shown(PagePanel(frame.theme))
    steps = practised_rollout.trajectory.steps
    places = [one.number for one in steps if one.action_text.startswith("fill")]
    for place in places:
        pages.show_step(practised_rollout, place)
        assert POINTER in pages.after.drawn.toPlainText()
    pages.stop()


def test_other_formats_show_the_observation_and_a_state_that_cannot_be_drawn_its_text(
    frame, shown, foreign_rollout: Opened, practised_rollout: Opened
) -> None:
    pages = shown(PagePanel(frame.theme))
    pages.show_step(foreign_rollout, 1)
    assert (pages.mode, pages.after.text.isVisible()) == ("after", True)
    text = pages.after.text.edit.toPlainText()
    assert "<script>alert(1)</script>red \u2400" in text
    broken = replace(practised_rollout, task=replace(practised_rollout.task, setup={"catalogue": "none"}))
    pages.show_step(broken, 1)
    assert pages.after.text.edit.toPlainText() == broken.step(1).observation
    pages.stop()


def test_the_prompt_panel_goes_to_the_injected_memory(frame, shown, practised_rollout: Opened) -> None:
    prompt = shown(PromptPanel(frame.theme))
    prompt.show_step(practised_rollout, 1)
    assert prompt.text.edit.verticalScrollBar().value() == 0
    prompt._to_memory.click()
    assert prompt.text.edit.textCursor().position() == prompt._shown.memory_at
    marked = [one.cursor.selectedText() for one in prompt.text.edit.extraSelections()]
    assert any("Memory Item 1" in one for one in marked)
    assert prompt._warning.isHidden()


def test_a_tick_tells_kind_and_error(foreign_rollout: Opened) -> None:
    ticks = foreign_rollout.ticks
    assert [(str(tick.kind), tick.sign) for tick in ticks] == [
        ("read", None),
        ("run", "exit code 1"),
        ("open", "error"),
        ("read", None),
        ("answer", None),
    ]
    assert "there is no element 12" in preview_of(foreign_rollout.step(3))


def test_ticks_grow_and_those_known_are_not_made_again(foreign_rollout: Opened) -> None:
    steps = foreign_rollout.trajectory.steps
    known = ticks_of(steps[:3])
    grown = ticks_of(steps, known)
    assert grown == foreign_rollout.ticks
    assert all(one is other for one, other in zip(known, grown, strict=False))


def test_a_bar_tells_which_steps_a_verdict_cites_unless_one_judges_blind(frame, shown, practised_rollout) -> None:
    bar = shown(ScrubBar(frame.theme))
    bar.show_rollout(practised_rollout)
    cited = {step for verdict in practised_rollout.verdicts for step in verdict.cited}
    told = {step for step in range(1, practised_rollout.count + 1) if "cited by a verdict" in bar.tick_text(step)}
    assert told == cited != set()
    bar.set_blind(True)
    assert not any("cited" in bar.tick_text(step) for step in cited)


def test_marks_have_a_strip_of_their_own_and_say_what_they_are(frame, shown, foreign_rollout: Opened) -> None:
    bar = shown(ScrubBar(frame.theme), 500, 60)
    bar.show_rollout(foreign_rollout)
    low = bar.sizeHint().height()
    bare = bar.grab().toImage()
    bar.show_marks("memory", {5: "Check the parser"})
    assert bar.sizeHint().height() == low
    for lane in ("labels", "first_error", "bookmarks", "divergence"):
        bar.show_marks(lane, {2: f"by {lane}"})
    assert bar.sizeHint().height() > low
    assert bar.grab().toImage() != bare
    assert all(f"{LANES[lane]}: by {lane}" in bar.tick_text(2) for lane in ("labels", "first_error", "divergence"))
    assert f"{LANES['memory']}: Check the parser" in bar.tick_text(5)
    bar.forget_marks()
    assert bar.sizeHint().height() == low
    assert bar.grab().toImage() == bare


def test_shift_and_ctrl_select_steps_where_a_click_goes_there(frame, shown, qtbot, foreign_rollout: Opened) -> None:
    bar = shown(ScrubBar(frame.theme), 500, 40)
    bar.show_rollout(foreign_rollout)
    told: list[tuple[str, int]] = []
    bar.asked.connect(lambda step: told.append(("asked", step)))
    bar.extended.connect(lambda step: told.append(("extended", step)))
    bar.toggled.connect(lambda step: told.append(("toggled", step)))
    left, at = Qt.MouseButton.LeftButton, QPointF(350, 20).toPoint()
    qtbot.mouseClick(bar, left, pos=at)
    qtbot.mouseClick(bar, left, Qt.KeyboardModifier.ShiftModifier, pos=at)
    qtbot.mouseClick(bar, left, Qt.KeyboardModifier.ControlModifier, pos=at)
    assert told == [("asked", 4), ("extended", 4), ("toggled", 4)]
    bar.show_selected((4,))
    assert "selected" in bar.tick_text(4)


def test_pointing_previews_and_pressing_goes_there(frame, shown, qtbot, foreign_rollout: Opened) -> None:
    window = shown(QWidget())
    bar = ScrubBar(frame.theme, window)
    bar.resize(500, 40)
    bar.show()
    bar.show_rollout(foreign_rollout)
    bar.show_current(2)
    bar.show_marks("hits", {1: "has it", 4: "has it"})
    asked = []
    bar.asked.connect(asked.append)
    qtbot.mouseMove(bar, QPointF(250, 20).toPoint())
    preview = next(one for one in window.findChildren(QLabel) if one.property("role") == "toast")
    assert preview.text().startswith("Step 3 of 5: open \u2013 error")
    qtbot.mouseClick(bar, Qt.MouseButton.LeftButton, pos=QPointF(450, 20).toPoint())
    assert asked == [5]
    assert "exit code 1" in bar.accessibleDescription()
    assert not bar.grab().isNull()
    bar.hide()
    assert not preview.isVisible()


def test_a_bar_with_more_steps_than_pixels_still_shows_every_error(frame, shown) -> None:
    steps = tuple(step(number, error="x" if number == 777 else None) for number in range(1, 3001))
    opened = Opened(listed_row(), trajectory(steps), None, ticks_of(steps))
    bar = shown(ScrubBar(frame.theme), 300, 40)
    bar.show_rollout(opened)
    visible = _seen(range(1, 3001), 300 / 3000, lambda step: opened.ticks[step - 1].sign is not None)
    assert 777 in visible
    assert len(visible) <= 301
    assert bar.step_at(299) == 2991
    assert not bar.grab().isNull()


def test_the_transport_says_where_it_is_and_asks_for_steps(frame, shown, qtbot) -> None:
    transport = shown(Transport(frame.theme))
    asked = []
    transport.step_asked.connect(asked.append)
    transport.show_step(3, 12, "tokens \u2013")
    assert asked == []
    transport.go_to_step()
    qtbot.keyClicks(transport.number, "7")
    qtbot.keyClick(transport.number, Qt.Key.Key_Return)
    assert asked == [7]
    transport.show_playing(True)
    transport.speed.setCurrentText("4\u00d7")
    assert transport._playing.interval() == 250
    transport.show_follow(True)
    assert "Following" in transport.follow.text()
    transport.show_step(0, 0, "")
    assert not transport.number.isEnabled()
    transport.stop()


def test_finding_shows_its_line_counts_and_closes(shown, qtbot) -> None:
    bar = FindBar()
    qtbot.addWidget(bar)
    bar.open()
    qtbot.keyClicks(bar.line, "abc")
    bar.show_count("2 hits in 1 step", "Observed first after step 3")
    assert (bar.count.text(), bar.seen.isVisible()) == ("2 hits in 1 step", True)
    with qtbot.waitSignal(bar.closed):
        qtbot.keyClick(bar.line, Qt.Key.Key_Escape)
    assert not bar.isVisible()


def test_thought_action_and_error_stand_apart_on_the_step_that_caused_it(qapp, foreign_rollout: Opened) -> None:
    text = as_text(card_html(foreign_rollout, 3, LIGHT, Reading()))
    assert re.search(
        r"Thought\s+thought 3\s+Action – open\s+click\('12'\)\s+.*Error\s+there is no element 12", text, re.S
    )
    assert "Error" not in as_text(card_html(foreign_rollout, 4, LIGHT, Reading()))
    assert "exit code 1" in as_text(card_html(foreign_rollout, 2, LIGHT, Reading()))


def test_the_element_acted_on_is_named(qapp, practised_rollout: Opened) -> None:
    assert re.search(r"on link '", as_text(card_html(practised_rollout, 1, LIGHT, Reading())))


def test_reasoning_is_folded_until_asked_for(qapp) -> None:
    opened = Opened(listed_row(), trajectory((step(1, reasoning="deep <b>thought</b>", usage=Usage(5, None)),)), None)
    folded = card_html(opened, 1, LIGHT, Reading())
    assert "deep" not in folded
    assert "deep <b>thought</b>" in as_text(card_html(opened, 1, LIGHT, Reading(reasoning=True)))
    assert facts(opened, 1) == "tokens 5 + \u2013    cost \u2013    time \u2013"
    assert facts(opened, 1, blind=True) == "tokens 5 + \u2013    time \u2013"


def test_a_rollout_without_steps_says_why(qapp, foreign_rollout: Opened) -> None:
    running = Opened(listed_row(status="running"), trajectory(()), run_row())
    assert NO_STEP in as_text(card_html(running, 0, LIGHT, Reading()))
    outcome = replace(foreign_rollout, trajectory=trajectory(()))
    assert ONLY_OUTCOME in as_text(card_html(outcome, 0, LIGHT, Reading()))
    assert facts(running, 0) == ""


def test_the_raw_reply_stands_with_what_is_known_of_the_call() -> None:
    one = call(1, "x", text="<action>raw</action>")
    failed = replace(
        one, reply=replace(one.reply, text="", failure=Failure(FailureKind.TIMEOUT, "no reply"), usage=None)
    )
    opened = Opened(listed_row(), trajectory((step(1), step(2, reasoning="why"))), None, calls={1: (failed, one)})
    text = reply_of(opened, 1)
    assert "<action>raw</action>" in text
    assert "Failed: no reply" in text
    assert "tokens \u2013 + \u2013" in text
    assert reply_of(opened, 2) == f"{NO_REPLY}\n\nReasoning:\nwhy"


def test_details_link_cited_steps_items_and_siblings(qapp, practised_rollout: Opened) -> None:
    html = details_html(practised_rollout, LIGHT, frozenset())
    cited = practised_rollout.verdicts[0].cited
    assert all(f'href="step:{number}"' in html for number in cited)
    assert all(f'href="item:{link.id}"' in html for link in practised_rollout.items.values())
    hit = practised_rollout.retrieval.hits[0]
    assert f"{hit.score:.3f}" in html
    assert f'href="task:{hit.task_key}"' in html


def test_hostile_text_stays_text_in_the_details(qapp, practised_rollout: Opened) -> None:
    bad = "<img src='http://e.org/x'><a href='item:1'>x</a> [step 1] [step 99]"
    verdict = Verdict("v", "u", Status.FAILURE, bad, raw=bad, model=bad, cited=(1,))
    hostile = replace(
        practised_rollout,
        verdicts=(verdict,),
        truths=(Truth(True, detail=bad),),
        trajectory=replace(practised_rollout.trajectory, answer=bad, exit_detail=bad, model=bad),
    )
    html = details_html(hostile, LIGHT, frozenset({"v"}))
    assert "http://e.org/x'>" not in html
    assert not re.search(r"<img src='", html)
    assert '<a href="step:1"' in html
    assert "step:99" not in html


def test_how_it_ended_and_what_differs_is_said_in_words(qapp, practised_rollout: Opened) -> None:
    fault = Failure(FailureKind.CONNECTION, "connection refused")
    ended = replace(
        practised_rollout.trajectory, exit_reason=ExitReason.MODEL_FAILURE, exit_detail="", failure=fault, answer=None
    )
    broken = replace(
        practised_rollout,
        trajectory=ended,
        truths=(Truth(False, 0.0), Truth(False, 0.0, pass_index=1)),
        row=replace(practised_rollout.row, verdict="success"),
    )
    text = as_text(details_html(broken, LIGHT, frozenset()))
    for words in (
        "model failure",
        "connection refused",
        "no data, not a failure",
        "verdict and truth differ",
        "pass 2",
    ):
        assert words in text


def test_retrieved_but_not_injected_is_flagged(qapp, practised_rollout: Opened) -> None:
    without = replace(practised_rollout, trajectory=replace(practised_rollout.trajectory, memory_block=""))
    assert "retrieved, but not in the prompt" in as_text(details_html(without, LIGHT, frozenset()))


def test_folding_keeps_the_place_and_other_links_are_passed_on(frame, shown, practised_rollout: Opened) -> None:
    panel = shown(DetailsPanel(frame.theme), 260, 200)
    panel.show_rollout(practised_rollout)
    asked = []
    panel.asked.connect(asked.append)
    panel.browser.verticalScrollBar().setValue(40)
    uid = practised_rollout.verdicts[0].uid
    panel.browser.asked.emit(f"fold:{uid}")
    assert "Hide the raw reply" in panel.browser.toPlainText()
    assert panel.browser.verticalScrollBar().value() == 40
    panel.browser.asked.emit("step:2")
    assert asked == ["step:2"]


def test_nothing_of_another_rollout_stays_where_there_is_no_step(
    frame: Frame, shown, practised_rollout: Opened
) -> None:
    panel = shown(StepPanel(frame.theme), 700, 600)
    for opened, step_number in (
        (practised_rollout, 1),
        (replace(practised_rollout, trajectory=replace(practised_rollout.trajectory, steps=()), calls={}), 0),
    ):
        panel.show_rollout(opened)
        panel.show_step(step_number)
        for name in ("prompt", "reply", "fields", "changes"):
            panel.show_tab(name)
    assert not panel.fields.model.at(("step",)).isValid()
    for text in (panel.changes.text, panel.reply):
        assert text.edit.toPlainText() == NOTHING
    panel.show_tab("prompt")
    assert not panel.prompt.text.edit.toPlainText()
    assert not panel.prompt._warning.isVisible()
    assert not panel.prompt._to_memory.isVisible()
    panel.stop()
