"""The right side: outcome, verdict, truth, selection, memory, as rich text with links."""

from collections.abc import Iterator
from html import escape

from rb_studio.gui.rooms.trajectories import markup
from rb_studio.gui.rooms.trajectories.columns import EXITS, truth_word
from rb_studio.gui.rooms.trajectories.list_presenter import run_name
from rb_studio.gui.rooms.trajectories.opened import ItemLink, Opened, Origin
from rb_studio.gui.rooms.trajectories.plain import DASH, money, number, readable, seconds
from rb_studio.gui.theme import Colours
from rb_studio.records.judgement import Verdict
from rb_studio.records.memory import Retrieval
from rb_studio.store.rollout_list import ListedRollout

SOURCES = {"judge": "judge", "human": "person", "gt": "ground truth"}
HOW = {"only": "the only rollout", "llm": "chosen by the selector", "fallback": "chosen without the selector"}
ANSWER = 600
ABSENT, BY_LOT = "not in the prompt", "not in the prompt, left out by lot"


def details_html(opened: Opened, colours: Colours, unfolded: frozenset[str], *, blind: bool = False) -> str:
    """Everything known of a rollout's outcome; `unfolded` names what is shown in full (a verdict's uid, `misses`).

    Who judges `blind` sees no verdict, no truth, no selection, no memory, and neither model nor run.
    """
    judged = (
        ("Verdict", _verdicts(opened, colours, unfolded)),
        ("Truth", _truth(opened, colours)),
        ("Selection", _selection(opened, colours)),
    )
    hidden = (("Verdict, truth and memory", iter((markup.muted("hidden until you switch blind off (U)", colours),))),)
    memory = (("Memory", _memory(opened, colours, unfolded)),)
    sections = (
        *(hidden if blind else judged),
        *(() if blind else memory),
        ("Outcome", _outcome(opened, colours, unfolded, blind=blind)),
    )
    return "".join(_section(title, parts, colours) for title, parts in sections)


def _section(title: str, parts: Iterator[str], colours: Colours) -> str:
    body = "".join(f'<p style="margin-top:2px;margin-bottom:2px">{part}</p>' for part in parts if part)
    if not body:
        return ""
    heading = f'<p style="font-weight:600;margin-top:10px;margin-bottom:2px">{title}</p>'
    return f"{heading}{body}"


def _verdicts(opened: Opened, colours: Colours, unfolded: frozenset[str]) -> Iterator[str]:
    """A person's first, then the newest."""
    newest_first = opened.verdicts[::-1]
    found = sorted(newest_first, key=lambda verdict: verdict.source != "human")
    if not found:
        yield markup.muted("not judged yet" if opened.running else "not judged", colours)
    for verdict in found:
        yield from _verdict(verdict, opened, colours, unfolded)


def _verdict(verdict: Verdict, opened: Opened, colours: Colours, unfolded: frozenset[str]) -> Iterator[str]:
    who = SOURCES.get(verdict.source, verdict.source) + (f", {verdict.model}" if verdict.model else "")
    own = _own(verdict)
    yield f"{markup.sign(own.status, own.status, colours)} {markup.muted(f'({who})', colours)}"
    if verdict.noisy:
        yield markup.badge(f"label noise: learned from as {verdict.status}", colours)
    if own.reason:
        yield markup.with_step_links(own.reason, colours, opened.count)
    uncited = [step for step in verdict.cited if f"step {step}" not in own.reason and 1 <= step <= opened.count]
    if uncited:
        yield "cites " + ", ".join(markup.link(f"step:{step}", f"step {step}", colours) for step in uncited)
    if verdict.failure is not None:
        yield f"{markup.sign('warning', 'no usable reply', colours)}: {escape(verdict.failure.message)}"
    if verdict.raw:
        shown = verdict.uid in unfolded
        yield markup.link(f"fold:{verdict.uid}", "Hide the raw reply" if shown else "Show the raw reply", colours)
        if shown:
            yield markup.box(verdict.raw, colours)


def _own(verdict: Verdict) -> Verdict:
    """What the source itself said, where label noise made something else of it."""
    if not verdict.noisy:
        return verdict
    from rb_studio.method.label import without_noise

    return without_noise(verdict)


