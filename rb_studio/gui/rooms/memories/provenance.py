"""An item's origin as markup with links: task, sources and verdicts, who wrote it by what, its relatives, its uses."""

from collections.abc import Iterator, Sequence
from urllib.parse import urlencode

from rb_studio.gui.rooms.memories.columns import DASH
from rb_studio.gui.rooms.memories.origin_reads import Judged, Origin
from rb_studio.gui.rooms.memories.reads import Detail
from rb_studio.gui.rooms.memories.texts import escaped, local_time
from rb_studio.gui.theme import Theme
from rb_studio.records.memory import ItemSource
from rb_studio.store.lineage import COPIED, Link

SIGNS = {"success": "\u2713 success", "failure": "\u2717 failure", "unknown": "? unknown"}
MOST_LINKS = 12
MOST_WORDS = 300
TEXT, TODAY, REPLY = "text", "today", "reply"


def markup(detail: Detail, origin: Origin | None, theme: Theme) -> str:
    """An item's origin; every foreign text is escaped. Without `origin` what its row tells, until that is read."""
    muted = theme.colours.muted
    rows = [*_learned_rows(detail, origin, muted), *_made_rows(detail, origin, muted)]
    lines = (
        f'<tr><td style="color:{muted}; padding-right:8px">{name}</td><td>{value}</td></tr>' for name, value in rows
    )
    return f'<table cellspacing="2">{"".join(lines)}</table>'


def _learned_rows(detail: Detail, origin: Origin | None, muted: str) -> Iterator[tuple[str, str]]:
    row, experience = detail.row, detail.experience
    key = f' <span style="color:{muted}">{escaped(experience.task_key)}</span>' if experience.task_key else ""
    yield "Task", escaped(experience.task_text) + key
    yield "Learned from", _learned(detail)
    for source in row.sources[:MOST_LINKS]:
        yield "Source", _source(source)
        judged = origin.judged.get(source.rollout_uid) if origin is not None else None
        if judged is not None:
            yield "", _verdict(source, judged, muted)
    if len(row.sources) > MOST_LINKS:
        yield "", f"and {len(row.sources) - MOST_LINKS} more sources"


def _made_rows(detail: Detail, origin: Origin | None, muted: str) -> Iterator[tuple[str, str]]:
    yield "Written by", escaped(_writer(detail))
    if origin is not None:
        if origin.prompt is not None or origin.reply:
            yield "Asked by", _asked(origin)
        if origin.begun is not None:
            who = "" if origin.begun.who in ("", "user") else f" by {origin.begun.who}"
            yield "Begun", escaped(f"{origin.begun.label}{who}, {local_time(origin.begun.at)}")
    yield from _edited(detail)
    for link in origin.links[:MOST_LINKS] if origin is not None else ():
        yield _relation(link), _link(link, muted)
    if origin is not None and len(origin.links) > MOST_LINKS:
        yield "", f"and {len(origin.links) - MOST_LINKS} more"
    yield "Used", _used(detail)


def _learned(detail: Detail) -> str:
    row = detail.row
    parts = [SIGNS.get(row.polarity, row.polarity) or "nothing: written by hand"]
    if row.label_source:
        parts.append(f"label by {row.label_source}")
    return escaped(", ".join(parts))


def _source(source: ItemSource) -> str:
    steps = " ".join(
        f'<a href="go:rollout?{_query(source.rollout_uid, step)}">step {step}</a>' for step in source.steps[:MOST_LINKS]
    )
    label = escaped(SIGNS.get(source.status, source.status))
    name = escaped(source.rollout_uid[:12])
    every = ""
    if len(source.steps) > 1:
        them = f"these {len(source.steps)} steps"
        every = f' <a href="go:rollout?{_query(source.rollout_uid, steps=source.steps)}">{them}</a>:'
    return f'<a href="go:rollout?{_query(source.rollout_uid)}">rollout {name}</a> {label}{every} {steps}'


def _query(rollout: str, step: int | None = None, steps: Sequence[int] = ()) -> str:
    asked: dict[str, str | int] = {"rollout": rollout}
    if step is not None:
        asked["step"] = step
    if steps:
        asked["steps"] = ",".join(map(str, steps))
    return urlencode(asked).replace("&", "&amp;")


def _verdict(source: ItemSource, judged: Judged, muted: str) -> str:
    link = f'<a href="go:verdict?{_query(source.rollout_uid)}">verdict</a>'
    by = f" by {escaped(judged.source)}" + (f" {escaped(judged.by)}" if judged.by else "")
    noisy = ", turned round by label noise" if judged.noisy else ""
    reason = judged.reason if len(judged.reason) <= MOST_WORDS else f"{judged.reason[:MOST_WORDS]}\u2026"
    told = f'<br><span style="color:{muted}">{escaped(reason)}</span>' if reason else ""
    return f"{link} {escaped(SIGNS.get(judged.status, judged.status))}{by}{noisy}{told}"


def _writer(detail: Detail) -> str:
    row = detail.row
    if row.model:
        return f"{row.model} ({row.mode})" + (", simulated" if row.simulated else "")
    if detail.experience.kind == "hand" or not row.sources:
        return "a person"
    return f"no model: taken over as it was ({row.mode})" if row.mode else DASH


def _asked(origin: Origin) -> str:
    parts = []
    prompt = origin.prompt
    if prompt is not None:
        parts.append(f"{escaped(prompt.name) or 'a prompt'} {prompt.hash[:12]}")
        if prompt.text is None:
            parts.append("its text is not stored here")
        else:
            parts.append(f'<a href="go:{TEXT}">text</a>')
            same = prompt.text == prompt.today
            parts.append("the same as today" if same else f'<a href="go:{TODAY}">differs from today\u2019s</a>')
    if origin.reply:
        parts.append(f'<a href="go:{REPLY}">reply, as it came</a>')
    return " \u00b7 ".join(parts)


def _edited(detail: Detail) -> Iterator[tuple[str, str]]:
    """The present texts' author, where they are not the first."""
    edits = [entry for entry in detail.history if entry.kind == "text" and (entry.version or 1) > 1]
    if detail.row.version > 1 and edits:
        latest = edits[0]
        who = "a person" if latest.who == "user" else latest.who
        reason = f": {latest.reason}" if latest.reason else ""
        yield "Edited", escaped(f"by {who}, version {latest.version}, {local_time(latest.at)}{reason}")


def _relation(link: Link) -> str:
    if link.kind == COPIED:
        return "Copy of" if link.outgoing else "Copied as"
    return "Merged into" if link.outgoing else "Merged from"


def _link(link: Link, muted: str) -> str:
    who = "" if link.who in ("", "user") else f" by {link.who}"
    when = f' <span style="color:{muted}">{escaped(local_time(link.at) + who)}</span>'
    if not link.title:
        return f"item {link.item}, erased{when}"
    return f'<a href="go:item?item={link.item}">{escaped(link.title)}</a>{when}'


def _used(detail: Detail) -> str:
    if not detail.given_to:
        return "never injected"
    count = len(detail.given_to)
    times = "once" if detail.row.used == 1 else f"{detail.row.used} times"
    return f'injected {times}, into <a href="go:rollouts">{count} rollout{"" if count == 1 else "s"}</a>'
