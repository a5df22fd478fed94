"""What is asked of a fork: from which step, how often, in which variants. No widgets."""

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from rb_studio.gui.rooms.trajectories.plain import count
from rb_studio.jobs.fork import ForkRequest, Variant, block_without, estimate_fork
from rb_studio.store import judgement_rows, rollouts, runs
from rb_studio.store.rows import select_in

if TYPE_CHECKING:
    from rb_studio.jobs.estimates import Estimate
    from rb_studio.models.settings import Settings

Memory = Literal["same", "none", "without", "text"]
AS_IT_WAS = "as it was"
TIMES = 8
LONGEST_TITLE = 40


@dataclass(frozen=True, slots=True)
class ForkOffer:
    """What there is to fork: the rollout's steps, what was injected into it (items as uid and title), its prompt."""

    run: int
    uid: str
    task_key: str
    steps: int
    block: str
    items: tuple[tuple[str, str], ...]
    prompt: str
    settings: "Settings"


@dataclass(frozen=True, slots=True)
class VariantForm:
    """One variant; an empty `typed` name is told from what is changed. `prompt` is None as it was."""

    typed: str = ""
    memory: Memory = "same"
    without: tuple[str, ...] = ()
    text: str = ""
    prompt: str | None = None

    def name(self, offer: ForkOffer) -> str:
        """How it is called."""
        if self.typed.strip():
            return self.typed.strip()
        titles = dict(offer.items)
        left_out = " and ".join(f"\u201c{_short(titles.get(uid) or uid[:8])}\u201d" for uid in self.without)
        memory = {"same": "", "none": "without memory", "without": f"without {left_out}", "text": "another memory"}
        changes = [memory[self.memory], "another prompt" if self.prompt is not None else ""]
        return " and ".join(filter(None, changes)) or AS_IT_WAS


@dataclass(frozen=True, slots=True)
class ForkForm:
    """The whole question; `max_cost` 0 is no limit, `profile` empty the rollout's own."""

    step: int
    times: int = TIMES
    variants: tuple[VariantForm, ...] = (VariantForm(),)
    profile: str = ""
    max_cost: float = 0.0

    def problem(self, offer: ForkOffer) -> str:
        """Why it cannot be begun, empty where it can."""
        if not self.variants:
            return "Add a variant: what is to be played on."
        names = [variant.name(offer) for variant in self.variants]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            return f"Two variants are called {twice}: change one of them, or give it a name of its own."
        for variant, name in zip(self.variants, names, strict=True):
            if variant.memory == "without" and not variant.without:
                return f"Choose which items {name.strip()} is to do without."
            if variant.memory == "text" and not variant.text.strip():
                return f"Write the text that {name.strip()} is to inject."
            if variant.prompt is not None and not variant.prompt.strip():
                return f"The prompt of {name} is empty: write it, or leave it as it was."
        return ""

    def request(self, offer: ForkOffer, without: Callable[[Sequence[str]], str]) -> ForkRequest:
        """What the job is asked for; `without` gives the injected text without some items."""
        return ForkRequest(
            run=offer.run,
            rollout_uid=offer.uid,
            step=self.step,
            times=self.times,
            variants=tuple(_variant(variant, offer, without) for variant in self.variants),
            profile=self.profile or None,
            max_cost=self.max_cost or None,
        )

    def sentence(self) -> str:
        """How much is played."""
        total = self.times * len(self.variants)
        return f"{count(len(self.variants), 'variant')}, {count(total, 'continuation')} in all."


@dataclass(frozen=True, slots=True)
class Prepared:
    """A form made ready: the request, and what it takes."""

    form: ForkForm
    request: ForkRequest
    estimate: "Estimate"


def first_form(offer: ForkOffer, step: int) -> ForkForm:
    """What is proposed: the rollout as it was beside it without memory, or with a text that was not there."""
    other = VariantForm(memory="none") if offer.block.strip() else VariantForm(memory="text")
    return ForkForm(max(1, min(step, offer.steps)), variants=(VariantForm(), other))


def read_offer(conn: sqlite3.Connection, run: int, uid: str, step: int, settings: "Settings") -> ForkOffer:
    """What there is to fork. Raises `UsageError` where a rollout cannot be continued."""
    from rb_studio.jobs.fork_ground import resolved

    trajectory = rollouts.trajectory(conn, uid, run=run)
    asked = ForkRequest(run, uid, max(1, min(step, len(trajectory.steps))), 1, (Variant(AS_IT_WAS),))
    ground = resolved(conn, asked, settings)
    return ForkOffer(
        run=run,
        uid=uid,
        task_key=trajectory.task_key,
        steps=len(trajectory.steps),
        block=trajectory.memory_block,
        items=_items(conn, run, trajectory.task_key),
        prompt=ground.prompt,
        settings=settings,
    )


def prepare(conn: sqlite3.Connection, offer: ForkOffer, form: ForkForm) -> Prepared:
    """The request and its cost. Raises `UsageError` for what cannot be begun."""
    request = form.request(offer, lambda uids: block_without(conn, offer.run, offer.uid, uids))
    return Prepared(form, request, estimate_fork(conn, request, offer.settings))


def _variant(form: VariantForm, offer: ForkOffer, without: Callable[[Sequence[str]], str]) -> Variant:
    blocks: dict[Memory, Callable[[], str | None]] = {
        "same": lambda: None,
        "none": lambda: "",
        "without": lambda: without(form.without),
        "text": lambda: form.text,
    }
    return Variant(form.name(offer), blocks[form.memory](), form.prompt)


def _items(conn: sqlite3.Connection, run: int, task_key: str) -> tuple[tuple[str, str], ...]:
    """The items that were given, in their order, each with its newest title."""
    retrieval = judgement_rows.read_retrieval(conn, runs.source_run(conn, run), task_key)
    uids = list(dict.fromkeys(uid for hit in (retrieval.hits if retrieval else ()) for uid in hit.item_uids))
    sql = (
        "SELECT i.uid, (SELECT title FROM item_version v WHERE v.item = i.id ORDER BY v.id DESC LIMIT 1) AS title "
        "FROM memory_item i WHERE i.uid IN ({}) ORDER BY i.id"
    )
    titles = {row["uid"]: row["title"] or "" for row in select_in(conn, sql, uids)}
    return tuple((uid, titles.get(uid, "")) for uid in uids)


def _short(title: str) -> str:
    return title if len(title) <= LONGEST_TITLE else f"{title[: LONGEST_TITLE - 1].rstrip()}\u2026"