def _truth(opened: Opened, colours: Colours) -> Iterator[str]:
    if not opened.truths:
        yield markup.muted("unknown", colours)
        return
    several = len({truth.pass_index for truth in opened.truths}) > 1
    for truth in opened.truths:
        word = truth_word(truth.success)
        status = None if truth.success is None else word
        reward = "" if truth.reward is None else f", reward {truth.reward:g}"
        where = f"pass {truth.pass_index + 1}, " if several else ""
        shown = markup.sign(status, "unknown" if truth.success is None else word, colours)
        yield f"{shown} {markup.muted(f'({where}{truth.source}{reward})', colours)}"
        if truth.detail:
            yield escape(readable(truth.detail)).replace("\n", "<br>")
    final, verdict = opened.truths[-1].success, opened.row.verdict
    if final is not None and verdict in ("success", "failure") and (verdict == "success") != final:
        yield markup.badge("verdict and truth differ", colours)


def _selection(opened: Opened, colours: Colours) -> Iterator[str]:
    selection, siblings = opened.selection, opened.siblings
    if selection is not None and len(siblings) > 1:
        how = HOW.get(selection.how, selection.how)
        if selection.rollout_uid == opened.row.uid:
            yield f"<b>This rollout</b> stands for the task ({escape(how)})."
        else:
            other = next((row for row in siblings if row.uid == selection.rollout_uid), None)
            name = f"rollout {opened.place_among(other)}" if other else "another rollout"
            there = markup.link(f"rollout:{selection.rollout_uid}", name, colours)
            yield f"{there} stands for the task ({escape(how)})."
        if selection.reason:
            yield escape(readable(selection.reason))
    if len(siblings) > 1:
        yield "Rollouts of this task: " + " &nbsp;".join(_sibling(opened, row, colours) for row in siblings)


def _sibling(opened: Opened, row: ListedRollout, colours: Colours) -> str:
    word = row.verdict or "unknown"
    mark = f'<img src="icon:{word}/12" width="12" height="12" style="vertical-align:middle">'
    name = str(opened.place_among(row))
    here = f"<b>{name}</b>" if row.id == opened.id else markup.link(f"rollout:{row.uid}", name, colours)
    return f"{here}&nbsp;{mark}"


def _memory(opened: Opened, colours: Colours, unfolded: frozenset[str]) -> Iterator[str]:
    arm = opened.run.arm
    if arm is not None:
        yield f"mode <b>{escape(arm.memory)}</b>"
    retrieval = opened.retrieval
    if opened.origin is not None:
        yield from _forked(opened, opened.origin, colours, unfolded)
    elif retrieval is None:
        if arm is not None and arm.memory != "none":
            yield markup.muted("nothing was retrieved", colours)
    else:
        yield from _retrieved(opened, retrieval, colours, unfolded)
    if opened.learned:
        titles = "<br>".join(_item(item, colours) for item in opened.learned)
        yield f"Learned from this rollout:<br>{titles}"


def _forked(opened: Opened, origin: Origin, colours: Colours, unfolded: frozenset[str]) -> Iterator[str]:
    """A fork retrieves nothing: it is given a text, from the step it was forked at."""
    there = markup.link("origin:", "another rollout", colours)
    yield f"forked from {there} of run {origin.run} at step {origin.step}: <b>{escape(opened.run.name)}</b>"
    block = opened.trajectory.memory_block
    if not block.strip():
        yield f"no memory from step {origin.step} on"
        return
    same = "the text injected there" if block == origin.block else "another text"
    shown = "block" in unfolded
    fold = markup.link("fold:block", "Hide it" if shown else "Show it", colours)
    yield f"from step {origin.step} on {same} is injected. {fold}"
    if shown:
        yield markup.box(block, colours)


