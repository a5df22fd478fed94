"""The acting practice model: one turn from a conversation to a thought and an action."""

from collections.abc import Callable

from rb_studio.models.practice_constants import PracticeConstants
from rb_studio.models.practice_habits import Trait
from rb_studio.models.practice_influence import Influence
from rb_studio.models.practice_intent import Aim, called_for, understand
from rb_studio.models.practice_lists import count_rows, extreme, look_up, monthly, report, sum_last, view
from rb_studio.models.practice_mind import Mind, finish, go
from rb_studio.models.practice_page import see
from rb_studio.models.practice_records import cancel, count_orders, edit, move, newest_total, open_record, reviews
from rb_studio.models.practice_talk import Past, Talk, write_notes

_TOO_OFTEN = 15
LASTING = ("written", "target", "of")
UNABLE = "I am the practice model and can only work in the practice shop; I do not understand this goal."

_WAYS: dict[Aim, Callable[[Mind], str]] = {
    Aim.EXTREME: lambda mind: extreme(mind, "Orders", mind.intent.column or "total", "apply"),
    Aim.BESTSELLER: lambda mind: extreme(mind, "Bestsellers", "units", "show report"),
    Aim.NEWEST: newest_total,
    Aim.COUNT: count_rows,
    Aim.COUNT_OF: count_orders,
    Aim.SUM: sum_last,
    Aim.MENTIONS: reviews,
    Aim.RATING: reviews,
    Aim.MONTHLY: monthly,
    Aim.PHONE: lambda mind: look_up(mind, "Customers", "phone", ("customer", "mail")),
    Aim.STOCK: lambda mind: look_up(mind, "Products", "stock", ("sku",)),
    Aim.VIEW: view,
    Aim.REPORT: report,
    Aim.OPEN: open_record,
    Aim.EDIT: edit,
    Aim.ADDRESS: move,
    Aim.CANCEL: cancel,
}


def act(talk: Talk, influence: Influence, constants: PracticeConstants, temperature: float | None, seed: int) -> str:
    """One reply `<think>…</think>`, `<action>…</action>`."""
    intent = understand(talk.goal)
    mind = Mind(intent, see(talk.page), talk.notes(), constants, influence.shifts, temperature, seed)
    if talk.steps == 0:
        _mention_items(mind, influence)
    action = _start_over(mind, talk) or _stuck(mind, talk.past) or _WAYS.get(intent.aim, _unable)(mind)
    if mind.page.title:
        mind.remark(Trait.LOOK)
    thought = " ".join([f"I see {mind.page.title or 'a page'}.", *mind.said]) + write_notes(mind.fresh)
    return f"<think>{thought}</think>\n<action>{action}</action>"


def _mention_items(mind: Mind, influence: Influence) -> None:
    """Say by number which of the injected notes serve this goal."""
    if not influence.items:
        return
    wanted = set(called_for(mind.intent))
    used = [str(number) for number, helps in enumerate(influence.items, 1) if wanted & helps]
    aside = [str(number) for number, helps in enumerate(influence.items, 1) if not wanted & helps]
    if used:
        mind.said.append(f"Of my earlier advice I use number {', '.join(used)}.")
    if aside:
        mind.said.append(f"Number {', '.join(aside)} I leave aside.")


def _start_over(mind: Mind, talk: Talk) -> str | None:
    """Asked to look again, go back to the first page and take every decision anew, each at its usual chance.

    What was saved meanwhile stays saved, so a second go may mend or spoil a change; an answer it only replaces.
    """
    if talk.reviews and not talk.past and talk.steps:
        mind.say("I go through it again from the start.")
        return go(mind, "Dashboard")
    return None


def _stuck(mind: Mind, past: list[Past]) -> str | None:
    """End politely when the same action failed three times in a row, or was taken far too often."""
    last, many = past[-3:], past[-_TOO_OFTEN:]
    failing = len(last) == 3 and all(step.error and step.action == last[0].action for step in last)
    if failing or (len(many) == _TOO_OFTEN and len({step.action for step in many}) == 1):
        mind.say("I keep doing the same without effect.")
        return finish(mind, "I could not finish this.")
    return None


def _unable(mind: Mind) -> str:
    mind.say("This is not something I understand.")
    return finish(mind, UNABLE)