def _retrieved(opened: Opened, retrieval: Retrieval, colours: Colours, unfolded: frozenset[str]) -> Iterator[str]:
    if not retrieval.hits:
        yield markup.muted("nothing in the bank to retrieve", colours)
    for hit in retrieval.hits:
        yield f"<b>{hit.score:.3f}</b> from {_task(hit.task_key, hit.task_text, colours)}"
        for uid in (*hit.item_uids, *hit.withheld_uids):
            yield f"&nbsp;&nbsp;{_item(opened.items.get(uid, ItemLink(uid, None, '')), colours)}"
    if any(hit.item_uids for hit in retrieval.hits) and not opened.trajectory.memory_block.strip():
        yield markup.badge("retrieved, but not in the prompt", colours)
    if retrieval.near_misses:
        shown = "misses" in unfolded
        number_of = len(retrieval.near_misses)
        what = f"{'Hide' if shown else 'Show'} {number_of} near miss{'' if number_of == 1 else 'es'}"
        yield markup.link("fold:misses", what, colours)
        for miss in retrieval.near_misses if shown else ():
            why = markup.muted(f"({miss.reason})", colours)
            yield f"{miss.score:.3f} {_task(miss.task_key, miss.task_text, colours)} {why}"


def _task(key: str, text: str, colours: Colours) -> str:
    short = " ".join(text.split())
    return f"{markup.link(f'task:{key}', key, colours)}: {escape(readable(short[:160]))}"


def _item(item: ItemLink, colours: Colours) -> str:
    if item.id is None:
        return markup.muted(f"an item no bank holds any more ({item.uid[:8]})", colours)
    state = f" {markup.muted(f'({item.state})', colours)}" if item.state not in ("", "active") else ""
    absent = f" {markup.badge(BY_LOT if item.withheld else ABSENT, colours)}" if item.absent else ""
    return f"{markup.link(f'item:{item.id}', item.title or item.uid[:8], colours)}{state}{absent}"


def _outcome(opened: Opened, colours: Colours, unfolded: frozenset[str], *, blind: bool) -> Iterator[str]:
    trajectory, row = opened.trajectory, opened.row
    yield from _exit(opened, colours)
    if trajectory.answer is not None:
        whole = "answer" in unfolded or len(trajectory.answer) <= ANSWER
        yield f"Answer: {escape(readable(trajectory.answer if whole else trajectory.answer[:ANSWER]))}".replace(
            "\n", "<br>"
        )
        if not whole:
            yield markup.link("fold:answer", f"Show all {len(trajectory.answer):,} characters", colours)
    facts = [
        ("Steps", number(row.steps)),
        ("Tokens", number(row.tokens)),
        ("Cost", "" if blind else money(row.cost)),
        ("Time", seconds(row.seconds)),
        ("Model", "" if blind else trajectory.model or DASH),
        ("Run", "" if blind else run_name(opened.run)),
        ("Task", row.task_key),
        ("Template", row.template or DASH),
        ("Site", row.site or DASH),
        ("Seed", str(trajectory.seed)),
        ("Started", (trajectory.started_at or DASH)[:19].replace("T", " ")),
        ("File", "" if blind else opened.source),
        ("Rollout", row.uid),
    ]
    rows = "".join(
        f'<tr><td style="color:{colours.muted}">{name}&nbsp;</td><td>{escape(readable(value))}</td></tr>'
        for name, value in facts
        if value
    )
    yield f'<table cellspacing="0" cellpadding="1">{rows}</table>'
    yield (
        markup.link(f"run:{opened.run.id}", "Only this run", colours)
        + " &nbsp; "
        + markup.link(f"task:{row.task_key}", "Only this task", colours)
    )


def _exit(opened: Opened, colours: Colours) -> Iterator[str]:
    trajectory = opened.trajectory
    if opened.running:
        yield "has no end yet"
        return
    word = EXITS.get(str(trajectory.exit_reason), str(trajectory.exit_reason))
    detail = f": {escape(readable(trajectory.exit_detail))}" if trajectory.exit_detail else ""
    shown = f"<b>{escape(word)}</b>" if trajectory.valid else markup.sign("warning", word, colours)
    yield f"{shown}{detail}"
    failure = trajectory.failure
    if failure is not None and failure.message not in trajectory.exit_detail:
        yield escape(readable(failure.message))
    if not trajectory.valid:
        yield markup.muted("cut short by a fault outside the agent: no data, not a failure", colours)
